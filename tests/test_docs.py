"""What the pages show is what happens to somebody who follows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.shown import PAGES, README, ROOT, File, Shown, follow, steps

RUN = [path for path in PAGES if "```console" in path.read_text("utf-8")]
pages = pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)


def test_there_are_pages() -> None:
    assert RUN


@pages
def test_every_command_of_a_page_prints_what_it_shows(path: Path, tmp_path: Path) -> None:
    followed = list(follow(path.read_text("utf-8"), tmp_path))
    assert len(followed) > 1
    for shown, output in followed:
        assert output == shown.output, f"$ {shown.command}\npython -m tests.shown"


@pages
def test_every_block_of_a_page_is_a_file_or_runs(path: Path) -> None:
    page = path.read_text("utf-8")
    blocks = re.findall(r"^```\w+$", page, re.MULTILINE)
    consoles = blocks.count("```console")
    assert len(blocks) == consoles + sum(isinstance(step, File) for step in steps(page))
    assert sum(isinstance(step, Shown) for step in steps(page)) == len(re.findall(r"^\$ ", page, re.MULTILINE)) > 0


@pages
def test_a_page_is_linked_in_the_readme(path: Path) -> None:
    assert f"({path.relative_to(ROOT).as_posix()})" in README.read_text("utf-8")


def test_every_link_of_the_readme_and_the_pages_leads_to_a_file() -> None:
    for path in (README, *PAGES):
        links = re.findall(r"\]\(([^):#]+)\)", path.read_text("utf-8"))
        assert [link for link in links if not (path.parent / link).exists()] == []
