from datetime import UTC, date, datetime

import pytest

from askdivide.text.dates import date_in_path, date_number, date_words, find_dates, parse_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-14", "2024-03-14"),
        ("2024-03", "2024-03"),
        ("2024/3/4", "2024-03-04"),
        ("2024.03.14", "2024-03-14"),
        ("14 March 2024", "2024-03-14"),
        ("14th of March, 2024", "2024-03-14"),
        ("14-Mar-2024", "2024-03-14"),
        ("March 14, 2024", "2024-03-14"),
        ("Sept. 2, 2024", "2024-09-02"),
        ("september 2024", "2024-09"),
        ("May of 2024", "2024-05"),
        ("2024年3月14日", "2024-03-14"),
        ("2024年12月", "2024-12"),
        ("2024-03-14T23:59:00Z", "2024-03-14"),
    ],
)
def test_dates_as_people_write_them(text: str, expected: str) -> None:
    assert [iso for _, _, iso in find_dates(f"It was on {text} that it rained.")] == [expected]


@pytest.mark.parametrize(
    "text", ["version 3.11.2", "2024-13-01", "2024-13", "12024-01-01", "30 apples 2024", "the year 2024", "0.14 March", ""]
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert find_dates(text) == []


def test_a_day_that_does_not_exist_leaves_the_month() -> None:
    assert [iso for _, _, iso in find_dates("on 31 February 2024")] == ["2024-02"]


def test_places_of_dates_are_exact_and_in_order() -> None:
    text = "From March 2024 to 2024-05-01, and on 3 June 2025."
    assert [(text[start:end], iso) for start, end, iso in find_dates(text)] == [
        ("March 2024", "2024-03"),
        ("2024-05-01", "2024-05-01"),
        ("3 June 2025", "2025-06-03"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2024, 3, 14), "2024-03-14"),
        (datetime(2024, 3, 14, 23, 30, tzinfo=UTC), "2024-03-14"),
        (date(1850, 1, 1), "1850-01-01"),
        (2024, "2024"),
        (20240301, "2024-03-01"),
        ("2024-3-1", "2024-03-01"),
        ("01.03.2024", "2024-03-01"),
        ("1. 3. 2024", "2024-03-01"),
        ("31.2.2024", None),
        ("3.4.20245", None),
        (True, None),
        (" 2024 ", "2024"),
        ("2024-03", "2024-03"),
        ("Published on 14 March 2024, 10:15", "2024-03-14"),
        ("soon", None),
        (None, None),
        (20240314, "2024-03-14"),
        (20241314, None),
        (["2024-03-14"], None),
        ("", None),
    ],
)
def test_metadata_gives_a_date_or_none(value: object, expected: str | None) -> None:
    assert parse_date(value) == expected


def test_a_partial_date_covers_all_its_days() -> None:
    assert date_number("2024-03-14") == date_number("2024-03-14", last=True) == 20240314
    assert date_number("2024-03") < date_number("2024-03-01") < date_number("2024-03-31") < date_number("2024-03", last=True)
    assert date_number("2024") < date_number("2024-01-01") < date_number("2024-12-31") < date_number("2024", last=True)
    assert date_number("2024", last=True) < date_number("2025")
    assert date_number("2024-03", last=True) < date_number("2024-04")


def test_dates_in_words_keep_their_precision() -> None:
    assert [date_words(iso) for iso in ("2025-01-06", "2025-01", "2025")] == ["6 January 2025", "January 2025", "2025"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("news/2025-01-31-harbour.md", "2025-01-31"),
        ("20250131 harbour.txt", "2025-01-31"),
        ("harbour_2025-01-31.pdf", "2025-01-31"),
        ("2025/01/31/harbour", "2025-01-31"),
        ("https://example.org/2025/01/harbour.html", "2025-01"),
        ("2025-01-31-harbour/index.md", "2025-01-31"),
        ("2025-01-31", "2025-01-31"),
        ("report-20250131-final.md", None),
        ("2025-13-31-harbour.md", None),
        ("12025-01-31.md", None),
        ("2025-01-311.md", None),
        ("release-2025.1.31.md", None),
        ("2025-01-31-a/b/harbour.md", None),
        ("2025/99/harbour.md", None),
        ("", None),
    ],
)
def test_a_path_may_tell_the_day(path: str, expected: str | None) -> None:
    assert date_in_path(path) == expected
