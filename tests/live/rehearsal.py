"""A migration on the sandbox, step by step as the commands do it: pull, plan, apply, roll back; each over a client of its own."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from tests.conftest import FIXTURES
from unicall.live.api import TIMEOUT, connect
from unicall.live.applying import Applied, Run
from unicall.live.carrier import Account, Carrier, carrier
from unicall.live.journal import Journal, journal_of
from unicall.live.plan import Plan
from unicall.live.planning import BARRING, Accepted, Known, known_from, plan
from unicall.live.pulling import Pulled, pull
from unicall.sandbox import Sandbox

SOURCE, TARGET = "convirza-v2", "vinix"
WRITES = ("PUT", "POST", "PATCH", "DELETE")
LOGINS = ("/api_auth", "/user_auth", "/oauth/token")
#: Flows of somebody else, with menus, devices, mailboxes, hours and numbers.
FOREIGN = ("menu", "temporal_route", "ring_group", "settings")


@contextmanager
def opened(sandbox: Sandbox, provider: str, timeout: float = TIMEOUT) -> Iterator[tuple[Carrier, Account]]:
    """An account over a client that is closed at the end."""
    known = sandbox.account(provider)
    with connect(known["url"], timeout=timeout) as http:
        found = carrier(provider)
        yield found, found.open(http, known)


def pulled(sandbox: Sandbox, folder: Path, provider: str = SOURCE, timeout: float = TIMEOUT) -> Pulled:
    """Every flow of an account in a folder."""
    with opened(sandbox, provider, timeout) as (found, account):
        return pull(found, account, folder)


def planned(sandbox: Sandbox, folder: Path, file: Path, before: dict[str, Known] | None = None, timeout: float = TIMEOUT) -> Plan:
    """The plan with all accepted that has to be, in its file."""
    with opened(sandbox, TARGET, timeout) as (found, account):
        made = plan(folder, found, account, before=before)
        needed = [Accepted(flow.file, codes) for flow in made.flows if (codes := barring(flow.problems))]
        made = plan(folder, found, account, accepted=needed, before=before)
    file.write_text(made.dumped())
    return made


def barring(problems: Iterable[dict[str, str]]) -> frozenset[str]:
    """The codes that bar a flow."""
    return frozenset(one["code"] for one in problems if one["severity"] in BARRING)


@contextmanager
def running(sandbox: Sandbox, file: Path, timeout: float = TIMEOUT) -> Iterator[Run]:
    """A run over a plan, as a process of its own would have it."""
    with opened(sandbox, TARGET, timeout) as (found, account), Journal(journal_of(file)) as journal:
        yield Run(Plan.read(file), found, account, journal, settle=0)


def applied(sandbox: Sandbox, file: Path, *, with_numbers: bool = True, timeout: float = TIMEOUT) -> Applied:
    """One run of apply."""
    with running(sandbox, file, timeout) as run:
        return run.apply(with_numbers=with_numbers)


def rolled_back(sandbox: Sandbox, file: Path, timeout: float = TIMEOUT) -> int:
    """One run of rollback."""
    with running(sandbox, file, timeout) as run:
        return run.roll_back()


def writes(sandbox: Sandbox, since: int = 0) -> int:
    """How many requests were sent to Vinix that change something."""
    asked = sandbox.requests[since:]
    return sum(one.provider == TARGET and one.method in WRITES and not one.path.endswith(LOGINS) for one in asked)


def inhabit(sandbox: Sandbox) -> None:
    """Put flows of somebody else into the Vinix account with all that they need, and with numbers that no other fixture has."""
    files = sorted(file for name in FOREIGN for file in (FIXTURES / TARGET / name).glob("*.json") if ".flow" not in file.suffixes)
    for count, file in enumerate(files):
        document = json.loads(file.read_text())
        flow = document.get("callflow", document)
        flow.get("data", flow)["numbers"] = [f"+19075550{100 + count}"]
        sandbox.load(TARGET, document)


def shapes(sandbox: Sandbox) -> list[str]:
    """The documents of the Vinix account without the ids that it gave: each in the words of those that it refers to."""
    lines = [line.partition(" ") for line in sandbox.dump(TARGET).decode().splitlines()]
    ids = {key.rpartition("/")[2]: f"<{key.partition('/')[0]} {json.loads(body).get('name')}>" for key, _, body in lines}
    found = re.compile("|".join(re.escape(key) for key in sorted(ids, key=len, reverse=True)))
    return sorted(found.sub(lambda match: ids[match[0]], f"{key} {body}") for key, _, body in lines)


def reached(sandbox: Sandbox) -> dict[str, list[str]]:
    """Each number and pattern of the Vinix account, and the names of the flows that it leads to."""
    found: dict[str, list[str]] = {}
    for flow in sandbox.shelf(TARGET).all("callflows").values():
        for way in (*flow.get("numbers", ()), *flow.get("patterns", ())):
            found.setdefault(way, []).append(flow.get("name"))
    return found


def edited(sandbox: Sandbox, path: Path) -> dict[str, Known]:
    """Move all flows of ``flows``, then edit two of them: a name and a number, a prompt; what the first plan knows."""
    file = path / "first.json"
    made = planned(sandbox, path / "flows", file)
    applied(sandbox, file)
    with Journal(journal_of(file)) as journal:
        known = known_from(made, journal)
    for flow in (path / "flows").glob("*.json"):
        document = json.loads(flow.read_text())
        if "ivrs" in document:
            document["ivrs"][0]["message"] = "Building press 1. Press 7 to go back."
        elif document.get("call_flow_name", "").startswith("Summit"):
            document |= {"call_flow_name": "Summit & Sons Roofing - All lines", "dnis": "2075550177"}
        flow.write_text(json.dumps(document))
    return known


def small(folder: Path) -> Path:
    """A folder with few flows as Convirza gives them: a menu whose branches lead back to it, a hunt, and one that hangs up."""
    folder.mkdir()
    record = json.loads((FIXTURES / SOURCE / "ivr/city_hall_every_node_field.json").read_text())
    first = record["ivrs"][0]
    first["ivrData"] = [one for one in first["ivrData"] if one["action"] == "simple"][:1]
    (folder / "circle.json").write_text(json.dumps({**record, "ivrs": [first]}))
    for name in ("hunt/roofer_three_numbers_voicemail", "hangup/school_retired_number"):
        shutil.copy(FIXTURES / SOURCE / f"{name}.json", folder)
    return folder


@frozen
class Snapshot:
    """The Vinix account at a moment: its rows, to be put back, and its dump."""

    rows: tuple[tuple[str | float | None, ...], ...]
    dump: bytes

    @classmethod
    def of(cls, sandbox: Sandbox) -> Snapshot:
        """As it is now."""
        rows = sandbox.shelf(TARGET).store.rows("select * from documents where provider = ?", TARGET)
        return cls(tuple(rows), sandbox.dump(TARGET))

    def restore(self, sandbox: Sandbox) -> None:
        """Have the account as it was then."""
        store = sandbox.shelf(TARGET).store
        store.rows("delete from documents where provider = ?", TARGET)
        for row in self.rows:
            store.rows("insert into documents values (?, ?, ?, ?, ?)", *row)
        assert sandbox.dump(TARGET) == self.dump
