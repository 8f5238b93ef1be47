"""One sandbox for a test: real HTTP over a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.support import Clock
from unicall.sandbox import Sandbox


@pytest.fixture
def clock() -> Clock:
    """What time it is for the accounts."""
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    """A sandbox of all vendors that holds an answer for a short time only."""
    with Sandbox(hold=0.3, clock=clock) as made:
        yield made
