"""Calls and what they meet, in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain, cycle, groupby, islice, zip_longest
from typing import TYPE_CHECKING

import phonenumbers

from unicall.behave.calls import Call, Step, Trace
from unicall.behave.machine import OWN_BOX
from unicall.behave.spots import Choice
from unicall.wire import Json

if TYPE_CHECKING:
    from unicall.behave.comparing import Comparison
    from unicall.problem import Problem

_FEW = 3  # steps that are told of each side
_LONG = 48  # characters of a prompt
_LONGEST = 120  # characters of anything else

#: What is noticed of what a node does: whole, or by its first word with the rest put in. Anything else stands as it is.
_EFFECTS = {
    "confirm": "who answers has to press a key",
    "pause": "a pause of {}",
    "language": "the language is {}",
    "place": "is placed {}",
    "plays": "that plays on and on",
    "record the greeting": "records the greeting",
}
_NOTICED = ("confirm", "pause", "language", "place", "plays on", "record the greeting")

_ENDS = {
    "answered": "somebody answers",
    "hangup": "the call ends",
    "loop": "it goes round for ever",
    "unspecified": "the carrier does not say what happens",
    "opaque": "nobody can say what happens",
}


def told(call: Call, choices: Sequence[Choice] | None = None, *, dated: bool = True) -> str:
    """The call in one phrase: what of it matters, where the choices that made it are known. ``dated``: the day and the year too.

    >>> from datetime import datetime, UTC
    >>> told(Call(datetime(2026, 11, 21, 9, 30, tzinfo=UTC), keys=("2", None)))
    'Saturday 2026-11-21 09:30 UTC, presses 2, then nothing'
    """
    parts = []
    if choices is None or any(choice.times is not None for choice in choices):
        parts.append(f"{call.at:%A}{f' {call.at:%Y-%m-%d}' if dated else ''} {call.at:%H:%M} {call.at:%Z}".strip())
    if choices is not None and any(choice.callers is not None for choice in choices):
        parts.append(f"from {number(call.caller)}")
    if call.place is not None:
        parts.append(
            f"in {call.place.title() if call.place.islower() else call.place}" if call.place != "elsewhere" else "elsewhere"
        )
    if call.keys:
        pressed = [key or "nothing" for key in call.keys]
        parts.append(f"presses {', then '.join(pressed)}")
    parts.extend(f"{name_of(name)} {_ANSWERS.get(word, word)}" for name, word in _told_answers(call).items())
    parts.extend(f"drawn at {draw * 100:g} %" for draw in call.draws)
    left = [choice.leaves for choice in choices or () if choice.leaves is not None]
    if left:
        named = [_often(repr(_short_id(label)), len(list(same))) for label, same in groupby(left)]
        parts.append(f"taking {', then '.join(named)}, which nobody can judge")
    return ", ".join(parts) or "any call"


#: What names a thing of the carrier's, ``device:694``; not the text of a prompt, and not an address.
_REFERENCE = re.compile(r"(?!sip:)([a-z_]+):(\S+)")
_LONG_ID = re.compile(r"[0-9a-f]{32}")

_ANSWERS = {
    "answered": "answers",
    "no_answer": "does not answer",
    "busy": "is busy",
    "declined": "declines",
    "unreachable": "cannot be reached",
    "match": "has the caller",
    "no_match": "does not have the caller",
}


def _told_answers(call: Call) -> dict[str, str]:
    """One name for each who answers; the names of the other flow say the same again."""
    fresh = {name: word for name, word in call.answers.items() if ":new:" not in name}
    return fresh or dict(call.answers)


def _short_id(text: str) -> str:
    """An id of 32 digits by its first."""
    return text[:8] if _LONG_ID.fullmatch(text) else text


def number(caller: str | None) -> str:
    """A caller, as people write it."""
    return "a hidden number" if caller is None else name_of(caller)


def name_of(target: str) -> str:
    """A target, a phone number spaced as people write it, an id of 32 digits by its first.

    >>> name_of("mailbox:196c71c1a0b3fe0573f31d9682cf5869")
    'mailbox 196c71c1'
    """
    named = _REFERENCE.fullmatch(target)
    if named is not None:
        return f"{named[1].replace('_', ' ')} {_short_id(named[2])}"
    if not target.startswith("+"):
        return target
    try:
        parsed = phonenumbers.parse(target)
    except phonenumbers.NumberParseException:
        return target
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return text.replace("-", " ")


def difference(left: Trace, right: Trace, names: Mapping[str, str] | None = None) -> str:
    """What each of the two meets, from where they differ: ``before, ...; after, ...``. ``names``: what here is what there."""
    mine, yours = _on_and_on(left, right), _on_and_on(right, left)
    pairs = list(zip(mine, yours, strict=False))
    unlike = (at for at, (one, other) in enumerate(pairs) if not alike(one, other, names or {}))
    # One box for a flow's own and for one that has a name is told by the two names, where no other call is.
    named = (at for at, (one, other) in enumerate(pairs) if step(one, whole=True) != step(other, whole=True))
    same = next(unlike, len(pairs) if len(mine) != len(yours) else next(named, len(pairs)))
    before, after = _onward(mine, left, same), _onward(yours, right, same)
    if same < len(pairs) and (before == after or alike(*pairs[same], names or {})):
        before, after = step(mine[same], whole=True), step(yours[same], whole=True)
    return f"before, {before}; after, {after}"


def _round(trace: Trace) -> list[Step]:
    """The steps that somebody notices again and again; none where the call has an end, or goes round in silence."""
    return [] if trace.again is None else [step for step in trace.steps[trace.again : -1] if _is_noticed(step)]


def _on_and_on(trace: Trace, other: Trace) -> list[Step]:
    """The steps that somebody notices; of a call that goes round for ever as many as show whether another one goes round alike."""
    steps, around = observed(trace), _round(trace)
    most = len(trace.steps) + len(other.steps)
    return list(islice(chain(steps[:-1], cycle(around)), most)) if around else steps


def _onward(steps: list[Step], trace: Trace, at: int) -> str:
    """What comes from this step on; of a call that goes round for ever, a whole round at least."""
    around = _round(trace)
    if not around:
        return _steps(steps[at:], trace)
    once = max(len(observed(trace)) - 1 - at, len(around))
    words = [word for word, _ in groupby(word for word in map(step, steps[at : at + once]) if word)]
    return f"{', then '.join(words[:_FEW])}, and so on for ever"


def differ(left: Trace, right: Trace, names: Mapping[str, str] | None = None) -> bool:
    """Whether it is certain that somebody can tell the two apart."""
    for one, other in zip_longest(_on_and_on(left, right), _on_and_on(right, left)):
        if one is None or other is None or not alike(one, other, names or {}):
            return not any(step is not None and _is_open(step) for step in (one, other))
    return False


def _is_open(step: Step) -> bool:
    """Whether nobody can say what happens here."""
    return step.kind == "opaque" or (step.kind == "end" and step.what in ("opaque", "unspecified"))


def observed(trace: Trace) -> list[Step]:
    """The steps that somebody notices."""
    return [step for step in trace.steps if _is_noticed(step)]


def _is_noticed(step: Step) -> bool:
    return step.kind != "effect" or step.what.startswith(_NOTICED)


def alike(left: Step, right: Step, names: Mapping[str, str]) -> bool:
    """Whether nobody can tell these apart. A time that a carrier does not say differs from none."""
    said = names.get(left.what, left.what) == right.what
    timed = None in (left.seconds, right.seconds) or left.seconds == right.seconds
    return left.kind == right.kind and said and timed and _are_same_targets(left, right, names)


def _are_same_targets(left: Step, right: Step, names: Mapping[str, str]) -> bool:
    if left.kind == "voicemail":
        return _is_same_box(left, right, names)
    return sorted(names.get(name, name) for name in left.targets) == sorted(right.targets)


def _is_same_box(left: Step, right: Step, names: Mapping[str, str]) -> bool:
    """Whether a message may be in the same box: a flow's own may be one that has a name, where no other call shows which it is."""
    (mine,), (yours,) = left.targets or (OWN_BOX,), right.targets or (OWN_BOX,)
    if mine in names or yours in names.values():
        return names.get(mine) == yours
    return mine == yours or OWN_BOX in (mine, yours)


def _box(step: Step) -> str:
    return ", ".join(map(name_of, step.targets)) or "the flow's own mailbox"


def trace(trace: Trace) -> str:
    """All that a call meets."""
    return _steps(list(trace.steps), trace, len(trace.steps))


def _steps(steps: list[Step], trace: Trace, most: int = _FEW) -> str:
    words = [_often(word, len(list(same))) for word, same in groupby(word for word in map(step, steps) if word)]
    if not words:
        return _ENDS.get(trace.end, "the same")
    more = len(words) - most
    return ", then ".join([*words[:most], *([f"{more} more step{'s' if more > 1 else ''}"] if more > 0 else [])])


def _often(word: str, times: int) -> str:
    return word if times == 1 else f"{word} {'twice' if times == 2 else f'{times} times'}"


def _said(prompt: str) -> str:
    return name_of(prompt) if _REFERENCE.fullmatch(prompt) else repr(prompt)


def step(step: Step, *, whole: bool = False) -> str:
    """One step in a few words; nothing for an end that its last step says already. ``whole``: every word, and whose box it is."""
    most = _LONG if step.kind in ("prompt", "voicemail") else _LONGEST
    what = step.what if whole or len(step.what) <= most else step.what[: most - 3] + "..."
    seconds = "" if step.seconds is None else f" {step.seconds:g} s"
    match step.kind:
        case "prompt":
            return f"hears {_said(what)}"
        case "ring":
            names = " and ".join(map(name_of, step.targets))
            part = f" ({step.what})" if step.what else ""
            return f"{names} {'ring' if len(step.targets) > 1 else 'rings'}{seconds}{part}"
        case "voicemail":
            box = f" in {_box(step)}" if whole else "".join(f" in {name_of(name)}" for name in step.targets if ":new:" not in name)
            return f"voicemail{box} ({_said(what)})" if what else f"voicemail{box}"
        case "queue":
            return f"waits in {name_of(step.what) or 'a queue'}"
        case "handover":
            return f"is handed to {name_of(what)}"
        case "reject":
            return f"is refused with {what}"
        case "opaque":
            return f"{what} (nobody can say what happens)"
        case "effect":
            first, _, rest = f"{what}{seconds}".partition(" ")
            words = _EFFECTS.get(what) or _EFFECTS.get(first)
            return words.format(rest) if words is not None else what
        case _:
            return "" if step.what in ("voicemail", "queue", "handover", "reject", "opaque") else _ENDS.get(step.what, step.what)


def call_json(call: Call) -> Json:
    """A call for programs."""
    return {
        "at": call.at.isoformat(),
        "caller": call.caller,
        "place": call.place,
        "keys": list(call.keys),
        "answers": dict(call.answers),
        "draws": list(call.draws),
    }


def trace_json(trace: Trace) -> Json:
    """What a call met, for programs."""
    steps = [
        {"kind": one.kind, "what": one.what, "targets": list(one.targets), "seconds": one.seconds, "node": one.node}
        for one in trace.steps
    ]
    return {"end": trace.end, "steps": steps}


def problem_json(problem: Problem, compares: bool) -> dict[str, Json]:
    """A line of a ledger for programs. ``compares``: with the call that meets it."""
    keys = ("code", "severity", "message", "pointer", "target_pointer", "node", "value", "advice")
    told: dict[str, Json] = {key: getattr(problem, key) for key in keys}
    if compares:
        told["call"] = None if problem.call is None else call_json(problem.call)
        told["unnoticed"] = problem.unnoticed
    return told


def comparison_json(found: Comparison) -> Json:
    """A verdict for programs."""
    return {
        "same": found.same,
        "verdict": str(found),
        "call": None if found.call is None else call_json(found.call),
        "left": None if found.left is None else trace_json(found.left),
        "right": None if found.right is None else trace_json(found.right),
        "behind": [{"left": one.left, "right": one.right, "what": one.what} for one in found.behind],
        "unspecified": [{"left": one.left, "right": one.right, "what": one.what} for one in found.unspecified],
        "settings": [{"left": list(one.left), "right": list(one.right)} for one in found.settings],
        "entrances": found.entrances and {"left": list(found.entrances.left), "right": list(found.entrances.right)},
        "complete": found.complete,
        "since": None if found.since is None else found.since.isoformat(),
        "past": None if found.past is None else comparison_json(found.past),
    }
