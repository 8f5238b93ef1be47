"""A carrier that fails at every single request of a run: what is there in the end is what is there without, and nothing twice.

The complete matrix takes minutes: it runs in the profile ``full``. Otherwise every kind of fault is met at a few places.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import stamina
from attrs import define, field
from hypothesis import settings

from tests.live import rehearsal
from tests.live.rehearsal import SOURCE, TARGET, Snapshot
from tests.sandbox.support import Clock
from unicall.live import journal as journals
from unicall.live.journal import Journal, journal_of
from unicall.live.plan import Plan
from unicall.live.planning import Known
from unicall.problem import FlowError, ProviderError
from unicall.sandbox import Sandbox
from unicall.sandbox.faults import KINDS

FULL = settings.default is settings.get_profile("full")
PLACES = 1  # of a run in the sample, beside the last
PAIRS = 150 if FULL else 2
TIMEOUT = 0.6  # seconds until the client gives up on an answer
RESUMES = 3


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody waits before asking again, and no journal for the disk: the power does not go in these tests."""
    monkeypatch.setattr(journals, "SYNCHRONOUS", "off")
    with stamina.set_testing(True, attempts=3):
        yield


@define
class Stage:
    """An account of somebody else's and a plan for it; what stands there before, and in the end of a run without faults."""

    sandbox: Sandbox
    clock: Clock
    folder: Path
    plan: Path
    before: Snapshot
    known: dict[str, Known] | None
    after: Snapshot = field(init=False)
    wanted: tuple[list[str], dict[str, list[str]]] = field(init=False)
    apply_requests: int = field(init=False)
    back_requests: int = field(init=False)
    _runs: Iterator[int] = field(init=False, factory=lambda: count(1))

    def __attrs_post_init__(self) -> None:
        file = self.again()
        self.apply_requests = self.asked(lambda: rehearsal.applied(self.sandbox, file))
        self.wanted = self.stands()
        self.after = Snapshot.of(self.sandbox)
        self.back_requests = self.asked(lambda: rehearsal.rolled_back(self.sandbox, file))
        assert self.sandbox.dump(TARGET) == self.before.dump

    def asked(self, run: Callable[[], object]) -> int:
        """How many requests this takes."""
        start = len(self.sandbox.requests)
        run()
        return len(self.sandbox.requests) - start

    def again(self) -> Path:
        """The plan under another name, without a journal, over the account as it was before."""
        self.sandbox.inject("")
        self.before.restore(self.sandbox)
        self.clock.now += 120
        file = self.plan.with_name(f"plan-{next(self._runs)}.json")
        file.write_bytes(self.plan.read_bytes())
        return file

    def apply(self, file: Path) -> object:
        """One run of apply, by a client that is not patient."""
        return rehearsal.applied(self.sandbox, file, timeout=TIMEOUT)

    def roll_back(self, file: Path) -> object:
        """The same of rollback."""
        return rehearsal.rolled_back(self.sandbox, file, timeout=TIMEOUT)

    def stands(self) -> tuple[list[str], dict[str, list[str]]]:
        """What the account holds, and where its numbers lead."""
        return rehearsal.shapes(self.sandbox), rehearsal.reached(self.sandbox)


@pytest.fixture(scope="module", params=["flows that are new", "flows that are there"])
def stage(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Three flows of Convirza's to be moved to an account of Vinix; or two of them are there, and were edited since."""
    path, clock = tmp_path_factory.mktemp("faults"), Clock()
    with Sandbox(providers=(SOURCE, TARGET), hold=60, clock=clock) as sandbox:
        sandbox.load(SOURCE, rehearsal.small(path / "fixtures"))
        rehearsal.inhabit(sandbox)
        rehearsal.pulled(sandbox, path / "flows")
        known = rehearsal.edited(sandbox, path) if request.param == "flows that are there" else None
        rehearsal.planned(sandbox, path / "flows", path / "plan.json", known)
        yield Stage(sandbox, clock, path / "flows", path / "plan.json", Snapshot.of(sandbox), known)


def places(requests: int, kind: str) -> list[int]:
    """At which requests of so many a fault is tried; they are counted from 1 on."""
    every = range(1, requests + 1)
    return list(every) if FULL else sorted({*random.Random(kind).sample(every, PLACES), requests})


def until_done(run: Callable[[], object]) -> int:
    """Run again until it does not fail, as a person would; how many runs that took."""
    for number in range(1, RESUMES + 1):
        try:
            run()
        except ProviderError:
            if number == RESUMES:
                raise
        else:
            return number
    raise AssertionError


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_at_any_request_apply_ends_where_it_would_have_without(stage: Stage, kind: str) -> None:
    runs = []
    for at in places(stage.apply_requests, kind):
        file = stage.again()
        stage.sandbox.inject(f"{kind}@{at}")
        runs.append(until_done(partial(stage.apply, file)))
        assert stage.stands() == stage.wanted, f"{kind}@{at}"
        assert rehearsal.applied(stage.sandbox, file).writes == 0, f"{kind}@{at}"
    print(f"apply, {kind}: {len(runs)} runs, {sum(one > 1 for one in runs)} gone on with")


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_at_any_request_of_apply_rollback_puts_everything_back(stage: Stage, kind: str) -> None:
    stopped = 0
    for at in places(stage.apply_requests, kind):
        file = stage.again()
        stage.sandbox.inject(f"{kind}@{at}")
        try:
            stage.apply(file)
        except ProviderError:
            stopped += 1
        until_done(partial(stage.roll_back, file))
        assert stage.sandbox.dump(TARGET) == stage.before.dump, f"{kind}@{at}"
    print(f"apply and back, {kind}: {stopped} stopped")


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_at_any_request_of_rollback_everything_is_put_back(stage: Stage, kind: str) -> None:
    runs = []
    whole = stage.again()
    rehearsal.applied(stage.sandbox, whole)
    after = Snapshot.of(stage.sandbox)
    journal = journal_of(whole).read_bytes()
    for at in places(stage.back_requests, kind):
        file = stage.again()
        journal_of(file).write_bytes(journal)
        after.restore(stage.sandbox)
        stage.sandbox.inject(f"{kind}@{at}")
        runs.append(until_done(partial(stage.roll_back, file)))
        assert stage.sandbox.dump(TARGET) == stage.before.dump, f"{kind}@{at}"
    print(f"back, {kind}: {len(runs)} runs, {sum(one > 1 for one in runs)} gone on with")


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_at_any_request_pull_and_plan_are_what_they_are_without(stage: Stage, kind: str, tmp_path: Path) -> None:
    stage.again()
    wanted = Plan.read(stage.plan)
    pulls = stage.asked(lambda: rehearsal.pulled(stage.sandbox, tmp_path / "whole"))
    flows = {one.name: one.read_bytes() for one in (tmp_path / "whole").iterdir()}
    plans = stage.asked(lambda: rehearsal.planned(stage.sandbox, stage.folder, tmp_path / "whole.json", stage.known))
    for at in range(1, pulls + 1):
        stage.again()
        stage.sandbox.inject(f"{kind}@{at}")
        folder = tmp_path / f"flows-{at}"
        until_done(partial(rehearsal.pulled, stage.sandbox, folder, timeout=TIMEOUT))
        assert {one.name: one.read_bytes() for one in folder.iterdir()} == flows, f"{kind}@{at}"
    for at in places(plans, kind):
        stage.sandbox.inject(f"{kind}@{at}")
        file = tmp_path / "plan.json"
        until_done(partial(rehearsal.planned, stage.sandbox, stage.folder, file, stage.known, timeout=TIMEOUT))
        assert Plan.read(file) == wanted, f"{kind}@{at}"
    print(f"pull and plan, {kind}: {pulls} and {plans} requests")


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_carrier_that_fails_from_any_request_on_apply_goes_on_and_rollback_goes_back(stage: Stage, kind: str) -> None:
    stopped = places(stage.apply_requests, kind)[: None if FULL else 1]
    for at in stopped:
        file = stage.again()
        stage.sandbox.inject(f"{kind}@{at}-99999")
        with pytest.raises(ProviderError):
            stage.apply(file)
        stage.sandbox.inject("")
        left = Snapshot.of(stage.sandbox)
        journal = journal_of(file).read_bytes() if journal_of(file).exists() else None
        assert all(len(names) == 1 for names in rehearsal.reached(stage.sandbox).values()), f"{kind}@{at}"
        stage.apply(file)
        assert stage.stands() == stage.wanted, f"{kind}@{at}"
        file = stage.again()
        left.restore(stage.sandbox)
        if journal is not None:
            journal_of(file).write_bytes(journal)
        rehearsal.rolled_back(stage.sandbox, file)
        assert stage.sandbox.dump(TARGET) == stage.before.dump, f"{kind}@{at}"
    print(f"down, {kind}: {len(stopped)} runs")


@pytest.mark.parametrize("kind", KINDS if FULL else ("503", "drop"))
def test_after_a_carrier_that_fails_from_any_request_of_rollback_on_it_goes_on_or_the_plan_is_applied_again(
    stage: Stage, kind: str
) -> None:
    whole = stage.again()
    rehearsal.applied(stage.sandbox, whole)
    after, journal = Snapshot.of(stage.sandbox), journal_of(whole).read_bytes()
    stopped = places(stage.back_requests, kind)[: None if FULL else 1]
    applied_again = 0
    for at in stopped:
        file = stage.again()
        journal_of(file).write_bytes(journal)
        after.restore(stage.sandbox)
        stage.sandbox.inject(f"{kind}@{at}-99999")
        with pytest.raises(ProviderError):
            stage.roll_back(file)
        stage.sandbox.inject("")
        left, half = Snapshot.of(stage.sandbox), journal_of(file).read_bytes()
        assert all(len(names) == 1 for names in rehearsal.reached(stage.sandbox).values()), f"{kind}@{at}"
        rehearsal.rolled_back(stage.sandbox, file)
        assert stage.sandbox.dump(TARGET) == stage.before.dump, f"{kind}@{at}"
        file = stage.again()
        left.restore(stage.sandbox)
        journal_of(file).write_bytes(half)
        try:
            stage.apply(file)
        except FlowError as error:
            assert "finish that with unicall rollback" in str(error), f"{kind}@{at}"
            rehearsal.rolled_back(stage.sandbox, file)
            assert stage.sandbox.dump(TARGET) == stage.before.dump, f"{kind}@{at}"
        else:
            applied_again += 1
            assert stage.stands() == stage.wanted, f"{kind}@{at}"
    print(f"down on the way back, {kind}: {len(stopped)} runs, {applied_again} applied again")


def test_after_two_faults_in_one_run_apply_and_rollback_end_where_they_would_have_without(stage: Stage) -> None:
    chance = random.Random(7)
    for _ in range(PAIRS):
        first, second = (chance.choice([*KINDS]) for _ in range(2))
        at = chance.randint(1, stage.apply_requests)
        faults = f"{first}@{at},{second}@{chance.choice([at + 1, at + 2, at + chance.randint(1, 30)])}"
        file = stage.again()
        stage.sandbox.inject(faults)
        until_done(partial(stage.apply, file))
        assert stage.stands() == stage.wanted, faults
        file = stage.again()
        stage.sandbox.inject(faults)
        with suppress(ProviderError):
            stage.apply(file)
        until_done(partial(stage.roll_back, file))
        assert stage.sandbox.dump(TARGET) == stage.before.dump, faults


def test_two_faults_in_rollback_leave_nothing(stage: Stage) -> None:
    chance = random.Random(11)
    whole = stage.again()
    rehearsal.applied(stage.sandbox, whole)
    after, journal = Snapshot.of(stage.sandbox), journal_of(whole).read_bytes()
    for _ in range(PAIRS):
        first, second = (chance.choice([*KINDS]) for _ in range(2))
        at = chance.randint(1, stage.back_requests)
        faults = f"{first}@{at},{second}@{at + chance.randint(1, 6)}"
        file = stage.again()
        journal_of(file).write_bytes(journal)
        after.restore(stage.sandbox)
        stage.sandbox.inject(faults)
        until_done(partial(stage.roll_back, file))
        assert stage.sandbox.dump(TARGET) == stage.before.dump, faults
        with Journal(journal_of(file)) as steps:
            assert {entry.state for entry in steps.entries()} == {"undone"}
