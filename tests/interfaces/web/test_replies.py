from dataclasses import replace

import pytest

from askdivide.interfaces.web import replies
from askdivide.records import Answer, Citation, Claim, Note, Refusal

CITATION = Citation(1, "a.md", "v", 'The "A"', None, None, None, "", None, 0, 3, "abc")
ANSWER = Answer(
    "Q?", "Q?", "answered", "quote", "",
    claims=(Claim("First.", (1, 2), "quoted"), Claim("Second.", (1,), "quoted")), citations=(CITATION, replace(CITATION, number=2)),
)  # fmt: skip


def test_each_claim_is_followed_by_links_to_its_sources():
    html = replies.reply(ANSWER, 4)
    assert html.index("First") < html.index('href="#s-4-1"') < html.index('href="#s-4-2"') < html.index("Second")
    assert html.count('id="c-4-1"') == 1, "a card leads back to one place"
    assert "2 sources below" in html


def test_claims_appear_one_after_the_other():
    assert "Second" not in replies.reply(ANSWER, 1, shown=1)
    assert "below" not in replies.reply(ANSWER, 1, shown=1)
    assert replies.reply(ANSWER, 1, shown=2) == replies.reply(ANSWER, 1)


@pytest.mark.parametrize(("support", "word"), [("unsupported", "not supported by its source"), ("uncited", "without a source")])
def test_a_claim_that_nothing_supports_says_so(support, word):
    assert word in replies.reply(replace(ANSWER, claims=(Claim("First.", (), support),)), 1)


def test_a_note_is_named_and_cited():
    html = replies.reply(replace(ANSWER, notes=(Note("newer", "It is out of date.", (2,)),)), 1)
    assert "A newer article" in html
    assert html.rindex('href="#s-1-2"') > html.index("out of date")


def test_a_refusal_looks_like_one_and_small_talk_does_not():
    refused = replace(ANSWER, status="refused", claims=(), text="No.", refusal=Refusal("No."))
    assert "Not in the articles" in replies.reply(refused, 1)
    assert "Not in the articles" not in replies.reply(replace(refused, text="Hello."), 1)


def test_the_standalone_question_is_shown_where_it_differs():
    assert "Understood as" not in replies.reply(ANSWER, 1)
    assert "Understood as: Q&#63; &#40;the ship&#41;" in replies.reply(replace(ANSWER, standalone_question="Q? (the ship)"), 1)


def test_a_message_is_one_line_whatever_was_asked():
    for html in (replies.question("a\n\n# b\n<i>"), replies.failure("x\n\ny"), replies.stopped(replies.reply(ANSWER, 1))):
        assert "\n" not in html
        assert "<i>" not in html


def test_the_line_below_the_box_says_who_answers():
    assert "Nothing leaves this machine" in replies.hint("quote")
    assert "leaves" not in replies.hint("server:x")
    assert "Type" in replies.hint("quote", "Type something.")
