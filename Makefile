# One command each; every one sets up .venv first when it is missing or out of date.
.DEFAULT_GOAL := help
.PHONY: help chat ask test check fix bench eval clean

RUN := .venv/bin/askdivide
PYTHON ?= python3

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1|\2/' | column -t -s '|'

chat: .venv/installed  ## the web chat on 127.0.0.1:7860, over the articles in corpus/
	@$(RUN) serve

ask: export QUESTION = $(value Q)
ask: .venv/installed  ## an answer in the terminal: make ask Q="..."
	@test -n "$$QUESTION" || { echo 'usage: make ask Q="your question"' >&2; exit 2; }
	@test -f index/CURRENT || $(RUN) index
	@$(RUN) ask -- "$$QUESTION"

test: .venv/developing  ## all tests
	.venv/bin/pytest

check: .venv/developing  ## formatting, lint, types, imports
	.venv/bin/ruff format --check src tests app.py bench training
	.venv/bin/ruff check src tests app.py bench training
	.venv/bin/mypy
	.venv/bin/lint-imports

fix: .venv/developing  ## mend formatting and what else can be mended
	.venv/bin/ruff check --fix src tests app.py bench training
	.venv/bin/ruff format src tests app.py bench training

eval: .venv/installed  ## quality on a question file over two plain-text articles
	@$(RUN) index --corpus evaluation/unseen/corpus --index build/unseen
	@mkdir -p build && cat evaluation/unseen/questions.jsonl evaluation/unseen/unanswerable.jsonl > build/unseen.jsonl
	@$(RUN) eval build/unseen.jsonl --index build/unseen --corpus evaluation/unseen/corpus

bench: .venv/developing  ## speed beside the LlamaIndex + Chroma starter
	.venv/bin/python bench/run.py

clean:  ## remove the environment and the index
	rm -rf .venv build index/CURRENT index/generation-*

.venv/installed: pyproject.toml constraints.txt scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh
	@touch $@

.venv/developing: pyproject.toml constraints.txt scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh dev
	@touch $@ .venv/installed
