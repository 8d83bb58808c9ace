import pytest

from askdivide import Assistant
from askdivide.errors import QuestionError
from askdivide.interfaces.web import scope
from askdivide.records import Filters


def test_what_was_chosen_becomes_filters_and_words():
    chosen = scope.filters("2024", " May 2025 ", ["Bay Courier", "Gazette"], ["ships"], None)
    assert chosen == Filters("2024", "2025-05", ("Bay Courier", "Gazette"), ("ships",))
    assert scope.words(chosen) == "Only articles since 2024, until May 2025, from Bay Courier or Gazette, tagged ships."


def test_nothing_chosen_is_no_filter():
    assert not scope.filters("", None, [], None, [])
    assert scope.words(Filters()) == ""


def test_articles_are_named_or_counted():
    assert scope.words(Filters(documents=("a.md", "b.md"))) == "Only a.md or b.md."
    assert scope.words(Filters(documents=("a", "b", "c", "d"))) == "Only 4 chosen articles."
    assert scope.words(Filters(since="2024", documents=("a.md",))) == "Only articles since 2024, of these: a.md."


def test_a_date_that_is_none_is_told():
    with pytest.raises(QuestionError, match="“soon” is no date"):
        scope.filters("soon", "", (), (), ())


def test_what_can_be_chosen_comes_from_the_articles(indexed):
    with Assistant.open(indexed).index.reading() as catalog:
        sources, tags, documents = scope.choices(catalog.documents())
    assert sources == ["Bay Courier"]
    assert tags == ["harbour", "shipping"]
    assert documents[0] == ("The harbour of Ostrava Bay (harbour.md)", "harbour.md")
    assert len(documents) == 3
