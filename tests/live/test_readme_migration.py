"""The README's migration, against the sandbox: exactly its commands; with fewer flows but in the full profile."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shown import README, folder_with_fixtures

PAGE = README.read_text("utf-8")
SECTION = PAGE[PAGE.index("## Move a live account") : PAGE.index("## References")]
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL) for line in block.splitlines()]
FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"
FLOWS = 200 if FULL else 40


def argv(command: str) -> list[str]:
    """The program of this environment with the arguments of a command."""
    words = [word.strip("'") for word in command.replace("--count 200", f"--count {FLOWS}").split()]
    assert words[0] == "unicall"
    return [sys.executable, "-m", *words]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """A folder in which the first command runs."""
    folder = folder_with_fixtures(tmp_path)
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(argv(COMMANDS[0]), cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
        assert server.stdout is not None
        assert [server.stdout.readline().split()[0] for _ in range(4)] == ["api19", "convirza-v2", "convirza-v3", "vinix"]
        try:
            yield folder
        finally:
            server.terminate()
            assert server.wait(20) == 0


def test_the_readme_moves_an_account_in_six_commands(served: Path) -> None:
    def run(command: str) -> tuple[int, str]:
        done = subprocess.run(argv(command), cwd=served, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr

    assert [command.split()[1] for command in COMMANDS] == ["sandbox", "pull", "plan", "apply", "drift", "rollback"]
    pull, plan, apply, drift, rollback = COMMANDS[1:]
    assert run(pull) == (0, f"flows: {FLOWS} flows of convirza-v2: {FLOWS} written, 0 as before\n")
    assert run(pull) == (0, f"flows: {FLOWS} flows of convirza-v2: 0 written, {FLOWS} as before\n")
    code, said = run(plan)
    assert code == 1
    assert re.search(r": \d+ create, \d+ refused\n", said)
    assert "by hand: upload the audio of convirza-v2 disclaimer account" in said
    code, said = run(apply)
    assert code == 0
    stand = r"plan.json: (\d+) writes; (\d+) of (\d+) flows stand on the account, and calls meet what was planned in (\d+) of them"
    assert (found := re.search(stand, said))
    assert found[2] == found[3] == found[4]
    assert int(found[1]) > int(found[2]) > 5
    assert run(drift) == (0, "plan.json: nothing changed since\n")
    assert "plan.json: 0 writes; " in run(apply)[1]
    code, said = run(rollback)
    assert (code, "the account is as it was before" in said) == (0, True)
    assert run(rollback)[1] == "plan.json: the account is as it was before; 0 writes\n"
