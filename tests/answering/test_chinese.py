"""Chinese and mixed articles, from the file to the quoted answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings

HARBOUR = """奥斯特拉瓦港的历史

该港口由工程师米莱娜·杜拉斯于1871年建立。港口拥有三个码头和一个干船坞。2023年，港口共接待了412艘船舶，比上一年增加15艘。
DeepSeek-V3采用MoE架构，总参数为671B。

第二个干船坞计划于2027年建成！旧粮仓将改建为博物馆。
"""
ORCHARDS = "# 梨园的消失\n\n林奎斯特山谷只剩下十一个梨园。1985年4月的一场晚霜冻死了三分之二的果树。\n\n| 年份 | 梨园 |\n|---|---|\n| 1950 | 340 |\n| 2022 | 11 |\n"


@pytest.fixture
def chinese(settings: Settings) -> Settings:
    (settings.corpus / "港口.txt").write_text(HARBOUR, encoding="utf-8")
    (settings.corpus / "梨园.md").write_text(ORCHARDS, encoding="utf-8")
    reindex(settings)
    return settings


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("港口是什么时候建立的？", "该港口由工程师米莱娜·杜拉斯于1871年建立。"),
        ("港口有几个码头？", "港口拥有三个码头和一个干船坞。"),
        ("2023年港口接待了多少艘船舶？", "2023年，港口共接待了412艘船舶，比上一年增加15艘。"),
        ("DeepSeek-V3的总参数是多少？", "DeepSeek-V3采用MoE架构，总参数为671B。"),
        ("第二个干船坞何时建成", "第二个干船坞计划于2027年建成！"),
        ("为什么三分之二的果树死了？", "1985年4月的一场晚霜冻死了三分之二的果树。"),
    ],
)
def test_a_question_in_chinese_is_answered_with_the_articles_own_sentence(question: str, quoted: str, chinese: Settings) -> None:
    answer = Assistant.open(chinese).ask(question)
    first = answer.citations[0]
    assert first.quote == quoted
    assert Path(chinese.corpus / first.document).read_text(encoding="utf-8")[first.start : first.end] == quoted


def test_words_that_ask_are_not_looked_for(chinese: Settings) -> None:
    assistant = Assistant.open(chinese)
    plain = [passage.text for passage in assistant.search("港口 建立")]
    assert [passage.text for passage in assistant.search("请问港口是什么时候建立的呢？")][0] == plain[0]
    answer = assistant.ask("2022年还有几个梨园？")
    assert "年份: 2022 — 梨园: 11" in [claim.text for claim in answer.claims]
