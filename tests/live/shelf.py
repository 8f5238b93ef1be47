"""An account that is kept in memory, over the pure half of a carrier: what the rules of plans and journals are tested on.

Each call has a number, and can fail by it: before it had an effect, after it had one, or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from typing import Literal

from attrs import Factory, define, field

from unicall.live.carrier import Carrier, Held
from unicall.problem import ProviderError
from unicall.wire import Json

Fault = Literal["unreached", "before", "after", "killed before", "killed after"]


class Killed(BaseException):
    """What stands for the end of the process."""


@define
class Shelf:
    """The documents of an account, by kind and id. ``faults``: what happens to which call, by its number."""

    carrier: Carrier
    documents: dict[str, dict[str, Json]] = Factory(dict)
    faults: dict[int, Fault] = Factory(dict)
    address: str = "memory account 1"
    writes: list[tuple[str, str]] = Factory(list)
    calls: int = 0
    _ids: count[int] = field(init=False, factory=lambda: count(1))

    def flows(self) -> Iterable[Held]:
        self._call()
        for key, one in sorted(self._of(self.carrier.flow_kind).items()):
            yield Held(key, one.get("name"), ways_in=self.carrier.ways_in(one))

    def bundle(self, held: Held) -> Json:
        self._call()
        sections = {kind: dict(ones) for kind, ones in self.documents.items() if kind != self.carrier.flow_kind and ones}
        flows = self._of(self.carrier.flow_kind)
        others = {key: one for key, one in flows.items() if key != held.id}
        return {"callflow": flows[held.id], **sections, **({"callflows": others} if others else {})}

    def remembering(self) -> AbstractContextManager[None]:
        """It is read anew each time."""
        return nullcontext()

    def caution(self, way: str) -> str | None:
        """Nothing that a call says."""
        return None

    def read(self, kind: str, key: str) -> Json | None:
        self._call()
        return _copy(self._of(kind).get(key))

    def listed(self, kind: str) -> Mapping[str, str | None]:
        self._call()
        return {key: one.get("name") for key, one in self._of(kind).items()}

    def create(self, kind: str, document: Json) -> str:
        key = f"{next(self._ids):032x}"
        self._write(kind, key, document)
        return key

    def replace(self, kind: str, key: str, document: Json) -> None:
        self._write(kind, key, document)

    def delete(self, kind: str, key: str) -> None:
        self._write(kind, key, None)

    def dump(self) -> str:
        """All documents, as text."""
        return json.dumps({kind: ones for kind, ones in self.documents.items() if ones}, sort_keys=True)

    def _of(self, kind: str) -> dict[str, Json]:
        return self.documents.setdefault(kind, {})

    def _write(self, kind: str, key: str, document: Json) -> None:
        fault = self._call()
        self.writes.append((kind, key))
        if document is None:
            self._of(kind).pop(key, None)
        else:
            self._of(kind)[key] = _copy(document) | {"added_by_server": True}
        if fault == "after":
            raise ProviderError("the answer was lost", outcome="unknown")
        if fault == "killed after":
            raise Killed

    def _call(self) -> Fault | None:
        fault = self.faults.get(self.calls)
        self.calls += 1
        if fault == "unreached":
            raise ProviderError("cannot be reached", outcome="unreached")
        if fault == "before":
            raise ProviderError("did not answer in time", outcome="unknown")
        if fault == "killed before":
            raise Killed
        return fault


def _copy(value: Json) -> Json:
    return json.loads(json.dumps(value))
