"""The page: a chat, and beside it the sources of its latest answer."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fastapi
import gradio as gr

from askdivide.answering.assistant import Assistant
from askdivide.interfaces.web import cards, replies
from askdivide.interfaces.web.api import add_api
from askdivide.interfaces.web.article import add_reader
from askdivide.interfaces.web.chat import Chat
from askdivide.interfaces.web.corpus_tab import UPLOAD_MOST, corpus_tab
from askdivide.interfaces.web.feedback import Feedback, feedback_row
from askdivide.interfaces.web.history import History
from askdivide.interfaces.web.pictures.tab import Pictures, pictures_tab
from askdivide.interfaces.web.signin import LEAVE
from askdivide.interfaces.web.turns import Conversation
from askdivide.interfaces.web.visitors import Visitors

_AT_ONCE = 8
"""Questions answered at the same time."""
_WAITING = 64
"""Questions that may wait; further ones are turned away."""
_SWEPT = 600, 3600
"""Seconds between two looks for uploads that nobody came back for, and after which one is deleted."""
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_APART: dict[str, Any] = {"queue": False, **_QUIET}
"""For what is done at once, however many questions wait."""


def application(chat: Chat, assistant: Assistant, pictures: Pictures, feedback: Feedback, *, signed_in: bool = False) -> fastapi.FastAPI:
    """The page as an ASGI application, with nothing of Gradio's about it that the page does not need."""
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Visitors)
    add_reader(app, assistant.index)
    add_api(app, assistant, chat.picker)
    here = Path(__file__).parent
    # Not as Gradio's `css`, which puts its own selectors before each of ours.
    head = "".join(f"<style>{file.read_text(encoding='utf-8')}</style>" for file in sorted(here.glob("style*.css")))
    head += "".join(f"<script>{file.read_text(encoding='utf-8')}</script>" for file in sorted(here.glob("*.js")))
    gr.mount_gradio_app(
        app, _page(chat, assistant, pictures, feedback, signed_in), path="/", footer_links=[], run_history=False, show_error=False,
        ssr_mode=False, pwa=False, mcp_server=False, enable_monitoring=False, max_file_size=f"{UPLOAD_MOST}mb", theme=_theme(), head=head,
    )  # fmt: skip
    return app


def _page(chat: Chat, assistant: Assistant, pictures: Pictures, feedback: Feedback, signed_in: bool) -> gr.Blocks:
    with gr.Blocks(title="askdivide", analytics_enabled=False, fill_width=True, delete_cache=_SWEPT) as page:
        conversation = gr.State(Conversation())
        with gr.Row(elem_id="top"):
            title = gr.HTML(chat.title(), elem_id="title", apply_default_css=False)
            past = gr.Button("Conversations", elem_id="conversations", elem_classes="plain", size="sm", scale=0)
            new = gr.Button("New conversation", elem_id="new", elem_classes="plain", size="sm", scale=0)
            if signed_in:
                gr.HTML(LEAVE, elem_id="sign-out", apply_default_css=False)
        drawer = _drawer()
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Chat", id="chat-tab", elem_id="chat-tab"):
                parts = _chat_tab(chat)
            with gr.Tab("Corpus", id="corpus-tab", elem_id="corpus-tab") as corpus:
                corpus_tab(assistant, corpus, chat.title, title)
            with gr.Tab("Pictures", id="pictures-tab", elem_id="pictures-tab") as tab:
                pictures_tab(tab, pictures, conversation)
        history = History(chat)
        parts.shown = [conversation, parts.messages, parts.panel, parts.box, parts.note]
        running = _asking_events(page, chat, history, conversation, parts)
        left = _chat_events(page, chat, conversation, title, new, parts, running)
        left += _drawer_events(history, conversation, past, drawer, parts, running)
        with parts.talk:
            feedback_row(feedback, conversation, parts.box, running, left)
    page.queue(max_size=_WAITING, default_concurrency_limit=_AT_ONCE)
    return page


def _chat_tab(chat: Chat) -> SimpleNamespace:
    """The chat's parts."""
    part = SimpleNamespace()
    with gr.Row(elem_id="main", equal_height=False):
        with gr.Column(elem_id="talk") as part.talk:
            part.messages = gr.Chatbot(
                label="Conversation", show_label=False, elem_id="chat", height=None, container=False, buttons=[], layout="panel",
                latex_delimiters=[], line_breaks=False, allow_tags=False, feedback_options=None, autoscroll=False,
                placeholder=replies.welcome(),
            )  # fmt: skip
            part.box = gr.Textbox(
                label="Question", show_label=False, elem_id="question", placeholder="Ask the articles", lines=1, max_lines=6,
                submit_btn="Ask", stop_btn=False, autofocus=True,
                html_attributes=gr.InputHTMLAttributes(enterkeyhint="send", autocomplete="off"),
            )  # fmt: skip
            part.note = gr.HTML(chat.told("", "", "", "", (), (), ()), elem_id="hint", apply_default_css=False)
            with gr.Row(elem_id="choice"):
                part.choice = _choice(chat)
            part.again = gr.Button("Ask again", visible="hidden", elem_id="again")
            part.edit = gr.Button("Edit question", visible="hidden", elem_id="edit")
            part.earlier = gr.Button("Show earlier questions", visible="hidden", elem_id="earlier")
            part.anew = gr.Textbox(visible="hidden")
        part.panel = gr.HTML(cards.panel([]), elem_id="sources", apply_default_css=False)
    return part


def _choice(chat: Chat) -> list[Any]:
    """Who answers, and which articles."""
    models = chat.picker.first()
    # Any value may be given: the lists are those of when the page was opened, and `Chat` checks what it is given.
    free: dict[str, Any] = {"allow_custom_value": True, "container": False}
    model = gr.Dropdown(models, value=chat.picker.usual, label="Answer by", elem_id="model", min_width=120, **free)
    second = gr.Dropdown([("no second answer", ""), *models], value="", label="Compare with", elem_id="second", min_width=120, **free)
    with gr.Accordion("Which articles", open=False, elem_id="which"):
        with gr.Row():
            since = gr.Textbox(label="Since", placeholder="2024, 2024-05 or 2024-05-31", elem_id="since", min_width=120)
            until = gr.Textbox(label="Until", placeholder="2024, 2024-05 or 2024-05-31", elem_id="until", min_width=120)
        several: dict[str, Any] = {"multiselect": True, "allow_custom_value": True, "min_width": 120}
        with gr.Row():
            sources = gr.Dropdown([], label="Sources", elem_id="only-sources", **several)
            tags = gr.Dropdown([], label="Tags", elem_id="only-tags", **several)
        documents = gr.Dropdown([], label="Articles", elem_id="only-articles", **several)
    return [model, second, since, until, sources, tags, documents]


def _drawer() -> SimpleNamespace:
    """The list of conversations, and what can be done with the open one."""
    part = SimpleNamespace()
    with gr.Column(elem_id="drawer"):
        with gr.Row(elem_id="drawer-top"):
            gr.HTML("<h2>Conversations</h2>", apply_default_css=False)
            part.close = gr.Button("Close", elem_id="close", elem_classes="plain", size="sm", scale=0)
        part.word = gr.HTML(elem_id="word", apply_default_css=False)
        with gr.Column(elem_id="this", visible=False) as part.this:
            part.title = gr.Textbox(label="Title of the open conversation (Enter renames it)", elem_id="rename", max_length=120)
            with gr.Row(elem_id="files"):
                part.markdown = gr.Button("Save as Markdown", elem_classes="plain", size="sm")
                part.json = gr.Button("Save as JSON", elem_classes="plain", size="sm")
                part.delete = gr.Button("Delete", elem_id="delete", elem_classes="plain", size="sm")
            with gr.Row(elem_id="sure", visible=False) as part.sure:
                gr.HTML("<p>Delete this conversation for good?</p>", apply_default_css=False)
                part.really = gr.Button("Yes, delete it", elem_id="really", elem_classes="plain", size="sm")
                part.keep = gr.Button("Keep it", elem_classes="plain", size="sm")
        part.list = gr.Radio([], label="Open another", elem_id="list", visible=False, container=False)
        part.name = gr.Textbox(visible="hidden")
        part.text = gr.Textbox(visible="hidden")
    return part


def _asking_events(page: gr.Blocks, chat: Chat, history: History, conversation: Any, part: SimpleNamespace) -> list[Any]:
    """All that asks; what has to end when the visitor stops, or goes elsewhere."""
    asking: dict[str, Any] = {"outputs": part.shown, "concurrency_limit": _AT_ONCE, "concurrency_id": "ask", **_QUIET}
    begun = page.load(history.arrived, [part.anew], part.shown, js="() => askdivide.begunAnew()", **_APART)
    begun.then(None, js="() => askdivide.arrived()", **_QUIET)
    return [
        part.box.submit(chat.ask, [part.box, conversation, *part.choice], **asking),
        part.messages.example_select(chat.start, [conversation, *part.choice], **asking),
        part.again.click(chat.again, [conversation, *part.choice], **asking),
    ]


def _chat_events(
    page: gr.Blocks, chat: Chat, conversation: Any, title: Any, new: Any, part: SimpleNamespace, running: list[Any]
) -> list[Any]:
    """What else is done in the chat; the events that take the last answer away."""
    shown = part.shown
    # Cancelled first: an answer in progress must not write over what follows.
    left = [
        part.box.stop(None, cancels=running, **_QUIET).then(chat.stop, [conversation], shown, **_APART),
        new.click(None, cancels=running, **_QUIET).then(chat.renewed, None, shown, **_APART),
        part.edit.click(None, cancels=running, **_QUIET).then(chat.edit, [conversation, part.box], shown, **_APART),
    ]
    part.earlier.click(chat.more, [conversation], shown, **_APART)
    model, second, since, until, *lists = part.choice
    for chosen in (model, second, *lists):
        chosen.change(chat.told, part.choice, part.note, **_APART)
    for typed in (since, until):
        # Not at every letter: half a date is none.
        typed.blur(chat.told, part.choice, part.note, **_APART)
        typed.submit(chat.told, part.choice, part.note, **_APART)
    part.messages.change(None, js="() => askdivide.toQuestion()", **_QUIET)
    part.panel.change(None, js="() => askdivide.toLatest()", **_QUIET)
    # Apart: where the queue is full, the page itself still opens.
    page.load(chat.begun, None, [title, part.messages], **_APART).then(None, js="() => askdivide.mend()", **_QUIET)
    # Kept in the browser: whoever opens the page again is answered by the models chosen before. There is nothing secret in it,
    # but a key made anew at each start could not read what is kept.
    kept = gr.BrowserState(None, storage_key="askdivide-models", secret="askdivide")  # noqa: S106
    page.load(chat.offered, [kept], [model, second, *lists], **_APART)
    gr.on([model.input, second.input], lambda *names: list(names), [model, second], kept, **_APART)
    return left


def _drawer_events(
    history: History, conversation: Any, past: Any, drawer: SimpleNamespace, part: SimpleNamespace, running: list[Any]
) -> list[Any]:
    """What is done in the list of conversations; the events that take the last answer away."""
    listing: dict[str, Any] = {
        "fn": history.listed,
        "inputs": [conversation],
        "outputs": [drawer.list, drawer.word, drawer.title, drawer.this],
    }
    past.click(None, js="() => askdivide.drawer()", **_QUIET)
    past.click(**listing, **_APART)
    drawer.close.click(None, js="() => askdivide.drawer(false)", **_QUIET)
    stopped: dict[str, Any] = {"cancels": running, **_QUIET}
    opened = drawer.list.input(None, **stopped).then(history.open, [drawer.list], part.shown, **_APART)
    opened.then(None, js="() => askdivide.drawer(false)", **_QUIET)
    drawer.title.submit(history.rename, [conversation, drawer.title], conversation, **_APART).then(**listing, **_APART)
    drawer.delete.click(lambda: gr.Row(visible=True), None, drawer.sure, **_APART)
    drawer.keep.click(lambda: gr.Row(visible=False), None, drawer.sure, **_APART)
    drawer.really.click(lambda: gr.Row(visible=False), None, drawer.sure, **_APART)
    deleted = drawer.really.click(None, **stopped).then(history.delete, [conversation], part.shown, **_APART)
    deleted.then(**listing, **_APART)
    for button, written in ((drawer.markdown, history.as_markdown), (drawer.json, history.as_json)):
        made = button.click(written, [conversation], [drawer.name, drawer.text], **_APART)
        made.then(None, [drawer.name, drawer.text], js="(name, text) => askdivide.save(name, text)", **_QUIET)
    return [opened, deleted]


def _theme() -> Any:
    """Gradio's plain theme in the fonts of the reader's system; nothing is fetched. Colours as in style.css."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]).set(
        body_background_fill="#fbfaf7", body_background_fill_dark="#14171a", body_text_color="#1d2327", body_text_color_dark="#e7e5e0",
    )  # fmt: skip
