"""Dates as people write them, as ISO strings of day, month or year precision."""

import re
from datetime import date

MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan,february feb,march mar,april apr,may,june jun,july jul,august aug,"
        "september sept sep,october oct,november nov,december dec".split(","),
        start=1,
    )
    for name in names.split()
}
_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d){_YEAR}-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?!\d)",
        rf"(?<!\d){_YEAR}[/.](?P<month>[01]?\d)[/.](?P<day>[0-3]?\d)(?!\d)",
        rf"(?<!\d){_YEAR}年(?P<month>[01]?\d)月(?:(?P<day>[0-3]?\d)日)?",
        rf"(?<![\d.]){_DAY}(?:\s+of)?[\s-]+{_MONTH},?[\s-]+{_YEAR}(?!\d)",
        rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}(?!\d)",
        rf"(?<!\d){_YEAR}-(?P<month>[01]\d)(?![\d-])",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}(?!\d)",
    )
)
_FIELD = tuple(
    re.compile(pattern + r"(?![\w.])")
    for pattern in (
        rf"{_YEAR}-(?P<month>\d\d?)-(?P<day>\d\d?)",
        rf"{_YEAR}(?P<month>[01]\d)(?P<day>[0-3]\d)",
        rf"(?P<day>\d\d?)\.\s?(?P<month>\d\d?)\.\s?{_YEAR}",
    )
)
"""What is a date where a date is stated, and may be anything in running text. Full stops stand between day and month, in this order."""
_NAMED = re.compile(rf"(?:\A|(?<=[-_ ])){_YEAR}(?P<apart>[-_]?)(?P<month>[01]\d)(?P=apart)(?P<day>[0-3]\d)(?=[\W_]|\Z)")
"""A date in a file's name, which counts where the name begins or ends with it."""
_FOLDERS = re.compile(rf"(?:\A|/){_YEAR}/(?P<month>[01]\d)/(?:(?P<day>[0-3]\d)/)?(?=.)")
_MONTH_NAMES = "January February March April May June July August September October November December".split()


def find_dates(text: str) -> list[tuple[int, int, str]]:
    """The dates in `text` that name at least a month, as `(start, end, iso)` in order of place."""
    found: list[tuple[int, int, str]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            iso = _iso(match.groupdict())
            if iso and not any(match.start() < end and start < match.end() for start, end, _ in found):
                found.append((match.start(), match.end(), iso))
    return sorted(found)


def parse_date(value: object) -> str | None:
    """An ISO date from what a metadata field holds, or None where it is no date."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if re.fullmatch(r"(?:19|20)\d\d", text):
        return text
    if written := next((match for pattern in _FIELD if (match := pattern.match(text))), None):
        return _iso(written.groupdict())
    dates = find_dates(text[:200])
    return dates[0][2] if dates else None


def date_in_path(path: str) -> str | None:
    """The date in a file's path or an address: "2025-01-31-title.md", "20250131 title.txt", "a/2025/01/31/title", "a/2025/01/title"."""
    *folders, name = path.rstrip("/").split("/")
    stem = name.rpartition(".")[0] or name
    found = [match for match in _NAMED.finditer(stem) if match.start() == 0 or match.end() == len(stem)]
    found += [*_FOLDERS.finditer(path), *filter(None, map(_NAMED.match, folders[-1:]))]
    return next((iso for match in found if (iso := _iso(match.groupdict()))), None)


def date_number(iso: str, *, last: bool = False) -> int:
    """`iso` as the number yyyymmdd; a missing month or day counts as the first, or with `last` as the last."""
    parts = [int(part) for part in iso.split("-")]
    filler = (99, 99) if last else (0, 0)
    year, month, day = (*parts, *filler[len(parts) - 1 :])
    return year * 10000 + month * 100 + day


def date_words(iso: str) -> str:
    """`iso` in words: "6 January 2025", "January 2025", "2025"."""
    parts = [int(part) for part in iso.split("-")]
    words = [str(parts[0])]
    if len(parts) > 1:
        words.insert(0, _MONTH_NAMES[parts[1] - 1])
    if len(parts) > 2:
        words.insert(0, str(parts[2]))
    return " ".join(words)


def _iso(groups: dict[str, str | None]) -> str | None:
    year, month_text = int(groups["year"] or 0), (groups["month"] or "").casefold()
    month = MONTHS.get(month_text) or (int(month_text) if month_text.isdigit() else 0)
    if not 1 <= month <= 12:
        return None
    if not groups.get("day"):
        return f"{year:04}-{month:02}"
    try:
        return date(year, month, int(groups["day"] or 0)).isoformat()
    except ValueError:
        return None
