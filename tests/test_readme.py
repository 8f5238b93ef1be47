"""What the README shows is what happens."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from unicall.cli import program

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def printed_by_python() -> str:
    """What the README's Python prints."""
    code = re.search(r"<!-- runs -->\n```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    out = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out):
        exec(code[1], {})
    return out.getvalue()


def printed_by_command(command: str, tmp_path: Path) -> str:
    """What a command of the README prints on both streams."""
    arguments = [str(tmp_path / "out.json") if word == "vinix.json" else word for word in shlex.split(command)[1:]]
    with contextlib.chdir(ROOT):
        result = CliRunner().invoke(program, arguments)
    assert result.exit_code == 0
    return result.output


def test_the_python_of_the_readme_prints_what_it_shows() -> None:
    shown = re.search(r"prints\n\n```text\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert printed_by_python() == shown[1]


@pytest.mark.parametrize(("command", "shown"), re.findall(r"<!-- prints: (.*?) -->\n```text\n(.*?)```", README, re.DOTALL))
def test_a_command_of_the_readme_prints_what_it_shows(command: str, shown: str, tmp_path: Path) -> None:
    assert f"{command}\n" in README, "the command that is shown is the one that is run"
    assert printed_by_command(command, tmp_path) == shown


def test_the_python_of_the_readme_is_six_lines_after_its_import() -> None:
    code = re.search(r"<!-- runs -->\n```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    assert len(code[1].splitlines()) <= 7


def test_every_command_in_the_readme_exists() -> None:
    assert set(re.findall(r"\| `unicall (\w+)", README)) == set(program.commands)
