"""The commands that ask what calls meet: ``simulate``, ``compare``, ``calls`` and ``replay``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from unicall.cli import FINE, PROBLEMS, REFUSED, Refused, _from, _given, _json, _parse, _print, _read, _refusing, _settings, program

if TYPE_CHECKING:
    from unicall import Call, Comparison, Flow, Parsed, Trace
    from unicall.behave.records import CallRecord
    from unicall.behave.replaying import Replay
    from unicall.references import References
    from unicall.wire import Json

_json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")
_pick_option = click.option("--flow", "name", metavar="NAME", help="Which flow of FILE, where it holds several.")


@program.command()
@click.argument("file")
@_from
@_pick_option
@click.option("--at", "moment", metavar="WHEN", help="2026-11-21T09:30, in the zone of the flow's hours; now when not given.")
@click.option("--zone", metavar="ZONE", help="The time zone of WHEN, such as America/New_York.")
@click.option("--caller", metavar="NUMBER", default="+12025550100", show_default=True, help="Who calls; - for a hidden number.")
@click.option("--dialled", metavar="NUMBER", help="The number that is called.")
@click.option("--place", metavar="NAME", help="Where the caller is: the name or city of a place.")
@click.option("--keys", metavar="KEYS", default="", help="What is pressed at each menu: 2,- presses 2, then nothing.")
@click.option("--answer", "answers", metavar="WHO=WHAT", multiple=True, help="+12025550142=busy; answered, no_answer, declined ...")
@click.option("--default-answer", default="no_answer", show_default=True, help="What all others do.")
@click.option("--draw", "draws", type=float, multiple=True, help="How a split falls, from 0 to 1; once for each.")
@_settings
@_json_option
def simulate(
    file: str,
    source: str | None,
    name: str | None,
    moment: str | None,
    zone: str | None,
    caller: str,
    dialled: str | None,
    place: str | None,
    keys: str,
    answers: tuple[str, ...],
    default_answer: str,
    draws: tuple[float, ...],
    settings: str | None,
    as_json: bool,
) -> int:
    """Print what one call to FILE meets, step by step."""
    import unicall
    from unicall.behave import words
    from unicall.behave.asking import names_in
    from unicall.behave.records import number_or_text

    with _refusing(file):
        flow = _one(_parse(file, source, settings), name).flow
        said = dict(map(_answer, answers))
        try:
            call = unicall.Call(
                _moment(moment, zone, flow),
                caller=None if caller == "-" else number_or_text(caller),
                dialled=number_or_text(dialled),
                place=place,
                keys=tuple(map(_key, keys.split(","))) if keys else (),
                answers=said,
                default_answer=default_answer,
                draws=draws,
            )
        except unicall.FlowError as error:
            raise Refused(f"unicall simulate: {error}") from error
        trace = unicall.simulate(flow, call)
        for stranger in said.keys() - names_in(flow):
            click.echo(
                f"unicall simulate: --answer: nothing in this flow is called {stranger!r}, so what it does is not asked", err=True
            )
        if as_json:
            _print(_json({"call": words.call_json(call), **words.trace_json(trace)}))
        else:
            _print("".join(f"{line}\n" for line in _told(call, trace)))
    return FINE


def _told(call: Call, trace: Trace) -> Iterator[str]:
    from unicall.behave import words

    yield f"{call.at:%A %Y-%m-%d %H:%M %Z}".strip()
    for step in trace.steps:
        said = words.step(step)
        if said:
            yield f"  {said}" + (f"  ({step.node})" if step.node else "")
    yield f"end: {trace.end}"


@program.command()
@click.argument("before")
@click.argument("after")
@click.option("--from", "source", metavar="PROVIDER", help="Whose document BEFORE is; found out when not given.")
@click.option("--to", "target", metavar="PROVIDER", help="Whose document AFTER is; found out when not given.")
@click.option("--references", metavar="FILE", help="A TOML file of which id here is which there; see unicall references.")
@click.option("--since", metavar="DAY", help="Calls from this day on, 2026-11-21; today when not given; 2000-01-01 for all.")
@click.option("--strict", is_flag=True, help="Exit with 1 also where only what nobody notices differs, or the numbers.")
@click.option("--allow-unjudged", is_flag=True, help="Exit with 0 where nothing differs but what nobody can judge.")
@_settings
@_json_option
def compare(
    before: str,
    after: str,
    source: str | None,
    target: str | None,
    references: str | None,
    since: str | None,
    strict: bool,
    allow_unjudged: bool,
    settings: str | None,
    as_json: bool,
) -> int:
    """Say whether every call meets the same in BEFORE and in AFTER, or show the shortest that does not.

    Exits with 0 when every call does, with 1 when one does not, and with 2 when that cannot be said of all: where there is
    something that nobody can judge ("same, except behind ..."), or where there are too many ways to see all. Only calls from today
    on count; what differed before is told.
    """
    from unicall import compare as compared
    from unicall.behave import words

    with _refusing(references or ""):
        given = _given(references)
    with _refusing(before):
        left = _parse(before, source, settings)
    with _refusing(after):
        right = _parse(after, target, settings)
    pairs, begin = _pairs(left, right, before, after), _day(since)
    with _refusing(before):
        found = [
            (mine, compared(_known(mine, yours, given), yours.flow, own_box=mine.provider != yours.provider, since=begin))
            for mine, yours in pairs
        ]
    if as_json:
        told = [{"name": mine.flow.name, **words.comparison_json(one)} for mine, one in found]
        _print(_json(told[0] if len(told) == 1 else told))
    else:
        for mine, one in found:
            _print(f"{mine.flow.name + ': ' if len(found) > 1 and mine.flow.name else ''}{one}\n")
            _print("".join(f"  unnoticed: {setting}\n" for setting in one.settings))
            _print(f"  calls come in: {one.entrances}\n" if one.entrances is not None else "")
    codes = {_verdict(one, strict=strict, allowed=allow_unjudged) for _, one in found}
    return PROBLEMS if PROBLEMS in codes else max(codes, default=FINE)


def _verdict(found: Comparison, *, strict: bool, allowed: bool) -> int:
    """The exit code of one comparison."""
    if not found.same or (strict and (found.settings or found.entrances is not None)):
        return PROBLEMS
    return FINE if found.complete and (allowed or not found.behind) else REFUSED


def _day(text: str | None) -> datetime:
    """The moment from which calls are compared: the beginning of a day of UTC, or a moment with an offset."""
    if text is None:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(f"unicall compare: --since: {text!r} is no day; write it as 2026-11-21") from error


@program.command()
@click.argument("file")
@_from
@_pick_option
@_settings
@_json_option
def calls(file: str, source: str | None, name: str | None, settings: str | None, as_json: bool) -> int:
    """Print the calls to make to FILE so that every way through it is taken, and the exits that no call takes."""
    from unicall.behave import words
    from unicall.behave.covering import Cover
    from unicall.behave.running import run

    with _refusing(file):
        cover = Cover(_one(_parse(file, source, settings), name).flow)
        traces = [run(cover.machine, call) for call in cover.calls]
        untaken = cover.untaken
    if as_json:
        made = [{"call": words.call_json(call), **words.trace_json(trace)} for call, trace in zip(cover.calls, traces, strict=True)]
        _print(_json({"calls": made, "untaken": [{"node": one.node, "exit": one.exit, "why": one.why} for one in untaken]}))
        return FINE
    for number, (call, trace) in enumerate(zip(cover.calls, traces, strict=True), 1):
        _print(f"{number}. {words.told(call)}\n   {words.trace(trace)}\n")
    for one in untaken:
        _print(f"no call takes {one.exit!r} of {one.node!r}: {one.why}\n")
    return FINE


@program.command()
@click.argument("file")
@_from
@_pick_option
@click.option(
    "--calls", "recorded", metavar="FILE", multiple=True, required=True, help="Recorded calls: JSON or CSV; once for each."
)
@click.option("--after", metavar="FILE", help="A second flow: which calls would have to end elsewhere there.")
@click.option("--references", metavar="FILE", help="A TOML file of which id here is which there; see unicall references.")
@_settings
@_json_option
def replay(
    file: str,
    source: str | None,
    name: str | None,
    recorded: tuple[str, ...],
    after: str | None,
    references: str | None,
    settings: str | None,
    as_json: bool,
) -> int:
    """Run recorded calls through FILE, and print those that could not have ended where they did.

    Exits with 0 when all could, with 1 when one could not.
    """
    from unicall.behave.replaying import replay as replayed

    if references is not None and after is None:
        raise click.UsageError("--references says what is called otherwise in --after, which is not given")
    with _refusing(file):
        flow = _one(_parse(file, source, settings), name)
    before, second = flow.flow, None
    if after is not None:
        with _refusing(after):
            changed = _one(_parse(after, None, settings), None)
            before, second = _known(flow, changed, _given(references)), changed.flow
    records = [record for path in recorded for record in _records(path)]
    with _refusing(file):
        found = replayed(before, records, second)
    if as_json:
        _print(_json(_replay_json(found)))
    else:
        _print(f"{found}\n")
    return FINE if found.agrees else PROBLEMS


def _one(parsed: Sequence[Parsed], name: str | None) -> Parsed:
    """The flow of this name; the only one where no name is given."""
    from unicall import DocumentError

    names = ", ".join(repr(one.flow.name) for one in parsed[:8]) + (", ..." if len(parsed) > 8 else "")
    if name is not None:
        named = [one for one in parsed if one.flow.name == name]
        if len(named) != 1:
            raise DocumentError(f"holds {len(named) or 'no'} flows of the name {name!r}; there are {names or 'none'}")
        return named[0]
    if len(parsed) != 1:
        raise DocumentError(f"holds {len(parsed)} flows; name one with --flow: {names}" if parsed else "holds no flow")
    return parsed[0]


def _moment(text: str | None, name: str | None, flow: Flow) -> datetime:
    """The moment of a call, in the zone that is given, else in that of the flow's hours, else in UTC."""
    from unicall.behave.machine import find_zone
    from unicall.behave.running import zone
    from unicall.graph import Schedule

    named = [node.timezone for node in flow.nodes.values() if isinstance(node, Schedule) and node.timezone]
    zones = [one for one in named if find_zone(one) is not None]
    clock = zone(name) if name is not None else ZoneInfo("UTC") if not zones else zone(zones[0])
    if text is None:
        return datetime.now(clock).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"unicall simulate: --at: {text!r} is no moment; write it as 2026-11-21T09:30") from error
    return moment if moment.tzinfo is not None else _on_the_clock(moment, clock)


def _on_the_clock(moment: datetime, clock: ZoneInfo) -> datetime:
    """A moment as the clock on the wall shows it. An hour that is left out is refused; of one that comes twice it is the first."""
    told = f"unicall simulate: --at: {moment:%Y-%m-%dT%H:%M}"
    first, second = (moment.replace(tzinfo=clock, fold=fold) for fold in (0, 1))
    try:
        shown = first.astimezone(UTC).astimezone(clock).replace(tzinfo=None)
    except OverflowError as error:
        raise Refused(f"{told}: nobody calls in the year {moment.year}") from error
    if shown != moment.replace(fold=0):
        raise Refused(f"{told} does not occur in {clock.key}: the clock goes forward over it")
    if first.utcoffset() != second.utcoffset():
        click.echo(f"{told} occurs twice in {clock.key}; the first is taken, {first:%Z}", err=True)
    return first


def _key(text: str) -> str | None:
    if text == "-":
        return None
    if not text or not set(text) <= set("0123456789*#ABCD"):
        raise Refused(f"unicall simulate: --keys: {text!r} cannot be pressed; 2,- presses 2, then nothing")
    return text


def _answer(text: str) -> tuple[str, str]:
    who, found, what = text.rpartition("=")
    if not found or not who:
        raise Refused(f"unicall simulate: --answer: {text!r} is not WHO=WHAT, such as +12025550142=busy")
    from unicall.behave.records import number_or_text

    return number_or_text(who) or who, what


def _pairs(left: Sequence[Parsed], right: Sequence[Parsed], before: str, after: str) -> list[tuple[Parsed, Parsed]]:
    """Which flow of one file is compared with which of the other: by name, or the only ones."""
    if len(left) == len(right) == 1:
        return [(left[0], right[0])]
    named = {one.flow.name: one for one in right}
    missing = [one.flow.name for one in left if one.flow.name not in named]
    if missing or len(named) != len(right) or len(left) != len(right):
        what = f"no flow of the name {missing[0]!r}" if missing else f"{len(right)} flows, not {len(left)} of the same names"
        raise Refused(f"{after}: has {what}, which {before} has")
    return [(one, named[one.flow.name]) for one in left]


def _known(before: Parsed, after: Parsed, given: References | None) -> Flow:
    """The flow before with the names that its references have after it."""
    if given is None:
        return before.flow
    from unicall.references import apply

    return apply(before.flow, given, before.provider, after.provider).flow


def _records(path: str) -> Sequence[CallRecord]:
    from unicall.behave.records import read, read_csv

    data = _read(path)
    with _refusing(path):
        if Path(path).suffix.lower() == ".csv":
            return read_csv(_text(data))
        return read(data)


def _text(data: bytes) -> str:
    from unicall import DocumentError

    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}") from error


def _replay_json(found: Replay) -> Json:
    causes = [("impossible", found.impossible), ("after", found.after)]
    told: dict[str, Json] = {"total": found.total, "outbound": found.outbound, "unjudged": found.unjudged}
    for name, ones in causes:
        told[name] = ones and [
            {
                "why": one.why,
                "where": one.where,
                "count": one.count,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "calls": [record.id for record in one.records],
            }
            for one in ones
        ]
    return told
