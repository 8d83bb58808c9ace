"""askdivide with the quote model: beyond finding passages it reads them, chooses sentences, cites them, and may refuse."""

from pathlib import Path

import protocol

from askdivide import Assistant, Settings, reindex


def index(folder: Path, store: Path, model: str) -> int:
    # Its default is this model, which it finds by itself.
    del model
    return reindex(Settings.load(corpus=folder, index=store)).chunks


def opened(store: Path, model: str) -> protocol.Ask:
    del model
    assistant = Assistant.open(index=store)

    def ask(question: str) -> list[str]:
        answer = assistant.ask(question)
        return [answer.text, *(passage.text for passage in answer.read)]

    return ask


if __name__ == "__main__":
    protocol.run(index, opened)
