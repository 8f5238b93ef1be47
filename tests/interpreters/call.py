"""What a call is made of and what can be observed of it: the words that all three interpreters share.

The interpreters beside this file read a vendor's document as that vendor's platform would run it.
They are written from the vendors' rules alone and import nothing of the library that they judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

#: What a rung target may do.
ANSWERS = ("answered", "no_answer", "busy", "declined", "unreachable")


@dataclass(frozen=True)
class Call:
    """One call: when, who, what they press, who picks up, and how the dice fall.

    ``keys`` are consumed one by one, each time a menu waits for input; None, or no key left, is silence.
    ``answers`` is by target text: ``+12025550142``, ``device:694``, ``user:ID``, ``sip:192.0.2.10:5060``. What takes calls by
    itself (``queue:ID``, ``mailbox:ID``, ``mailbox`` ...) does so unless it is named there with anything but "answered".
    ``draws`` are numbers in [0, 1), consumed one by one by each random choice; 0.5 when none is left.
    """

    at: datetime
    caller: str | None = "+12025550100"
    dialled: str | None = None
    place: str | None = None
    keys: tuple[str | None, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    default_answer: str = "no_answer"
    draws: tuple[float, ...] = ()

    def answer_of(self, target: str) -> str:
        """What this target does when it rings."""
        return self.answers.get(target, self.default_answer)


@dataclass(frozen=True)
class Step:
    """One thing that caller or business observe.

    Kinds: ``prompt`` (what: the spoken text, or ``ref:ID`` for audio known by id only), ``ring`` (targets sorted,
    seconds or None where the vendor does not say), ``voicemail`` (what: the greeting as for prompt, or empty), ``queue``,
    ``handover`` (fax, conference, transfer ...), ``effect`` (record, caller id ...: what names it),
    ``reject`` (what: the SIP code), ``opaque`` (something that nobody can judge; the trace stops there), ``end``.
    """

    kind: str
    what: str = ""
    targets: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True)
class Trace:
    """The steps, how it ended, and every place of the document (JSON pointer) that decided something on the way.

    ``end``: ``answered``, ``voicemail``, ``hangup``, ``reject``, ``handover``, ``queue``, ``opaque``, ``loop``, or
    ``unspecified`` where the vendor does not say what happens (a key that no option has, silence at a Convirza menu).
    """

    steps: tuple[Step, ...]
    end: str
    visited: tuple[str, ...]
