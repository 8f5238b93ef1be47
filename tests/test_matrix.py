"""The feature matrix is what conversions give, and the generator is honest."""

from __future__ import annotations

import pytest

import unicall
from tests.matrix import (
    BEGIN,
    BOTH,
    CHANGED,
    END,
    FEATURES,
    FORMS,
    LEGEND,
    NO,
    READ,
    README,
    RECORD,
    SET,
    Feature,
    above_a_note,
    markdown,
    matrix,
    said_of_any,
    within,
)
from tests.support import VENDORS
from unicall.adapter import find

#: What the carriers' own documents say, in the order of the columns.
EXPECTED = {
    "menu": {"api19": NO, "convirza-v2": BOTH, "vinix": BOTH},
    "menu: what follows silence": {"convirza-v2": NO, "vinix": BOTH},
    "menu: dialling an extension": {"convirza-v2": NO, "vinix": BOTH},
    "menu: a key back to the menu above": {"convirza-v2": BOTH, "vinix": BOTH},
    "menu: a key that repeats it": {"convirza-v2": NO, "vinix": BOTH},
    "ring a phone number": {"api19": RECORD, "convirza-v2": BOTH, "vinix": BOTH},
    "ring a SIP address": {"api19": BOTH, "convirza-v2": NO, "vinix": BOTH},
    "ring three together": {"api19": NO, "convirza-v2": BOTH, "vinix": BOTH},
    "ring a voice agent": {"convirza-v2": NO, "convirza-v3": BOTH, "vinix": NO},
    "ring time, to the second": {"api19": BOTH, "convirza-v2": CHANGED, "vinix": BOTH},
    "whisper to who answers": {"api19": NO, "convirza-v2": BOTH, "vinix": NO},
    "percentage split": {"api19": NO, "convirza-v2": RECORD, "vinix": CHANGED},
    "hours with a time zone, behind a key": {"api19": NO, "convirza-v2": BOTH, "vinix": BOTH},
    "hours with a time zone, at the start": {"api19": NO, "convirza-v2": SET, "convirza-v3": BOTH, "vinix": BOTH},
    "the first Monday of a month": {"convirza-v2": NO, "vinix": BOTH},
    "announcement from an audio file": {"api19": NO, "convirza-v2": READ, "vinix": BOTH},
    "fax by e-mail": {"api19": RECORD, "convirza-v2": NO},
    "its number, in the document": {"api19": NO, "convirza-v2": BOTH, "convirza-v3": RECORD, "vinix": BOTH},
}

crossings = pytest.mark.parametrize(
    ("feature", "provider"),
    [pytest.param(feature, provider, id=f"{provider}: {feature.name}") for feature in FEATURES for provider in VENDORS],
)


def test_the_table_in_the_readme_is_what_conversions_give() -> None:
    readme = README.read_text("utf-8")
    assert readme.count(BEGIN) == readme.count(END) == 1
    assert within(readme, markdown()) == readme, "python -m tests.matrix --write"


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_known_of_the_carriers_is_what_conversions_give(name: str) -> None:
    assert {provider: matrix()[name][provider] for provider in EXPECTED[name]} == EXPECTED[name]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_the_smallest_flows_have_their_feature_and_an_empty_flow_has_none(feature: Feature) -> None:
    for provider in VENDORS:
        assert all(map(feature.has, feature.flows(provider)))
    assert not feature.has(unicall.Flow(name="Small"))


@crossings
def test_a_feature_that_a_carrier_cannot_hold_as_it_is_is_in_the_ledger(feature: Feature, provider: str) -> None:
    if matrix()[feature.name][provider] in (NO, READ, CHANGED):
        for form in FORMS:
            for flow in feature.flows(provider):
                problems = above_a_note(unicall.emit(flow, provider, form).problems)
                assert {one.code for one in problems} - said_of_any(provider, form)


def test_every_word_of_the_legend_is_in_the_table_and_no_other() -> None:
    assert {word for cells in matrix().values() for word in cells.values()} == set(LEGEND)


def test_every_carrier_has_a_column() -> None:
    heads = "| " + " | ".join(["", *(find(provider).title for provider in VENDORS)]) + " |"
    assert heads in markdown()
