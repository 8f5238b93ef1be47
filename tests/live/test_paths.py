"""Every way between two carriers, as a person takes it: on the command line, against sandboxes, over real sockets."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from attrs import define, field
from click.testing import CliRunner, Result

from unicall.cli import program
from unicall.live.plan import Plan
from unicall.sandbox import Sandbox

MINUTE = 61  # seconds after which a vendor gives tokens again
DEVICE, OTHER = "d" * 32, "e" * 32
ROUTES = "provisioned_routes"
NAMES = {"vinix": ("callflows", "name"), "api19": ("call_flows", "name"), "convirza-v3": (ROUTES, "provisioned_route_name")}


@define
class Desk:
    """Where a person sits: a folder, a sandbox of every carrier and another one of Vinix, and the accounts of both."""

    path: Path
    now: float = field(factory=time.time)
    sandbox: Sandbox = field(init=False)
    second: Sandbox = field(init=False)

    def unicall(self, *words: str, code: int = 0, second: bool = False) -> str:
        """What the command says, on both streams. A minute goes by before it."""
        self.now += MINUTE
        file = self.path / ("second.toml" if second else "account.toml")
        done: Result = CliRunner().invoke(program, [*words, "--account", str(file)])
        assert done.exit_code == code, f"{words}: {done.stdout}{done.stderr}{done.exception}"
        return done.stdout + done.stderr

    def file(self, name: str, text: str = "") -> str:
        """The path of a file of the folder, with this text where there is some."""
        if text:
            (self.path / name).write_text(text)
        return str(self.path / name)

    def plan(self, to: str, name: str, *more: str, code: int = 0, second: bool = False) -> str:
        """Plan the flows that were pulled."""
        return self.unicall("plan", self.file("flows"), "--to", to, "-o", self.file(name), *more, code=code, second=second)

    def planned(self, name: str) -> Plan:
        """What a plan says."""
        return Plan.read(self.path / name)

    def change(self, provider: str, kind: str, key: str, **what: Any) -> None:
        """Somebody edits a document of an account."""
        self.sandbox.shelf(provider).put(kind, key, {**self.sandbox.shelf(provider).get(kind, key), **what})

    def accounts(self) -> None:
        """Write the credentials of both into files."""
        for name, sandbox in (("account.toml", self.sandbox), ("second.toml", self.second)):
            tables = {provider: sandbox.account(provider) for provider in sandbox.vendors}
            told = "".join(f"[{p}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in t.items()) for p, t in tables.items())
            (self.path / name).write_text(told)
            (self.path / name).chmod(0o600)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with empty accounts."""
    made = Desk(tmp_path)
    with (
        stamina.set_testing(True, attempts=3),
        Sandbox(hold=0.3, clock=lambda: made.now) as made.sandbox,
        Sandbox(hold=0.3, clock=lambda: made.now, providers=["vinix"]) as made.second,
    ):
        made.accounts()
        yield made


def route(key: int, name: str, number: str | None, to: str = "12025550142", **more: Any) -> dict[str, Any]:
    """A route of Convirza v3 that rings one telephone."""
    way = {} if number is None else {"phone_number_id": 500 + key, "phone_number": number}
    return {"provisioned_route_id": key, "provisioned_route_name": name, "route_type": "simple", **way, "ring_to": to, **more}


def callflow(key: str, name: str, *numbers: str, module: str = "device", refers: str = DEVICE) -> dict[str, Any]:
    """A callflow of one node."""
    node = {"module": module, "data": {"id": refers}, "children": {}}
    return {"id": key * 32, "name": name, "numbers": list(numbers), "patterns": [], "flow": node}


def load(sandbox: Sandbox, *flows: dict[str, Any], **sections: Any) -> None:
    """Put callflows into Vinix, with a device and other documents."""
    for flow in flows:
        sandbox.load("vinix", {"callflow": flow, "devices": {DEVICE: {"id": DEVICE, "name": "Desk"}}, **sections})


# Pulling.


@pytest.mark.parametrize("provider", NAMES)
def test_pulling_again_changes_nothing_but_what_changed(desk: Desk, provider: str) -> None:
    kind, name = NAMES[provider]
    for key in ("1", "2", "3"):
        if provider == "vinix":
            load(desk.sandbox, callflow(key, "Same name", f"+1202555010{key}"))
        elif provider == "api19":
            steps = json.dumps({"route1": "192.0.2.1", "sip_port1": 5060, "route1_wait": 20, "wait": 20})
            desk.sandbox.load(provider, {"id": key, "name": "Same name", "user_id": "1", "json": steps, "e164": "no"})
        else:
            desk.sandbox.load(provider, route(int(key), "Same name", f"1202555010{key}"))
    keys = desk.sandbox.shelf(provider).keys(kind)
    desk.unicall("pull", provider, "-o", desk.file("flows"))
    folder = desk.path / "flows"
    before = {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in folder.iterdir()}
    assert len(before) == 4
    assert "0 written, 3 as before" in desk.unicall("pull", provider, "-o", desk.file("flows"))
    assert {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in folder.iterdir()} == before
    desk.change(provider, kind, keys[0], **{name: "Renamed"})
    desk.sandbox.shelf(provider).remove(kind, keys[1])
    said = desk.unicall("pull", provider, "-o", desk.file("flows"))
    assert "1 written, 1 as before" in said
    assert len({one.name for one in folder.iterdir()} & before.keys()) == 3
    assert said.count("the account has the flow no more") == 1


def test_a_flow_that_cannot_be_read_is_refused_alone(desk: Desk) -> None:
    """And what an earlier plan made of it is not said to be needless."""
    desk.sandbox.load("convirza-v3", route(1, "Front", "12025550101"))
    desk.sandbox.load("convirza-v3", route(2, "Back", "12025550102"))
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    desk.plan("vinix", "first.json")
    desk.unicall("apply", desk.file("first.json"))
    desk.change("convirza-v3", ROUTES, "1", overflow_numbers="12025550143")
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    said = desk.plan("vinix", "second.json", "--after", desk.file("first.json"), code=1)
    assert "1 unchanged, 1 refused" in said
    assert "cannot be read: /overflow_numbers" in said
    assert "not needed" not in said
    desk.change("convirza-v3", ROUTES, "1", overflow_numbers=[])
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    desk.unicall("apply", desk.file("second.json"))
    assert "2 unchanged" in desk.plan("vinix", "third.json", "--after", desk.file("second.json"))


# What a plan sees beforehand.


def test_without_its_journal_no_flow_is_made_twice_unless_it_is_accepted(desk: Desk) -> None:
    desk.sandbox.load("convirza-v3", route(1, "Front", None))
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    every = ("--accept", "*=UC404")
    desk.plan("vinix", "first.json", *every)
    desk.unicall("apply", desk.file("first.json"))
    assert "name that plan with --after" in desk.plan("vinix", "lost.json", *every, code=1)
    load(desk.second, callflow("1", "Front", "+12025550101"))
    said = desk.plan("vinix", "lost.json", *every, code=1, second=True)
    assert "duplicate: " + "1" * 32 + " (Front) has this name" in said
    assert "1 create" in desk.plan("vinix", "lost.json", "--accept", "Front=UC404,duplicate", second=True)


def test_two_flows_cannot_have_one_number(desk: Desk) -> None:
    desk.sandbox.load("convirza-v3", route(1, "Front", "12025550101"))
    desk.sandbox.load("convirza-v3", route(2, "Back", "12025550101"))
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    said = desk.plan("vinix", "plan.json", code=1)
    assert "1 create, 1 refused" in said
    assert "+12025550101 leads to Back as well, and can lead to one flow only" in said


def test_a_mailbox_that_the_account_has_already_is_seen_in_the_plan(desk: Desk) -> None:
    box = {"id": OTHER, "name": "Desk", "mailbox": "301"}
    load(desk.sandbox, callflow("1", "Front", "+12025550101", module="voicemail", refers=OTHER), vmboxes={OTHER: box})
    load(desk.second, callflow("2", "Theirs", "+12025550102", module="voicemail", refers=OTHER), vmboxes={OTHER: box})
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    said = desk.plan("vinix", "plan.json", code=1, second=True)
    assert f"vmboxes {OTHER} has the mailbox 301 that vmboxes new:" in said


def test_references_that_no_flow_needs_are_said(desk: Desk) -> None:
    load(desk.sandbox, callflow("1", "Front", "+12025550101"))
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    given = desk.file("references.toml", '[vinix.flow]\n"nobody" = "flow:7"\n')
    said = desk.plan("api19", "plan.json", "--references", given, code=1)
    assert "references: /vinix/flow/nobody: no flow uses this entry" in said


def test_a_flow_that_was_refused_is_known_to_the_plan_after_the_next(desk: Desk) -> None:
    desk.sandbox.load("convirza-v3", route(1, "Front", "12025550101"))
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    desk.plan("vinix", "first.json")
    desk.unicall("apply", desk.file("first.json"))
    key = desk.sandbox.shelf("vinix").keys("callflows")[0]
    flow = desk.sandbox.shelf("vinix").get("callflows", key)
    desk.change("vinix", "callflows", key, name="Mine")
    said = desk.plan("vinix", "second.json", "--after", desk.file("first.json"), code=1)
    assert f'callflows {key} was edited on the account since: /name: written "Front", now "Mine"' in said
    desk.unicall("apply", desk.file("second.json"))
    desk.sandbox.shelf("vinix").put("callflows", key, flow)
    assert "1 unchanged" in desk.plan("vinix", "third.json", "--after", desk.file("second.json"))


def test_no_plan_goes_on_from_one_that_was_not_applied(desk: Desk) -> None:
    desk.sandbox.load("convirza-v3", route(1, "Front", "12025550101"))
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    desk.plan("vinix", "first.json")
    for words in (("drift", desk.file("first.json")), ("rollback", desk.file("first.json"))):
        assert "was not applied; it has no journal" in desk.unicall(*words, code=2)
    assert "was not applied" in desk.plan("vinix", "second.json", "--after", desk.file("first.json"), code=2)
    desk.plan("vinix", "first.json")


# What a vendor refuses.


def test_what_the_vendor_refuses_holds_up_its_flow_alone(desk: Desk) -> None:
    load(desk.sandbox, callflow("1", "Front", "+12025550101"), callflow("2", "Odd", "+12025550102", module="nobody_knows"))
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    before = desk.second.dump("vinix")
    desk.plan("vinix", "plan.json", second=True)
    said = desk.unicall("apply", desk.file("plan.json"), "--with-numbers", code=1, second=True)
    assert "1 of 2 flows stand on the account" in said
    assert "refused: vinix: PUT" in said
    found = [json.loads(line.partition(" ")[2]) for line in desk.second.dump("vinix", ["callflows"]).decode().splitlines()]
    assert [(one["name"], one["numbers"]) for one in found] == [("Front", ["+12025550101"])]
    assert "0 writes" in desk.unicall("apply", desk.file("plan.json"), "--with-numbers", code=1, second=True)
    assert "1 create, 1 unchanged" in desk.plan("vinix", "next.json", "--after", desk.file("plan.json"), second=True)
    desk.unicall("rollback", desk.file("plan.json"), second=True)
    assert desk.second.dump("vinix") == before


# Convirza v2 as a target.


def test_convirza_v2_makes_a_flow_with_its_number_and_never_without(desk: Desk) -> None:
    desk.sandbox.load("convirza-v3", route(1, "Front", "12015550101"))
    desk.sandbox.load("convirza-v3", route(2, "Far", "18015550102"))
    desk.sandbox.load("convirza-v3", route(3, "Nowhere", None))
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    before = desk.sandbox.dump("convirza-v2", ["call_flows"])
    said = desk.plan("convirza-v2", "plan.json", "--accept", "*=undocumented", "--accept", "Nowhere=UC404", code=1)
    assert "2 create, 1 refused" in said
    assert "the API makes no callflows without a number" in said
    assert "+12015550101 of Front: it is of the carrier's stock" in said
    assert "+18015550102 of Far: the account does not have it" in said
    assert "not moved yet: " in desk.unicall("apply", desk.file("plan.json"))
    assert desk.sandbox.dump("convirza-v2", ["call_flows"]) == before
    said = desk.unicall("apply", desk.file("plan.json"), "--with-numbers", code=1)
    assert "1 of 2 flows stand on the account" in said
    desk.sandbox.shelf("convirza-v2").put("inventory", "60009", {"number": "8015550102"})
    assert "2 of 2 flows stand" in desk.unicall("apply", desk.file("plan.json"), "--with-numbers")
    desk.unicall("rollback", desk.file("plan.json"))
    assert desk.sandbox.dump("convirza-v2", ["call_flows"]) == before


def test_a_flow_of_convirza_v2_is_updated_and_put_back(desk: Desk) -> None:
    desk.sandbox.load("convirza-v3", route(1, "Front", "12015550101"))
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    every = ("--accept", "*=undocumented")
    desk.plan("convirza-v2", "first.json", *every)
    desk.unicall("apply", desk.file("first.json"), "--with-numbers")
    made = desk.sandbox.dump("convirza-v2")
    desk.change("convirza-v3", ROUTES, "1", ring_to="12025550149")
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    assert "1 update" in desk.plan("convirza-v2", "second.json", *every, "--after", desk.file("first.json"))
    said = desk.unicall("apply", desk.file("second.json"))
    assert "1 writes" in said
    assert "not moved yet" not in said
    assert "1 unchanged" in desk.plan("convirza-v2", "third.json", *every, "--after", desk.file("second.json"))
    desk.unicall("rollback", desk.file("second.json"))
    assert desk.sandbox.dump("convirza-v2") == made


def test_an_update_that_could_not_be_undone_is_refused_in_the_plan(desk: Desk) -> None:
    desk.sandbox.load("convirza-v3", route(1, "Front", "12015550101"))
    desk.sandbox.load("convirza-v2", Path(__file__).parents[2] / "fixtures" / "convirza-v2" / "geo")
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    key = desk.sandbox.shelf("convirza-v2").keys("call_flows")[0]
    given = desk.file("references.toml", f'[convirza-v3.flow]\n"1" = "flow:{key}"\n')
    said = desk.plan("convirza-v2", "plan.json", "--references", given, "--accept", "*=undocumented", code=1)
    assert f"callflows {key} could not be put back as it is now: Convirza v2 cannot write what is stored" in said


def test_a_number_that_was_reserved_for_a_flow_that_is_refused_stays_and_rollback_says_so(desk: Desk) -> None:
    steps = json.dumps({"dnis": "", "route1": "198.51.100.71", "sip_port1": "5060", "route1_wait": "20", "wait": "20"})
    desk.sandbox.load("api19", {"id": "71", "name": "Front", "user_id": "1", "json": steps, "e164": "no"})
    desk.unicall("pull", "api19", "-o", desk.file("flows"))
    given = ("--references", desk.file("references.toml", '[numbers]\n"Front" = ["+12015550101"]\n'))
    every = ("--accept", f"*={','.join(desk_codes(desk, 'convirza-v2', *given))}")
    assert "no rollback gives it back" in desk.plan("convirza-v2", "plan.json", *given, *every)
    assert "refused: convirza-v2" in desk.unicall("apply", desk.file("plan.json"), "--with-numbers", code=1)
    said = desk.unicall("rollback", desk.file("plan.json"))
    assert "but a number of the carrier's stock that was moved stays reserved for the account; 0 writes" in said
    assert [kind for kind, _, _ in desk.sandbox.shelf("convirza-v2").documents()] == ["inventory"]


@pytest.mark.parametrize("fault", ["500after", "drop"])
def test_a_flow_that_was_made_with_its_number_while_the_carrier_went_away_is_known_again(desk: Desk, fault: str) -> None:
    desk.sandbox.load("convirza-v3", route(1, "Front", "12015550101"))
    desk.unicall("pull", "convirza-v3", "-o", desk.file("flows"))
    desk.plan("convirza-v2", "plan.json", "--accept", f"*={','.join(desk_codes(desk, 'convirza-v2'))}")
    asked = len(desk.sandbox.requests)
    desk.unicall("apply", desk.file("plan.json"), "--with-numbers")
    wrote = [(one.method, one.path.rpartition("/")[2]) for one in desk.sandbox.requests[asked:]]
    made = wrote.index(("POST", "callflow")) + 1
    desk.unicall("rollback", desk.file("plan.json"))
    (desk.path / "plan.json.journal").unlink()
    desk.sandbox.shelf("convirza-v2").remove("inventory", desk.sandbox.shelf("convirza-v2").keys("inventory")[0])
    desk.sandbox.inject(f"{fault}@{made}-99999")
    desk.unicall("apply", desk.file("plan.json"), "--with-numbers", code=2)
    desk.sandbox.inject("")
    assert len(desk.sandbox.shelf("convirza-v2").keys("call_flows")) == 1
    assert "1 of 1 flows stand" in desk.unicall("apply", desk.file("plan.json"), "--with-numbers")
    assert len(desk.sandbox.shelf("convirza-v2").keys("call_flows")) == 1
    desk.unicall("rollback", desk.file("plan.json"))
    assert desk.sandbox.shelf("convirza-v2").keys("call_flows") == ()


@pytest.mark.parametrize("to", ["vinix", "convirza-v3"])
def test_without_its_journal_a_plan_is_not_applied_again(desk: Desk, to: str) -> None:
    desk.sandbox.load("convirza-v2", Path(__file__).parents[2] / "fixtures" / "convirza-v2" / "hunt")
    desk.unicall("pull", "convirza-v2", "-o", desk.file("flows"))
    desk.plan(to, "plan.json", "--accept", f"*={','.join(desk_codes(desk, to))}")
    before = desk.sandbox.dump(to)
    desk.unicall("apply", desk.file("plan.json"))
    after, lost = desk.sandbox.dump(to), desk.path / "plan.json.journal"
    kept = lost.read_bytes()
    lost.unlink()
    said = desk.unicall("apply", desk.file("plan.json"), code=1)
    assert "nothing was written: a flow would be made twice; bring the journal of the run that made it back" in said
    assert re.search(r"\) has come since \S+.json was planned", said)
    assert "nothing is to be put back; 0 writes" in desk.unicall("rollback", desk.file("plan.json"))
    assert desk.sandbox.dump(to) == after
    lost.write_bytes(kept)
    assert "0 writes" in desk.unicall("apply", desk.file("plan.json"))
    desk.unicall("rollback", desk.file("plan.json"))
    assert desk.sandbox.dump(to) == before
    desk.unicall("apply", desk.file("plan.json"))


# Convirza v3 as a target.


def test_a_number_that_a_person_gave_a_route_is_no_edit_and_stays(desk: Desk) -> None:
    load(desk.sandbox, {**callflow("1", "Front", "+12025550101"), "flow": offnet("+12025550142")})
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    codes = sorted(set(desk_codes(desk, "convirza-v3")))
    assert "undocumented" in codes
    every = ("--accept", f"*={','.join(codes)}")
    said = desk.plan("convirza-v3", "first.json", *every)
    assert "by hand: +12025550101 of Front: no request of a route holds a number" in said
    desk.unicall("apply", desk.file("first.json"), "--with-numbers")
    key = desk.sandbox.shelf("convirza-v3").keys(ROUTES)[0]
    desk.change("convirza-v3", ROUTES, key, phone_number_id=88, phone_number="12025550101")
    assert "phone_number_id" in desk.unicall("drift", desk.file("first.json"), code=1)
    load(desk.sandbox, {**callflow("1", "Front", "+12025550101"), "flow": offnet("+12025550142")})
    desk.change("vinix", "callflows", "1" * 32, name="Front desk")
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    said = desk.plan("convirza-v3", "second.json", *every, "--after", desk.file("first.json"))
    assert "1 update" in said
    assert "by hand" not in said
    desk.unicall("apply", desk.file("second.json"))
    stored = desk.sandbox.shelf("convirza-v3").get(ROUTES, key)
    assert (stored["provisioned_route_name"], stored["phone_number_id"]) == ("Front desk", 88)


def test_a_verified_profile_leaves_nothing_to_accept_about_the_names(desk: Desk) -> None:
    load(desk.sandbox, {**callflow("1", "Front", "+12025550101"), "flow": offnet("+12025550142")})
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    given = ("--settings", desk.file("settings.toml", '[convirza-v3.profile]\nverified = true\nroute = { ring_to = ["rings"] }\n'))
    codes = desk_codes(desk, "convirza-v3", *given)
    assert not {"undocumented", "UC405"} & set(codes)
    desk.plan("convirza-v3", "plan.json", *given, *(("--accept", f"*={','.join(codes)}") if codes else ()))
    desk.unicall("apply", desk.file("plan.json"))
    key = desk.sandbox.shelf("convirza-v3").keys(ROUTES)[0]
    assert desk.sandbox.shelf("convirza-v3").get(ROUTES, key)["rings"] == "12025550142"
    assert "nothing changed" in desk.unicall("drift", desk.file("plan.json"))


def offnet(number: str) -> dict[str, Any]:
    """A node that calls a number outside."""
    return {"module": "offnet", "data": {"to_did": number}, "children": {}}


def desk_codes(desk: Desk, to: str, *more: str) -> list[str]:
    """What would have to be accepted."""
    asked = ["plan", desk.file("flows"), "--to", to, "-o", desk.file("asked.json"), *more]
    CliRunner().invoke(program, [*asked, "--account", desk.file("account.toml")])
    return sorted({code for flow in desk.planned("asked.json").flows for code in flow.barred})


# API19 as a target.


@pytest.fixture
def portal(desk: Desk) -> Desk:
    """Two call flows of API19, of which the update can write one; and a callflow that rings a device."""
    steps = {"dnis": "", "route1": "198.51.100.71", "sip_port1": "5060", "route1_wait": "20", "wait": "20"}
    plain = json.dumps(steps, separators=(",", ":"))
    rich = json.dumps({"dnis": "", "route1": "device:694", "route1_wait": 13, "sip_port1": 5060, "wait": 13})
    desk.sandbox.load("api19", {"id": "71", "name": "Plain", "user_id": "1", "json": plain, "e164": "no"})
    desk.sandbox.load("api19", {"id": "72", "name": "Rich", "user_id": "1", "json": rich, "e164": "no"})
    front = callflow("1", "Front", "+12025550101")
    front["flow"]["data"]["timeout"] = 25
    load(desk.sandbox, front)
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    return desk


def named(flows: dict[str, str]) -> str:
    """References: the device is an address, and which callflow is which call flow."""
    entries = "".join(f'"{key * 32}" = "flow:{there}"\n' for key, there in flows.items())
    return f'[vinix.device]\n"{DEVICE}" = "sip:192.0.2.10:5060"\n[vinix.flow]\n{entries}'


def test_a_flow_of_api19_is_written_where_the_references_name_it(portal: Desk) -> None:
    before = portal.sandbox.dump("api19")
    given = ("--references", portal.file("references.toml", named({"1": "71"})))
    every = ("--accept", "*=UC403,undocumented")
    said = portal.plan("api19", "plan.json", *given, *every)
    assert "1 update" in said
    assert "by hand: +12025550101 of Front: which flow a number uses, API19 does not tell" in said
    portal.unicall("apply", portal.file("plan.json"), "--with-numbers")
    assert "192.0.2.10" in portal.sandbox.shelf("api19").get("call_flows", "71")["json"]
    assert "0 writes" in portal.unicall("apply", portal.file("plan.json"))
    assert "1 unchanged" in portal.plan("api19", "next.json", *given, "--accept", "*=UC403")
    portal.unicall("rollback", portal.file("plan.json"))
    assert portal.sandbox.dump("api19") == before


def test_api19_makes_no_flow_and_says_how_to_name_one(portal: Desk) -> None:
    said = portal.plan("api19", "plan.json", code=1)
    assert "make the call flow in the portal" in said
    assert f'[vinix.flow] "{"1" * 32}" = "flow:ID"' in said


def test_a_flow_of_api19_that_holds_what_no_update_can_write_is_left_alone(portal: Desk) -> None:
    given = portal.file("references.toml", named({"1": "72"}))
    said = portal.plan("api19", "plan.json", "--references", given, "--accept", "*=UC403,undocumented", code=1)
    assert "call_flows 72 could not be put back as it is now" in said


def test_what_a_call_requires_and_a_flow_does_not_have_nobody_can_accept(portal: Desk) -> None:
    given = named({"1": "71"}).replace("sip:192.0.2.10:5060", "+12025550142")
    codes = ",".join(desk_codes(portal, "api19", "--references", portal.file("references.toml", given)))
    assert "UC406" not in codes
    said = portal.plan("api19", "plan.json", "--references", portal.file("references.toml"), "--accept", f"*={codes}", code=1)
    assert "UC406: API19 requires ip_address_1, which the flow does not have; that cannot be accepted" in said
    assert "--accept" not in said
    words = ("plan", portal.file("flows"), "--to", "api19", "-o", portal.file("p.json"), "--accept", "*=UC406")
    assert "UC406 cannot be accepted" in portal.unicall(*words, code=2)


def test_what_no_answer_gives_back_is_not_written_and_left_to_a_person(portal: Desk) -> None:
    behind = {"module": "voicemail", "data": {"id": OTHER}, "children": {}}
    rings = {"module": "device", "data": {"id": DEVICE, "timeout": 25}, "children": {"_": behind}}
    portal.change("vinix", "callflows", "1" * 32, flow=rings)
    portal.sandbox.shelf("vinix").put("vmboxes", OTHER, {"id": OTHER, "name": "Desk", "mailbox": "301"})
    portal.unicall("pull", "vinix", "-o", portal.file("flows"))
    given = portal.file("references.toml", named({"1": "71"}) + f'[vinix.mailbox]\n"{OTHER}" = "mailbox:77"\n')
    before = portal.sandbox.dump("api19")
    todo = "Front: set voicemail_box to 77 in the portal: API19 takes it and never tells it"
    assert todo in portal.plan("api19", "plan.json", "--references", given, "--accept", "*=UC403,undocumented")
    said = portal.unicall("apply", portal.file("plan.json"))
    assert "calls meet what was planned in 1 of them" in said
    assert "by hand: +12025550101 of Front: which flow a number uses, API19 does not tell" in said
    assert "and 1 more, which" in said
    assert "voicemail_box" not in portal.sandbox.dump("api19").decode()
    assert todo not in portal.plan("api19", "next.json", "--references", given, "--accept", "*=UC403")
    assert "but ports and waits stand there as text; 1 writes" in portal.unicall("rollback", portal.file("plan.json"))
    assert portal.sandbox.dump("api19") == before


def test_two_flows_cannot_become_one(portal: Desk) -> None:
    load(portal.sandbox, callflow("2", "Back", "+12025550102"))
    portal.unicall("pull", "vinix", "-o", portal.file("flows"))
    given = portal.file("references.toml", named({"1": "71", "2": "71"}))
    said = portal.plan("api19", "plan.json", "--references", given, "--accept", "*=UC403,undocumented", code=1)
    assert "call_flows 71 is to be Back already: the references name it for both" in said


# From one account of Vinix to another.


def test_what_several_flows_share_is_made_once_on_the_other_account(desk: Desk) -> None:
    box = {OTHER: {"id": OTHER, "name": "Desk", "mailbox": "301"}}
    load(
        desk.sandbox,
        callflow("1", "Front", "+12025550101", module="voicemail", refers=OTHER),
        callflow("2", "Back", "+12025550102", module="voicemail", refers=OTHER),
        callflow("3", "Both", "+12025550103", module="callflow", refers="1" * 32),
        vmboxes=box,
    )
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    before = desk.second.dump("vinix")
    desk.plan("vinix", "plan.json", second=True)
    said = desk.unicall("apply", desk.file("plan.json"), "--with-numbers", second=True)
    assert "3 of 3 flows stand on the account, and calls meet what was planned in 3" in said
    shelf = desk.second.shelf("vinix")
    found = {one["name"]: one for one in shelf.all("callflows").values()}
    assert len(shelf.keys("vmboxes")) == 1
    assert sorted(found) == ["Back", "Both", "Front"]
    front = next(key for key, one in shelf.all("callflows").items() if one["name"] == "Front")
    assert found["Both"]["flow"]["data"]["id"] == front != "1" * 32
    assert {name: one["numbers"] for name, one in found.items()} == {
        "Front": ["+12025550101"], "Back": ["+12025550102"], "Both": ["+12025550103"]
    }  # fmt: skip
    assert "3 unchanged" in desk.plan("vinix", "next.json", "--after", desk.file("plan.json"), second=True)
    desk.unicall("rollback", desk.file("plan.json"), second=True)
    assert desk.second.dump("vinix") == before


def test_flows_that_refer_to_each_other_stand_on_the_other_account(desk: Desk) -> None:
    load(
        desk.sandbox,
        callflow("1", "Front", "+12025550101", module="callflow", refers="2" * 32),
        callflow("2", "Back", "+12025550102", module="callflow", refers="1" * 32),
    )
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    before = desk.second.dump("vinix")
    desk.plan("vinix", "plan.json", second=True)
    desk.unicall("apply", desk.file("plan.json"), "--with-numbers", second=True)
    flows = desk.second.shelf("vinix").all("callflows")
    assert {one["flow"]["data"]["id"] for one in flows.values()} == set(flows)
    desk.unicall("rollback", desk.file("plan.json"), second=True)
    assert desk.second.dump("vinix") == before


def test_a_user_who_leads_back_to_a_flow_is_made_whole(desk: Desk) -> None:
    codes = {"numbers": {"2": {"module": "callflow", "data": {"id": "1" * 32}, "children": {}}}}
    user = {"id": OTHER, "first_name": "Åsa", "last_name": "Öberg", "metaflows": codes}
    load(desk.sandbox, callflow("1", "Front", "+12025550101", module="user", refers=OTHER), users={OTHER: user})
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    desk.plan("vinix", "plan.json", second=True)
    desk.unicall("apply", desk.file("plan.json"), second=True)
    (key,) = desk.second.shelf("vinix").keys("callflows")
    (made,) = desk.second.shelf("vinix").all("users").values()
    assert made["metaflows"]["numbers"]["2"]["data"]["id"] == key


def test_a_flow_that_needs_a_refused_one_is_refused_too(desk: Desk) -> None:
    box = {OTHER: {"id": OTHER, "name": "Desk", "mailbox": "301"}}
    load(desk.second, callflow("9", "Theirs", "+12025550109", module="voicemail", refers=OTHER), vmboxes=box)
    load(desk.sandbox, callflow("1", "Front", "+12025550101", module="voicemail", refers=OTHER), vmboxes=box)
    load(desk.sandbox, callflow("2", "Back", "+12025550102", module="callflow", refers="1" * 32))
    load(desk.sandbox, callflow("3", "Alone", "+12025550103"))
    desk.unicall("pull", "vinix", "-o", desk.file("flows"))
    desk.plan("vinix", "plan.json", code=1, second=True)
    assert {flow.name: flow.action for flow in desk.planned("plan.json").flows} == {
        "Front": "refused", "Back": "refused", "Alone": "create"
    }  # fmt: skip
