"""References: what a file may say, what it does to a flow and undoes on the way back, and the file that people fill in."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import unicall
from tests.strategies.flows import flows
from tests.support import PAIRS, VENDORS, fixture_files, records, text
from tests.support import strategies as inventions
from unicall.graph import (
    Announce,
    CallerMatch,
    Conference,
    EntryPoint,
    Fax,
    Flow,
    Node,
    Notify,
    PhoneNumber,
    Place,
    Queue,
    Reference,
    Region,
    Ring,
    RingTarget,
    SipAddress,
    Speech,
    Subflow,
    VendorNode,
    Voicemail,
)
from unicall.problem import DocumentError, UnicallError
from unicall.references import KINDS, Applied, Id, References, apply, is_of, parse_counterpart, read, swap, template, unused
from unicall.toml import quoted


def refused(references: Any) -> list[str]:
    """Everything that reading says against these references."""
    with pytest.raises(DocumentError) as caught:
        read(references)
    return [str(caught.value), *map(str, caught.value.others)]


def ring(*targets: Any) -> Ring:
    return Ring(targets=tuple(map(RingTarget, targets)))


def one(node: Node, **facts: Any) -> Flow:
    return Flow(**{"name": "Test", "start": "start", "nodes": {"start": node}, **facts})


def device(known: str, provider: str = "api19") -> Reference:
    return Reference(provider, "device", known)


def applied(flow: Flow, references: Any, source: str = "api19", target: str = "vinix") -> Applied:
    return apply(flow, read(references), source, target)


def said(done: Applied) -> list[tuple[str, str, str]]:
    """Code, field and message of everything that is said."""
    return [(problem.code, one.field, problem.message) for problem, one in zip(done.problems({}, None), done.said, strict=True)]


def parsed_fixtures() -> Iterator[Any]:
    for provider in VENDORS:
        for path in fixture_files(provider):
            flows_ = list(unicall.parse_all(path.read_bytes(), provider))
            yield pytest.param(provider, flows_, id=f"{provider}/{path.parent.name}/{path.stem}")


FIXTURES = list(parsed_fixtures())
FRONT_DESK = {"api19": {"device": {"694": "4f5e9a"}}}


# What a file may say.


@pytest.mark.parametrize(
    ("text", "counterpart"),
    [
        ("", None),
        ("  ", None),
        ("4f5e9a", Id("device", "4f5e9a")),
        (" 694 ", Id("device", "694")),
        ("user:4f5e9a", Id("user", "4f5e9a")),
        ("device:2025550142", Id("device", "2025550142")),
        ("new:device-1", Id("device", "new:device-1")),
        ("https://example.com/hello.wav", Id("device", "https://example.com/hello.wav")),
        ("audio:https://example.com/hello.wav", Id("audio", "https://example.com/hello.wav")),
        ("+12025550142", PhoneNumber("+12025550142")),
        ("+1 (202) 555-0142", PhoneNumber("+12025550142")),
        ("sip:192.0.2.10", SipAddress("192.0.2.10")),
        ("sip:192.0.2.10:5080", SipAddress("192.0.2.10", 5080)),
        ("sip:desk@pbx.example.com:5060", SipAddress("pbx.example.com", 5060, "desk")),
        ("sip:[2001:db8::1]:5060", SipAddress("2001:db8::1", 5060)),
    ],
)
def test_a_counterpart_is_text(text: str, counterpart: Any) -> None:
    assert parse_counterpart(text, "device") == counterpart


@pytest.mark.parametrize("text", ["text:", "text:hello", "foo:bar", "user:", "user: "])
def test_a_kind_that_no_carrier_has_and_an_empty_id_are_refused_with_their_place(text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read({"api19": {"device": {"694": text}}})
    assert caught.value.pointer == "/api19/device/694"


def test_an_id_with_a_colon_says_its_kind() -> None:
    assert parse_counterpart("device:foo:bar", "device") == Id("device", "foo:bar")
    assert parse_counterpart("pool:7", "pool") == Id("pool", "7")


@given(st.text(max_size=20))
def test_any_text_is_a_counterpart_or_refused(text: str) -> None:
    try:
        references = read({"api19": {"device": {"694": text}}})
    except DocumentError as error:
        assert error.pointer == "/api19/device/694"
    else:
        assert bool(references.counterparts) == bool(text.strip())


@pytest.mark.parametrize(
    ("references", "lines"),
    [
        ({"api91": {}}, ['/api91: no provider is called "api91"; did you mean api19?']),
        ({"number": {}}, ['/number: no provider is called "number"; did you mean numbers?']),
        ({"api19": 5}, ["/api19: expected a table of kinds, got 5"]),
        ({"api19": {"694": "4f5e"}}, ['/api19/694: expected a table of ids, got "4f5e"']),
        ({"api19": {"device": {"694": 5}}}, ["/api19/device/694: expected text, got 5"]),
        ({"api19": {"device": {"694": ["4f5e"]}}}, ['/api19/device/694: expected text, got ["4f5e"]']),
        (
            {"api19": {"device": {"a/b": "+1202"}}},
            ['/api19/device/a~1b: expected a telephone number such as +12025550142, got "+1202"'],
        ),
        (
            {"api19": {"device": {"694": "2025550142"}}},
            ['/api19/device/694: expected +12025550142 for a telephone number, or device:2025550142 for an id, got "2025550142"'],
        ),
        (
            {"api19": {"device": {"694": "sip:192.0.2.10:99999"}}},
            ['/api19/device/694: expected an address such as sip:192.0.2.10:5060, got "sip:192.0.2.10:99999"'],
        ),
        (
            {"api19": {"device": {"694": "sips:192.0.2.10"}}},
            ['/api19/device/694: expected an address such as sip:192.0.2.10:5060, got "sips:192.0.2.10"'],
        ),
        ({"api19": {"device": {"694": "device:"}}}, ['/api19/device/694: expected an id after device:, got "device:"']),
        (
            {"api19": {"device": {"694": "devise:4f5e9a"}}},
            [
                "/api19/device/694: expected device:devise:4f5e9a for an id with a colon, "
                'or a kind that a carrier has; did you mean device?, got "devise:4f5e9a"'
            ],
        ),
        ({"numbers": ["+12025550142"]}, ['/numbers: expected a table of flows, got ["+12025550142"]']),
        (
            {"numbers": {"Front": "+12025550142"}},
            ['/numbers/Front: expected an array of telephone numbers, got "+12025550142"'],
        ),
        (
            {"numbers": {"Front": ["+12025550142", "2025550142", 5]}},
            [
                '/numbers/Front/1: expected a telephone number such as +12025550142, got "2025550142"',
                "/numbers/Front/2: expected a telephone number such as +12025550142, got 5",
            ],
        ),
        ({"api19": {5: {}}}, ["/api19: has a key that is no text: 5"]),
        (["api19"], ["the document: expected a mapping or the path of a TOML file, got list"]),
        (
            {"api91": {}, "vinix": {"user": {"a": False}}},
            [
                '/api91: no provider is called "api91"; did you mean api19?',
                "/vinix/user/a: expected text, got false",
            ],
        ),
    ],
    ids=str,
)
def test_everything_that_is_wrong_is_said_with_its_place(references: Any, lines: list[str]) -> None:
    assert refused(references) == lines


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "references.toml"
    path.write_text('[api19.device]\n"694" = 5\n"694" = 6\n', encoding="utf-8")
    assert refused(path)[0].startswith(f"{path}: line 3, column ")
    path.write_text('[api19.device]\n"694" = 5\n', encoding="utf-8")
    assert refused(path) == [f"{path}: /api19/device/694: expected text, got 5"]


def test_what_was_read_is_taken_as_it_is() -> None:
    references = read(FRONT_DESK)
    assert read(references) is references
    assert read(None) == read({}) == References()


# What it does to a flow.


def test_an_id_becomes_its_counterpart_and_that_is_noted() -> None:
    done = applied(one(ring(device("694"), device("695"))), FRONT_DESK)
    assert done.flow == one(ring(device("4f5e9a", "vinix"), device("695")))
    assert said(done) == [
        ("UC605", "targets.0.target", "device:694 is device:4f5e9a there, as the references say"),
    ]
    assert done.unspoken == {device("695")}


def test_on_the_way_back_the_counterpart_becomes_the_id() -> None:
    done = applied(one(ring(device("4f5e9a", "vinix"))), FRONT_DESK, "vinix", "api19")
    assert done.flow == one(ring(device("694")))
    assert done.used == {"/api19/device/694"}


@pytest.mark.parametrize("text", ["+12025550142", "sip:192.0.2.10:5060", "user:5"])
def test_what_rings_can_be_a_number_an_address_or_another_kind(text: str) -> None:
    references = {"api19": {"device": {"694": text}}}
    there = applied(one(ring(device("694"))), references)
    counterpart = parse_counterpart(text, "device")
    expected = Reference("vinix", counterpart.kind, counterpart.id) if isinstance(counterpart, Id) else counterpart
    assert there.flow == one(ring(expected))
    assert applied(there.flow, references, "vinix", "api19").flow == one(ring(device("694")))


VINIX = "vinix"
EVERYWHERE = [
    Announce(prompt=Reference(VINIX, "audio", "a")),
    Voicemail(mailbox=Reference(VINIX, "mailbox", "a"), greeting=Reference(VINIX, "audio", "a")),
    Ring(targets=(RingTarget(Reference(VINIX, "device", "a")),), whisper=Reference(VINIX, "audio", "a")),
    Queue(queue=Reference(VINIX, "queue", "a")),
    Subflow(flow=Reference(VINIX, "flow", "a")),
    Fax(box=Reference(VINIX, "faxbox", "a")),
    Conference(room=Reference(VINIX, "conference", "a")),
    CallerMatch(list=Reference(VINIX, "list", "a")),
    Notify(recipients=("desk@example.com", Reference(VINIX, "user", "a"))),
    Region(places=(Place("Boise", reference=Reference(VINIX, "location", "a")),)),
]


@pytest.mark.parametrize("node", EVERYWHERE, ids=lambda node: type(node).__name__)
def test_a_reference_is_translated_wherever_it_stands(node: Node) -> None:
    kinds = ("audio", "mailbox", "device", "queue", "flow", "faxbox", "conference", "list", "user", "location")
    references = {"vinix": {kind: {"a": f"{kind}:b"} for kind in kinds}}
    inside = one(node, subflows={"part": one(node)})
    done = applied(inside, references, "vinix", "api19")
    assert '"vinix"' not in unicall.dumps(done.flow)
    assert unicall.dumps(done.flow).replace("api19", "vinix").replace('"b"', '"a"') == unicall.dumps(inside)
    assert {said.node for said in done.said} == {"start", "@part/start"}


def test_only_what_rings_can_become_a_number() -> None:
    flow = one(Voicemail(mailbox=Reference("vinix", "mailbox", "9")))
    done = applied(flow, {"vinix": {"mailbox": {"9": "+12025550142"}}}, "vinix", "api19")
    assert done.flow is flow
    assert said(done) == [
        ("UC607", "mailbox", "mailbox:9 stays as it is: its counterpart +12025550142 can only be rung"),
    ]


SHARED = {"api19": {"device": {"694": "4f5e9a", "695": "4f5e9a"}}}


def test_a_shared_counterpart_is_nobodys_on_the_way_back() -> None:
    flow = one(ring(device("4f5e9a", "vinix")))
    done = applied(flow, SHARED, "vinix", "api19")
    assert done.flow is flow
    assert said(done) == [
        (
            "UC606",
            "targets.0.target",
            "device:4f5e9a stays as it is: the references name it as the counterpart of device:694 and of device:695",
        )
    ]
    assert unused(read(SHARED), [done]) == ()


def test_an_entry_of_its_own_decides_for_a_shared_counterpart() -> None:
    decided = {**SHARED, "vinix": {"device": {"4f5e9a": "695"}}}
    done = applied(one(ring(device("4f5e9a", "vinix"))), decided, "vinix", "api19")
    assert done.flow == one(ring(device("695")))


def test_a_number_of_the_targets_own_flow_stays_a_number() -> None:
    """Somebody rings the desk by its number there already."""
    flow = one(ring(PhoneNumber("+12025550142")), extras={"api19": {}})
    references = {"api19": {"device": {"694": "+12025550142"}}}
    assert applied(flow, references, "unicall", "api19").flow is flow
    assert applied(evolve(flow, extras={}), references, "unicall", "api19").flow == one(ring(device("694")))


@pytest.mark.parametrize("target", ["api19", "unicall"])
def test_nothing_changes_within_a_carrier_or_in_the_native_format(target: str) -> None:
    flow = one(ring(device("694")))
    assert applied(flow, FRONT_DESK, target=target).flow is flow


def test_what_nothing_speaks_of_stays_the_very_same() -> None:
    flow = one(VendorNode(provider="vinix", word="disa", data={"id": "694"}))
    assert applied(flow, FRONT_DESK).flow is flow


def test_a_flow_that_came_along_keeps_its_id() -> None:
    inside = one(Subflow(flow=Reference("vinix", "flow", "part")), subflows={"part": one(ring(device("1", "vinix")))})
    references = {"vinix": {"flow": {"part": "other"}, "device": {"1": "2"}}}
    done = applied(inside, references, "vinix", "api19")
    assert done.flow.nodes == inside.nodes
    assert done.flow.subflows == {"part": one(ring(device("2")))}
    assert unused(read(references), [done]) == (("/vinix/flow/part", "no flow uses this entry"),)


def test_flows_within_flows_are_no_recursion() -> None:
    flow = one(ring(device("694")))
    for _ in range(3_000):
        flow = one(ring(device("694")), subflows={"part": flow})
    assert len(applied(flow, FRONT_DESK).said) == 3_001


def test_a_problem_has_the_place_and_the_value_of_what_stood_there() -> None:
    document = {"name": "Test", "json": '{"route1": "192.0.2.1", "route2": "device:694"}'}
    parsed = unicall.parse(document)
    problems = applied(parsed.flow, FRONT_DESK).problems(parsed.reading.places, document)
    assert [(p.code, p.pointer, p.value, p.node) for p in problems] == [("UC605", "/json/route2", "device:694", "otherwise")]


# Numbers.


FRONT = {"numbers": {"Front": ["+12025550150", "+12025550151"]}}
WAYS = (EntryPoint("number", "+12025550150"), EntryPoint("number", "+12025550151"))


def test_a_flow_gets_the_numbers_that_its_carrier_keeps_elsewhere() -> None:
    done = applied(one(ring(device("1")), name="Front"), FRONT)
    assert done.flow.entry_points == WAYS
    assert done.used == {"/numbers/Front/0", "/numbers/Front/1"}


def test_a_flow_whose_carrier_holds_numbers_gets_none() -> None:
    flow = one(ring(device("1")), name="Front")
    assert applied(flow, FRONT, "vinix", "convirza-v2").flow is flow


def test_a_native_flow_gets_the_numbers_of_the_carrier_that_it_came_from() -> None:
    flow = one(ring(device("1")), name="Front", extras={"api19": {}})
    assert applied(flow, FRONT, "unicall").flow.entry_points == WAYS
    assert applied(evolve(flow, extras={}), FRONT, "unicall").flow.entry_points == ()


def test_numbers_that_the_target_keeps_elsewhere_are_taken_out_and_noted() -> None:
    other = EntryPoint("number", "+12025550159")
    flow = one(ring(device("1")), name="Front", entry_points=(other, WAYS[1]))
    done = applied(flow, FRONT, "vinix", "api19")
    assert done.flow.entry_points == (other,)
    assert said(done) == [
        ("UC608", "entry_points.1", 'API19 keeps "+12025550151" outside the flow, where the references say it is'),
    ]
    assert unused(read(FRONT), [done]) == (("/numbers/Front/0", "no flow uses this number"),)


def test_the_id_of_a_flow_comes_before_its_name() -> None:
    numbers = {"Front": ["+12025550150"], "41": ["+12025550151"]}
    for known in ("41", 41):
        flow = unicall.parse({"id": known, "name": "Front", "json": ""}).flow
        assert applied(flow, {"numbers": numbers}).flow.entry_points == WAYS[1:]
    other = unicall.parse({"id": "42", "name": "Front", "json": ""}).flow
    assert applied(other, {"numbers": numbers}).flow.entry_points == WAYS[:1]


# What nobody used.


def test_entries_that_no_flow_uses_are_named_with_the_nearest_id() -> None:
    references = {
        "api19": {"device": {"694": "a", "6955": "b", "zzz": "c", "700": ""}},
        "numbers": {"Frnt": ["+12025550150"]},
    }
    done = [applied(one(ring(device("694"), device("695")), name="Front"), references), applied(one(ring()), references)]
    assert unused(read(references), done) == (
        ("/api19/device/6955", "no flow uses this entry; did you mean device:695?"),
        ("/api19/device/zzz", "no flow uses this entry"),
        ("/numbers/Frnt/0", "no flow uses this number; did you mean Front?"),
    )


# There and back.


def references_of(flow: Flow) -> list[Reference]:
    """The references of a flow that need a counterpart."""
    found: list[Reference] = []

    def note(path: str, atom: Any) -> Any:
        if isinstance(atom, Reference) and not (atom.kind == "flow" and atom.id in flow.subflows):
            found.append(atom)
        return atom

    todo = [flow]
    while todo:
        part = todo.pop()
        todo.extend(part.subflows.values())
        for node in part.nodes.values():
            swap(node, "", note)
    return list(dict.fromkeys(found))


def numbered(found: list[Reference]) -> dict[str, dict[str, dict[str, str]]]:
    """A counterpart of its own for each of these."""
    table: dict[str, dict[str, dict[str, str]]] = {}
    for index, reference in enumerate(found):
        table.setdefault(reference.provider, {}).setdefault(reference.kind, {})[reference.id] = f"id{index}"
    return table


def there_and_back(provider: str, flow: Flow) -> None:
    for target in VENDORS:
        if target == provider:
            continue
        found = [reference for reference in references_of(flow) if not is_of(reference, target)]
        references = read(numbered(found))
        there = apply(flow, references, provider, target)
        assert len(there.used) == len(found)
        assert all(is_of(reference, target) for reference in references_of(there.flow))
        assert apply(there.flow, references, target, provider).flow == flow


@pytest.mark.parametrize(("provider", "parsed"), FIXTURES)
def test_there_and_back_gives_the_flow_of_a_fixture(provider: str, parsed: list[unicall.Parsed]) -> None:
    for one in parsed:
        there_and_back(provider, one.flow)


@pytest.mark.parametrize("provider", VENDORS)
@given(data=st.data())
def test_there_and_back_gives_any_flow(provider: str, data: st.DataObject) -> None:
    there_and_back(provider, unicall.parse(data.draw(inventions(provider).documents()), provider).flow)


def test_there_and_back_gives_the_numbers() -> None:
    flow = one(ring(device("1")), name="Front")
    there = applied(flow, FRONT)
    assert applied(there.flow, FRONT, "vinix", "api19").flow == flow


RUNG = ("address", "agent", "device", "group", "number", "target", "user")
AS_VINIX_HAS_IT = {"disclaimer": "audio", "location": "list"}


def filled_in(flow: Flow, target: str) -> list[tuple[Reference, str, str]]:
    """A counterpart that the target can hold for each reference of a flow: the reference, the kind, the id."""
    rung = {"api19": ("device", "10{}"), "vinix": ("device", "4f5e9a{}")}.get(target, ("number", "desk{}"))
    kinds = AS_VINIX_HAS_IT if target == "vinix" else {}
    return [
        (one, *((rung[0], rung[1].format(index)) if one.kind in RUNG else (kinds.get(one.kind, one.kind), f"70{index}")))
        for index, one in enumerate(references_of(flow))
        if ":" not in one.id and not is_of(one, target)
    ]


def filed(entries: list[tuple[str, str, str, str]]) -> dict[str, Any]:
    """A file of references with these entries: provider, kind, id, counterpart."""
    file: dict[str, Any] = {}
    for provider, kind, known, counterpart in entries:
        file.setdefault(provider, {}).setdefault(kind, {})[known] = counterpart
    return file


def files_of(flow: Flow, source: str, target: str) -> Iterator[dict[str, Any]]:
    """The same references as the command prints them, filed under the flow's own carrier, and seen from the other side."""
    entries = filled_in(flow, target)
    numbers = {"numbers": {flow.name: [*(way.value for way in flow.entry_points if way.kind == "number"), "+12025550161"]}}
    more = {} if flow.name is None else numbers
    for named in (None, source):
        yield filed([(named or one.provider, one.kind, one.id, f"{kind}:{known}") for one, kind, known in entries]) | more
    yield filed([(target, kind, known, f"{one.kind}:{one.id}") for one, kind, known in entries if one.kind in KINDS]) | more


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=[f"{a}>{b}" for a, b in PAIRS])
def test_a_document_comes_back_exactly_with_its_residue_and_the_references_of_the_way_there(source: str, target: str) -> None:
    for name, record in records(source):
        for file in files_of(unicall.parse(record, source).flow, source, target):
            there = unicall.translate(record, source, target, references=file)
            idle = unused(read(file), [there.crossing.applied] if there.crossing.applied else [])
            assert [at for at, _ in idle if not at.startswith("/numbers/")] == []
            residue = json.loads(json.dumps(there.residue))
            back = unicall.translate(there.document, target, source, residue=residue, references=file)
            assert text(back.document) == text(record), name
            assert back.problems == ()


# What two formats of one vendor share.

ROUTE = {"provisioned_route_id": 7, "route_type": "simple", "ring_to": "12025550142", "play_disclaimer": "before"}
FLOW = {"call_flow_id": 7, "routable_type": "SimpleRoute", "default_ringto": "2025550142", "play_disclaimer": "before"}
HEARD = Reference("convirza-v2", "disclaimer", "account")


@pytest.mark.parametrize("table", ["convirza-v2", "convirza-v3"])
@pytest.mark.parametrize("document", [ROUTE, FLOW], ids=["convirza-v3", "convirza-v2"])
def test_what_two_formats_share_has_an_entry_in_the_table_of_either(document: Any, table: str) -> None:
    references = {table: {"disclaimer": {"account": "audio:4f5e9a"}}}
    there = unicall.translate(document, target="vinix", references=references)
    assert there.document["callflow"]["flow"]["data"]["id"] == "4f5e9a"
    assert there.crossing.applied is not None
    assert unused(read(references), [there.crossing.applied]) == ()


@pytest.mark.parametrize("target", ["convirza-v2", "convirza-v3"])
@pytest.mark.parametrize(
    "references",
    [
        {"convirza-v2": {"disclaimer": {"account": "audio:4f5e9a"}}},
        {"convirza-v3": {"disclaimer": {"account": "audio:4f5e9a"}}},
        {"vinix": {"audio": {"4f5e9a": "disclaimer:account"}}},
    ],
    ids=lambda references: next(iter(references)),
)
def test_what_two_formats_share_is_the_same_on_the_way_to_either(target: str, references: Any) -> None:
    heard = one(Announce(prompt=Reference("vinix", "audio", "4f5e9a")))
    assert applied(heard, references, "vinix", target).flow == one(Announce(prompt=HEARD))


def test_what_two_formats_share_needs_no_counterpart_between_them() -> None:
    references = {"convirza-v2": {"disclaimer": {"account": "audio:4f5e9a"}}}
    for document, source, target in ((ROUTE, "convirza-v3", "convirza-v2"), (FLOW, "convirza-v2", "convirza-v3")):
        there = unicall.translate(document, source, target, references=references)
        assert there.document["play_disclaimer"] == "before"
        assert there.crossing.applied is not None and not there.crossing.applied.used


def test_two_counterparts_of_what_two_formats_share_are_refused() -> None:
    tables = {f"convirza-{version}": {"disclaimer": {"account": f"audio:{version}"}} for version in ("v2", "v3")}
    assert refused(tables) == [
        "/convirza-v3/disclaimer/account: names the same as /convirza-v2/disclaimer/account, with another counterpart"
    ]
    tables["convirza-v3"] = tables["convirza-v2"]
    heard = applied(one(Announce(prompt=HEARD)), tables, "convirza-v3")
    assert heard.used == {"/convirza-v2/disclaimer/account", "/convirza-v3/disclaimer/account"}


def test_a_misspelt_id_of_what_two_formats_share_is_named_with_the_nearest_one() -> None:
    references = {"convirza-v3": {"disclaimer": {"acount": "audio:4f5e9a"}}}
    done = applied(one(Announce(prompt=HEARD)), references, "convirza-v3")
    expected = "no flow uses this entry; did you mean disclaimer:account?"
    assert unused(read(references), [done]) == (("/convirza-v3/disclaimer/acount", expected),)


def test_a_flow_that_comes_back_gets_no_number_that_it_never_had() -> None:
    document = {**CALLFLOW, "numbers": ["+12025550150"]}
    references = {"numbers": {"Desk": ["+12025550150", "+12025550151"]}, "api19": {"device": {"694": "4f5e9a"}}}
    there = unicall.translate(document, "vinix", "api19", references=references)
    back = unicall.translate(there.document, "api19", "vinix", residue=there.residue, references=references)
    assert back.document == document


# The file to fill in.


def accepted_and_of_no_effect(parsed: list[unicall.Parsed]) -> None:
    text = template(parsed)
    assert text.encode("utf-8").decode("utf-8") == text
    references = read(tomllib.loads(text))
    assert references.counterparts == {}
    for one in parsed:
        for target in VENDORS:
            assert apply(one.flow, references, one.provider, target).flow == one.flow


@pytest.mark.parametrize(("provider", "parsed"), FIXTURES)
def test_the_file_of_a_fixture_is_accepted_as_it_stands(provider: str, parsed: list[unicall.Parsed]) -> None:
    accepted_and_of_no_effect(parsed)


@pytest.mark.parametrize("provider", VENDORS)
@given(data=st.data())
def test_the_file_of_any_document_is_accepted_as_it_stands(provider: str, data: st.DataObject) -> None:
    accepted_and_of_no_effect([unicall.parse(data.draw(inventions(provider).documents()), provider)])


@given(flow=flows())
def test_the_file_of_any_native_flow_is_accepted_as_it_stands(flow: Flow) -> None:
    accepted_and_of_no_effect([unicall.parse(unicall.dumps(flow), "unicall")])


@pytest.mark.parametrize(("provider", "parsed"), FIXTURES)
def test_the_file_has_an_entry_for_every_id_that_needs_one(provider: str, parsed: list[unicall.Parsed]) -> None:
    """All but those of documents that unicall made and that are here."""
    made = {resource.id for one in parsed for resource in one.flow.resources if resource.id.startswith("new:")}
    table = tomllib.loads(template(parsed))
    listed = {Reference(p, kind, known) for p in VENDORS for kind, ids in table.get(p, {}).items() for known in ids}
    assert listed == {found for one in parsed for found in references_of(one.flow) if found.id not in made}


@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_any_text_can_be_an_id_unless_no_file_can_hold_it(known: str) -> None:
    flow = one(ring(device(known)), name=known)
    text = template([unicall.parse(unicall.emit(flow, "unicall").document, "unicall")])
    table = tomllib.loads(text)
    if any("\ud800" <= character <= "\udfff" for character in known):
        assert "cannot stand in this file" in text
        assert table == {}
    else:
        assert table == {"api19": {"device": {known: ""}}}


@given(st.text(max_size=20))
def test_a_quoted_text_is_itself(text: str) -> None:
    assert tomllib.loads(f"{quoted(text)} = {quoted(text)}") == {text: text}


def test_the_file_reads_well() -> None:
    bundle = {
        "call_flow": {"name": "Clinic", "json": '{"route1": "device:22", "route1_simul": "device:9", "route2": "user:\\"\\n"}'},
        "devices": {"22": {"name": "Nurse desk"}},
    }
    header, *tables = template([unicall.parse(bundle)]).partition("\n[api19.device]")
    assert all(line.startswith("#") for line in header.splitlines())
    assert "".join(tables) == (
        "\n[api19.device]\n"
        "# Clinic: ring 2 together (/call_flow/json/route1_simul)\n"
        '"9" = ""\n'
        "\n"
        '# "Nurse desk"\n'
        "# Clinic: ring 2 together (/call_flow/json/route1)\n"
        '"22" = ""\n'
        "\n"
        "[api19.user]\n"
        '# Clinic: ring user:"\\n (/call_flow/json/route2)\n'
        '"\\"\\n" = ""\n'
        "\n"
        '# These flows come without their telephone numbers, which their carrier keeps elsewhere: "+12025550142", and so on.\n'
        "[numbers]\n"
        '"Clinic" = []\n'
    )


def test_three_places_are_shown_and_the_others_counted() -> None:
    nodes: dict[str, Node] = {str(n): Voicemail(mailbox=Reference("vinix", "mailbox", "9")) for n in range(5)}
    text = template([unicall.parse(unicall.dumps(Flow(name="Test", start="0", nodes=nodes)))])
    assert [line for line in text.split("[vinix.mailbox]\n")[1].splitlines() if line.startswith("#")] == [
        "# Test: voicemail, mailbox:9 (/nodes/0/mailbox)",
        "# Test: voicemail, mailbox:9 (/nodes/1/mailbox)",
        "# Test: voicemail, mailbox:9 (/nodes/2/mailbox)",
        "# and 2 more",
    ]


def test_flows_of_one_name_are_listed_by_their_ids() -> None:
    named = (("7", "Front"), ("8", "Front"), ("9", "Back"), ("10", "7"))
    parsed = list(unicall.parse_all({"call_flows": [{"id": known, "name": name, "json": ""} for known, name in named]}))
    assert tomllib.loads(template(parsed)) == {"numbers": {"10": [], "7": [], "8": [], "Back": []}}
    for number, one in enumerate(parsed):
        numbers = {"numbers": {key: [f"+1202555015{n}"] for n, key in enumerate(("7", "8", "Back", "10"))}}
        assert [way_in.value for way_in in applied(one.flow, numbers).flow.entry_points] == [f"+1202555015{number}"]


def test_a_document_that_unicall_made_needs_no_counterpart_where_it_is_there() -> None:
    tree = {"module": "voicemail", "data": {"id": "new:vmbox-1"}, "children": {}}
    bundle = {"callflow": {"name": "Test", "numbers": ["100"], "flow": tree}}
    box = {"vmboxes": {"new:vmbox-1": {"mailbox": "1", "name": "Box"}}}
    assert tomllib.loads(template([unicall.parse(bundle)])) == {"vinix": {"mailbox": {"new:vmbox-1": ""}}}
    assert tomllib.loads(template([unicall.parse(bundle | box)])) == {}


def test_a_provider_that_is_not_installed_is_named_and_left_out() -> None:
    flow = one(Announce(prompt=Speech("Hello.")), nodes={"start": ring(Reference("carrier7", "device", "5"))})
    text = template([unicall.parse(unicall.dumps(flow))])
    assert '\n# "device:5" of carrier7 cannot stand in this file.\n' in text
    assert tomllib.loads(text) == {}


def test_nothing_but_our_own_errors_comes_out() -> None:
    strange: tuple[Any, ...] = (5, [], b"x", "\x00", {"numbers": None}, {None: None}, {"api19": {"device": {"1": None}}})
    for references in strange:
        with pytest.raises(UnicallError):
            read(references)


# What the target cannot ring.

ONE_STEP = {"id": "7", "name": "Desk", "json": json.dumps({"route1": "device:694", "route1_wait": 20})}
CALLFLOW = {"name": "Desk", "numbers": ["+12025550142"], "flow": {"module": "device", "data": {"id": "4f5e9a"}, "children": {}}}


@pytest.mark.parametrize(
    ("document", "target", "references", "expected"),
    [
        (ONE_STEP, "convirza-v2", {"api19": {"device": {"694": "banana"}}}, "a telephone number such as +12025550142"),
        (ONE_STEP, "convirza-v3", {"api19": {"device": {"694": "user:4"}}}, "a telephone number such as +12025550142, or"),
        (ONE_STEP, "vinix", {"api19": {"device": {"694": "mailbox:4f5e"}}}, "a number, or the id of a device, a user or a group"),
        (CALLFLOW, "api19", {"vinix": {"device": {"4f5e9a": "banana"}}}, "the number of a device, such as device:694"),
        (CALLFLOW, "api19", {"api19": {"device": {"banana": "4f5e9a"}}}, "the number of a device, such as device:694"),
    ],
)
def test_an_entry_that_names_what_the_target_cannot_ring_is_refused(
    tmp_path: Path, document: Any, target: str, references: Any, expected: str
) -> None:
    (provider, kinds), path = next(iter(references.items())), tmp_path / "references.toml"
    (known, there) = next(iter(kinds["device"].items()))
    path.write_text(f'[{provider}.device]\n"{known}" = "{there}"\n', encoding="utf-8")
    for table in (references, path):
        with pytest.raises(DocumentError) as caught:
            unicall.translate(document, target=target, references=table)
        assert caught.value.pointer == f"/{provider}/device/{known}"
        assert caught.value.text.startswith(f"expected {expected}")
        assert caught.value.source == ("" if table is references else str(path))


def test_an_entry_that_no_flow_uses_is_not_looked_at() -> None:
    references = {"api19": {"device": {"694": "+12025550143", "695": "banana"}}}
    assert unicall.translate(ONE_STEP, target="convirza-v2", references=references).document["default_ringto"] == "2025550143"


def test_every_entry_that_the_target_cannot_ring_is_named_at_once() -> None:
    two = {**ONE_STEP, "json": json.dumps({"route1": "device:694", "route2": "device:695", "route3": "device:696"})}
    references = {"api19": {"device": {"694": "apple", "695": "+12025550143", "696": "pear"}}}
    with pytest.raises(DocumentError) as caught:
        unicall.translate(two, target="convirza-v2", references=references)
    assert [caught.value.pointer, *(one.pointer for one in caught.value.others)] == ["/api19/device/694", "/api19/device/696"]
