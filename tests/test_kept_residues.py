"""Residues that earlier releases wrote are read for ever: the original comes back exactly, and an edit made since survives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import unicall
from tests.edits import edited, edits
from tests.kept_residues import KEPT
from tests.support import PAIRS, text

FILES = sorted(KEPT.glob("*/*.jsonl"))
files = pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES])


def lines(path: Path) -> Iterator[Any]:
    yield from (json.loads(line) for line in path.read_text("utf-8").splitlines())


def test_every_release_left_a_file_for_each_pair_of_its_carriers() -> None:
    assert {path.stem for path in FILES} >= {f"{source}--{target}" for source, target in PAIRS}


@files
def test_a_residue_of_an_earlier_release_gives_the_original_exactly(path: Path) -> None:
    source, _, target = path.stem.partition("--")
    for line in lines(path):
        residue = line["residue"]
        back = unicall.translate(residue["document"], target, source, residue=residue)
        assert text(back.document) == text(line["document"]), line["case"]
        assert back.problems == (), line["case"]


@files
def test_an_edit_survives_with_a_residue_of_an_earlier_release(path: Path) -> None:
    source, _, target = path.stem.partition("--")
    for line in lines(path):
        residue = line["residue"]
        rename = next(change for kind, change in edits(target, residue["document"]) if kind == "rename")
        hand = edited(residue["document"], rename)
        if text(hand) == text(residue["document"]):
            continue
        back = unicall.translate(hand, target, source, residue=residue)
        assert back.flow.name == unicall.parse(hand, target).flow.name, line["case"]
        assert text(back.document) != text(line["document"]) or back.problems, line["case"]
