import pytest

from askdivide.ingestion.readers.furniture import date_line, is_furniture


@pytest.mark.parametrize(
    "line",
    [
        "6 min read",
        "5-minute listen",
        "By Ann · 4 min read",
        "Share this article",
        "Share on Mastodon",
        "Print",
        "12 comments",
        "Sign up for our newsletter",
        "Read more: The ten oldest ferries that still sail",
        "READ NEXT — How the tram came back",
        "Related: What became of the pear orchards?",
        "Subscribe to our weekly letter from the coast.",
        "Get the week’s best stories in your inbox",
        "Subscribe now",
        "Skip to main content",
        "Related stories:",
        "© Bay Courier",
        "Copyright © 2024 Bay Courier",
        "(c) 2024 Bay Courier",
        "All rights reserved.",
    ],
)
def test_controls_and_reading_times_are_furniture_anywhere(line: str) -> None:
    assert is_furniture(line, at_top=False)


@pytest.mark.parametrize(
    "line",
    [
        "Home > Nature > Birds",
        "Home » Nature",
        "Regions›Haddersley›Bridges",
        "News / World / Asia",
        "By Petra Holm",
        "By J. R. Holm and Dr. Ann Lee",
        "Written by Petra Holm, science editor",
        "14 March 2024",
        "Published: 14 March 2024, 10:15 GMT",
        "Thursday, 14 March 2024",
        "Updated 3 May 2024 by the editors",
    ],
)
def test_breadcrumbs_bylines_and_dates_are_furniture_at_the_top_only(line: str) -> None:
    assert is_furniture(line, at_top=True)
    assert not is_furniture(line, at_top=False)


@pytest.mark.parametrize(
    "line",
    [
        "On 14 March 2024 the town got its bridge back.",
        "Published 14 March 2024 in Nature, the study counted 40 rails in the valley.",
        "A 90-minute watch party followed the vote in the town hall.",
        "Copyright law changed in 2019.",
        "(c) The licence ends when you sue.",
        "By 1950 there were 340 of them.",
        "Is x > y always true?",
        "The input/output ratio",
        "Share prices fell",
        "Related products fell by a third.",
        "Read more than one chapter before you judge.",
        "",
    ],
)
def test_what_an_article_says_is_no_furniture(line: str) -> None:
    assert not is_furniture(line, at_top=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("14 March 2024", "2024-03-14"),
        ("Last updated on March 14, 2024 at 10:15 am", "2024-03-14"),
        ("By Ann Lee | 14 March 2024 | 5 min read", "2024-03-14"),
        ("March 2024", "2024-03"),
        ("2024年3月14日", "2024-03-14"),
        ("The report of 14 March 2024 was late", None),
        ("14 apples", None),
    ],
)
def test_dates_of_articles(line: str, expected: str | None) -> None:
    assert date_line(line) == expected


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "line", ["a" + " / " * 50 + ".", "a > " * 39 + ".", "2024-01-01" + " - " * 48 + "x", "by " + "a. " * 50 + "?", "» " * 79 + "!"]
)
def test_odd_lines_take_no_time(line: str) -> None:
    assert not is_furniture(line, at_top=True)
