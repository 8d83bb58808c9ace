"""The README cannot drift: its tables are made from the code. `python tests/test_docs.py --write` renews them."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import askdivide
from askdivide.interfaces.cli import commands
from askdivide.models import Message, as_chat_model
from askdivide.models.presets import hosted, open_weights, services
from askdivide.models.registry import PROVIDERS
from askdivide.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MODELS = ROOT / "docs" / "models.md"


def command_table() -> str:
    rows = [
        f"| `askdivide {name}` | {' '.join((command.help or '').split(chr(10) + chr(10))[0].split())} |"
        for name, command in sorted(commands.commands.items())
    ]
    return "\n".join(["| command | does |", "| --- | --- |", *rows])


def settings_table() -> str:
    rows = []
    for spec in fields(Settings):
        default = "the user's cache folder" if spec.name == "cache" else f"`{spec.default}`" if spec.default != "" else "none"
        rows.append(f"| `{spec.name}` | `{PREFIX}{spec.name.upper()}` | {default} | {spec.metadata['help']} |")
    return "\n".join(["| setting | environment | default | meaning |", "| --- | --- | --- | --- |", *rows])


def hosted_table() -> str:
    rows = []
    for preset in hosted():
        service = services()[preset.name.partition(":")[0]]
        context = f"{preset.context:,}" if preset.context else ""
        rows.append(
            f"| `{preset.name}` | {service.title} | `{service.key}` | {preset.licence or ('open' if preset.open else 'closed')} | {context} |"
        )
    return "\n".join(["| name | goes to | key | weights | context, tokens |", "| --- | --- | --- | --- | --- |", *rows])


def weights_table() -> str:
    rows = []
    for preset in open_weights():
        context = f"{preset.context:,}" if preset.context else ""
        ways = [
            f"`hf:{preset.name}`" if preset.small else "",
            f"`ollama:{preset.ollama}`" if preset.ollama else "",
            f"`{preset.serve}`" if preset.serve else "",
        ]
        rows.append(
            f"| {preset.name} | {preset.licence} | {preset.size} | {preset.memory} | {context} | {', '.join(way for way in ways if way)} |"
        )
    head = "| published name | licence | size | needs | context, tokens | besides `vllm serve NAME` |"
    return "\n".join([head, "| --- | --- | --- | --- | --- | --- |", *rows])


TABLES = {"commands": command_table, "settings": settings_table, "hosted": hosted_table, "weights": weights_table}


def renewed(text: str) -> str:
    for name, made in TABLES.items():
        pattern = re.compile(rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)
        text = pattern.sub(lambda match, made=made: f"{match.group(1)}{made()}\n{match.group(2)}", text)
    return text


def test_tables_are_those_of_the_code() -> None:
    for file in (README, MODELS):
        text = file.read_text(encoding="utf-8")
        assert renewed(text) == text, "run: python tests/test_docs.py --write"


def test_every_provider_is_documented() -> None:
    text = MODELS.read_text(encoding="utf-8")
    for provider in ("quote", *PROVIDERS):
        assert re.search(rf"(`|--model ){provider}\b", text), provider
    for service in services().values():
        for variable in (service.key, service.url_variable):
            assert not variable or re.search(rf"`{variable}\b", text), variable


def test_readme_names_only_make_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?m)(?:^|`)make ([a-z]+)", README.read_text(encoding="utf-8")):
        assert re.search(rf"(?m)^{target}:", makefile), target


def test_links_of_the_documents_lead_somewhere() -> None:
    for file in [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


def test_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(r"(?m)^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert newest
    assert newest.group(1) == project["version"] == askdivide.__version__


def test_python_block_of_the_readme_runs(indexed: Settings, monkeypatch, capsys) -> None:
    block = re.search(r"```python\n(from askdivide import.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    for name in ("corpus", "index", "embedding", "cache", "refuse_below"):
        monkeypatch.setenv(PREFIX + name.upper(), str(getattr(indexed, name)))
    code = (
        block.group(1)
        .replace('corpus="corpus", index="index"', "")
        .replace("Which licence does DeepSeek-R1 have?", "When was the harbour founded?")
    )
    exec(compile(code, "README.md", "exec"), {})
    assert "1871" in capsys.readouterr().out


def test_python_block_of_the_models_page_runs() -> None:
    block = re.search(r"```python\n(.*?)```", MODELS.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    names: dict[str, Any] = {}
    exec(compile(block.group(1), "models.md", "exec"), names)
    model = as_chat_model(names["Shouting"]())
    assert [piece.text for piece in model.stream([Message("user", "hello")], max_tokens=5)] == ["HELLO"]


def test_architecture_names_every_room_and_nothing_else() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    source = ROOT / "src" / "askdivide"
    for room in [path.name for path in source.iterdir() if path.is_dir() and (path / "__init__.py").exists()]:
        assert f"\n  {room}/" in text, room
    for name in re.findall(r"(?m)^\s+([a-z_]+\.py)\b", text):
        assert list(source.rglob(name)) or (ROOT / name).exists(), name


if __name__ == "__main__" and "--write" in sys.argv:
    for file in (README, MODELS):
        file.write_text(renewed(file.read_text(encoding="utf-8")), encoding="utf-8")
