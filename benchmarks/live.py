"""How fast flows are pulled, planned, applied and rolled back, over what bare requests of the same number take.

    python benchmarks/live.py [FLOWS]

Against the sandbox on this machine. What unicall takes beyond the bare requests is its own: the plan, the journal, the comparison
of calls; and that its requests are longer. Nothing is asserted.

What surprises people: half of the requests of an apply read back what was written, and each step waits for the disk once, so that a
slow disk shows more than a slow carrier.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import httpx

from unicall.live import journal as journals
from unicall.live.api import connect
from unicall.live.applying import Run
from unicall.live.carrier import carrier
from unicall.live.journal import Journal, journal_of
from unicall.live.plan import Plan
from unicall.live.planning import BARRING, Accepted, plan
from unicall.live.pulling import pull
from unicall.sandbox import Logged, Sandbox

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
SOURCE, TARGET = "convirza-v2", "vinix"


def main() -> None:
    """Print all figures."""
    flows = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with TemporaryDirectory() as path, Sandbox(providers=(SOURCE, TARGET)) as sandbox:
        sandbox.load(SOURCE, FIXTURES / SOURCE, count=flows)
        migrate(sandbox, Path(path), flows)


def migrate(sandbox: Sandbox, path: Path, flows: int) -> None:
    """A whole migration, and the way back."""
    file = path / "plan.json"
    with connect(sandbox.account(SOURCE)["url"]) as http:
        source = carrier(SOURCE)
        shown(sandbox, "pull convirza-v2", flows, lambda: pull(source, source.open(http, sandbox.account(SOURCE)), path / "flows"))
    with connect(sandbox.account(TARGET)["url"]) as http:
        target = carrier(TARGET)
        account = target.open(http, sandbox.account(TARGET))
        made = plan(path / "flows", target, account)
        needed = [Accepted(flow.file, frozenset(codes)) for flow in made.flows if (codes := barring(flow.problems))]
        shown(sandbox, "plan", flows, lambda: file.write_text(plan(path / "flows", target, account, accepted=needed).dumped()))

        def run(work: Callable[[Run], object]) -> None:
            with Journal(journal_of(file)) as journal:
                work(Run(Plan.read(file), target, account, journal))

        steps = (
            ("apply", lambda one: one.apply()),
            ("apply --with-numbers, after it", lambda one: one.apply(with_numbers=True)),
            ("apply again", lambda one: one.apply(with_numbers=True)),
            ("drift", lambda one: one.drift()),
            ("rollback", lambda one: one.roll_back()),
        )
        for name, work in steps:
            shown(sandbox, name, flows, lambda work=work: run(work))
        shown(sandbox, "pull vinix, of what is left", 0, lambda: pull(target, account, path / "there"))
    print(f"a write to a journal that waits for the disk: {1000 * waits(path):.1f} ms")


def barring(problems: Sequence[dict[str, str]]) -> set[str]:
    """The codes that bar a flow."""
    return {one["code"] for one in problems if one["severity"] in BARRING}


def shown(sandbox: Sandbox, name: str, flows: int, work: Callable[[], object]) -> None:
    """Do it, then as many bare requests as it took, and print both."""
    before = len(sandbox.requests)
    begin = perf_counter()
    work()
    took = perf_counter() - begin
    asked = sandbox.requests[before:]
    writes = sum(one.method != "GET" for one in asked)
    bare = alone(sandbox, asked)
    rates = f"{flows / took:7.1f} flows/s {writes / took:7.1f} writes/s {len(asked) / took:7.1f} requests/s"
    beside = f"{took / bare:6.1f} x bare" if asked else ""
    print(f"{name:32} {took:7.2f} s {len(asked):6} requests {writes:5} writes {rates} {beside}")


def alone(sandbox: Sandbox, asked: Sequence[Logged]) -> float:
    """As many reads and writes by httpx alone, of one small document."""
    known = sandbox.account(TARGET)
    with httpx.Client(trust_env=False) as http:
        login = http.put(f"{known['url']}/api_auth", json={"data": {"api_key": known["api_key"]}}).json()
        http.headers["X-Auth-Token"] = login["auth_token"]
        at = f"{known['url']}/accounts/{known['account_id']}/menus"
        one = http.put(at, json={"data": {"name": "Menu"}}).json()["data"]["id"]
        begin = perf_counter()
        for each in asked:
            if each.method == "GET":
                http.get(f"{at}/{one}").raise_for_status()
            else:
                http.post(f"{at}/{one}", json={"data": {"name": "Menu"}}).raise_for_status()
        took = perf_counter() - begin
        http.delete(f"{at}/{one}")
    return took


def waits(path: Path) -> float:
    """How long one write takes that is on the disk when it returns."""
    db = sqlite3.connect(path / "disk", isolation_level=None)
    db.execute("pragma journal_mode = wal")
    db.execute(f"pragma synchronous = {journals.SYNCHRONOUS}")
    db.execute("create table steps (text)")
    begin = perf_counter()
    for _ in range(100):
        db.execute("insert into steps values ('x')")
    return (perf_counter() - begin) / 100


if __name__ == "__main__":
    main()
