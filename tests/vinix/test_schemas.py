"""What is written for Vinix is a document that Kazoo takes: its own JSON schemas judge, of the 4.3 line and of KAZOO 5.

The ids that unicall makes up stand for ids that the server gives, 32 hex digits each; they are exchanged first.
The schemas are not part of this repository. Where they are not beside it, these tests are skipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import md5
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from referencing import Registry
from referencing.jsonschema import DRAFT4

import unicall
from tests.conftest import ROOT
from tests.strategies import convirza_v2
from tests.strategies import flows as invented
from tests.support import records
from unicall.graph import (
    KINDS,
    Announce,
    Conference,
    Directory,
    EntryPoint,
    Fax,
    Flow,
    Menu,
    Node,
    Notify,
    Park,
    Pause,
    PhoneNumber,
    Queue,
    Reference,
    Reject,
    Ring,
    RingTarget,
    Schedule,
    SetCallerId,
    SetLanguage,
    SetVariable,
    SipAddress,
    Speech,
    Subflow,
    VendorNode,
    Voicemail,
    Webhook,
)
from unicall.hours import DAY, WEEKDAYS, Hours, Recurrence

Json = Any

SCHEMAS = ROOT.parent / "shared" / "kazoo_schemas"
GENERATIONS = {"4.3": SCHEMAS, "5": SCHEMAS / "kazoo5"}
#: The schema of each section's documents, where it is not called as the section is.
CALLED = {"faxboxes": "faxbox"}

pytestmark = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="Kazoo's schemas are not beside this repository")


@cache
def _registry(generation: str) -> Registry[Any]:
    """All schemas of a generation under their bare names, which is how they refer to each other."""
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in GENERATIONS[generation].glob("*.json")}
    pairs = [(name, DRAFT4.create_resource(schema)) for name, schema in found.items()]
    registry: Registry[Any] = Registry().with_resources(pairs)
    return registry


@cache
def _validator(generation: str, name: str) -> jsonschema.Draft4Validator:
    registry = _registry(generation)
    return jsonschema.Draft4Validator(registry.contents(name), registry=registry)


def with_real_ids(value: Json) -> Json:
    """The same document after the server gave every ``new:`` document an id of its own."""
    match value:
        case dict():
            return {with_real_ids(key): with_real_ids(item) for key, item in value.items()}
        case list():
            return [with_real_ids(item) for item in value]
        case str() if value.startswith("new:"):
            return md5(value.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
        case _:
            return value


def parts(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Every part of a bundle that has a schema: where it stands, the name of the schema, the part."""
    bundle = document if "callflow" in document else {"callflow": document}
    for name, section in bundle.items():
        if name == "callflow":
            yield from _callflow("/callflow", section)
            continue
        for key, one in section.items():
            if name == "callflows":
                yield from _callflow(f"/callflows/{key}", one)
            else:
                yield f"/{name}/{key}", CALLED.get(name, name), one


def _callflow(at: str, document: Json) -> Iterator[tuple[str, str, Json]]:
    yield at, "callflows", document
    todo = [(f"{at}/flow", document["flow"])] if document.get("flow") else []
    while todo:
        where, node = todo.pop()
        yield f"{where}/data", f"callflows.{node['module']}", node["data"]
        todo.extend((f"{where}/children/{key}", child) for key, child in (node.get("children") or {}).items())


def faults(document: Json, generation: str) -> list[str]:
    """What Kazoo has against a document."""
    found = []
    known = _registry(generation)
    for at, name, part in parts(with_real_ids(document)):
        if name not in known:
            found.append(f"{at}: no schema is called {name}")
            continue
        for error in _validator(generation, name).iter_errors(part):
            where = "/".join(map(str, error.absolute_path))
            found.append(f"{at}: {where}: {error.message[:200]}")
    return found


SECTION_OF = {
    "menu": "menus", "rule": "temporal_rules", "set": "temporal_rules_sets", "media": "media", "device": "devices",
    "vmbox": "vmboxes", "callflow": "callflows", "faxbox": "faxboxes",
}  # fmt: skip


def missing(document: Json) -> list[str]:
    """The made-up ids that are referred to and stand in no section, or in the wrong one."""
    made: dict[str, str] = {}
    for name, section in document.items():
        if name != "callflow":
            made |= dict.fromkeys(section, name)
    lost = []
    for word in _strings(document.get("callflow", document)) | _strings(
        [list(section.values()) for name, section in document.items() if name != "callflow" and isinstance(section, dict)]
    ):
        if not word.startswith("new:"):
            continue
        kind = re.split(r"[-#]", word[4:])[0]
        if word not in made or SECTION_OF.get(kind, made[word]) != made[word]:
            lost.append(word)
    return lost


def _strings(value: Json) -> set[str]:
    found: set[str] = set()
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            found.add(item)
        elif isinstance(item, Mapping):
            todo.extend([*item.keys(), *item.values()])
        elif isinstance(item, list):
            todo.extend(item)
    return found


def assert_taken(document: Json) -> None:
    """Kazoo takes it, both generations, and what it refers to is there."""
    for generation in GENERATIONS:
        assert faults(document, generation) == [], generation
    assert missing(document) == []


@pytest.mark.parametrize(
    ("source", "record"),
    [
        pytest.param(source, record, id=f"{source}/{name}")
        for source in ("convirza-v2", "api19")
        for name, record in records(source)
    ],
)
def test_every_fixture_becomes_a_document_that_kazoo_takes(source: str, record: Json) -> None:
    assert_taken(unicall.translate(record, source, "vinix").document)


@settings(max_examples=100)
@given(convirza_v2.clean_documents())
def test_every_invented_convirza_flow_becomes_a_document_that_kazoo_takes(document: Json) -> None:
    made = unicall.translate(document, "convirza-v2", "vinix").document
    assume("flow" in made["callflow"])
    assert_taken(made)


# Flows as another carrier's documents may say them: any shape, sensible facts.

words = st.sampled_from(("Welcome.", "Café / Büro ~1", "Front desk", "x" * 200))
seconds = st.integers(0, 600) | st.sampled_from((0.25, 7.5))
addresses = st.sampled_from(("desk@example.com", "night@example.com"))


def _foreign(kind: str) -> st.SearchStrategy[Reference]:
    return st.builds(Reference, provider=st.just("api19"), kind=st.just(kind), id=st.sampled_from(("694", "a/b", "Büro 1")))


numbers = st.integers(2000000, 9999999).map(lambda number: PhoneNumber(f"+1202{number}"))
prompts = st.builds(Speech, text=words) | _foreign("audio")
targets = (
    numbers
    | st.builds(SipAddress, host=st.just("192.0.2.10"), port=st.sampled_from((None, 5080)), user=st.sampled_from((None, "desk")))
    | st.sampled_from(("device", "user", "group", "agent")).flatmap(_foreign)
)
ring_targets = st.builds(
    RingTarget,
    target=targets,
    delay=st.none() | seconds,
    timeout=st.none() | seconds,
    weight=st.none() | st.integers(1, 100),
    confirm=st.booleans(),
)
recurrences = st.builds(
    Recurrence,
    frequency=st.sampled_from(("once", "daily", "weekly", "monthly", "yearly")),
    interval=st.integers(1, 10),
    weekdays=st.sampled_from(WEEKDAYS).map(lambda day: (day,)),
    ordinal=st.sampled_from((None, -1, 1, 5)),
    month_days=st.sampled_from(((), (1,), (15, 31))),
    month=st.none() | st.integers(1, 12),
    first=st.none() | invented.dates,
    until=st.none() | invented.dates,
    except_days=invented.tuples(invented.dates),
    start=st.integers(0, DAY),
    end=st.integers(0, DAY),
    overnight=st.booleans(),
    override=st.none() | st.booleans(),
    title=st.none() | words,
)
hours = st.lists(
    st.builds(Hours, name=st.sampled_from(("open hours", "1", "*")), recurrences=invented.tuples(recurrences)),
    max_size=3,
    unique_by=lambda named: named.name,
).map(tuple)

#: What replaces the absurd values of the general flows.
SENSIBLE: Mapping[type[Node], Mapping[str, st.SearchStrategy[Any]]] = {
    Announce: {"prompt": prompts},
    Menu: {
        **dict.fromkeys(("greeting", "notice", "invalid_prompt", "exit_prompt", "transfer_prompt"), st.none() | prompts),
        "record_pin": st.none() | st.just("1234"),
        "retries": st.none() | st.integers(0, 12),
        "timeout": st.none() | seconds,
        "interdigit_timeout": st.none() | seconds,
        "max_digits": st.none() | st.integers(1, 12),
    },
    Ring: {
        "targets": invented.tuples(ring_targets),
        "timeout": st.none() | seconds,
        "whisper": st.none() | prompts,
    },
    Schedule: {"hours": hours},
    Voicemail: {"mailbox": st.none() | _foreign("mailbox"), "greeting": st.none() | prompts},
    Queue: {"queue": _foreign("queue"), "priority": st.none() | st.integers(0, 9)},
    Subflow: {"flow": st.just(Reference("vinix", "flow", "0123456789abcdef" * 2))},
    Fax: {"box": st.none() | _foreign("faxbox"), "recipients": invented.tuples(addresses)},
    Conference: {"room": st.none() | _foreign("conference")},
    Directory: {"directory": st.none() | _foreign("directory")},
    Park: {"slot": st.none() | st.just("101")},
    SetCallerId: {"name": st.none() | words, "number": st.none() | st.just("+12025550100")},
    SetLanguage: {"language": st.sampled_from(("en", "en-US"))},
    SetVariable: {"values": st.dictionaries(st.sampled_from(("campaign", "source")), words)},
    Notify: {"recipients": invented.tuples(addresses)},
    Pause: {"seconds": seconds},
    Reject: {"code": st.integers(400, 699), "reason": st.none() | words, "prompt": st.none() | prompts},
    Webhook: {"url": st.just("https://example.com/hook"), "method": st.sampled_from((None, "GET", "POST", "get"))},
    VendorNode: {"provider": st.just("api19"), "word": words, "data": st.none()},
}


def sensible_nodes(ids: tuple[str, ...]) -> st.SearchStrategy[Node]:
    """A node of any kind; its exits lead to these ids."""

    def build(kind: type[Node]) -> st.SearchStrategy[Node]:
        exits = st.dictionaries(st.sampled_from((*invented.LABELS, *kind.EXITS)), st.sampled_from(ids), max_size=3)
        return st.builds(kind, exits=exits, label=st.none() | words, **{**invented.FACTS[kind], **SENSIBLE.get(kind, {})})

    return st.sampled_from(list(KINDS.values())).flatmap(build)


@st.composite
def sensible_flows(draw: st.DrawFn) -> Flow:
    """A flow of any shape that starts somewhere."""
    ids = tuple(draw(st.lists(st.sampled_from(invented.NODE_IDS), unique=True, min_size=1, max_size=5)))
    return Flow(
        name=draw(st.none() | words),
        start=ids[0],
        nodes={node_id: draw(sensible_nodes(ids)) for node_id in ids},
        entry_points=(EntryPoint("number", "+12025550142"),),
    )


@settings(max_examples=100)
@given(sensible_flows())
def test_every_invented_flow_becomes_a_document_that_kazoo_takes(flow: Flow) -> None:
    made = unicall.emit(flow, "vinix").document
    assume("flow" in made["callflow"])
    assert_taken(made)


def test_a_flow_of_which_nothing_is_left_becomes_a_document_that_kazoo_takes() -> None:
    assert_taken(unicall.emit(Flow(name="Empty", entry_points=(EntryPoint("number", "+12025550142"),)), "vinix").document)
