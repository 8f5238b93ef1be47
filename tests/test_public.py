"""The public names, and that nothing but our own errors comes out of them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unicall
from tests.conftest import FIXTURES
from tests.strategies.flows import flows
from unicall.graph import Flow, Hangup, Menu, PhoneNumber, Ring, RingTarget, Schedule, Voicemail
from unicall.hours import Hours, Recurrence
from unicall.problem import DocumentError, FlowError, ProviderError, Severity, UnicallError

VENDORS = ("api19", "convirza-v2", "convirza-v3", "vinix")
ALL = "api19, convirza-v2, convirza-v3, unicall, vinix"
ENTRY = {"name": "Test", "json": {"route1": "192.0.2.1", "sip_port1": 5060}}
SMALL = Flow(
    name="Test",
    start="start",
    nodes={"start": Ring(targets=(RingTarget(PhoneNumber("+12025550142")),), exits={"otherwise": "box"}), "box": Voicemail()},
)


def test_the_public_names_are_there_sorted_and_no_others() -> None:
    assert list(unicall.__all__) == sorted(unicall.__all__)
    assert all(getattr(unicall, name) is not None for name in unicall.__all__)
    assert dir(unicall) == unicall.__all__
    with pytest.raises(AttributeError, match="module 'unicall' has no attribute 'nothing'"):
        _ = unicall.nothing


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("providers", ""),
        ("detect", "document"),
        ("parse", "document provider=None"),
        ("parse_all", "document provider=None"),
        ("emit", "flow provider form=None"),
        ("translate", "document_or_flow source=None target form=None"),
        ("dumps", "flow"),
        ("loads", "text"),
    ],
)
def test_the_public_functions_take_what_the_design_says(name: str, parameters: str) -> None:
    """The first parameter is given by place; all others have the design's names."""
    given_ = list(inspect.signature(getattr(unicall, name)).parameters)
    wanted = [word.partition("=")[0] for word in parameters.split()]
    assert [word for word in wanted[1:] if word not in given_] == []
    assert len(given_) >= len(wanted[:1])


def test_the_providers_are_sorted_and_have_the_native_format_among_them() -> None:
    assert unicall.providers() == ("api19", "convirza-v2", "convirza-v3", "unicall", "vinix")


def test_the_errors_are_one_family() -> None:
    assert all(issubclass(error, UnicallError) for error in (DocumentError, FlowError, ProviderError))
    assert not issubclass(UnicallError, ValueError)


# Reading.


@pytest.mark.parametrize("given_", [ENTRY, json.dumps(ENTRY), json.dumps(ENTRY).encode()], ids=["decoded", "str", "bytes"])
def test_a_document_is_decoded_json_or_its_text(given_: Any) -> None:
    parsed = unicall.parse(given_)
    assert (parsed.provider, parsed.flow.name) == ("api19", "Test")
    assert unicall.detect(given_) == "api19"


def test_text_that_is_a_file_name_is_text_all_the_same() -> None:
    with pytest.raises(DocumentError, match=r"^the document: is not JSON: .*\(line 1, column 1\)$"):
        unicall.parse(str(FIXTURES / "api19/call_flow/dentist_single_ip.json"))


def test_a_document_of_several_flows_is_refused_and_the_one_who_reads_them_is_named() -> None:
    several = {"call_flows": [ENTRY, ENTRY]}
    for function in (unicall.parse, lambda document: unicall.translate(document, target="vinix")):
        with pytest.raises(DocumentError) as caught:
            function(several)
        assert str(caught.value) == "the document: holds 2 flows; parse_all reads them one by one"
    assert [parsed.pointer for parsed in unicall.parse_all(several)] == ["/call_flows/0", "/call_flows/1"]


def test_a_document_of_no_flow_is_refused_and_parse_all_has_none() -> None:
    with pytest.raises(DocumentError, match=r"^the document: holds no flow"):
        unicall.parse({"call_flows": []})
    assert list(unicall.parse_all({"call_flows": []})) == []


def test_a_list_of_one_flow_is_that_flow_and_pointers_start_at_the_document() -> None:
    parsed = unicall.parse({"call_flows": [{"name": "Test", "json": {"route1": "2025550142"}}]})
    assert [problem.pointer for problem in parsed.problems] == ["/call_flows/0/json/route1"]


def test_a_document_of_nobody_is_refused_with_all_who_were_asked() -> None:
    with pytest.raises(DocumentError) as caught:
        unicall.parse({"hello": 1})
    assert str(caught.value).startswith(f"the document: is no document of {ALL} that unicall knows: ")


@pytest.mark.parametrize(
    ("typed", "said"),
    [("vinux", "did you mean vinix?"), ("api-19", "did you mean api19?"), ("zzz", f"there are {ALL}")],
)
def test_a_provider_nobody_has_gets_the_nearest_name(typed: str, said: str) -> None:
    calls = (
        lambda: unicall.parse(ENTRY, typed),
        lambda: unicall.emit(SMALL, typed),
        lambda: unicall.translate(ENTRY, target=typed),
        lambda: unicall.translate(ENTRY, typed, "vinix"),
        lambda: list(unicall.parse_all(ENTRY, typed)),
    )
    for call in calls:
        with pytest.raises(FlowError) as caught:
            call()
        assert str(caught.value) == f"no provider is called {typed!r}; {said}"


def test_a_translation_without_a_target_asks_for_one() -> None:
    with pytest.raises(FlowError) as caught:
        unicall.translate(ENTRY)
    assert str(caught.value) == f"translate needs a target: one of {ALL}"


def test_all_translations_without_a_target_ask_for_one_too() -> None:
    with pytest.raises(FlowError) as caught:
        list(unicall.translate_all(ENTRY))
    assert str(caught.value) == f"translate needs a target: one of {ALL}"


# Writing.


@pytest.mark.parametrize("provider", unicall.providers())
def test_a_flow_made_by_hand_is_written_for_everybody_and_read_again(provider: str) -> None:
    emitted = unicall.emit(SMALL, provider)
    again = unicall.parse(emitted.document, provider).flow
    assert "2025550142" in json.dumps(emitted.document)
    first = again.nodes[str(again.start)]
    assert isinstance(first, Ring)
    assert [rung.target for rung in first.targets] == [PhoneNumber("+12025550142")]


@pytest.mark.parametrize("provider", VENDORS)
@pytest.mark.parametrize("form", ["record", "request", None])
def test_every_form_can_be_read(provider: str, form: Any) -> None:
    emitted = unicall.emit(SMALL, provider, form)
    assert unicall.detect(emitted.document) == provider
    nothing = "UC215" in [problem.code for problem in emitted.problems]  # API19's update call takes no phone number
    assert (unicall.parse(emitted.document, provider).flow.start is None) == nothing == ((provider, form) == ("api19", "request"))


@pytest.mark.parametrize("form", ["records", "", 1, True])
def test_a_form_that_is_none_is_refused(form: Any) -> None:
    with pytest.raises(FlowError):
        unicall.emit(SMALL, "vinix", form)


def test_a_flow_is_translated_without_a_document() -> None:
    translation = unicall.translate(SMALL, target="api19")
    assert translation.flow is SMALL
    assert translation.document == unicall.emit(SMALL, "api19").document
    assert [problem.code for problem in translation.problems if problem.severity == "lost"] == ["UC218"]


def test_a_translation_knows_both_sides() -> None:
    translation = unicall.translate(ENTRY, target="vinix")
    assert (translation.source, translation.target) == ("api19", "vinix")


def test_the_native_format_is_loaded_as_it_was_dumped() -> None:
    assert unicall.loads(unicall.dumps(SMALL)) == SMALL


@pytest.mark.parametrize("to", ["start", "exit"])
def test_a_flow_that_leads_nowhere_is_refused(to: str) -> None:
    menu = Menu(exits={"1": "nowhere"} if to == "exit" else {})
    flow = Flow(start="nowhere" if to == "start" else "start", nodes={"start": menu})
    with pytest.raises(FlowError) as caught:
        unicall.emit(flow, "vinix")
    expected = "the flow starts at 'nowhere'" if to == "start" else "the exit '1' of 'start' leads to 'nowhere'"
    assert str(caught.value) == f"{expected}, which is no node"


# Problems.


def test_a_problem_is_plain_strings_and_json() -> None:
    path = FIXTURES / "vinix/menu/law_office_hunts_extensions.json"
    problems = unicall.translate(path.read_text("utf-8"), target="convirza-v2").problems
    assert problems
    for problem in problems:
        said = [problem.code, problem.message, problem.pointer, problem.node, problem.target_pointer, problem.advice]
        assert all(type(word) is str for word in said)
        assert isinstance(problem.severity, Severity)
        assert f"{problem.severity}" in ("lost", "changed", "unresolved", "setting", "note")
        assert json.loads(json.dumps(problem.value)) == problem.value


@pytest.mark.parametrize("pointer", ["", "/a/0"])
def test_a_document_error_says_where(pointer: str) -> None:
    error = DocumentError("is odd", pointer=pointer)
    assert str(error) == f"{pointer or 'the document'}: is odd"
    assert error.pointer == pointer


# Nothing but UnicallError.

WEIRD: dict[str, Any] = {
    "none": None, "number": 5, "float": float("nan"), "flag": True, "text": "x", "empty": "", "bytes": b"\xff", "set": {1},
    "tuple": (1, 2), "object": object(), "path": Path("x"), "keys": {1: 2}, "keys inside": {"data": {1: {2: 3}}},
    "list": [], "dict": {}, "memory": memoryview(b"{}"), "class": Flow, "bad json": {"json": object(), "name": 3},
    "object inside": {"flow": {"module": object()}, "numbers": []}, "surrogate": {"name": "\ud800", "json": {"route1": "\udfff"}},
    "tuple inside": {"call_flows": ({"name": "x"},)},
    "number keys": {"flow": {"module": "menu", "data": {3: 4}, "children": {5: {}}}},
}  # fmt: skip


def only_ours(call: Any) -> None:
    try:
        call()
    except UnicallError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("document", WEIRD.values(), ids=WEIRD)
@pytest.mark.parametrize("provider", [None, *unicall.providers()])
def test_any_document_whatsoever_is_read_or_refused_by_an_error_of_ours(document: Any, provider: str | None) -> None:
    only_ours(lambda: unicall.parse(document, provider))
    only_ours(lambda: list(unicall.parse_all(document, provider)))
    only_ours(lambda: unicall.detect(document))
    for target in unicall.providers():
        only_ours(lambda target=target: unicall.translate(document, provider, target).problems)


@pytest.mark.parametrize("provider", [5, None, "", b"vinix", ["vinix"], {"a": 1}, object()], ids=lambda value: type(value).__name__)
def test_any_provider_whatsoever_is_found_or_refused_by_an_error_of_ours(provider: Any) -> None:
    only_ours(lambda: unicall.parse(ENTRY, provider))
    only_ours(lambda: unicall.emit(SMALL, provider))
    only_ours(lambda: unicall.translate(ENTRY, None, provider))
    only_ours(lambda: unicall.translate(ENTRY, provider, "vinix"))


@pytest.mark.parametrize("flow", WEIRD.values(), ids=WEIRD)
def test_what_is_no_flow_is_refused_by_an_error_of_ours(flow: Any) -> None:
    for provider in unicall.providers():
        with pytest.raises(UnicallError):
            unicall.emit(flow, provider)
    with pytest.raises(UnicallError):
        unicall.dumps(flow)


@pytest.mark.parametrize("raw", WEIRD.values(), ids=WEIRD)
def test_what_is_no_native_text_is_refused_by_an_error_of_ours(raw: Any) -> None:
    with pytest.raises(UnicallError):
        unicall.loads(raw)


def hours(**facts: Any) -> Flow:
    rule = Recurrence(**{"frequency": "daily", **facts})
    schedule = Schedule(hours=(Hours(name="open", recurrences=(rule,)),), exits={"open": "h"})
    return Flow(start="start", nodes={"start": schedule, "h": Hangup()})


HAND_MADE: dict[str, Callable[[], Flow]] = {
    "nodes that are none": lambda: Flow(start="a", nodes={"a": 5}),  # type: ignore[dict-item]
    "no mapping": lambda: Flow(start="a", nodes=[1]),  # type: ignore[arg-type]
    "a start that cannot be a key": lambda: Flow(start=["a"], nodes={}),  # type: ignore[arg-type]
    "targets that are none": lambda: Flow(start="a", nodes={"a": Ring(targets=("x",))}),  # type: ignore[arg-type]
    "exits that are none": lambda: Flow(start="a", nodes={"a": Menu(exits=None)}),  # type: ignore[arg-type]
    "an ordinal of zero": lambda: hours(frequency="monthly", weekdays=("MO",), ordinal=0),
    "a day nobody knows": lambda: hours(weekdays=("XX",)),
    "a cycle nobody knows": lambda: hours(frequency="hourly"),
    "a thirteenth month": lambda: hours(frequency="yearly", month=13, month_days=(1,)),
    "a window of text": lambda: hours(start="9", end="17"),
}


@pytest.mark.parametrize("make", HAND_MADE.values(), ids=HAND_MADE)
@pytest.mark.parametrize("provider", unicall.providers())
def test_a_flow_that_is_not_well_formed_is_written_or_refused_by_an_error_of_ours(make: Callable[[], Flow], provider: str) -> None:
    only_ours(lambda: unicall.emit(make(), provider).problems)
    only_ours(lambda: unicall.translate(make(), target=provider).problems)
    only_ours(lambda: unicall.dumps(make()))


@pytest.mark.parametrize("provider", unicall.providers())
@given(flow=flows())
def test_any_flow_is_written_with_a_ledger_or_refused_by_an_error_of_ours(provider: str, flow: Flow) -> None:
    only_ours(lambda: unicall.emit(flow, provider).problems)


@given(st.text(max_size=20) | st.binary(max_size=20))
def test_any_text_is_read_or_refused_by_an_error_of_ours(raw: str | bytes) -> None:
    only_ours(lambda: unicall.parse(raw))
    only_ours(lambda: unicall.loads(raw))
