"""A corpus of files made to break readers: every good article is indexed, every bad file reported, nothing else happens."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator

import pytest
from made import W, docx, drawn_pdf, epub, forms_in_forms, packed, page_pdf, paragraph, raw_pdf

from askdivide.index.catalog import Catalog
from askdivide.index.folder import CATALOG, current
from askdivide.ingestion.scan import file_of
from askdivide.settings import Settings

STORY = "The harbour of Ostrava Bay was founded in 1871 by Milena Duras. It has three basins and one dry dock."
TABLE = "<table><tr><th>Year</th><th>Ships</th></tr><tr><td>2022</td><td>397</td></tr><tr><td>2023</td><td>412</td></tr></table>"
VARIANTS = 36
GOOD = {
    "good.md": f"---\ntitle: The harbour\ndate: 2024-03-01\n---\n\n# The harbour\n\n{STORY}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode(),
    "good.txt": f"The harbour\n\n{STORY}\n".encode(),
    "good.html": f"<html><head><title>Harbour</title></head><body><article><h1>Harbour</h1><p>{STORY}</p>{TABLE}</article></body></html>".encode(),
    "good.pdf": drawn_pdf(
        [(40, 60, "The harbour", "Helvetica-Bold", 20), (40, 100, STORY[:64], "Times-Roman", 10), (40, 112, STORY[64:], "Times-Roman", 10)]
    ),
    "good.docx": docx(paragraph("The harbour", "H1") + paragraph(STORY)),
    "good.epub": epub([f"<h1>The harbour</h1><p>{STORY}</p>"]),
    "good.json": json.dumps([{"title": "The harbour", "text": STORY}, {"title": "Again", "text": STORY}]).encode(),
    "good.jsonl": "\n".join(json.dumps({"id": f"n{n}", "title": "The harbour", "text": STORY}) for n in range(3)).encode(),
    "good.csv": f'title,text\nThe harbour,"{STORY}"\n'.encode(),
}
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


def fuzzed(data: bytes, seed: int) -> bytes:
    """`data` cut, overwritten, doubled or filled at random, the same for the same seed."""
    chance = random.Random(seed)
    made = bytearray(data)
    if seed % 4 == 0:
        return bytes(made[: chance.randrange(1, len(made))])
    for _ in range(chance.choice([1, 4, 32])):
        at = chance.randrange(len(made))
        if seed % 4 == 1:
            made[at] = chance.randrange(256)
        elif seed % 4 == 2:
            made[at:at] = made[at : at + chance.randrange(200)] * chance.randrange(1, 5)
        else:
            made[at : at + chance.randrange(1, 40)] = bytes(chance.randrange(1, 40))
    return bytes(made)


def bombs() -> Iterator[tuple[str, bytes, str]]:
    """Name, content, and what is said about it."""
    zeros = zlib.compressobj(9)
    stream = b"".join(zeros.compress(b" " * 10_000_000) for _ in range(10)) + zeros.flush()
    yield "bomb.docx", packed({"word/document.xml": b" " * 70_000_000}), r"unpacks to more than"
    yield "ratio.docx", docx(paragraph("a" * 8_000_000)), r"unpacks to more than 200 times"
    yield "bomb.epub", epub(["<p>" + "a" * 3_000_000 + "</p>"] * 3), r"unpacks to more than 200 times"
    yield "laughs.docx", packed({"word/document.xml": f"<!DOCTYPE x [{LAUGHS}]><w:document {W}>&l9;</w:document>"}), r"XML that"
    yield "laughs.epub", packed({"META-INF/container.xml": f"<!DOCTYPE x [{LAUGHS}]><container>&l9;</container>"}), r"XML that"
    yield "laughs.xhtml", f"<!DOCTYPE html [{LAUGHS}]><html><body>&l9;</body></html>".encode(), ""
    yield "pages.pdf", raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 999999>>"]), r"has 999,999 pages"
    yield "self.pdf", raw_pdf([b"<</Type/Catalog/Pages 1 0 R>>"]), r"damaged|no text"
    yield "forms.pdf", forms_in_forms(9), r"breaks its reader, or needs more than 1024 MB"
    yield "flate.pdf", page_pdf(stream, flate=True), r"has no text|breaks its reader"
    yield "locked.pdf", drawn_pdf([(40, 60, "Secret", "Helvetica", 12)], encrypt="word"), r"is encrypted"
    yield "scanned.pdf", drawn_pdf([]), r"only pictures of pages"
    yield "deep.json", b"[" * 300_000, r"nested too deep"
    yield "wide.json", b"[" + b"[]," * 600_000 + b"[]]", r"more than 100,000 articles|breaks|memory"
    yield "deep.html", b"<div>" * 200_000 + b"x", ""
    yield "inline.html", b"<p>" + b"<b>" * 50_000 + b"x", ""
    yield "deep.md", b">" * 100_000 + b"x", ""
    yield "deep.docx", docx("<w:sdt>" * 100_000), r"XML that"
    yield "open.html", b"<" * 500_000, ""
    yield "line.txt", b"a" * 300_000, ""
    yield "utf16.txt", "The harbour.".encode("utf-16"), r"is UTF-16 text"
    yield "utf16.json", '{"text": "The harbour."}'.encode("utf-16"), r"is UTF-16 text"
    yield "latin.md", "Müller was here.".encode("latin-1"), r"is not UTF-8 text"
    yield "surrogate.json", b'{"title": "\\ud800", "text": "The pier \\udfff is closed."}', ""
    yield "names.jsonl", b'{"id": "../../up", "text": "The pier."}\n{"id": "a\\u001b[31m", "text": "The dock."}', ""
    yield "cell.csv", b'title,text\na,"' + b"b" * 6_000_000, r"is not a table in CSV"
    yield "commas.csv", b"title,text\n" + b"," * 1_000_000, ""
    for number, ending in enumerate((".md", ".txt", ".html", ".pdf", ".docx", ".epub", ".json", ".jsonl", ".csv")):
        yield f"empty{number}{ending}", b"", r"is empty|has no|damaged|is not"
        yield f"zeros{number}{ending}", b"\0" * 5000, r"binary|has no|damaged|is not"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("hostile")
    corpus = home / "corpus"
    corpus.mkdir()
    for name, data in GOOD.items():
        (corpus / name).write_bytes(data)
        for seed in range(VARIANTS):
            (corpus / f"fuzzed-{seed:02}-{name}").write_bytes(fuzzed(data, seed))
    for name, data, _ in bombs():
        (corpus / name).write_bytes(data)
    with (corpus / "200mb.txt").open("wb") as stream:
        stream.truncate(200 * 1024**2)
    (home / "secret.md").write_text("# Secret\n\nNobody may read this.\n", encoding="utf-8")
    (corpus / "away.md").symlink_to(home / "secret.md")
    (corpus / "loop.pdf").symlink_to("loop.pdf")
    os.mkfifo(corpus / "pipe.docx")
    for odd in (b"new\nline.md", b"esc\x1b[31m.pdf", b"not\xffutf8.html", b"..jsonl.md", b"a..b.md", "é".encode() * 126 + b".md"):
        with open(os.fsencode(corpus) + b"/" + odd, "wb") as stream:
            stream.write(GOOD["good.md"])
    return Settings(corpus=corpus, index=home / "index", embedding="test:64", cache=home / "cache")


CODE = """
import json, resource, sys
from pathlib import Path
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings
settings = Settings(corpus=Path(sys.argv[1]), index=Path(sys.argv[2]), embedding="test:64")
for _ in range(2):
    report = reindex(settings).to_dict()
    # A process's ru_maxrss begins with that of the one which started it, here the whole test run; VmHWM is its own.
    own = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    most = [int(own.split()[1]) // 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024]
    print(json.dumps([report, most]))
"""


def test_every_good_article_is_indexed_and_every_bad_file_reported(hostile: Settings) -> None:
    files = [name for name in os.listdir(os.fsencode(hostile.corpus)) if not name.startswith(b".")]
    assert len(files) >= 350
    ran = subprocess.run(
        [sys.executable, "-c", CODE, str(hostile.corpus), str(hostile.index)], capture_output=True, text=True, timeout=200, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "Traceback" not in ran.stderr
    (first, most), (second, _) = (json.loads(line) for line in ran.stdout.splitlines())
    # In megabytes: this process, and the largest that read.
    assert most[0] < 800
    assert most[1] < 1100
    failed = {failure["document"]: failure["reason"] for failure in first["failed"]}
    assert not [reason for reason in failed.values() if not reason or "\n" in reason or len(reason) > 300]
    catalog = Catalog(current(hostile.index) / CATALOG)
    indexed = {row.path: catalog.text(row.id) for row in catalog.documents()}
    catalog.close()
    for name in GOOD:
        assert any(file_of(path, {name}) and "founded in 1871" in " ".join(text.split()) for path, text in indexed.items()), name
    assert {"good.json/2", "good.jsonl/n2", "a..b.md", "é" * 126 + ".md"} <= indexed.keys()
    seen = {file_of(path, {os.fsdecode(name) for name in files}) for path in [*indexed, *failed]}
    unseen = [name for name in files if os.fsdecode(name) not in seen]
    # Names that would garble a terminal are reported with escapes; a name that begins with a dot is hidden.
    assert sorted(unseen) == [b"esc\x1b[31m.pdf", b"new\nline.md", b"not\xffutf8.html"]
    assert all(failed[name].endswith("rename it") for name in (r"esc\x1b[31m.pdf", r"new\nline.md", r"not\udcffutf8.html"))
    for name, _, reason in bombs():
        if reason:
            assert re.search(reason, failed.get(name, "indexed")), (name, failed.get(name, "indexed"))
    assert failed["200mb.txt"] == "is larger than 32 MB; split it into articles"
    assert "leads out of the corpus" in failed["away.md"]
    assert not [text for text in indexed.values() if "Nobody may read this" in text]
    assert not [path for path in indexed if ".." in path.split("/") or "\x1b" in path]
    # What was read stays, what was not is tried and told again.
    assert (second["added"], second["changed"], second["removed"]) == ([], [], [])
    assert {failure["document"] for failure in second["failed"]} == failed.keys()
