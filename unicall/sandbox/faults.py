"""Faults that a sandbox is told to have: which request goes wrong, and how.

``503@7,timeout@9,drop@12-14,429:3@5``: requests are counted over all vendors, from 1 on, from when the faults were given.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass

KINDS: Mapping[str, str] = {
    "429": "answered 429 with Retry-After before anything is done; 429:3 says 3 seconds, otherwise it is 1",
    "500": "answered 500 before anything is done",
    "503": "answered 503 before anything is done",
    "500after": "done, and then answered 500",
    "refuse": "the connection is closed at once; nothing is done",
    "timeout": "done, but the answer never comes",
    "drop": "done, but the connection is reset in the middle of the answer",
    "malformed": "done, but the answer, a 200, is half of a JSON text",
    "expired": "all tokens of the account are over before the request",
}
RETRY_AFTER = 1
WRITTEN = re.compile(r"(\w+)(?::(\d+))?@(\d+)(?:-(\d+))?")


class FaultError(ValueError):
    """What was written is no fault."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong: its kind, for the requests from ``first`` to ``last``; ``seconds``: what a 429 asks to wait."""

    kind: str
    first: int
    last: int
    seconds: int = RETRY_AFTER


def parse(spec: str) -> tuple[Fault, ...]:
    """Faults as they are written. Raises FaultError."""
    return tuple(_fault(part.strip()) for part in spec.split(",")) if spec.strip() else ()


def _fault(part: str) -> Fault:
    found = WRITTEN.fullmatch(part)
    if found is None:
        raise FaultError(f"{part!r} is no fault; write one as 503@7, drop@12-14 or 429:3@5")
    kind, seconds, first, last = found.groups()
    if kind not in KINDS:
        raise FaultError(f"{part!r}: no fault is called {kind!r}; there are {', '.join(KINDS)}")
    if seconds is not None and kind != "429":
        raise FaultError(f"{part!r}: only 429 has seconds to wait")
    fault = Fault(kind, int(first), int(last or first), RETRY_AFTER if seconds is None else int(seconds))
    if not 1 <= fault.first <= fault.last:
        raise FaultError(f"{part!r}: requests are counted from 1 on, and the last is not before the first")
    return fault


class Faults:
    """The faults of a sandbox, and how many requests were counted since they were given."""

    def __init__(self, spec: str = "") -> None:
        self._faults = parse(spec)
        self._counted = 0
        self._lock = threading.Lock()

    def inject(self, spec: str) -> None:
        """Have these faults instead, counted from the next request on. Raises FaultError."""
        faults = parse(spec)
        with self._lock:
            self._faults, self._counted = faults, 0

    def next(self) -> Fault | None:
        """What goes wrong with the next request."""
        with self._lock:
            self._counted += 1
            return next((one for one in self._faults if one.first <= self._counted <= one.last), None)
