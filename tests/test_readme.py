"""What the README shows is what happens."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import unicall
from tests.shown import README as PATH
from tests.shown import Shown, folder_with_fixtures, printed, python, run, run_python
from unicall.adapter import find
from unicall.cli import program

README = PATH.read_text("utf-8")


def test_the_python_of_the_readme_prints_what_it_shows(tmp_path: Path) -> None:
    (shown,) = python(README)
    assert run_python(shown.command, folder_with_fixtures(tmp_path)) == shown.output


@pytest.mark.parametrize("shown", list(printed(README)), ids=lambda shown: shown.command)
def test_a_command_of_the_readme_prints_what_it_shows(shown: Shown, tmp_path: Path) -> None:
    assert f"{shown.command}\n" in README, "the command that is shown is the one that is run"
    assert run(shown.command, folder_with_fixtures(tmp_path)) == shown.output


def test_the_readme_shows_what_a_command_prints() -> None:
    assert list(printed(README))


def test_the_python_of_the_readme_is_six_lines_after_its_import() -> None:
    (shown,) = python(README)
    assert len(shown.command.splitlines()) <= 7


def test_every_command_in_the_readme_exists() -> None:
    assert set(re.findall(r"\| `unicall (\w+)", README)) == set(program.commands)


def test_every_option_in_the_readme_exists() -> None:
    params = [one for command in program.commands.values() for one in command.params]
    known = {option for one in params for option in (*one.opts, *one.secondary_opts)}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", re.sub(r"```.*?```", "", README, flags=re.DOTALL))) <= known | {"--write"}


def test_every_code_in_the_readme_exists() -> None:
    assert set(re.findall(r"UC\d{3}", README)) <= set(unicall.CODES)


def test_the_readme_names_every_carrier() -> None:
    assert [name for name in unicall.providers() if name != "unicall" and find(name).title not in README] == []


def test_every_setting_in_the_readme_is_one_that_the_adapters_take() -> None:
    shown = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert shown
    for text in shown:
        for provider, names in tomllib.loads(text).items():
            assert set(names) <= set(find(provider).settings)
            find(provider).configured(names)
