"""The laws that every adapter obeys, on fixtures and on documents that hypothesis invents, through the public interface."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unicall
from tests.interpreters.call import Call
from tests.support import (
    INTO_REQUESTS,
    PAIRS,
    VENDORS,
    difference,
    excused,
    interpreter,
    mutations,
    outcome,
    records,
    strategies,
    text,
)
from unicall.adapter import Form
from unicall.problem import DocumentError, Severity
from unicall.wire import MISSING, Lookup

FIXTURE_RECORDS = [pytest.param(v, record, id=f"{v}:{name}") for v in VENDORS for name, record in records(v)]
FIXTURE_CROSSINGS = [pytest.param(a, b, record, id=f"{a}>{b}:{name}") for a, b in PAIRS for name, record in records(a)]

FEW = settings(max_examples=max(10, settings().max_examples // 10))  # for a law on each of many fixtures

vendors = pytest.mark.parametrize("provider", VENDORS)
pairs = pytest.mark.parametrize(("source", "target"), PAIRS, ids=[f"{a}>{b}" for a, b in PAIRS])
requests = pytest.mark.parametrize(("source", "target"), INTO_REQUESTS, ids=[f"{a}>{b}" for a, b in INTO_REQUESTS])


@vendors
def test_every_provider_has_fixtures(provider: str) -> None:
    assert len(list(records(provider))) >= 10


# 1. Identity.


def identity(provider: str, record: Any) -> None:
    before = text(record)
    parsed = unicall.parse(record, provider)
    emitted = unicall.emit(parsed.flow, provider)
    assert text(emitted.document) == before
    assert text(record) == before, "parsing changed its input"
    assert [p for p in emitted.problems if p.severity in (Severity.LOST, Severity.CHANGED)] == []


@pytest.mark.parametrize(("provider", "record"), FIXTURE_RECORDS)
def test_a_fixture_comes_back_exactly(provider: str, record: Any) -> None:
    identity(provider, record)


@vendors
@given(data=st.data())
def test_any_document_comes_back_exactly(provider: str, data: st.DataObject) -> None:
    identity(provider, data.draw(strategies(provider).documents()))


@vendors
@given(data=st.data())
def test_the_native_format_in_between_loses_nothing(provider: str, data: st.DataObject) -> None:
    record = data.draw(strategies(provider).documents())
    flow = unicall.parse(record, provider).flow
    again = unicall.loads(unicall.dumps(flow))
    assert again == flow
    assert text(unicall.emit(again, provider).document) == text(record)


# 2. Every leaf counts.


def every_leaf_counts(source: str, target: str, record: Any, pick: Any = None, form: Form | None = None) -> None:
    before = outcome(record, source, target, form)
    changed = list(mutations(record, source))
    for path, mutant in changed if pick is None else pick(changed):
        assert outcome(mutant, source, target, form) != before, f"nothing says that {path} changed"


@pytest.mark.parametrize(("source", "target", "record"), FIXTURE_CROSSINGS)
def test_every_leaf_of_a_fixture_counts(source: str, target: str, record: Any) -> None:
    every_leaf_counts(source, target, record)


@pairs
@given(data=st.data())
def test_every_leaf_of_any_document_counts(source: str, target: str, data: st.DataObject) -> None:
    record = data.draw(strategies(source).documents())
    every_leaf_counts(source, target, record, lambda all_: [data.draw(st.sampled_from(all_))] if all_ else [])


@requests
@given(data=st.data())
def test_every_leaf_counts_on_the_way_into_a_request(source: str, target: str, data: st.DataObject) -> None:
    record = data.draw(strategies(source).documents())
    pick = lambda all_: [data.draw(st.sampled_from(all_))] if all_ else []  # noqa: E731
    every_leaf_counts(source, target, record, pick, "request")


# Both places of a problem are there.


def both_places_are_there(source: str, target: str, record: Any, form: Form | None = None) -> None:
    result = unicall.translate(record, source, target, form)
    here, there = Lookup(record), Lookup(result.document)
    wrong = [p for p in result.problems if here.at(p.pointer) is MISSING or there.at(p.target_pointer) is MISSING]
    assert [(p.code, p.pointer, p.target_pointer, p.message) for p in wrong] == []


@pytest.mark.parametrize(("source", "target", "record"), FIXTURE_CROSSINGS)
def test_something_stands_at_both_places_of_what_is_said_of_a_fixture(source: str, target: str, record: Any) -> None:
    both_places_are_there(source, target, record)
    both_places_are_there(source, target, record, "request")


@pairs
@given(data=st.data())
def test_something_stands_at_both_places_of_what_is_said_of_any_document(source: str, target: str, data: st.DataObject) -> None:
    both_places_are_there(source, target, data.draw(strategies(source).documents()))


@requests
@given(data=st.data())
def test_something_stands_at_both_places_of_what_is_said_of_a_request(source: str, target: str, data: st.DataObject) -> None:
    both_places_are_there(source, target, data.draw(strategies(source).documents()), "request")


# 5. Same behaviour, or said so.


def same_behaviour(source: str, target: str, record: Any, call: Call, form: Form | None = None) -> None:
    before = interpreter(source)(record, call)
    result = unicall.translate(record, source, target, form)
    after = interpreter(target)(result.document, call)
    found = difference(before, after)
    if found is not None and not excused(result.problems, before):
        raise AssertionError(
            f"{found[0]}\n  became {found[1]}\n  on {call}\n  before {before}\n  after {after}\n"
            + "\n".join(f"  {p.code} {p.pointer} {p.message}" for p in result.problems)
            + f"\n  {json.dumps(result.document)}"
        )


@pytest.mark.parametrize(("source", "target", "record"), FIXTURE_CROSSINGS)
@FEW
@given(data=st.data())
def test_a_call_to_a_fixture_meets_the_same_or_it_is_said(source: str, target: str, record: Any, data: st.DataObject) -> None:
    same_behaviour(source, target, record, data.draw(strategies(source).calls(record)))


@pairs
@given(data=st.data())
def test_a_call_meets_the_same_or_it_is_said(source: str, target: str, data: st.DataObject) -> None:
    record = data.draw(strategies(source).clean_documents())
    for _ in range(4):
        same_behaviour(source, target, record, data.draw(strategies(source).calls(record)))


@requests
@given(data=st.data())
def test_a_call_meets_the_same_in_a_request_or_it_is_said(source: str, target: str, data: st.DataObject) -> None:
    record = data.draw(strategies(source).clean_documents())
    for _ in range(2):
        same_behaviour(source, target, record, data.draw(strategies(source).calls(record)), "request")


# 6. Settled.


def settled(source: str, target: str, record: Any, form: Form | None = None) -> None:
    document = unicall.translate(record, source, target, form).document
    again = unicall.emit(unicall.parse(document, target).flow, target).document
    assert text(again) == text(document)


@pytest.mark.parametrize(("source", "target", "record"), FIXTURE_CROSSINGS)
def test_what_a_fixture_became_is_settled(source: str, target: str, record: Any) -> None:
    settled(source, target, record)


@pairs
@given(data=st.data())
def test_what_any_document_became_is_settled(source: str, target: str, data: st.DataObject) -> None:
    settled(source, target, data.draw(strategies(source).documents()))


@requests
@given(data=st.data())
def test_a_request_is_settled(source: str, target: str, data: st.DataObject) -> None:
    settled(source, target, data.draw(strategies(source).documents()), "request")


# 7. Total.

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4), max_leaves=12
)


def total(provider: str, document: Any) -> None:
    try:
        for parsed in unicall.parse_all(document, provider):
            unicall.emit(parsed.flow, provider)
            unicall.dumps(parsed.flow)
    except DocumentError as error:
        assert error.pointer == "" or error.pointer.startswith("/")
        assert "\n" not in str(error)


@vendors
@given(document=JSON.filter(lambda value: not isinstance(value, str)))
def test_any_json_is_read_or_refused(provider: str, document: Any) -> None:
    total(provider, document)


@vendors
@given(data=st.data())
def test_a_document_with_anything_anywhere_is_read_or_refused(provider: str, data: st.DataObject) -> None:
    record = copy.deepcopy(data.draw(strategies(provider).documents()))
    places: list[tuple[Any, Any]] = []
    todo: list[Any] = [record]
    while todo:
        item = todo.pop()
        keys = list(item) if isinstance(item, dict) else list(range(len(item)))
        places.extend((item, key) for key in keys)
        todo.extend(item[key] for key in keys if isinstance(item[key], (dict, list)))
    if places:
        holder, key = data.draw(st.sampled_from(places))
        holder[key] = data.draw(JSON)
    total(provider, record)


@vendors
def test_deep_nesting_is_read_or_refused_but_never_too_much(provider: str) -> None:
    deep: Any = {}
    for _ in range(10_000):
        deep = {"module": "menu", "data": {}, "children": {"1": deep}, "ivrData": [deep]} if provider == "vinix" else [deep]
    for document in ({"flow": deep, "numbers": []}, {"ivrs": deep, "call_flow_id": 1}, {"json": deep, "name": "x"}, deep):
        total(provider, document)
    with pytest.raises(DocumentError):
        unicall.parse("[" * 10_000 + "]" * 10_000, provider)
