"""Markdown articles with optional front matter in YAML or TOML; MDX, in which components stand among the words, too."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.decoding import decode
from askdivide.ingestion.readers.furniture import Top, is_furniture, name_and_date, stated_date
from askdivide.records import Block, BlockKind, Document
from askdivide.text.dates import date_in_path, parse_date
from askdivide.text.plain import plain
from askdivide.text.tagged import rows, table_end

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\ufeff?\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FRONT_MATTER_MOST = 64 * 1024
_DOTS_MOST = 500
"""On a line of TOML: what tomllib takes for a key grows with the square of its parts, 20 s for one of 64 kB."""
_FURNITURE_MOST = 2000
"""Characters; a longer paragraph is no page furniture, whatever its links hide."""
_LINKS_MOST = 5000
"""Characters of a paragraph of links."""
_LINK = (
    r"<a\s[^<>]{0,1000}>(?:[^<>]|<(?!/?a\b)[^<>]{1,1000}>){1,500}+</a>"
    r"|!?\[(?:[^\[\]]|\[[^\[\]]{0,300}\]){0,1000}+\](?:\((?:[^()]|\([^()]{0,200}\)){0,1000}+\)|\[[^\[\]]{0,200}\])"
)
_ANY_LINK = re.compile(_LINK, re.IGNORECASE)
_LINKS = re.compile(rf"(?:[\s|｜•·*_\\\u2190-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]|&nbsp;?|{_LINK}|<[^<>]{{1,1000}}>)*+", re.IGNORECASE)
"""Links and pictures with nothing between them but what parts them, tags, and emoji beside their names."""
_ROW_TAG = re.compile(r"</?(?:p|div|center|section|table|t[rdh]|ul|ol|li|hr)\b[^<>]{0,1000}>", re.IGNORECASE)
_HEADING_LINE = re.compile(
    r"(\*\*|__)(?=[^\s*_])[^*_\n]{1,110}(?<![\s.!…:;,])\1|(\*\*|__)?Q(?:uestion)?:[ \t][^*_\n]{1,200}\?(?(2)\2)",
)
"""A paragraph that is one line in bold and no sentence, or the question of an interview ("Q: Who founded it?")."""
_UNMARKED = 7
"""Level of such headings: below all that are marked."""
_TAGGED_HEADING = re.compile(
    r"<(?:[hH](?P<level>[1-6])|(?P<summary>summary))(?:\s[^<>]{0,500})?>(?P<plain>.{1,500}?)</(?:[hH](?P=level)|summary)>"
    r"|<(?P<name>[A-Z]\w{0,50})\s(?:[^<>]{0,300}\s)?as=[\"']h(?P<as>[1-6])[\"'][^<>]{0,300}>(?P<of>[^<>]{1,300})</(?P=name)>"
    r"|<[A-Z]\w{0,50}\s(?:[^<>]{0,300}\s)?(?:title|question|summary)=(?P<quote>[\"'])(?P<titled>[^<>\"]{1,300}?)(?P=quote)"
    r"(?:\s[^<>]{0,300})?(?<!/)>",
    re.DOTALL,
)
"""A heading in HTML tags, or as components of MDX have it: <Title as="h2">Limits</Title>, <Question title="Is it free?">."""
_SECTION = re.compile(r"(?:1|I|A)[.):]\s+\S|1\s+[A-Z]|(?:Introduction|Overview|Contents|Table of [Cc]ontents)$")
_ONLY_TAGS = re.compile(r"(?:\s|<(?!https?:|mailto:)[^<>]{1,1000}>)*")
_STATEMENT = re.compile(r"import\s[^\n]*['\"][^'\"\n]+['\"];?(?:\n|\Z)|export\s+(?:const|let|default|function|async)\s")
"""What MDX has for programs: "import { Tabs } from '@/components/tabs';"."""
_TABLE_TAG = re.compile(r"<table\b", re.IGNORECASE)
_TABLES_TRIED = 100
# Blocks are all that is asked of the parser; what it takes to parse inline marks grows with the square of unclosed ones.
_parser = MarkdownIt("commonmark").enable("table").disable("inline")
_DEEPEST = 20
_DATES = ("date", "published", "date_published", "datepublished", "published_at", "publishdate", "publication_date", "pubdate")
_ADDRESSES = ("url", "link", "canonical_url", "source_url")
_PATHS = ("path", "permalink", "slug")
"""Where a site generator puts the article, which may tell its day."""
_TOO_DEEP = f"its front matter is nested more than {_DEEPEST} deep; simplify it"


def read(path: str, data: bytes) -> Document:
    """The article in a Markdown file. Raises UnreadableDocument, also for front matter that is not made of fields."""
    text = decode(data)
    fields, body = _front_matter(text)
    mdx = path.lower().endswith(".mdx")
    blocks = tuple(_recognised(text, _headed(text, _tabled(text, _blocks(text, body, mdx=mdx)))))
    if not any(block.kind in ("text", "item", "table", "code") for block in blocks):
        raise UnreadableDocument("has no text below its front matter and headings")
    return Document(
        path=path,
        text=text,
        title=_text(fields.get("title")) or _first_heading(text, blocks) or title_from_path(path),
        published=_published(fields) or _stated_date(text, blocks) or _date_of_path(fields),
        source=_text(fields.get("source") or fields.get("publisher") or fields.get("site")),
        url=next((_text(fields[key]) for key in _ADDRESSES if fields.get(key)), None),
        tags=_tags(fields.get("tags") or fields.get("keywords")),
        markup=True,
        blocks=blocks,
    )


def title_from_path(path: str) -> str:
    """A title for a document that states none: its file name in words."""
    return PurePosixPath(path).stem.replace("-", " ").replace("_", " ").strip() or path


def _front_matter(text: str) -> tuple[dict[str, Any], int]:
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


def _text(value: object) -> str | None:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return " ".join(str(value).split()) or None
    return None


def _tags(value: object) -> tuple[str, ...]:
    values = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(dict.fromkeys(text for item in values[:100] if (text := _text(item))))


def _published(fields: dict[str, Any]) -> str | None:
    for key in _DATES:
        # "published: false" is a site generator's own.
        if fields.get(key) is not None and not isinstance(fields[key], bool):
            iso = parse_date(fields[key])
            if iso is None:
                shown = repr(fields[key][:40]) if isinstance(fields[key], str) else _text(fields[key]) or "a list or fields"
                raise UnreadableDocument(f"its front matter has {key}: {shown}, which is no date; write it as 2025-01-31")
            return iso
    return None


def _date_of_path(fields: dict[str, Any]) -> str | None:
    return next((iso for key in _PATHS if isinstance(fields.get(key), str) and (iso := date_in_path(fields[key]))), None)


def _first_heading(text: str, blocks: tuple[Block, ...]) -> str | None:
    headings = [block for block in blocks if block.kind == "heading"]
    best = min(headings, key=lambda block: block.level, default=None)
    if best and best.level == _UNMARKED and best is not next(block for block in blocks if block.kind != "noise"):
        # A bold line somewhere below is the title of its own section only.
        best = None
    title = plain(text[best.start : best.end], markup=True) if best else ""
    sections = [block for block in headings if best and block.level == best.level]
    # "1. Introduction" is the first of several.
    return title if title and not (len(sections) > 1 and _SECTION.match(title)) else None


def _stated_date(text: str, blocks: Sequence[Block]) -> str | None:
    return stated_date([(block.kind, plain(text[block.start : min(block.end, block.start + 400)], markup=True)) for block in blocks[:12]])


def _recognised(text: str, blocks: Iterable[Block]) -> list[Block]:
    """`blocks` with what of them is page furniture, and what is a heading without being marked as one."""
    top = Top()
    found: list[Block] = []
    for block in blocks:
        content = text[block.start : block.end]
        shown = plain(content, markup=True) if block.kind in ("text", "item") and len(content) <= _FURNITURE_MOST else ""
        links = block.kind == "text" and _is_links(content)
        if links or (shown and (is_furniture(shown, at_top=bool(top)) or (top and name_and_date(shown)))):
            block = Block("noise", block.start, block.end)
        elif block.kind == "text" and _HEADING_LINE.fullmatch(content):
            block = Block("heading", block.start, block.end, level=_UNMARKED)
        elif block.kind in ("text", "item"):
            top.passed(content)
        found.append(block)
    below: Block | None = None
    for number, block in reversed(list(enumerate(found))):
        if block.kind == "heading" and block.level == _UNMARKED and (below is None or below.kind == "heading"):
            found[number] = Block("text", block.start, block.end)
        below = below if block.kind == "noise" else block
    return found


def _is_links(content: str) -> bool:
    """Whether a block is nothing but rows of links or pictures, such as those to a paper and its code, and badges, on top of a README.

    A link that is a paragraph of its own may be one of a list, as tags have it, or a caption.
    """
    if len(content) > _LINKS_MOST or not _LINKS.fullmatch(content):
        return False
    rows = [row for row in _ROW_TAG.split(content) if _ANY_LINK.search(row)]
    with_words = [row for row in rows if plain(row, markup=True)]
    return bool(rows) and all(len(_ANY_LINK.findall(row)) > 1 for row in with_words or rows)


def _tabled(text: str, blocks: Iterable[Block]) -> Iterator[Block]:
    """`blocks` with tables in HTML tags as such, also where an empty line among their rows ended a block."""
    end, tried = 0, 0
    for block in blocks:
        start = max(block.start, end)
        while block.kind == "text" and tried < _TABLES_TRIED and (tag := _TABLE_TAG.search(text, start, block.end)):
            tried += 1
            stop = table_end(text, tag.start())
            if stop is None or not rows(text[tag.start() : stop]):
                break
            yield from _part(text, "text", start, tag.start())
            yield Block("table", tag.start(), stop)
            start = end = stop
        if start == block.start:
            yield block
        elif start < block.end:
            yield from _part(text, block.kind, start, block.end)


def _headed(text: str, blocks: Iterable[Block]) -> Iterator[Block]:
    """`blocks` with headings in HTML tags, and such as components have, as headings."""
    for block in blocks:
        start = block.start
        for tag in _TAGGED_HEADING.finditer(text, block.start, block.end) if block.kind == "text" else ():
            line = max(text.rfind("\n", 0, tag.start()) + 1, start)
            group = next(name for name in ("plain", "of", "titled") if tag[name] is not None)
            if not _ONLY_TAGS.fullmatch(text, line, tag.start()) or not plain(tag[group], markup=True):
                continue
            yield from _part(text, "text", start, tag.start())
            first, last = _stripped(text, *tag.span(group))
            yield Block("heading", first, last, level=int(tag["level"] or tag["as"] or _UNMARKED))
            start = tag.end()
        if block.kind == "text":
            yield from _part(text, "text", start, block.end)
        else:
            yield block


def _part(text: str, kind: BlockKind, start: int, end: int) -> Iterator[Block]:
    """What of a block remains, if that is more than tags."""
    start, end = _stripped(text, start, end)
    if not _ONLY_TAGS.fullmatch(text, start, end):
        yield Block(kind, start, end)


def _blocks(text: str, body: int, *, mdx: bool) -> Iterator[Block]:
    # Line n of the parsed body runs from starts[n] to starts[n + 1], newline included.
    starts = [body]
    while (newline := text.find("\n", starts[-1])) >= 0:
        starts.append(newline + 1)
    starts.append(len(text))
    tokens = _parser.parse(text[body:].replace("\0", " "))
    items = 0
    for position, token in enumerate(tokens):
        if token.type in ("list_item_open", "list_item_close"):
            items += token.nesting
        kind = _kind(token, items)
        if not kind or token.map is None:
            continue
        first, last = token.map
        start, end = starts[first], starts[min(last, len(starts) - 1)]
        if mdx and kind == "text" and _STATEMENT.match(text, start, end):
            kind = "noise"
        inline = tokens[position + 1] if position + 1 < len(tokens) else None
        if inline and inline.type == "inline" and kind in ("heading", "text", "item"):
            # The content starts after list, quotation and heading marks on its first line, and ends before closing #s.
            start, end = _content_span(text, start, end, inline.content, exact_end=kind == "heading")
        start, end = _stripped(text, start, end)
        if start < end:
            yield Block(kind, start, end, level=int(token.tag[1]) if kind == "heading" else 0)


def _kind(token: Token, items: int) -> BlockKind | None:
    if token.type == "heading_open":
        return "heading"
    if token.type == "paragraph_open":
        return "item" if items else "text"
    if token.type == "table_open":
        return "table"
    if token.type in ("fence", "code_block"):
        return "code"
    if token.type == "html_block":
        return "noise" if token.content.lstrip().startswith(("<!--", "<script", "<style")) else "text"
    return None


def _content_span(text: str, start: int, end: int, content: str, *, exact_end: bool) -> tuple[int, int]:
    lines = content.split("\n")
    found = text.find(lines[0], start, end)
    if found < 0:
        return start, end
    last = text.find(lines[-1], found + len(lines[0]), end) if len(lines) > 1 else found
    return found, last + len(lines[-1]) if exact_end and last >= 0 else end


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
