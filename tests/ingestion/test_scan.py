import os
from pathlib import Path

import pytest

from askdivide.errors import CorpusError
from askdivide.ingestion.scan import Scan, endings, scan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "corpus"
    made.mkdir()
    return made


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("Text.\n", encoding="utf-8")


def paths(found: Scan) -> list[str]:
    return [file.path for file in found.files]


def reasons(found: Scan) -> dict[str, str]:
    return {failure.document: failure.reason for failure in found.failed}


def test_articles_are_found_below_the_folder_in_order(folder: Path) -> None:
    put(folder, "b.md", "a.txt", "sub/deep/c.markdown", "sub/D.MD", "ünï 中.text")
    found = scan(folder)
    assert paths(found) == ["a.txt", "b.md", "sub/D.MD", "sub/deep/c.markdown", "ünï 中.text"]
    assert [(file.size, file.mtime_ns) for file in found.files] == [(6, (folder / path).stat().st_mtime_ns) for path in paths(found)]
    assert not found.failed
    assert not found.other


def test_a_relative_corpus_gives_the_same_paths(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "sub/a.md")
    monkeypatch.chdir(folder.parent)
    assert paths(scan(Path("corpus"))) == ["sub/a.md"]
    monkeypatch.chdir(folder)
    assert paths(scan(Path())) == ["sub/a.md"]


def test_hidden_and_temporary_files_are_passed_over_without_a_word(folder: Path) -> None:
    put(folder, ".a.md", ".git/a.md", "~$a.md", "#a.md", "a.md~", "a.md.swp", "a.md.tmp", "a.md.part")
    assert scan(folder) == Scan()


def test_files_of_other_kinds_are_counted_by_ending(folder: Path) -> None:
    put(folder, "a.ODT", "sub/b.odt", "c.rtf", "LICENSE")
    assert scan(folder).other == {".odt": 2, ".rtf": 1}
    assert endings().startswith(".md .markdown .txt .text .html .htm")


def test_a_missing_corpus_and_one_that_is_a_file(folder: Path) -> None:
    with pytest.raises(CorpusError, match=r"corpus folder .*/nowhere does not exist; give another with --corpus, or make it"):
        scan(folder / "nowhere")
    put(folder, "a.md")
    with pytest.raises(CorpusError, match=r"corpus folder .*/a\.md is not a folder"):
        scan(folder / "a.md")


def test_links_may_lead_inside_the_corpus_only(folder: Path) -> None:
    put(folder, "a.md", "sub/b.md")
    put(folder.parent, "secret.md", "outside/c.md")
    (folder / "alias.md").symlink_to(folder / "sub" / "b.md")
    (folder / "away.md").symlink_to(folder.parent / "secret.md")
    (folder / "sub" / "up.md").symlink_to("../../secret.md")
    (folder / "folder").symlink_to(folder.parent / "outside")
    (folder / "dangling.md").symlink_to(folder / "gone.md")
    (folder / "odd.md").symlink_to("go\x1bne.md")
    (folder / "loop.md").symlink_to(folder / "loop.md")
    found = scan(folder)
    assert paths(found) == ["a.md", "alias.md", "sub/b.md"]
    away = "is a link that leads out of the corpus; copy the file instead"
    failed = reasons(found)
    assert failed.pop("loop.md").startswith("cannot be read (")
    assert failed == {
        "away.md": away,
        "folder": "is a link to a folder outside of the corpus; put the folder itself here",
        "sub/up.md": away,
        "dangling.md": f"is a link that leads nowhere, to {folder / 'gone.md'}; mend or remove it",
        "odd.md": r"is a link that leads nowhere, to go\x1bne.md; mend or remove it",
    }


def test_a_corpus_that_is_itself_a_link(folder: Path) -> None:
    put(folder, "a.md")
    (folder / "alias.md").symlink_to("a.md")
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert paths(scan(link)) == ["a.md", "alias.md"]


def test_folders_and_pipes_named_like_articles(folder: Path) -> None:
    put(folder, "x.md/inside.md")
    os.mkfifo(folder / "pipe.md")
    found = scan(folder)
    assert paths(found) == ["x.md/inside.md"]
    assert reasons(found) == {"pipe.md": "is not a regular file; remove it"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"a\nb.md", r"a\nb.md"),
        (b"a\x1b[31m.md", r"a\x1b[31m.md"),
        (b"a\x7f.md", r"a\x7f.md"),
        ("a\x9b31m.md".encode(), r"a\x9b31m.md"),
        (b"caf\xe9.md", r"caf\udce9.md"),
    ],
)
def test_names_that_would_garble_a_terminal_are_reported_harmlessly(folder: Path, name: bytes, shown: str) -> None:
    put(folder, "a.md")
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("Text.\n", encoding="utf-8")
    found = scan(folder)
    assert paths(found) == ["a.md"]
    assert reasons(found)[shown].endswith("; rename it")


def test_the_longest_name_there_can_be(folder: Path) -> None:
    name = "é" * 126 + ".md"
    assert len(name.encode()) == 255
    put(folder, name)
    assert paths(scan(folder)) == [name]


def test_a_folder_that_cannot_be_read_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "a.md", "sub/b.md")
    deny(monkeypatch, folder / "sub")
    found = scan(folder)
    assert paths(found) == ["a.md"]
    assert reasons(found) == {"sub": "cannot be read (Permission denied); check its permissions"}


def test_a_corpus_that_cannot_be_read_is_not_an_empty_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "a.md")
    deny(monkeypatch, folder)
    with pytest.raises(CorpusError, match=r"corpus folder .* cannot be read \(Permission denied\); check its permissions"):
        scan(folder)


def deny(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Permissions do not stop root, so the call that lists a folder is told to fail."""
    real = os.scandir

    def scandir(path: str | Path = ".") -> object:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)


def test_an_index_among_the_articles_is_passed_over(folder: Path) -> None:
    put(folder, "a.md", "index/writer.lock", "index/writer.json", "index/generation-1/b.md", "sub/c.md")
    assert paths(scan(folder)) == ["a.md", "sub/c.md"]


def test_an_index_is_no_corpus(folder: Path) -> None:
    put(folder, "writer.lock", "a.md")
    with pytest.raises(CorpusError, match="is an index; give the folder of articles"):
        scan(folder)


def test_a_link_to_a_folder_is_not_followed_and_told_where_it_leads_out(folder: Path, tmp_path: Path) -> None:
    put(folder, "a.md", "2024/b.md")
    put(tmp_path / "elsewhere", "c.md")
    (folder / "latest").symlink_to("2024")
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    (folder / "round").symlink_to("round")
    found = scan(folder)
    assert paths(found) == ["2024/b.md", "a.md"]
    assert reasons(found) == {"out": "is a link to a folder outside of the corpus; put the folder itself here"}
