"""What a user may know that the vendor does not document, as the table ``[convirza-v2]`` of a settings file.

Every setting names the code of the problem that it resolves. The surprise: the three settings about the flat schedule belong
together, because a row whose zone, day or time nobody knows leaves the whole schedule in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unicall.adapter import Setting
from unicall.hours import WEEKDAYS
from unicall.wire import Json, Wrong, brief
from unicall_convirza.facts import DAYS, RING_SECONDS, ZONES, Facts, plain

T = TypeVar("T")

_LONGEST_RING = 60
_NAMED_DAYS: Mapping[str, tuple[str, ...]] = {**{str(name): days for name, days in DAYS.items()}, **{d: (d,) for d in WEEKDAYS}}


def _text(raw: Json) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise Wrong("text that is not empty")
    return raw


def _seconds(raw: Json) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw <= _LONGEST_RING:
        raise Wrong(f"a number of seconds above 0 and at most {_LONGEST_RING}")
    return plain(raw)


def _timezone(raw: Json) -> str:
    expected = 'a time zone like "America/Denver"'
    if not isinstance(raw, str):
        raise Wrong(expected)
    try:
        return ZoneInfo(raw).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Wrong(expected) from None


def _days(raw: Json) -> tuple[str, ...]:
    expected = f'a list of days out of {", ".join(WEEKDAYS)}, or a word like "Mon-Fri"'
    words = [raw] if isinstance(raw, str) else raw
    if not isinstance(words, list | tuple) or not words or not all(isinstance(word, str) and word in _NAMED_DAYS for word in words):
        raise Wrong(expected)
    return tuple(day for day in WEEKDAYS if any(day in _NAMED_DAYS[word] for word in words))


def _word_of(*words: str) -> Callable[[Json], str]:
    def check(raw: Json) -> str:
        if not isinstance(raw, str) or raw not in words:
            raise Wrong("one of " + ", ".join(map(brief, words)))
        return raw

    return check


def _integer_key(key: Json) -> int:
    if isinstance(key, int) and not isinstance(key, bool):
        return key
    if isinstance(key, str) and re.fullmatch(r"0|-?[1-9][0-9]{0,8}", key):
        return int(key)
    raise Wrong("a table whose keys are whole numbers")


def _table(key: Callable[[Json], Any], value: Callable[[Json], T]) -> Callable[[Json], dict[Any, T]]:
    """A table in which every entry passes; what is wrong with an entry is said with its name."""

    def check(raw: Json) -> dict[Any, T]:
        if not isinstance(raw, Mapping) or not raw:
            raise Wrong("a table with at least one entry")
        found = {}
        for name, entry in raw.items():
            try:
                found[key(name)] = value(entry)
            except Wrong as wrong:
                raise Wrong(f"{wrong.expected} at {brief(name)}, which is {brief(entry)}") from None
        return found

    return check


SETTINGS: Mapping[str, Setting] = {
    "schedule_zones": Setting(
        code="UC104",
        meaning="the time zones behind the integers of schedule_route.timezone",
        example='schedule_zones = { 4 = "America/Denver" }',
        check=_table(_integer_key, _timezone),
    ),
    "schedule_days": Setting(
        code="UC104",
        meaning="the days behind the integers of schedule_route.options.day",
        example='schedule_days = { 1 = ["MO"], 2 = ["TU"], 8 = "Mon-Fri" }',
        check=_table(_integer_key, _days),
    ),
    "schedule_times": Setting(
        code="UC104",
        meaning="what the integers of from_time and to_time count: minutes of the day, or hours and minutes as 1730",
        example='schedule_times = "minutes"',
        check=_word_of("minutes", "HHMM"),
    ),
    "day_ids": Setting(
        code="UC101",
        meaning="the days behind words of schedule_days.id that unicall does not know",
        example='day_ids = { "Mon-Thu" = ["MO", "TU", "WE", "TH"] }',
        check=_table(_text, _days),
    ),
    "zone_names": Setting(
        code="UC101",
        meaning="the time zones behind words of scheduleRoute.timezone that unicall does not know",
        example='zone_names = { "Alaska" = "America/Anchorage" }',
        check=_table(_text, _timezone),
    ),
    "time_text": Setting(
        code="UC101",
        meaning="how the times of a schedule are written; both ways are read",
        example='time_text = "HH:mm"',
        check=_word_of("hh:mm AM/PM", "HH:mm"),
    ),
    "ring_seconds": Setting(
        code="UC301",
        meaning="how long one ring lasts",
        example=f"ring_seconds = {RING_SECONDS}",
        check=_seconds,
    ),
    "wrap": Setting(
        code="UC209",
        meaning="the text of a menu with the one key 1, in which a schedule, a choice by region or a voicemail is created that no"
        " request can have at its start; without it, such a route is left out",
        example='wrap = "Thank you for calling. Please press 1."',
        check=_text,
    ),
}


def facts_of(known: Mapping[str, Any]) -> Facts:
    """What is known with these settings, which passed their checks."""
    return Facts(
        ring_seconds=known.get("ring_seconds", RING_SECONDS),
        zones={**ZONES, **known.get("zone_names", {})},
        days={**DAYS, **known.get("day_ids", {})},
        times=known.get("time_text", "hh:mm AM/PM"),
        flat_zones=known.get("schedule_zones", {}),
        flat_days=known.get("schedule_days", {}),
        flat_times=known.get("schedule_times"),
    )
