"""Front matter: what stands above an article's text of title, date, source and the like, in YAML or between lines of `+++` in TOML."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import yaml

from askdivide.errors import UnreadableDocument
from askdivide.records import Block
from askdivide.text.dates import date_in_path, parse_date
from askdivide.text.plain import plain
from askdivide.text.terms import content_terms

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\ufeff?\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FRONT_MATTER_MOST = 64 * 1024
_DOTS_MOST = 500
"""On a line of TOML: what tomllib takes for a key grows with the square of its parts, 20 s for one of 64 kB."""
_DEEPEST = 20
_DATES = ("date", "published", "date_published", "datepublished", "published_at", "publishdate", "publication_date", "pubdate")
_ADDRESSES = ("url", "link", "canonical_url", "source_url")
_PATHS = ("path", "permalink", "slug")
"""Where a site generator puts the article, which may tell its day."""
_DESCRIPTIONS = ("description", "summary", "abstract", "excerpt", "subtitle", "standfirst", "lead", "tldr")
_DESCRIPTION_LEAST, _WORDS_LEAST = 40, 8
"""Characters, and words where it is no sentence; less is a label."""
_ENDS_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]*_]{0,5}$")
_SAME, _SAME_WITHIN = 0.8, 3000
"""Share of a description's words that the article's first characters have where these say the same."""
_TOML_TEXT = re.compile(
    r"^(?P<key>[\w-]+)[ \t]*=[ \t]*(?P<quote>\"{3}|'{3}|[\"'](?![\"']))(?P<said>(?:(?!(?P=quote)).)*)(?P=quote)[ \t]*(?:#.*?)?$",
    re.DOTALL | re.MULTILINE,
)
_TOO_DEEP = f"its front matter is nested more than {_DEEPEST} deep; simplify it"


def front_matter(text: str) -> tuple[dict[str, Any], int]:
    """The fields at the top of `text`, and where what is below them begins."""
    start = 1 if text.startswith("\ufeff") else 0
    opening = re.match(r"(---|\+\+\+)[ \t]*\n([\w-]+:|[\w-]+[ \t]*=)?", text[start : start + 200])
    if not opening:
        return {}, start
    mark, field = opening.groups()
    match = (_FRONT_MATTER if mark == "---" else _TOML).match(text)
    if not match:
        # A rule on the first line is no front matter; fields after it that never end are.
        if field and field.endswith(":" if mark == "---" else "="):
            raise UnreadableDocument(f"its front matter has no closing line {mark}; add it")
        return {}, start
    source = match.group(1)
    if len(source) > _FRONT_MATTER_MOST:
        raise UnreadableDocument(f"its front matter is longer than {_FRONT_MATTER_MOST // 1024} kB")
    fields = _yaml(source) if mark == "---" else _toml(source)
    if fields is None:
        return {}, match.end()
    if isinstance(fields, str) and not source.partition("\n")[0].strip():
        # The text between two rules, of which the first stands on the first line.
        return {}, start
    if not isinstance(fields, dict):
        raise UnreadableDocument("its front matter is not made of fields such as title: ...; correct it")
    return {str(key).casefold(): value for key, value in fields.items()}, match.end()


def described(text: str, fields: dict[str, Any], body: int) -> tuple[Block, ...]:
    """The description of an article in its front matter as a paragraph, and what stands behind it there as noise.

    None where the article itself says the same, or where the description is written otherwise than it is read (escapes of a quote).
    """
    told = " ".join([field_text(fields.get("title")) or "", plain(text[body : body + _SAME_WITHIN], markup=True)])
    for key in _DESCRIPTIONS:
        value = fields.get(key)
        if not isinstance(value, str) or not _tells(value, told):
            continue
        for start, end in _spans(text, key):
            said = text[start:end]
            if said.split() == value.split():
                start, end = start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip())
                rest = end + len(text[end:body]) - len(text[end:body].lstrip())
                return Block("text", start, end), Block("noise", rest, rest + len(text[rest:body].rstrip()))
    return ()


def _tells(description: str, told: str) -> bool:
    """Whether a description is a text, and not one that was told."""
    line = " ".join(description.split())
    if len(line) < _DESCRIPTION_LEAST or not (_ENDS_SENTENCE.search(line[-10:]) or line.count(" ") + 1 >= _WORDS_LEAST):
        return False
    words = content_terms(plain(line, markup=True))
    known = set(content_terms(told))
    return sum(word not in known for word in words) > len(words) * (1 - _SAME)


def _spans(text: str, key: str) -> Iterator[tuple[int, int]]:
    """Where the values of a field stand, without their quotation marks and the sign of a block."""
    if match := _TOML.match(text):
        for field in _TOML_TEXT.finditer(match[1]):
            if field["key"].casefold() == key:
                yield match.start(1) + field.start("said"), match.start(1) + field.end("said")
    elif match := _FRONT_MATTER.match(text):
        source = match[1]
        node = yaml.compose(source, Loader=yaml.CSafeLoader)
        for name, value in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(value, yaml.ScalarNode) and isinstance(name, yaml.ScalarNode) and name.value.casefold() == key:
                start, end = value.start_mark.index, value.end_mark.index
                if value.style in ("|", ">"):
                    start = source.find("\n", start, end) + 1 or end
                elif value.style in ("'", '"'):
                    start, end = start + 1, end - 1
                yield match.start(1) + start, match.start(1) + end


def has_title(text: str) -> bool:
    """Whether `text` begins with front matter that names the article."""
    try:
        fields, _ = front_matter(text)
    except UnreadableDocument:
        return False
    return field_text(fields.get("title")) is not None


def _yaml(source: str) -> Any:
    try:
        _check_depth(source)
        return yaml.load(source, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 2})" if mark else ""
        problem = getattr(error, "problem", None) or (str(error) if type(error) is ValueError else type(error).__name__)
        raise UnreadableDocument(f"its front matter is not valid YAML{place}: {problem}; correct it") from error


def _toml(source: str) -> dict[str, Any]:
    if any(line.count(".") > _DOTS_MOST for line in source.splitlines()):
        raise UnreadableDocument(_TOO_DEEP)
    try:
        fields = tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        problem, at, place = (str(error) if isinstance(error, ValueError) else type(error).__name__).partition(" (at line ")
        line = f" (line {int(place.partition(',')[0]) + 1})" if at else ""
        raise UnreadableDocument(f"its front matter is not valid TOML{line}: {problem}; correct it") from error
    inner: list[Any] = [fields]
    for _ in range(_DEEPEST):
        inner = [one for held in inner for one in (held.values() if isinstance(held, dict) else held) if isinstance(one, dict | list)]
    if inner:
        raise UnreadableDocument(_TOO_DEEP)
    return fields


def _check_depth(source: str) -> None:
    """Refuse deep nesting, event by event: the loader recurses, and outside Python's own limit."""
    depth = 0
    for event in yaml.parse(source, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise UnreadableDocument(_TOO_DEEP)


def field_text(value: object) -> str | None:
    """A field's value on one line; None where it is no text or number, or empty."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return " ".join(str(value).split()) or None
    return None


def tags(value: object) -> tuple[str, ...]:
    """Tags as a field lists them, also between commas."""
    values = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(dict.fromkeys(text for item in values[:100] if (text := field_text(item))))


def published(fields: dict[str, Any]) -> str | None:
    """The article's date. Raises UnreadableDocument where that is none."""
    for key in _DATES:
        # "published: false" is a site generator's own.
        if fields.get(key) is not None and not isinstance(fields[key], bool):
            iso = parse_date(fields[key])
            if iso is None:
                shown = repr(fields[key][:40]) if isinstance(fields[key], str) else field_text(fields[key]) or "a list or fields"
                raise UnreadableDocument(f"its front matter has {key}: {shown}, which is no date; write it as 2025-01-31")
            return iso
    return None


def address(fields: dict[str, Any]) -> str | None:
    """Where the article can be read."""
    return next((field_text(fields[key]) for key in _ADDRESSES if fields.get(key)), None)


def date_of_path(fields: dict[str, Any]) -> str | None:
    """The day that a site generator's path for the article tells."""
    return next((iso for key in _PATHS if isinstance(fields.get(key), str) and (iso := date_in_path(fields[key]))), None)
