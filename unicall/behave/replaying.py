"""Recorded calls, run through a flow: which of them could not have ended where they did.

The moment and the caller of a recorded call are known; the keys, the shares and who else was busy are not. What is not known widens
what is possible and is never guessed: a call is only named where nothing that it could have brought leads to where it ended.

What surprises people: a call that was transferred can have ended anywhere, and so can every call that passes something that nobody
can judge. Where nobody recorded who called, or for how long, anybody may have, and for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from attrs import Factory, define, frozen

from unicall.behave.asking import KEYS, InZone
from unicall.behave.calls import End
from unicall.behave.machine import (
    AsksCaller,
    AsksDraw,
    AsksKey,
    AsksList,
    AsksPlace,
    AsksTime,
    Ends,
    Goes,
    Machine,
    Move,
    Next,
    Opaque,
    Point,
    Say,
    Sounds,
    Takes,
    Way,
)
from unicall.behave.records import CallRecord
from unicall.behave.running import area_code, first_to_hold, matches
from unicall.behave.words import name_of
from unicall.graph import Flow

_EXAMPLES = 5
_LATER = timedelta(minutes=5)  # how long a call may listen to menus before it comes to the hours
_MOST = 20_000  # places that one call can come to; flows that run each other over and over are not followed further


_TAKEN: frozenset[End] = frozenset({"queue", "handover"})  # who answers there stands in no flow


@frozen
class Endings:
    """Everything that can become of a call: who can be rung, and how it can end. ``judged`` False: and anything else."""

    rings: frozenset[str] = frozenset()
    ends: frozenset[End] = frozenset()
    judged: bool = True


@frozen
class Cause:
    """Calls that could not have ended where they did, for one and the same reason. ``records`` are the first few of ``count``."""

    why: str
    where: str
    count: int
    first: datetime
    last: datetime
    records: tuple[CallRecord, ...]

    def __str__(self) -> str:
        """In one line."""
        ids = [record.id for record in self.records if record.id is not None]
        shown = f" (call {', '.join(ids)}{', ...' if self.count > len(ids) else ''})" if ids else ""
        days = f"{self.first:%Y-%m-%d}" + ("" if self.first.date() == self.last.date() else f" to {self.last:%Y-%m-%d}")
        return f"{self.count:,} {'call' if self.count == 1 else 'calls'} {self.why}, {days}{shown}"


@frozen(kw_only=True)
class Replay:
    """What came of it. ``impossible``: what the flow could not have done, most calls first; ``after``: what only the second cannot.

    ``unjudged``: calls behind something that nobody can judge. ``outbound``: calls that came through no flow.
    """

    total: int
    outbound: int = 0
    unjudged: int = 0
    impossible: tuple[Cause, ...] = ()
    after: tuple[Cause, ...] | None = None

    @property
    def agrees(self) -> bool:
        """Whether every call could have ended where it did, in both flows."""
        return not self.impossible and not self.after

    def __str__(self) -> str:
        """In lines, as people read them."""
        inbound = self.total - self.outbound
        lines = [f"{inbound:,} {'call' if inbound == 1 else 'calls'}"]
        if self.outbound:
            lines.append(f"{self.outbound:,} more went out, and are left out")
        if self.unjudged:
            lines.append(f"{self.unjudged:,} of them pass something that nobody can judge")
        lines += [f"  {cause}" for cause in self.impossible]
        if not self.impossible:
            lines.append("  all could have ended where they did")
        if self.after is not None:
            lines.append("after the change:")
            lines += [f"  {cause}" for cause in self.after] or ["  none has to end elsewhere"]
        return "\n".join(lines)


def replay(flow: Flow, calls: Iterable[CallRecord], after: Flow | None = None, names: Mapping[str, str] | None = None) -> Replay:
    """Which recorded calls could not have ended where they did in this flow; and, of the others, not in the flow ``after`` it.

    ``names``: what is called so in ``flow`` is called so in ``after``.
    """
    first = _Possible(Machine(flow))
    second = None if after is None else _Possible(Machine(after), names or {})
    found, later = _Causes(), _Causes()
    total = outbound = unjudged = 0
    for record in calls:
        total += 1
        if record.outbound:
            outbound += 1
            continue
        endings = first.endings(record)
        why = first.why_not(record, endings)
        if why is not None:
            found.add(why, record)
            continue
        unjudged += not endings.judged
        why = None if second is None else second.why_not(record, second.endings(record))
        if why is not None:
            later.add(why, record)
    moved = None if second is None else later.told()
    return Replay(total=total, outbound=outbound, unjudged=unjudged, impossible=found.told(), after=moved)


@define
class _Causes:
    """Calls by why they could not have ended where they did."""

    found: dict[tuple[str, str], list[CallRecord]] = Factory(dict)

    def add(self, why: tuple[str, str], record: CallRecord) -> None:
        self.found.setdefault(why, []).append(record)

    def told(self) -> tuple[Cause, ...]:
        causes = []
        for (why, where), records in self.found.items():
            moments = [record.started for record in records]
            causes.append(Cause(why, where, len(records), min(moments), max(moments), tuple(records[:_EXAMPLES])))
        return tuple(sorted(causes, key=lambda cause: -cause.count))


class _Possible:
    """What can become of calls in one flow, worked out once for all calls that it cannot tell apart."""

    def __init__(self, machine: Machine, names: Mapping[str, str] | None = None) -> None:
        self.machine = machine
        self.names = names or {}
        self.numbers = {entry.value for entry in machine.flow.entry_points if entry.kind == "number"}
        self.known: dict[tuple[object, ...], Endings] = {}
        moves = [move for place, _ in machine.places() for move in machine.moves_of(place)]
        self.asked = list(dict.fromkeys((move.timezone, move.hours) for move in moves if isinstance(move, AsksTime)))
        self.patterns = list(dict.fromkeys(move.pattern for move in moves if isinstance(move, AsksCaller)))
        self.by_code = any(isinstance(move, AsksPlace) and move.by_caller for move in moves)
        self.ever = frozenset(name for move in moves if isinstance(move, Sounds) for name in move.targets)

    def endings(self, record: CallRecord) -> Endings:
        """All that can become of a call that begins at this moment, from this caller. It may come to any hours a little later."""
        caller = record.caller if (record.caller or "").startswith("+") else None
        listens = _LATER if record.seconds is None else min(_LATER, timedelta(seconds=record.seconds))
        moments = (record.started, record.started + listens)
        hours = tuple(tuple({first_to_hold(hours, at, zone): None for at in moments}) for zone, hours in self.asked)
        nobody = record.caller is None and (self.patterns or self.by_code)
        known = () if nobody else (*(matches(pattern, caller) for pattern in self.patterns), self.by_code and area_code(caller))
        key = (hours, known)
        if key not in self.known:
            ways = dict(zip(self.asked, hours, strict=True))
            self.known[key] = _Reach(self.machine, ways, caller, anybody=bool(nobody)).endings()
        return self.known[key]

    def why_not(self, record: CallRecord, endings: Endings) -> tuple[str, str] | None:
        """Why the call could not have ended as recorded, and where it did; None where it could."""
        if self.numbers and record.dialled is not None and record.dialled not in self.numbers:
            return f"came in on {name_of(record.dialled)}, which is no number of this flow", record.dialled
        if not endings.judged:
            return None
        if record.outcome == "voicemail" and "voicemail" not in endings.ends:
            return "left a message, which no branch open at that time takes", "voicemail"
        if record.outcome == "transferred":
            return None
        rang = record.rang if record.rang is None else self.names.get(record.rang, record.rang)
        if rang is not None and rang not in endings.rings and not _TAKEN & endings.ends:
            then = "which no branch open at that time rings" if rang in self.ever else "which this flow never rings"
            ended = "left a message for" if record.outcome == "voicemail" else "ended at"
            return f"{ended} {name_of(rang)}, {then}", rang
        if record.outcome == "answered" and not ({"answered"} | _TAKEN) & endings.ends:
            return "had somebody answer, though nobody rings at that time", "answered"
        return None


class _Reach:
    """Every way that one call can go. ``hours``: which may be the first to hold; ``anybody``: nobody recorded who called."""

    def __init__(self, machine: Machine, hours: Mapping[InZone, tuple[int, ...]], caller: str | None, *, anybody: bool) -> None:
        self.machine = machine
        self.hours = hours
        self.caller = caller
        self.anybody = anybody
        self.rings: set[str] = set()
        self.ends: set[End] = set()
        self.judged = True

    def endings(self) -> Endings:
        seen: set[Point] = set()
        todo: list[Next] = [Way(self.machine.start)]
        while todo:
            if len(seen) > _MOST:
                self.judged = False
                break
            way = todo.pop()
            if not isinstance(way, Way):
                self.stop(way)
            elif way.point not in seen:
                seen.add(way.point)
                todo.extend(self.onward(self.machine.move(way.point)))
        return Endings(frozenset(self.rings), frozenset(self.ends), self.judged)

    def stop(self, move: Opaque | Ends) -> None:
        if isinstance(move, Opaque):
            self.judged = False
        else:
            self.ends.add(move.end)

    def onward(self, move: Move) -> Iterable[Next]:
        match move:
            case Ends() | Opaque():
                self.stop(move)
                return ()
            case Goes(then) | Say(then=then):
                return (then,)
            case Sounds(targets=targets, after=after):
                self.rings.update(targets)
                self.ends.add("answered")
                return after.values()
            case Takes(end=end, otherwise=otherwise):
                self.ends.add(end)
                return () if end == "reject" else (otherwise,)
            case AsksTime(timezone, hours, ways):
                return [ways[number] for number in self.hours[timezone, hours]]
            case AsksCaller(pattern, match, no_match):
                return (match, no_match) if self.anybody else (match if matches(pattern, self.caller) else no_match,)
            case AsksPlace():
                return self.places(move)
            case AsksList(_, match, no_match):
                return (match, no_match)
            case AsksKey(press, labels):
                return [press(key) for key in (*labels, *KEYS)]
            case AsksDraw(ways=ways):
                return ways

    def places(self, move: AsksPlace) -> Iterable[Next]:
        """By the area code where it says so; else any place, because nobody recorded where the caller was."""
        code = area_code(self.caller)
        if not move.by_caller or code is None:
            return move.ways
        return (next((way for codes, way in zip(move.area_codes, move.ways, strict=False) if code in codes), move.ways[-1]),)
