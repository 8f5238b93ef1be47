"""``ring_delay``: the rings before voicemail a second time, in seconds.

Assumed: that it is ``voicemail_rings`` times the length of a ring. The surprise: no fact of a flow says it. It stays as it was
read, and follows an edit of the rings only where it followed from them before; else nobody knows which of the two counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from unicall.graph import Flow, NodeId
from unicall.wire import Json, same
from unicall_convirza.facts import Facts, plain
from unicall_convirza.v2.hunt import box_rings, seconds_before_box, waits_for_box
from unicall_convirza.v2.number import PROVIDER
from unicall_convirza.v2.writing import rest_of

RING_DELAY = "ring_delay"


def delay_for(rings: float, facts: Facts) -> float:
    """The delay beside so many rings."""
    return plain(rings * facts.ring_seconds)


def in_step(original: Flow, edited: Flow, facts: Facts) -> tuple[Mapping[str, Json], tuple[NodeId, Json, float] | None]:
    """What the edited flow keeps, with the delay that its rings ask for.

    And what may contradict them where the delay stays: a ring before voicemail, the delay, and the rings.
    """
    shape = edited.extras.get(PROVIDER)
    delay = rest_of(shape).get(RING_DELAY)
    before, now = _rings(original, facts), _rings(edited, facts)
    if shape is None or delay is None or now is None or now == before or same(delay, delay_for(now, facts)):
        return {}, None
    if before is None or not same(delay, delay_for(before, facts)):
        return {}, (next(iter(waits_for_box(edited)), ""), delay, now)
    return {PROVIDER: {**shape, "rest": {**rest_of(shape), RING_DELAY: delay_for(now, facts)}}}, None


def _rings(flow: Flow, facts: Facts) -> float | None:
    """The rings before voicemail that a record of this flow says; None where it says none."""
    key, seconds = box_rings(facts), seconds_before_box(flow)
    raw = rest_of(flow.extras.get(PROVIDER)).get(key.name) if seconds is None else key.codec.encode(plain(seconds))
    return raw if isinstance(raw, int | float) and not isinstance(raw, bool) else None
