"""What a site's robots.txt allows, by RFC 9309: the group for our name or for all, the longest pattern that matches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

_MOST_LINES = 20_000


@dataclass(frozen=True)
class Rules:
    """The rules that apply to us."""

    patterns: Sequence[tuple[str, bool]] = ()
    """Path patterns and whether they allow."""
    delay: float = 0.0
    """Seconds between two requests that the site asks for."""

    def allow(self, path: str) -> bool:
        """Whether `path`, query included, may be fetched."""
        path = _normal(path)
        found = [(len(pattern), allowed) for pattern, allowed in self.patterns if _matches(pattern, path)]
        # Of equally long ones, the one that allows.
        return max(found, default=(0, True))[1]


def parse_rules(text: str, agent: str) -> Rules:
    """The rules for `agent` in a robots.txt; those for all where it is not named."""
    groups: dict[str, list[tuple[str, str]]] = {}
    names: list[str] = []
    in_names = False
    for line in text.lstrip("\ufeff").splitlines()[:_MOST_LINES]:
        key, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        key = key.lower()
        if key == "user-agent":
            names = [*names, value.lower()] if in_names else [value.lower()]
            in_names = True
            groups.setdefault(value.lower(), [])
        elif key in ("allow", "disallow", "crawl-delay"):
            in_names = False
            for name in names:
                groups[name].append((key, value))
    lines = groups.get(agent.lower(), groups.get("*", []))
    delays = [float(value) for key, value in lines if key == "crawl-delay" and re.fullmatch(r"\d{1,6}(\.\d+)?", value)]
    patterns = [(_normal(value), key == "allow") for key, value in lines if key != "crawl-delay" and value]
    return Rules(patterns, max(delays, default=0.0))


def _normal(path: str) -> str:
    return quote(unquote(path), safe="/?&=*$;,:@!+-._~()'")


def _matches(pattern: str, path: str) -> bool:
    """Whether a pattern with `*` and a final `$` matches the beginning of `path`; in time that grows with both, not more."""
    ends = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not rest:
        return not ends or path == first
    place = len(first)
    for part in rest[:-1] if ends else rest:
        place = path.find(part, place)
        if place < 0:
            return False
        place = place + len(part)
    return not ends or (path.endswith(rest[-1]) and len(path) - len(rest[-1]) >= place)
