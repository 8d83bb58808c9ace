from askdivide.answering.assistant import Assistant
from askdivide.ingestion.reindex import reindex
from askdivide.interfaces.web.starters import Starters


def test_questions_come_from_headings_that_read_by_themselves(settings, corpus):
    (corpus / "whales.md").write_text(
        "# Whales\n\n## Do whales sleep at night?\n\nWhales sleep at night with half a brain, the institute says.\n\n"
        "## Was it so?\n\nNobody knows.\n\n## <script>alert(1)</script> a b c\n\nText.\n",
        encoding="utf-8",
    )
    reindex(settings)
    starters = Starters(Assistant.open(settings))
    asked = starters.questions()
    assert "Do whales sleep at night?" in asked
    assert not any("script" in question or "Was it" in question for question in asked)
    assert len(asked) <= 4


def test_questions_follow_the_index(settings, corpus):
    reindex(settings)
    starters = Starters(Assistant.open(settings))
    assert starters.questions() is starters.questions()
    (corpus / "owls.md").write_text("# Owls\n\n## Do owls hunt mice at night?\n\nOwls hunt at night for mice.\n", encoding="utf-8")
    reindex(settings)
    assert "Do owls hunt mice at night?" in starters.questions()
