"""A command that is killed at a certain moment: ``python -m tests.live.killed N COMMAND...``.

The moments are before and after each call of the journal that writes, and before and after each write to the account. With N = 0
the command is not killed, and says on stderr how many moments there were.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

from unicall.cli import program
from unicall.live.journal import Journal
from unicall_vinix.account import VinixAccount

MOMENTS = {Journal: ("begin", "made", "done", "mark", "tell"), VinixAccount: ("create", "replace", "delete")}


def main() -> None:
    """Run the command until the moment comes."""
    last, counted = int(sys.argv[1]), count(1)

    def moment() -> None:
        if next(counted) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def between(whole: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            moment()
            answer = whole(*args)
            moment()
            return answer

        return run

    for owner, names in MOMENTS.items():
        for name in names:
            setattr(owner, name, between(getattr(owner, name)))
    try:
        program(sys.argv[2:])
    finally:
        if not last:
            sys.stderr.write(f"{next(counted) - 1}\n")


if __name__ == "__main__":
    main()
