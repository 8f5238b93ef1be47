"""The arguments of API19's update call: what they mean, what is written into them, and that nothing is left out unsaid."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given

import unicall
from tests.strategies import api19 as invented
from tests.support import text
from unicall.adapter import find
from unicall.graph import Fax, Flow, Node, PhoneNumber, Reference, Ring, RingTarget, SipAddress, Speech, Target, Voicemail
from unicall.problem import DocumentError

Json = dict[str, Any]

API19 = find("api19")
REQUEST: Json = {
    "call_flow_id": "7",
    "e164": "no",
    "ip_address_1": "192.0.2.10",
    "ip_address_2": "192.0.2.11",
    "sip_port": "5080",
    "wait_time": "25",
    "voicemail_box": "12",
}


def record(routing: Json, **more: object) -> Json:
    return {"id": "7", "name": "Main", "user_id": "1", "json": json.dumps(routing), "e164": "no", **more}


def request_of(document: Json) -> Json:
    written = unicall.translate(document, "api19", "api19", form="request").document
    assert isinstance(written, dict)
    return written


def losses(document: Json) -> list[tuple[str, str]]:
    return [(p.code, p.pointer) for p in unicall.translate(document, "api19", "api19", form="request").problems]


def chain(*nodes: Node) -> Flow:
    ids = ["start", "otherwise", *("otherwise" + ".otherwise" * n for n in range(1, len(nodes)))][: len(nodes)]
    exits = [{"otherwise": after} for after in ids[1:]] + [{}]
    return Flow(start="start", nodes={at: evolve(node, exits=to) for at, node, to in zip(ids, nodes, exits, strict=True)})


def ring(target: Target, timeout: float | None = 20) -> Ring:
    return Ring(targets=(RingTarget(target),), timeout=timeout)


def test_addresses_ring_one_after_the_other_for_one_time_at_one_port_and_then_comes_the_mailbox() -> None:
    flow = unicall.parse(REQUEST).flow
    first, second, last = flow.nodes.values()
    assert first == Ring(
        targets=(RingTarget(SipAddress("192.0.2.10", 5080)),), timeout=25, exits={"otherwise": "otherwise"}, extras=first.extras
    )
    assert isinstance(second, Ring)
    assert (second.targets[0].target, second.timeout) == (SipAddress("192.0.2.11", 5080), 25)
    assert last == Voicemail(mailbox=Reference("api19", "mailbox", "12"))


def test_a_request_is_told_from_a_record_and_remembers_its_form() -> None:
    assert unicall.detect(REQUEST) == "api19"
    assert API19.form(unicall.parse(REQUEST).flow) == "request"
    assert API19.form(unicall.parse(record({"route1": "192.0.2.10"})).flow) == "record"


@given(invented.request_documents())
def test_any_request_comes_back_exactly_and_settles_as_a_record(document: Json) -> None:
    flow = unicall.parse(document, "api19").flow
    assert API19.form(flow) == "request"
    assert text(unicall.emit(flow, "api19").document) == text(document)
    entry = unicall.emit(flow, "api19", "record").document
    assert text(unicall.emit(unicall.parse(entry, "api19").flow, "api19").document) == text(entry)


@given(invented.entries())
def test_what_any_record_becomes_is_settled(document: Json) -> None:
    written = request_of(document)
    flow = unicall.parse(written, "api19").flow
    assert API19.form(flow) == "request"
    assert text(unicall.emit(flow, "api19").document) == text(written)


def test_a_record_becomes_the_update_of_its_own_call_flow() -> None:
    routing = {"route1": "192.0.2.10", "sip_port1": 5080, "route1_wait": 25, "route2": "192.0.2.11", "sip_port2": 5080, "wait": 25}
    written = request_of(record(routing, id=7, e164=True))
    assert written == {key: value for key, value in REQUEST.items() if key != "voicemail_box"} | {"e164": "yes"}


@pytest.mark.parametrize(
    ("said", "written"), [(True, "yes"), (0, "no"), ("Yes", "yes"), ("NO", "no"), (None, "no"), ("maybe", "maybe")]
)
def test_a_record_says_yes_and_no_in_many_ways_and_a_request_in_one(said: object, written: str) -> None:
    assert request_of(record({"route1": "192.0.2.10"}, e164=said))["e164"] == written


@pytest.mark.parametrize(
    ("routing", "code", "pointer"),
    [
        ({"route1": "192.0.2.10", "route2": "device:694"}, "UC223", "/json/route2"),
        ({"route1": "192.0.2.10", "route2": "8015550142"}, "UC303", "/json/route2"),
        ({"route1": "192.0.2.10", "route2": "sip:desk@example.com"}, "UC303", "/json/route2"),
        ({"route1": "192.0.2.10", "route1_simul": "192.0.2.11"}, "UC303", "/json/route1_simul"),
        ({"route1": "192.0.2.10", "route2": "192.0.2.11", "sip_port2": 5080}, "UC303", "/json/route2"),
        ({"route1": "192.0.2.10", "route1_wait": 9, "route2": "192.0.2.11", "route2_wait": 10}, "UC301", "/json/route2_wait"),
        ({f"route{n}": f"192.0.2.{n}" for n in range(1, 6)}, "UC218", "/json/route5"),
        ({"route1": "192.0.2.10", "dnis": "0142"}, "UC413", "/json/dnis"),
        ({"route1": "192.0.2.10", "url": "https://example.com"}, "UC501", "/json/url"),
        ({"route1": "192.0.2.10"}, "UC311", "/name"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_the_update_call_does_not_take_is_said(routing: Json, code: str, pointer: str) -> None:
    assert (code, pointer) in losses(record(routing))


def test_a_flow_without_anything_to_ring_gets_no_address_and_both_are_said() -> None:
    document = record({"route1": "device:694"})
    assert request_of(document) == {"call_flow_id": "7", "e164": "no"}
    assert ("UC223", "/json/route1") in losses(document)


def test_the_id_of_a_fax_flow_is_never_taken_for_that_of_a_call_flow() -> None:
    fax = {"id": "7", "name": "Fax", "emails_json": '["desk@example.com"]', "emails_allowed_in": None}
    assert request_of(fax) == {"e164": "no"}
    assert ("UC218", "/emails_json") in losses(fax)


def test_a_flow_from_elsewhere_is_written_without_an_id_that_nobody_knows() -> None:
    flow = chain(ring(SipAddress("192.0.2.10", 5060)))
    written = unicall.emit(flow, "api19", "request").document
    assert written == {"e164": "no", "ip_address_1": "192.0.2.10", "sip_port": "5060", "wait_time": "20"}
    said = [p for p in unicall.parse(written, "api19").problems if p.code == "UC406"]
    assert [p.message for p in said] == ["API19 requires call_flow_id, which the flow does not have"]


@pytest.mark.parametrize(
    ("mailbox", "written"),
    [
        (Reference("api19", "mailbox", "12"), "12"),
        (Reference("api19", "device", "12"), None),
        (Reference("vinix", "mailbox", "12"), None),
        (None, None),
    ],
)
def test_only_a_mailbox_of_the_account_is_written(mailbox: Reference | None, written: str | None) -> None:
    flow = chain(ring(SipAddress("192.0.2.10", 5060)), Voicemail(mailbox=mailbox))
    emitted = unicall.emit(flow, "api19", "request")
    assert emitted.document.get("voicemail_box") == written
    assert ("UC218" in [p.code for p in emitted.problems]) == (written is None)


def test_the_greeting_of_a_mailbox_stays_behind_and_is_said() -> None:
    greeted = Voicemail(mailbox=Reference("api19", "mailbox", "12"), greeting=Speech("Hi"))
    flow = chain(ring(SipAddress("192.0.2.10", 5060)), greeted)
    assert "UC305" in [p.code for p in unicall.emit(flow, "api19", "request").problems]


def test_a_record_has_no_mailbox_and_a_request_has_no_fax() -> None:
    assert "UC218" in [p.code for p in unicall.emit(unicall.parse(REQUEST).flow, "api19", "record").problems]
    assert "UC218" in [p.code for p in unicall.emit(Flow(start="start", nodes={"start": Fax()}), "api19", "request").problems]


def test_a_phone_number_is_no_address() -> None:
    emitted = unicall.emit(chain(ring(PhoneNumber("+12025550142"))), "api19", "request")
    assert emitted.document == {"e164": "no"}
    assert "UC303" in [p.code for p in emitted.problems]


def test_text_that_is_no_address_is_kept_and_said_and_no_target_of_a_record() -> None:
    document = REQUEST | {"ip_address_2": "pbx.example.com"}
    parsed = unicall.parse(document)
    assert [(p.code, p.pointer) for p in parsed.problems if p.code == "UC102"] == [("UC102", "/ip_address_2")]
    as_record = unicall.emit(parsed.flow, "api19", "record")
    assert "pbx" not in as_record.document["json"]
    assert "UC223" in [p.code for p in as_record.problems]


def test_a_gap_between_the_addresses_is_kept_as_long_as_four_are_enough() -> None:
    document = {"call_flow_id": "7", "e164": "no", "ip_address_1": "192.0.2.10", "ip_address_4": "192.0.2.13", "sip_port": "5060"}
    flow = unicall.parse(document).flow
    assert unicall.emit(flow, "api19").document == document
    longer = chain(*(node for node in flow.nodes.values() if isinstance(node, Ring)), ring(SipAddress("192.0.2.14", 5060), None))
    more = Flow(start="start", nodes=longer.nodes, extras=flow.extras)
    assert [key for key in unicall.emit(more, "api19").document if key.startswith("ip_")] == [f"ip_address_{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize("missing", ["call_flow_id", "e164", "ip_address_1"])
@pytest.mark.parametrize("empty", [True, False])
def test_a_required_argument_that_is_missing_or_empty_is_said(missing: str, empty: bool) -> None:
    document = {key: value for key, value in REQUEST.items() if key != missing} | ({missing: ""} if empty else {})
    said = [p.message for p in unicall.parse(document, "api19").problems if p.code == "UC406"]
    assert said == [f"API19 requires {missing}, which the flow does not have"]


@pytest.mark.parametrize(
    ("argument", "value", "code"), [("make_default", "yes", "UC501"), ("e164", "yes", "UC413"), ("notes", "x", "UC501")]
)
def test_what_a_request_says_beside_the_flow_is_said_when_it_stays_behind(argument: str, value: str, code: str) -> None:
    problems = unicall.translate(REQUEST | {argument: value}, target="vinix").problems
    assert (code, f"/{argument}") in [(p.code, p.pointer) for p in problems]


def test_no_record_is_taken_and_a_request_is() -> None:
    assert "--form request" in str(API19.unaccepted("record"))
    assert API19.unaccepted("request") is None


# The documented defect.

BROKEN = '{"status": "ok", "fax_flows": [{"id": "1", "name": "a ] b"}]\n  "call_flows": [{"json": "{\\"a\\":[1] }"}]}'


def test_a_defect_is_repaired_only_where_the_user_asked_for_it() -> None:
    assert API19.repaired(BROKEN) == BROKEN
    repaired = API19.configured({"repair": True}).repaired(BROKEN)
    assert repaired == BROKEN.replace(']\n  "call', '],\n  "call')
    assert API19.configured({"repair": False}).repaired(BROKEN) == BROKEN
    assert API19.repaired(BROKEN) == BROKEN


@pytest.mark.parametrize("valid", ['{"a": "x ] ", "b": "} \\" ] "}', '[["a"], "b"]', '{"a": {} , "b": [] }', '"] "', '"} \\"'])
def test_text_without_the_defect_is_left_alone(valid: str) -> None:
    assert API19.configured({"repair": True}).repaired(valid) == valid


@given(invented.list_documents())
def test_no_list_answer_is_changed_by_the_repair(answer: Json) -> None:
    for indent in (None, 2):
        raw = json.dumps(answer, indent=indent)
        assert API19.configured({"repair": True}).repaired(raw) == raw


def test_repair_is_true_or_false() -> None:
    broken = {"api19": {"repair": "perhaps"}}
    with pytest.raises(DocumentError):
        unicall.parse(REQUEST, settings=broken)
    assert unicall.parse(BROKEN_LIST, "api19", settings={"api19": {"repair": True}}).flow.name == "Main"
    with pytest.raises(DocumentError):
        unicall.parse(BROKEN_LIST, "api19")


BROKEN_LIST = '{"status": "ok", "fax_flows": []\n "call_flows": [{"id": "1", "name": "Main", "json": "", "e164": "no"}]}'


def edited(document: Json, change: Any) -> Any:
    """The document after it was a Vinix bundle in which somebody changed the tree."""
    there = unicall.translate(document, "api19", "vinix")
    bundle: Any = json.loads(json.dumps(there.document))
    bundle["callflow"]["flow"] = change(bundle["callflow"]["flow"])
    back: Any = unicall.translate(bundle, "vinix", "api19", residue=there.residue).document
    return json.loads(back["json"]) if "json" in back else back


def without_the_first(tree: Any) -> Any:
    return tree["children"]["_"]


def first_two_swapped(tree: Any) -> Any:
    second = tree["children"]["_"]
    tree["children"]["_"], second["children"]["_"] = second["children"]["_"], tree
    return second


def test_the_steps_of_a_request_count_from_one_once_one_of_them_is_gone() -> None:
    assert edited(REQUEST, without_the_first) == {
        **{key: value for key, value in REQUEST.items() if key != "ip_address_2"}, "ip_address_1": "192.0.2.11"
    }  # fmt: skip


STEPS = {
    "route1": "sip:192.0.2.10:5080", "route1_wait": 20, "route2": "192.0.2.11", "sip_port2": "5090", "route2_wait": "25",
    "route4": "192.0.2.12", "route4_wait": 9,
}  # fmt: skip


def test_steps_keep_their_numbers_as_long_as_none_moves() -> None:
    assert edited(record(STEPS), lambda tree: tree) == STEPS


def test_steps_that_moved_count_from_one_and_take_their_spelling_along() -> None:
    assert edited(record(STEPS), first_two_swapped) == {
        "route1": "192.0.2.11", "sip_port1": "5090", "route1_wait": "25", "route2": "sip:192.0.2.10:5080", "route2_wait": 20,
        "route3": "192.0.2.12", "route3_wait": 9,
    }  # fmt: skip
    assert edited(record(STEPS), without_the_first) == {
        "route1": "192.0.2.11", "sip_port1": "5090", "route1_wait": "25", "route2": "192.0.2.12", "route2_wait": 9,
    }  # fmt: skip


def test_a_deleted_step_does_not_come_back_by_its_spelling() -> None:
    routing = {"route1": "192.0.2.10", "route1_wait": 20, "route2": "+12025550142", "route2_wait": "20"}
    assert edited(record(routing), lambda tree: tree | {"children": {}}) == {"route1": "192.0.2.10", "route1_wait": 20}


def test_a_port_that_is_none_is_said_and_not_written() -> None:
    for routing in ({"route1": "192.0.2.10", "sip_port1": 0}, {"route1": "192.0.2.10", "sip_port1": 70000}):
        result = unicall.translate(record(routing), "api19", "vinix")
        [device] = result.document["devices"].values()
        assert device["sip"]["route"] == "sip:192.0.2.10"
        assert [p.pointer for p in result.problems if p.code == "UC101"] == ["/json/sip_port1"]
        assert edited(record(routing), lambda tree: tree) == routing


def test_an_address_with_colons_stands_in_brackets_in_a_uri() -> None:
    for spelled in ({"route1": "2001:db8::1", "sip_port1": 5070}, {"route1": "sip:[2001:db8::1]:5070"}):
        flow = unicall.parse(record(spelled)).flow
        assert flow.nodes["start"] == evolve(ring(SipAddress("2001:db8::1", 5070), None), extras=flow.nodes["start"].extras)
        written: Any = unicall.emit(flow, "vinix").document
        assert [device["sip"]["route"] for device in written["devices"].values()] == ["sip:[2001:db8::1]:5070"]
        assert unicall.parse(written).flow.nodes["start"].targets[0].target == SipAddress("2001:db8::1", 5070)  # type: ignore[attr-defined]


def test_of_two_that_ring_together_the_one_with_a_port_stands_first() -> None:
    usual, unusual = SipAddress("192.0.2.10", 5060), SipAddress("192.0.2.11", 5080)
    pairs: list[tuple[Target, Target]] = [(usual, unusual), (unusual, usual), (PhoneNumber("+12025550142"), unusual)]
    for pair in pairs:
        node = Ring(targets=tuple(map(RingTarget, pair)), timeout=20)
        emitted = unicall.emit(Flow(name="Main", start="start", nodes={"start": node}), "api19")
        routing = json.loads(emitted.document["json"])
        assert (routing["route1"], routing["sip_port1"]) == ("192.0.2.11", 5080)
        assert not [p for p in emitted.problems if p.code != "UC403"]


def test_addresses_of_a_fax_that_are_no_json_are_refused_where_they_stand() -> None:
    with pytest.raises(DocumentError) as refused:
        unicall.parse({"id": "7", "name": "Fax", "emails_json": '["desk@example.com"'})
    assert refused.value.pointer == "/emails_json"


def test_an_address_that_brings_a_port_of_its_own_is_kept_as_it_stands() -> None:
    request = {"call_flow_id": "12", "e164": "no", "ip_address_1": "sip:[2001:db8::1]:5070", "sip_port": "5060"}
    parsed = unicall.parse(request, "api19")
    assert unicall.emit(parsed.flow, "api19").document == request
    assert "UC102" in [problem.code for problem in parsed.problems]


def test_a_wait_below_nought_is_none() -> None:
    parsed = unicall.parse({"call_flow_id": 1, "e164": "no", "ip_address_1": "192.0.2.10", "wait_time": -1}, "api19")
    start = parsed.flow.nodes["start"]
    assert isinstance(start, Ring)
    assert start.timeout is None
    assert [(p.code, p.pointer) for p in parsed.problems if p.code == "UC101"] == [("UC101", "/wait_time")]


def test_an_empty_second_target_rings_nobody() -> None:
    record = {"id": "1", "json": '{"route1":"192.0.2.10","sip_port1":5060,"route1_wait":5,"route1_simul":""}', "e164": "no"}
    flow = unicall.parse(record, "api19").flow
    start = flow.nodes["start"]
    assert isinstance(start, Ring)
    assert [rung.target for rung in start.targets] == [SipAddress("192.0.2.10", 5060)]
    assert unicall.emit(flow, "api19").document == record


def test_one_step_that_rings_longer_does_not_change_the_others() -> None:
    steps = {f"route{n}": f"192.0.2.{n}" for n in range(1, 5)} | {f"route{n}_wait": 5 for n in range(2, 5)} | {"route1_wait": 9}
    record = {"id": "1", "name": "x", "user_id": "2", "e164": "no", "json": json.dumps(steps)}
    result = unicall.translate(record, "api19", "api19", "request")
    assert result.document["wait_time"] == "5"
    assert [problem.pointer for problem in result.problems if problem.severity == "changed"] == ["/json/route1_wait"]


def test_the_wait_of_a_step_that_rings_nobody_is_bookkeeping() -> None:
    routing = {"route1": "192.0.2.10", "route1_wait": 20, "route2": "", "route2_wait": 5}
    problems = unicall.translate({"name": "Desk", "json": routing}, "api19", "vinix").problems
    found = [problem for problem in problems if "route2_wait" in problem.message]
    assert [(p.code, p.value) for p in found] == [("UC901", {"json/route2_wait": 5, "json/route2": ""})]
