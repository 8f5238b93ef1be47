"""The bodies that create a flow: how they are told from a record, what they hold, and what crosses between the two."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

import unicall
from tests.convirza.records import DISCLAIMER, FIRST, HUNT, SECOND, flat, item, option, read, simple, steps, submenu, tree
from unicall.adapter import Form, find
from unicall.graph import (
    Announce,
    EntryPoint,
    Flow,
    Hangup,
    Menu,
    PhoneNumber,
    Region,
    Ring,
    RingTarget,
    Schedule,
    Settings,
    Speech,
    Split,
    VendorNode,
    Voicemail,
)
from unicall.hours import Hours, Recurrence

ADAPTER = find("convirza-v2")
NUMBER = {"number": {"phone_number_id": 67890, "phone_number": 8015550122}}
SHARE = {"percentage": 100, "per_target_did": 8015550151}
POOL = {"pool_name": "Example pool", "keep_alive_minutes": 60, "number_quantity": 8, "npa": 801, "nxx": 555}


def plain(**fields: Any) -> list[Any]:
    """The body of the plain create."""
    return [{"routable_type": "SimpleRoute", "default_ringto": "8015550142"} | NUMBER | fields]


def menus(*items: Any, **fields: Any) -> list[Any]:
    """The body of the multi-level create."""
    return [{"message": "Welcome."} | fields | NUMBER | {"ivrs": list(items)}]


def single(key: Any = 1, **fields: Any) -> dict[str, Any]:
    """An item of the single level that the plain create has."""
    return {"key": key, "name": "", "route_type": "Simple", "target_did": "8015550142"} | fields


def form_of(document: Any) -> Form:
    return ADAPTER.form(unicall.parse(document, "convirza-v2").flow)


def bare(flow: Flow) -> Flow:
    """The flow without what its vendor alone knows."""
    nodes = {at: evolve(node, extras={}) for at, node in flow.nodes.items()}
    return evolve(flow, extras={}, nodes=nodes)


def crossed(document: Any, form: Form) -> tuple[Any, list[tuple[str, str]]]:
    """The same flow in the other form, and what that says."""
    result = unicall.translate(document, "convirza-v2", "convirza-v2", form)
    assert ADAPTER.form(unicall.parse(result.document, "convirza-v2").flow) == form
    found = result.document[0] if form == "request" else result.document
    return found, [(problem.code, problem.pointer) for problem in result.problems]


# Telling the forms apart.


@pytest.mark.parametrize(
    ("document", "form"),
    [
        (simple(), "record"),
        (simple(dnis="8015550122", campaign_id=311), "record"),
        (simple(call_flow_id=7, number=[{"npa": 801, "nxx": 555}]), "record"),
        (simple(call_flow_created="2026-02-03T15:04:05.000Z", isSimultaneous=False), "record"),
        (tree(item()), "record"),
        (plain(), "request"),
        (plain()[0], "request"),
        (simple(call_flow_id=7, campaign_id=311), "request"),
        (simple(number_pool=POOL), "request"),
        (simple(webhook_id=17), "request"),
        (simple(isSimultaneous=False), "request"),
        (simple(number=None), "request"),
        ([{"message": "Welcome.", "ivrs": [item()]}], "request"),
        ({"call_flow": plain(), "locations": {}}, "request"),
        ({"call_flow": plain()[0]}, "request"),
    ],
)
def test_a_body_has_what_only_a_body_has_and_nothing_that_only_a_record_has(document: Any, form: Form) -> None:
    assert unicall.detect(document) == "convirza-v2"
    assert form_of(document) == form
    read(document)


def test_each_entry_of_a_body_is_a_flow_in_an_array_of_its_own() -> None:
    body = [*plain(), *menus(item()), simple()]
    assert list(ADAPTER.records(body)) == [("/0", [body[0]]), ("/1", [body[1]]), ("/2", body[2])]
    assert [parsed.pointer for parsed in unicall.parse_all(body)] == ["/0", "/1", "/2"]


def test_pointers_go_into_the_array() -> None:
    body = plain(default_ringto="x")
    assert [problem.pointer for problem in unicall.parse(body, "convirza-v2").problems] == ["/0/default_ringto"]
    bundle = {"call_flow": body}
    assert [problem.pointer for problem in unicall.parse(bundle, "convirza-v2").problems] == ["/call_flow/0/default_ringto"]


def test_a_flow_that_was_read_from_a_body_goes_back_into_an_array_as_it_was_read() -> None:
    assert unicall.emit(read(plain()).flow, "convirza-v2").document == plain()
    assert unicall.emit(read(plain()[0]).flow, "convirza-v2").document == plain()[0]


@pytest.mark.parametrize("key", ["provisioned_route_id", "provisioned_route_name", "route_type", "org_unit_id"])
def test_a_provisioned_route_is_no_document_of_v2(key: str) -> None:
    assert not ADAPTER.detect({key: 1, "ivrs": [], "geo_route": {}, "percentage_route": [], "overflowNumbers": []})


def test_only_a_request_is_accepted() -> None:
    assert ADAPTER.unaccepted("request") is None
    assert "--form request" in str(ADAPTER.unaccepted("record"))


# The same business in both forms.


@pytest.mark.parametrize(
    ("record", "request_"),
    [
        (simple(), plain()),
        (simple(default_ringto="hangup"), plain(default_ringto="hangup")),
        (simple(hunt_type="overflow", overflowNumbers=HUNT), plain(isSimultaneous=False, overflowNumbers=HUNT)),
        (simple(hunt_type="simultaneous", overflowNumbers=HUNT), plain(isSimultaneous=True, overflowNumbers=HUNT)),
        (
            simple(message_enabled=True, message="Hi.", play_disclaimer="before", voicemail_enabled=True, voicemail_rings=4),
            plain(message_enabled=True, message="Hi.", play_disclaimer="before", voicemail_enabled=True, voicemail_rings=4),
        ),
        (tree(item(target_did="8015550142")), menus(item(target_did=8015550142))),
        (tree(submenu(item(go_back_key=9))), menus(submenu(item(go_back_key=9)))),
        (
            flat(option(ivr_play_disclaimer=True, ivr_record_enabled=True, ivr_message_enabled=True, ivr_message="Hi.")),
            menus(item(play_disclaimer="before", record_enabled=True, message="Hi.")),
        ),
        (
            flat(option(ivr_play_disclaimer=True, ivr_message_enabled=False, ivr_message="Silent.")),
            [
                {"routable_type": "IvrRoute2", "message": "Welcome."}
                | NUMBER
                | {"ivrs": [single(play_disclaimer="before", message_enabled=False, message="Silent.")]}
            ],
        ),
    ],
)
def test_the_same_business_is_the_same_flow_in_both_forms(record: Any, request_: Any) -> None:
    from_record, from_request = read(record | {"dnis": "8015550122"}).flow, read(request_).flow
    assert bare(from_record) == bare(from_request)


def test_a_number_pool_is_kept_and_is_no_way_in() -> None:
    parsed = read([{**simple(), "number_pool": POOL}])
    assert parsed.flow.entry_points == ()
    said = [(p.code, p.pointer) for p in unicall.translate([{**simple(), "number_pool": POOL}], target="vinix").problems]
    assert ("UC402", "/0/number_pool") in said


def test_an_id_without_a_number_updates_a_flow_and_comes_back_so() -> None:
    body = [{"call_flow_id": 1022, "campaign_id": 311, **simple()}]
    assert read(body).flow.entry_points == ()


def test_a_route_that_nobody_knows_is_kept() -> None:
    body = [{"campaign_id": 311, "routable_type": "AgentRoute", "agent_id": 42, "isSimultaneous": True}]
    parsed = read(body)
    assert [(p.code, p.pointer) for p in parsed.problems] == [("UC101", "/0/routable_type")]


def test_an_item_of_the_single_level_has_its_own_words() -> None:
    body = [simple(routable_type="IvrRoute2", message="Welcome.", **NUMBER)]
    body[0]["ivrs"] = [single(message_enabled=True, message="One."), single(2, name="Two", message_enabled=False, message="Two.")]
    assert steps(body) == ["Menu", "One.", ((FIRST,), None), ((FIRST,), None)]
    assert read(body).flow.nodes["2"].label == "Two"


def test_a_route_of_the_single_level_that_nobody_knows_is_kept() -> None:
    parsed = read([{"campaign_id": 311, "ivrs": [single(route_type="Geo")]}])
    assert isinstance(parsed.flow.nodes["1"], VendorNode)
    assert ("UC101", "/0/ivrs/0/route_type") in [(p.code, p.pointer) for p in parsed.problems]


def test_a_region_of_a_plain_body_names_its_list_of_locations() -> None:
    block = {"strategy": "Npa", "radius": 25, "location_id": 311}
    body = [{"campaign_id": 311, "routable_type": "GeoRoute", "default_ringto": "8015550142", "geo_route": block}]
    spots = [{"city": "Provo", "geo_target_did": 8015550151}]
    assert [problem.code for problem in read(body).problems] == ["UC103"]
    bundle = {"call_flow": body, "locations": {"311": spots}}
    assert steps(bundle) == ["Region", ((SECOND,), None), ((FIRST,), None)]


def test_the_schedule_of_a_plain_body_is_the_one_of_a_menu_item() -> None:
    hours = {"schedule_days": [{"id": "Mon"}], "schedule_start_time": "08:00 AM", "schedule_end_time": "End of Day"}
    route = {"timezone": "Mountain", "default_ringto": 8015550142, "schedules": [hours | {"ring_to": 8015550151}]}
    body = [{"campaign_id": 311, "routable_type": "ScheduleRoute", "scheduleRoute": route}]
    assert steps(body) == ["Schedule", ((SECOND,), None), ((FIRST,), None)]


# What crosses between the forms.


def test_a_record_becomes_the_body_that_creates_its_flow() -> None:
    record = simple(dnis="8015550122", hunt_type="Simultaneous", overflowNumbers=HUNT[:1], channel_id=7, call_value=12.5)
    body, said = crossed(record, "request")
    assert body == {
        "call_value": 12.5,
        "channel_id": 7,
        "number": {"phone_number": 8015550122},
        "routable_type": "SimpleRoute",
        "default_ringto": "8015550142",
        "isSimultaneous": True,
        "overflowNumbers": HUNT[:1],
    }
    assert said == []


def test_a_body_becomes_a_record() -> None:
    body = plain(isSimultaneous=True, overflowNumbers=HUNT[:1], channel_id=7)
    record, said = crossed(body, "record")
    assert record == {
        "routable_type": "SimpleRoute",
        "default_ringto": "8015550142",
        "overflowNumbers": HUNT[:1],
        "channel_id": 7,
        "dnis": "8015550122",
        "hunt_type": "simultaneous",
    }
    assert said == [("UC901", "/0/number/phone_number_id")]


def test_a_menu_crosses_with_its_targets_as_each_form_has_them() -> None:
    below = item(2, "interactiveVoice", message="Below.", ivrData=[item(go_back_key=9)])
    record = tree(item(target_did="8015550142", ivr_option_id=9), below, dnis="8015550122")
    body, said = crossed(record, "request")
    assert "routable_type" not in body
    assert body["ivrs"][0] == {"key": 1, "action": "simple", "target_did": 8015550142}
    assert body["ivrs"][1]["ivrData"][0]["target_did"] == 8015550142
    assert said == [("UC901", "/ivrs/0/ivr_option_id")]
    back, _ = crossed([body], "record")
    assert back["ivrs"][0]["target_did"] == "8015550142"
    assert back["routable_type"] == "IvrRoute2"


def test_a_flat_menu_becomes_items_with_words_for_the_disclaimer() -> None:
    record = flat(option(ivr_play_disclaimer=True, ivr_message_enabled=True, ivr_message="Hi."), dnis="8015550122")
    body, _ = crossed(record, "request")
    assert "ivr_route" not in body
    assert body["ivrs"] == [
        {
            "key": 1,
            "action": "simple",
            "message": "Hi.",
            "target_did": 8015550142,
            "record_enabled": False,
            "play_disclaimer": "before",
            "whisper_enabled": False,
            "voicemail_enabled": False,
        }
    ]


@pytest.mark.parametrize(("text", "number"), [("8015550199", 8015550199), ("ask us", "ask us")])
def test_the_referral_number_is_text_in_a_record_and_an_integer_in_a_body(text: str, number: Any) -> None:
    body, _ = crossed(simple(dnis="8015550122", referral_number=text), "request")
    assert body["referral_number"] == number
    record, _ = crossed(plain(referral_number=number), "record")
    assert record["referral_number"] == text


def test_the_list_under_number_that_an_answer_has_is_no_number_of_a_body() -> None:
    body, said = crossed(simple(call_flow_id=7, number=[{"npa": 801}]), "request")
    assert "number" not in body
    assert said == [("UC901", "")]


def test_an_empty_referral_number_is_left_out_of_a_body() -> None:
    body, said = crossed(simple(dnis="8015550122", referral_number=""), "request")
    assert "referral_number" not in body
    assert said == []


def test_what_has_no_place_in_a_record_is_said() -> None:
    extra = {"campaign_id": 311, "webhook_id": 17, "number_pool": POOL}
    record, said = crossed([simple() | extra], "record")
    assert not extra.keys() & record.keys()
    assert set(said) >= {("UC402", "/0/number_pool"), ("UC411", "/0/webhook_id"), ("UC901", "/0/campaign_id")}


def test_what_has_no_place_in_a_body_is_said() -> None:
    extra = {
        "call_flow_id": 7,
        "call_flow_created": "2026-02-03T15:04:05.000Z",
        "routable_id": 70,
        "record_until": "2019-08-24T14:15:22.123Z",
        "postcall_ivr_id": 2,
    }
    body, said = crossed(simple(dnis="8015550122", **extra), "request")
    assert not extra.keys() & body.keys()
    assert set(said) == {("UC410", "/record_until"), ("UC414", "/postcall_ivr_id"), ("UC901", "")}


def test_a_body_for_menus_has_fewer_keys_than_a_plain_one() -> None:
    keys = {"ring_delay": 18, "whisper_enabled": True, "postcall_ivr_enabled": True}
    record = tree(item(), dnis="8015550122", **keys)
    body, said = crossed(record, "request")
    assert not keys.keys() & body.keys()
    assert {code for code, _ in said} == {"UC413", "UC414", "UC901"}
    assert crossed(simple(dnis="8015550122", **keys), "request")[0].keys() >= keys.keys()


def test_an_unknown_key_goes_wherever_its_flow_goes() -> None:
    assert crossed(simple(dnis="8015550122", x_note=[1]), "request")[0]["x_note"] == [1]
    assert crossed(plain(x_note=[1]), "record")[0]["x_note"] == [1]


def test_a_message_that_was_switched_off_does_not_speak_up_where_there_is_no_switch() -> None:
    body, _ = crossed(tree(item(), dnis="8015550122", message_enabled=False, message="Off."), "request")
    assert "message" not in body
    single_level = [{"campaign_id": 311, "message": "Hi.", "ivrs": [single(message_enabled=False, message="Off.")]}]
    record, _ = crossed(single_level, "record")
    assert "message" not in record["ivrs"][0]


# What a request holds.


def lost(record: Any) -> set[tuple[str, str]]:
    """What creating the flow of a record loses."""
    return {pair for pair in crossed(record | {"dnis": "8015550122"}, "request")[1] if pair[0] not in ("UC901", "UC416")}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"routable_type": "PercentageBasedRoute", "percentage_route": [SHARE]}, "UC210"),
        ({"routable_type": "GeoRoute", "geo_route": {"options": [{"city": "Provo", "geo_target_did": 8015550142}]}}, "UC212"),
        ({"routable_type": "VoicemailRoute"}, "UC218"),
        ({"routable_type": "OutboundRoute", "outbound": {"pin": "4321"}}, "UC214"),
        ({"routable_type": "ScheduleRoute", "schedule_route": {"options": [{"day": 1}]}}, "UC214"),
        ({"routable_type": "AgentRoute"}, "UC214"),
    ],
)
def test_a_route_that_v2_only_reads_is_not_created_and_that_is_said(record: Any, said: str) -> None:
    assert said in {code for code, _ in lost(record)}


def test_recording_and_a_disclaimer_before_a_menu_cannot_be_created() -> None:
    record = tree(item(), record_call_enabled=True, play_disclaimer="before")
    assert lost(record) == {("UC217", "/record_call_enabled"), ("UC216", "/play_disclaimer")}


def test_a_disclaimer_before_a_menu_stays_where_a_body_had_one() -> None:
    body = [{"routable_type": "IvrRoute2", "play_disclaimer": "before", "message": "Hi.", **NUMBER, "ivrs": [single()]}]
    parsed = read(body)
    assert isinstance(parsed.flow.nodes["start"], Announce)
    assert [problem.code for problem in unicall.emit(parsed.flow, "convirza-v2").problems] == []


def test_a_number_that_nobody_named_is_not_asked_for() -> None:
    assert lost({"routable_type": "SimpleRoute"}) == set()


def ring(number: str = FIRST) -> Ring:
    return Ring(targets=(RingTarget(PhoneNumber(number)),))


def created(flow: Flow) -> tuple[Any, list[str]]:
    flow = evolve(flow, entry_points=(EntryPoint("number", "+18015550122"),))
    emitted = unicall.emit(flow, "convirza-v2", "request")
    again = unicall.parse(emitted.document, "convirza-v2").flow
    assert json.dumps(unicall.emit(again, "convirza-v2").document) == json.dumps(emitted.document)
    return emitted.document, [problem.code for problem in emitted.problems if problem.severity != "note"]


def test_a_new_plain_body_is_complete_and_invents_no_id() -> None:
    flow = Flow(name="Main", start="start", nodes={"start": ring()}, settings=Settings(active=True))
    assert created(flow) == (
        [
            {
                "call_flow_name": "Main",
                "call_flow_status": "active",
                "repeat_interval": 72,
                "call_value": 0,
                "message_enabled": False,
                "message": "",
                "email_to_notify": "",
                "play_disclaimer": "never",
                "voicemail_enabled": False,
                "voicemail_rings": 3,
                "voicemail_greeting": "",
                "webhook_enabled": False,
                "whisper_enabled": False,
                "whisper_message": "",
                "ring_delay": 18,
                "postcall_ivr_enabled": False,
                "number": {"phone_number": 8015550122},
                "routable_type": "SimpleRoute",
                "default_ringto": "8015550142",
                "isSimultaneous": False,
            }
        ],
        [],
    )


def test_a_new_body_for_menus_has_only_what_its_page_lists() -> None:
    nodes = {"start": Menu(greeting=Speech("Hi."), exits={"1": "1"}), "1": ring()}
    ((body,), said) = created(Flow(start="start", nodes=nodes))
    assert said == []
    assert list(body) == [
        *("repeat_interval", "call_value", "message", "email_to_notify", "voicemail_rings", "voicemail_greeting"),
        *("webhook_enabled", "number", "ivrs"),
    ]


def test_every_leaf_can_stand_behind_a_key() -> None:
    window = Hours(name="open", recurrences=(Recurrence(frequency="weekly", weekdays=("MO",), start=28800, end=61200),))
    nodes = {
        "start": Menu(greeting=Speech("Hi."), exits={"1": "1", "2": "2", "3": "3", "4": "4", "5": "5", "6": "6"}),
        "1": Ring(targets=tuple(RingTarget(PhoneNumber(to)) for to in (FIRST, SECOND)), timeout=18, exits={"otherwise": "1.o"}),
        "1.o": Voicemail(),
        "2": Announce(prompt=DISCLAIMER, exits={"next": "2.next"}),
        "2.next": Hangup(),
        "3": Region(by="state", radius=1, exits={"otherwise": "3.otherwise"}),
        "3.otherwise": ring(),
        "4": Schedule(timezone="America/Denver", hours=(window,), exits={"open": "4.open", "otherwise": "4.otherwise"}),
        "4.open": ring(SECOND),
        "4.otherwise": ring(),
        "5": Menu(greeting=Speech("Below."), exits={"1": "5.1", "9": "start"}),
        "5.1": ring(),
        "6": Voicemail(),
    }
    ((body,), said) = created(Flow(start="start", nodes=nodes))
    assert said == []
    assert [entry["action"] for entry in body["ivrs"]] == ["simple", "hangup", "geo", "schedule", "interactiveVoice", "simple"]


@pytest.mark.parametrize(
    "node",
    [
        Split(shares={"a": 100}, exits={"a": "a"}),
        Region(exits={"otherwise": "a"}),
        Schedule(timezone="America/Denver", hours=(Hours(name="h", recurrences=()),), exits={"otherwise": "a"}),
    ],
)
def test_what_only_a_record_says_at_the_start_is_rewritten(node: Any) -> None:
    (body,), said = created(Flow(start="start", nodes={"start": node, "a": ring()}))
    assert body["routable_type"] == "SimpleRoute"
    assert said != []


def test_a_flow_without_an_end_hangs_up() -> None:
    (body,), _ = created(Flow(start="start", nodes={"start": Hangup()}))
    assert body["default_ringto"] == "hangup"


def test_a_menu_without_items_is_a_body_all_the_same() -> None:
    (body,), _ = created(Flow(start="start", nodes={"start": Menu(greeting=Speech("Hi."))}))
    assert body["ivrs"] == []


LEFT = [{"default_ringto": "8015550151"}, {"overflowNumbers": HUNT}, {"voicemail_enabled": True}]


@pytest.mark.parametrize("left", LEFT, ids=str)
def test_what_a_lost_route_did_not_ring_is_not_rung_in_the_body_that_is_left(left: dict[str, Any]) -> None:
    record = {"routable_type": "OutboundRoute", "outbound": {"pin": "4321"}, "dnis": "8015550122", "play_disclaimer": "before"}
    written = unicall.translate(record | left, "convirza-v2", "convirza-v2", form="request")
    again = unicall.parse(written.document, "convirza-v2").flow
    assert not [node for node in again.nodes.values() if isinstance(node, Ring | Voicemail)]
    assert "UC215" in [problem.code for problem in written.problems]
    assert "UC313" not in [problem.code for problem in written.problems]
