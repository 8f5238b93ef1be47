"""A command that is killed, or asked to stop: nothing is done twice, and nothing is left behind.

Every moment of a run is tried in the profile ``full``, a few otherwise.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define, field
from hypothesis import settings

from tests.conftest import ROOT
from tests.live import rehearsal
from tests.live.rehearsal import SOURCE, TARGET, Snapshot
from unicall.live.journal import journal_of
from unicall.sandbox import Sandbox

FULL = settings.default is settings.get_profile("full")
SOME = 3
STOPPED = "unicall: stopped; the journal knows how far it got: apply goes on, rollback goes back\n"
HELD = "unicall: stopped; nothing was written to the account\n"


@define
class Stage:
    """An account of somebody else's and a plan for it."""

    sandbox: Sandbox
    path: Path
    before: Snapshot
    wanted: tuple[list[str], dict[str, list[str]]] = field(init=False, factory=lambda: ([], {}))

    @property
    def plan(self) -> Path:
        return self.path / "plan.json"

    def again(self) -> None:
        """Everything as it was before the plan was applied."""
        for left in self.path.glob("plan.json.journal*"):
            left.unlink()
        self.sandbox.inject("")
        self.before.restore(self.sandbox)

    def environment(self) -> dict[str, str]:
        """The credentials, as a person sets them."""
        known = {
            f"UNICALL_{provider.replace('-', '_').upper()}_{name.upper()}": value
            for provider in (SOURCE, TARGET)
            for name, value in self.sandbox.account(provider).items()
        }
        return {**os.environ, **known}

    def start(self, *command: str) -> subprocess.Popen[str]:
        """A process of its own."""
        whole, pipe = [sys.executable, "-m", *command], subprocess.PIPE
        return subprocess.Popen(whole, cwd=ROOT, env=self.environment(), text=True, stdout=pipe, stderr=pipe)

    def killed_at(self, moment: int, *command: str) -> str:
        """Run a command until it is killed; what it says at its end with moment 0."""
        with self.start("tests.live.killed", str(moment), *command) as process:
            said = process.communicate(timeout=60)[1]
            assert process.returncode == (-signal.SIGKILL if moment else 0), said
            return said


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Whoever runs these tests in the background may have told them to ignore an interrupt, and commands do as they are told."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module", params=["flows that are new", "flows that are there"])
def stage(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Three flows of Convirza's to be moved to an account of Vinix; or two of them are there, and were edited since."""
    path = tmp_path_factory.mktemp("killed")
    with Sandbox(providers=(SOURCE, TARGET), hold=60) as sandbox:
        sandbox.load(SOURCE, rehearsal.small(path / "fixtures"))
        rehearsal.inhabit(sandbox)
        rehearsal.pulled(sandbox, path / "flows")
        known = rehearsal.edited(sandbox, path) if request.param == "flows that are there" else None
        rehearsal.planned(sandbox, path / "flows", path / "plan.json", known)
        made = Stage(sandbox, path, Snapshot.of(sandbox))
        rehearsal.applied(sandbox, made.plan)
        made.wanted = (rehearsal.shapes(sandbox), rehearsal.reached(sandbox))
        yield made


def moments(stage: Stage, *command: str) -> list[int]:
    """At which moments the command is killed."""
    every = range(1, int(stage.killed_at(0, *command).split()[-1]) + 1)
    assert len(every) > 30
    return list(every) if FULL else sorted(random.Random(command[0]).sample(every, SOME))


def test_after_a_kill_at_any_moment_apply_goes_on_and_rollback_goes_back(stage: Stage) -> None:
    command = ("apply", str(stage.plan), "--with-numbers")
    stage.again()
    tried = moments(stage, *command)
    for moment in tried:
        stage.again()
        stage.killed_at(moment, *command)
        left, journal = Snapshot.of(stage.sandbox), {one: one.read_bytes() for one in stage.path.glob("plan.json.journal*")}
        rehearsal.applied(stage.sandbox, stage.plan)
        assert (rehearsal.shapes(stage.sandbox), rehearsal.reached(stage.sandbox)) == stage.wanted, moment
        assert rehearsal.applied(stage.sandbox, stage.plan).writes == 0, moment
        stage.again()
        left.restore(stage.sandbox)
        for file, content in journal.items():
            file.write_bytes(content)
        rehearsal.rolled_back(stage.sandbox, stage.plan)
        assert stage.sandbox.dump(TARGET) == stage.before.dump, moment
    print(f"apply killed at {len(tried)} moments")


def test_after_a_kill_at_any_moment_of_rollback_it_goes_on(stage: Stage) -> None:
    stage.again()
    rehearsal.applied(stage.sandbox, stage.plan)
    after, journal = Snapshot.of(stage.sandbox), journal_of(stage.plan).read_bytes()
    command = ("rollback", str(stage.plan))
    tried = moments(stage, *command)
    for moment in tried:
        stage.again()
        after.restore(stage.sandbox)
        journal_of(stage.plan).write_bytes(journal)
        stage.killed_at(moment, *command)
        rehearsal.rolled_back(stage.sandbox, stage.plan)
        assert stage.sandbox.dump(TARGET) == stage.before.dump, moment
    print(f"rollback killed at {len(tried)} moments")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("at", [8, 14])
def test_apply_that_is_asked_to_stop_says_so_in_one_line_and_goes_on(stage: Stage, sent: signal.Signals, at: int) -> None:
    stage.again()
    assert stopped(stage, sent, at, "apply", str(stage.plan), "--with-numbers") == (130, "", STOPPED)
    rehearsal.applied(stage.sandbox, stage.plan)
    assert (rehearsal.shapes(stage.sandbox), rehearsal.reached(stage.sandbox)) == stage.wanted


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_only_reads_stops_at_once_too(stage: Stage, sent: signal.Signals, tmp_path: Path) -> None:
    stage.again()
    assert stopped(stage, sent, 4, "pull", TARGET, "-o", str(tmp_path / "flows")) == (130, "", HELD)
    assert stopped(stage, sent, 2, "plan", str(stage.path / "flows"), "--to", TARGET, "-o", str(tmp_path / "p")) == (130, "", HELD)
    assert not (tmp_path / "p").exists()


def stopped(stage: Stage, sent: signal.Signals, at: int, *command: str) -> tuple[int, str, str]:
    """A command that is sent a signal while it waits for an answer: how it ends, and what it says."""
    stage.sandbox.inject(f"timeout@{at}")
    begin = len(stage.sandbox.requests)
    with stage.start("unicall", *command) as process:
        until_held(stage, begin)
        process.send_signal(sent)
        out, said = process.communicate(timeout=10)
    stage.sandbox.inject("")
    return process.returncode, out, said


def until_held(stage: Stage, since: int) -> None:
    """Wait until one request is not answered."""
    until = time.monotonic() + 30
    while not any(one.fault for one in stage.sandbox.requests[since:]):
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(0.2)


def test_of_two_applies_at_the_same_time_the_second_is_refused_at_once(stage: Stage) -> None:
    stage.again()
    stage.sandbox.inject("timeout@9")
    asked = len(stage.sandbox.requests)
    with stage.start("unicall", "apply", str(stage.plan)) as first:
        until_held(stage, asked)
        for command in ("apply", "rollback", "drift"):
            begin = time.monotonic()
            with stage.start("unicall", command, str(stage.plan)) as second:
                out, said = second.communicate(timeout=60)
            assert (second.returncode, out) == (2, "")
            assert said == f"unicall: {journal_of(stage.plan)} is in use: another unicall works on this plan\n"
            assert time.monotonic() - begin < 30
        first.send_signal(signal.SIGTERM)
        first.wait(10)
    stage.sandbox.inject("")
    rehearsal.applied(stage.sandbox, stage.plan)
    assert (rehearsal.shapes(stage.sandbox), rehearsal.reached(stage.sandbox)) == stage.wanted
