"""The native format: lossless, strict, and exact about what is wrong and where."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from attrs import evolve, fields
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.strategies.flows import FACTS, flows, json_values
from unicall.adapter import Adapter
from unicall.graph import (
    KINDS,
    Announce,
    EntryPoint,
    Flow,
    Hangup,
    Menu,
    Notify,
    Pause,
    PhoneNumber,
    Reference,
    Ring,
    RingTarget,
    Schedule,
    Settings,
    SetVariable,
    SipAddress,
    Speech,
    VendorNode,
    Voicemail,
)
from unicall.hours import Hours, Recurrence
from unicall.native import ADAPTER, dumps, from_json, loads, schema, to_json
from unicall.problem import DocumentError, FlowError
from unicall.wire import Log, leaves, pointer, same

FEW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
VALIDATOR = Draft202012Validator(schema())

OFFICE = Flow(
    name="Office",
    start="start",
    nodes={
        "start": Schedule(
            timezone="America/Denver",
            hours=(
                Hours(
                    name="open",
                    recurrences=(
                        Recurrence(frequency="weekly", weekdays=("MO", "FR"), start=32400, end=61200),
                        Recurrence(frequency="once", first=date(2026, 12, 24)),
                    ),
                ),
            ),
            exits={"open": "open", "otherwise": "otherwise"},
        ),
        "open": Menu(greeting=Speech("Hello"), exits={"1": "open.1", "no_input": "otherwise"}, label="main"),
        "open.1": Ring(
            targets=(
                RingTarget(PhoneNumber("+18015550142"), timeout=20),
                RingTarget(SipAddress("pbx.example.com", user="100")),
                RingTarget(Reference("vinix", "device", "d1"), confirm=True),
            ),
            exits={"no_answer": "open", "otherwise": "otherwise"},
            extras={"vinix": {"order": ["a", "b"]}},
        ),
        "otherwise": Voicemail(greeting=Reference("vinix", "audio", "a1")),
    },
    entry_points=(EntryPoint("number", "+18015550100"),),
    settings=Settings(active=True),
    subflows={"late": Flow(start="start", nodes={"start": Hangup()})},
    extras={"vinix": {"id": "x"}},
)
OFFICE_TEXT = """\
{
  "unicall": 1,
  "name": "Office",
  "start": "start",
  "nodes": {
    "start": {
      "kind": "Schedule",
      "timezone": "America/Denver",
      "hours": [
        {
          "name": "open",
          "recurrences": [
            {
              "frequency": "weekly",
              "weekdays": [
                "MO",
                "FR"
              ],
              "start": 32400,
              "end": 61200
            },
            {
              "frequency": "once",
              "first": "2026-12-24"
            }
          ]
        }
      ],
      "exits": {
        "open": "open",
        "otherwise": "otherwise"
      }
    },
    "open": {
      "kind": "Menu",
      "label": "main",
      "greeting": {
        "type": "Speech",
        "text": "Hello"
      },
      "exits": {
        "1": "open.1",
        "no_input": "otherwise"
      }
    },
    "open.1": {
      "kind": "Ring",
      "targets": [
        {
          "target": {
            "type": "PhoneNumber",
            "number": "+18015550142"
          },
          "timeout": 20
        },
        {
          "target": {
            "type": "SipAddress",
            "host": "pbx.example.com",
            "user": "100"
          }
        },
        {
          "target": {
            "type": "Reference",
            "provider": "vinix",
            "kind": "device",
            "id": "d1"
          },
          "confirm": true
        }
      ],
      "exits": {
        "no_answer": "open",
        "otherwise": "otherwise"
      },
      "extras": {
        "vinix": {
          "order": [
            "a",
            "b"
          ]
        }
      }
    },
    "otherwise": {
      "kind": "Voicemail",
      "greeting": {
        "type": "Reference",
        "provider": "vinix",
        "kind": "audio",
        "id": "a1"
      }
    }
  },
  "entry_points": [
    {
      "kind": "number",
      "value": "+18015550100"
    }
  ],
  "settings": {
    "active": true
  },
  "subflows": {
    "late": {
      "start": "start",
      "nodes": {
        "start": {
          "kind": "Hangup"
        }
      }
    }
  },
  "extras": {
    "vinix": {
      "id": "x"
    }
  }
}
"""


def one_node(**node: Any) -> dict[str, Any]:
    """A document with this one node."""
    return {"unicall": 1, "start": "start", "nodes": {"start": node}}


def errors_of(document: Any, at: str = "") -> list[str]:
    """All that is wrong with a document, in words."""
    with pytest.raises(DocumentError) as caught:
        from_json(document, at)
    return [str(error) for error in (caught.value, *caught.value.others)]


# Lossless.


@FEW
@given(flows())
def test_what_is_written_is_read_back(flow: Flow) -> None:
    text = dumps(flow)
    again = loads(text)
    assert again == flow
    assert dumps(again) == text


@FEW
@given(flows())
def test_numbers_and_truth_values_keep_their_type(flow: Flow) -> None:
    """1, 1.0 and true are equal in Python, so equality of flows does not show it."""
    assert same(to_json(loads(dumps(flow))), to_json(flow))


@FEW
@given(flows())
def test_every_document_is_valid_by_the_schema(flow: Flow) -> None:
    VALIDATOR.validate(json.loads(dumps(flow)))


def test_the_document_is_readable_and_leaves_out_defaults() -> None:
    assert dumps(OFFICE) == OFFICE_TEXT
    assert loads(OFFICE_TEXT) == OFFICE
    assert loads(OFFICE_TEXT.encode()) == OFFICE


def test_an_empty_flow_is_its_version() -> None:
    assert dumps(Flow()) == '{\n  "unicall": 1\n}\n'
    assert loads('{"unicall": 1}') == Flow()


def test_the_order_of_nodes_and_exits_is_kept() -> None:
    exits = {"b": "start", "a": "start"}
    flow = Flow(start="start", nodes={"z": Hangup(), "start": Menu(exits=exits), "a": Hangup()})
    again = loads(dumps(flow))
    assert list(again.nodes) == ["z", "start", "a"]
    assert list(again.nodes["start"].exits) == ["b", "a"]


def test_what_is_required_is_written_though_it_is_null() -> None:
    document = one_node(kind="Queue", queue=None)
    assert to_json(from_json(document)) == document


def test_a_null_where_it_is_allowed_says_nothing() -> None:
    assert from_json(one_node(kind="Menu", greeting=None, label=None)) == from_json(one_node(kind="Menu"))


def test_whole_numbers_beyond_64_bits_are_kept() -> None:
    flow = Flow(extras={"vinix": {"id": 2**80, "name": "Büro"}})
    assert loads(dumps(flow)) == flow
    assert dumps(flow).splitlines()[4:6] == [f'      "id": {2**80},', '      "name": "Büro"']


def test_half_a_surrogate_pair_is_kept() -> None:
    flow = Flow(name="a\ud800b")
    assert dumps(flow) == '{\n  "unicall": 1,\n  "name": "a\\ud800b"\n}\n'
    assert loads(dumps(flow)) == flow


def test_deeper_nesting_than_orjson_has_is_kept() -> None:
    inner: Any = {}
    for _ in range(300):
        inner = [inner]
    flow = Flow(extras={"vinix": inner})
    assert same(loads(dumps(flow)).extras["vinix"], inner)


def test_subflows_have_subflows_of_their_own() -> None:
    inner = Flow(subflows={"b": Flow(name="b"), "a": Flow(name="a")})
    flow = Flow(name="top", subflows={"two": inner, "one": Flow(name="one")})
    again = loads(dumps(flow))
    assert again == flow
    assert list(again.subflows) == ["two", "one"]
    assert list(again.subflows["two"].subflows) == ["b", "a"]


def test_reading_and_writing_change_nothing_they_are_given() -> None:
    document = to_json(OFFICE)
    before = deepcopy(document)
    flow = from_json(document)
    assert same(document, before)
    to_json(flow)
    assert flow == OFFICE


# Strict.

WRONG: list[tuple[Any, list[str]]] = [
    ([], ["the document: expected an object, got []"]),
    (None, ["the document: expected an object, got null"]),
    ({}, ['the document: the key "unicall" is missing; it says the version, 1']),
    (
        {"unicall": 2, "anything": "else"},
        ["/unicall: expected 1, the version of the format that this unicall reads, got 2"],
    ),
    ({"unicall": True}, ["/unicall: expected 1, the version of the format that this unicall reads, got true"]),
    ({"unicall": 1, "nme": "x"}, ['/nme: Flow has no key "nme"; did you mean "name"?']),
    ({"unicall": 1, "x/y~z": 0}, ['/x~1y~0z: Flow has no key "x/y~z"']),
    ({"unicall": 1, "name": 5}, ["/name: expected text, got 5"]),
    ({"unicall": 1, "nodes": []}, ["/nodes: expected an object, got []"]),
    ({"unicall": 1, "nodes": {"a/b": 5}}, ["/nodes/a~1b: expected an object, got 5"]),
    ({"unicall": 1, "start": "x"}, ['/start: there is no node "x"']),
    ({"unicall": 1, "extras": 1}, ["/extras: expected an object, got 1"]),
    ({"unicall": 1, "settings": None}, ["/settings: expected an object, got null"]),
    ({"unicall": 1, "settings": {"active": 1}}, ["/settings/active: expected true or false, got 1"]),
    ({"unicall": 1, "settings": {"notify": "x"}}, ['/settings/notify: expected an array, got "x"']),
    (
        {"unicall": 1, "entry_points": [{"kind": "fax", "value": "1"}, {"kind": "number"}]},
        [
            '/entry_points/0/kind: expected one of "number", "extension", "pattern", "placeholder", got "fax"',
            '/entry_points/1: the key "value" is missing',
        ],
    ),
    (
        {"unicall": 1, "resources": [{"provider": "vinix", "section": "menus", "id": 1, "document": {}}]},
        ["/resources/0/id: expected text, got 1"],
    ),
    ({"unicall": 1, "subflows": []}, ["/subflows: expected an object, got []"]),
    ({"unicall": 1, "subflows": {"a": 1}}, ["/subflows/a: expected an object, got 1"]),
    (
        {"unicall": 1, "subflows": {"a": {"unicall": 1, "start": "x"}}},
        ['/subflows/a/start: there is no node "x"', '/subflows/a/unicall: Flow has no key "unicall"'],
    ),
    (one_node(), ['/nodes/start: the key "kind" is missing']),
    (one_node(kind=None), ["/nodes/start/kind: expected text, got null"]),
    (one_node(kind="Rinng"), ['/nodes/start/kind: there is no kind "Rinng"; did you mean "Ring"?']),
    (
        one_node(kind="Teleport"),
        [f'/nodes/start/kind: there is no kind "Teleport"; there are {", ".join(KINDS)}'],
    ),
    (
        one_node(kind="Hangup", exits={"next": "away", "a/b": 5}),
        [
            '/nodes/start/exits/next: there is no node "away"',
            "/nodes/start/exits/a~1b: expected text, got 5",
        ],
    ),
    (one_node(kind="Pause"), ['/nodes/start: the key "seconds" is missing']),
    (one_node(kind="Pause", seconds="5"), ['/nodes/start/seconds: expected a number, got "5"']),
    (one_node(kind="Pause", seconds=True), ["/nodes/start/seconds: expected a number, got true"]),
    (one_node(kind="Pause", seconds=float("inf")), ["/nodes/start/seconds: expected a number, got inf"]),
    (
        one_node(kind="Pause", secs=5),
        [
            '/nodes/start: the key "seconds" is missing',
            '/nodes/start/secs: Pause has no key "secs"; did you mean "seconds"?',
        ],
    ),
    (one_node(kind="Reject", code=4.0), ["/nodes/start/code: expected a whole number, got 4.0"]),
    (one_node(kind="Reject", code=True), ["/nodes/start/code: expected a whole number, got true"]),
    (one_node(kind="Announce"), ['/nodes/start: the key "prompt" is missing']),
    (
        one_node(kind="Announce", prompt={"text": "Hi"}),
        ['/nodes/start/prompt: the key "type" is missing'],
    ),
    (
        one_node(kind="Menu", greeting={"type": "PhoneNumber", "number": "+1"}),
        ['/nodes/start/greeting/type: there is no type "PhoneNumber"; there are Speech, Reference'],
    ),
    (
        one_node(kind="Ring", targets=[{"target": {"type": "PhoneNumber", "number": 5}}, {}]),
        [
            "/nodes/start/targets/0/target/number: expected text, got 5",
            '/nodes/start/targets/1: the key "target" is missing',
        ],
    ),
    (
        one_node(kind="Ring", targets=[], order="at once"),
        ['/nodes/start/order: expected one of "together", "in turn", "weighted", got "at once"'],
    ),
    (
        one_node(kind="Notify", recipients=["a@example.com", 5, {"provider": "vinix"}]),
        [
            "/nodes/start/recipients/1: expected text or an object, got 5",
            '/nodes/start/recipients/2: the key "kind" is missing',
            '/nodes/start/recipients/2: the key "id" is missing',
        ],
    ),
    (
        one_node(
            kind="Schedule",
            hours=[
                {
                    "name": "open",
                    "recurrences": [
                        {"frequency": "daily", "first": "20261224", "until": "2026-02-30", "interval": 0},
                        {"frequency": "weekly", "weekdays": ["MO", "XX"], "ordinal": 0, "month": 13},
                    ],
                }
            ],
        ),
        [
            "/nodes/start/hours/0/recurrences/0/interval: expected a whole number of at least 1, got 0",
            '/nodes/start/hours/0/recurrences/0/first: expected a date like "2026-12-24", got "20261224"',
            '/nodes/start/hours/0/recurrences/0/until: expected a date like "2026-12-24", got "2026-02-30"',
            '/nodes/start/hours/0/recurrences/1/weekdays/1: expected one of "MO", "TU", "WE", "TH", "FR", "SA", "SU", got "XX"',
            "/nodes/start/hours/0/recurrences/1/ordinal: expected one of -1, 1, 2, 3, 4, 5, got 0",
            "/nodes/start/hours/0/recurrences/1/month: expected one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, got 13",
        ],
    ),
]


@pytest.mark.parametrize(("document", "errors"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_with_its_pointer(document: Any, errors: list[str]) -> None:
    assert errors_of(document) == errors


def test_pointers_go_on_from_where_the_document_stands() -> None:
    assert errors_of({"unicall": 1, "name": 5, "x": 0}, "/original") == [
        "/original/name: expected text, got 5",
        '/original/x: Flow has no key "x"',
    ]
    assert errors_of({}, "/0") == ['/0: the key "unicall" is missing; it says the version, 1']


def test_a_number_too_long_to_print_is_refused_in_words() -> None:
    assert errors_of({"unicall": 1, "name": 10**5000}) == ["/name: expected text, got a number of 16610 bits"]


def test_all_errors_of_a_document_are_found_in_one_run() -> None:
    document = {
        "unicall": "1",
        "nodes": {"a": {"kind": "Rinng", "exits": {"x": "y"}}, "b": {"kind": "Pause"}},
        "subflows": {"s": {"start": "gone", "nodes": {"a": 1}}},
    }
    assert errors_of(document) == [
        '/unicall: expected 1, the version of the format that this unicall reads, got "1"',
        '/nodes/a/exits/x: there is no node "y"',
        '/nodes/a/kind: there is no kind "Rinng"; did you mean "Ring"?',
        '/nodes/b: the key "seconds" is missing',
        '/subflows/s/start: there is no node "gone"',
        "/subflows/s/nodes/a: expected an object, got 1",
    ]


TEXTS = [
    ("", "the document: is not JSON: Expecting value at line 1, column 1"),
    ('{"unicall": 1,\n}', "the document: is not JSON: "),
    ('{"unicall": NaN}', "the document: is not JSON: there is no NaN in JSON"),
    ('{"unicall": 1, "extras": {"v": -1e999}}', 'the document: is not JSON: "-1e999" is too large for a number'),
    ("9" * 5000, "the document: is not JSON: Exceeds the limit"),
    (b"\xff", "the document: is not JSON: "),
    ("[" * 100_000, "the document: is nested too deep"),
    ('{"unicall": 1, "name": "a", "name": "b"}', "/name: stands twice in one object"),
    ('{"unicall": 1, "extras": {"a/b": [{"x": 1, "x": 1}]}}', "/extras/a~1b/0/x: stands twice in one object"),
]


@pytest.mark.parametrize(("text", "error"), TEXTS, ids=range(len(TEXTS)))
def test_text_that_is_not_json_is_refused(text: str | bytes, error: str) -> None:
    with pytest.raises(DocumentError) as caught:
        loads(text)
    assert str(caught.value).startswith(error)


def steps_to(document: Any, place: str) -> tuple[Any, Any]:
    """What holds the value at a pointer, and its key there."""
    *above, last = [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]
    for step in above:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document, int(last) if isinstance(document, list) else last


def places_of(document: Any) -> Iterator[str]:
    """Every place that the format gives a type: all but what belongs to the vendors."""
    todo = [("", document)]
    while todo:
        at, value = todo.pop()
        if at:
            yield at
        if isinstance(value, dict):
            kept = {"extras", "values"} | ({"data"} if value.get("kind") == "VendorNode" else set())
            kept |= {"document"} if "section" in value else set()
            mapping = at.rpartition("/")[2] in ("nodes", "exits", "shares", "subflows")
            todo.extend((pointer(at, k), v) for k, v in value.items() if mapping or k not in kept)
        elif isinstance(value, list):
            todo.extend((pointer(at, index), item) for index, item in enumerate(value))


@FEW
@given(flows(), st.data())
def test_a_value_of_a_wrong_type_is_refused_where_it_stands(flow: Flow, data: st.DataObject) -> None:
    document = deepcopy(to_json(flow))
    place = data.draw(st.sampled_from(list(places_of(document))))
    holder, key = steps_to(document, place)
    holder[key] = {"not": ["this"]} if not isinstance(holder[key], dict) else ["not this"]
    with pytest.raises(DocumentError) as caught:
        from_json(document)
    found = [error.pointer for error in (caught.value, *caught.value.others)]
    assert any(at == place or at.startswith(f"{place}/") for at in found)


@FEW
@given(flows(), st.data())
def test_a_key_that_the_format_does_not_have_is_refused_where_it_stands(flow: Flow, data: st.DataObject) -> None:
    document = deepcopy(to_json(flow))
    of_any_key = ("nodes", "exits", "shares", "subflows")
    stand = {at: steps_to({"": document}, f"/{at}") for at in ["", *places_of(document)] if at.rpartition("/")[2] not in of_any_key}
    at = data.draw(st.sampled_from([at for at, (holder, key) in stand.items() if isinstance(holder[key], dict)]))
    holder, key = stand[at]
    holder[key]["wh/at"] = 1
    with pytest.raises(DocumentError) as caught:
        from_json(document)
    assert [error.pointer for error in (caught.value, *caught.value.others)] == [f"{at}/wh~1at"]


@FEW
@given(flows(), st.data())
def test_a_way_to_a_node_that_is_gone_is_refused(flow: Flow, data: st.DataObject) -> None:
    leads = [(at, label) for at, node in flow.nodes.items() for label in node.exits]
    assume(leads)
    at, label = data.draw(st.sampled_from(leads))
    document = deepcopy(to_json(flow))
    document["nodes"][at]["exits"][label] = "gone"
    where = pointer("", "nodes", at, "exits", label)
    assert errors_of(document) == [f'{where}: there is no node "gone"']


@FEW
@given(json_values | json_values.map(lambda value: {"unicall": 1, "nodes": {"start": value}, "settings": value}))
def test_any_json_is_read_or_refused(document: Any) -> None:
    try:
        from_json(document)
    except DocumentError as error:
        assert all(each.pointer == "" or each.pointer.startswith("/") for each in (error, *error.others))


def test_the_format_does_not_look_into_what_belongs_to_the_vendors() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": [deep]}
    document = one_node(kind="VendorNode", provider="vinix", word="disa", data=deep, extras={"vinix": deep})
    document["resources"] = [{"provider": "vinix", "section": "menus", "id": "1", "document": deep}]
    document["nodes"]["1"] = {"kind": "SetVariable", "values": {"x": deep}}
    document["extras"] = {"vinix": deep}
    flow = from_json(document)
    node = flow.nodes["start"]
    assert isinstance(node, VendorNode)
    assert node.data is deep
    assert to_json(flow)["extras"]["vinix"] is deep
    reading = ADAPTER.parse(document, "", Log())
    assert reading.places["start", "data"] == "/nodes/start/data"


def test_subflows_nested_without_end_are_refused() -> None:
    document: dict[str, Any] = {"unicall": 1}
    at = document
    for _ in range(20_000):
        at["subflows"] = {"a": {}}
        at = at["subflows"]["a"]
    place = "/subflows/a" * 50 + "/subflows"
    assert errors_of(document) == [f"{place}: flows can be nested 50 deep, and no deeper"]


# A flow that cannot be written.


def test_a_flow_that_could_not_be_read_back_is_not_written() -> None:
    with pytest.raises(FlowError) as caught:
        dumps(Flow(start="x"))
    assert str(caught.value) == 'the flow is not well formed: /start: there is no node "x"'
    with pytest.raises(FlowError) as caught:
        dumps(Flow(nodes={"a": Pause(seconds=float("nan"))}))
    assert str(caught.value) == "the flow is not well formed: /nodes/a/seconds: expected a number, got nan"


def test_vendor_parts_that_are_no_json_are_not_written() -> None:
    for value, words in [
        ((1, 2), "/extras/v/x: (1, 2) is no JSON"),
        (float("inf"), "/extras/v/x: inf is no JSON"),
        ({1: 2}, "/extras/v/x: the key 1 is no text"),
        (date(2026, 1, 1), "/extras/v/x: datetime.date(2026, 1, 1) is no JSON"),
        ({1}, "Object of type set is not JSON serializable"),
    ]:
        with pytest.raises(FlowError) as caught:
            dumps(Flow(extras={"v": {"x": value}}))
        assert str(caught.value) == f"the flow cannot be written: {words}"


def test_vendor_parts_without_an_end_are_not_written() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(FlowError) as caught:
        dumps(Flow(extras={"v": deep}))
    assert str(caught.value) == "the flow cannot be written: something in it is nested too deep"
    circle: dict[str, Any] = {}
    circle["x"] = circle
    with pytest.raises(FlowError):
        dumps(Flow(extras=circle))


def test_things_that_are_no_part_of_a_flow_are_not_written() -> None:
    for broken in (
        "no flow",
        Flow(nodes={"a": "no node"}),  # type: ignore[dict-item]
        Flow(nodes={"a": Announce(prompt="no prompt")}),  # type: ignore[arg-type]
        Flow(settings=5),  # type: ignore[arg-type]
    ):
        with pytest.raises(FlowError):
            to_json(broken)  # type: ignore[arg-type]


# The schema.


def test_the_schema_is_one_and_always_the_same() -> None:
    Draft202012Validator.check_schema(schema())
    assert json.dumps(schema()) == json.dumps(schema())


def test_the_schema_says_what_the_classes_say() -> None:
    found = schema()
    assert found["properties"]["unicall"]["const"] == 1
    nodes = found["$defs"]["Node"]["oneOf"]
    assert [node["title"] for node in nodes] == list(KINDS)
    pause = next(node for node in nodes if node["title"] == "Pause")
    assert pause == {
        "title": "Pause",
        "description": "Nothing happens for this long.",
        "type": "object",
        "properties": {
            "kind": {"const": "Pause"},
            "label": {"type": ["string", "null"]},
            "seconds": {"type": "number"},
            "exits": {"type": "object", "additionalProperties": {"type": "string"}},
            "extras": {"type": "object", "additionalProperties": {}},
        },
        "required": ["kind", "seconds"],
        "additionalProperties": False,
    }
    assert found["$defs"]["Recurrence"]["properties"]["interval"] == {"type": "integer", "minimum": 1, "default": 1}


def test_everything_in_the_schema_has_words() -> None:
    for at, leaf in leaves(schema()):
        if at.endswith("/description"):
            assert leaf.strip(), at
            assert "``" not in leaf and ":class:" not in leaf, at


@pytest.mark.parametrize(("document", "errors"), WRONG, ids=range(len(WRONG)))
def test_the_schema_refuses_what_is_of_a_wrong_type(document: Any, errors: list[str]) -> None:
    """All but what no schema can say: that a node exists, that infinity is no number, that 4.0 is no whole one."""
    beyond = ("there is no node", "got inf", "got 4.0")
    assert VALIDATOR.is_valid(document) == all(any(words in error for words in beyond) for error in errors)


def test_the_strategies_invent_every_field_of_every_kind() -> None:
    for kind, facts in FACTS.items():
        names = {field.name for field in fields(kind)} - {"exits", "extras", "label"}
        assert names == set(facts)
    assert set(FACTS) == set(KINDS.values())


# The adapter.


def test_the_native_format_is_a_provider() -> None:
    adapter: Adapter = ADAPTER
    assert (adapter.name, adapter.title) == ("unicall", "unicall")
    assert adapter.holds("record").joins and adapter.holds("record").loops
    assert adapter.leftover("id") is None
    assert not adapter.defaults


def test_a_native_document_is_known_by_its_version() -> None:
    for document in (to_json(OFFICE), {"unicall": 1}, {"unicall": 2, "nodes": {}}, [to_json(OFFICE)]):
        assert ADAPTER.detect(document)
    others: list[Any] = [{}, [], None, "unicall", {"nodes": {}}, {"unicall": 1, "residue": {}}, [[{"unicall": 1}]]]
    for other in others:
        assert not ADAPTER.detect(other)


def test_one_flow_or_a_list_of_them_is_read() -> None:
    document = to_json(OFFICE)
    assert list(ADAPTER.records(document)) == [("", document)]
    assert list(ADAPTER.records([document, document])) == [("/0", document), ("/1", document)]
    with pytest.raises(DocumentError) as caught:
        list(ADAPTER.records(5))
    assert str(caught.value) == "the document: expected a flow or an array of flows, got 5"


def test_a_record_of_a_list_is_refused_with_the_pointer_of_the_list() -> None:
    with pytest.raises(DocumentError) as caught:
        ADAPTER.parse({"unicall": 1, "name": 5}, "/3", Log())
    assert str(caught.value) == "/3/name: expected text, got 5"


@FEW
@given(flows(), st.sampled_from(("record", "request", None)))
def test_what_is_emitted_is_parsed(flow: Flow, form: Any) -> None:
    writing = ADAPTER.emit(flow, form)
    reading = ADAPTER.parse(writing.document, "", Log())
    assert reading.flow == flow
    assert reading.places == writing.places


@FEW
@given(flows())
def test_every_place_exists(flow: Flow) -> None:
    writing = ADAPTER.emit(flow, "record")
    for where in writing.places.values():
        if where:
            holder, key = steps_to(writing.document, where)
            assert key in holder or isinstance(holder, list)


def test_every_fact_has_its_place() -> None:
    flow = evolve(
        OFFICE,
        nodes={**OFFICE.nodes, "v": SetVariable(values={"a": {"b": 1}}), "n": Notify(recipients=("a@example.com",))},
    )
    places = ADAPTER.parse(to_json(flow), "/7", Log()).places
    for fact, where in {
        ("", ""): "/7",
        ("", "name"): "/7/name",
        ("", "start"): "/7/start",
        ("", "settings.active"): "/7/settings/active",
        ("", "entry_points.0"): "/7/entry_points/0",
        ("", "entry_points.0.value"): "/7/entry_points/0/value",
        ("", "subflows"): "/7/subflows",
        ("start", ""): "/7/nodes/start",
        ("start", "hours.0.recurrences.1.first"): "/7/nodes/start/hours/0/recurrences/1/first",
        ("start", "exits.open"): "/7/nodes/start/exits/open",
        ("open", "label"): "/7/nodes/open/label",
        ("open.1", "targets.0.timeout"): "/7/nodes/open.1/targets/0/timeout",
        ("open.1", "targets.2.target"): "/7/nodes/open.1/targets/2/target",
        ("v", "values.a"): "/7/nodes/v/values/a",
        ("n", "recipients.0"): "/7/nodes/n/recipients/0",
        ("@late", ""): "/7/subflows/late",
        ("@late", "start"): "/7/subflows/late/start",
        ("@late/start", ""): "/7/subflows/late/nodes/start",
        ("@late/start", "kind"): "/7/subflows/late/nodes/start/kind",
    }.items():
        assert places[fact] == where


def test_cattrs_is_imported_when_it_is_needed() -> None:
    code = "import sys, unicall.native; sys.exit('cattrs' in sys.modules or 'orjson' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
