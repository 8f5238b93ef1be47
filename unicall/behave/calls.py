"""What a call is made of, and what is observed of it: the words of every question about behaviour.

What surprises people: everything in a :class:`Call` is fixed before it begins. A target that does not answer does not answer the
second time either, and the keys and draws that are left over when a call ends are never looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from attrs import Factory, field, frozen, validators

from unicall.graph import NodeId
from unicall.problem import FlowError

#: What one who is rung may do. The words are those of :class:`unicall.graph.Ring`.
Answer: TypeAlias = Literal["answered", "no_answer", "busy", "declined", "unreachable"]
ANSWERS: tuple[Answer, ...] = ("answered", "no_answer", "busy", "declined", "unreachable")

#: ``effect`` is what the caller does not hear as such (recording, caller id, a pause); ``opaque`` what nobody can judge.
Kind: TypeAlias = Literal["prompt", "ring", "voicemail", "queue", "handover", "effect", "reject", "opaque", "end"]

#: ``unspecified``: the carrier does not say what happens; ``loop``: the call goes round for ever.
End: TypeAlias = Literal["answered", "voicemail", "queue", "handover", "reject", "hangup", "opaque", "loop", "unspecified"]


def _keys(keys: Iterable[str | None]) -> tuple[str | None, ...]:
    return tuple(keys)


def _draws(draws: Iterable[float]) -> tuple[float, ...]:
    return tuple(draws)


@frozen
class Call:
    """One call: when, who, from where, what they press, who picks up, and how the dice fall.

    ``at`` is aware. ``caller`` is E.164, None for one who hides it. ``place`` is the name or city of a place of a Region; where it
    is not given and the area codes of the places are known, the caller's own decides.
    ``keys`` are taken one by one, each time a menu waits; None, or none left, is silence. ``answers`` is by target:
    ``+12025550142``, ``device:694``, ``sip:192.0.2.10:5060``. A queue, mailbox, directory, park or room named there with anything
    but "answered" does not take the call, and ``list:ID`` is "match" or "no_match". ``draws`` are numbers in [0, 1), one for
    each split; 0.5 where none is left. Raises FlowError for a moment without a zone, an answer that nobody gives, a draw outside.
    """

    at: datetime
    caller: str | None = "+12025550100"
    dialled: str | None = None
    place: str | None = None
    keys: tuple[str | None, ...] = field(default=(), converter=_keys)
    answers: Mapping[str, str] = Factory(dict)
    default_answer: str = field(default="no_answer", validator=validators.instance_of(str))
    draws: tuple[float, ...] = field(default=(), converter=_draws)

    def __attrs_post_init__(self) -> None:
        """Raise FlowError for a call that nobody can make."""
        if self.at.tzinfo is None:
            raise FlowError("the moment of a call has a time zone: datetime(..., tzinfo=ZoneInfo('America/New_York'))")
        if not 1 < self.at.year < 9999:
            raise FlowError(f"nobody calls in the year {self.at.year}")
        strange = [one for one in self.answers.values() if one not in (*ANSWERS, "match", "no_match")]
        strange += [self.default_answer] if self.default_answer not in ANSWERS else []
        if strange:
            raise FlowError(f"who is rung may have {', '.join(ANSWERS)}, not {strange[0]!r:.40}")
        if not all(0 <= draw < 1 for draw in self.draws):
            raise FlowError("a draw is a number from 0 up to, but not including, 1")

    def answer_of(self, target: str) -> str:
        """What this target does when it rings."""
        return self.answers.get(target, self.default_answer)


@frozen
class Step:
    """One thing that the caller or the business observes.

    ``what``: the spoken text, or ``audio:ID``; the greeting of a voicemail; the SIP code of a refusal; what names an effect.
    ``targets``: who rings, sorted; the box of a voicemail, unless it is the flow's own. ``seconds``: how long at most, from when
    the caller begins to wait; None where the carrier does not say. ``node``: where in the flow; those of another flow are
    ``flow/node``.
    """

    kind: Kind
    what: str = ""
    targets: tuple[str, ...] = ()
    seconds: float | None = None
    node: NodeId = field(default="", eq=False)


@frozen
class Trace:
    """What a call met, step by step, and how it ended. ``taken``: the exits it left by, as pairs of node and exit.

    ``again``: of a call that goes round for ever, how many steps it had met when it first came to where it came again.
    """

    steps: tuple[Step, ...]
    end: End
    taken: tuple[tuple[NodeId, str], ...] = field(default=(), eq=False)
    again: int | None = field(default=None, eq=False)
