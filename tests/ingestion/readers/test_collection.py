import json

import pytest

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers import Articles
from askdivide.ingestion.readers.collection import read_csv, read_json, read_jsonl

HARBOUR = {
    "id": 7,
    "title": "The harbour",
    "body": "The harbour was founded in 1871.\n\nIt has three basins.",
    "date": "2024-03-14",
    "source": "Bay Courier",
    "url": "https://bay.example/harbour",
    "tags": ["ships", "docks"],
}
PIER = {"headline": "The pier", "content": "<p>The pier <b>opened</b> in 2026.</p><ul><li>It is long.</li></ul><script>no()</script>"}


def lines(*items: object) -> bytes:
    return "\n".join(item if isinstance(item, str) else json.dumps(item) for item in items).encode()


def names(found: Articles) -> list[str]:
    return [document.path for document in found.documents]


def test_every_line_is_an_article() -> None:
    found = read_jsonl("feed.jsonl", lines(HARBOUR, "", PIER))
    assert names(found) == ["feed.jsonl/7", "feed.jsonl/3"]
    harbour, pier = found.documents
    assert harbour.text == "The harbour\n\nThe harbour was founded in 1871.\n\nIt has three basins.\n"
    assert (harbour.title, harbour.published, harbour.source) == ("The harbour", "2024-03-14", "Bay Courier")
    assert (harbour.url, harbour.tags) == ("https://bay.example/harbour", ("ships", "docks"))
    assert pier.text == "The pier\n\nThe pier opened in 2026.\n\n- It is long.\n"
    assert [block.kind for block in pier.blocks] == ["heading", "text", "item"]


def test_an_article_that_cannot_be_read_does_not_lose_the_others() -> None:
    found = read_jsonl("feed.jsonl", lines(HARBOUR, '{"title": "cut', {"id": "x", "title": "No text"}, [1], 5, {"text": "  "}, PIER))
    assert names(found) == ["feed.jsonl/7", "feed.jsonl/7 (2)"]
    reasons = {failure.document: failure.reason for failure in found.failed}
    assert list(reasons) == ["feed.jsonl/2", "feed.jsonl/x", "feed.jsonl/4", "feed.jsonl/5", "feed.jsonl/6"]
    assert reasons["feed.jsonl/2"].startswith("is not valid JSON (")
    assert reasons["feed.jsonl/2"].endswith("correct line 2")
    assert reasons["feed.jsonl/x"].startswith("has no text: none of its fields is named text, body or content")
    assert reasons["feed.jsonl/4"] == "is no article: not a JSON object"
    assert reasons["feed.jsonl/6"].startswith("has no text to quote")


@pytest.mark.parametrize("name", ["articles", "Items", "entries", "documents", "posts", "results", "data", None])
def test_a_json_file_is_a_list_or_an_object_that_holds_one(name: str | None) -> None:
    content = [HARBOUR, PIER] if name is None else {"version": 1, name: [HARBOUR, PIER]}
    assert names(read_json("a.json", json.dumps(content).encode())) == ["a.json/7", "a.json/2"]


def test_a_json_file_that_is_one_article_keeps_its_own_name() -> None:
    assert names(read_json("a.json", json.dumps(HARBOUR | {"items": ["no", "articles"]}).encode())) == ["a.json"]


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        ({"Headline": " A  b "}, "title", "A b"),
        ({"published_at": "14 March 2024"}, "published", "2024-03-14"),
        ({"pubDate": "Thu, 14 Mar 2024 10:00:00 GMT"}, "published", "2024-03-14"),
        ({"date_published": "2024-03-14T23:00:00-05:00"}, "published", "2024-03-14"),
        ({"created_at": 1710410400}, "published", "2024-03-14"),
        ({"date": 1710410400000}, "published", "2024-03-14"),
        ({"date": "soon"}, "published", None),
        ({"publisher": {"name": "Bay Courier", "id": 1}}, "source", "Bay Courier"),
        ({"author": ["Petra Holm", "X"]}, "source", "Petra Holm"),
        ({"permalink": "https://bay.example"}, "url", "https://bay.example"),
        ({"categories": "ships, docks，ships"}, "tags", ("ships", "docks")),
        ({"keywords": [{"name": "ships"}, None, 5]}, "tags", ("ships", "5")),
        ({"title": None, "name": "Named"}, "title", "Named"),
        ({"title": "half \ud800"}, "title", "half ?"),
    ],
)
def test_fields_under_other_names_and_of_other_types(fields: dict[str, object], attribute: str, expected: object) -> None:
    found = read_json("a.json", json.dumps({"article-body": 1, "full_text": "The pier is closed \ud800.", **fields}).encode())
    assert getattr(found.documents[0], attribute) == expected
    assert found.documents[0].text.encode()


def test_ids_make_names_that_are_paths_of_one_step() -> None:
    ids = ["a/b", "../../etc", "..", "x\ny\x1b", "", "a" * 200, "a b", {"no": 1}]
    found = read_json("a.json", json.dumps([PIER | {"guid": one} for one in ids]).encode())
    assert names(found) == ["a.json/a_b", "a.json/.._.._etc", "a.json/3", "a.json/x y", "a.json/5", "a.json/6", "a.json/a b", "a.json/8"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_with_names_of_columns(delimiter: str) -> None:
    rows = [["Title", "Text", "Date", "Tags"], ["The harbour", '"Founded in 1871.\nIt has ""three"" basins."', "2024-03-14", "ships"]]
    data = "\ufeff" + "\r\n".join(delimiter.join(row) for row in [*rows, ["Empty"], ["The pier", "It opened in 2026.", "", "", "more"]])
    found = read_csv("a.csv", data.encode())
    assert names(found) == ["a.csv/1", "a.csv/3"]
    assert found.documents[0].title == "The harbour"
    assert found.documents[0].text.endswith('Founded in 1871.\n\nIt has "three" basins.\n')
    assert (found.documents[0].published, found.documents[0].tags) == ("2024-03-14", ("ships",))
    assert [(failure.document, failure.reason) for failure in found.failed] == [
        ("a.csv/2", "has no text: its field text is empty; fill it or take the article out")
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": "T"}, "has no text: none of its fields is named text, body or content; see the README for the names"),
        ({"Body": "", "summary": None}, "has no text: its field body is empty; fill it or take the article out"),
        (
            {"text": None, "content": {"blocks": []}},
            "has no text: its field content holds no text but something else; write the text there",
        ),
    ],
)
def test_where_the_text_is_missing_is_told(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_json("a.json", json.dumps(fields).encode())
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("date", "note"),
    [
        ("soon", "states 'soon' as its date, which is none that can be read; it counts as undated, write it as 2025-01-31"),
        ({"no": 1}, "states a date that is none that can be read; it counts as undated, write it as 2025-01-31"),
        ("2024-03-14", None),
        ("", None),
    ],
)
def test_a_date_that_cannot_be_read_is_told(date: object, note: str | None) -> None:
    document = read_jsonl("a.jsonl", lines({"text": "The pier is closed.", "date": date})).documents[0]
    assert document.notes == ((note,) if note else ())


def test_what_holds_no_articles_says_why() -> None:
    for data, reason in [
        (b"{", r"is not valid JSON \("),
        (b"[" * 100_000, r"is not valid JSON \(nested too deep\)"),
        (b"5", "holds no articles: it is neither a list nor an object"),
        (b"[]", "holds no articles"),
        (b'{"version": 1}', "has no text: none of its fields"),
        (b'[{"a": 1}, 2]', "holds no article that can be read; the first has no text"),
        (b"\xff\xfe{\0}\0", "is UTF-16 text"),
        (b'{"text": "caf\xe9"}', "is not UTF-8 text"),
    ]:
        with pytest.raises(UnreadableDocument, match=reason):
            read_json("a.json", data)
    with pytest.raises(UnreadableDocument, match="has no column named text, body or content; see the README"):
        read_csv("a.csv", b"year,ships\n2023,412\n")
    with pytest.raises(UnreadableDocument, match=r"is not a table in CSV \(line \d: field larger than field limit"):
        read_csv("a.csv", b"title,text\na," + b"b" * 5_000_000)


def test_failures_without_end_are_summed_up() -> None:
    found = read_jsonl("a.jsonl", lines(*["{"] * 500, PIER))
    assert len(found.failed) == 101
    assert (found.failed[-1].document, found.failed[-1].reason) == ("a.jsonl", "holds 400 more articles that cannot be read")
