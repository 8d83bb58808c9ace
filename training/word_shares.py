"""How common English words are: the share of passages that each search term occurs in, for terms in at least one of 500.

    python training/word_shares.py --data DIR --out src/askdivide/text/word_shares.json

DIR is that of the reader's training; its English passages, each counted once, are general text of many kinds. Only these
counts are taken from them.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from pathlib import Path

from askdivide.text.terms import terms

LEAST = 0.002


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    seen: set[str] = set()
    for file in sorted(args.data.glob("*.jsonl.gz")):
        # Papers and medical pages are long and of one subject; Chinese is not English.
        if file.name.startswith(("zh-", "made-", "nospan-", "covidqa", "tatqa")):
            continue
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if not row.get("bench"):
                    seen.add(row["context"][:900])
    counts = Counter(term for passage in seen for term in set(terms(passage)) if term.isalpha())
    shares = {term: round(count / len(seen), 4) for term, count in sorted(counts.items()) if count >= LEAST * len(seen)}
    args.out.write_text(json.dumps(shares, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(len(seen), "passages,", len(shares), "terms")


if __name__ == "__main__":
    main()
