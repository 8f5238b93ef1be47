"""Vinix's accounts over real sockets: what a request is made of is taken by a server that checks as Kazoo does, and reads back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

import unicall
from tests.conftest import FIXTURES
from tests.support import fixture_files
from unicall.live.api import connect
from unicall.live.carrier import Held
from unicall.problem import ProviderError
from unicall.sandbox import Sandbox
from unicall_vinix.account import CARRIER, MAIN, VinixAccount
from unicall_vinix.bundle import SECTIONS


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(providers=("vinix",), hold=1.0) as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> Iterator[VinixAccount]:
    known = sandbox.account("vinix")
    with connect(known["url"]) as http:
        opened = CARRIER.open(http, known)
        assert isinstance(opened, VinixAccount)
        yield opened


def named(document: Any, ids: dict[str, str]) -> Any:
    """A document with ids in the place of ``new:`` keys."""
    text = json.dumps(document)
    for key, made in ids.items():
        text = text.replace(json.dumps(key), json.dumps(made))
    return json.loads(text)


def put_up(account: VinixAccount, document: Any, mark: str) -> dict[str, tuple[str, str, Any]]:
    """Make all pieces, those that refer to what is not there yet twice; per key its kind, its id and what was sent last."""
    pieces = CARRIER.apart(document)
    staged = {one.key: CARRIER.staged(one.document, mark) if one.kind == "callflows" else one.document for one in pieces}
    ids: dict[str, str] = {}
    for piece in pieces:
        body = named(staged[piece.key], ids)
        waits = any(json.dumps(key) in json.dumps(body) for key in staged)
        ids[piece.key] = account.create(piece.kind, CARRIER.skeleton(body) if waits else body)
    made = {piece.key: (piece.kind, ids[piece.key], named(staged[piece.key], ids)) for piece in pieces}
    for kind, key, body in made.values():
        account.replace(kind, key, body)
    main = pieces[-1]
    body = named(CARRIER.opened(main.document, staged[MAIN], CARRIER.ways_in(main.document)), ids)
    account.replace("callflows", ids[MAIN], body)
    return made | {MAIN: ("callflows", ids[MAIN], body)}


KINDS = ("callflows", "menus", "devices", "media", "temporal_rules", "temporal_rules_sets", "vmboxes", "users", "groups")


def requests() -> Iterator[tuple[str, Any]]:
    for provider in ("convirza-v2", "convirza-v3", "api19"):
        for path in fixture_files(provider):
            for n, parsed in enumerate(unicall.parse_all(json.loads(path.read_text()), provider)):
                yield f"{provider}/{path.stem}/{n}", unicall.translate(parsed.flow, target="vinix", form="request").document


@pytest.mark.parametrize(("name", "document"), [*requests()], ids=lambda value: value if isinstance(value, str) else "")
def test_every_request_is_taken_and_reads_back_as_it_was_sent(name: str, document: Any, account: VinixAccount) -> None:
    made = put_up(account, document, "a1")
    for key, (kind, at, sent) in made.items():
        stored = account.read(kind, at)
        assert CARRIER.differences(kind, sent, stored) == (), key
    bundle = account.bundle(Held(made[MAIN][1]))
    gathered = {(section, key) for section in SECTIONS for key in bundle.get(section, ())}
    assert gathered == {(kind, at) for key, (kind, at, _) in made.items() if key != MAIN}


#: Modules that no schema has, and ids that are not as long as those of a server.
TAKEN = [
    path
    for path in fixture_files("vinix")
    if path.stem not in ("documented_sample", "insurance_loyalty_lookup") and path.parent.name != "request"
]


@pytest.mark.parametrize("path", TAKEN, ids=lambda path: path.stem)
def test_what_was_put_back_is_what_was_there(path: Path, account: VinixAccount, sandbox: Sandbox) -> None:
    """The server writes its defaults into a document once; from then on nothing changes."""
    sandbox.load("vinix", path)
    dumps: list[bytes] = []
    for _ in range(2):
        for kind in KINDS:
            for key in account.listed(kind):
                written = CARRIER.writable(kind, account.read(kind, key))
                account.replace(kind, key, written)
                assert CARRIER.differences(kind, written, account.read(kind, key)) == ()
        dumps.append(sandbox.dump("vinix"))
    assert dumps[0] == dumps[1] != b""
    for held in account.flows():
        bundle = account.bundle(held)
        assert unicall.parse(bundle, "vinix").flow.name == held.name
        assert all(bundle.get(section) != {} for section in SECTIONS)


def test_two_flows_of_the_same_parts_stand_side_by_side(account: VinixAccount) -> None:
    name, document = next((name, one) for name, one in requests() if "callflows" in one)
    main = document["callflow"]["data"]
    put_up(account, document, "a1")
    other = {**document, "callflow": {"data": {**main, "numbers": ["+12025550199"], "patterns": []}}}
    renamed = json.loads(json.dumps(other).replace('"mailbox": "', '"mailbox": "9'))
    put_up(account, renamed, "b2")
    assert len(list(account.flows())) == 2 * (1 + len(document["callflows"])), name


def test_what_was_made_is_the_way_back_to_where_it_came_from(account: VinixAccount) -> None:
    """The ids of the server and the marks in patterns are no edits."""
    source = json.loads((FIXTURES / "convirza-v2/ivr/veterinary_three_levels.json").read_text())
    there = unicall.translate(source, target="vinix", form="request")
    made = put_up(account, there.document, "a1b2")
    bundle = account.bundle(Held(made[MAIN][1]))
    assert bundle["callflows"]
    back = unicall.translate(bundle, source="vinix", target="convirza-v2", residue=there.residue)
    assert {problem.severity for problem in back.problems} <= {unicall.Severity.NOTE}
    assert unicall.parse(back.document, "convirza-v2").flow == unicall.parse(source, "convirza-v2").flow


def test_a_number_that_is_taken_is_said(account: VinixAccount) -> None:
    flow = {"module": "hangup", "data": {}, "children": {}}
    taken = account.create("callflows", {"name": "Front desk", "numbers": ["1000"], "flow": flow})
    with pytest.raises(ProviderError) as refused:
        account.create("callflows", {"name": "Other", "numbers": ["1000"], "flow": flow})
    assert refused.value.message == f"validation error; numbers: unique: Number 1000 exists in callflow {taken} Front desk"
    assert refused.value.outcome == "refused"


@pytest.mark.parametrize("fault", ["503", "500after", "drop", "malformed", "refuse", "429:1", "expired"])
def test_a_read_gets_through_every_fault(fault: str, account: VinixAccount, sandbox: Sandbox) -> None:
    retried: list[RetryDetails] = []

    def hook(details: RetryDetails) -> None:
        retried.append(details)

    made = account.create("menus", {"name": "Menu"})
    sandbox.inject(f"{fault}@1")
    set_on_retry_hooks([hook])
    stored = account.read("menus", made)
    set_on_retry_hooks(None)
    assert stored is not None
    assert stored["name"] == "Menu"
    assert len(retried) == (0 if fault == "expired" else 1)


@pytest.mark.parametrize(
    ("fault", "outcome", "made"),
    [
        ("503", "unknown", 0),
        ("500after", "unknown", 1),
        ("drop", "unknown", 1),
        ("malformed", "unknown", 1),
        ("timeout", "unknown", 1),
        ("429:1", None, 1),
        ("expired", None, 1),
    ],
)
def test_a_write_is_done_once_whatever_happens(
    fault: str, outcome: str | None, made: int, account: VinixAccount, sandbox: Sandbox
) -> None:
    list(account.flows())
    account.client.api.http.timeout = httpx.Timeout(0.5)
    sandbox.inject(f"{fault}@1")
    if outcome is None:
        account.create("menus", {"name": "Menu"})
    else:
        with pytest.raises(ProviderError) as lost:
            account.create("menus", {"name": "Menu"})
        assert lost.value.outcome == outcome
    sandbox.inject("")
    assert len(account.listed("menus")) == made


def test_a_long_list_is_read_to_its_end(account: VinixAccount, sandbox: Sandbox) -> None:
    document = {"name": "One", "numbers": ["+12025550142"], "flow": {"module": "hangup", "data": {}, "children": {}}}
    sandbox.load("vinix", document, count=173)
    assert len({held.id for held in account.flows()}) == 173


def test_a_user_logs_in_by_password(sandbox: Sandbox) -> None:
    known = {name: value for name, value in sandbox.account("vinix").items() if name not in ("api_key", "account_id")}
    with connect(known["url"]) as http:
        account = CARRIER.open(http, known)
        assert list(account.flows()) == []
        assert account.address.endswith(sandbox.account("vinix")["account_id"])
