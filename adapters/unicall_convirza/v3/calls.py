"""The calls list: recorded calls, and what they show of the routes that they came through.

Documented: every field below, the answer around the calls, and the words for how a call ended. Not documented: the ``call_flow``
block (asked for with ``include``), and whether the answer to a call's id holds the call alone or a list of it (both are read).

What surprises people: a list of calls is evidence, and no configuration. It shows which numbers are dialled and who is to ring
first; hours, menus, overflow and voicemail cannot be told from it. So a flow read from calls rings the default number and nothing
else, one problem says what else was seen, and the calls themselves come along as a document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final, NoReturn, TypeAlias, cast, get_args, get_type_hints

from attrs import Factory, evolve, fields, frozen

from unicall.adapter import Reading
from unicall.behave.records import CallRecord, Outcome, moment, number_or_text, outcome_of
from unicall.graph import (
    START,
    Flow,
    Hangup,
    Reference,
    Resource,
    Ring,
    RingTarget,
    Target,
    text_of,
)
from unicall.problem import DocumentError
from unicall.wire import Json, Log, Strange, Wrong, brief, flag, number, pointer, same
from unicall_convirza import facts
from unicall_convirza.v3.number import AGENT, FIRST, PROVIDER, WAY_IN, parse_target
from unicall_convirza.v3.reading import Draft

SECTION: Final = "calls"  # the section of the resource that holds the calls of a route
BLOCK: Final = "call_flow"

#: How sure it is that the vendor writes a word.
DOCUMENTED, ASSUMED = "documented, as a value to filter calls by", "not documented; said to be stored with calls"

#: The words for how a call ended: what each means, and how sure the word is. None: nobody knows. Words are compared in any case.
DISPOSITIONS: Final[Mapping[str, tuple[Outcome | None, str]]] = {
    "ANSWERED": ("answered", DOCUMENTED),
    "NO ANSWER": ("no_answer", DOCUMENTED),
    "BUSY": ("busy", DOCUMENTED),
    "FAILED": ("failed", DOCUMENTED),
    "VOICEMAIL": ("voicemail", DOCUMENTED),
    "ABANDONED": ("abandoned", DOCUMENTED),
    "TRANSFERRED": ("transferred", DOCUMENTED),
    "CALLER HANGUP": (None, ASSUMED),
    "HANGUP": (None, ASSUMED),
    "NONE": (None, ASSUMED),
}

Id: TypeAlias = int | str


# What a call is. The names are the vendor's. ``extras`` keeps fields that nobody knows, and values of an unexpected kind.


@frozen(kw_only=True)
class VoiceAgentData:
    """What an AI voice agent did in the call."""

    voiceagent_id: Id | None = None
    voiceagent_name: str | None = None
    outcome: bool | None = None
    summary: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone_number: str | None = None
    requested_time: str | None = None
    appointment_date: str | None = None
    appointment_time: str | None = None
    additional_info: Mapping[str, Json] = Factory(dict)
    extras: Mapping[str, Json] = Factory(dict)


@frozen(kw_only=True)
class RecordingDetails:
    """The recording. ``url`` is good for seven days, until ``expires_at`` (seconds since 1970)."""

    recording_id: Id | None = None
    filename: str | None = None
    url: str | None = None
    expires_at: float | None = None
    channel_layout: str | None = None
    frequency: str | None = None
    format: str | None = None
    duration: str | None = None
    bitrate: str | None = None
    size: str | None = None
    extras: Mapping[str, Json] = Factory(dict)


@frozen(kw_only=True)
class CallDetail:
    """What belongs to the call beside its routing. ``ring_to_name`` is a name for who took it."""

    bill_second: float | None = None
    call_value: float | None = None
    dni_log_id: Id | None = None
    is_outbound: bool | None = None
    cdr_source: str | None = None
    call_ended: str | None = None
    analytic_status: str | None = None
    call_mine_status: str | None = None
    call_created: str | None = None
    mined_timestamp: str | None = None
    ring_to_name: str | None = None
    channel_id: Id | None = None
    channel_category: str | None = None
    channel_sub_category: str | None = None
    channel: str | None = None
    extras: Mapping[str, Json] = Factory(dict)


@frozen(kw_only=True)
class CustomSource:
    """Where the caller came from, in the account's own words."""

    custom_source_id: Id | None = None
    custom_source_name: str | None = None
    custom_source_created: str | None = None
    extras: Mapping[str, Json] = Factory(dict)


@frozen(kw_only=True)
class CustomSources:
    """At most five of them."""

    custom_source_type_1: CustomSource | None = None
    custom_source_type_2: CustomSource | None = None
    custom_source_type_3: CustomSource | None = None
    custom_source_type_4: CustomSource | None = None
    custom_source_type_5: CustomSource | None = None
    extras: Mapping[str, Json] = Factory(dict)


@frozen(kw_only=True)
class Tag:
    """A tag that an agent, or a rule, put on the call."""

    tag_id: Id | None = None
    ct_user_id: Id | None = None
    call_tag_created: str | None = None
    tag_name: str | None = None
    tag_created: str | None = None
    tag_active: bool | None = None
    extras: Mapping[str, Json] = Factory(dict)


@frozen(kw_only=True)
class Comment:
    """A note that an agent wrote."""

    note_id: Id | None = None
    call_id: Id | None = None
    note: str | None = None
    created_on: str | None = None
    updated_on: str | None = None
    ct_user_id: Id | None = None
    first_name: str | None = None
    last_name: str | None = None
    extras: Mapping[str, Json] = Factory(dict)


@frozen(kw_only=True)
class Indicator:
    """A score that the vendor's analysis gave the call."""

    indicator_id: Id | None = None
    score_id: Id | None = None
    score_value: float | None = None
    indicator_name: str | None = None
    external_id: Id | None = None
    indicator_active: bool | None = None
    indicator_created: str | None = None
    agent: str | None = None
    scorecard: str | None = None
    outcome: str | None = None
    extras: Mapping[str, Json] = Factory(dict)


@frozen(kw_only=True)
class Call:
    """One call of the list. ``call_flow`` is kept as it stands: nobody knows its shape."""

    call_id: Id | None = None
    provisioned_route_id: Id | None = None
    org_unit_id: Id | None = None
    disposition: str | None = None
    duration: float | None = None
    caller_id: str | None = None
    phone_number: str | None = None
    ring_to: str | None = None
    default_ring_to: str | None = None
    repeat_call: bool | None = None
    call_started: datetime
    campaign_id: Id | None = None
    campaign_name: str | None = None
    campaign_ext_id: Id | None = None
    user_id: Id | None = None
    group_name: str | None = None
    ai_caller_identity: str | None = None
    voiceagent_data: VoiceAgentData | None = None
    recording_details: RecordingDetails | None = None
    call_detail: CallDetail | None = None
    custom_sources: CustomSources | None = None
    tags: tuple[Tag, ...] = ()
    comments: tuple[Comment, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    call_flow: Json = None
    summary: str | None = None
    transcription: str | None = None
    extras: Mapping[str, Json] = Factory(dict)

    @property
    def route(self) -> str | None:
        """The id of the route that it came through, as text."""
        return None if self.provisioned_route_id in (None, "") else str(self.provisioned_route_id)

    @property
    def outbound(self) -> bool:
        """Whether somebody called out, and came through no flow."""
        return self.call_detail is not None and self.call_detail.is_outbound is True

    @property
    def agent(self) -> Reference | None:
        """The AI voice agent that took part."""
        found = None if self.voiceagent_data is None else self.voiceagent_data.voiceagent_id
        return None if found in (None, "") else Reference(PROVIDER, AGENT, str(found))

    @property
    def took(self) -> str | None:
        """Who the call went to, on one line: a number, else the agent."""
        return target_text(self.ring_to) or (None if self.agent is None else text_of(self.agent))

    @property
    def outcome(self) -> Outcome | None:
        """What the disposition means."""
        return None if self.disposition is None else meaning(self.disposition)


@cache
def meaning(disposition: str) -> Outcome | None:
    """What a word for the end of a call means; None for one that nobody knows."""
    known = DISPOSITIONS.get(disposition.strip().upper())
    return outcome_of(disposition) if known is None else known[0]


@cache
def target_text(raw: str | None) -> str | None:
    """Who rings, on one line."""
    target = None if raw is None else parse_target(raw)
    return None if target is None else text_of(target)


def record_of(call: Call) -> CallRecord:
    """The call as unicall has it for all carriers."""
    return CallRecord(
        id=None if call.call_id is None else str(call.call_id),
        started=call.call_started,
        caller=number_or_text(call.caller_id),
        dialled=number_or_text(call.phone_number),
        rang=call.took,
        disposition=call.disposition or "",
        outcome=call.outcome,
        seconds=call.duration,
        flow=call.route,
        default_rang=target_text(call.default_ring_to),
        outbound=call.outbound,
    )


# Reading a call. The classes above are the table of its fields: how each is read follows from its type.

_Read: TypeAlias = Callable[[Json, str, Log], Any]  # raises Strange for a value of another kind, Wrong for another shape


def read_call(raw: Json, at: str, log: Log) -> Call | None:
    """One call; None where it cannot be read, and the log says why."""
    if not isinstance(raw, dict):
        log.refuse(at, f"expected a call, got {brief(raw)}")
        return None
    if raw.get("call_started") is None:
        log.refuse(at, "has no call_started")
        return None
    before = len(log.errors)
    values = _read_fields(Call, raw, at, log)
    return Call(**values) if len(log.errors) == before else None


def _read_fields(kind: type, raw: Mapping[str, Json], at: str, log: Log) -> dict[str, Any]:
    readers = _readers(kind)
    values: dict[str, Any] = {}
    extras: dict[str, Json] = {}
    for name, value in raw.items():
        usual, read = readers.get(name, _UNKNOWN)
        if type(value) in usual:
            values[name] = value
        elif read is None:
            extras[name] = value
        elif value is not None:
            try:
                values[name] = read(value, at, log)
            except Strange:
                extras[name] = value
            except Wrong as wrong:
                log.refuse(pointer(at, name), f"expected {wrong.expected}, got {brief(value)}")
    if extras:
        values["extras"] = extras
    return values


_Reader: TypeAlias = tuple[frozenset[type], _Read | None]  # the types of values that need no reading, and how others are read
_UNKNOWN: _Reader = (frozenset(), None)


@cache
def _readers(kind: type) -> Mapping[str, _Reader]:
    """How each field of a class is read."""
    hints = get_type_hints(kind)
    return {field.name: _reader(field.name, hints[field.name]) for field in fields(kind) if field.name != "extras"}


def _reader(name: str, hint: Any) -> _Reader:
    if hint in _SCALARS:
        return _SCALARS[hint]
    inner = next(one for one in get_args(hint) if one not in (type(None), Ellipsis))
    if hint == inner | None:
        return frozenset(), lambda value, at, log: _read_object(inner, name, value, at, log)
    return frozenset(), lambda value, at, log: _read_list(inner, name, value, at, log)


def _read_object(kind: type, name: str, value: Json, at: str, log: Log) -> Any:
    if not isinstance(value, dict):
        raise Wrong("an object")
    return kind(**_read_fields(kind, value, f"{at}/{name}", log))


def _read_list(kind: type, name: str, value: Json, at: str, log: Log) -> Any:
    if not isinstance(value, list):
        raise Wrong("an array of objects")
    found = []
    for index, item in enumerate(value):
        place = f"{at}/{name}/{index}"
        if isinstance(item, dict):
            found.append(kind(**_read_fields(kind, item, place, log)))
        else:
            log.refuse(place, f"expected an object, got {brief(item)}")
    return tuple(found)


def _started(value: Json, at: str, log: Log) -> datetime:
    found = moment(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong("a time in ISO 8601")
    return found


def _refuse_as_object(value: Json, at: str, log: Log) -> NoReturn:
    raise Wrong("an object")


_SCALARS: Mapping[Any, _Reader] = {
    str | None: (frozenset((str,)), lambda value, at, log: facts.text_of(value)),
    Id | None: (frozenset((str, int)), lambda value, at, log: facts.text_of(value)),
    float | None: (frozenset((int, float)), lambda value, at, log: number.decode(value)),
    bool | None: (frozenset((bool,)), lambda value, at, log: flag.decode(value)),
    datetime: (frozenset(), _started),
    Mapping[str, Any]: (frozenset((dict,)), _refuse_as_object),
    Any: (frozenset(), lambda value, at, log: value),
}


# The answers that hold calls.

_MARKS = frozenset(("call_id", "call_started", "disposition", "caller_id"))


def is_call(raw: Json) -> bool:
    """Whether this looks like a call of the list."""
    return isinstance(raw, dict) and len(_MARKS & raw.keys()) > 1


def _is_page(raw: Json) -> bool:
    return isinstance(raw, dict) and "code" in raw and ("data" in raw or "request_id" in raw)


def holds_calls(document: Json) -> bool:
    """Whether this looks like a call, a list of calls, an answer that holds some, or a list of such answers."""
    if isinstance(document, list):
        first = document[0] if document else None
        return is_call(first) or (isinstance(first, dict) and _is_page(first) and _is_data(first.get("data")))
    return _is_data(document.get("data") if _is_page(document) else document)


def _is_data(data: Json) -> bool:
    """Whether this looks like the data of an answer: calls under their name, a list of them, or a call alone."""
    if isinstance(data, list):
        return bool(data) and is_call(data[0])
    return is_call(data) or (isinstance(data, dict) and "calls" in data and data.keys() <= {"calls", "total"})


class Calls(list[Json]):
    """The calls of one route as they stand in a document, and where each of them stands.

    ``given``: how many calls the document holds for all routes; ``total``: how many there are, as it says.
    """

    def __init__(self, calls: Iterable[tuple[str, Json]] = (), given: int = 0, total: float | None = None) -> None:
        placed = list(calls)
        super().__init__(raw for _, raw in placed)
        self.places = [at for at, _ in placed]
        self.given = given
        self.total = total


def by_route(document: Json) -> Iterator[tuple[str, Json]]:
    """The calls of each route, with the pointer of the first. A call that is alone yields itself. Raises DocumentError."""
    data, at = (document.get("data"), "/data") if _is_page(document) else (document, "")
    if is_call(data):
        listed(document)
        yield at, data
        return
    groups: dict[tuple[str, str], list[tuple[str, Json]]] = {}
    found, total = listed(document)
    for place, raw in found:
        groups.setdefault(_key(raw, place), []).append((place, raw))
    for calls in groups.values():
        yield calls[0][0], Calls(calls, len(found), total)


def _key(raw: Json, at: str) -> tuple[str, str]:
    """What calls of one route share: its id; where they have none, the number that was called (a number belongs to one route:
    assumed)."""
    if not isinstance(raw, dict):
        return "place", at
    for name in ("provisioned_route_id", "phone_number"):
        try:
            text = facts.text_of(raw[name]) if raw.get(name) is not None else ""
        except (Strange, Wrong):
            text = ""
        if text:
            return name, number_or_text(text) or "" if name == "phone_number" else text
    return "nothing", ""


def listed(document: Json) -> tuple[list[tuple[str, Json]], float | None]:
    """Every call of a document with its pointer, and how many there are as it says. Raises DocumentError."""
    answers = [("", document)]
    if isinstance(document, list) and document and _is_page(document[0]):
        answers = [(f"/{index}", page) for index, page in enumerate(document)]
    found: list[tuple[str, Json]] = []
    totals: list[float] = []
    for at, answer in answers:
        data, inside = (_data_of(answer, at), f"{at}/data") if _is_page(answer) else (answer, at)
        total = data.get("total") if isinstance(data, dict) else None
        totals += [total] if isinstance(total, int | float) else []
        found += _calls_in(data, inside)
    return found, max(totals, default=None)


def _data_of(answer: Mapping[str, Json], at: str) -> Json:
    if not str(answer["code"]).startswith("2"):
        raise DocumentError(f"is an error answer: {brief(answer.get('message'))}", pointer=f"{at}/code")
    return answer.get("data")


def _calls_in(data: Json, at: str) -> Iterator[tuple[str, Json]]:
    calls, base = (data["calls"], f"{at}/calls") if isinstance(data, dict) and "calls" in data else (data, at)
    if isinstance(calls, list):
        return ((f"{base}/{index}", call) for index, call in enumerate(calls))
    if is_call(calls):
        return iter([(base, calls)])
    raise DocumentError(f"expected a list of calls, got {brief(calls)}", pointer=base)


def records(document: Json) -> Iterator[tuple[str, CallRecord]]:
    """Every call of a document as unicall has it for all carriers, with its pointer. Raises DocumentError."""
    log = Log()
    for at, raw in listed(document)[0]:
        call = read_call(raw, at, log)
        if call is not None:
            yield at, record_of(call)
    log.check()


# What calls show of their route.

#: Reads a block as a route; None where it cannot be read as one.
ReadBlock: TypeAlias = Callable[[Json, str, Log], Reading | None]


@frozen
class _Seen:
    """A call and where it stands."""

    at: str
    raw: Mapping[str, Json]
    call: Call

    def place(self, name: str, *more: str) -> str:
        """Where a field stands, or should."""
        return pointer(self.at, name, *more) if name in self.raw else self.at


def parse_calls(record: Json, at: str, log: Log, read_block: ReadBlock) -> Reading:
    """The flow that these calls came through, as far as they show it."""
    calls = record if isinstance(record, Calls) else Calls(_calls_in(record, at))
    seen = [
        _Seen(place, raw, call)
        for place, raw in zip(calls.places, calls, strict=True)
        if (call := read_call(raw, place, log)) is not None
    ]
    log.check()
    if not seen:
        raise DocumentError("holds no call", pointer=at)
    by_time = sorted((one for one in seen if not one.call.outbound), key=lambda one: one.call.call_started)
    reading, said = _configured(by_time, log, read_block) or _observed(by_time, seen[0], log)
    first, name = seen[0], seen[0].call.route
    known = "provisioned_route_id" if name else "phone_number"
    shows = "; ".join([*([f"route {_plain(name)}"] if name else []), said, *_notes(seen, by_time, reading.flow, calls)])
    log.add("UC111", first.place(known), first.raw.get(known), START, calls=_count(len(seen), "call"), shows=shows)
    raw = record if isinstance(record, dict) else list(calls)
    return _with_ways_in(reading, seen, Resource(PROVIDER, SECTION, name or "", {"raw": raw}))


def _with_ways_in(reading: Reading, seen: list[_Seen], calls: Resource) -> Reading:
    """The flow with the numbers that were called, and the calls."""
    first = seen[0]
    places = {("", ""): first.at, ("", "name"): first.place("provisioned_route_id"), **reading.places}
    places[f"#{SECTION}/{calls.id}", ""] = first.at
    ways_in = list(reading.flow.entry_points)
    for one in seen:
        way_in = None if one.call.phone_number is None or one.call.outbound else WAY_IN.decode(one.call.phone_number)
        if way_in is not None and way_in not in ways_in:
            places["", f"entry_points.{len(ways_in)}"] = one.place("phone_number")
            ways_in.append(way_in)
    return Reading(flow=evolve(reading.flow, entry_points=tuple(ways_in), resources=(calls,)), places=places)


def _configured(by_time: list[_Seen], log: Log, read_block: ReadBlock) -> tuple[Reading, str] | None:
    """The route that the latest block shows, where one can be read."""
    blocks = [one for one in by_time if one.call.call_flow is not None]
    for one in reversed(blocks):
        inner = Log()
        reading = read_block(one.call.call_flow, pointer(one.at, BLOCK), inner)
        if reading is not None and not inner.errors:
            log.problems += inner.problems
            others = sum(not same(other.call.call_flow, one.call.call_flow) for other in blocks)
            said = "the call_flow block of the latest call is read as a route, which the vendor does not document"
            return reading, said + (f", and {_count(others, 'call')} came with another one" if others else "")
    return None


def _observed(by_time: list[_Seen], first: _Seen, log: Log) -> tuple[Reading, str]:
    """The number that is to ring first, as the latest call says; where none says one, the agent that took the latest."""
    draft = Draft(log=log)
    said = "no call says who is to ring first"
    started = next((one for one in reversed(by_time) if FIRST.decode(one.call.default_ring_to or "") is not None), None)
    answered = next((one for one in reversed(by_time) if one.call.agent is not None), None)
    if started is not None:
        target = FIRST.decode(started.call.default_ring_to)
        where = started.place("default_ring_to")
        if target == "hangup":
            draft.add(START, Hangup(), where)
            said = "the latest call says that the carrier hangs up"
        elif target is not None:
            _ring(draft, target, where, by_time)
            said = f"{_plain(text_of(target))} is to ring first, as the latest call says"
    elif answered is not None and (agent := answered.call.agent) is not None:
        _ring(draft, agent, answered.place("voiceagent_data", "voiceagent_id"), by_time)
        said = f"no call says who is to ring first, so {_plain(text_of(agent))} does, which took the latest"
    else:
        draft.nobody(START, "default_ring_to", first.place("default_ring_to"))
    return Reading(flow=Flow(start=START, nodes=draft.nodes, extras={PROVIDER: {"of": SECTION}}), places=draft.places), said


def _ring(draft: Draft, target: Target, where: str, by_time: list[_Seen]) -> None:
    """A ring of this target, with the name that the latest of its calls gives it."""
    named = next((one for one in reversed(by_time) if one.call.took == text_of(target) and _name(one.call)), None)
    label = None if named is None else _name(named.call)
    draft.add(START, Ring(targets=(RingTarget(target),), label=label), where, **{"targets.0.target": where})
    if named is not None:
        draft.places[START, "label"] = named.place("call_detail", "ring_to_name")


def _name(call: Call) -> str | None:
    return (call.call_detail and call.call_detail.ring_to_name) or None


def _notes(seen: list[_Seen], by_time: list[_Seen], flow: Flow, calls: Calls) -> Iterator[str]:
    """What else the calls show: who else took them and when, and how they ended."""
    node = flow.nodes[START]
    first = text_of(node.targets[0].target) if isinstance(node, Ring) else None
    others = [one for one in by_time if (elsewhere := _elsewhere(one.call)) is not None and elsewhere != first]
    if others:
        where = _listing(others, lambda call: f"at {_plain(_elsewhere(call) or '')}", times=True)
        yield f"{_count(len(others), 'call')} ended elsewhere: {where}"
    defaults = [one for one in by_time if target_text(one.call.default_ring_to) not in (None, first)]
    if defaults:
        yield f"another was to ring first: {_listing(defaults, lambda call: target_text(call.default_ring_to) or '')}"
    agents = [one for one in by_time if one.call.agent is not None]
    if agents:
        yield f"AI voice agents took part: {_listing(agents, lambda call: text_of(cast(Reference, call.agent)))}"
    yield f"they ended as {_listing(seen, lambda call: call.disposition or 'nothing')}"
    if len(by_time) < len(seen):
        yield f"{_count(len(seen) - len(by_time), 'call')} went out"
    if "of" in flow.extras[PROVIDER] and (blocks := sum(one.call.call_flow is not None for one in seen)):
        yield f"the call_flow block of {_count(blocks, 'call')} cannot be read, and is kept as it stands"
    if calls.total is not None and calls.total > calls.given > 0:
        yield f"the answer holds {calls.given} of {_plain(str(calls.total))} calls"


def _elsewhere(call: Call) -> str | None:
    """Where the call ended; None where nobody took it."""
    return "voicemail" if call.outcome == "voicemail" else call.took


def _listing(seen: list[_Seen], word: Callable[[Call], str], *, times: bool = False, most: int = 6) -> str:
    """How often each word is said of these calls, the most frequent first; with the first and the last time."""
    counted = Counter(word(one.call) for one in seen)
    parts = []
    for text, n in counted.most_common(most):
        started = sorted(one.call.call_started for one in seen if word(one.call) == text) if times else []
        span = dict.fromkeys(f"{moment:%Y-%m-%d %H:%M}" for moment in (*started[:1], *started[-1:]))
        parts.append(f"{n} {_plain(text)}" + (f" ({' to '.join(span)} UTC)" if span else ""))
    return ", ".join(parts) + (f" and {len(counted) - most} more" if len(counted) > most else "")


def _plain(text: str) -> str:
    return text if text.isprintable() and len(text) <= 60 else brief(text)


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


# The way back.


def calls_of(flow: Flow) -> Json:
    """The calls that a flow was read from, as they stood; None where it was not."""
    kept = [one.document for one in flow.resources if one.provider == PROVIDER and one.section == SECTION]
    return kept[0].get("raw") if len(kept) == 1 and isinstance(kept[0], Mapping) else None
