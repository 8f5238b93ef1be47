"""API19's accounts over real sockets: what is written reads back, and what went wrong is never done twice."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
import stamina

from tests.conftest import FIXTURES
from tests.support import fixture_files
from unicall.live.api import connect
from unicall.problem import FlowError, ProviderError
from unicall.sandbox import Sandbox
from unicall_api19.account import CARRIER, Api19Account

REQUEST = {
    "call_flow_id": "71", "e164": "yes", "ip_address_1": "192.0.2.10", "ip_address_2": "198.51.100.7",
    "sip_port": "5080", "wait_time": "25",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(providers=("api19",), hold=1.0) as running:
        running.load("api19", FIXTURES / "api19/list/call_center_account.json")
        yield running


@pytest.fixture(params=["", "basic", "form", "query"])
def account(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Api19Account]:
    known = sandbox.account("api19")
    with connect(known["url"]) as http:
        opened = CARRIER.open(http, known | ({"mode": request.param} if request.param else {}))
        assert isinstance(opened, Api19Account)
        yield opened


def test_what_is_written_reads_back(account: Api19Account) -> None:
    for document in (REQUEST, {"e164": "no", "ip_address_1": "192.0.2.1"}):
        (piece,) = CARRIER.apart(document)
        account.replace(piece.kind, "71", piece.document)
        assert CARRIER.differences("call_flows", document, account.read("call_flows", "71")) == ()
    assert CARRIER.differences("call_flows", REQUEST, account.read("call_flows", "71"))


def test_all_flows_are_there(account: Api19Account) -> None:
    listed = json.loads((FIXTURES / "api19/list/call_center_account.json").read_text())
    assert [account.bundle(held) for held in account.flows()] == [*listed["call_flows"], *listed["fax_flows"]]


def test_a_number_is_pointed_at_a_flow(account: Api19Account, sandbox: Sandbox) -> None:
    sandbox.shelf("api19").put("dids", "2025550142", {})
    account.replace("numbers", "+12025550142", {"call_flow_id": "71"})
    assert sandbox.shelf("api19").get("dids", "2025550142") == {"call_flow_id": "71"}
    with pytest.raises(ProviderError) as refused:
        account.replace("numbers", "+12025550142", {"call_flow_id": "9999"})
    assert (refused.value.message, refused.value.outcome) == ("invalid callflow", "refused")


def test_a_wrong_key_is_refused(sandbox: Sandbox) -> None:
    known = sandbox.account("api19")
    with connect(known["url"]) as http, pytest.raises(ProviderError) as refused:
        list(CARRIER.open(http, known | {"key": "another"}).flows())
    assert refused.value.code == "unauthorized"


def test_what_can_be_put_back_is_put_back(sandbox: Sandbox) -> None:
    for path in fixture_files("api19"):
        sandbox.load("api19", path)
    known = sandbox.account("api19")
    put_back = 0
    with connect(known["url"]) as http:
        account = CARRIER.open(http, known)
        for key in account.listed("call_flows"):
            stored = account.read("call_flows", key)
            try:
                request = CARRIER.writable("call_flows", stored)
            except FlowError:
                continue
            account.replace("call_flows", key, {"e164": "no", "ip_address_1": "192.0.2.250"})
            account.replace("call_flows", key, request)
            put_back += 1
            assert CARRIER.differences("call_flows", request, account.read("call_flows", key)) == ()
    assert put_back >= 3


@pytest.mark.parametrize("fault", ["503", "drop", "malformed", "refuse", "429:1", "timeout"])
def test_a_fault_is_no_second_write(fault: str, sandbox: Sandbox) -> None:
    known = sandbox.account("api19")
    with connect(known["url"]) as http:
        account = CARRIER.open(http, known)
        assert len(list(account.flows())) == 4
        http.timeout = httpx.Timeout(0.5)
        sandbox.inject(f"{fault}@1")
        if fault == "429:1":
            account.replace("call_flows", "71", REQUEST)
        else:
            with pytest.raises(ProviderError) as lost:
                account.replace("call_flows", "71", REQUEST)
            assert lost.value.outcome == "unknown"
            assert known["key"] not in str(lost.value)
        sandbox.inject(f"{fault}@1")
        http.timeout = httpx.Timeout(5)
        stored = account.read("call_flows", "71")
    done = fault in ("drop", "malformed", "429:1", "timeout")
    assert (CARRIER.differences("call_flows", REQUEST, stored) == ()) == done
