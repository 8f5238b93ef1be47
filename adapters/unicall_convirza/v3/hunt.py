"""Numbers that ring one after the other, or together, and the voicemail behind them: the same keys in every branch.

Everything is assumed, after v2 and the product's pages. The ``rings`` on an overflow number are the wait *before* that number, so
they time the number in front of it; the last number rings for the route's ``voicemail_rings`` where voicemail follows, else for as
long as nobody knows. Numbers that ring together ring for three rings, or until voicemail. The surprise: an overflow number may say
its place in the ``order``; where all do, that counts, and not the place in the list.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from attrs import Factory, define, frozen

from unicall.graph import OTHERWISE, Hangup, NodeId, Prompt, Reference, Ring, RingTarget, Target, VendorNode, Voicemail, child_id
from unicall.wire import Codec, Json, Key, Strange, Wrong
from unicall_convirza.facts import (
    DEFAULT_SECONDS,
    MEASURE,
    RINGS,
    SWITCH,
    WORDS,
    beyond,
    in_any_case,
    leads,
    plain,
    usual,
    with_number,
)
from unicall_convirza.v2.writing import entry_shapes, laid_out, lay_out
from unicall_convirza.v3.number import FIRST, TARGET, First
from unicall_convirza.v3.reading import Doc, Draft, Shape, keep_list, void
from unicall_convirza.v3.writing import Page, Sheet, shape_of, text_of_prompt
from unicall_convirza.v3.writing import Shape as Kept

RING_TO: Key[First | None] = Key("ring_to", FIRST, None)
DEFAULT: Key[First | None] = Key("default_ring_to", FIRST, None)
HUNT: Codec[bool] = in_any_case({"rollover": False, "simultaneous": True, "overflow": False, "": False})
HUNT_TYPE = Key("hunt_type", HUNT, False, always=True)
OVERFLOW = "overflow"
NUMBER: Key[Target | None] = Key("number", TARGET, None)
WAIT: Key[float] = Key("rings", RINGS, DEFAULT_SECONDS)
ORDER: Key[float | None] = Key("order", MEASURE, None)
VOICEMAIL: Key[bool] = Key("voicemail", SWITCH, False)
BOX_RINGS: Key[float] = Key("voicemail_rings", RINGS, DEFAULT_SECONDS)
GREETING: Key[str | None] = Key("voicemail_greeting", WORDS, None)
HUNT_FACTS = (RING_TO.name, DEFAULT.name, HUNT_TYPE.name, OVERFLOW, VOICEMAIL.name)  # what may ring in any kind of route


@define
class Hunted:
    """What reading a hunt leaves for the shape of the object that holds it. ``name``: of its overflow numbers."""

    name: str = ""
    first: bool = True
    entries: list[Json] = Factory(list)

    def mark(self, shape: Shape) -> Shape:
        """The shape, with the overflow numbers that no node stands for."""
        keep_list(shape, self.name, self.entries)
        return shape if self.first else shape | {"first": False}


@frozen
class _Try:
    """One number that may ring: the object that holds it, under which key, and its place in the list."""

    doc: Doc
    key: Key[Any]
    position: int = -1


def parse_hunt(
    draft: Draft,
    at: NodeId,
    doc: Doc,
    first: Key[First | None],
    whisper: Prompt | None,
    *,
    overflow: bool = True,
) -> Hunted:
    """The numbers of an object from this node on.

    ``overflow`` False: there are no overflow numbers here, whatever stands there.
    """
    hunted = Hunted(doc.name(OVERFLOW) if overflow else "")
    if doc.glance(first) == "hangup":
        doc.take(first)
        doc.settle(False, VOICEMAIL)
        draft.add(at, Hangup(), doc.at(first))
        return hunted
    if overflow and _is_unknown(doc):
        doc.settle(False, HUNT_TYPE, VOICEMAIL)
        draft.verbatim(at, HUNT_TYPE.name, doc, first.name, HUNT_TYPE.name, OVERFLOW)
        return hunted
    tries = _tries(doc, first, overflow, hunted)
    doc.settle(bool(tries) or doc.glance(VOICEMAIL), VOICEMAIL)
    together = any(one.position >= 0 for one in tries) and doc.glance(HUNT_TYPE)
    if overflow:
        doc.settle(len(tries) > 1, HUNT_TYPE)
    if not tries and not doc.glance(VOICEMAIL):
        draft.nobody(at, doc.name(first), doc.at(first))
    elif together:
        _parse_box_of(draft, _ring_together(draft, at, tries, doc.glance(VOICEMAIL), whisper, hunted), doc)
    else:
        _parse_box_of(draft, _ring_in_turn(draft, at, _in_order(tries), doc.glance(VOICEMAIL), whisper, hunted), doc)
    return hunted


def _parse_box_of(draft: Draft, at: NodeId, doc: Doc) -> None:
    """The voicemail of an object at this node, where its switch is on."""
    if doc.glance(VOICEMAIL):
        parse_box(draft, at, doc.at(VOICEMAIL))


def _is_unknown(doc: Doc) -> bool:
    """Whether there are overflow numbers, and a word for their order that nobody knows."""
    try:
        HUNT.decode("" if doc.value(HUNT_TYPE) is None else doc.value(HUNT_TYPE))
    except Strange:
        return overflows(doc)
    except Wrong:
        pass
    return False


def overflows(doc: Doc) -> bool:
    """Whether there is an overflow number."""
    listed = doc.value(OVERFLOW)
    entries = (entry for entry in (listed if isinstance(listed, list) else ()) if isinstance(entry, dict))
    return any(Doc(entry, "", doc.log, "overflow", doc.profile).glance(NUMBER) is not None for entry in entries)


def _tries(doc: Doc, first: Key[First | None], overflow: bool, hunted: Hunted) -> list[_Try]:
    tries = [_Try(doc, first)] if doc.take(first) is not None else []
    led = bool(tries)
    for position, entry in enumerate(doc.parts(OVERFLOW, "overflow") if overflow else ()):
        found = entry.glance(NUMBER) is not None
        entry.settle(False, NUMBER)
        hunted.entries.append(None if found else void(entry))
        if found:
            tries.append(_Try(entry, NUMBER, position))
    hunted.first = led or not tries
    return tries


def _in_order(tries: list[_Try]) -> list[_Try]:
    """The tries as their ``order`` says, where all overflow numbers have one of their own; else as they are listed."""
    listed = [one for one in tries if one.position >= 0]
    orders = [one.doc.glance(ORDER) for one in listed]
    for one in listed:
        one.doc.settle(False, ORDER)
    if not listed or None in orders or len(set(orders)) < len(orders):
        return tries
    ranked = sorted(zip(orders, listed, strict=True), key=lambda pair: pair[0] or 0)
    for rank, (order, one) in enumerate(ranked, start=1):
        if order == rank:
            one.doc.take(ORDER)
        else:
            one.doc.keep(ORDER)
    return [one for one in tries if one.position < 0] + [one for _, one in ranked]


def parse_box(draft: Draft, at: NodeId, where: str) -> None:
    """Voicemail at this node. All of a route have its one greeting."""
    draft.greeted = True
    draft.add(at, Voicemail(greeting=draft.box_greeting), where, greeting=draft.greeting_at)


def _ring_together(draft: Draft, at: NodeId, tries: list[_Try], voicemail: bool, whisper: Prompt | None, hunted: Hunted) -> NodeId:
    targets = []
    places: dict[str, str] = {}
    for index, one in enumerate(tries):
        target = _take(one, at)
        targets.append(RingTarget(target))
        places[f"targets.{index}.target"] = one.doc.at(one.key)
        if one.position >= 0:
            one.doc.settle(False, ORDER)
            hunted.entries[one.position] = with_number(one.doc.shape(), target)
    if voicemail:
        draft.timed = True
        places["timeout"] = draft.box_at
    after = child_id(at, OTHERWISE)
    ring = Ring(
        targets=tuple(targets),
        timeout=draft.box_seconds if voicemail else tries[0].doc.profile.default_seconds,
        whisper=whisper,
        exits={OTHERWISE: after} if voicemail else {},
    )
    draft.add(at, ring, tries[0].doc.at(tries[0].key), **places)
    return after


def _ring_in_turn(draft: Draft, at: NodeId, tries: list[_Try], voicemail: bool, whisper: Prompt | None, hunted: Hunted) -> NodeId:
    listed = [one.position for one in tries if one.position >= 0]
    for index, one in enumerate(tries):
        following = tries[index + 1] if index + 1 < len(tries) else None
        after = child_id(at, OTHERWISE)
        timeout, timed_at = None, ""
        if following is not None:
            timeout, timed_at = following.doc.take(WAIT), following.doc.at(WAIT)
        elif voicemail:
            timeout, timed_at, draft.timed = draft.box_seconds, draft.box_at, True
        ring = Ring(
            targets=(RingTarget(_take(one, at)),),
            timeout=timeout,
            whisper=whisper,
            exits={OTHERWISE: after} if following is not None or voicemail else {},
        )
        where = one.doc.at(one.key)
        draft.add(at, ring, where, **{"targets.0.target": where} | ({"timeout": timed_at} if timed_at else {}))
        moved = {"at": one.position} if listed != sorted(listed) else {}
        if index == 0 and one.position >= 0:
            hunted.entries[one.position] = one.doc.shape() | moved
        elif one.position >= 0:
            draft.keep(at, "overflow", one.doc.shape() | moved | beyond(index), one.doc.pointer)
        at = after
    return at


def _take(one: _Try, at: NodeId) -> Target:
    key: Key[Any] = one.key
    target: Target = one.doc.take(key)
    report_unknown(one.doc, key, target, at)
    return target


def report_unknown(doc: Doc, key: Key[Any], target: Target, node: NodeId) -> None:
    """Say that this target is no number that anybody knows."""
    if isinstance(target, Reference):
        doc.warn("UC102", key, node)


@frozen
class Chain:
    """Rings one behind the other, and what stands at their end."""

    rings: tuple[tuple[NodeId, Ring], ...]
    voicemail: NodeId | None

    @property
    def counts(self) -> bool:
        """Whether there is anything that a voicemail switch is about."""
        return bool(self.rings) or self.voicemail is not None

    @property
    def together(self) -> bool:
        """Whether numbers ring together."""
        return bool(self.rings) and len(self.rings[0][1].targets) > 1

    @property
    def whisper(self) -> Prompt | None:
        """What whoever answers hears first."""
        return next((ring.whisper for _, ring in self.rings if ring.whisper is not None), None)


def chain(page: Page, at: NodeId | None) -> Chain:
    """The rings from here on."""
    rings: list[tuple[NodeId, Ring]] = []
    node = page.node(at)
    while at is not None and isinstance(node, Ring):
        rings.append((at, node))
        at = node.exits.get(OTHERWISE)
        node = page.node(at)
    return Chain(tuple(rings), at if isinstance(node, Voicemail) else None)


def emit_hunt(sheet: Sheet, at: NodeId | None, first: Key[First | None], *, overflow: bool = True) -> Chain:
    """The keys for what begins at this node: the first number, the overflow numbers, and whether voicemail follows."""
    page = sheet.page
    node = page.node(at)
    hunt = chain(page, at)
    if at is not None and isinstance(node, VendorNode | Hangup):
        page.went(at, sheet.at(first), data=sheet.base)
        if isinstance(node, Hangup):
            sheet.put(first, "hangup")
            return hunt
        if isinstance(node.data, dict):
            sheet.verbatim(node.data)
            return hunt
    steps = _steps(hunt)
    led = leads(sheet.shape, sheet.kept(OVERFLOW), len(steps)) if overflow else bool(steps)
    sheet.put(first, steps[0].target if led else None)
    if led:
        steps[0].went(page, sheet.at(first))
    if overflow:
        _emit_overflow(sheet, steps[int(led) :], hunt)
    sheet.put(VOICEMAIL, hunt.voicemail is not None if hunt.counts else None)
    if hunt.voicemail is not None:
        page.went(hunt.voicemail, sheet.at(VOICEMAIL))
    return hunt


@frozen
class _Step:
    """One number on its way out: the ring and the target in it; the wait before it, and the ring that the wait times."""

    at: NodeId
    index: int
    target: Target
    kept: Kept | None = None
    wait: float | None = None
    timed: NodeId | None = None

    def went(self, page: Page, where: str) -> None:
        if self.index == 0:
            page.went(self.at, where)
        page.places[self.at, f"targets.{self.index}.target"] = where


def _steps(hunt: Chain) -> list[_Step]:
    if hunt.together:
        at, ring = hunt.rings[0]
        return [_Step(at, index, rung.target) for index, rung in enumerate(ring.targets)]
    steps = []
    before: tuple[NodeId, Ring] | None = None
    for at, ring in hunt.rings:
        wait, timed = (None, None) if before is None else (before[1].timeout, before[0])
        steps.append(_Step(at, 0, ring.targets[0].target, shape_of(ring, "overflow"), wait, timed))
        before = (at, ring)
    return steps


def _emit_overflow(sheet: Sheet, steps: list[_Step], hunt: Chain) -> None:
    template = sheet.kept(OVERFLOW)
    positions, kept = lay_out(template, len(steps))
    listed = entry_shapes(template, positions, [step.target for step in steps], [step.target for step in _steps(hunt)])
    shapes = [step.kept or shape for step, shape in zip(steps, listed, strict=True)]
    positions, shapes = _as_listed(steps, positions, shapes, template, kept)
    entries = [Sheet(sheet.page, "overflow", sheet.at(OVERFLOW, at), shape) for at, shape in zip(positions, shapes, strict=True)]
    orders = _orders(entries)
    for entry, step, order in zip(entries, steps, orders, strict=True):
        entry.put(NUMBER, step.target, always=True)
        step.went(sheet.page, entry.at(NUMBER))
        wait = sheet.page.profile.default_seconds if step.wait is None and sheet.anew else step.wait
        if wait is not None and step.timed is not None:
            entry.put(WAIT, plain(wait), always=True)
            sheet.page.places[step.timed, "timeout"] = entry.at(WAIT)
        if entry.shape is None or entry.read(ORDER):
            entry.put(ORDER, order, always=True)
    sheet.put(HUNT_TYPE, hunt.together if len(_steps(hunt)) > 1 else None)
    sheet.put_json(OVERFLOW, laid_out(positions, [entry.done() for entry in entries], kept))


def _as_listed(
    steps: list[_Step], positions: list[int], shapes: list[Kept | None], template: Json, kept: dict[int, Json]
) -> tuple[list[int], list[Kept | None]]:
    """The places in the list of entries whose ``order`` is another than that of the list."""
    moved = [entry for entry in template or () if isinstance(entry, dict) and "at" in entry]
    own = [*moved, *(step.kept for step in steps if step.kept is not None)] if moved else [s for s in shapes if s is not None]
    wanted = [shape.get("at") for shape in own]
    if len(own) == len(steps) and sorted(wanted + list(kept), key=repr) == sorted(range(len(steps) + len(kept)), key=repr):
        return [at for at in wanted if isinstance(at, int)], list(own)
    return positions, shapes


def _orders(entries: list[Sheet]) -> list[float]:
    """The orders as they were spelled, where they still say the same; else one, two, three."""
    counted: list[float] = list(range(1, len(entries) + 1))
    spelled = [entry.spelled(ORDER) for entry in entries]
    known = [count if raw is None else MEASURE.decode(raw) for count, raw in zip(counted, spelled, strict=True)]
    rising = all(a is not None and b is not None and a < b for a, b in pairwise(known))
    return [count if number is None else number for count, number in zip(counted, known, strict=True)] if rising else counted


def emit_shared(sheet: Sheet) -> None:
    """``voicemail_rings`` and ``voicemail_greeting``, once for all: as most voicemails have it, and as the first has it."""
    nodes = sheet.page.flow.nodes
    boxes = {at: node for at, node in nodes.items() if isinstance(node, Voicemail)}
    waits = {at: node for at, node in nodes.items() if isinstance(node, Ring) and node.exits.get(OTHERWISE) in boxes}
    seconds = usual(ring.timeout for ring in waits.values())
    greeting = next((text_of_prompt(box.greeting) for box in boxes.values()), None)
    sheet.put(BOX_RINGS, None if seconds is None else plain(seconds))
    sheet.put_text(GREETING, greeting)
    sheet.page.places |= {(at, "greeting"): sheet.at(GREETING) for at in boxes}
    sheet.page.places |= {(at, "timeout"): sheet.at(BOX_RINGS) for at in waits}
