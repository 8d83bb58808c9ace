from collections import Counter

import pytest

from askdivide.ingestion.readers.joining import join


@pytest.mark.parametrize(
    ("lines", "words", "expected"),
    [
        (["one", "two"], {}, "one two"),
        (["contain-", "ers came"], {}, "containers came"),
        (["contain\xad", "ers came"], {}, "containers came"),
        (["an open-", "source plan"], {"open-source": 2}, "an open-source plan"),
        (["an open-", "source plan"], {"open-source": 1, "opensource": 1}, "an opensource plan"),
        (["DeepSeek-", "V3 came"], {}, "DeepSeek-V3 came"),
        (["1990-", "1995"], {}, "1990-1995"),
        (["it came -", "and went"], {}, "it came - and went"),
        (["港口由工程", "师建立"], {}, "港口由工程师建立"),
        (["港口有", "three"], {}, "港口有 three"),
        ([], {}, ""),
    ],
)
def test_lines_become_running_text(lines: list[str], words: dict[str, int], expected: str) -> None:
    assert join(lines, Counter(words)) == expected
