"""The page: a chat, and beside it the sources of its latest answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fastapi
import gradio as gr

from askdivide.answering.assistant import Assistant
from askdivide.interfaces.web import cards, replies
from askdivide.interfaces.web.article import add_reader
from askdivide.interfaces.web.chat import Chat
from askdivide.interfaces.web.corpus_tab import UPLOAD_MOST, corpus_tab
from askdivide.interfaces.web.feedback import Feedback, feedback_row
from askdivide.interfaces.web.pictures.tab import Pictures, pictures_tab
from askdivide.interfaces.web.signin import LEAVE

_AT_ONCE = 8
"""Questions answered at the same time."""
_WAITING = 64
"""Questions that may wait; further ones are turned away."""
_SWEPT = 600, 3600
"""Seconds between two looks for uploads that nobody came back for, and after which one is deleted."""
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_TO_QUESTION = """() => {
  const log = document.querySelector("#chat [role=log]");
  const asked = log && [...log.querySelectorAll(".asked")].pop();
  if (asked) log.scrollTop += asked.getBoundingClientRect().top - log.getBoundingClientRect().top;
}"""
"""An answer is read from its question on; Gradio by itself would scroll to the answer's end."""
_TO_LATEST = """() => {
  if (location.hash) location.replace("#-");
  document.querySelector("#sources").scrollTop = 0;
}"""
"""A marker of an earlier answer that was followed is let go, so that the new answer's sources show, from the first."""


def application(chat: Chat, assistant: Assistant, pictures: Pictures, feedback: Feedback, *, signed_in: bool = False) -> fastapi.FastAPI:
    """The page as an ASGI application, with nothing of Gradio's about it that the page does not need."""
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_reader(app, assistant.index)
    # Not as Gradio's `css`, which puts its own selectors before each of ours.
    here = Path(__file__).parent
    style = "".join(f"<style>{file.read_text(encoding='utf-8')}</style>" for file in sorted(here.glob("style*.css")))
    script = "".join(f"<script>{file.read_text(encoding='utf-8')}</script>" for file in sorted(here.glob("*.js")))
    gr.mount_gradio_app(
        app, _page(chat, assistant, pictures, feedback, signed_in), path="/", footer_links=[], run_history=False, show_error=False,
        ssr_mode=False, pwa=False, mcp_server=False, enable_monitoring=False, max_file_size=f"{UPLOAD_MOST}mb", theme=_theme(),
        head=style + script,
    )  # fmt: skip
    return app


def _page(chat: Chat, assistant: Assistant, pictures: Pictures, feedback: Feedback, signed_in: bool) -> gr.Blocks:
    with gr.Blocks(title="askdivide", analytics_enabled=False, fill_width=True, delete_cache=_SWEPT) as page:
        with gr.Row(elem_id="top"):
            title = gr.HTML(chat.title(), elem_id="title", apply_default_css=False)
            new = gr.Button("New conversation", elem_id="new", size="sm", scale=0)
            if signed_in:
                gr.HTML(LEAVE, elem_id="sign-out", apply_default_css=False)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Chat", id="chat-tab", elem_id="chat-tab"):
                messages, conversation = _chat_tab(chat, feedback, new)
            with gr.Tab("Corpus", id="corpus-tab", elem_id="corpus-tab") as corpus:
                corpus_tab(assistant, corpus, chat.title, title)
            with gr.Tab("Pictures", id="pictures-tab", elem_id="pictures-tab") as tab:
                pictures_tab(tab, pictures, conversation)
        page.load(chat.opened, None, [title, messages], queue=False, **_QUIET)
    page.queue(max_size=_WAITING, default_concurrency_limit=_AT_ONCE)
    return page


def _chat_tab(chat: Chat, feedback: Feedback, new: Any) -> tuple[Any, Any]:
    """The chat's parts and events; the messages and the conversation are returned."""
    conversation = gr.State(())
    with gr.Row(elem_id="main", equal_height=False):
        with gr.Column(elem_id="talk") as talk:
            messages = gr.Chatbot(
                label="Conversation", show_label=False, elem_id="chat", height=None, container=False, buttons=[], layout="panel",
                latex_delimiters=[], line_breaks=False, allow_tags=False, feedback_options=None, autoscroll=False,
                placeholder=replies.welcome(),
            )  # fmt: skip
            box = gr.Textbox(
                label="Question", show_label=False, elem_id="question", placeholder="Ask the articles", lines=1, max_lines=6,
                submit_btn="Ask", stop_btn=False, autofocus=True,
                html_attributes=gr.InputHTMLAttributes(enterkeyhint="send", autocomplete="off"),
            )  # fmt: skip
            note = gr.HTML(chat.hint(), elem_id="hint", apply_default_css=False)
        panel = gr.HTML(cards.panel([]), elem_id="sources", apply_default_css=False)
    shown = [conversation, messages, panel, box, note]
    asking: dict[str, Any] = {"concurrency_limit": _AT_ONCE, "concurrency_id": "ask", **_QUIET}
    typed = box.submit(chat.ask, [box, conversation], shown, **asking)
    chosen = messages.example_select(chat.start, [conversation], shown, **asking)
    # Cancelled first: an answer in progress must not write over what follows.
    stopped = box.stop(None, cancels=[typed, chosen], **_QUIET).then(chat.stop, [conversation], shown, queue=False, **_QUIET)
    emptied = new.click(None, cancels=[typed, chosen], **_QUIET).then(chat.renewed, None, shown, queue=False, **_QUIET)
    with talk:
        feedback_row(feedback, conversation, [typed, chosen], [stopped, emptied])
    messages.change(None, js=_TO_QUESTION, **_QUIET)
    panel.change(None, js=_TO_LATEST, **_QUIET)
    return messages, conversation


def _theme() -> Any:
    """Gradio's plain theme in the fonts of the reader's system; nothing is fetched. Colours as in style.css."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]).set(
        body_background_fill="#fbfaf7", body_background_fill_dark="#14171a", body_text_color="#1d2327", body_text_color_dark="#e7e5e0",
    )  # fmt: skip
