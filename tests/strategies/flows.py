"""Invents flows: every kind of node, joined and looped at random, with everything that a flow can hold.

A flow is well formed: its start and all exits lead to nodes that exist, and its values are of the types that the graph
says. Nothing else holds: nodes may be out of reach, numbers may be absurd, labels may be empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from unicall.graph import (
    KINDS,
    Announce,
    CallerMatch,
    Conference,
    Directory,
    EntryPoint,
    Fax,
    Flow,
    Hangup,
    Menu,
    Node,
    Notify,
    Park,
    Pause,
    PhoneNumber,
    Place,
    Prompt,
    Queue,
    RecordCall,
    Reference,
    Region,
    Reject,
    Resource,
    Ring,
    RingTarget,
    Schedule,
    SetCallerId,
    SetLanguage,
    Settings,
    SetVariable,
    SipAddress,
    Speech,
    Split,
    Subflow,
    Target,
    VendorNode,
    Voicemail,
    Webhook,
)
from unicall.hours import DAY, WEEKDAYS, Hours, Recurrence

NODE_IDS = ("start", "1", "1.2", "1.otherwise", "0", "a/b", "c~0d", "", "Büro.näxt")
LABELS = ("next", "otherwise", "1", "*", "no_input", "no_answer", "vinix/UNALLOCATED_NUMBER", "open hours", "")

texts = st.sampled_from(("", "Welcome.", "Café / Büro ~1", "line\nline", "\x00", "🐢")) | st.text(max_size=8)
whole = st.integers(-5, 100) | st.integers(-(2**70), 2**70)
numbers = st.integers(0, 600) | st.floats(allow_nan=False, allow_infinity=False)
flags = st.booleans()

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | flags | whole | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
extras = st.dictionaries(st.sampled_from(("vinix", "api19", "convirza-v2")), json_values, max_size=2)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """None more often than not, as in most documents."""
    return st.none() | st.none() | strategy


def tuples(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    """A tuple of such values."""
    return st.lists(strategy, max_size=most).map(tuple)


references = st.builds(
    Reference,
    provider=st.sampled_from(("vinix", "api19")),
    kind=st.sampled_from(("device", "user", "audio", "flow", "mailbox")),
    id=texts,
)
targets: st.SearchStrategy[Target] = st.one_of(
    st.from_regex(r"\A\+1[2-9][0-9]{9}\Z").map(PhoneNumber),
    st.builds(SipAddress, host=texts, port=maybe(st.integers(1, 65535)), user=maybe(texts)),
    references,
)
prompts: st.SearchStrategy[Prompt] = st.one_of(
    st.builds(Speech, text=texts, voice=maybe(texts), language=maybe(st.just("en-US"))), references
)
ring_targets = st.builds(
    RingTarget,
    target=targets,
    delay=maybe(numbers),
    timeout=maybe(numbers),
    weight=maybe(whole),
    confirm=flags,
    off=flags,
    also=maybe(targets),
)
places = st.builds(
    Place,
    name=st.sampled_from(LABELS),
    city=maybe(texts),
    address=maybe(texts),
    latitude=maybe(numbers),
    longitude=maybe(numbers),
    area_codes=tuples(st.sampled_from(("801", "212"))),
    reference=maybe(references),
)
dates = st.dates(date(1, 1, 1), date(9999, 12, 31))
recurrences = st.builds(
    Recurrence,
    frequency=st.sampled_from(("once", "daily", "weekly", "monthly", "yearly")),
    interval=st.integers(1, 10),
    weekdays=tuples(st.sampled_from(WEEKDAYS)),
    ordinal=maybe(st.sampled_from((-1, 1, 2, 3, 4, 5))),
    month_days=tuples(st.integers(1, 31)),
    month=maybe(st.integers(1, 12)),
    first=maybe(dates),
    until=maybe(dates),
    except_days=tuples(dates),
    start=st.integers(0, DAY),
    end=st.integers(0, DAY),
    overnight=flags,
    override=maybe(flags),
    id=maybe(texts),
    title=maybe(texts),
)
hours = st.builds(Hours, name=st.sampled_from(LABELS), recurrences=st.none() | tuples(recurrences), title=maybe(texts))
ZONES = ("America/Denver", "Europe/Vienna")

#: The facts of each kind, by field; what every node has comes on top.
FACTS: Mapping[type[Node], Mapping[str, st.SearchStrategy[Any]]] = {
    Announce: {"prompt": prompts, "times": st.integers(1, 3), "endless": flags},
    Menu: {
        "greeting": maybe(prompts),
        "notice": maybe(prompts),
        "invalid_prompt": maybe(prompts),
        "exit_prompt": maybe(prompts),
        "transfer_prompt": maybe(prompts),
        "record_pin": maybe(texts),
        "retries": maybe(whole),
        "timeout": maybe(numbers),
        "interdigit_timeout": maybe(numbers),
        "max_digits": maybe(whole),
        "direct_dial": maybe(flags),
    },
    Ring: {
        "targets": tuples(ring_targets),
        "order": st.sampled_from(("together", "in turn", "weighted")),
        "timeout": maybe(numbers),
        "repeats": st.integers(1, 3),
        "decline_ends": flags,
        "whisper": maybe(prompts),
    },
    Schedule: {"timezone": maybe(st.sampled_from(ZONES)), "hours": tuples(hours)},
    Region: {
        "by": maybe(st.sampled_from(("area code", "postal code", "nearest area code", "nearest postal code", "state"))),
        "radius": maybe(numbers),
        "ask": maybe(flags),
        "places": tuples(places),
    },
    CallerMatch: {"pattern": maybe(texts), "list": maybe(references)},
    Split: {"shares": st.dictionaries(st.sampled_from(LABELS), numbers, max_size=3)},
    Voicemail: {"mailbox": maybe(references), "greeting": maybe(prompts)},
    Queue: {"queue": maybe(references), "priority": maybe(whole)},
    Subflow: {"flow": maybe(references)},
    Fax: {"box": maybe(references), "recipients": tuples(texts)},
    Conference: {"room": maybe(references)},
    Directory: {"directory": maybe(references)},
    Park: {"slot": maybe(texts)},
    SetCallerId: {"name": maybe(texts), "number": maybe(texts)},
    RecordCall: {"on": flags},
    SetLanguage: {"language": texts},
    SetVariable: {"values": st.dictionaries(texts, json_values, max_size=2)},
    Notify: {"recipients": tuples(texts | references), "when": maybe(st.sampled_from(("missed", "now", "end")))},
    Webhook: {"url": maybe(texts), "method": maybe(st.sampled_from(("GET", "POST")))},
    Pause: {"seconds": numbers},
    Reject: {"code": whole, "reason": maybe(texts), "prompt": maybe(prompts)},
    Hangup: {},
    VendorNode: {"provider": texts, "word": texts, "data": json_values, "passes": maybe(st.sampled_from(LABELS))},
}

entry_points = st.builds(EntryPoint, kind=st.sampled_from(("number", "extension", "pattern", "placeholder")), value=texts)
settings = st.builds(
    Settings,
    active=maybe(flags),
    notify=tuples(texts),
    spam_filter=maybe(flags),
    spam_threshold=maybe(whole),
)
resources = st.builds(
    Resource, provider=st.just("vinix"), section=st.sampled_from(("menus", "media")), id=texts, document=json_values
)


def nodes(kind: type[Node] | None = None, ids: tuple[str, ...] = ()) -> st.SearchStrategy[Node]:
    """A node of this kind, or of any; its exits lead to these ids."""
    if kind is None:
        return st.sampled_from(list(KINDS.values())).flatmap(lambda one: nodes(one, ids))
    exits = st.dictionaries(st.sampled_from(LABELS), st.sampled_from(ids), max_size=3) if ids else st.just({})
    return st.builds(kind, exits=exits, label=maybe(texts), extras=maybe(extras).map(lambda e: e or {}), **FACTS[kind])


@st.composite
def flows(draw: st.DrawFn, depth: int = 2) -> Flow:
    """A flow; ``depth``: how far subflows may have subflows."""
    ids = tuple(draw(st.lists(st.sampled_from(NODE_IDS), unique=True, max_size=5)))
    flow = Flow(
        name=draw(maybe(texts)),
        start=draw(st.sampled_from((None, *ids))),
        nodes={node_id: draw(nodes(ids=ids)) for node_id in ids},
        entry_points=draw(tuples(entry_points)),
        settings=draw(settings),
        resources=draw(tuples(resources, 2)),
        extras=draw(extras),
    )
    if depth and draw(st.integers(0, 3)) == 0:
        flow = evolve(flow, subflows=draw(st.dictionaries(texts, flows(depth=depth - 1), max_size=2)))
    return flow
