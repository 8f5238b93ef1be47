"""Numbers that ring one after the other, or together, and the voicemail behind them.

Documented: the keys. Assumed: everything that they do. The surprise: the ``rings`` on an overflow number are the wait *before* that
number, so they time the number in front of it; the last number rings for ``voicemail_rings`` where voicemail follows, else for as
long as nobody knows. Numbers that ring together ring for three rings, or until voicemail.
"""

from __future__ import annotations

from functools import lru_cache

from attrs import Factory, define

from unicall.graph import (
    OTHERWISE,
    Flow,
    Hangup,
    NodeId,
    Prompt,
    Ring,
    RingTarget,
    Target,
    Voicemail,
    child_id,
)
from unicall.wire import Cursor, Json, Key, Put, put, put_json, write
from unicall_convirza.facts import SWITCH, WORDS, Facts, beyond, leads, plain, usual, with_number
from unicall_convirza.v2.number import AS_INTEGER, FIRST, First, report_unknown
from unicall_convirza.v2.reading import Draft, Shape, glance, keep_list, look, settle, void
from unicall_convirza.v2.writing import (
    Page,
    cleared,
    entry_shapes,
    inner,
    laid_out,
    lay_out,
    said,
    shape_of,
    text_of_prompt,
)
from unicall_convirza.v2.writing import Shape as Kept

DEFAULT_RINGTO: Key[First | None] = Key("default_ringto", FIRST, None)
SIMULTANEOUS = Key("isSimultaneous", SWITCH, False)
OVERFLOW = "overflowNumbers"
NUMBER: Key[Target | None] = Key("overflowNumber", AS_INTEGER, None)
GREETING = Key("voicemail_greeting", WORDS, None)


@lru_cache(16)
def wait(facts: Facts) -> Key[float]:
    """How long the number in front of this one rings."""
    return Key("rings", facts.rings, facts.default_seconds)


@lru_cache(16)
def box_rings(facts: Facts) -> Key[float]:
    """How long the last number rings before voicemail."""
    return Key("voicemail_rings", facts.rings, facts.default_seconds)


@define
class Hunted:
    """What reading a hunt leaves for the shape of the object that holds it. ``counts``: whether its voicemail switch counts."""

    counts: bool = False
    first: bool = True
    entries: list[Json] = Factory(list)

    def mark(self, shape: Shape) -> Shape:
        """The shape, with the overflow numbers that no node stands for."""
        keep_list(shape, OVERFLOW, self.entries)
        return shape if self.first else shape | {"first": False}


@define
class _Try:
    """One number that may ring: the object that holds it, and under which key."""

    doc: Cursor
    key: Key[Target | None]
    position: int = -1


def parse_hunt(
    draft: Draft,
    at: NodeId,
    doc: Cursor,
    first: Key[Target | None],
    together: Key[bool] | None,
    voicemail: bool,
    whisper: Prompt | None,
) -> Hunted:
    """The numbers of an object from this node on.

    ``together`` None: there are no overflow numbers here, whatever stands there.
    """
    hunted = Hunted()
    tries = []
    if doc.take(first) is not None:
        tries.append(_Try(doc, first))
    hunted.first = bool(tries)
    for position, entry in enumerate([] if together is None else doc.objects(OVERFLOW)):
        found = look(entry, NUMBER) is not None
        hunted.entries.append(None if found else void(entry))
        if found:
            tries.append(_Try(entry, NUMBER, position))
    hunted.counts = bool(tries) or voicemail
    overflows = any(one.position >= 0 for one in tries)
    all_at_once = together is not None and overflows and glance(doc, together)
    if together is not None:
        settle(doc, len(tries) > 1, together)
    if not tries and not voicemail:
        hunted.first = True
        draft.nobody(at, first.name, doc.at(first))
        return hunted
    if all_at_once:
        at = _ring_together(draft, at, tries, voicemail, whisper, hunted)
    else:
        at = _ring_in_turn(draft, at, tries, voicemail, whisper, hunted)
    hunted.first = hunted.first or not overflows
    if voicemail:
        switch = next((key for key in ("voicemail_enabled", "ivr_voicemail_enabled") if key in doc.raw), first.name)
        parse_box(draft, at, doc.at(switch))
    return hunted


def parse_box(draft: Draft, at: NodeId, where: str) -> None:
    """Voicemail at this node. All of a record have its one greeting."""
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
            hunted.entries[one.position] = with_number(one.doc.shape(), target)
    if voicemail:
        draft.timed = True
        places["timeout"] = draft.box_at
    after = child_id(at, OTHERWISE)
    ring = Ring(
        targets=tuple(targets),
        timeout=draft.box_seconds if voicemail else draft.facts.default_seconds,
        whisper=whisper,
        exits={OTHERWISE: after} if voicemail else {},
    )
    draft.add(at, ring, tries[0].doc.at(tries[0].key), **places)
    return after


def _ring_in_turn(draft: Draft, at: NodeId, tries: list[_Try], voicemail: bool, whisper: Prompt | None, hunted: Hunted) -> NodeId:
    before = wait(draft.facts)
    for index, one in enumerate(tries):
        following = tries[index + 1] if index + 1 < len(tries) else None
        after = child_id(at, OTHERWISE)
        timeout, timed_at = None, ""
        if following is not None:
            timeout, timed_at = following.doc.take(before), following.doc.at(before)
        elif voicemail:
            timeout, timed_at, draft.timed = draft.box_seconds, draft.box_at, True
        ring = Ring(
            targets=(RingTarget(_take(one, at)),),
            timeout=timeout,
            whisper=whisper,
            exits={OTHERWISE: after} if following is not None or voicemail else {},
        )
        where = one.doc.at(one.key)
        draft.add(at, ring, where, **{"targets.0.target": where})
        if timed_at:
            draft.places[at, "timeout"] = timed_at
        if index == 0 and one.position >= 0:
            hunted.entries[one.position] = one.doc.shape()
        elif one.position >= 0:
            draft.keep(at, "overflow", one.doc.shape() | beyond(index), one.doc.pointer)
        at = after
    return at


def _take(one: _Try, at: NodeId) -> Target:
    target = one.doc.take(one.key)
    report_unknown(one.doc, one.key, target, at)
    assert target is not None
    return target


def parse_default(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> bool:
    """The record's ``default_ringto`` alone. Returns whether the voicemail switch counts."""
    target = glance(doc, DEFAULT_RINGTO)
    if target == "hangup":
        doc.take(DEFAULT_RINGTO)
        draft.add(at, Hangup(), doc.at(DEFAULT_RINGTO))
        return False
    return parse_hunt(draft, at, doc, DEFAULT_RINGTO, None, voicemail, whisper).counts  # type: ignore[arg-type]


@define
class Chain:
    """Rings one behind the other, and the voicemail at their end."""

    rings: tuple[tuple[NodeId, Ring], ...]
    voicemail: NodeId | None
    hangs_up: bool = False

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
    return Chain(tuple(rings), at if isinstance(node, Voicemail) else None, isinstance(node, Hangup))


def emit_hunt(
    page: Page,
    hunt: Chain,
    shape: Kept | None,
    first: Key[Target | None],
    together: Key[bool] | None,
    voicemail: Key[bool] | None,
    base: str,
) -> list[Put]:
    """The keys for a hunt: the first number, the overflow numbers, and whether voicemail follows."""
    steps = _steps(hunt)
    led = leads(shape, inner(shape, OVERFLOW), len(steps))
    puts = [put(first, steps[0].target if led else None)]
    if led:
        steps[0].went(page, f"{base}/{first.name}")
    if together is not None:
        puts += _emit_overflow(page, steps, led, shape, together, base)
    if voicemail is not None:
        puts.append(said(voicemail, hunt.voicemail is not None if hunt.counts else None))
    if hunt.voicemail is not None:
        page.went(hunt.voicemail, f"{base}/{first.name}", greeting=f"{page.base}/{GREETING.name}")
        if hunt.rings and hunt.rings[-1][1].timeout is not None:
            page.places[hunt.rings[-1][0], "timeout"] = f"{page.base}/{box_rings(page.facts).name}"
    return puts


@define
class _Step:
    """One number on its way out: the ring and the target in it; the wait before it, where that is said."""

    at: NodeId
    index: int
    target: Target
    kept: Kept | None
    wait: float | None
    timed: NodeId | None

    def went(self, page: Page, where: str) -> None:
        if self.index == 0:
            page.went(self.at, where)
        page.places[self.at, f"targets.{self.index}.target"] = where


def _steps(hunt: Chain) -> list[_Step]:
    if hunt.together:
        at, ring = hunt.rings[0]
        return [_Step(at, index, rung.target, None, None, None) for index, rung in enumerate(ring.targets)]
    steps = []
    before: tuple[NodeId, Ring] | None = None
    for at, ring in hunt.rings:
        wait = None if before is None else before[1].timeout
        steps.append(_Step(at, 0, ring.targets[0].target, shape_of(ring, "overflow"), wait, None if before is None else before[0]))
        before = (at, ring)
    return steps


def _emit_overflow(page: Page, steps: list[_Step], led: bool, shape: Kept | None, together: Key[bool], base: str) -> list[Put]:
    """The numbers of a hunt, but for the first where that ``led`` outside the list."""
    template = inner(shape, OVERFLOW)
    listed = steps[int(led) :]
    positions, kept = lay_out(template, len(listed))
    entries = []
    key = wait(page.facts)
    shapes = entry_shapes(template, positions, [step.target for step in listed], [step.target for step in steps])
    for step, position, kept_here in zip(listed, positions, shapes, strict=True):
        where = f"{base}/{OVERFLOW}/{position}"
        step.went(page, f"{where}/{NUMBER.name}")
        puts = [put(NUMBER, step.target, always=True)]
        if step.wait is not None and step.timed is not None:
            puts.append(put(key, plain(step.wait), always=True))
            page.places[step.timed, "timeout"] = f"{where}/{key.name}"
        entries.append(write(puts, step.kept or kept_here))
    at_once = any(step.index for step in steps)
    return [
        said(together, at_once if len(steps) > 1 else None),
        put_json(OVERFLOW, laid_out(positions, entries, kept)),
    ]


def emit_default(page: Page, at: NodeId | None, shape: Kept | None, voicemail: Key[bool] | None, base: str) -> list[Put]:
    """The record's ``default_ringto`` alone."""
    hunt = chain(page, at)
    if hunt.hangs_up and not hunt.rings and at is not None:
        page.went(at, f"{base}/{DEFAULT_RINGTO.name}")
        return [put(DEFAULT_RINGTO, "hangup")]
    return emit_hunt(page, hunt, None, DEFAULT_RINGTO, None, voicemail, base)  # type: ignore[arg-type]


def emit_shared(page: Page, shape: Kept | None) -> list[Put]:
    """``voicemail_rings`` and ``voicemail_greeting``, once for all: as most voicemails have it, and as the first has it."""
    boxes = [node for node in page.flow.nodes.values() if isinstance(node, Voicemail)]
    seconds = seconds_before_box(page.flow)
    greeting = text_of_prompt(boxes[0].greeting) if boxes else None
    return [
        said(box_rings(page.facts), None if seconds is None else plain(seconds)),
        cleared(GREETING, greeting, shape),
    ]


def seconds_before_box(flow: Flow) -> float | None:
    """How long the number before a voicemail rings, as most have it."""
    return usual(ring.timeout for ring in waits_for_box(flow).values())


def waits_for_box(flow: Flow) -> dict[NodeId, Ring]:
    """The rings that voicemail follows."""
    boxes = {at for at, node in flow.nodes.items() if isinstance(node, Voicemail)}
    return {at: node for at, node in flow.nodes.items() if isinstance(node, Ring) and node.exits.get(OTHERWISE) in boxes}
