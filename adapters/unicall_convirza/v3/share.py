"""Calls shared out: by percentage (``percentage_route``), and in rotation (``ring_to_numbers``).

All keys are assumed. A share has the keys of any branch: a number, overflow numbers, voicemail. Voicemail comes after
``voicemail_rings``, here as anywhere else. Round robin hands each call to the next number in rotation, and nobody documents
more: a caller meets one of the numbers, each as often as the others, and that is a split in equal shares. The surprise: the word
stays with the route, so it is written back as a rotation for as long as the shares are equal and nothing but numbers stands behind
them.
"""

from __future__ import annotations

from attrs import evolve

from unicall.graph import OTHERWISE as AFTER
from unicall.graph import NodeId, Prompt, Ring, RingTarget, Split, Target, child_id
from unicall.wire import Json, Key, brief
from unicall_convirza.facts import SHARE, plain, whole_shares
from unicall_convirza.v2.reading import Names
from unicall_convirza.v2.writing import entry_shape
from unicall_convirza.v3.hunt import RING_TO, VOICEMAIL, Chain, chain, emit_hunt, overflows, parse_box, parse_hunt, report_unknown
from unicall_convirza.v3.number import ROTATION, First, number_text
from unicall_convirza.v3.reading import Doc, Draft
from unicall_convirza.v3.writing import Page, Sheet

SHARES = "shares"
PERCENT: Key[float | None] = Key("percentage", SHARE, None)
NUMBERS: Key[tuple[Target, ...] | None] = Key("rotation", ROTATION, ())


def parse_shares(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> list[Json]:
    """A split at this node. Returns the shapes of its rows."""
    rows = doc.parts(SHARES, "share")
    if any(row.glance(PERCENT) is None for row in rows):
        for row in rows:
            if not row.has(PERCENT):
                row.missing(PERCENT, at, "a share of the calls")
            row.settle(False, PERCENT, RING_TO)
        draft.verbatim(at, SHARES, doc, "kind", SHARES)
        return []
    shares: dict[str, float] = {}
    exits: dict[str, NodeId] = {}
    shapes: list[Json] = []
    names = Names()
    places: dict[str, str] = {}
    for row in rows:
        label = names.unique(_text(row.glance(RING_TO)) or "share")
        shares[label] = plain(row.take(PERCENT) or 0)
        places[f"shares.{label}"] = row.at(PERCENT)
        if row.glance(RING_TO) is None and not row.glance(VOICEMAIL) and not overflows(row):
            row.settle(False, RING_TO, VOICEMAIL)
            shapes.append(row.shape())
            continue
        exits[label] = child_id(at, label)
        hunted = parse_hunt(draft, exits[label], row, RING_TO, whisper)
        shapes.append(hunted.mark(row.shape()))
    if rows and abs(sum(shares.values()) - 100) > 1e-6:
        total = brief(plain(sum(shares.values())))
        rows[-1].warn("UC109", PERCENT, at, other="the shares before it", why=f"together they make {total} %")
    draft.add(at, Split(shares=shares, exits=exits), doc.spot(SHARES), shares=doc.spot(SHARES), **places)
    return shapes


def _text(first: First | None) -> str | None:
    return None if first == "hangup" else number_text(first)


def emit_shares(sheet: Sheet, at: NodeId, split: Split) -> list[Chain]:
    """The rows of a split. Returns the chains behind them."""
    template = sheet.kept(SHARES)
    sheet.page.went(at, sheet.at(SHARES), shares=sheet.at(SHARES))
    chains = []
    rows = []
    shares = whole_shares(split.shares) if template is None else split.shares
    for index, (label, share) in enumerate(shares.items()):
        row = Sheet(sheet.page, "share", sheet.at(SHARES, index), entry_shape(template, index))
        row.put(PERCENT, plain(share))
        sheet.page.places[at, f"shares.{label}"] = row.at(PERCENT)
        chains.append(emit_hunt(row, split.exits.get(label), RING_TO))
        rows.append(row.done())
    sheet.put_json(SHARES, rows)
    return chains


# Round robin.


def parse_rotation(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> None:
    """A split in equal shares at this node."""
    numbers = doc.glance(NUMBERS)
    if numbers is None or (not numbers and doc.value(NUMBERS) not in (None, [])):
        doc.settle(False, NUMBERS, VOICEMAIL)
        draft.verbatim(at, NUMBERS.name, doc, "kind", NUMBERS.name)
        return
    doc.take(NUMBERS)
    voicemail = bool(numbers) and doc.glance(VOICEMAIL)
    doc.settle(bool(numbers), VOICEMAIL)
    exits: dict[str, NodeId] = {}
    names = Names()
    for index, target in enumerate(numbers):
        label = names.unique(number_text(target) or "share")
        to = exits[label] = child_id(at, label)
        box = child_id(to, AFTER)
        where = doc.at(NUMBERS, index)
        report_unknown(doc, NUMBERS, target, to)
        ring = Ring(targets=(RingTarget(target),), whisper=whisper, exits={AFTER: box} if voicemail else {})
        if voicemail:
            ring, draft.timed = evolve(ring, timeout=draft.box_seconds), True
        draft.add(to, ring, where, timeout=draft.box_at if voicemail else where, **{"targets.0.target": where})
        if voicemail:
            parse_box(draft, box, doc.at(VOICEMAIL))
    split = Split(shares=dict.fromkeys(exits, plain(100 / len(exits)) if exits else 0), exits=exits)
    draft.add(at, split, doc.spot(NUMBERS.name), shares=doc.spot(NUMBERS.name))


def rotates(page: Page, split: Split) -> bool:
    """Whether a rotation can say this split: equal shares, one number behind each, and voicemail behind all or none."""
    hunts = [chain(page, split.exits.get(label)) for label in split.shares]
    equal = all(abs(share - 100 / len(split.shares)) < 1e-9 for share in split.shares.values())
    single = all(len(hunt.rings) == 1 and not hunt.together for hunt in hunts)
    return equal and single and len({hunt.voicemail is None for hunt in hunts}) <= 1


def emit_rotation(sheet: Sheet, at: NodeId, split: Split) -> list[Chain]:
    """The numbers of a rotation. Returns the chains behind them."""
    page = sheet.page
    page.went(at, sheet.at(NUMBERS), shares=sheet.at(NUMBERS))
    hunts = [chain(page, split.exits.get(label)) for label in split.shares]
    sheet.put(NUMBERS, tuple(hunt.rings[0][1].targets[0].target for hunt in hunts))
    for index, hunt in enumerate(hunts):
        where = sheet.at(NUMBERS, index)
        page.went(hunt.rings[0][0], where, **{"targets.0.target": where})
        if hunt.voicemail is not None:
            page.went(hunt.voicemail, sheet.at(VOICEMAIL))
    sheet.put(VOICEMAIL, any(hunt.voicemail is not None for hunt in hunts) if hunts else None)
    return hunts
