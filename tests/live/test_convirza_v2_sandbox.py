"""The account of Convirza v2 against the sandbox, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from unicall.live.api import connect
from unicall.live.carrier import carrier
from unicall.problem import FlowError, ProviderError
from unicall.sandbox import Sandbox
from unicall_convirza.v2.account import CARRIER, V2Account

FIXTURES = Path(__file__).parents[2] / "fixtures" / "convirza-v2"
FLOWS = CARRIER.flow_kind


@pytest.fixture(autouse=True)
def hasty() -> Iterator[None]:
    """Repeats come at once."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of this carrier alone."""
    with Sandbox(providers=["convirza-v2"], hold=0.3) as made:
        yield made


@pytest.fixture
def account(sandbox: Sandbox) -> Iterator[V2Account]:
    """The account of the sandbox."""
    known = sandbox.account("convirza-v2")
    with connect(known["url"], timeout=2) as http:
        yield CARRIER.open(http, known)


def test_the_account_is_found_by_its_entry_point() -> None:
    assert carrier("convirza-v2") is CARRIER


def test_all_flows_of_a_full_account_come_once_whatever_happens_on_the_way(sandbox: Sandbox, account: V2Account) -> None:
    sandbox.load("convirza-v2", FIXTURES / "hunt", count=230)
    sandbox.inject("drop@2,500@4,expired@5,timeout@8")
    found = list(account.flows())
    assert len({held.id for held in found}) == len(found) == 230


def test_every_flow_that_can_be_put_back_is_as_it_was_when_it_is(sandbox: Sandbox, account: V2Account) -> None:
    sandbox.load("convirza-v2", FIXTURES / "hunt")
    sandbox.load("convirza-v2", FIXTURES / "simultaneous")
    before = _held(sandbox)
    for held in list(account.flows()):
        stored = account.read(FLOWS, held.id)
        body = CARRIER.writable(FLOWS, stored)
        account.replace(FLOWS, held.id, [{**body[0], "default_ringto": "8015550199"}])
        assert [one.pointer for one in CARRIER.differences(FLOWS, body, account.read(FLOWS, held.id))] == ["/0/default_ringto"]
        account.replace(FLOWS, held.id, body)
        assert CARRIER.differences(FLOWS, body, account.read(FLOWS, held.id)) == ()
    assert _held(sandbox) == before


def _held(sandbox: Sandbox) -> Any:
    """What the account holds, in any order of keys; ``hunt_type`` is stored in mixed case."""
    lines = sandbox.dump("convirza-v2", ["call_flows"]).decode().replace("Rollover", "overflow").lower().splitlines()
    return {key: json.loads(flow) for key, _, flow in (line.partition(" ") for line in lines)}


TAKEN = ("dealer_two_keys", "dental_three_levels", "dental_schedule_leaf", "dental_number_pool")
PLAIN = ("dental_single_level", "roofer_ring_all", "roofer_message_and_disclaimer", "roofer_retired_number", "roofer_web_pool")


@pytest.mark.parametrize("name", [*TAKEN, *PLAIN])
def test_a_flow_that_is_made_says_what_was_sent_and_can_be_deleted(account: V2Account, name: str) -> None:
    body = _body(name)
    key = account.create(FLOWS, body)
    assert CARRIER.differences(FLOWS, body, account.read(FLOWS, key)) == ()
    account.delete(FLOWS, key)
    assert account.read(FLOWS, key) is None
    account.delete(FLOWS, key)


def _body(name: str) -> Any:
    noun = "request_plain" if name in PLAIN else "request_menus"
    (body,) = json.loads((FIXTURES / noun / f"{name}.json").read_text("utf-8"))
    return [body | {"number": {"phone_number": 2065550123}} if "number" in body else body]


def test_a_flow_whose_answer_is_lost_may_have_been_made_and_is_not_made_twice(sandbox: Sandbox, account: V2Account) -> None:
    assert list(account.flows()) == []
    body = _body("dental_number_pool")
    sandbox.inject("drop@1")
    with pytest.raises(ProviderError) as raised:
        account.create(FLOWS, body)
    assert raised.value.outcome == "unknown"
    assert len(account.listed(FLOWS)) == 1


def test_what_the_carrier_refuses_as_a_success_is_an_error(account: V2Account) -> None:
    for path in sorted((FIXTURES / "request_plain").glob("dealer_split.json")):
        with pytest.raises(ProviderError, match="PercentageBasedRoute cannot be created here"):
            account.create(FLOWS, [json.loads(path.read_text("utf-8"))[0] | {"number": {"phone_number": 2065550123}}])
    with pytest.raises(FlowError, match="outbound"):
        account.create(FLOWS, json.loads((FIXTURES / "request_plain" / "dealer_outbound.json").read_text("utf-8")))
