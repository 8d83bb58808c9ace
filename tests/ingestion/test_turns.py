"""Who says what in a transcript."""

from __future__ import annotations

import pytest

from askdivide.ingestion.chunking import chunk
from askdivide.ingestion.readers import read


def speakers(text: str, path: str = "talk.md") -> list[tuple[str, str]]:
    """Each sentence's speaker and the sentence."""
    document = read(path, text.encode())
    chunks = chunk(document, limit=40, count_tokens=lambda texts: [len(one.split()) for one in texts])
    return [(sentence.speaker, piece.said(sentence.start, sentence.end)) for piece in chunks for sentence in piece.sentences]


TALK = """# The ferry hour

{a} Welcome back. Today we talk of the ferry.

{b} Thank you. I began as a stoker in 1984.

The boats were steam then. Nobody liked the smoke.

{a} And now?

{b} Now they run on batteries. It took us nine years.
"""


@pytest.mark.parametrize(
    ("a", "b", "path"),
    [
        ("**Ada Moor:**", "**Tor Vandel:**", "talk.md"),
        ("**Ada Moor**:", "**Tor Vandel** (harbour board):", "talk.md"),
        ("__Ada Moor:__", "__Tor Vandel:__", "talk.md"),
        ("Ada Moor:", "Tor Vandel:", "talk.txt"),
        ("ADA MOOR:", "MR. VANDEL:", "talk.txt"),
        ("[00:01:12] Ada Moor:", "(1:31) Tor Vandel:", "talk.txt"),
        ("**Ada Moor** [00:12]", "**Tor Vandel** [00:31]", "talk.md"),
        (">> ADA MOOR:", ">> TOR VANDEL:", "talk.txt"),
        ("Interviewer:", "Speaker 2:", "talk.txt"),
        ("Ada von der Moor:", "O’Vandel:", "talk.md"),
    ],
)
def test_a_turn_goes_on_up_to_the_next_name(a: str, b: str, path: str) -> None:
    found = speakers(TALK.format(a=a, b=b), path)
    name = next(speaker for speaker, said in found if said.startswith("I began"))
    assert name.strip(".").split()[-1].casefold().strip("’") in b.casefold()
    assert [said for speaker, said in found if speaker == name] == [
        "I began as a stoker in 1984.",
        "The boats were steam then.",
        "Nobody liked the smoke.",
        "It took us nine years.",
    ]
    # What begins with the name says it itself.
    assert all(not speaker for speaker, said in found if "Welcome back" in said or "And now?" in said)


def test_a_chinese_interview() -> None:
    text = "# 对话\n\n暗河：你们为什么开源？\n\n梁山：因为开放。我们不缺钱。\n\n暗河：下一步呢？\n\n梁山：继续做研究。不急。\n"
    assert [speaker for speaker, said in speakers(text) if said in ("我们不缺钱。", "不急。")] == ["梁山", "梁山"]


def test_a_name_on_a_line_of_its_own_is_no_sentence() -> None:
    text = "# Hearing\n\n" + "".join(
        f"**{name}:**\n\nWe met {n} times. It was good.\n\n" for n in (1, 2, 3) for name in ("Ada Moor", "Tor Vandel")
    )
    found = speakers(text)
    assert {speaker for speaker, _ in found} == {"Ada Moor", "Tor Vandel"}
    assert not [said for _, said in found if said.endswith(":")]


def test_a_heading_ends_a_turn() -> None:
    text = (
        TALK.format(a="**Ada Moor:**", b="**Tor Vandel:**") + "\n## About the programme\n\nIt is on the air on Sundays. It has a prize.\n"
    )
    assert [speaker for speaker, said in speakers(text) if said in ("It is on the air on Sundays.", "It has a prize.")] == ["", ""]


@pytest.mark.parametrize(
    "text",
    [
        # What is good and bad of several things.
        "".join(f"## Lamp {n}\n\n**Pros:** It is bright. It lasts.\n\n**Cons:** It is dear. It hums.\n\n" for n in range(4)),
        # Notes and hints within an article.
        "The ferry runs daily. It is old.\n\n" * 6 + "Veltrona: It is new. It is blue.\n\nOstrel: It is old. It is red.\n\n" * 2,
        # A lexicon, in which no name comes twice.
        "".join(f"**{name}:** It is a port. It is old.\n\n" for name in ("Veltrona", "Ostrel", "Marrak", "Sundal", "Brevik")),
        # One voice.
        "**Ada Moor:** We met. It was good.\n\n" * 6,
        # Digests.
        "".join(f"TLDR: Thing {n} came out. It is big.\n\nLink: It stands in the paper. Go there.\n\n" for n in range(4)),
        # Lists of settings.
        "- Veltrona: 4 berths. They are long.\n- Ostrel: 2 berths. They are short.\n" * 3,
    ],
)
def test_what_is_no_transcript(text: str) -> None:
    assert not any(speaker for speaker, _ in speakers("# The title\n\n" + text))
