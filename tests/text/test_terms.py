import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdivide.text.terms import _token_terms, content_terms, terms

bounded = settings(max_examples=200, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("licence", "LICENCES"),
        ("release", "released"),
        ("café", "Cafe"),
        ("O'Neill", "O’Neill’s"),
        ("DeepSeek", "DeepSeek’s"),
        ("they", "they'll"),
        ("1,377,250", "1377250"),
        ("１２３ ＡＢＣ", "123 abc"),
        ("Straße", "STRASSE"),
        ("ﬁne", "fine"),
        ("2,5", "2.5"),
        ("stole", "stolen"),
        ("grew", "growing"),
        ("rewrote", "rewritten"),
        ("children", "child"),
        ("Women’s", "woman"),
        ("shelf", "shelves"),
        ("license", "licences"),
        ("color", "coloured"),
        ("neighborhood", "neighbourhoods"),
        ("favorite", "favourites"),
        ("organization", "organised"),
        ("specialize", "specialised"),
        ("analyzed", "analysing"),
        ("center", "centres"),
        ("kilometers", "kilometre"),
        ("catalog", "catalogues"),
        ("modeling", "modelled"),
        ("counselor", "counsellors"),
        ("archeology", "archaeology"),
        ("gray", "grey"),
    ],
)
def test_a_question_and_an_article_meet_in_the_same_term(asked: str, written: str) -> None:
    assert terms(asked) == terms(written)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tour", "tor"),
        ("hour", "hor"),
        ("precise", "prize"),
        ("advise", "advice"),
        ("raise", "raze"),
        ("hire", "her"),
        ("found", "founded"),
    ],
)
def test_what_only_looks_like_two_spellings_stays_apart(one: str, other: str) -> None:
    assert terms(one) != terms(other)


@pytest.mark.parametrize(("one", "other"), [("precise", "precision"), ("supervised", "supervision"), ("exercise", "exercising")])
def test_what_the_stemmer_brings_together_stays_together(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Qwen3.6", ["qwen3.6", "qwen", "3.6"]),
        ("671B", ["671b", "671"]),
        ("V3", ["v3"]),
        ("$5.576 million", ["5.576", "million"]),
        ("1,240 or 2,5", ["1240", "or", "2.5"]),
        ("开源模型v3", ["开源", "源模", "模型", "v3"]),
        ("日本のAI", ["日本", "本の", "ai"]),
        ("价", ["价"]),
        ("アニ・メ", ["アニ", "メ"]),
        ("ꝑer aspera", ["ꝑer", "aspera"]),
        ("snake_case", ["snake", "case"]),
        ("...!", []),
        ("", []),
    ],
)
def test_what_a_text_is_searched_by(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_function_words_and_contractions_are_no_content() -> None:
    assert content_terms("What doesn't the licence allow, and who'd pay for it? They'll say: the licence!") == [
        "licens",
        "allow",
        "pay",
        "say",
    ]
    assert content_terms("who is it?") == []


@bounded
@given(st.text(max_size=80))
def test_terms_never_hold_what_would_break_the_full_text_index(text: str) -> None:
    for term in terms(text):
        assert term
        assert not any(char.isspace() or char in "\"'’" for char in term)


@bounded
@given(st.text(alphabet=st.characters(max_codepoint=0x24F, exclude_categories=["Cs"]), max_size=60))
def test_case_does_not_matter(text: str) -> None:
    assert terms(text.casefold()) == terms(text)


@bounded
@given(st.lists(st.sampled_from(["Qwen3", "licences", "5.5", "开源", "O'Neill's", "the", "1,000"]), max_size=6))
def test_terms_of_a_text_are_those_of_its_words_in_order(words: list[str]) -> None:
    assert terms(" ".join(words)) == [term for word in words for term in terms(word)]
    assert content_terms(" ".join(words)) == list(dict.fromkeys(term for word in words for term in content_terms(word)))


def test_threads_do_not_spoil_one_anothers_terms() -> None:
    words = [
        f"{a}{b}{c}"
        for a in ("relat", "nation", "organ", "horr")
        for b in ("ional", "ization", "ibly", "ate")
        for c in ("", "s", "ed", "ly")
    ] * 20
    expected = [terms(word) for word in words]

    def stemmed(_: int) -> list[list[str]]:
        _token_terms.cache_clear()
        return [terms(word) for word in words]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert all(found == expected for found in pool.map(stemmed, range(16)))
    finally:
        sys.setswitchinterval(interval)
