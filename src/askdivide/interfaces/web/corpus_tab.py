"""The corpus tab: the articles with their states, and the ways to add, remove and re-index them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from askdivide.answering.assistant import Assistant
from askdivide.errors import AskDivideError, CorpusError
from askdivide.ingestion.scan import endings
from askdivide.interfaces.web.cards import counted, one_line
from askdivide.interfaces.web.changing import Changes, outcome, web_address
from askdivide.interfaces.web.holdings import Holding, holdings, table

UPLOAD_MOST = 32
"""Megabytes; the largest file that can be uploaded."""
_AT_ONCE = 8
"""Visitors who can change the corpus at the same time; all but one of them wait."""
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_CHANGING: dict[str, Any] = {**_QUIET, "concurrency_limit": _AT_ONCE, "concurrency_id": "corpus"}
# Filtered in the browser: typing costs the server nothing.
_FIND = '<input id="find" type="search" placeholder="Find an article" aria-label="Find an article">'
_DOWN = '<a class="down" href="#adding">Add articles</a>'
_CHOSEN = "() => [[...document.querySelectorAll('#articles .pick:checked')].map((box) => box.value)]"
_TO_QUESTION = "() => { document.querySelector('#remove-yes')?.focus(); }"
_RENEWED, _TOLD = (f"() => {{ document.dispatchEvent(new Event('{name}')); }}" for name in ("articles", "told"))


class CorpusTab:
    """The tab's events. Nothing of a visitor is kept here."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._changes = Changes(assistant.settings, assistant.index)

    def articles(self) -> str:
        """The table as of now."""
        try:
            return table(self._holdings(), choosing=self._assistant.settings.editable)
        except AskDivideError as error:
            return outcome([str(error)], failed=True)

    async def upload(self, files: Sequence[dict[str, Any]] | None, replace: bool) -> AsyncIterator[tuple[str, Any]]:
        """Add what was uploaded. The second of what is yielded is for the place where files are dropped: it is free again at once."""
        places = [Path(file["path"]).resolve() for file in files or []]
        folder = Path(get_upload_folder()).resolve()
        places = [place for place in places if place.is_relative_to(folder)]
        if places:
            async for html in self._changes.upload(places, replace=bool(replace)):
                yield html, None

    async def fetch(self, address: str) -> AsyncIterator[str]:
        """Add what an address leads to."""
        try:
            url = web_address(address)
        except CorpusError as error:
            yield outcome([str(error)], failed=True)
            return
        async for html in self._changes.fetch(url):
            yield html

    async def reindex(self) -> AsyncIterator[str]:
        """Bring the index in line with the folder."""
        async for html in self._changes.reindex():
            yield html

    def ask_removal(self, names: Sequence[str]) -> tuple[Any, str, tuple[str, ...], str]:
        """Ask whether the chosen articles are to be removed: the question, the names it is about, what else is to be said."""
        chosen = tuple(dict.fromkeys(str(name) for name in names or ()))
        if not chosen:
            return gr.Column(visible=False), "", (), outcome(["Select the articles first that are to be removed."], failed=True)
        try:
            held = self._holdings()
        except AskDivideError as error:
            return gr.Column(visible=False), "", (), outcome([str(error)], failed=True)
        return gr.Column(visible=True), _question(chosen, held), chosen, ""

    async def remove(self, names: Sequence[str]) -> AsyncIterator[str]:
        """Remove the articles that were asked about."""
        if names:
            async for html in self._changes.remove(list(names)):
                yield html

    def _holdings(self) -> list[Holding]:
        with self._assistant.index.reading() as catalog:
            return holdings(self._assistant.settings, catalog)


def corpus_tab(assistant: Assistant, tab: Any, title: Callable[[], str], heading: Any) -> None:
    """Fill the tab `tab`. After every change `heading` gets what `title` says."""
    events = CorpusTab(assistant)
    editable = assistant.settings.editable
    with gr.Row(elem_id="corpus", equal_height=False):
        with gr.Column(elem_id="holdings"):
            with gr.Row(elem_id="corpus-bar"):
                gr.HTML(_FIND + (_DOWN if editable else ""), apply_default_css=False)
                remove = gr.Button("Remove selected", elem_id="remove", size="sm", scale=0, visible=editable)
                again = gr.Button("Re-index", elem_id="reindex", size="sm", scale=0, visible=editable)
            with gr.Column(visible=False, elem_id="removing") as asking:
                question = gr.HTML(apply_default_css=False)
                with gr.Row():
                    yes = gr.Button("Remove them", elem_id="remove-yes", size="sm", scale=0)
                    no = gr.Button("Keep them", elem_id="remove-no", size="sm", scale=0)
            told = gr.HTML("", elem_id="told", apply_default_css=False)
            articles = gr.HTML("", elem_id="articles", apply_default_css=False)
        if editable:
            files, replace, address, fetch = _adding()
    tab.select(events.articles, None, articles, **_QUIET)
    articles.change(None, js=_RENEWED, **_QUIET)
    if not editable:
        return
    told.change(None, js=_TOLD, **_QUIET)

    def renewing(event: Any) -> None:
        event.then(events.articles, None, articles, **_QUIET).then(title, None, heading, **_QUIET)

    names, sent = gr.State(()), gr.JSON(visible=False)
    renewing(files.upload(events.upload, [files, replace], [told, files], preprocess=False, trigger_mode="multiple", **_CHANGING))
    for given in (address.submit, fetch.click):
        renewing(given(events.fetch, address, told, trigger_mode="multiple", **_CHANGING))
    renewing(again.click(events.reindex, None, told, **_CHANGING))
    asked = remove.click(events.ask_removal, sent, [asking, question, names, told], js=_CHOSEN, **_QUIET)
    asked.then(None, js=_TO_QUESTION, **_QUIET)
    no.click(lambda: gr.Column(visible=False), None, asking, **_QUIET)
    renewing(yes.click(lambda: gr.Column(visible=False), None, asking, **_QUIET).then(events.remove, names, told, **_CHANGING))


def _adding() -> tuple[Any, Any, Any, Any]:
    """The parts by which articles are added: files, whether to replace, an address, its button."""
    with gr.Column(elem_id="adding", scale=0):
        gr.HTML("<h2>Add articles</h2>", apply_default_css=False)
        files = gr.File(label="Files", show_label=False, elem_id="upload", file_count="multiple", height=120)
        hint = f"Up to {UPLOAD_MOST} MB each: {endings()}. A file is copied into the folder of articles."
        gr.HTML(f'<p class="hint">{one_line(hint)}</p>', apply_default_css=False)
        replace = gr.Checkbox(label="Replace files of the same name", value=False, elem_id="replace", container=False)
        address = gr.Textbox(
            label="Address of a page or a feed", elem_id="address", placeholder="https://", lines=1, max_lines=1,
            html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
        )  # fmt: skip
        fetch = gr.Button("Add from the web", elem_id="fetch", size="sm")
    return files, replace, address, fetch


def _question(names: Sequence[str], held: Sequence[Holding]) -> str:
    """What is about to be deleted, in words."""
    lines = []
    for name in names:
        among = [one for one in held if one.file == name]
        title = among[0].title if len(among) == 1 else counted(len(among), "article")
        lines.append(f"<li>{one_line(title)} <span>{one_line(name)}</span></li>")
    what = "this file" if len(names) == 1 else f"these {len(names)} files"
    return f"<p>Remove {what} from the folder and the index? They are deleted, not kept elsewhere.</p><ul>{''.join(lines)}</ul>"
