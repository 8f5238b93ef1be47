"""The sandbox of Vinix does what the notes on Kazoo and Vinix say, over HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.support import FIXTURES, Clock, callflow, flow, http, vinix
from unicall.sandbox import Sandbox

BOX = "5cd9b562ff1c0958679587739b66c03f"


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with vinix(sandbox) as made:
        yield made


def created(client: httpx.Client, section: str, data: Any) -> dict[str, Any]:
    """A document, made."""
    answer = client.put(f"/{section}", json={"data": data})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


def refused(answer: httpx.Response) -> Any:
    """What is wrong, of an answer in Kazoo's shape."""
    assert answer.status_code == 400
    error = answer.json()
    assert (error["error"], error["message"], error["status"]) == ("400", "validation error", "error")
    return error["data"]


def user_auth(sandbox: Sandbox, method: str, name: str, **more: Any) -> httpx.Response:
    known = sandbox.account("vinix")
    words = f"{name}:{known['password']}".encode()
    credentials = (hashlib.sha1(words) if method == "sha" else hashlib.md5(words)).hexdigest()
    data = {"credentials": credentials, "account_name": known["account_name"], "method": method, **more}
    return http().put(f"{known['url']}/user_auth", json={"data": data})


@pytest.mark.parametrize("method", ["md5", "sha"])
def test_a_user_logs_in_with_the_hash_of_the_lower_cased_name_and_the_password(sandbox: Sandbox, method: str) -> None:
    known = sandbox.account("vinix")
    answer = user_auth(sandbox, method, known["username"].lower())
    assert answer.status_code == 201
    assert answer.json()["data"]["account_id"] == known["account_id"]
    client = http(headers={"X-Auth-Token": answer.json()["auth_token"]})
    assert client.get(f"{known['url']}/accounts/{known['account_id']}/menus").status_code == 200
    assert user_auth(sandbox, method, known["username"]).status_code == 401


def test_a_user_logs_in_with_the_realm_instead_of_the_name(sandbox: Sandbox) -> None:
    name = sandbox.account("vinix")["username"].lower()
    assert user_auth(sandbox, "md5", name, account_name="other").status_code == 401
    assert user_auth(sandbox, "md5", name, account_name=None, account_realm="rehearsal.example.com").status_code == 201


def test_without_a_token_the_answer_is_a_401_in_kazoos_shape(sandbox: Sandbox) -> None:
    known = sandbox.account("vinix")
    wrong = http().put(f"{known['url']}/api_auth", json={"data": {"api_key": "0" * 64}})
    none = http().get(f"{known['url']}/accounts/{known['account_id']}/callflows")
    for answer in (wrong, none):
        error = answer.json()
        assert answer.status_code == 401
        assert (error["error"], error["message"], error["status"]) == ("401", "invalid_credentials", "error")
        assert error["request_id"]


def test_a_token_is_good_for_an_hour(sandbox: Sandbox, client: httpx.Client, clock: Clock) -> None:
    clock.now += 3599
    assert client.get("/callflows").status_code == 200
    clock.now += 2
    assert client.get("/callflows").status_code == 401


def test_an_answer_echoes_the_token_in_an_envelope(client: httpx.Client) -> None:
    answer = client.get("/callflows").json()
    assert answer["auth_token"] == client.headers["x-auth-token"]
    assert answer["status"] == "success"
    assert {"data", "request_id", "revision", "timestamp", "version", "node", "page_size"} <= set(answer)
    assert "next_start_key" not in answer


def test_another_account_is_forbidden(sandbox: Sandbox, client: httpx.Client) -> None:
    assert client.get(f"{sandbox.account('vinix')['url']}/accounts/{'0' * 32}/callflows").status_code == 403


def test_a_list_gives_summaries_without_flows(client: httpx.Client) -> None:
    body = callflow("2000", flow=flow("menu", {}, {"1": flow("play"), "2": flow("play", {"skip_module": True})}))
    del body["data"]["name"]
    key = client.put("/callflows", json=body).json()["data"]["id"]
    (row,) = client.get("/callflows").json()["data"]
    assert row == {"id": key, "numbers": ["2000"], "patterns": [], "featurecode": False, "modules": ["menu", "play"]}


def test_a_list_gives_a_feature_code_where_there_is_one(client: httpx.Client) -> None:
    code = {"name": "voicemail[action=check]", "number": "97"}
    created(client, "callflows", {"patterns": [r"^\*97$"], "featurecode": code, "flow": flow("voicemail")})
    (row,) = client.get("/callflows").json()["data"]
    assert row["featurecode"] == code


def test_pages_go_down_by_id_and_are_followed_by_an_opaque_key(client: httpx.Client) -> None:
    keys = [created(client, "menus", {"name": f"Menu {number}"})["id"] for number in range(120)]
    seen: list[str] = []
    start: dict[str, str] = {}
    sizes = []
    while True:
        page = client.get("/menus", params=start).json()
        seen += [row["id"] for row in page["data"]]
        sizes.append(page["page_size"])
        if "next_start_key" not in page:
            break
        assert page["next_start_key"] not in keys
        start = {"start_key": page["next_start_key"]}
    assert sizes == [50, 50, 20]
    assert seen == sorted(keys, reverse=True)


def test_a_page_is_as_long_as_asked_for_and_pages_can_be_switched_off(client: httpx.Client) -> None:
    keys = [created(client, "menus", {"name": f"Menu {number}"})["id"] for number in range(60)]
    page = client.get("/menus?page_size=7").json()
    assert len(page["data"]) == page["page_size"] == 7
    whole = client.get("/menus?paginate=false").json()
    assert len(whole["data"]) == 60
    assert "next_start_key" not in whole
    upwards = client.get("/menus?ascending=true&page_size=60").json()
    assert [row["id"] for row in upwards["data"]] == sorted(keys)
    assert client.get("/menus?page_size=many").status_code == 400
    assert client.get("/menus?start_key=nonsense!").status_code == 400


def test_filters_narrow_a_list(client: httpx.Client) -> None:
    created(client, "callflows", callflow("2000", name="Sales")["data"])
    created(client, "callflows", callflow("2001", name="Desk", type="main")["data"])

    def named(query: str) -> list[str]:
        return [row["name"] for row in client.get(f"/callflows?{query}").json()["data"]]

    assert named("filter_name=Sales") == ["Sales"]
    assert named("filter_not_name=Sales") == ["Desk"]
    assert named("has_key=type") == ["Desk"]
    assert named("key_missing=type") == ["Sales"]


@pytest.mark.parametrize(
    ("section", "data"),
    [
        ("menus", {"name": "Main"}),
        ("temporal_rules", {"name": "Open", "cycle": "weekly"}),
        ("temporal_rules_sets", {"name": "Holidays", "temporal_rules": ["0" * 32]}),
        ("media", {"name": "Greeting", "media_source": "tts"}),
        ("devices", {"name": "Desk"}),
        ("users", {"first_name": "Ada", "last_name": "Example"}),
        ("vmboxes", {"name": "Box", "mailbox": "2000"}),
        ("groups", {"name": "Team", "endpoints": {}}),
        ("faxboxes", {"name": "Fax"}),
        ("conferences", {"name": "Board"}),
        ("queues", {"name": "Support"}),
        ("qubicle_queues", {"name": "Support"}),
        ("directories", {"name": "Staff"}),
        ("lists", {"name": "Friends"}),
    ],
)
def test_every_section_makes_reads_lists_replaces_merges_and_deletes(client: httpx.Client, section: str, data: Any) -> None:
    made = created(client, section, data)
    assert data.items() <= made.items()
    path = f"/{section}/{made['id']}"
    assert client.get(path).json()["data"] == made
    assert [row["id"] for row in client.get(f"/{section}").json()["data"]] == [made["id"]]
    assert client.post(path, json={"data": {**data, "x_note": 1}}).json()["data"]["x_note"] == 1
    assert client.patch(path, json={"data": {"x_note": None}}).json()["data"] == made
    assert client.delete(path).json()["data"]["_read_only"] == {"deleted": True}
    assert client.get(path).status_code == 404
    assert client.get(f"/{section}").json()["data"] == []


@pytest.mark.parametrize(
    ("section", "data", "missing"),
    [
        ("menus", {}, ["name"]),
        ("devices", {"enabled": True}, ["name"]),
        ("temporal_rules", {}, ["cycle", "name"]),
        ("temporal_rules_sets", {}, ["name"]),
        ("vmboxes", {}, ["mailbox", "name"]),
        ("users", {}, ["first_name", "last_name"]),
        ("directories", {}, ["name"]),
    ],
)
def test_what_a_document_needs_is_asked_for_all_at_once(client: httpx.Client, section: str, data: Any, missing: list[str]) -> None:
    errors = refused(client.put(f"/{section}", json={"data": data}))
    assert sorted(errors) == missing
    assert all(list(error) == ["required"] for error in errors.values())


def test_the_id_of_what_was_made_has_32_digits_and_stands_in_location(client: httpx.Client) -> None:
    answer = client.put("/menus", json={"data": {"name": "Main", "id": "mine"}})
    key = answer.json()["data"]["id"]
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")
    assert answer.headers["location"] == key


def test_a_post_replaces_the_whole_document(client: httpx.Client) -> None:
    key = created(client, "callflows", callflow("2000", ui_metadata={"version": 1})["data"])["id"]
    client.post(f"/callflows/{key}", json=callflow("2000", name="Other"))
    stored = client.get(f"/callflows/{key}").json()["data"]
    assert stored["name"] == "Other"
    assert "ui_metadata" not in stored


def test_a_patch_merges_deeply_so_that_a_branch_that_is_left_out_stays(client: httpx.Client) -> None:
    old = flow("menu", {"id": BOX}, {"1": flow("play"), "2": flow("hangup")})
    key = created(client, "callflows", callflow("2000", flow=old)["data"])["id"]
    client.patch(f"/callflows/{key}", json={"data": {"flow": {"children": {"1": flow("answer"), "2": None, "3": flow("noop")}}}})
    children = client.get(f"/callflows/{key}").json()["data"]["flow"]["children"]
    assert {name: child["module"] for name, child in children.items()} == {"1": "answer", "3": "noop"}


def test_a_patch_is_checked_as_any_other_write(client: httpx.Client) -> None:
    key = created(client, "callflows", callflow("2000")["data"])["id"]
    assert "numbers" in refused(client.patch(f"/callflows/{key}", json={"data": {"numbers": None}}))


def test_private_keys_and_read_only_facts_are_ignored_and_unknown_ones_kept(client: httpx.Client) -> None:
    data = {"name": "Main", "pvt_type": "x", "_id": "x", "_read_only": {"deleted": True}, "x_note": {"deep": [1.5, None]}}
    made = created(client, "menus", data)
    stored = client.get(f"/menus/{made['id']}").json()["data"]
    assert not [key for key in stored if key.startswith(("_", "pvt_"))]
    assert stored["x_note"] == {"deep": [1.5, None]}


def test_a_callflow_needs_a_number_or_a_pattern_before_anything_else_is_looked_at(client: httpx.Client) -> None:
    body = callflow(flow={"module": "nonsense"})
    message = "Callflows must be assigned at least one number or pattern"
    assert refused(client.put("/callflows", json=body)) == {"numbers": {"required": {"message": message}}}
    assert client.put("/callflows", json=callflow(patterns=["^9"])).status_code == 201


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2025550142", "+12025550142"),
        ("12025550142", "+12025550142"),
        ("+12025550142", "+12025550142"),
        ("011442079460123", "+442079460123"),
        ("00442079460123", "+442079460123"),
        ("2000", "2000"),
        ("*97", "*97"),
        ("no_match", "no_match"),
        ("MainOpenHours", "MainOpenHours"),
    ],
)
def test_phone_numbers_are_normalised_and_extensions_stay(client: httpx.Client, sent: str, kept: str) -> None:
    assert created(client, "callflows", callflow(sent)["data"])["numbers"] == [kept]


def test_a_number_can_be_in_one_callflow_only(client: httpx.Client) -> None:
    key = created(client, "callflows", callflow("+12025550142")["data"])["id"]
    error = refused(client.put("/callflows", json=callflow("2025550142")))
    message = f"Number +12025550142 exists in callflow {key} Front desk"
    assert error == {"numbers": {"unique": {"message": message, "cause": "+12025550142"}}}
    assert client.post(f"/callflows/{key}", json=callflow("+12025550142")).status_code == 200
    client.delete(f"/callflows/{key}")
    assert client.put("/callflows", json=callflow("2025550142")).status_code == 201


def test_a_pattern_can_be_in_one_callflow_only(client: httpx.Client) -> None:
    created(client, "callflows", callflow(patterns=["^9"])["data"])
    assert refused(client.put("/callflows", json=callflow(patterns=["^9"])))["patterns"]["unique"]["cause"] == "^9"


def test_a_number_that_a_feature_code_takes_conflicts(client: httpx.Client) -> None:
    created(client, "callflows", callflow(patterns=[r"^\*97$", "("], featurecode={"name": "check", "number": "97"})["data"])
    assert refused(client.put("/callflows", json=callflow("*97")))["numbers"]["unique"]["cause"] == "*97"


def test_a_module_without_a_schema_is_refused_wherever_it_stands(client: httpx.Client) -> None:
    body = callflow("2000", flow=flow("menu", {}, {"a.b": flow("loyalty_lookup")}))
    errors = refused(client.put("/callflows", json=body))
    message = "unable to find callflow schema for module loyalty_lookup"
    assert errors == {"flow.children.a%2Eb.module": {"invalid": {"message": message, "cause": "loyalty_lookup"}}}


@pytest.mark.parametrize(
    ("node", "path", "rule"),
    [
        ({"module": "menu", "data": {}, "children": {"1": {}}}, "flow.children.1.module", "required"),
        ({"module": "menu"}, "flow.data", "required"),
        (flow("voicemail", {"id": "short"}), "flow.data.id", "minLength"),
        (flow("ring_group", {"endpoints": []}), "flow.data.endpoints", "minItems"),
        (flow("ring_group", {}), "flow.data.endpoints", "required"),
        (flow("ring_group", {"endpoints": [{"id": "x", "endpoint_type": "van"}]}), "flow.data.endpoints.0.endpoint_type", "enum"),
        (flow("ring_group", {"endpoints": [{"endpoint_type": "user"}]}), "flow.data.endpoints.0.id", "required"),
        (flow("tts", {}), "flow.data.text", "required"),
        (flow("tts", {"text": "x" * 1001}), "flow.data.text", "maxLength"),
        (flow("pivot", {"voice_url": "ftp://example.com"}), "flow.data.voice_url", "pattern"),
        (flow("sleep", {"duration": -1}), "flow.data.duration", "minimum"),
        (flow("record_call", {"action": "start", "time_limit": 10801}), "flow.data.time_limit", "maximum"),
        (flow("response", {"code": "busy"}), "flow.data.code", "type"),
        (flow("device", {"timeout": True}), "flow.data.timeout", "type"),
        (flow("missed_call_alert", {"recipients": [{"type": "user"}]}), "flow.data.recipients.0.id", "required"),
    ],
)
def test_the_data_of_a_module_is_checked(client: httpx.Client, node: Any, path: str, rule: str) -> None:
    assert rule in refused(client.put("/callflows", json=callflow("2000", flow=node)))[path]


def test_text_that_says_a_number_or_a_flag_is_taken_for_it(client: httpx.Client) -> None:
    node = flow("device", {"id": BOX, "timeout": "20", "can_call_self": "true"})
    data = created(client, "callflows", callflow("2000", flow=node)["data"])["flow"]["data"]
    assert (data["timeout"], data["can_call_self"]) == (20, True)
    assert created(client, "menus", {"name": "Main", "retries": "2"})["retries"] == 2


@pytest.mark.parametrize(
    ("module", "sent", "added"),
    [
        (
            "voicemail",
            {"id": BOX},
            {
                "action": "compose",
                "callerid_match_login": False,
                "interdigit_timeout": 2000,
                "max_message_length": 500,
                "single_mailbox_login": False,
            },
        ),
        ("device", {"id": BOX}, {"delay": 0, "dial_strategy": "simultaneous", "timeout": 0}),
        ("user", {"id": BOX, "timeout": 30}, {"delay": 0, "strategy": "simultaneous"}),
        ("temporal_route", {}, {"rules": []}),
        (
            "resources",
            {},
            {"caller_id_type": "external", "ignore_early_media": False, "outbound_flags": [], "use_local_resources": True},
        ),
        ("hangup", {}, {}),
        ("set_variables", {"custom_application_vars": {"a": "b"}}, {}),
    ],
)
def test_defaults_are_written_into_the_data_of_a_module(client: httpx.Client, module: str, sent: Any, added: Any) -> None:
    below = {"module": "menu", "data": {}, "children": {"1": flow(module, sent)}}
    stored = created(client, "callflows", callflow("2000", flow=below)["data"])
    assert stored["flow"]["children"]["1"]["data"] == sent | added


def test_defaults_are_written_into_the_endpoints_of_a_ring_group(client: httpx.Client) -> None:
    node = flow("ring_group", {"endpoints": [{"id": BOX, "endpoint_type": "user"}]})
    data = created(client, "callflows", callflow("2000", flow=node)["data"])["flow"]["data"]
    assert data["endpoints"] == [{"id": BOX, "endpoint_type": "user", "delay": 0, "timeout": 20}]
    assert (data["strategy"], data["timeout"], data["repeats"], data["ignore_forward"]) == ("simultaneous", 20, 1, True)


def test_defaults_are_written_into_menus_rules_and_mailboxes(client: httpx.Client) -> None:
    menu = created(client, "menus", {"name": "Main"})
    assert (menu["retries"], menu["max_extension_length"], menu["hunt"], menu["media"]) == (3, 4, True, {})
    rule = created(client, "temporal_rules", {"name": "Open", "cycle": "daily"})
    assert (rule["interval"], rule["start_date"]) == (1, 62586115200)
    box = created(client, "vmboxes", {"name": "Box", "mailbox": "2000"})
    assert (box["check_if_owner"], box["media_extension"], box["notify_email_addresses"]) == (True, "mp3", [])
    phone = created(client, "devices", {"name": "Cell", "call_forward": {"enabled": True, "number": "+12025550143"}})
    assert phone["call_forward"]["require_keypress"] is True
    assert phone["sip"] == {"expire_seconds": 300, "invite_format": "contact", "method": "password"}


def test_no_reference_is_looked_after(client: httpx.Client) -> None:
    assert client.put("/callflows", json=callflow("2000", flow=flow("menu", {"id": "nobody"}))).status_code == 201


def test_a_callflow_comes_with_the_names_of_what_it_refers_to(client: httpx.Client) -> None:
    menu = created(client, "menus", {"name": "Main"})["id"]
    rule = created(client, "temporal_rules", {"name": "Open", "cycle": "daily"})["id"]
    other = created(client, "callflows", callflow("2001", name="Other")["data"])["id"]
    node = flow(
        "temporal_route", {}, {rule: flow("menu", {"id": menu}, {"1": flow("callflow", {"id": other})}), "_": flow("hangup")}
    )
    key = created(client, "callflows", callflow("2000", flow=node)["data"])["id"]
    assert client.get(f"/callflows/{key}").json()["data"]["metadata"] == {
        rule: {"name": "Open", "pvt_type": "temporal_rule"},
        menu: {"name": "Main", "pvt_type": "menu"},
        other: {"name": "Other", "numbers": ["2001"], "pvt_type": "callflow"},
    }
    assert "metadata" not in client.post(f"/callflows/{key}", json=callflow("2000", flow=node)).json()["data"]


def test_metadata_that_is_sent_back_is_stored(sandbox: Sandbox, client: httpx.Client) -> None:
    key = created(client, "callflows", callflow("2000", metadata={"old": {"name": "gone"}})["data"])["id"]
    assert sandbox.shelf("vinix").get("callflows", key)["metadata"] == {"old": {"name": "gone"}}
    assert client.get(f"/callflows/{key}").json()["data"]["metadata"] == {}


def test_a_number_is_used_by_a_callflow_for_as_long_as_one_has_it(client: httpx.Client) -> None:
    assert client.put("/phone_numbers/+12025550142", json={"data": {}}).status_code == 201
    assert client.put("/phone_numbers/2025550142", json={"data": {}}).status_code == 409
    key = created(client, "callflows", callflow("2025550142", "2000")["data"])["id"]
    assert client.get("/phone_numbers/+12025550142").json()["data"]["used_by"] == "callflow"
    assert list(client.get("/phone_numbers").json()["data"]["numbers"]) == ["+12025550142"]
    client.delete(f"/callflows/{key}")
    assert "used_by" not in client.get("/phone_numbers/+12025550142").json()["data"]


def test_a_mailbox_number_can_be_in_one_box_only(client: httpx.Client) -> None:
    created(client, "vmboxes", {"name": "Box", "mailbox": "2000"})
    assert (
        refused(client.put("/vmboxes", json={"data": {"name": "Other", "mailbox": "2000"}}))["mailbox"]["unique"]["cause"] == "2000"
    )


def test_the_password_of_a_user_is_never_given_back(client: httpx.Client) -> None:
    made = created(client, "users", {"first_name": "Ada", "last_name": "Example", "password": "secret"})
    assert "password" not in made
    assert "password" not in client.get(f"/users/{made['id']}").json()["data"]


def test_the_sound_of_media_is_kept(client: httpx.Client) -> None:
    key = created(client, "media", {"name": "Greeting", "media_source": "upload"})["id"]
    assert client.get(f"/media/{key}/raw").status_code == 404
    client.post(f"/media/{key}/raw", content=b"\x00\xffsound", headers={"content-type": "audio/mp3"})
    answer = client.get(f"/media/{key}/raw")
    assert (answer.content, answer.headers["content-type"]) == (b"\x00\xffsound", "audio/mp3")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/callflows/none", 404),
        ("POST", "/callflows/none", 404),
        ("DELETE", "/callflows/none", 404),
        ("POST", "/callflows", 405),
        ("DELETE", "/menus", 405),
        ("GET", "/phone_numbers/+12025550199", 404),
    ],
)
def test_errors_have_kazoos_shape(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path, json={"data": {}})
    assert answer.status_code == status
    assert answer.json()["error"] == str(status)
    assert answer.json()["status"] == "error"


def test_errors_of_the_contact_centre_have_its_own_shape(client: httpx.Client) -> None:
    assert set(client.get("/qubicle_queues/none").json()) == {"message", "request_id"}


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"data": 1}', b'{"data": {"numbers": NaN}}', b"[" * 100_000])
def test_what_is_no_envelope_is_a_400(client: httpx.Client, content: bytes) -> None:
    answer = client.put("/callflows", content=content)
    assert answer.status_code == 400
    assert answer.json()["status"] == "error"


def test_a_flow_that_is_too_deep_is_refused(client: httpx.Client) -> None:
    node: dict[str, Any] = flow()
    for _ in range(250):
        node = flow(children={"_": node})
    assert client.put("/callflows", json=callflow("2000", flow=node)).status_code == 400


def test_every_callflow_of_the_fixtures_is_given_back_as_it_was_loaded(sandbox: Sandbox, client: httpx.Client) -> None:
    for path in sorted((FIXTURES / "vinix" / "menu").glob("*[!w].json")):
        if path.name.endswith(".flow.json"):
            continue
        loaded = json.loads(path.read_text("utf-8"))["callflow"]
        sandbox.load("vinix", path)
        found = client.get(f"/callflows/{loaded['id']}").json()["data"]
        del found["metadata"]
        assert json.dumps(found) == json.dumps(loaded)


def test_a_number_that_is_taken_is_left_out_when_flows_are_loaded(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.load("vinix", {"id": "a" * 32, "name": "One", "numbers": ["+12025550142", "2000"], "flow": flow()})
    notes = sandbox.load("vinix", {"id": "a" * 32, "name": "Two", "numbers": ["+12025550142"], "flow": flow()})
    assert len(notes) == 3
    rows = client.get("/callflows").json()["data"]
    assert sorted(row["name"] for row in rows) == ["One", "Two"]
    assert len({number for row in rows for number in row["numbers"]}) == 3
