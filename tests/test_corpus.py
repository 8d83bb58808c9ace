"""Our own articles: their form, and that every answer from them can be checked against them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from askdivide import Answer, Assistant, Settings
from askdivide.ingestion import readers
from askdivide.ingestion.scan import scan
from conftest import CORPUS

FILES = sorted(CORPUS.rglob("*.md"))
each_article = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def parts(file: Path) -> tuple[dict[str, object], str]:
    """The front matter of an article and its body."""
    _, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


def test_there_are_17_articles_and_all_can_be_read() -> None:
    assert len(FILES) == 17
    found = scan(CORPUS)
    assert [file.place for file in found.files] == FILES
    assert found.failed == []


@each_article
def test_the_front_matter_is_complete(file: Path) -> None:
    fields, body = parts(file)
    assert {"title", "date", "source", "tags", "licence"} <= fields.keys()
    assert isinstance(fields["date"], date)
    assert isinstance(fields["tags"], list)
    assert len(fields["tags"]) >= 3
    assert all(isinstance(tag, str) and tag == tag.casefold() for tag in fields["tags"])
    assert isinstance(fields["title"], str)
    assert f"# {fields['title']}\n" in body


@each_article
def test_an_article_has_between_700_and_1500_words(file: Path) -> None:
    assert 700 <= len(parts(file)[1].split()) <= 1500


@each_article
def test_an_article_is_read_as_it_is_meant(file: Path) -> None:
    document = readers.read(file.name, file.read_bytes())
    fields, _ = parts(file)
    assert (document.title, document.published, document.source) == (fields["title"], str(fields["date"]), fields["source"])
    assert document.text == file.read_text(encoding="utf-8")
    assert sum(block.kind == "heading" and block.level == 1 for block in document.blocks) == 1
    assert sum(block.kind == "heading" and block.level == 2 for block in document.blocks) >= 2


def test_at_least_six_tables_are_read_as_tables() -> None:
    tables = [block for file in FILES for block in readers.read(file.name, file.read_bytes()).blocks if block.kind == "table"]
    assert len(tables) >= 6
    assert len(tables) == sum(len(re.findall(r"^\|[ :|-]+\|$", file.read_text(encoding="utf-8"), re.MULTILINE)) for file in FILES)


def test_titles_are_unique() -> None:
    titles = [parts(file)[0]["title"] for file in FILES]
    assert len(set(titles)) == len(titles)


QUESTIONS = """
Which licence does DeepSeek-R1 have?
And what does the licence of Llama 4 forbid?
How much did it cost to train DeepSeek-V3?
Was V3 trained for less than ten million bucks?
How many parameters does DeepSeek-V4 activate?
What is multi-head latent attention?
When was DeepSeek-V2 published?
Who wrote the Nature paper about R1?
Which Chinese labs besides DeepSeek and Alibaba publish open weights?
Why did Alibaba close its flagships?
Is Qwen's largest model open?
What are the conditions of the Qwen3.8-Max licence?
How do MIT and the Llama licence differ on commercial use?
What did R1 score on AIME 2024 against o1?
Which benchmark does DeepSeek-R1 win against OpenAI-o1-1217?
Which Huawei chips can run DeepSeek?
What does the AI+ plan of August 2025 say about open source?
What does the five-year plan say?
Who has driven the most autonomous truck miles?
How many miles has Inceptio driven?
Which organisation has the most downloads on Hugging Face?
Are likes the same as downloads?
How do I serve a model with vLLM?
What memory does a 70B model need at 4 bits?
When did the export controls on the A100 begin?
What is the H20?
What happened to the diffusion rule?
Is gpt-oss open source?
What is Muse Spark?
Compare Kimi K2 with MiniMax
What does "modified MIT" mean?
Tell me about Qwen
sparse attention
FP8
DeepSeek V3.2-Exp price cut
How many employees does DeepSeek have?
What is the boiling point of tungsten?
Why did DeepSeek close the weights of V4?
hello
$5.576M
通义千问的许可证是什么？
[1] **bold** | table | `code`
""".strip().splitlines()


@pytest.fixture(scope="module")
def answers(own_index: Settings) -> list[Answer]:
    assistant = Assistant.open(own_index)
    return [assistant.ask(question) for question in QUESTIONS]


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text))


@pytest.mark.weights
def test_every_quote_is_what_stands_in_the_file(answers: list[Answer]) -> None:
    texts = {}
    for file in FILES:
        with open(file, encoding="utf-8") as opened:
            texts[file.name] = opened.read()
    cited = 0
    for answer in answers:
        for citation in answer.citations:
            cited += 1
            assert texts[citation.document][citation.start : citation.end] == citation.quote
            assert citation.quote.strip() == citation.quote != ""
        for passage in answer.read:
            assert texts[passage.document][passage.start : passage.end] == passage.text
    assert cited > len(QUESTIONS)


@pytest.mark.weights
def test_claims_cite_numbers_that_exist_in_the_order_of_first_use(answers: list[Answer]) -> None:
    for answer in answers:
        numbers = [number for part in (*answer.claims, *answer.notes) for number in part.citations]
        assert (
            list(dict.fromkeys(numbers)) == [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
        )
        assert all(claim.citations for claim in answer.claims)
        assert (answer.status == "answered") == bool(answer.claims) == (answer.refusal is None)
        places = [(citation.document, citation.start, citation.end) for citation in answer.citations]
        assert len(set(places)) == len(places)


@pytest.mark.weights
def test_every_word_of_a_quoted_claim_comes_from_its_citations(answers: list[Answer]) -> None:
    for answer in answers:
        quotes = {citation.number: citation.quote for citation in answer.citations}
        for claim in answer.claims:
            assert claim.support == "quoted"
            assert words(claim.text) <= words(" ".join(quotes[number] for number in claim.citations))
            assert "**" not in claim.text
            assert "](" not in claim.text


@pytest.mark.weights
def test_no_answer_is_longer_than_the_setting_allows_or_says_a_thing_twice(answers: list[Answer]) -> None:
    for answer in answers:
        assert len(answer.claims) <= 4
        assert len({claim.text for claim in answer.claims}) == len(answer.claims)
        for passage in answer.consulted:
            cited = [(citation.start, citation.end) for citation in answer.citations if citation.document == passage.document]
            assert not any(passage.start <= start < passage.end for start, _ in cited)


@pytest.mark.weights
def test_a_question_with_half_characters_is_answered(own_index: Settings) -> None:
    assert Assistant.open(own_index).ask("\udcff Which licence does DeepSeek-R1 have?").citations


@pytest.mark.weights
def test_what_the_articles_say_is_answered_and_what_they_do_not_is_refused(answers: list[Answer]) -> None:
    by_question = dict(zip(QUESTIONS, answers, strict=True))
    licence = by_question["Which licence does DeepSeek-R1 have?"]
    assert "MIT" in licence.claims[0].text
    assert "R1" in licence.claims[0].text
    refused = by_question["What is the boiling point of tungsten?"]
    assert refused.status == "refused"
    assert "“tungsten”" in refused.text
    assert by_question["hello"].status == "refused"
