"""Marks of Markdown within a line as HTML: bold, links, code; and as they were written, but not seen, where words are marked."""

from __future__ import annotations

import re
from html import unescape

from askdivide.interfaces.web.cards import safe, seen
from askdivide.interfaces.web.spans import is_web
from askdivide.records import MARK
from askdivide.text.plain import TAG, WIKI_LINK, plain, unmarked

# Every repetition is bounded: articles may hold long runs of unclosed marks.
_INLINE = re.compile(
    r"(?P<code>(?<!`)`(?P<codetext>[^`\n]{1,300})`(?!`))"
    rf"|(?P<wiki>{WIKI_LINK})"
    r"|(?P<link>!?\[(?P<linktext>[^\[\]\n]{1,300})\]\((?P<url>[^()\s\[\]]{0,1000}(?:\([^()\s]{0,100}\)[^()\s\[\]]{0,100})?)(?:\s+\"[^\"\n]{0,200}\")?\))"
    r"|<(?P<auto>https?://[^\s<>]{1,1000})>"
    r"|(?P<strong>\*\*|__)(?=\S)(?P<strongtext>.{1,300}?)(?<=\S)(?P=strong)"
    r"|(?<![\w*_])(?P<em>[*_])(?=[^\s*_])(?P<emtext>[^*_\n]{1,300}?)(?<=[^\s*_])(?P=em)(?![\w*_])"
    r"|\\(?P<escaped>[\\`*_{}\[\]()#+.!|<>~-])"
    rf"|(?P<tag><br\s?/?>|{TAG.pattern})|(?P<entity>&(?:#\d{{1,7}}|[A-Za-z][A-Za-z\d]{{1,31}});)",
    re.IGNORECASE,
)
_UNSEEN = re.compile(rf"(?P<code>`[^`\n]{{1,300}}`)|{TAG.pattern}", re.IGNORECASE)
"""Tags, which are not seen in marked words, and code, in which nothing is one."""
_DEEPEST = 3


def pretty(text: str, depth: int = 0) -> str:
    """Words of Markdown within a line, with its marks as bold, links and so on; `depth` says within how many others they stand."""
    if depth > _DEEPEST:
        return safe(text)
    html, at = "", 0
    for match in _INLINE.finditer(text):
        html += safe(text[at : match.start()]) + _element(match, depth + 1)
        at = match.end()
    return html + safe(text[at:])


def _element(match: re.Match[str], depth: int) -> str:
    if match["code"]:
        return f"<code>{safe(match['codetext'])}</code>"
    if match["wiki"]:
        return safe(plain(match["wiki"], markup=True))
    if match["strong"]:
        return f"<strong>{pretty(match['strongtext'], depth)}</strong>"
    if match["em"]:
        return f"<em>{pretty(match['emtext'], depth)}</em>"
    if match["escaped"]:
        return safe(match["escaped"])
    if match["tag"]:
        return "<br>" if match["tag"][:3].lower() == "<br" else ""
    if match["entity"]:
        return safe(unescape(match["entity"]))
    url = match["url"] or match["auto"]
    # Pictures are not fetched; what an address of another kind would do, its text may say.
    if match["link"] and (match["link"].startswith("!") or not is_web(url)):
        return safe(match[0])
    words = pretty(match["linktext"], depth) if match["link"] else safe(url)
    return outside(url, words)


def without_marks(text: str) -> str:
    """`text` with all of its characters, in which marks of Markdown and tags are not seen."""
    # What words have a space for stays as it was written, unless it is a tag.
    said = [MARK if now == MARK else own for own, now in zip(text, unmarked(text), strict=True)]
    for match in _UNSEEN.finditer(text):
        if not match["code"]:
            said[slice(*match.span())] = MARK * len(match[0])
    return seen(text, "".join(said))


def outside(url: str, html: str) -> str:
    """A link that leaves the page, to an address that `is_web`."""
    return f'<a href="{safe(url)}" target="_blank" rel="noopener noreferrer nofollow">{html}</a>'
