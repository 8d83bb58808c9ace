"""robots.txt as RFC 9309 reads it."""

import time

import pytest

from askdivide.ingestion.robots import parse_rules


def allowed(text: str, path: str) -> bool:
    return parse_rules(text, "askdivide").allow(path)


@pytest.mark.parametrize(
    ("lines", "path", "expected"),
    [
        ("", "/a", True),
        ("user-agent: *\ndisallow: /", "/a", False),
        ("user-agent: *\ndisallow:", "/a", True),
        ("User-Agent: other\nDisallow: /", "/a", True),
        ("User-agent: AskDivide\nDisallow: /\n\nUser-agent: *\nAllow: /", "/a", False),
        ("User-agent: askdivide\nUser-agent: other\nDisallow: /a", "/a", False),
        ("User-agent: askdivide\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/b", True),
        ("User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b", "/b", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/open", "/a/open/1", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", True),
        ("User-agent: *\nDisallow: /*.pdf", "/x/y.pdf?z", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /a*b*c$", "/a-b-c-c", False),
        ("User-agent: *\nDisallow: /caf%C3%A9", "/café", False),
        ("User-agent: *\nDisallow: /a # why not", "/a", False),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("Disallow: /a", "/a", True),
        ("nonsense\nUser-agent\n: *\nDisallow: /", "/a", True),
    ],
)
def test_rules(lines: str, path: str, expected: bool) -> None:
    assert allowed(lines, path) is expected


def test_a_delay_is_read() -> None:
    assert parse_rules("User-agent: *\nCrawl-delay: 2.5\nDisallow: /b", "askdivide").delay == 2.5
    assert parse_rules("User-agent: *\nCrawl-delay: never", "askdivide").delay == 0


def test_a_hostile_pattern_takes_no_time() -> None:
    started = time.process_time()
    assert allowed("User-agent: *\nDisallow: /" + "*a" * 500 + "$", "/" + "a" * 400 + "b")
    assert time.process_time() - started < 0.5
