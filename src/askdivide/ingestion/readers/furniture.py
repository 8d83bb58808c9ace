"""Page furniture: what comes along when somebody copies an article from a web page, and is not part of it."""

import re
from collections.abc import Sequence

from askdivide.text.dates import find_dates

_READING_TIME = re.compile(r"\b\d+\s*-?\s*min(?:ute)?s?(?:'|’)?\s*(?:-\s*)?(?:read|listen|watch)\b", re.IGNORECASE)
_CRUMBS = re.compile(r"\s+[>→/|]\s+|\s*[›»]\s*")
_BYLINE = re.compile(
    r"^(?:written\s+|posted\s+|story\s+)?by:?\s+(?:[^.!?]|\b(?:[^\W\d_]|dr|prof|mrs?|ms|st|[js]r)\.){2,80}$", re.IGNORECASE
)
_CONTROL = re.compile(
    r"^(?:share(?: this)?(?: (?:article|story|post|page))?|share on .{1,40}|print(?: this)?(?: article| page)?|"
    r"e-?mail(?: this)?(?: article)?|"
    r"copy link|save(?: for later| article| story)?|listen(?: to this article)?|comments?(?: \(\d+\))?|\d+ comments?|leave a comment|"
    r"log in|sign (?:in|up)|subscribe(?: now| today)?|(?:sign up|subscribe)(?: now| today)? (?:for|to) .{1,100}|"
    r"follow us(?: on .{1,40})?|advertisement|sponsored|"
    r"skip to (?:main )?content|back to top|read more|read next|related(?: articles?| stories| posts?| links| content| reading)?|"
    r"more (?:stories|from .{1,40}|like this)|most (?:read|viewed|popular|shared)|you (?:may|might) also like|further reading|"
    r"(?:read (?:more|next|also|this)|also read|see also|related(?: articles?| stories| story)?|more on this(?: story| topic)?|"
    r"recommended(?: for you)?|don['’]t miss)\s?[:–—|]\s?.{1,140}|get .{1,60} in(?:to)? your inbox.{0,60}|table of contents|on this page|"
    r"menu|home|search|cookie settings|accept(?: all)? cookies|all rights reserved.{0,60}|"
    r"(?:copyright )?© ?.{1,80}|(?:copyright|(?:copyright )?\(c\)) [12]\d{3}.{0,80})[.:!]?$",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:related(?: articles?| stories| posts?| links| content| reading)?|read (?:more|next)|more (?:stories|from .{1,40}|like this)|"
    r"most (?:read|viewed|popular|shared)|you (?:may|might) also like)[.:!]?",
    re.IGNORECASE,
)
_BEFORE_DAY = re.compile(r"\W*(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?", re.IGNORECASE)
_DATE_LEAD = re.compile(
    r"^(?:(?:first |last )?(?:published|updated|posted|modified|revised|issued|edition|date)(?: on| at)?:?|on)\s+", re.IGNORECASE
)
_DATE_REST = re.compile(
    r"^[\s,.;:|/·•–—()-]*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day)?[\s,.;:|/·•–—()-]*(?:at )?(?:\d{1,2}[:.]\d\d(?::\d\d)?\s*(?:am|pm)?"
    r"(?:\s*[A-Z]{2,4})?)?[\s,.;:|/·•–—()-]*$",
    re.IGNORECASE,
)
_PLACE = r"[^\W\d_][^\d.!?:;\n]{1,60}"
_NAMED = re.compile(rf"{_PLACE},\s*$")
"""A name before a date: "Bay Courier, 7 July 2025"."""
_DATELINE = re.compile(rf"\W{{0,6}}{_PLACE}?,\s*$")
_DASH = re.compile(r"[\s*_)]*(?:[–—]|--?\s)")
_TOP_MOST = 300
"""Characters; a paragraph as long as this is of the article itself, a shorter one may be what stands below its title."""


class Top:
    """Whether a place is still above the article proper: before its second paragraph, or its first if that is long."""

    def __init__(self) -> None:
        self._paragraphs = 0

    def __bool__(self) -> bool:
        return self._paragraphs < 2

    def passed(self, paragraph: str) -> None:
        """A paragraph that is no furniture has gone by."""
        self._paragraphs += 2 if len(paragraph) >= _TOP_MOST else 1


def is_furniture(line: str, *, at_top: bool) -> bool:
    """Whether `line` is a control, a reading time, a byline or (only `at_top`, before the first paragraph) a breadcrumb or a date."""
    line = line.strip()
    if len(line) > 160:
        return False
    # "A 90-minute watch party followed." is a sentence of the article.
    words, ended = len(line.split()), line.endswith((".", "!", "?"))
    if _CONTROL.match(line) or (_READING_TIME.search(line) and words <= (6 if ended else 14)):
        return True
    if not at_top:
        return False
    return bool(_BYLINE.match(line) or _is_breadcrumb(line) or date_line(line))


def leads_elsewhere(line: str) -> bool:
    """Whether the lines behind `line`, which is furniture, are those of other articles."""
    return _ELSEWHERE.fullmatch(line.strip()) is not None


def day_ahead(line: str) -> str | None:
    """The day with which a line at the top begins, on which it was written or of which it reports ("Sat 18 Oct 2025, Mill Road")."""
    return next((iso for start, _, iso in find_dates(line[:60]) if len(iso) == 10 and _BEFORE_DAY.fullmatch(line[:start])), None)


def _is_breadcrumb(line: str) -> bool:
    if any(mark in line for mark in ".!?"):
        return False
    crumbs = _CRUMBS.split(line)
    return len(crumbs) > 1 and all(crumb and len(crumb) <= 80 for crumb in crumbs)


def date_line(line: str) -> str | None:
    """The date of a line that holds a date and nothing else to speak of ("Published 14 March 2024, 10:15"), or None."""
    if len(line) > 160:
        return None
    for part in re.split(r"\s[|·•–—]\s", _READING_TIME.sub("", line)):
        part = part.strip(" |·•–—")
        lead = _DATE_LEAD.match(part)
        rest = part[lead.end() :] if lead else part
        for start, end, iso in find_dates(rest):
            if _DATE_REST.match(rest[:start]) and (_DATE_REST.match(rest[end:]) or (lead and _short_note(lead.group(), rest[end:]))):
                return iso
    return None


def stated_date(beginning: Sequence[tuple[str, str]]) -> str | None:
    """The date that an article's first blocks, each a kind and its text, state in page furniture or at the head of its report."""
    for kind, content in beginning:
        if kind == "noise" and (iso := date_line(content) or name_and_date(content) or day_ahead(content)):
            return iso
    paragraphs = [content for kind, content in beginning if kind == "text"]
    return next((iso for content in paragraphs[:2] if (iso := dateline(content))), None)


def name_and_date(line: str) -> str | None:
    """The date of a line that holds a name and a day ("Bay Courier, 7 July 2025") and nothing else, or None."""
    line = line.strip()
    for start, end, iso in find_dates(line) if len(line) <= 100 else ():
        if len(iso) == 10 and _NAMED.match(line[:start]) and _DATE_REST.match(line[end:]):
            return iso
    return None


def dateline(paragraph: str) -> str | None:
    """The day with which a report begins, behind its place and before a dash ("OSTRAVA, 14 January 2025 – The ..."), or None."""
    for start, end, iso in find_dates(paragraph[:120]):
        if len(iso) == 10 and _DATELINE.match(paragraph[:start]) and _DASH.match(paragraph[end:]):
            return iso
    return None


def _short_note(lead: str, rest: str) -> bool:
    # "Updated 3 May 2024 by the editors" is a date line; "On 3 May 2024 the bridge fell." begins the article.
    return lead.strip().casefold() != "on" and len(rest.split()) <= 6 and not rest.endswith((".", "!", "?"))
