"""What Kazoo adds to a document that it stores changes nothing: the defaults of its JSON schemas, and its bookkeeping.

A document that unicall wrote is filled in as the server does it, in both generations, and read again: the same nodes, and no key
more that says anything. The schemas are not part of this repository. Where they are not beside it, these tests are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from attrs import evolve, fields
from hypothesis import assume, given, settings

import unicall
from tests.strategies import convirza_v2
from tests.support import VENDORS, records, text, with_real_ids
from tests.vinix.test_schemas import GENERATIONS, SCHEMAS, _registry, parts, sensible_flows
from unicall.adapter import find
from unicall.graph import Flow, Node
from unicall.ledger import _kept, flat, is_silent
from unicall.wire import same
from unicall_vinix.modules import READERS

Json = Any

pytestmark = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="Kazoo's schemas are not beside this repository")

#: What the server adds beside the defaults, by the kind of document (Kazoo's documentation and source).
BOOKKEEPING: Json = {
    "id": "0123456789abcdef0123456789abcdef",
    "_read_only": {"created": 63887990400, "modified": 63887990400},
    "ui_metadata": {"version": "4.3", "origin": "callflows"},
    "created": 63887990400,
    "modified": 63887990400,
    "_rev": "1-0",
    "pvt_type": "document",
    "pvt_created": 63887990400,
}
MADE_UP: Json = {
    "callflows": {"metadata": {"0123456789abcdef0123456789abcdef": {"name": "a", "numbers": [], "pvt_type": "menu"}}},
    "devices": {"sip": {"username": "user_a", "password": "not-a-real-password", "registration_expiration": 300}},
}
#: The parts of a callflow's node are no documents of their own.
NO_DOCUMENT = "callflows."


def filled(document: Json, generation: str, *, deep: bool, bookkeeping: bool) -> Json:
    """The document as the server stores it. ``deep``: with objects that no schema asks for, for the sake of the defaults in them.

    A node's data is never filled deeply: a conference with a ``config`` would be another conference.
    """
    stored = deepcopy(document)
    known = _registry(generation)
    for _, name, part in parts(stored):
        if name in known:
            _fill(part, known.contents(name), generation, deep and not name.startswith(NO_DOCUMENT))
        if bookkeeping and not name.startswith(NO_DOCUMENT):
            _merge(part, BOOKKEEPING)
            _merge(part, MADE_UP.get(name, {}))
    return stored


def _merge(document: Json, more: Json) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(document.get(key), dict):
            _merge(document[key], value)
        else:
            document.setdefault(key, deepcopy(value))


def _schema(schema: Json, generation: str) -> Json:
    known = _registry(generation)
    return known.contents(schema["$ref"]) if "$ref" in schema and schema["$ref"] in known else schema


def _fill(value: Json, schema: Json, generation: str, deep: bool) -> None:
    todo = [(value, schema)]
    while todo:
        here, rules = todo.pop()
        rules = _schema(rules, generation)
        if isinstance(here, list):
            todo.extend((item, rules.get("items") or {}) for item in here)
        elif isinstance(here, dict):
            for name, rule in (rules.get("properties") or {}).items():
                if name == "flow" or (name == "children" and "module" in here):
                    continue
                inner = _schema(rule, generation)
                default = _default(rule, inner, generation, deep)
                if name not in here and default is not None:
                    here[name] = default
                if name in here:
                    todo.append((here[name], inner))
    if isinstance(value, dict) and isinstance(value.get("flow"), dict):
        for node in _nodes(value["flow"]):
            node.setdefault("data", {})
            node.setdefault("children", {})


def _default(rule: Json, inner: Json, generation: str, deep: bool) -> Json:
    """What a property gets that is not there; None for nothing."""
    for schema in (rule, inner):
        if "default" in schema:
            return deepcopy(schema["default"])
    if not deep or not inner.get("properties"):
        return None
    made: Json = {}
    _fill(made, inner, generation, deep)
    return made or None


def _nodes(root: Json) -> Iterator[Json]:
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo.extend((node.get("children") or {}).values())


def unsaid(node: Node) -> Node:
    """The node without the facts that say what Vinix does anyway."""
    defaults = find("vinix").defaults
    silent: dict[str, Any] = {
        field.name: None
        for field in fields(type(node))
        if (type(node), field.name) in defaults and getattr(node, field.name) == defaults[type(node), field.name]
    }
    return evolve(node, extras={}, **silent)


def meaning(flow: Flow) -> Json:
    """What a flow says, in all its parts, without spelling."""
    return (
        flow.name,
        flow.start,
        flow.entry_points,
        flow.settings,
        {at: (type(node).__name__, flat(unsaid(node)), dict(node.exits)) for at, node in flow.nodes.items()},
        {key: meaning(sub) for key, sub in flow.subflows.items()},
    )


def kept(flow: Flow) -> dict[str, Json]:
    """Every key of the documents that is no fact, by its place; spelling apart."""
    found: dict[str, Json] = {}
    vinix = find("vinix")
    shapes = {"": flow.extras, **{at: node.extras for at, node in flow.nodes.items()}}
    shapes |= {f"#{r.section}/{r.id}": {"vinix": r.document} for r in flow.resources}
    for holder, extras in shapes.items():
        for at, key, value, spelling in _kept(extras.get("vinix") or {}, ""):
            owner = at.rsplit("/", 2)[-2] if at.count("/") > 1 else ""
            leftover = spelling or vinix.leftover(f"{owner}/{key}") or vinix.leftover(key)
            quiet = leftover is not None and leftover.code == "UC901"
            if not quiet and not is_silent(value, leftover):
                found[f"{holder}{at}"] = value
    for key, sub in flow.subflows.items():
        found |= {f"@{key}{at}": value for at, value in kept(sub).items()}
    return found


def assert_nothing_new(document: Json) -> None:
    """What the server makes of a document means what the document means."""
    written = unicall.parse(document, "vinix").flow
    for generation in GENERATIONS:
        for deep in (False, True):
            stored = unicall.parse(filled(document, generation, deep=deep, bookkeeping=not deep), "vinix").flow
            assert meaning(stored) == meaning(written), generation
            more = {at: value for at, value in kept(stored).items() if not same(kept(written).get(at), value)}
            assert more == {}, generation


@pytest.mark.parametrize(
    ("source", "record"),
    [
        pytest.param(source, record, id=f"{source}/{name}")
        for source in ("convirza-v2", "api19")
        for name, record in records(source)
    ],
)
def test_what_a_fixture_became_means_the_same_on_the_server(source: str, record: Json) -> None:
    assert_nothing_new(unicall.translate(record, source, "vinix").document)


@pytest.mark.parametrize("bare", [False, True], ids=["bundle", "callflow alone"])
@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(
    ("source", "record"),
    [pytest.param(v, record, id=f"{v}:{name}") for v in VENDORS if v != "vinix" for name, record in records(v)],
)
def test_what_the_server_made_of_a_fixture_goes_back_as_if_nobody_had_touched_it(
    source: str, record: Json, generation: str, bare: bool
) -> None:
    there = unicall.translate(record, source, "vinix")
    hand = with_real_ids(filled(there.document, generation, deep=True, bookkeeping=True))
    if bare:
        hand = {"data": hand["callflow"], "status": "success"}
    back = unicall.translate(hand, "vinix", source, residue=there.residue)
    assert text(back.document) == text(record)
    assert {problem.severity for problem in back.problems} <= {"note"}


@settings(max_examples=100)
@given(convirza_v2.clean_documents())
def test_what_an_invented_convirza_flow_became_means_the_same_on_the_server(document: Json) -> None:
    assert_nothing_new(unicall.translate(document, "convirza-v2", "vinix").document)


@settings(max_examples=100)
@given(sensible_flows())
def test_what_an_invented_flow_became_means_the_same_on_the_server(flow: Flow) -> None:
    document = unicall.emit(flow, "vinix").document
    assume("flow" in document["callflow"])
    assert_nothing_new(document)


#: Schema defaults of keys that are facts of the graph: no key is left over there.
FACTS = {
    "callflows": {"numbers", "patterns"},
    "menus": {"hunt", "max_extension_length", "retries"},
    "temporal_rules": {"interval", "start_date"},
    "callflows.device": {"delay", "timeout"},
    "callflows.user": {"delay", "timeout"},
    "callflows.ring_group": {"delay", "repeats", "strategy", "timeout"},
    "callflows.group": {"endpoints", "repeats", "strategy", "timeout"},
    "callflows.temporal_route": {"rules"},
    "callflows.check_cid": {"regex"},
    "callflows.play": {"endless_playback"},
    "callflows.sleep": {"duration", "unit"},
    "callflows.record_call": {"action"},
    "callflows.response": {"code"},
    "callflows.voicemail": {"action"},
    "callflows.park": {"action"},
    "callflows.set_cid": {"caller_id_name", "caller_id_number"},
    "callflows.set_variables": {"custom_application_vars"},
}
DOCUMENTS = ("callflows", "menus", "devices", "temporal_rules", "temporal_rules_sets", "vmboxes", "media", "users", "faxbox")


def defaults_of(name: str, generation: str) -> Iterator[tuple[str, str, Json]]:
    """Every default of a schema: the object it stands in, the key, the value. An ad-hoc conference is a document of its own."""
    start = "data" if name.startswith(NO_DOCUMENT) else ""
    todo: list[tuple[str, Json]] = [(start, _registry(generation).contents(name))]
    while todo:
        owner, schema = todo.pop()
        for key, rule in (schema.get("properties") or {}).items():
            inner = _schema(rule, generation)
            if "default" in inner and not (isinstance(inner["default"], dict) and inner.get("properties")):
                yield owner, key, inner["default"]
            if key not in ("flow", "children", "config"):
                todo.append((key, inner))


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", [*DOCUMENTS, *(f"callflows.{word}" for word in READERS)])
def test_a_default_of_a_schema_says_nothing(name: str, generation: str) -> None:
    if name not in _registry(generation):
        pytest.skip("this generation has no such schema")
    vinix = find("vinix")
    loud = [
        (owner, key, value)
        for owner, key, value in defaults_of(name, generation)
        if key not in FACTS.get(name, ()) and not is_silent(value, vinix.leftover(f"{owner}/{key}") or vinix.leftover(key))
    ]
    assert loud == []


def test_bookkeeping_of_the_server_is_bookkeeping() -> None:
    vinix = find("vinix")
    codes = {key: getattr(vinix.leftover(key), "code", None) for key in (*BOOKKEEPING, "metadata")}
    assert set(codes.values()) == {"UC901"}
