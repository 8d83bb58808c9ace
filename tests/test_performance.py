"""docs/performance.md cannot drift: its figures are those of the raw file, its commands exist, and every peer is described and pinned."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench import report

ROOT = Path(__file__).parent.parent
BENCH = ROOT / "bench"
PEERS = [file.stem for file in sorted((BENCH / "peers").glob("*.txt"))]


def page() -> str:
    return report.PAGE.read_text(encoding="utf-8")


def results(**changed: object) -> report.Results:
    def figures(**values: list[float]) -> list[dict[str, float]]:
        return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]

    process = {"cpu": [1.0, 1.0], "memory": [250.0, 250.0]}
    raw = {
        "cold": {"a": figures(wall=[1.0, 2.0], **process), "b": figures(wall=[8.0, 10.0], **process)},
        "imports": {"a": figures(wall=[0.1, 0.1]), "b": figures(wall=[5.0, 5.0])},
        "warm_own": {name: figures(p50=[20, 20], p95=[40, 40], found=[4, 4], questions=[5, 5]) for name in "ab"},
        "warm_news": {name: figures(p50=[20, 20], p95=[40, 40], found=[5, 5], questions=[5, 5]) for name in "ab"},
        "index": {"a": figures(wall=[10.0], memory=[300.0], chunks=[900], store=[9.0]), "b": figures(wall=[20.0], memory=[600.0], chunks=[1200], store=[3.0])},
        "unchanged": {"a": figures(wall=[0.5, 0.5])},
        "one_changed": {"a": figures(wall=[1.5, 1.5])},
        "commands": {"--help": figures(wall=[0.08], memory=[20.0])},
        "export": {"a": figures(wall=[12.0], memory=[700.0])},
    }  # fmt: skip
    return {
        "taken": "2026-01-02",
        "commit": "abc1234",
        "quick": False,
        "runs": 2,
        "index_runs": 1,
        "machine": {
            "processor": "Some <CPU>",
            "cores": 2,
            "memory_gb": 8,
            "system": "Linux 6",
            "python": "3.11",
            "load": 0.1,
            "load_after": 0.2,
        },
        "corpora": {"own": {"articles": 3, "words": 300}, "news": {"articles": 1000, "words": 9000}},
        "peers": [
            {"name": "a", "title": "askdivide", "installed": 1000.0, "versions": {"torch": "2"}},
            {"name": "b", "title": "Peer & co", "installed": 500.0, "versions": {"torch": "2"}},
        ],
        "raw": raw,
        **changed,
    }


def cells(block: str) -> dict[str, list[str]]:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines() if line.startswith("| ")]
    return {line[0]: line[1:] for line in lines}


def test_page_shows_the_raw_figures_and_nothing_else() -> None:
    taken = json.loads(report.RESULTS.read_text(encoding="utf-8")) if report.RESULTS.exists() else None
    assert report.renewed(page(), taken) == page(), "run: python bench/run.py --write --from bench/results/side-by-side.json"
    if taken:
        assert not taken["quick"]
        assert report.PLOT.read_text(encoding="utf-8") == report.plot(taken)
    else:
        assert report.NONE_YET in page()


def test_ratios_are_medians_of_rounds_and_favour_askdivide_above_one() -> None:
    table = cells(report.block(results()))
    # 8/1 and 10/2 within the rounds, not 9 against 1.5.
    assert table["cold start to the first answer"] == ["1.5 s", "9.0 s · 6.5×"]
    # More is better here: 90 a second against 60.
    assert table["the same, chunks a second"] == ["90", "60 · 1.5×"]
    assert table["first index of 1,000 articles"] == ["10 s", "20 s · 2.0×"]
    assert table["size of that index"] == ["9.0 MB", "3.0 MB · 0.33×"]
    assert table["installed"] == ["1,000 MB", "500 MB · 0.50×"]
    assert table["index again, nothing changed"] == ["0.50 s", "no such thing"]
    assert table["found, smaller corpus"] == ["4 of 5", "4 of 5"]


def test_block_says_what_it_depends_on() -> None:
    block = report.block(results())
    for told in (
        "2026-01-02",
        "abc1234",
        "Some <CPU>, 2 cores, 8 GB",
        "load average 0.1 before and 0.2 after",
        "Medians of 2 rounds",
        "torch 2",
    ):
        assert told in block, told


def test_page_is_renewed_between_the_marks_only() -> None:
    text = page()
    begun, ended = text.index("<!-- side by side"), text.index("<!-- end -->")
    new = report.renewed(text, results())
    assert new.startswith(text[:begun])
    assert new.endswith(text[ended:])
    assert "| cold start to the first answer | 1.5 s | 9.0 s · 6.5× |" in new
    assert report.renewed(new, None) == report.renewed(text, None)


def test_plot_is_well_formed_and_draws_lengths_in_proportion() -> None:
    import xml.etree.ElementTree as ElementTree

    root = ElementTree.fromstring(report.plot(results()))
    bars = [float(bar.attrib["width"]) for bar in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert len(bars) == 8
    assert bars[0] / bars[1] == pytest.approx(1.5 / 9.0, abs=0.01)
    assert any(text.text == "Peer & co" for text in root.iter("{http://www.w3.org/2000/svg}text"))


def test_commands_of_the_page_exist_with_their_options() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?m)(?:^|`)make ([a-z]+)", page()):
        assert re.search(rf"(?m)^{target}:", makefile), target
    commands = re.findall(r"(?m)^\.venv/bin/python (bench/\w+\.py)([^#\n]*)", page())
    assert len(commands) > 5
    for script, arguments in commands:
        told = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60).stdout
        for option in re.findall(r"--[a-z-]+", arguments):
            assert re.search(rf"{option}\b", told), f"{script} {option}"


def test_every_peer_is_described_and_pinned() -> None:
    assert len(PEERS) == 4
    for peer in PEERS:
        assert (BENCH / "peers" / f"{peer}.py").is_file()
        assert f"../bench/peers/{peer}.py" in page(), peer
        for line in (BENCH / "peers" / f"{peer}.txt").read_text(encoding="utf-8").splitlines():
            assert line == "-e .[openvino]" or re.fullmatch(r"[a-z0-9-]+==[0-9.]+", line), line


def test_peers_are_asked_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "one.md").write_text("# One\n\n" + "word " * 300 + "\n\nThe answer is 42.\n", encoding="utf-8")
    (tmp_path / "questions.json").write_text(
        json.dumps([{"question": "What?", "must_contain": [["42"]]}, {"question": "Who?", "must_contain": [["42"], ["Ada", "Bo"]]}])
    )
    (tmp_path / "peer.py").write_text(
        "import protocol\n"
        "def index(folder, store, model):\n    texts = [text for _, text in protocol.cut(folder)]\n    store.write_text(chr(10).join(texts))\n    return len(texts)\n"
        "def opened(store, model):\n    return lambda question: store.read_text().splitlines()\n"
        "protocol.run(index, opened)\n"
    )

    def ran(*arguments: str) -> dict:
        command = [sys.executable, "peer.py", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True, env={"PYTHONPATH": str(BENCH / "peers")})
        return json.loads(done.stdout.splitlines()[-1])

    assert ran("index", "texts", "store", "--model", "none") == {"chunks": 3}
    assert sum(len(line.split()) for line in (tmp_path / "store").read_text().splitlines()) == 306
    warm = ran("ask", "store", "questions.json", "--model", "none", "--warm", "--repeat", "4")
    assert (warm["questions"], warm["found"], len(warm["milliseconds"])) == (2, 1, 8)
    assert ran("ask", "store", "questions.json", "--model", "none", "--cold") == {"questions": 1, "found": 1, "milliseconds": []}


def test_scripts_of_peers_use_only_the_agreed_protocol() -> None:
    for peer in PEERS:
        text = (BENCH / "peers" / f"{peer}.py").read_text(encoding="utf-8")
        assert "protocol.run(index, opened)" in text
        assert len(text.splitlines()) < 60, peer
