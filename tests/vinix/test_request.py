"""Vinix's request form: a bundle of bodies that a person can PUT one by one, and what is told apart from it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

import unicall
from tests.strategies import vinix as invented
from tests.support import PAIRS, records, text
from unicall.adapter import find

Json = Any

VINIX = find("vinix")
ID = "0123456789abcdef0123456789abcdef"
HANGUP: Json = {"module": "hangup", "data": {}, "children": {}}
FLOW: Json = {"module": "menu", "data": {"id": "m"}, "children": {"1": HANGUP}}
MENU: Json = {"name": "Main", "retries": 2, "hunt": False}
CALLFLOW: Json = {"name": "Main", "numbers": ["+12025550142"], "flow": FLOW}
INTO_VINIX = [pytest.param(a, one, id=f"{a}:{name}") for a in ("api19", "convirza-v2", "vinix") for name, one in records(a)]


def request(document: Json) -> Json:
    return unicall.translate(document, "vinix", "vinix", form="request").document


def test_every_document_of_a_bundle_becomes_the_body_that_creates_it() -> None:
    assert request({"callflow": CALLFLOW, "menus": {"m": MENU}}) == {
        "callflow": {"data": CALLFLOW},
        "menus": {"m": {"data": MENU}},
    }


def test_a_callflow_alone_becomes_a_body_that_no_answer_looks_like() -> None:
    for alone in (CALLFLOW, {"data": CALLFLOW}, {"data": CALLFLOW | {"id": ID}, "status": "success"}):
        assert request(alone) == {"callflow": {"data": CALLFLOW}}


def test_an_envelope_is_peeled_and_not_rebuilt() -> None:
    flow = unicall.parse({"data": CALLFLOW}).flow
    assert VINIX.form(flow) == "record"
    assert unicall.emit(flow, "vinix").document == CALLFLOW


def test_bookkeeping_is_not_sent_back_and_that_is_a_note() -> None:
    kept = {"id": ID, "metadata": {"m": {"name": "Main"}}, "_read_only": {"created": 1}}
    result = unicall.translate({"callflow": CALLFLOW | kept, "menus": {"m": MENU | {"id": "m"}}}, target="vinix", form="request")
    assert result.document == {"callflow": {"data": CALLFLOW}, "menus": {"m": {"data": MENU}}}
    noted = {(p.code, p.severity, p.pointer) for p in result.problems}
    assert noted == {("UC901", "note", "/callflow"), ("UC901", "note", "/menus/m/id")}


def test_a_document_that_nobody_read_goes_without_the_id_it_stands_under_and_nothing_else() -> None:
    user = {"first_name": "Ada", "_read_only": {"created": 1}}
    document = {"callflow": CALLFLOW, "users": {"u": user | {"id": "u"}, "v": user | {"id": "w"}}}
    assert request(document)["users"] == {"u": {"data": user}, "v": {"data": user | {"id": "w"}}}


def test_a_request_that_was_read_is_written_as_it_stood() -> None:
    document = {
        "menus": {"m": {"data": MENU | {"id": "m"}}, "bare": MENU, "odd": 5, "twice": {"data": {"data": {"x": 1}}}},
        "callflow": {"data": CALLFLOW | {"id": ID, "metadata": {}}},
        "x_note": "kept",
    }
    flow = unicall.parse(document).flow
    assert VINIX.form(flow) == "request"
    assert text(unicall.emit(flow, "vinix").document) == text(document)
    as_record = unicall.emit(flow, "vinix", "record").document
    assert as_record["callflow"] == CALLFLOW | {"id": ID, "metadata": {}}
    assert (as_record["menus"]["m"], as_record["menus"]["bare"]) == (MENU | {"id": "m"}, MENU)


def test_pointers_go_into_the_bodies() -> None:
    flow = {"module": "menu", "data": {"id": "m"}, "children": {"1": {"module": "play", "data": {"id": "gone"}, "children": {}}}}
    document = {"callflow": {"data": CALLFLOW | {"flow": flow}}, "menus": {"m": {"data": MENU | {"retries": "many", "x": 1}}}}
    problems = unicall.translate(document, "vinix", "api19").problems
    assert ("UC101", "/menus/m/data/retries") in [(p.code, p.pointer) for p in problems]
    assert ("UC501", "/menus/m/data/x") in [(p.code, p.pointer) for p in problems]
    made = unicall.translate(unicall.parse(FIVE).flow, target="vinix", form="request")
    places = {p.target_pointer for p in made.problems if p.target_pointer}
    assert places
    assert all(at.split("/")[2 if at.startswith("/callflow/") else 3] == "data" for at in places)


FIVE: Json = {"name": "Main", "json": '{"route1":"device:694","route1_wait":20}', "e164": "no", "id": "1", "user_id": "1"}


@pytest.mark.parametrize(("source", "record"), INTO_VINIX)
def test_what_a_fixture_becomes_as_a_request_is_settled(source: str, record: Json) -> None:
    written = unicall.translate(record, source, "vinix", form="request").document
    assert unicall.detect(written) == "vinix"
    flow = unicall.parse(written, "vinix").flow
    assert VINIX.form(flow) == "request"
    assert text(unicall.emit(flow, "vinix").document) == text(written)


@given(invented.documents())
def test_what_any_document_becomes_as_a_request_is_settled(document: Json) -> None:
    written = unicall.emit(unicall.parse(document, "vinix").flow, "vinix", "request").document
    assert text(unicall.emit(unicall.parse(written, "vinix").flow, "vinix").document) == text(written)


@pytest.mark.parametrize(("source", "record"), INTO_VINIX)
def test_a_request_says_what_the_record_says(source: str, record: Json) -> None:
    flow = unicall.parse(record, source).flow
    as_record, as_request = (unicall.parse(unicall.emit(flow, "vinix", form).document, "vinix").flow for form in _FORMS)
    assert as_record.nodes == as_request.nodes
    assert as_record.entry_points == as_request.entry_points


_FORMS: Any = ("record", "request")


def test_no_record_is_taken_and_a_request_is() -> None:
    assert "--form request" in str(VINIX.unaccepted("record"))
    assert VINIX.unaccepted("request") is None


def test_an_unknown_key_beside_the_sections_is_said_when_it_stays_behind() -> None:
    document = {"callflow": CALLFLOW, "menus": {"m": MENU}, "x_note": "kept"}
    assert text(unicall.emit(unicall.parse(document).flow, "vinix").document) == text(document)
    for target in (b for a, b in PAIRS if a == "vinix"):
        assert ("UC501", "/x_note") in [(p.code, p.pointer) for p in unicall.translate(document, target=target).problems]


def test_a_callflow_that_jumps_to_itself_has_to_be_told_its_new_id() -> None:
    jump: Json = {"module": "callflow", "data": {"id": ID}, "children": {}}
    root = {"module": "play", "data": {"id": "m"}, "children": {"_": jump}}
    result = unicall.translate(CALLFLOW | {"id": ID, "flow": root}, target="vinix", form="request")
    assert [(p.severity, p.pointer, p.value) for p in result.problems if p.code == "UC304"] == [
        ("unresolved", "/flow/children/_/data/id", ID)
    ]


def test_a_jump_is_fine_where_its_id_stays_true() -> None:
    jump: Json = {"module": "callflow", "data": {"id": ID}, "children": {}}
    kept = unicall.translate(CALLFLOW | {"id": ID, "flow": jump}, "vinix", "vinix")
    elsewhere = unicall.translate(CALLFLOW | {"id": "f" * 32, "flow": jump}, "vinix", "vinix", form="request")
    assert "UC304" not in {p.code for p in (*kept.problems, *elsewhere.problems)}
