"""Recorded calls of Convirza v3: what they are, and what they show of the routes that they came through."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from attrs import asdict, fields
from hypothesis import given
from hypothesis import strategies as st

import unicall
from tests.conftest import FIXTURES
from tests.strategies import convirza_v3, convirza_v3_calls
from tests.support import VENDORS, text, work
from tests.test_laws import every_leaf_counts, identity, same_behaviour, settled, total
from tests.test_way_back import edits_survive, nothing_else_moved, some_edits, there_and_back
from unicall.adapter import KeepsCalls, find
from unicall.behave.records import CallRecord, read
from unicall.graph import EntryPoint, PhoneNumber, Reference, Ring, RingTarget, VendorNode
from unicall.problem import DocumentError
from unicall.wire import MISSING, Log, leaves, resolve
from unicall_convirza.v3 import calls
from unicall_convirza.v3.calls import DISPOSITIONS, Call, CallDetail, read_call

HERE = FIXTURES / "convirza-v3" / "calls"
PAGE = json.loads((HERE / "page.json").read_text("utf-8"))
PAGES = json.loads((HERE / "three_pages_four_routes.json").read_text("utf-8"))
OTHERS = [name for name in VENDORS if name != "convirza-v3"]


def recorded(**facts: Any) -> dict[str, Any]:
    """A call with these facts."""
    return {"call_id": 1, "provisioned_route_id": 7, "call_started": "2026-04-14T18:20:12.000Z", "disposition": "ANSWERED",
            "caller_id": "18015550199", "phone_number": "18015550122", "ring_to": "18015550142",
            "default_ring_to": "18015550142", **facts}  # fmt: skip


def shown(*facts: dict[str, Any]) -> unicall.Parsed:
    """The one flow that these calls show."""
    return unicall.parse([recorded(**one) for one in facts], "convirza-v3")


def said(parsed: unicall.Parsed) -> str:
    """The one thing that is unresolved."""
    (problem,) = [problem for problem in parsed.problems if problem.severity == "unresolved"]
    assert problem.code == "UC111"
    return problem.message


def rung(parsed: unicall.Parsed) -> Any:
    node = parsed.flow.nodes["start"]
    assert isinstance(node, Ring)
    return node.targets[0].target


# The laws, on invented calls.


@given(record=convirza_v3_calls.documents())
def test_calls_come_back_exactly_while_nobody_changes_their_flow(record: Any) -> None:
    identity("convirza-v3", record)


@given(data=st.data())
def test_every_leaf_of_calls_counts(data: st.DataObject) -> None:
    record = data.draw(convirza_v3_calls.documents())
    target = data.draw(st.sampled_from(OTHERS))
    every_leaf_counts("convirza-v3", target, record, lambda all_: [data.draw(st.sampled_from(all_))])


@given(data=st.data())
def test_every_leaf_of_calls_counts_on_the_way_into_a_request(data: st.DataObject) -> None:
    record = data.draw(convirza_v3_calls.documents())
    target = data.draw(st.sampled_from(VENDORS))
    every_leaf_counts("convirza-v3", target, record, lambda all_: [data.draw(st.sampled_from(all_))], "request")


@given(record=convirza_v3_calls.documents(), target=st.sampled_from(OTHERS), form=st.sampled_from((None, "request")))
def test_calls_come_back_exactly_with_their_residue(record: Any, target: str, form: Any) -> None:
    there_and_back("convirza-v3", target, record, form)


@given(data=st.data(), target=st.sampled_from(OTHERS))
def test_edits_of_what_calls_became_survive(data: st.DataObject, target: str) -> None:
    record = data.draw(convirza_v3_calls.documents())
    changes = some_edits(data, target, unicall.translate(record, "convirza-v3", target).document)
    edits_survive("convirza-v3", target, record, changes, data)
    nothing_else_moved("convirza-v3", target, record, changes)


@given(record=convirza_v3_calls.documents(), target=st.sampled_from(VENDORS), form=st.sampled_from((None, "request")))
def test_what_calls_became_is_settled(record: Any, target: str, form: Any) -> None:
    settled("convirza-v3", target, record, form)


@given(data=st.data(), target=st.sampled_from(VENDORS), form=st.sampled_from((None, "request")))
def test_a_call_meets_what_the_calls_show_or_it_is_said(data: st.DataObject, target: str, form: Any) -> None:
    record = data.draw(convirza_v3_calls.documents())
    same_behaviour("convirza-v3", target, record, data.draw(convirza_v3.calls(record)), form)


@given(record=convirza_v3_calls.documents())
def test_the_native_format_in_between_loses_no_call(record: Any) -> None:
    flow = unicall.parse(record, "convirza-v3").flow
    again = unicall.loads(unicall.dumps(flow))
    assert again == flow
    assert text(unicall.emit(again, "convirza-v3").document) == text(record)


@given(data=st.data())
def test_calls_with_anything_anywhere_are_read_or_refused(data: st.DataObject) -> None:
    document = copy.deepcopy(data.draw(convirza_v3_calls.pages()))
    places = [at for at, _ in leaves(document)]
    strange: Any = data.draw(st.sampled_from((None, 7, -1.5, True, "x", [], {}, [[]], {"call_id": 1}, ["18015550142"])))
    holder, _, last = data.draw(st.sampled_from(places)).rpartition("/")
    inside = resolve(document, holder)
    inside[int(last) if isinstance(inside, list) else last] = strange
    total("convirza-v3", document)
    try:
        list(calls.records(document))
    except DocumentError as error:
        assert error.pointer == "" or resolve(document, error.pointer) is not MISSING


# One flow for each route.


@given(document=convirza_v3_calls.pages())
def test_every_call_belongs_to_one_flow_and_every_flow_has_a_route_of_its_own(document: Any) -> None:
    flows = [parsed.flow for parsed in unicall.parse_all(document, "convirza-v3")]
    kept = [call for flow in flows for call in flow.resources[0].document["raw"]]
    found = [call for _, call in calls.listed(document)[0]]
    assert sorted(map(text, kept)) == sorted(map(text, found))
    routes = [{text(call["provisioned_route_id"]).strip('"') for call in flow.resources[0].document["raw"]} for flow in flows]
    assert len({route for (route,) in routes}) == len(flows)


def test_each_route_is_read_where_its_first_call_stands() -> None:
    found = list(unicall.parse_all(PAGES))
    assert [one.pointer for one in found] == ["/0/data/calls/0", "/0/data/calls/1", "/0/data/calls/4", "/1/data/calls/3"]
    assert [problem.pointer for one in found for problem in one.problems] == [
        "/0/data/calls/0/provisioned_route_id",
        "/0/data/calls/1/provisioned_route_id",
        "/0/data/calls/4/provisioned_route_id",
        "/1/data/calls/3/phone_number",
    ]
    assert [problem.value for one in found for problem in one.problems] == [1022, 1031, 1040, "18015550126"]


def test_places_of_facts_lead_to_the_calls_that_show_them() -> None:
    for one in unicall.parse_all(PAGES):
        for (_, field), at in one.reading.places.items():
            if field == "targets.0.target" and isinstance(rung(one), PhoneNumber):
                assert f"+{resolve(PAGES, at)}" == rung(one).number


def test_calls_without_a_route_are_told_apart_by_the_number_that_was_called() -> None:
    facts = ("18015550122", "18015550123", "+18015550122")
    document = [recorded(call_id=n, provisioned_route_id=None, phone_number=one) for n, one in enumerate(facts)]
    assert [len(one.flow.resources[0].document["raw"]) for one in unicall.parse_all(document, "convirza-v3")] == [2, 1]


def test_a_list_of_pages_is_read_as_one() -> None:
    assert len(list(unicall.parse_all(PAGES))) == 4
    assert len(read(PAGES)) == 11


def test_a_page_without_calls_is_convirzas_and_holds_no_flow() -> None:
    page = {"code": 200, "message": "Success", "data": {"total": 0, "calls": []}}
    assert unicall.detect(page) == "convirza-v3"
    assert list(unicall.parse_all(page)) == []
    assert read(page) == ()


# What is known of a flow.


def test_the_documented_page_is_one_flow_that_rings_the_default_number() -> None:
    parsed = unicall.parse(PAGE)
    assert parsed.flow.entry_points == (EntryPoint("number", "+18015557654"),)
    assert list(parsed.flow.nodes) == ["start"]
    assert parsed.flow.nodes["start"] == Ring(targets=(RingTarget(PhoneNumber("+18015550000")),), label="Sales Team")


def test_exactly_one_thing_is_unresolved_it_says_what_was_seen() -> None:
    assert said(unicall.parse(PAGE)) == (
        "observed in 1 call, not configured: route 1022; +18015550000 is to ring first, as the latest call says; "
        "AI voice agents took part: 1 agent:42; they ended as 1 ANSWERED; the answer holds 1 of 42 calls"
    )
    assert all(said(one) for one in unicall.parse_all(PAGES))


def test_who_else_took_calls_is_said_with_the_time_and_never_rung() -> None:
    parsed = shown(
        {},
        {"ring_to": "18015550151", "call_started": "2026-04-15T09:00:00Z"},
        {"ring_to": "18015550151", "call_started": "2026-04-14T08:00:00Z"},
        {"ring_to": None, "disposition": "VOICEMAIL", "call_started": "2026-04-13T23:59:00Z"},
        {"ring_to": None, "disposition": "BUSY"},
    )
    assert list(parsed.flow.nodes) == ["start"]
    assert said(parsed) == (
        "observed in 5 calls, not configured: route 7; +18015550142 is to ring first, as the latest call says; "
        "3 calls ended elsewhere: 2 at +18015550151 (2026-04-14 08:00 to 2026-04-15 09:00 UTC), "
        "1 at voicemail (2026-04-13 23:59 UTC); they ended as 3 ANSWERED, 1 VOICEMAIL, 1 BUSY"
    )


def test_the_latest_call_says_who_is_to_ring_first_whatever_its_place() -> None:
    old = {"default_ring_to": "18015550151", "call_started": "2026-04-14T00:00:00Z"}
    parsed = shown({"call_started": "2026-04-15T00:00:00Z"}, old)
    assert rung(parsed) == PhoneNumber("+18015550142")
    assert "another was to ring first: 1 +18015550151" in said(parsed)


def test_all_numbers_that_were_called_are_ways_in_once_each() -> None:
    parsed = shown({}, {"phone_number": "+18015550123"}, {"phone_number": "8015550122"})
    assert [way_in.value for way_in in parsed.flow.entry_points] == ["+18015550122", "+18015550123"]


def test_an_agent_rings_where_no_number_is_known() -> None:
    parsed = shown({"ring_to": None, "default_ring_to": None, "voiceagent_data": {"voiceagent_id": 42}})
    assert rung(parsed) == Reference("convirza-v3", "agent", "42")


def test_an_agent_that_took_part_does_not_ring_instead_of_the_default_number() -> None:
    assert rung(shown({"voiceagent_data": {"voiceagent_id": 42}})) == PhoneNumber("+18015550142")


def test_nobody_is_invented_where_no_call_says_who_rings() -> None:
    parsed = shown({"default_ring_to": None})
    node = parsed.flow.nodes["start"]
    assert isinstance(node, VendorNode) and not node.exits
    assert "no call says who is to ring first; 1 call ended elsewhere: 1 at +18015550142" in said(parsed)


def test_calls_that_went_out_show_nothing_of_the_flow() -> None:
    out = {"call_detail": {"is_outbound": True}, "phone_number": "18015550177", "default_ring_to": "18015550178"}
    parsed = shown({}, {**out, "call_started": "2026-04-20T00:00:00Z"})
    assert [way_in.value for way_in in parsed.flow.entry_points] == ["+18015550122"]
    assert rung(parsed) == PhoneNumber("+18015550142")
    assert said(parsed).endswith("1 call went out")


def test_a_call_flow_block_that_can_be_read_is_the_flow() -> None:
    blocks = json.loads((HERE / "call_flow_blocks.json").read_text("utf-8"))
    first, second = unicall.parse_all(blocks)
    assert first.flow.name == "Storm line"
    assert [type(node).__name__ for node in first.flow.nodes.values()] == ["Ring", "Ring", "Voicemail"]
    assert first.reading.places["otherwise.otherwise", ""] == "/data/calls/2/call_flow/voicemail_enabled"
    assert "is read as a route, which the vendor does not document" in said(first)
    assert list(second.flow.nodes) == ["start"]


def test_a_call_flow_block_that_cannot_be_read_is_kept_and_said() -> None:
    parsed = shown({"call_flow": {"version": 3, "steps": []}}, {"call_flow": {"ring_to": {}}})
    assert rung(parsed) == PhoneNumber("+18015550142")
    assert said(parsed).endswith("the call_flow block of 2 calls cannot be read, and is kept as it stands")
    assert parsed.flow.resources[0].document["raw"][0]["call_flow"] == {"version": 3, "steps": []}


def test_another_block_than_the_latest_is_said() -> None:
    old = {"route_type": "simple", "ring_to": "18015550151"}
    new = {"route_type": "simple", "ring_to": "18015550152"}
    parsed = shown({"call_flow": new, "call_started": "2026-05-01T00:00:00Z"}, {"call_flow": old})
    assert rung(parsed) == PhoneNumber("+18015550152")
    assert "and 1 call came with another one" in said(parsed)


# What becomes of it.


def test_the_calls_stay_behind_in_one_note() -> None:
    notes = [p for p in unicall.translate(PAGE, target="vinix").problems if p.code == "UC502"]
    assert [(p.pointer, p.value) for p in notes] == [("/data/calls/0", PAGE["data"]["calls"])]


def test_a_request_makes_a_route_of_what_the_calls_show() -> None:
    result = unicall.translate(PAGE, target="convirza-v3", form="request")
    assert result.document["ring_to"] == "18015550000"
    assert "UC502" in [problem.code for problem in result.problems]


def test_a_flow_that_was_changed_is_written_as_a_route() -> None:
    there = unicall.translate(PAGE, target="vinix")
    hand = json.loads(text(there.document).replace("8015550000", "8015550177"))
    back = unicall.translate(hand, "vinix", "convirza-v3", residue=there.residue)
    assert back.document["ring_to"] == "18015550177"


def test_a_document_of_calls_that_somebody_mixed_is_written_as_a_route() -> None:
    native = json.loads(unicall.dumps(unicall.parse(PAGE).flow))
    raw = native["resources"][0]["document"]["raw"]
    raw.append({**raw[0], "provisioned_route_id": 99})
    document = unicall.emit(unicall.loads(json.dumps(native)), "convirza-v3").document
    assert isinstance(document, dict) and document["ring_to"] == "18015550000"


# Refusals.


@pytest.mark.parametrize(
    ("document", "pointer", "words"),
    [
        ({"code": 200, "data": {"calls": {}}}, "/data/calls", "expected a list of calls, got {}"),
        ({"code": 200, "data": {"calls": [7]}}, "/data/calls/0", "expected a call, got 7"),
        ([PAGES[0], {"code": 403, "message": "Forbidden", "data": None}], "/1/code", 'is an error answer: "Forbidden"'),
        ([PAGES[0], 7], "/1", "expected a list of calls, got 7"),
        ([recorded(), None], "/1", "expected a call, got null"),
        ([{"call_id": 1, "disposition": "BUSY"}], "/0", "has no call_started"),
        ([recorded(call_started=None)], "/0", "has no call_started"),
        ([recorded(call_started="yesterday")], "/0/call_started", 'expected a time in ISO 8601, got "yesterday"'),
        ([recorded(call_started="2026-04-14")], "/0/call_started", 'expected a time in ISO 8601, got "2026-04-14"'),
        ([recorded(call_started=5)], "/0/call_started", "expected a time in ISO 8601, got 5"),
        ([recorded(ring_to=["18015550142"])], "/0/ring_to", 'expected text, got ["18015550142"]'),
        ([recorded(duration={})], "/0/duration", "expected a number, got {}"),
        ([recorded(call_detail=[])], "/0/call_detail", "expected an object, got []"),
        ([recorded(call_detail={"channel": []})], "/0/call_detail/channel", "expected text, got []"),
        ([recorded(tags=[{}, 1])], "/0/tags/1", "expected an object, got 1"),
        ([recorded(tags="Lead")], "/0/tags", 'expected an array of objects, got "Lead"'),
        (
            [recorded(custom_sources={"custom_source_type_5": 1})],
            "/0/custom_sources/custom_source_type_5",
            "expected an object, got 1",
        ),
        (recorded(call_started=""), "/call_started", 'expected a time in ISO 8601, got ""'),
    ],
)
def test_what_is_no_call_is_refused_with_its_place(document: Any, pointer: str, words: str) -> None:
    for read_it in (lambda: list(unicall.parse_all(document, "convirza-v3")), lambda: read(document, "convirza-v3")):
        with pytest.raises(DocumentError) as refused:
            read_it()
        assert (refused.value.pointer, refused.value.text) == (pointer, words)


def test_all_errors_come_in_one_and_other_routes_are_read() -> None:
    document = [recorded(call_started=1), recorded(provisioned_route_id=8), recorded(tags={})]
    found = unicall.parse_all(document, "convirza-v3")
    assert said(next(found)).startswith("observed in 1 call")
    with pytest.raises(DocumentError) as refused:
        next(found)
    assert [one.pointer for one in (refused.value, *refused.value.others)] == ["/0/call_started", "/2/tags"]


def test_a_route_is_no_list_of_calls() -> None:
    adapter = find("convirza-v3")
    assert isinstance(adapter, KeepsCalls)
    with pytest.raises(DocumentError, match="expected Convirza calls"):
        list(adapter.calls({"provisioned_route_id": 1, "ring_to": "18015550142"}))


def test_the_cost_grows_no_faster_than_the_number_of_calls() -> None:
    def cost(calls: int) -> int:
        document = [recorded(call_id=n, provisioned_route_id=n % 3, ring_to=f"1801555{n % 7:04}") for n in range(calls)]
        return work(lambda: [list(unicall.parse_all(document, "convirza-v3")), read(document)])

    cost(10)
    assert cost(800) < 2.2 * cost(400)


# The calls themselves.


def test_some_carrier_keeps_calls_and_none_has_to() -> None:
    keeping = [name for name in unicall.providers() if isinstance(find(name), KeepsCalls)]
    assert keeping and set(keeping) < set(unicall.providers())


def whole() -> Call:
    call = read_call(PAGE["data"]["calls"][0], "", Log())
    assert call is not None
    return call


def test_every_documented_field_is_read() -> None:
    """Each leaf of the vendor's sample is a field of the classes, with the value that stands there."""
    found = asdict(whole())
    for at, value in leaves(PAGE["data"]["calls"][0]):
        inside: Any = found
        for step in at.split("/")[1:]:
            inside = inside[int(step) if isinstance(inside, list | tuple) else step]
        assert inside == value or at == "/call_started", at
    assert not [at for at, _ in leaves(json.loads(json.dumps(found, default=str))) if "/extras/" in at]
    assert {field.name for field in fields(Call)} - {"extras"} == PAGE["data"]["calls"][0].keys() | {"call_flow"}


def test_what_nobody_knows_is_kept_in_the_extras() -> None:
    log = Log()
    call = read_call(recorded(hold_music="jazz", repeat_call="maybe", call_detail={"channel": 1.5, "x": [1]}), "", log)
    assert call is not None and call.extras == {"hold_music": "jazz", "repeat_call": "maybe"}
    assert call.call_detail == CallDetail(extras={"channel": 1.5, "x": [1]})
    assert not log.errors and not log.problems


def test_a_call_is_a_record_as_all_carriers_have_it() -> None:
    assert read(PAGE) == (
        CallRecord(
            id="987654", started=whole().call_started, caller="+18015551234", dialled="+18015557654", rang="+18015550000",
            disposition="ANSWERED", outcome="answered", seconds=182, flow="1022", default_rang="+18015550000",
        ),
    )  # fmt: skip


def test_an_agent_took_the_call_where_no_number_did() -> None:
    (record,) = read([recorded(ring_to=None, voiceagent_data={"voiceagent_id": 42})])
    assert record.rang == "agent:42"


@pytest.mark.parametrize(("word", "meaning"), [(word, meaning) for word, (meaning, _) in DISPOSITIONS.items()])
def test_a_disposition_means_what_the_table_says_in_any_case(word: str, meaning: str | None) -> None:
    (record,) = read([recorded(disposition=word.lower())])
    assert (record.disposition, record.outcome) == (word.lower(), meaning)


def test_a_disposition_that_nobody_knows_is_kept_and_means_nothing() -> None:
    (record,) = read([recorded(disposition="TELEPORTED")])
    assert (record.disposition, record.outcome) == ("TELEPORTED", None)


def test_calls_that_went_out_are_marked() -> None:
    assert [record.outbound for record in read([recorded(call_detail={"is_outbound": True}), recorded()])] == [True, False]
