"""The table of names, its aliases, and what a user corrects."""

from __future__ import annotations

import json
from typing import Any

import pytest

import unicall
from tests.convirza_v3.records import FIRST, HUNT, V3, crossing, hours, nodes, read, route, scheduled, simple, steps
from unicall.adapter import find
from unicall.problem import DocumentError
from unicall.wire import Wrong
from unicall_convirza.v3.document import ConvirzaV3
from unicall_convirza.v3.leftovers import LEFTOVERS
from unicall_convirza.v3.profile import OBJECTS, ROWS, Profile, corrected


def configured(**given: Any) -> ConvirzaV3:
    adapter = find(V3)
    assert isinstance(adapter, ConvirzaV3)
    return adapter.configured({name: adapter.settings[name].check(value) for name, value in given.items()})


def refusal(profile: Any) -> str:
    with pytest.raises(Wrong) as wrong:
        corrected(profile)
    return wrong.value.expected


# The table.


def test_no_two_facts_of_an_object_share_a_name_or_an_alias() -> None:
    for kind in OBJECTS:
        names = [name for row in ROWS if kind in row.where for name in row.names]
        assert sorted(names) == sorted(set(names))


def test_every_fact_stands_in_objects_that_there_are_and_says_how_sure_it_is() -> None:
    assert {kind for row in ROWS for kind in row.where} == set(OBJECTS)
    assert all(row.sure and row.names for row in ROWS)


def test_every_fact_that_can_stay_behind_has_a_meaning() -> None:
    read_always = {"routes", "name", "status", "notify", "spam_filter"}
    assert {row.fact for row in ROWS} - read_always == set(LEFTOVERS)


def test_the_names_of_a_new_route_are_the_first_of_each_fact() -> None:
    first = {row.names[0] for row in ROWS if "route" in row.where}
    v2 = {"call_flow_id": 1, "routable_type": "SimpleRoute", "call_flow_name": "A", "default_ringto": "8015550142"}
    assert set(crossing(v2, "convirza-v2", V3).document) <= first


# Aliases.


@pytest.mark.parametrize(
    "record",
    [
        {"route_type": "simple", "target_did": "18015550142"},
        {"route_type": "simple", "default_ring_to": "18015550142"},
        {"route_type": "simple", "ring_to": None, "default_ringto": "18015550142"},
        {"route_type": "simple", "ring_to": "", "target_did": "18015550142"},
        {"provisioned_route_id": 1, "routable_type": "SimpleRoute", "ring_to": "18015550142"},
    ],
)
def test_a_fact_is_read_under_any_of_its_names(record: Any) -> None:
    assert steps(record) == [((FIRST,), None)]


def test_the_name_that_says_something_counts_and_the_other_stays() -> None:
    parsed = read({"route_type": "simple", "ring_to": "", "target_did": "18015550142"})
    assert parsed.flow.extras[V3]["rest"] == {"ring_to": ""}


def test_an_edit_is_written_under_the_name_that_was_read() -> None:
    record = {"route_type": "simple", "ring_to": None, "target_did": "18015550142"}
    flow = unicall.parse(json.dumps(record).replace("0142", "0143"), V3).flow
    assert unicall.emit(flow, V3).document == record | {"target_did": "18015550143"}


# What a user corrects.


def test_a_corrected_name_is_written_everywhere_it_stands() -> None:
    v2 = {"call_flow_id": 1, "routable_type": "SimpleRoute", "default_ringto": "8015550142"}
    profile = {"ring_to": "first_target", "kind": ["sort", "route_type"]}
    document = unicall.translate(v2, "convirza-v2", V3, settings={V3: {"profile": profile}}).document
    assert (document["sort"], document["first_target"]) == ("simple", "18015550142")
    assert "ring_to" not in document
    assert "route_type" not in document


def test_a_name_can_be_corrected_in_one_kind_of_object() -> None:
    adapter = configured(profile={"hours": {"ring_to": "number"}})
    record = scheduled({"schedule_days": ["Mon"], "start_time": "08:00", "end_time": "17:00", "number": "18015550142"})
    flow = unicall.parse(record, V3, settings={V3: {"profile": {"hours": {"ring_to": "number"}}}}).flow
    assert json.dumps(adapter.emit(flow, "request").document) == json.dumps(record)
    assert adapter.profile.names["route"]["ring_to"] == ("ring_to", "target_did")


def test_all_names_of_a_list_are_read_and_the_first_is_written() -> None:
    settings = {V3: {"profile": {"ring_to": ["first", "second"]}}}
    for name in ("first", "second"):
        flow = unicall.parse({"route_type": "simple", name: "18015550142"}, V3, settings=settings).flow
        assert flow.nodes["start"] == unicall.parse(simple(), V3).flow.nodes["start"]


def test_a_corrected_name_says_whose_document_it_is() -> None:
    assert configured(profile={"agent": "bot"}).detect({"bot": 1, "kind": "x"})
    assert not configured(profile={"agent": "bot"}).detect({"voiceagent_id": 1})


def test_a_profile_is_unverified_until_a_user_says_otherwise() -> None:
    assert find(V3).unverified()
    assert configured(profile={"message": "greeting"}).unverified()
    assert not configured(profile={"verified": True}).unverified()


def test_every_written_document_says_that_its_names_are_assumed() -> None:
    v2 = {"call_flow_id": 1, "routable_type": "SimpleRoute", "default_ringto": "8015550142"}
    assert [p.code for p in crossing(v2, "convirza-v2", V3).problems if p.code == "UC405"] == ["UC405"]
    verified = unicall.translate(v2, "convirza-v2", V3, settings={V3: {"profile": {"verified": True}}})
    assert [p.code for p in verified.problems if p.code == "UC405"] == []


def test_reading_alone_does_not() -> None:
    assert unicall.parse(simple(), V3).problems == ()


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ("x", "a table of facts and their names"),
        ({"ring_too": "a"}, "facts of the profile; 'ring_too' is none; did you mean ring_to?"),
        ({"hours": {"opnes": "a"}}, "facts of 'hours' in the profile; 'opnes' is none; did you mean opens?"),
        ({"hour": {"opens": "a"}}, "facts of the profile; 'hour' is none; did you mean hours?"),
        ({"verified": "yes"}, 'verified to be true or false, not "yes"'),
        ({"message": ""}, "a name for 'message' that is not empty, or a list of them, not \"\""),
        ({"message": []}, "a name for 'message' that is not empty, or a list of them, not []"),
        ({"message": ["a", 1]}, "a name for 'message' that is not empty, or a list of them, not [\"a\", 1]"),
        ({"kind": "status"}, "a name of its own for each fact of 'route'; 'kind' and 'status' share 'status'"),
        ({"kind": ["kind", "status"]}, "a name of its own for each fact of 'route'; 'kind' and 'status' share 'status'"),
    ],
)
def test_a_profile_with_something_amiss_is_refused(profile: Any, text: str) -> None:
    assert refusal(profile) == text


def test_a_settings_file_with_something_amiss_is_refused_with_the_place() -> None:
    with pytest.raises(DocumentError) as refused:
        unicall.parse(simple(), V3, settings={V3: {"profile": {"ring_too": "a"}}})
    assert "did you mean ring_to?" in str(refused.value)


def test_two_names_may_change_places() -> None:
    swapped = corrected({"route": {"message": "whisper_message", "whisper": "message"}})
    assert swapped.names["route"]["message"] == ("whisper_message",)
    assert swapped.names["item"]["message"] == ("message",)


def test_a_ring_lasts_as_long_as_the_user_says() -> None:
    settings = {V3: {"ring_seconds": 5}}
    record = simple(overflow_numbers=HUNT, voicemail_enabled=True)
    flow = unicall.parse(record, V3, settings=settings).flow
    assert [getattr(node, "timeout", None) for node in flow.nodes.values()] == [15, 20, 15, None]
    adapter = configured(ring_seconds=5)
    assert json.dumps(adapter.emit(flow, "request").document) == json.dumps(record)
    assert set(adapter.defaults.values()) == {15}


@pytest.mark.parametrize("seconds", [0, -1, 61, True, "6", None])
def test_a_ring_of_no_length_is_refused(seconds: Any) -> None:
    with pytest.raises(Wrong):
        find(V3).settings["ring_seconds"].check(seconds)


def test_the_examples_of_the_settings_pass_their_checks() -> None:
    import tomllib

    for name, setting in find(V3).settings.items():
        setting.check(tomllib.loads(setting.example)[name])


def test_a_profile_of_its_own_reads_what_it_wrote() -> None:
    names = {fact: f"x_{fact}" for fact in {row.fact for row in ROWS}}
    settings = {V3: {"profile": names}}
    for record in (simple(overflow_numbers=HUNT, hunt_type="rollover"), scheduled(hours()), route("hangup")):
        document = unicall.translate(record, V3, V3, settings={}).document
        flow = unicall.parse(record, V3).flow
        renamed = ConvirzaV3(corrected(names)).emit(unicall.loads(unicall.dumps(_bare(flow))), "record").document
        again = unicall.parse(renamed, V3, settings=settings).flow
        assert {at: _bare_node(node) for at, node in again.nodes.items()} == {
            at: _bare_node(node) for at, node in nodes(document).items()
        }
        assert all(name.startswith("x_") for name in renamed)


def _bare(flow: Any) -> Any:
    from attrs import evolve

    return evolve(flow, extras={}, nodes={at: _bare_node(node) for at, node in flow.nodes.items()})


def _bare_node(node: Any) -> Any:
    from attrs import evolve

    return evolve(node, extras={})


def test_a_profile_knows_every_name_of_its_facts() -> None:
    profile = Profile()
    assert profile.fact("dnis") == "phone_number"
    assert profile.fact("zz") is None
