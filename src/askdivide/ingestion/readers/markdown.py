"""Markdown articles with optional front matter in YAML or TOML; MDX, in which components stand among the words, too."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.decoding import decode
from askdivide.ingestion.readers.frontmatter import address, date_of_path, described, field_text, front_matter, published, tags
from askdivide.ingestion.readers.furniture import Top, is_furniture, name_and_date, stated_date
from askdivide.records import Block, BlockKind, Document
from askdivide.text.plain import plain
from askdivide.text.tagged import rows, table_end

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
_NAMED_LINKS = re.compile(r"[*_\s]{0,5}(?:sources?|via|credits?|h/t|links?|see also|read more)[*_\s]{0,5}:[*_\s]{0,5}", re.IGNORECASE)
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
_EMBEDS = re.compile(r"(?:\s*!\[\[[^\[\]\n]{1,300}\]\])++\s*")
"""What a note puts in its place of pictures and of other notes."""
_SECTION = re.compile(r"(?:1|I|A)[.):]\s+\S|1\s+[A-Z]|(?:Introduction|Overview|Contents|Table of [Cc]ontents)$")
_ONLY_TAGS = re.compile(r"(?:\s|<(?!https?:|mailto:)[^<>]{1,1000}>)*")
_STATEMENT = re.compile(r"import\s[^\n]*['\"][^'\"\n]+['\"];?(?:\n|\Z)|export\s+(?:const|let|default|function|async)\s")
"""What MDX has for programs: "import { Tabs } from '@/components/tabs';"."""
_TABLE_TAG = re.compile(r"<table\b", re.IGNORECASE)
_TABLES_TRIED = 100
# Blocks are all that is asked of the parser; what it takes to parse inline marks grows with the square of unclosed ones.
_parser = MarkdownIt("commonmark").enable("table").disable("inline")


def read(path: str, data: bytes) -> Document:
    """The article in a Markdown file. Raises UnreadableDocument, also for front matter that is not made of fields."""
    return read_text(path, decode(data))


def read_text(path: str, text: str, top: Sequence[Block] = ()) -> Document:
    """As `read`; what of the text is above its Markdown has been recognised as `top`."""
    fields, body = front_matter(text)
    mdx = path.lower().endswith(".mdx")
    marked = _blocks(text, top[-1].end if top else body, mdx=mdx)
    blocks = (*top, *_recognised(text, _headed(text, _tabled(text, marked))))
    description = described(text, fields, body) if fields else ()
    if not any(block.kind in ("text", "item", "table", "code") for block in (*description, *blocks)):
        raise UnreadableDocument("has no text below its front matter and headings")
    return Document(
        path=path,
        text=text,
        title=field_text(fields.get("title")) or _first_heading(text, blocks) or title_from_path(path),
        published=published(fields) or _stated_date(text, blocks) or date_of_path(fields),
        source=field_text(fields.get("source") or fields.get("publisher") or fields.get("site")),
        url=address(fields),
        tags=tags(fields.get("tags") or fields.get("keywords")),
        markup=True,
        # What the front matter says in its other lines is neither title nor date by its look.
        blocks=(*description, *blocks),
    )


def title_from_path(path: str) -> str:
    """A title for a document that states none: its file name in words."""
    return PurePosixPath(path).stem.replace("-", " ").replace("_", " ").strip() or path


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
        short = block.kind in ("text", "item") and len(content) <= _FURNITURE_MOST
        shown = plain(content, markup=True) if short else ""
        links = (block.kind == "text" and _is_links(content)) or (short and not shown and _EMBEDS.fullmatch(content))
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

    A link that is a paragraph of its own may be one of a list, as tags have it, or a caption, unless "Source:" stands before it.
    """
    if len(content) > _LINKS_MOST:
        return False
    if named := _NAMED_LINKS.match(content):
        rest, links = _ANY_LINK.subn("", content[named.end() :])
        return links > 0 and not any(char.isalnum() for char in rest)
    if not _LINKS.fullmatch(content):
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
