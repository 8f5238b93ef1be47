"""Vinix's accounts: its answers read, bundles gathered, requests taken apart, and what was written compared."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import stamina

import unicall
from tests.conftest import FIXTURES
from tests.live.fakes import ACCOUNT_ID, API_KEY, FakeVinix, failure, success
from tests.support import fixture_files
from unicall.live.carrier import Held, Piece, carrier
from unicall.problem import DocumentError, FlowError, ProviderError
from unicall_vinix.account import CARRIER, VinixAccount
from unicall_vinix.bundle import SECTIONS

URL = "https://vinix.example.com/v2"
KEY = {"url": URL, "api_key": API_KEY}
BELOW = f"/v2/accounts/{ACCOUNT_ID}"


@pytest.fixture(autouse=True)
def no_waiting() -> Any:
    with stamina.set_testing(True, attempts=3):
        yield


def opened(fake: FakeVinix, **known: str) -> VinixAccount:
    account = CARRIER.open(fake.client(), {**KEY, **known})
    assert isinstance(account, VinixAccount)
    return account


def loaded(document: Any) -> tuple[FakeVinix, str]:
    """An account that holds this bundle, and the id of its callflow."""
    fake = FakeVinix()
    for section, documents in document.items():
        for key, body in documents.items() if section in SECTIONS and section != "list_entries" else ():
            fake.documents[section][key] = {name: value for name, value in body.items() if name != "id"}
    for key, entry in document.get("list_entries", {}).items():
        fake.entries.setdefault(entry["list_id"], {})[key] = {name: value for name, value in entry.items() if name != "id"}
    main = document["callflow"].get("id", "0" * 32)
    fake.documents["callflows"][main] = {name: value for name, value in document["callflow"].items() if name != "id"}
    return fake, main


def request(path: str) -> Any:
    """What ``translate --form request`` gives."""
    return unicall.translate(json.loads((FIXTURES / path).read_text()), target="vinix", form="request").document


# Logging in.


def test_it_is_found_by_its_name() -> None:
    assert carrier("vinix") is CARRIER


def test_the_login_says_which_account_it_is() -> None:
    fake = FakeVinix()
    assert opened(fake).address == f"{URL}/accounts/{ACCOUNT_ID}"
    assert fake.calls == [("PUT", "/v2/api_auth")]
    assert fake.bodies == [{"data": {"api_key": API_KEY}}]


def test_an_account_that_is_named_needs_no_login_to_be_told() -> None:
    fake = FakeVinix()
    assert opened(fake, account_id="abc").address == f"{URL}/accounts/abc"
    assert fake.calls == []


def test_a_password_is_hashed_with_the_name_in_lower_case() -> None:
    fake = FakeVinix()
    known = {"url": URL, "username": "Ada@Example.com", "password": "not-a-real-password", "account_name": "Example"}
    list(CARRIER.open(fake.client(), known).flows())
    said = {"credentials": "cd05dabdfd42a9d16be4caa1f0544319", "account_name": "Example", "method": "md5"}
    assert fake.calls[0] == ("PUT", "/v2/user_auth")
    assert fake.bodies[0] == {"data": said}


def test_sha_is_the_other_way_to_hash() -> None:
    fake = FakeVinix()
    known = {"url": URL, "username": "a", "password": "b", "phone_number": "+12025550142", "method": "sha"}
    list(CARRIER.open(fake.client(), known).flows())
    said = {"credentials": "dcea6d9ccd3d20ba1549f6d9b5dde60742158882", "phone_number": "+12025550142", "method": "sha"}
    assert fake.bodies[0]["data"] == said


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ({}, "the account needs api_key or username: set UNICALL_VINIX_API_KEY or UNICALL_VINIX_USERNAME"),
        ({"username": "a"}, "the account needs password: set UNICALL_VINIX_PASSWORD"),
        ({"username": "a", "password": "b"}, "the account needs account_name or account_realm or phone_number"),
        ({"username": "a", "password": "b", "account_name": "c", "method": "crc"}, "the method is md5 or sha, not 'crc'"),
    ],
)
def test_what_is_missing_is_named(known: dict[str, str], missing: str) -> None:
    with pytest.raises(FlowError) as refused:
        CARRIER.open(httpx.Client(), {"url": URL, **known})
    assert missing in str(refused.value)


def test_a_token_that_is_over_is_got_again_once() -> None:
    fake = FakeVinix()
    account = opened(fake)
    list(account.flows())
    fake.logins += 1
    assert account.create("menus", {"name": "Menu"})
    assert [call for call in fake.calls if call[1] == "/v2/api_auth"] == [("PUT", "/v2/api_auth")] * 2
    assert len(fake.documents["menus"]) == 1


def test_a_key_that_is_wrong_is_refused_and_not_shown() -> None:
    with pytest.raises(ProviderError) as refused:
        list(opened(FakeVinix(), api_key="another-key").flows())
    assert (refused.value.status, refused.value.outcome) == (401, "refused")
    assert str(refused.value) == "vinix: PUT /v2/api_auth: 401: invalid_credentials (request r3)"


# Errors.


def answering(status: int, body: Any) -> VinixAccount:
    fake = FakeVinix()
    fake.before = lambda request: None if "auth" in request.url.path else httpx.Response(status, json=body)
    return opened(fake, account_id=ACCOUNT_ID)


@pytest.mark.parametrize(
    ("body", "code", "request_id"),
    [
        ({"code": "forbidden", "message": "not yours", "request_id": "a"}, "forbidden", "a"),
        ({"data": {"message": "x"}, "error": "403", "message": "not yours", "status": "error", "request_id": "b"}, "403", "b"),
        ({"message": "not yours", "request_id": "c"}, None, "c"),
    ],
)
def test_three_shapes_of_errors_are_read(body: Any, code: str | None, request_id: str) -> None:
    with pytest.raises(ProviderError) as refused:
        list(answering(403, body).flows())
    error = refused.value
    assert (error.message, error.code, error.request_id, error.outcome) == ("not yours", code, request_id, "refused")


def test_an_error_with_status_200_is_an_error() -> None:
    with pytest.raises(ProviderError, match=r"GET .*/callflows: 200 500: no"):
        list(answering(200, {"status": "error", "error": "500", "message": "no", "data": {}}).flows())


def test_what_validation_says_stands_in_the_message() -> None:
    data = {"numbers": {"unique": {"message": "Number 1000 exists in callflow abc Front desk", "cause": "1000"}}}
    account = answering(400, {"data": data, "error": "400", "message": "validation error", "status": "error"})
    with pytest.raises(ProviderError) as refused:
        account.create("callflows", {"name": "A", "numbers": ["1000"]})
    assert refused.value.message == "validation error; numbers: unique: Number 1000 exists in callflow abc Front desk"
    assert refused.value.details == data


def test_another_address_is_named() -> None:
    fake = FakeVinix()
    fake.before = lambda request: httpx.Response(301, headers={"location": "https://new.example.com/v2"})
    with pytest.raises(ProviderError, match=r"leads to https://new\.example\.com/v2; name that address as the url"):
        list(opened(fake).flows())


# Reading.


def test_all_pages_are_read_and_the_first_is_asked_for_without_parameters() -> None:
    fake = FakeVinix(page=2)
    for n in range(5):
        fake.documents["callflows"][f"id{n}"] = {"name": f"Flow {n}", "numbers": [str(n)]}
    assert list(opened(fake).flows()) == [Held(f"id{n}", f"Flow {n}", ways_in=(str(n),)) for n in range(5)]
    asked = [path for _, path in fake.calls if "/callflows" in path]
    assert asked == [f"{BELOW}/callflows", f"{BELOW}/callflows?start_key=id2", f"{BELOW}/callflows?start_key=id4"]


def test_a_list_that_is_one_whole_callflow_is_taken() -> None:
    document = {"name": "Whole", "numbers": ["100"], "flow": {"module": "hangup", "data": {}, "children": {}}}
    fake = FakeVinix()
    fake.before = lambda request: None if "auth" in request.url.path else success(document)
    account = opened(fake)
    (held,) = account.flows()
    assert held == Held("", "Whole", document, ("100",))
    assert account.bundle(held) == {"callflow": document}


def test_ids_are_spelled_for_an_address() -> None:
    fake = FakeVinix()
    assert opened(fake).read("media", "a/b?c") is None
    assert fake.calls[-1] == ("GET", f"{BELOW}/media/a%2Fb%3Fc")


BUNDLES = {path.stem: document for path in fixture_files("vinix") if "callflow" in (document := json.loads(path.read_text()))}
RECORDS = {name: document for name, document in BUNDLES.items() if document["callflow"].keys() != {"data"}}


@pytest.mark.parametrize("name", [name for name, document in RECORDS.items() if "directories" not in document])
def test_a_bundle_of_an_account_is_the_bundle_that_was_put_there(name: str) -> None:
    """All that a flow refers to comes along, and what the server computes does not."""
    document = RECORDS[name]
    fake, main = loaded(document)
    bundle = opened(fake).bundle(Held(main))
    assert bundle["callflow"] == {**document["callflow"], "id": main}
    for section in SECTIONS:
        said = {key: {**body, "id": key} for key, body in document.get(section, {}).items()}
        assert bundle.get(section, {}) == said, section


def test_who_stands_in_a_directory_does_not_come_along() -> None:
    fake, main = loaded(RECORDS["school_staff"])
    assert opened(fake).bundle(Held(main)).keys() == {"callflow", "directories"}


def test_what_is_not_there_is_left_out() -> None:
    fake = FakeVinix()
    flow = {"module": "menu", "data": {"id": "gone"}, "children": {}}
    fake.documents["callflows"]["main"] = {"name": "A", "numbers": ["1"], "flow": flow}
    assert opened(fake).bundle(Held("main")) == {"callflow": {"name": "A", "numbers": ["1"], "flow": flow, "id": "main"}}


def test_callflows_that_lead_to_each_other_are_read_once() -> None:
    def leads(to: str) -> Any:
        return {"name": "A", "numbers": [], "flow": {"module": "callflow", "data": {"id": to}, "children": {}}}

    fake = FakeVinix()
    fake.documents["callflows"] = {"main": leads("b"), "b": leads("c"), "c": leads("main")}
    bundle = opened(fake).bundle(Held("main"))
    assert list(bundle["callflows"]) == ["b", "c"]
    assert len([call for call in fake.calls if call[0] == "GET"]) == 3


def test_a_flow_that_is_gone_is_an_error() -> None:
    with pytest.raises(ProviderError, match="there is no such callflow"):
        opened(FakeVinix()).bundle(Held("gone"))


def test_names_are_those_that_people_see() -> None:
    fake = FakeVinix()
    users = [{"id": "a", "first_name": "Ada", "last_name": "L"}, {"id": "b"}]
    fake.before = lambda request: success(users) if "users" in request.url.path else None
    assert opened(fake).listed("users") == {"a": "Ada L", "b": None}


# Writing.


def test_a_document_is_made_replaced_and_removed() -> None:
    fake = FakeVinix()
    account = opened(fake)
    made = account.create("menus", {"name": "One"})
    account.replace("menus", made, {"name": "Two"})
    assert account.read("menus", made) == {"name": "Two", "id": made}
    account.delete("menus", made)
    account.delete("menus", made)
    assert account.read("menus", made) is None
    assert [method for method, _ in fake.calls] == ["PUT", "PUT", "POST", "GET", "DELETE", "DELETE", "GET"]
    assert {json.dumps(body) for body in fake.bodies if body} >= {'{"data": {"name": "One"}}', '{"data": {"name": "Two"}}'}


def test_an_entry_stands_below_its_list() -> None:
    fake = FakeVinix()
    fake.entries["l1"] = {}
    account = opened(fake)
    key = account.create("list_entries", {"list_id": "l1", "number": "+12025550142"})
    assert key.startswith("l1/")
    stored = account.read("list_entries", key)
    assert stored is not None
    assert stored["number"] == "+12025550142"
    account.delete("list_entries", key)
    assert fake.entries == {"l1": {}}


def test_an_id_that_only_the_location_says_is_found() -> None:
    fake = FakeVinix()
    location = {"location": f"{URL}/accounts/{ACCOUNT_ID}/menus/m9"}
    fake.before = lambda request: None if "auth" in request.url.path else httpx.Response(201, json={"data": {}}, headers=location)
    assert opened(fake).create("menus", {"name": "A"}) == "m9"


def test_a_document_without_an_id_may_have_been_made() -> None:
    fake = FakeVinix()
    fake.before = lambda request: None if "auth" in request.url.path else httpx.Response(201, json={"data": {}})
    with pytest.raises(ProviderError) as refused:
        opened(fake).create("menus", {"name": "A"})
    assert refused.value.outcome == "unknown"


def test_numbers_and_the_key_of_an_account_are_read() -> None:
    fake = FakeVinix()
    client = opened(fake).client
    assert client.phone_numbers() == {"+12025550142": {"state": "in_service", "used_by": "callflow"}}
    assert client.check_numbers(["+12025550143"]) == {"+12025550143": "error"}
    assert client.api_key() == API_KEY


# Taking apart.


def test_everything_that_is_referred_to_comes_first_and_the_flow_last() -> None:
    pieces = CARRIER.apart(request("convirza-v2/ivr/veterinary_three_levels.json"))
    assert (pieces[-1].kind, pieces[-1].key) == ("callflows", "new:flow")
    seen: set[str] = set()
    keys = {piece.key for piece in pieces}
    outlined = {piece.key for piece in pieces if piece.kind == "callflows"}
    for piece in pieces:
        referred = {text for text in json.dumps(piece.document).split('"') if text in keys} - outlined - {piece.key}
        assert referred <= seen, piece.key
        seen.add(piece.key)


def test_pieces_are_bare_documents() -> None:
    document = request("vinix/temporal_route/veterinary_night_rule_set_child.json")
    pieces = CARRIER.apart(document)
    assert {(piece.kind, piece.key): piece.document for piece in pieces} == {
        **{(section, key): body["data"] for section in SECTIONS for key, body in document.get(section, {}).items()},
        ("callflows", "new:flow"): document["callflow"]["data"],
    }
    kinds = [piece.kind for piece in pieces]
    assert kinds.index("temporal_rules") < kinds.index("temporal_rules_sets")


def test_every_request_of_every_fixture_can_be_taken_apart() -> None:
    for provider in ("convirza-v2", "convirza-v3", "api19", "vinix"):
        for path in fixture_files(provider):
            for parsed in unicall.parse_all(json.loads(path.read_text()), provider):
                document = unicall.translate(parsed.flow, target="vinix", form="request").document
                pieces = CARRIER.apart(document)
                assert len(pieces) == 1 + sum(len(document.get(section, ())) for section in SECTIONS)


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], ""),
        ({"callflow": {"data": {}}, "pictures": {"a": {}}}, "/pictures"),
        ({"callflow": {"data": {}}, "menus": []}, "/menus"),
        ({"callflow": {"data": {}}, "menus": {"a/b": 1}}, "/menus/a~1b"),
        ({"callflow": 3}, "/callflow"),
    ],
)
def test_what_cannot_be_taken_apart_is_refused(document: Any, where: str) -> None:
    with pytest.raises(DocumentError) as refused:
        CARRIER.apart(document)
    assert refused.value.pointer == where


# Ways in.

MAIN: Any = {"name": "A", "numbers": ["+12025550142", "100"], "patterns": [r"^\d{4}$"], "flow": {"module": "hangup", "data": {}}}


def test_nobody_reaches_a_staged_flow() -> None:
    staged = CARRIER.staged(MAIN, "a1b2")
    assert staged == {**MAIN, "numbers": [], "patterns": ["^new:a1b2$"]}
    assert CARRIER.ways_in(staged) == ()
    assert CARRIER.ways_in(MAIN) == ("+12025550142", "100", r"^\d{4}$")


def test_a_flow_is_opened_with_the_ways_in_that_are_named() -> None:
    staged = CARRIER.staged(MAIN, "a1b2")
    assert CARRIER.opened(MAIN, staged, ()) == staged
    assert CARRIER.opened(MAIN, staged, ("100",)) == {**MAIN, "numbers": ["100"], "patterns": []}
    assert CARRIER.opened(MAIN, staged, CARRIER.ways_in(MAIN)) == MAIN


def test_parts_of_two_flows_have_different_patterns() -> None:
    parts = [piece for piece in CARRIER.apart(request("convirza-v2/ivr/veterinary_three_levels.json")) if "callflow-" in piece.key]
    assert parts
    patterns = [CARRIER.staged(part.document, mark)["patterns"][0] for part in parts for mark in ("a", "b")]
    assert len(set(patterns)) == len(patterns)
    assert all(pattern.startswith("^new:") and pattern.endswith("$") for pattern in patterns)


def test_a_skeleton_refers_to_nothing() -> None:
    document = {**MAIN, "ringback": {"early": "new:media-a"}, "flow": {"module": "callflow", "data": {"id": "new:callflow-b"}}}
    skeleton = CARRIER.skeleton(document)
    assert "new:" not in json.dumps(skeleton["flow"])
    assert skeleton.keys() == {"name", "numbers", "patterns", "flow"}
    assert unicall.parse(skeleton, "vinix").flow.start is None


# Comparing.


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"name": "A"}, {"name": "A", "id": "x", "retries": 3}),
        ({"retries": "20", "hunt": True}, {"retries": 20, "hunt": "true"}),
        ({"numbers": ["(202) 555-0142", "100"]}, {"numbers": ["100", "+12025550142"]}),
        ({"patterns": ["b", "a"]}, {"patterns": ["a", "b"]}),
        ({"children": {}}, {}),
        ({"id": "mine", "metadata": {"a": 1}}, {"id": "theirs"}),
        ({"timeout": 20.0}, {"timeout": 20}),
    ],
)
def test_defaults_and_spellings_of_the_server_are_no_differences(sent: Any, stored: Any) -> None:
    assert CARRIER.differences("callflows", sent, stored) == ()


@pytest.mark.parametrize(
    ("sent", "stored", "where"),
    [
        ({"name": "A"}, {"name": "B"}, "/name"),
        ({"name": "A"}, {}, "/name"),
        ({"flow": {"data": {"rules": ["a", "b"]}}}, {"flow": {"data": {"rules": ["b", "a"]}}}, "/flow/data/rules/0"),
        ({"numbers": ["100"]}, {"numbers": ["100", "101"]}, "/numbers"),
        ({"hunt": True}, {"hunt": 1}, "/hunt"),
        ({"flow": {"data": {"id": "a"}}}, {"flow": {"data": []}}, "/flow/data"),
        (
            {"flow": {"module": "temporal_route", "data": {}, "children": {"a": {}, "b": {}}}},
            {"flow": {"module": "temporal_route", "data": {}, "children": {"b": {}, "a": {}}}},
            "/flow/children",
        ),
    ],
)
def test_everything_else_is_a_difference(sent: Any, stored: Any, where: str) -> None:
    assert CARRIER.differences("callflows", sent, stored)[0].pointer == where


def test_a_document_that_is_gone_is_a_difference() -> None:
    assert [one.pointer for one in CARRIER.differences("menus", {"name": "A"}, None)] == [""]


def test_a_password_is_never_told_and_no_difference() -> None:
    assert CARRIER.differences("users", {"password": "a", "first_name": "b"}, {"first_name": "b"}) == ()


def test_bookkeeping_is_not_written() -> None:
    stored = {"id": "a", "name": "b", "metadata": {}, "_read_only": {}, "odd": 1}
    assert CARRIER.writable("menus", stored) == {"name": "b", "odd": 1}


def test_what_a_flow_was_made_of_reads_back_as_the_same_flow() -> None:
    """Every piece is made in order, ids take the place of ``new:`` keys, and the bundle of the account says the same flow."""
    document = request("convirza-v2/ivr/hotel_single_level.json")
    fake = FakeVinix()
    account = opened(fake)
    ids: dict[str, str] = {}
    for piece in CARRIER.apart(document):
        text = json.dumps(piece.document)
        for key, made in ids.items():
            text = text.replace(json.dumps(key), json.dumps(made))
        ids[piece.key] = account.create(piece.kind, json.loads(text))
    bundle = account.bundle(Held(ids["new:flow"]))
    read, meant = unicall.parse(bundle, "vinix").flow, unicall.parse(document, "vinix").flow
    assert {at: type(node) for at, node in read.nodes.items()} == {at: type(node) for at, node in meant.nodes.items()}
    assert {section: len(bundle.get(section, ())) for section in SECTIONS} == {
        section: len(document.get(section, ())) for section in SECTIONS
    }


def test_a_write_that_may_have_been_done_is_not_repeated() -> None:
    fake = FakeVinix()
    fake.before = lambda request: failure(503, "busy") if request.method == "PUT" and "menus" in request.url.path else None
    with pytest.raises(ProviderError) as refused:
        opened(fake).create("menus", {"name": "A"})
    assert refused.value.outcome == "unknown"
    assert len([path for _, path in fake.calls if path.endswith("/menus")]) == 1


def test_a_piece_says_where_it_belongs() -> None:
    assert CARRIER.apart({"data": {"name": "A", "id": "x"}}) == (Piece("callflows", "new:flow", {"name": "A"}),)
