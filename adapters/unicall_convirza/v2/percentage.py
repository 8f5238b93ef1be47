"""Calls shared out by percentage: ``percentage_route``.

Documented: the two keys of a row. Assumed: shares add up to a hundred, and voicemail follows where the record has it on, after
``voicemail_rings`` as anywhere else. The surprise: the block is the only one that is an array.
"""

from __future__ import annotations

from unicall.graph import NodeId, Prompt, Split, Target, VendorNode, child_id
from unicall.wire import Cursor, Json, Key, Put, brief, put, put_json, write
from unicall_convirza.facts import SHARE, plain, whole_shares
from unicall_convirza.v2.hunt import Chain, chain, emit_hunt, parse_hunt
from unicall_convirza.v2.number import AS_INTEGER, PROVIDER, number_text
from unicall_convirza.v2.reading import Draft, Names, Shape, glance, settle
from unicall_convirza.v2.writing import Page, entry_shape, inner
from unicall_convirza.v2.writing import Shape as Kept

SHARES = "percentage_route"
PERCENT: Key[float | None] = Key("percentage", SHARE, None, always=True)
TARGET: Key[Target | None] = Key("per_target_did", AS_INTEGER, None, always=True)


def parse_shares(
    draft: Draft, at: NodeId, doc: Cursor, rows: list[Cursor], voicemail: bool, whisper: Prompt | None
) -> tuple[bool, list[Shape]]:
    """A split at this node. Returns whether the voicemail switch counts, and the shapes of the rows."""
    shares: dict[str, float] = {}
    exits: dict[str, NodeId] = {}
    names = Names()
    counts = False
    places: dict[str, str] = {}
    for row in rows:
        label = names.unique(number_text(glance(row, TARGET)) or "share")
        share = row.take(PERCENT)
        assert share is not None
        shares[label] = plain(share)
        places[f"shares.{label}"] = row.at(PERCENT)
        if voicemail or glance(row, TARGET) is not None:
            exits[label] = child_id(at, label)
            parse_hunt(draft, exits[label], row, TARGET, None, voicemail, whisper)
            counts = True
        else:
            settle(row, False, TARGET)
    total = sum(shares.values())
    if abs(total - 100) > 1e-6:
        rows[-1].warn("UC109", PERCENT, at, other="the shares before it", why=f"together they make {brief(plain(total))} %")
    draft.add(at, Split(shares=shares, exits=exits), doc.at(SHARES), shares=doc.at(SHARES), **places)
    return counts, [row.shape() for row in rows]


def parse_unknown_shares(draft: Draft, at: NodeId, doc: Cursor, rows: list[Cursor]) -> None:
    """Rows of which one has no share that anybody knows: kept verbatim."""
    for row in rows:
        if not row.has(PERCENT):
            row.log.add("UC101", row.pointer, row.raw.get(PERCENT.name), at, key=PERCENT.name, expected="a share of the calls")
        settle(row, False, PERCENT)
        settle(row, False, TARGET)
    node = VendorNode(provider=PROVIDER, word=SHARES, data=doc.raw[SHARES])
    draft.add(at, node, doc.at(SHARES), data=doc.at(SHARES))


def emit_shares(page: Page, at: NodeId, split: Split, shape: Kept | None, base: str) -> tuple[list[Put], list[Chain]]:
    """The rows of a split, and the chains behind them."""
    template = inner(shape, SHARES)
    rows: list[Json] = []
    chains = []
    page.went(at, f"{base}/{SHARES}", shares=f"{base}/{SHARES}")
    shares = whole_shares(split.shares) if template is None else split.shares
    for index, (label, share) in enumerate(shares.items()):
        where = f"{base}/{SHARES}/{index}"
        hunt = chain(page, split.exits.get(label))
        puts = [put(PERCENT, plain(share)), *emit_hunt(page, hunt, None, TARGET, None, None, where)]
        page.places[at, f"shares.{label}"] = f"{where}/{PERCENT.name}"
        chains.append(hunt)
        rows.append(write(puts, entry_shape(template, index)))
    return [put_json(SHARES, rows)], chains
