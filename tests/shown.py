"""Pages that show commands and what they print. ``python -m tests.shown`` writes anew what is printed, for somebody to read.

A fenced block of the kind ``console`` holds commands, each behind ``$ `` and continued behind ``> ``, and what each prints on both
streams. A block below ``<!-- file: name -->`` is that file. All of a page runs in its order, in one folder, with the fixtures at
hand. The block below ``<!-- prints: command -->`` is what one command prints; that below ``<!-- runs -->`` is Python, and the next
block what it prints.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").glob("*.md"))

_BLOCK = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```\n", re.DOTALL)
_COMMAND = re.compile(r"\$ (?P<first>.*\n(?:> .*\n)*)(?P<output>(?:(?!\$ ).*\n)*)")
_PRINTS = re.compile(r"<!-- prints: (?P<command>.*?) -->\n```text\n(?P<output>.*?)```", re.DOTALL)
_RUNS = re.compile(r"<!-- runs -->\n```python\n(?P<code>.*?)```\n\nprints\n\n```text\n(?P<output>.*?)```", re.DOTALL)


@frozen
class Shown:
    """A command, what a page says it prints, and where in the page that stands."""

    command: str
    output: str
    span: tuple[int, int]


@frozen
class File:
    """A file that a page shows."""

    name: str
    text: str


def steps(page: str) -> Iterator[Shown | File]:
    """The files and commands of a page, in its order."""
    for block in _BLOCK.finditer(page):
        if block["file"]:
            yield File(block["file"], block["text"])
        elif block["kind"] == "console":
            for found in _COMMAND.finditer(page, block.start("text"), block.end("text")):
                yield Shown(found["first"].replace("\n> ", "\n").strip(), found["output"], found.span("output"))


def printed(page: str) -> Iterator[Shown]:
    """The commands of a page that stand alone."""
    yield from (Shown(found["command"], found["output"], found.span("output")) for found in _PRINTS.finditer(page))


def python(page: str) -> Iterator[Shown]:
    """The Python of a page."""
    yield from (Shown(found["code"], found["output"], found.span("output")) for found in _RUNS.finditer(page))


def folder_with_fixtures(folder: Path) -> Path:
    """The folder, with the fixtures at hand."""
    (folder / "fixtures").symlink_to(ROOT / "fixtures", target_is_directory=True)
    return folder


def run(command: str, folder: Path) -> str:
    """What a command prints on both streams, with this environment's programs first."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    environment = {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout


def run_python(code: str, folder: Path) -> str:
    """What Python prints."""
    (folder / "shown.py").write_text(code, "utf-8")
    return run("python shown.py", folder)


def follow(page: str, folder: Path) -> Iterator[tuple[Shown, str]]:
    """Every command of a page beside what it really prints, as somebody would follow it."""
    folder_with_fixtures(folder)
    for step in steps(page):
        if isinstance(step, File):
            (folder / step.name).write_text(step.text, "utf-8")
        else:
            yield step, run(step.command, folder)
    yield from ((one, run(one.command, folder)) for one in printed(page))
    yield from ((one, run_python(one.command, folder)) for one in python(page))


def main() -> None:
    """Write into the README and the pages what their commands print."""
    for path in (README, *PAGES):
        page = path.read_text("utf-8")
        with tempfile.TemporaryDirectory() as folder:
            found = [(shown.span, output) for shown, output in follow(page, Path(folder))]
        broken = [output for _, output in found if "Traceback (most recent call last)" in output]
        if broken:
            sys.exit(f"{path.name}: {broken[0]}")
        for (start, end), output in sorted(found, reverse=True):
            page = page[:start] + output + page[end:]
        path.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
