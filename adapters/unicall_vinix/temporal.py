"""``temporal_route``: the first rule that is active now; rules and rule sets are documents of their own.

What surprises people (Kazoo's source, read): rules are taken in the order ``data.rules``, then child keys in document order, then
``rule_set``; a winning rule without a child goes to ``_`` and no later rule is tried; a window over midnight never matches; dates
are Gregorian seconds; a daily rule with an interval of n first holds n days after its start; Wednesday may be ``wensday``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from unicall.adapter import NEW
from unicall.graph import OTHERWISE, Schedule
from unicall.hours import DAY, Hours, Recurrence
from unicall.wire import (
    Codec,
    Cursor,
    Json,
    Key,
    Put,
    Strange,
    array_of,
    flag,
    integer,
    one_of,
    optional,
    put,
    text,
    verbatim,
)
from unicall_vinix.bundle import write_document
from unicall_vinix.visit import Emission, Visit

GREGORIAN = 62167219200  # seconds from year 0 to 1970
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = date(1983, 4, 11)  # what an absent start_date means: 62586115200
RULE_SET = "rule_set"
UNKNOWN = "Unknown hours: "  # begins the name of a rule that unicall made for hours nobody knows

_WEEKDAYS: Mapping[str | int, str] = {
    "monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH", "friday": "FR", "saturday": "SA", "sunday": "SU",
}  # fmt: skip
_DAY = one_of(_WEEKDAYS)


def _wday(raw: Json) -> str:
    return "WE" if raw == "wensday" else _DAY.decode(raw)


def _dates(zone: str | None) -> Codec[date]:
    """A moment, of which only the day counts that it is in the node's zone; in UTC where the zone is the account's."""
    clock = _clock(zone)

    def decode(raw: Json) -> date:
        seconds = integer.decode(raw)
        try:
            return (EPOCH + timedelta(seconds=seconds - GREGORIAN)).astimezone(clock).date()
        except (OverflowError, ValueError):
            raise Strange("Gregorian seconds") from None

    def encode(day: date) -> int:
        if day == START:
            return 62586115200
        midnight = datetime(day.year, day.month, day.day, tzinfo=clock)
        return int(midnight.timestamp()) + GREGORIAN

    return Codec(decode, encode)


def _clock(zone: str | None) -> tzinfo:
    try:
        return UTC if zone is None else ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        return UTC


def _compact(raw: Json) -> date:
    digits = text.decode(raw)
    try:
        return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise Strange("a date like 20261225") from None


def _zone(raw: Json) -> str | None:
    return None if raw == "inherit" else text.decode(raw)


def _listed(raw: Json) -> tuple[str, ...]:
    return tuple(dict.fromkeys(array_of(text).decode(raw)))


RULES = Key("rules", Codec(_listed, list), ())
SET = Key(RULE_SET, optional(text), None)
TIMEZONE = Key("timezone", optional(Codec(_zone, lambda zone: zone)), None)
ACTION = "action"

NAME = Key("name", optional(text), None)
CYCLE: Key[str | None] = Key(
    "cycle",
    one_of({"date": "once", "daily": "daily", "weekly": "weekly", "monthly": "monthly", "yearly": "yearly"}),
    None,
)
INTERVAL = Key("interval", integer, 1)
DAYS = Key("days", array_of(integer), ())
WDAYS = Key("wdays", array_of(Codec(_wday, _DAY.encode)), ())
ORDINAL: Key[int | None] = Key(
    "ordinal",
    one_of({"every": 0, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}),
    1,
)
MONTH = Key("month", integer, 1)


@lru_cache(64)
def start_date(zone: str | None) -> Key[date]:
    """From which day on a rule holds."""
    return Key("start_date", _dates(zone), START)


@lru_cache(64)
def end_date(zone: str | None) -> Key[date | None]:
    """Until which day a rule holds."""
    return Key("end_date", optional(_dates(zone)), None)


EXCLUDE = Key("exclude", array_of(Codec(_compact, lambda day: day.strftime("%Y%m%d"))), ())
WINDOW_START = Key("time_window_start", integer, 0, always=True)


@lru_cache(1024)
def window_stop(low: int) -> Key[int]:
    """The last second of a window: the one before a full minute, as people write who know that it is in, says that minute."""

    def decode(raw: Json) -> int:
        last = integer.decode(raw)
        return last + 1 if last % 60 == 59 and low < last < DAY else last

    return Key("time_window_stop", Codec(decode, verbatim), DAY, always=True)


ENABLED = Key("enabled", optional(flag), None)
MEMBERS = Key("temporal_rules", array_of(text), ())

_FIELDS: Mapping[str, str] = {
    "frequency": "cycle", "interval": "interval", "weekdays": "wdays", "ordinal": "ordinal", "month_days": "days",
    "month": "month", "first": "start_date", "until": "end_date", "except_days": "exclude", "start": "time_window_start",
    "end": "time_window_stop", "override": "enabled", "title": "name",
}  # fmt: skip


def parse_rule(doc: Cursor, zone: str | None = None) -> Recurrence | None:
    """One rule document, as a node in this zone runs it; None for one whose days nobody can tell."""
    raw = doc.raw
    cycle = raw.get("cycle")
    if not isinstance(cycle, str) or cycle not in ("date", "daily", "weekly", "monthly", "yearly"):
        if not isinstance(cycle, str | None):
            doc.take(CYCLE)
        return None
    by_days = bool(raw.get("days"))
    by_weekday = cycle in ("monthly", "yearly") and not by_days
    wdays = raw.get("wdays") or []
    if by_weekday and isinstance(wdays, list) and len(wdays) != 1:
        return None
    frequency = doc.take(CYCLE)
    weekdays = doc.take(WDAYS) if cycle == "weekly" or by_weekday else ()
    month_days = doc.take(DAYS) if cycle in ("monthly", "yearly") and by_days else ()
    if by_days and not month_days and cycle in ("monthly", "yearly"):
        return None
    ordinal = doc.take(ORDINAL) if by_weekday else 0
    interval = doc.take(INTERVAL) if cycle != "date" else 1
    start = doc.take(start_date(zone))
    first: date | None = start
    if frequency == "daily" and interval > 1:
        first = start + timedelta(days=min(interval, 100000))
    elif start == START and interval == 1 and cycle != "date":
        first = None
    if not 1 <= interval <= 100000 or any(not 1 <= day <= 31 for day in month_days):
        return None
    month = doc.take(MONTH) if cycle == "yearly" else None
    if month is not None and not 1 <= month <= 12:
        return None
    until = doc.take(end_date(zone))
    if zone is not None:
        doc.keep(start_date(zone))
        doc.keep(end_date(zone))
    low = doc.take(WINDOW_START)
    high = doc.take(window_stop(low))
    if high < low:
        doc.warn("UC106", WINDOW_START, why=f"the window ends at {high}, before it starts")
    return Recurrence(
        frequency=frequency,  # type: ignore[arg-type]
        interval=interval,
        weekdays=weekdays,
        ordinal=ordinal or None,
        month_days=month_days,
        month=month,
        first=first,
        until=until,
        except_days=doc.take(EXCLUDE),
        start=low,
        end=high,
        override=doc.take(ENABLED),
        title=doc.take(NAME),
    )


def emit_rule(rule: Recurrence, shape: Json, name: str, zone: str | None = None) -> Json:
    """The rule document: only the keys that its cycle looks at."""
    interval = rule.interval
    start = rule.first or START
    if rule.frequency == "daily" and interval > 1:
        start -= timedelta(days=interval)
    by_weekday = rule.frequency in ("monthly", "yearly") and not rule.month_days
    puts = [
        put(NAME, rule.title if shape is not None else (rule.title or name)[:128]),
        put(CYCLE, rule.frequency),
        put(INTERVAL, interval),
        put(WDAYS, rule.weekdays),
        put(DAYS, rule.month_days),
        put(start_date(_zone_of(shape, "start_date", zone)), start, always=rule.frequency == "once"),
        put(WINDOW_START, rule.start),
        put(window_stop(rule.start), rule.end),
        put(ENABLED, rule.override),
        put(end_date(_zone_of(shape, "end_date", zone)), rule.until),
        put(EXCLUDE, rule.except_days),
    ]
    if by_weekday:
        puts.append(put(ORDINAL, rule.ordinal or 0, always=True))
    if rule.frequency == "yearly":
        puts.append(put(MONTH, rule.month or 1, always=True))
    return write_document(puts, shape)


def _zone_of(shape: Json, key: str, zone: str | None) -> str | None:
    """Release 0.1.0 took the day in UTC, and kept no spelling of it."""
    read = shape is not None and key in (shape.get("order") or ()) and key not in (shape.get("rest") or ())
    return None if read and key not in (shape.get("odd") or ()) else zone


# The node.


def parse_temporal_route(visit: Visit) -> Schedule | None:
    """The rules of a node in the order in which they are tried."""
    if visit.data.raw.get(ACTION) is not None:
        return None
    data = visit.data
    zone = data.take(TIMEZONE)
    listed = data.take(RULES)
    rule_set = data.take(SET)
    children = [key for key in visit.children if key != "_" and key not in listed and key != RULE_SET]
    labels = labels_of([*listed, *children])
    names = list(labels)
    hours = [_parse_hours(visit, key, labels[key], listed, zone) for key in names]
    if rule_set is not None:
        hours.append(_parse_hours(visit, rule_set, RULE_SET, listed, zone))
        visit.lead(RULE_SET, RULE_SET)
    else:
        visit.close(RULE_SET, "the node names no rule set")
    visit.mark("timezone", data.at(TIMEZONE))
    visit.mark("hours", data.at(RULES))
    for key, named in zip(names, hours, strict=False):
        visit.lead(key, named.name)
    visit.lead("_", OTHERWISE)
    visit.keep(rules=[labels[key] for key in listed], rule_set=rule_set)
    sets = {named.name: key for key, named in zip([*names, rule_set], hours, strict=False) if _is_set(visit, key)}
    made = {label: key for key, label in labels.items() if label != key}
    elsewhere = [
        named.name for key, named in zip([*names, rule_set], hours, strict=False) if _is_known_elsewhere(visit, key, named)
    ]
    visit.keep(sets=sets or None, keys=made or None, elsewhere=elsewhere or None)
    return Schedule(timezone=zone, hours=tuple(hours))


def _is_known_elsewhere(visit: Visit, key: str | None, named: Hours) -> bool:
    """Whether nobody knows these hours only because a node in another zone runs the same rule on other days."""
    if key is None or named.recurrences is not None:
        return False
    reader = visit.reader
    members: tuple[str, ...] = (key,)
    if _is_set(visit, key):
        members = (reader.read("temporal_rules_sets", key, lambda doc: (doc.take(NAME), doc.take(MEMBERS))) or (None, ()))[1]
    read = [
        reader.read("temporal_rules", one, lambda doc: (None, doc, None)) for one in members if reader.given("temporal_rules", one)
    ]
    return len(read) == len(members) and all(one is not None and one[2] is not None for one in read)


def _is_set(visit: Visit, key: str | None) -> bool:
    return visit.reader.given("temporal_rules_sets", key) and not visit.reader.given("temporal_rules", key)


def label_of(key: str) -> str:
    """The exit of a rule: its id, or the name that unicall put into the id of a rule it made."""
    for prefix in (f"{NEW}rule-", f"{NEW}set-"):
        if key.startswith(prefix):
            return re.sub(r"#\d+$", "", key[len(prefix) :])
    return key


def labels_of(keys: Iterable[str]) -> dict[str, str]:
    """The exits of rules: each its own, and none that of all other times; the second of a name gets a number.

    >>> labels_of(["open", "otherwise", "new:rule-open"])
    {'open': 'open', 'otherwise': 'otherwise~2', 'new:rule-open': 'open~2'}
    """
    labels: dict[str, str] = {}
    taken = {OTHERWISE}
    for key in dict.fromkeys(keys):
        name = label_of(key)
        free = (label for n in count(1) if (label := name if n == 1 else f"{name}~{n}") not in taken)
        labels[key] = next(free)
        taken.add(labels[key])
    return labels


def _title_of(key: str, label: str) -> str:
    """What a rule or a set that unicall made is called."""
    return RULE_SET if label == RULE_SET else label_of(key)


def _parse_hours(visit: Visit, key: str, label: str, listed: tuple[str, ...], zone: str | None) -> Hours:
    reader = visit.reader
    index = sum(1 for at, field in visit.places if at == visit.at and re.fullmatch(r"hours\.\d+", field))
    field = f"hours.{index}"
    at = (
        reader.at("temporal_rules", key)
        if reader.given("temporal_rules", key)
        else visit.data.at(RULES, listed.index(key)) if key in listed
        else visit.data.at(SET) if label == RULE_SET
        else visit.cursor.at("children", key)
    )  # fmt: skip
    visit.mark(field, at)
    if reader.given("temporal_rules", key):
        rule = _recurrence(visit, key, f"{field}.recurrences.0", _title_of(key, label), zone)
        if rule is None:
            visit.cursor.log.add("UC104", at, key, node=visit.at, why="its days are not given in a form that can be evaluated")
        elif key.startswith(NEW) and evolve(rule, title=None) == _NEVER:
            return Hours(name=label, recurrences=None if (rule.title or "").startswith(UNKNOWN) else ())
        else:
            reader.use("temporal_rules", key)
        return Hours(name=label, recurrences=None if rule is None else (rule,))
    if reader.given("temporal_rules_sets", key):
        visit.mark(field, reader.at("temporal_rules_sets", key))
        return _parse_set(visit, key, field, label, zone)
    visit.cursor.log.add("UC103", at, key, node=visit.at, what="rule")
    return Hours(name=label, recurrences=None)


_NEVER = Recurrence(frequency="daily", override=False)


def _parse_set(visit: Visit, key: str, field: str, label: str, zone: str | None) -> Hours:
    reader = visit.reader
    title, members = reader.read("temporal_rules_sets", key, lambda doc: (doc.take(NAME), doc.take(MEMBERS))) or (None, ())
    rules: list[Recurrence] = []
    for index, member in enumerate(members):
        rule = None
        if reader.given("temporal_rules", member):
            rule = _recurrence(visit, member, f"{field}.recurrences.{index}", f"{_title_of(key, label)} {index + 1}", zone)
        if rule is None:
            at = reader.at("temporal_rules_sets", key, "temporal_rules") + f"/{index}"
            visit.cursor.log.add("UC103", at, member, node=visit.at, what="rule")
            return Hours(name=label, recurrences=None)
        rules.append(rule)
    reader.use("temporal_rules_sets", key)
    for member in members:
        reader.use("temporal_rules", member)
    visit.mark(f"{field}.title", reader.at("temporal_rules_sets", key, "name"))
    own = key.startswith(NEW) and title == _title_of(key, label)
    return Hours(name=label, recurrences=tuple(rules), title=None if own else title)


def _recurrence(visit: Visit, key: str, field: str, label: str, zone: str | None) -> Recurrence | None:
    """One rule. A document is read once: where another node in another zone runs it on other days, nobody can tell both."""
    reader = visit.reader
    read = reader.read("temporal_rules", key, lambda doc: (zone, doc, parse_rule(doc, zone)))
    visit.mark(field, reader.at("temporal_rules", key))
    if read is None or (rule := read[2]) is None or _days_of(read[1], read[0]) != _days_of(read[1], zone):
        return None
    for name, slot in _FIELDS.items():
        visit.mark(f"{field}.{name}", reader.at("temporal_rules", key, slot))
    if key.startswith(NEW):
        return evolve(rule, title=None if rule.title == label else rule.title)
    return evolve(rule, id=key)


def _days_of(doc: Cursor, zone: str | None) -> tuple[date | None, ...]:
    quiet = Cursor(doc.raw, doc.pointer, type(doc.log)())
    return quiet.take(start_date(zone)), quiet.take(end_date(zone))


def emit_schedule(node: Schedule, out: Emission) -> tuple[str, Iterable[Put]]:
    """Rules and sets: those that were read, and new ones for hours that come from elsewhere."""
    sets: Mapping[str, str] = out.kept("sets") or {}
    known: list[str] = out.kept("rules") or []
    last = node.hours[-1].name if node.hours else None
    rule_set: str | None = out.kept("rule_set") if last == RULE_SET else None  # it is tried after all other rules
    keys: dict[str, str] = {}
    for index, named in enumerate(node.hours):
        keys[named.name] = _emit_hours(named, sets.get(named.name), out, index, node.timezone)
    unlisted = [key for key in out.kept_children() if key != "_"]
    own = {name: key for name, key in keys.items() if name != RULE_SET or rule_set is None}
    listed = [key for name, key in own.items() if name in known or key not in unlisted]
    for label in node.exits:
        if label == OTHERWISE:
            out.lead(label, "_")
        elif label == RULE_SET and rule_set is not None:
            out.lead(label, RULE_SET)
        elif label in keys:
            out.lead(label, keys[label])
    out.mark("timezone", "/data/timezone")
    in_set = keys.get(RULE_SET) if rule_set is not None else None
    return "temporal_route", (put(TIMEZONE, node.timezone), put(RULES, tuple(listed)), put(SET, in_set))


def _emit_hours(named: Hours, known_set: str | None, out: Emission, index: int, zone: str | None) -> str:
    field = f"hours.{index}"
    if named.recurrences is None:
        key = _key_of_unknown(named.name, out)
        return _emit_never(named.name, out, UNKNOWN) if key is None else key
    if known_set is None and len(named.recurrences) == 1:
        key = _emit_member(named.recurrences[0], _made(named.name, out), out, zone)
        out.mark(field, f"/temporal_rules/{key}")
        return key
    if not named.recurrences and known_set is None:
        return _emit_never(named.name, out)
    members = []
    title = _made(named.name, out).title
    for n, rule in enumerate(named.recurrences, 1):
        members.append(_emit_member(rule, _Made(f"{title} {n}"), out, zone))
        out.mark(f"{field}.recurrences.{n - 1}", f"/temporal_rules/{members[-1]}")
    shape = out.writer.shape("temporal_rules_sets", known_set)
    name = named.title if shape is not None else named.title or title[:128]
    document = write_document([put(NAME, name), put(MEMBERS, tuple(members))], shape)
    return out.writer.claim("temporal_rules_sets", known_set or f"{NEW}set-{named.name}", document)


def _key_of_unknown(name: str, out: Emission) -> str | None:
    """The id of a rule that nobody knew where it was read, either."""
    keys: Mapping[str, str] = out.kept("keys") or {}
    key = out.kept("rule_set") if name == RULE_SET else keys.get(name, name)
    if name not in (*(out.kept("rules") or ()), *keys, *out.kept_children(), RULE_SET):
        return None
    if name in (out.kept("elsewhere") or ()):
        return key
    return None if any(out.writer.shape(section, key) for section in ("temporal_rules", "temporal_rules_sets")) else key


@frozen
class _Made:
    """A rule that unicall made: what it is called, and its id where it was read."""

    title: str
    key: str | None = None


def _made(name: str, out: Emission) -> _Made:
    """What a rule for hours of this name is called."""
    keys: Mapping[str, str] = out.kept("keys") or {}
    key = keys.get(name)
    if key is None:
        return _Made(name)
    return _Made(_title_of(key, name), key if key.startswith(f"{NEW}rule-") else None)


def _emit_never(name: str, out: Emission, before: str = "") -> str:
    """A rule that never holds, for hours that are empty or that nobody knows."""
    made = _made(name, out)
    document = emit_rule(Recurrence(frequency="daily", override=False), None, f"{before}{made.title}")
    return out.writer.claim("temporal_rules", made.key or f"{NEW}rule-{made.title}", document)


def _emit_member(rule: Recurrence, made: _Made, out: Emission, zone: str | None) -> str:
    shape = out.writer.shape("temporal_rules", rule.id)
    wanted = rule.id if rule.id is not None and shape is not None else made.key or f"{NEW}rule-{made.title}"
    return out.writer.claim("temporal_rules", wanted, emit_rule(rule, shape, made.title, zone))
