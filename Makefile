# One command each; every one sets up .venv first when it is missing or out of date.
.DEFAULT_GOAL := help
.PHONY: help chat ask test check fix bench eval clean

RUN := .venv/bin/askdivide
PYTHON ?= python3
# What is imported is compiled once (scripts/setup.sh), also where the environment says to keep nothing of it.
export PYTHONDONTWRITEBYTECODE =

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1|\2/' | column -t -s '|'

chat: .venv/installed  ## the web chat on 127.0.0.1:7860, over the articles in corpus/
	@$(RUN) serve

ask: export QUESTION = $(value Q)
ask: .venv/installed  ## an answer in the terminal: make ask Q="..."
	@test -n "$$QUESTION" || { echo 'usage: make ask Q="your question"' >&2; exit 2; }
	@test -f index/CURRENT || $(RUN) index
	@$(RUN) ask -- "$$QUESTION"

# Three at a time on two cores: a third of the time they wait, for servers, browsers and clocks.
test: .venv/developing  ## all tests
	.venv/bin/pytest -n 3 --dist loadfile --no-loadscope-reorder

check: .venv/developing  ## formatting, lint, types, imports
	.venv/bin/ruff format --check src tests app.py bench training
	.venv/bin/ruff check src tests app.py bench training
	.venv/bin/mypy
	.venv/bin/lint-imports

fix: .venv/developing  ## mend formatting and what else can be mended
	.venv/bin/ruff check --fix src tests app.py bench training
	.venv/bin/ruff format src tests app.py bench training

eval: .venv/installed  ## quality on three sets of questions: our own corpus, everyday subjects, two unseen articles
	@mkdir -p build/eval
	@cat evaluation/unseen/questions.jsonl evaluation/unseen/unanswerable.jsonl > build/eval/unseen.jsonl
	@cp evaluation/own/questions.jsonl build/eval/own.jsonl
	@cp evaluation/everyday/questions.jsonl build/eval/everyday.jsonl
	@for set in own everyday unseen; do \
	  corpus=evaluation/$$set/corpus; test $$set = own && corpus=corpus; \
	  $(RUN) index --corpus $$corpus --index build/eval/$$set && echo && echo "$$set" && \
	  $(RUN) eval build/eval/$$set.jsonl --corpus $$corpus --index build/eval/$$set --html build/eval/$$set.html || exit 1; \
	done

bench: .venv/developing  ## speed beside three peers, in turn: writes docs/performance.md
	.venv/bin/python bench/run.py --write

clean:  ## remove the environment and the index
	rm -rf .venv build index/CURRENT index/generation-*

.venv/installed: pyproject.toml constraints.txt scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh
	@touch $@

.venv/developing: pyproject.toml constraints.txt scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh dev
	@touch $@ .venv/installed
