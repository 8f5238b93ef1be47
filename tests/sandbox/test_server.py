"""What holds for the sandbox of any vendor: faults, the log, the dump, what is loaded, and that nothing of an adapter is in it."""

from __future__ import annotations

import ast
import json
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

import unicall.sandbox
from tests.sandbox.support import FIXTURES, Clock, callflow, vinix
from unicall.cli import program
from unicall.sandbox import FaultError, LoadError, Sandbox, parse
from unicall.sandbox.faults import KINDS

ROOT = Path(__file__).resolve().parent.parent.parent
PROVIDERS = ["api19", "convirza-v2", "convirza-v3", "vinix"]
CORE = sorted((ROOT / "unicall" / "sandbox").glob("*.py"))
VENDORS = sorted((ROOT / "adapters").rglob("sandbox*.py"))


def numbers(client: httpx.Client) -> list[str]:
    """The numbers of all callflows."""
    return [number for row in client.get("/callflows").json()["data"] for number in row["numbers"]]


@pytest.mark.parametrize("path", [*CORE, *VENDORS], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_sandbox_imports_nothing_of_an_adapter_or_of_the_graph(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            assert (node.module or "").startswith("sandbox"), node.module
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            first = node.module.split(".")[0]
            assert node.module.startswith("unicall.sandbox") or first != "unicall", node.module
            assert not first.startswith("unicall_")
        elif isinstance(node, ast.Import):
            assert not any(alias.name.startswith("unicall") for alias in node.names)


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_the_server_knows_no_vendor(path: Path) -> None:
    text = path.read_text("utf-8").lower()
    assert [word for word in ("vinix", "kazoo", "convirza", "api19") if word in text] == []


def test_there_are_sandboxes_for_vendors() -> None:
    assert VENDORS
    assert set(PROVIDERS) <= set(unicall.sandbox.names())


def test_it_listens_on_the_loopback_interface_only(sandbox: Sandbox) -> None:
    assert sandbox.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_status_is_answered_before_anything_is_done(sandbox: Sandbox, status: int) -> None:
    client = vinix(sandbox)
    sandbox.inject(f"{status}@1")
    answer = client.put("/callflows", json=callflow("+12025550142"))
    assert answer.status_code == status
    assert numbers(client) == []


@pytest.mark.parametrize(("spec", "seconds"), [("429@1", "1"), ("429:3@1", "3"), ("503@1", None)])
def test_a_429_says_how_long_to_wait(sandbox: Sandbox, spec: str, seconds: str | None) -> None:
    client = vinix(sandbox)
    sandbox.inject(spec)
    assert client.get("/callflows").headers.get("retry-after") == seconds


def test_500after_does_what_was_asked(sandbox: Sandbox) -> None:
    client = vinix(sandbox)
    sandbox.inject("500after@1")
    assert client.put("/callflows", json=callflow("+12025550142")).status_code == 500
    assert numbers(client) == ["+12025550142"]


def test_refuse_closes_the_connection_and_does_nothing(sandbox: Sandbox) -> None:
    client = vinix(sandbox)
    sandbox.inject("refuse@1")
    with pytest.raises(httpx.TransportError):
        client.put("/callflows", json=callflow("+12025550142"))
    assert numbers(client) == []


def test_timeout_does_what_was_asked_and_never_answers(sandbox: Sandbox) -> None:
    client = vinix(sandbox)
    sandbox.inject("timeout@1")
    with pytest.raises(httpx.ReadTimeout):
        client.put("/callflows", json=callflow("+12025550142"), timeout=0.1)
    assert numbers(client) == ["+12025550142"]


def test_an_answer_that_never_comes_is_held_for_so_long_only(sandbox: Sandbox) -> None:
    client = vinix(sandbox)
    sandbox.inject("timeout@1")
    before = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/callflows", timeout=20)
    assert 0.3 <= time.monotonic() - before < 5


def test_a_sandbox_stops_while_it_holds_an_answer() -> None:
    with Sandbox(hold=60, providers=["vinix"]) as sandbox:
        client = vinix(sandbox)
        sandbox.inject("timeout@1")
        with pytest.raises(httpx.ReadTimeout):
            client.get("/callflows", timeout=0.1)
        before = time.monotonic()
    assert time.monotonic() - before < 10


def test_drop_does_what_was_asked_and_resets_the_connection_in_the_middle_of_the_answer(sandbox: Sandbox) -> None:
    client = vinix(sandbox)
    sandbox.inject("drop@1")
    with pytest.raises(httpx.TransportError):
        client.put("/callflows", json=callflow("+12025550142"))
    assert numbers(client) == ["+12025550142"]


def test_drop_sends_the_headers_and_half_of_the_body(sandbox: Sandbox) -> None:
    sandbox.inject("drop@1")
    port = int(sandbox.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /vinix/v2/accounts HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b""
        with pytest.raises(ConnectionResetError):
            while True:
                received += connection.recv(65536)
    head, _, half = received.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    assert head.startswith(b"HTTP/1.1 401")
    assert len(half) == length // 2 > 0


def test_malformed_does_what_was_asked_and_answers_half_of_the_json_as_if_it_were_whole(sandbox: Sandbox) -> None:
    client = vinix(sandbox)
    sandbox.inject("malformed@1")
    answer = client.put("/callflows", json=callflow("+12025550142"))
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content) > 0
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert numbers(client) == ["+12025550142"]


def test_expired_ends_all_tokens_before_the_request(sandbox: Sandbox) -> None:
    client = vinix(sandbox)
    sandbox.inject("expired@2")
    assert client.get("/callflows").status_code == 200
    assert client.get("/callflows").status_code == 401
    assert client.get("/callflows").status_code == 401
    assert vinix(sandbox).get("/callflows").status_code == 200


def test_faults_are_counted_from_when_they_were_given_and_over_ranges(sandbox: Sandbox) -> None:
    client = vinix(sandbox)
    sandbox.inject("503@2-3,500@5")
    assert [client.get("/callflows").status_code for _ in range(6)] == [200, 503, 503, 200, 500, 200]
    sandbox.inject("503@1-9")
    sandbox.inject("")
    assert client.get("/callflows").status_code == 200


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("503", "'503' is no fault; write one as 503@7, drop@12-14 or 429:3@5"),
        (
            "418@1",
            "'418@1': no fault is called '418'; there are 429, 500, 503, 500after, refuse, timeout, drop, malformed, expired",
        ),
        ("503:3@1", "'503:3@1': only 429 has seconds to wait"),
        ("503@0", "'503@0': requests are counted from 1 on, and the last is not before the first"),
        ("503@7-6", "'503@7-6': requests are counted from 1 on, and the last is not before the first"),
        ("503@1,,503@2", "'' is no fault; write one as 503@7, drop@12-14 or 429:3@5"),
    ],
)
def test_what_is_no_fault_is_refused(spec: str, message: str) -> None:
    with pytest.raises(FaultError) as error:
        parse(spec)
    assert str(error.value) == message


def test_the_log_says_at_once_what_was_asked_and_neither_queries_nor_secrets(sandbox: Sandbox) -> None:
    client = vinix(sandbox)
    sandbox.inject("drop@1")
    with pytest.raises(httpx.TransportError):
        client.get("/callflows?secret=1")
    client.get("/callflows/none")
    account = sandbox.account("vinix")["account_id"]
    told = [(one.number, one.provider, one.method, one.path, one.status, one.fault) for one in sandbox.requests]
    assert told == [
        (1, "vinix", "PUT", "/vinix/v2/api_auth", 201, None),
        (2, "vinix", "GET", f"/vinix/v2/accounts/{account}/callflows", None, "drop"),
        (3, "vinix", "GET", f"/vinix/v2/accounts/{account}/callflows/none", 404, None),
    ]


def test_a_dump_is_the_same_for_the_same_documents_and_another_for_others(sandbox: Sandbox) -> None:
    client = vinix(sandbox)
    client.put("/callflows", json=callflow("+12025550142"))
    before = sandbox.dump("vinix")
    key = client.put("/menus", json={"data": {"name": "Main"}}).json()["data"]["id"]
    assert sandbox.dump("vinix") != before
    assert sandbox.dump("vinix", ["callflows"]) == before
    client.delete(f"/menus/{key}")
    assert sandbox.dump("vinix") == before
    assert b"+12025550142" in before


def test_credentials_are_random_unless_they_are_given_or_the_data_has_some(tmp_path: Path) -> None:
    data = tmp_path / "accounts.db"
    with Sandbox(data, accounts={"vinix": {"account_name": "mine"}}) as first:
        known = first.account("vinix")
        other = first.account("convirza-v2")
    assert known["account_name"] == "mine"
    with Sandbox(data) as again:
        assert {**again.account("vinix"), "url": ""} == {**known, "url": ""}
        assert again.account("convirza-v2")["password"] == other["password"]
    with Sandbox() as stranger:
        assert stranger.account("vinix")["api_key"] != known["api_key"]


def test_a_data_file_keeps_documents_as_they_are(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "accounts.db") as first:
        first.load("vinix", FIXTURES / "vinix" / "menu")
        before = first.dump("vinix")
    assert before
    with Sandbox(tmp_path / "accounts.db") as again:
        assert again.dump("vinix") == before


def test_flows_are_loaded_from_a_folder_and_what_is_none_is_said(sandbox: Sandbox) -> None:
    notes = sandbox.load("convirza-v2", FIXTURES / "convirza-v2")
    loaded = sandbox.shelf("convirza-v2").all("call_flows")
    assert len(loaded) > 20
    assert any(note.endswith("dealer_two_keys.json: skipped: holds no call flow in the form of the list") for note in notes)
    assert not any(".flow.json" in note for note in notes)


def test_a_broken_file_is_skipped_with_a_word(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    (note,) = sandbox.load("vinix", tmp_path)
    assert note.startswith(f"{tmp_path / 'broken.json'}: skipped: ")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("document", [None, 1, [], {}, [1], {"data": {}}, {"call_flows": 1}, {"flow": {}, "numbers": [1]}])
def test_what_is_no_document_of_a_vendor_is_skipped_and_nothing_is_changed(sandbox: Sandbox, provider: str, document: Any) -> None:
    before = sandbox.dump(provider)
    (note,) = sandbox.load(provider, document)
    assert note.startswith("the document: skipped: ")
    assert sandbox.dump(provider) == before


def test_a_path_that_is_not_there_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(LoadError):
        sandbox.load("vinix", tmp_path / "nothing")
    with pytest.raises(LoadError):
        sandbox.load("vinix", tmp_path, count=5)


@pytest.mark.parametrize(("provider", "kind"), [("vinix", "callflows"), ("convirza-v2", "call_flows")])
def test_flows_are_repeated_under_ids_names_and_numbers_of_their_own(sandbox: Sandbox, provider: str, kind: str) -> None:
    sandbox.load(provider, FIXTURES / provider / "simple" if provider != "vinix" else FIXTURES / "vinix" / "menu", count=200)
    flows = sandbox.shelf(provider).all(kind)
    assert len(flows) == 200
    ways = [number for flow in flows.values() for number in (flow.get("numbers") or [flow.get("dnis")])]
    assert len(set(ways)) == len(ways)
    names = [flow.get("name") or flow.get("call_flow_name") for flow in flows.values()]
    assert len(set(names)) == len(names)


def test_two_sandboxes_know_nothing_of_each_other() -> None:
    with Sandbox() as one, Sandbox() as other:
        vinix(one).put("/callflows", json=callflow("+12025550142"))
        assert numbers(vinix(other)) == []


def test_the_life_of_tokens_can_be_set(clock: Clock) -> None:
    with Sandbox(token_life=5, clock=clock) as sandbox:
        client = vinix(sandbox)
        assert client.get("/callflows").status_code == 200
        clock.now += 6
        assert client.get("/callflows").status_code == 401


def test_the_page_names_every_fault_and_every_option() -> None:
    page = (ROOT / "docs" / "sandbox.md").read_text("utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in page] == []
    options = [name for one in program.commands["sandbox"].params for name in one.opts if name.startswith("--")]
    assert [name for name in options if f"`{name} " not in page] == []
    titles = [unicall.sandbox.find(name).title.replace("API v", "v") for name in unicall.sandbox.names()]
    assert [title for title in titles if f"| {title} |" not in page] == []
