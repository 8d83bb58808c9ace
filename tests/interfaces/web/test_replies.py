from dataclasses import replace
from html import unescape

import pytest

from askdivide.interfaces.web import replies
from askdivide.interfaces.web.turns import Reply
from askdivide.records import Answer, Citation, Claim, Draft, Note, Refusal

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


def test_that_an_answer_was_cut_off_is_said_behind_it():
    html = replies.reply(replace(ANSWER, notes=(Note("cut", "Raise it"),)), 1)
    assert html.index('<p class="claims') < html.index("Cut off") < html.index("Raise it")


def test_that_an_answer_is_not_sure_is_said_before_it():
    html = replies.reply(replace(ANSWER, notes=(Note("newer", "Newer."), Note("uncertain", "Perhaps not."))), 1)
    assert html.index("Not sure") < html.index("Perhaps not") < html.index('<p class="claims') < html.index("Newer")


def test_a_refusal_looks_like_one_and_small_talk_does_not():
    refused = replace(ANSWER, status="refused", claims=(), text="No.", refusal=Refusal("No."))
    assert "Not in the articles" in replies.reply(refused, 1)
    assert "Not in the articles" not in replies.reply(replace(refused, text="Hello."), 1)


def test_the_standalone_question_is_shown_where_it_differs():
    assert "Understood as" not in replies.reply(ANSWER, 1)
    assert "Understood as: Q? (the ship)" in unescape(replies.reply(replace(ANSWER, standalone_question="Q? (the ship)"), 1))


def test_a_claim_that_its_source_does_not_support_says_why():
    html = replies.reply(replace(ANSWER, claims=(Claim("First.", (1,), "unsupported", "<b>999</b> is not in the source"),)), 1)
    assert "not supported by its source: <b>999</b> is not in the source" in unescape(html)
    assert "<b>" not in html


def test_a_message_is_one_line_whatever_was_asked():
    hostile = "x\n\n# y\n<i>"
    several = (Reply("m", answer=replace(ANSWER, thinking=hostile)), Reply(hostile, failure=hostile))
    for html in (
        replies.question(hostile, hostile), replies.failure(hostile), replies.stopped(hostile, hostile), replies.word(hostile.replace("\n", "")),
        replies.draft(Draft("Q?", hostile, hostile)), replies.draft(Draft("Q?", "", hostile)), replies.finished(several, 1, 2),
        replies.beside([(hostile, "")]),
    ):  # fmt: skip
        assert "\n" not in html
        assert "<i>" not in html


def test_a_draft_says_that_it_is_not_checked_and_shows_what_there_is():
    assert "Reading" in replies.draft(Draft("Q?"))
    assert "Thinking" in replies.draft(Draft("Q?", "", "Hm."))
    html = replies.draft(Draft("Q?", "One.\nTwo.", "Hm."))
    assert "One&#46;<br>Two&#46;" in html
    assert "not yet checked" in unescape(html)


def test_what_was_stopped_keeps_its_words_and_says_that_nothing_was_checked():
    html = unescape(replies.stopped("So far", "Hm."))
    assert "So far" in html
    assert "Nothing of this was checked" in html
    assert "<details" in html
    assert "checked" not in replies.stopped("")


def test_two_answers_stand_side_by_side_each_with_its_own_markers_verdicts_and_time():
    mixed = replace(
        ANSWER, model="m", seconds={"total": 1.26}, claims=(Claim("A.", (1,), "supported"), Claim("B.", (), "uncited"), Claim("C.", (), "uncited"))
    )  # fmt: skip
    html = replies.finished((Reply("quote", answer=ANSWER), Reply("m", answer=mixed)), 3)
    assert 'href="#s-3a-1"' in html
    assert 'href="#s-3b-1"' in html
    assert "2 sentences quoted" in html
    assert "1 sentence supported, 2 without a source · 1.3 s" in unescape(html)


def test_sources_that_changed_since_are_counted():
    assert "changed since" not in replies.finished((Reply("quote", answer=ANSWER),), 1)
    assert "2 sources changed since" in replies.finished((Reply("quote", answer=ANSWER),), 1, 2)


def test_the_line_below_the_box_says_who_answers_or_what_is_wrong():
    assert "Answers by x, from &a;" in unescape(replies.hint("Answers by x, from &a;"))
    assert "Only a" in replies.hint("Answers.", "Only a")
    assert "Answers" not in replies.hint("Answers.", "Only a", problem="Type something.")
