"""Every fixture is a pair, and both directions hold between its two files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import unicall
from tests.pairs import beside, native
from tests.support import VENDORS, fixture_files, text
from unicall.adapter import find
from unicall.problem import DocumentError

PAIRS = [pytest.param(v, path, id=f"{v}:{path.parent.name}/{path.stem}") for v in VENDORS for path in fixture_files(v)]


def test_there_are_many_pairs_of_every_vendor() -> None:
    assert len(PAIRS) >= 100
    assert all(len(fixture_files(provider)) >= 10 for provider in VENDORS)


@pytest.mark.parametrize(("provider", "path"), PAIRS)
def test_a_document_reads_as_the_flow_beside_it(provider: str, path: Path) -> None:
    assert text(native(path, provider)) == text(json.loads(beside(path).read_text("utf-8")))


@pytest.mark.parametrize(("provider", "path"), PAIRS)
def test_the_flow_beside_a_document_writes_it(provider: str, path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))
    wanted = [record for _, record in find(provider).records(document)]
    flows = [parsed.flow for parsed in unicall.parse_all(beside(path).read_bytes(), "unicall")]
    assert [text(unicall.emit(flow, provider).document) for flow in flows] == [text(record) for record in wanted]


@pytest.mark.parametrize(("provider", "path"), PAIRS)
def test_a_document_says_whose_it_is(provider: str, path: Path) -> None:
    assert unicall.detect(json.loads(path.read_text("utf-8"))) == provider
    assert unicall.detect(json.loads(beside(path).read_text("utf-8"))) == "unicall"


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.parent.glob("fixtures/*/refused/*.json")), ids=lambda p: p.stem)
def test_what_holds_no_flow_is_refused_with_its_place(path: Path) -> None:
    with pytest.raises(DocumentError) as refused:
        list(unicall.parse_all(path.read_bytes(), path.parent.parent.name))
    assert refused.value.pointer.startswith("/data/")


def test_the_documented_sample_with_its_missing_comma_is_refused_with_the_place() -> None:
    sample = (Path(__file__).parent.parent / "fixtures/api19/list/documented_sample.txt").read_bytes()
    with pytest.raises(DocumentError) as refused:
        unicall.parse(sample, "api19")
    assert "a comma is missing before it" in str(refused.value)
    assert refused.value.pointer == "/fax_flows"
