"""The steps of a plan, in the order in which they are done.

First what is referred to, then what refers to it; what refers to each other in a circle is made as a skeleton and filled when all
are there; numbers are moved last, one at a time. A step has the same number whenever the plan is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, TypeAlias, cast

from attrs import define, field, frozen

from unicall.live.carrier import Carrier
from unicall.live.plan import Plan, PlannedDocument
from unicall.problem import FlowError
from unicall.wire import Json

What = Literal["create", "replace", "fill", "number"]
_Write: TypeAlias = "tuple[What, PlannedDocument, Json, bool]"


@frozen
class Step:
    """One write. ``body`` still says the ids of the plan; ``moves``: numbers come to reach something else by it."""

    number: int
    what: What
    document: PlannedDocument
    body: Json
    moves: bool


def steps(plan: Plan, carrier: Carrier) -> list[Step]:
    """All writes of a plan, those that move numbers too. Raises FlowError for a circle in which there is no flow."""
    order = _Order(carrier, {document.key: document for document in plan.documents})
    for document in plan.documents:
        order.place(document)
    numbers = [move for document in plan.documents for move in _moves(document, carrier)]
    return [Step(number, *step) for number, step in enumerate([*order.found, *order.waiting, *numbers])]


@define
class _Order:
    """The writes in their order, as it grows. ``waiting``: flows to be filled when all that they refer to is there."""

    carrier: Carrier
    all: dict[str, PlannedDocument]
    found: list[_Write] = field(init=False, factory=list)
    waiting: list[_Write] = field(init=False, factory=list)
    made: set[str] = field(init=False)
    _placed: set[str] = field(init=False, factory=set)

    @made.default
    def _there(self) -> set[str]:
        return {document.key for document in self.all.values() if document.id is not None}

    def place(self, document: PlannedDocument) -> None:
        """Write a document, and before it what it refers to, where that is no flow."""
        if document.key in self._placed or document.action == "unchanged" or waits(document, self.carrier):
            return
        self._placed.add(document.key)
        body = standing(document, self.carrier)
        missing = mentioned(body, self.all) - self.made
        if document.mark is None:
            for needed in (one for key, one in self.all.items() if key in missing):
                self.place(needed) if needed.mark is None else self._sketch(needed)
            missing = mentioned(body, self.all) - self.made
            if missing:
                others = ", ".join(sorted(missing))
                raise FlowError(f"{document.kind} {document.key} and {others} need each other: make one by hand")
        if missing:
            self._sketch(document)
        else:
            self.found.append((cast(What, document.action), document, body, False))
            self.made.add(document.key)

    def _sketch(self, flow: PlannedDocument) -> None:
        """Make a flow that refers to nothing yet, and fill it in the end."""
        if flow.key in self.made and flow.action == "create":
            return
        self._placed.add(flow.key)
        if flow.action == "create":
            body = standing_as(flow, self.carrier, self.carrier.skeleton(flow.document))
            self.found.append(("create", flow, body, False))
        self.waiting.append(("fill", flow, standing(flow, self.carrier), False))
        self.made.add(flow.key)


def waits(document: PlannedDocument, carrier: Carrier) -> bool:
    """Whether a flow can only be made when its numbers are moved."""
    return document.mark is not None and document.action == "create" and not carrier.stands_unreached


def standing(document: PlannedDocument, carrier: Carrier) -> Json:
    """A document as it is written before its numbers are moved: under what reaches it today, or under its mark."""
    return standing_as(document, carrier, document.document)


def standing_as(document: PlannedDocument, carrier: Carrier, body: Json) -> Json:
    """The same of another body."""
    if document.mark is None:
        return body
    staged = carrier.staged(body, document.mark)
    today = () if document.was is None else carrier.ways_in(document.was)
    return carrier.opened(document.was, staged, today) if today else staged


def _moves(document: PlannedDocument, carrier: Carrier) -> Iterator[_Write]:
    """One step for each way in that does not reach the flow today."""
    if document.mark is None or carrier.unable("number", document.kind) is not None:
        return
    if waits(document, carrier):
        yield "create", document, document.document, True
        return
    today = () if document.was is None else carrier.ways_in(document.was)
    moving = [way for way in document.ways_in if way not in today]
    stands = standing(document, carrier)
    for count in range(1, len(moving) + 1):
        yield "number", document, carrier.opened(document.document, stands, tuple(moving[:count])), True


def mentioned(document: Json, keys: Collection[str]) -> frozenset[str]:
    """Which of these ids a document refers to, as values or as keys."""
    found: set[str] = set()
    todo = [document]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            found.update(name for name in value if name in keys)
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)
        elif isinstance(value, str) and value in keys:
            found.add(value)
    return frozenset(found)


def with_ids(document: Json, ids: Mapping[str, str]) -> Json:
    """A document with other ids, as values and as keys."""
    if isinstance(document, dict):
        return {ids.get(name, name): with_ids(value, ids) for name, value in document.items()}
    if isinstance(document, list):
        return [with_ids(item, ids) for item in document]
    return ids.get(document, document) if isinstance(document, str) else document
