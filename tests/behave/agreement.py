"""Whether the simulator and a vendor's interpreter meet the same: what is compared, and the fixed table of what they call it.

Prompts, rings (who, how long), voicemail, queues, hand-overs, refusals and the end are compared, all of them and in their order.
Where the simulator ends opaque, what comes before has to be the same and the rest is not judged.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

import unicall
from tests.interpreters import vinix
from tests.interpreters.call import Call as TheirCall
from tests.interpreters.call import Trace as TheirTrace
from tests.support import interpreter

OBSERVED = ("prompt", "ring", "voicemail", "queue", "handover", "reject")

#: What stands before a name or an id on one side only: the kind of a reference in the graph, a word of the interpreters' own.
GRAPH_WORDS = ("target:", "address:", "number:", "audio:", "queue:")
INTERPRETER_WORDS = ("opaque:", "ref:")
#: What has another name altogether: in the graph, in the interpreters.
NAMES = {"disclaimer:account": "ref:disclaimer"}
#: What takes a call over: a module there, here what it is and which; of these only the word is compared.
HANDOVERS = {"faxbox": "fax"}

Seen = tuple[str, str, tuple[str, ...], float | None]


def met(provider: str, document: Any, call: TheirCall) -> TheirTrace:
    """What the vendor's interpreter says.

    In Vinix, a stored group rings as a whole. The account's time zone, which no document tells, is UTC for both.
    """
    if provider == "vinix":
        return vinix.run(document, call, timezone="UTC", whole_groups=True)
    return interpreter(provider)(document, call)


def as_simulated(call: TheirCall) -> unicall.Call:
    """The same call, with every answer under all names that its target may have in a graph."""
    answers = {word + name: answer for one, answer in call.answers.items() for name in [_bare(one)] for word in ("", *GRAPH_WORDS)}
    return unicall.Call(
        at=call.at.astimezone(UTC) if call.at.tzinfo else call.at.replace(tzinfo=UTC),
        caller=call.caller,
        dialled=call.dialled,
        place=call.place,
        keys=call.keys,
        answers=answers | dict(call.answers),
        default_answer=call.default_answer,
        draws=call.draws,
    )


def disagreement(simulated: unicall.Trace, theirs: TheirTrace) -> tuple[Any, Any] | None:
    """The first thing that only one of the two meets."""
    left = [_ours(step) for step in simulated.steps if step.kind in OBSERVED]
    right = [_theirs(step) for step in theirs.steps if step.kind in OBSERVED]
    if simulated.end == "opaque":
        right = right[: len(left)]
    elif "loop" in (simulated.end, theirs.end):
        left, right = left[: len(right)], right[: len(left)]
    elif simulated.end != theirs.end:
        left, right = [*left, _end(simulated.end)], [*right, _end(theirs.end)]
    pairs = zip([*left, None], [*right, None], strict=False)
    return next(((mine, other) for mine, other in pairs if mine != other), None)


def _end(end: str) -> Seen:
    return "end", end, (), None


def _bare(name: str) -> str:
    return next((name.removeprefix(word) for word in (*GRAPH_WORDS, *INTERPRETER_WORDS) if name.startswith(word)), name)


def _ours(step: unicall.Step) -> Seen:
    targets = tuple(sorted(map(_bare, step.targets)))
    what = NAMES.get(step.what, step.what)
    match step.kind:
        case "ring":
            return "ring", "", targets, step.seconds
        case "handover":
            word = step.what.partition(":")[0].partition(" ")[0]
            return "handover", HANDOVERS.get(word, word), (), None
        case kind:
            return kind, _bare(what), (), None


def _theirs(step: Any) -> Seen:
    match step.kind:
        case "ring":
            return "ring", "", tuple(sorted(map(_bare, step.targets))), step.seconds
        case "handover":
            return "handover", HANDOVERS.get(step.what, step.what), (), None
        case kind:
            return kind, _bare(step.what), (), None
