"""Which texts are copies: likeness by shared runs of words, found through short sketches."""

from __future__ import annotations

import random

from askdivide.text.shingles import bands, share, shingles

WORDS = [f"word{number}" for number in range(2000)]


def text(seed: int, words: int = 300) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) for _ in range(words))


def alike(one: str, other: str) -> bool:
    return bool(set(bands(shingles(one))) & set(bands(shingles(other))))


def test_case_marks_and_spaces_make_no_difference() -> None:
    assert share(shingles("The harbour, of Ostrava bay; was founded!"), shingles("the HARBOUR of\nOstrava Bay was **founded**")) == 1


def test_copies_with_another_beginning_and_end_are_found() -> None:
    missed = 0
    for seed in range(100):
        shared = text(seed)
        one, other = f"{text(seed + 1000, 60)} {shared}", f"{shared} {text(seed + 2000, 60)}"
        assert 0.75 < share(shingles(one), shingles(other)) < 0.9
        missed += not alike(one, other)
    assert missed == 0


def test_other_texts_are_not_taken_for_copies() -> None:
    assert sum(alike(text(seed), text(seed + 5000)) for seed in range(300)) == 0
    half = [(f"{text(n)} {text(n + 900)}", f"{text(n)} {text(n + 7000)}") for n in range(20)]
    assert all(share(shingles(one), shingles(other)) < 0.6 for one, other in half)


def test_languages_without_spaces_are_cut_into_characters() -> None:
    one = "深度求索公司发布了新的开放权重模型，引起了广泛关注。"
    assert share(shingles(one), shingles(one + "据悉，该模型采用混合专家架构。")) == 1
    assert share(shingles(one), shingles("通义千问团队宣布旗舰模型不再开放。")) == 0


def test_empty_and_short_texts() -> None:
    assert len(shingles("")) == 0
    assert bands(shingles(" ... ")) == []
    assert share(shingles(""), shingles("a b")) == 0
    assert len(shingles("one two")) == 1
    assert len(shingles("\ud800 half a character \ud800 here")) > 0
