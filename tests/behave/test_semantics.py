"""The page about what a call meets names everything that a call can meet."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from tests.conftest import ROOT
from unicall.behave.calls import End
from unicall.graph import FACTS, KINDS, Menu, Ring

PAGE = (ROOT / "docs" / "semantics.md").read_text("utf-8")
ROWS = {cells[1].strip(): cells[2:] for line in PAGE.splitlines() if len(cells := line.split("|")) == 5}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_row_that_names_its_exits(kind: str) -> None:
    what, exits = ROWS[kind][:2]
    assert what.strip()
    named = re.findall(r"`([^`]+)`", exits)
    assert set(named) == set(KINDS[kind].EXITS)
    assert ("none" in exits) == (not KINDS[kind].EXITS)


def test_there_is_no_row_of_a_kind_that_does_not_exist() -> None:
    assert set(ROWS) - {"kind", "---"} == set(KINDS)


@pytest.mark.parametrize("end", get_args(End))
def test_every_end_is_explained(end: str) -> None:
    assert re.search(rf"^\| `{end}` \| .", PAGE, re.MULTILINE)


@pytest.mark.parametrize("kind", [Menu, Ring])
def test_every_fact_of_what_asks_and_what_rings_is_explained(kind: type) -> None:
    for fact in set(FACTS[kind]) - {"label", "targets", "order", "greeting"}:
        assert f"`{fact}`" in PAGE, fact
