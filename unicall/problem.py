"""What can be wrong with a document or a translation, and how it is said.

A :class:`Problem` has a public code; the code has one meaning and one severity, and is never reused.
Messages are rendered when they are read, from the code's template and the problem's words.

    Exception
      UnicallError
        DocumentError    the input cannot be read; has a JSON pointer
        FlowError        our own model was misused
        ProviderError    a vendor's API refused (for live accounts)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from attrs import Factory, evolve, field, frozen

if TYPE_CHECKING:
    from unicall.behave.calls import Call
    from unicall.wire import Json


class Severity(StrEnum):
    """How bad a problem is, by its effect on the caller; worst first."""

    LOST = "lost"
    CHANGED = "changed"
    UNRESOLVED = "unresolved"
    SETTING = "setting"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class UnicallError(Exception):
    """Everything that unicall raises."""


class FlowError(UnicallError):
    """The neutral model was misused: a node that does not exist, a provider nobody knows."""


class ProviderError(UnicallError):
    """A vendor's API refused a call, or did not answer it.

    ``outcome``: ``refused`` (nothing was done), ``unreached`` (it never got there, and may be asked again) or ``unknown`` (it
    may have been done, and only looking tells). ``status``: of HTTP. ``code``: the vendor's own. ``after``: seconds that the vendor
    asks to wait. ``call``: the method and the path. No secret stands in any of them.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str = "",
        call: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        outcome: Literal["refused", "unreached", "unknown"] = "refused",
        after: float | None = None,
        details: Json = None,
    ) -> None:
        said = " ".join(str(part) for part in (status, code if code != str(status) else None) if part is not None)
        asked = f"request {request_id}" if request_id else ""
        line = ": ".join(part for part in (provider, call, said, message) if part)
        super().__init__(f"{line} ({asked})" if asked else line)
        self.message = message
        self.provider = provider
        self.call = call
        self.status = status
        self.code = code
        self.request_id = request_id
        self.outcome = outcome
        self.after = after
        self.details = details


class DocumentError(UnicallError):
    """The input cannot be read. ``pointer`` says where, ``others`` what else, ``problems`` what was noticed on the way.

    ``source`` names the file that is meant, where it is not the document but a file of settings or references.
    """

    def __init__(
        self,
        text: str,
        *,
        pointer: str = "",
        others: Sequence[DocumentError] = (),
        problems: Sequence[Problem] = (),
        source: str = "",
    ) -> None:
        places = [place for place in (source, pointer) if place] or ["the document"]
        super().__init__("\\n".join(": ".join([*places, text]).splitlines()))
        self.text = text
        self.pointer = pointer
        self.others = tuple(others)
        self.problems = tuple(problems)
        self.source = source

    def within(self, source: str, at: str = "") -> DocumentError:
        """The same, and the same of all others, of a file in which the input stands at this pointer."""
        others = [one.within(source, at) for one in self.others]
        problems = [evolve(one, pointer=f"{at}{one.pointer}") for one in self.problems]
        return DocumentError(self.text, pointer=f"{at}{self.pointer}", others=others, problems=problems, source=source)


@frozen
class Code:
    """What a code means: one line, the message's template, an example, and what can be done."""

    severity: Severity
    meaning: str
    message: str
    example: str
    advice: str


@frozen
class Problem:
    """One thing to know about a translation. ``pointer`` is a JSON pointer into the source document.

    Where the flows were compared, ``call`` is the shortest :class:`unicall.Call` that meets what is lost or changed, ``met`` that
    call in plain words, and ``unnoticed`` says that no call does.
    """

    code: str
    pointer: str
    value: Any = None
    node: str = field(default="", kw_only=True)
    target_pointer: str = field(default="", kw_only=True)
    words: Mapping[str, object] = field(default=Factory(dict), kw_only=True)
    call: Call | None = field(default=None, kw_only=True)
    met: str = field(default="", kw_only=True)
    unnoticed: bool = field(default=False, kw_only=True)

    @property
    def severity(self) -> Severity:
        """By the code."""
        return CODES[self.code].severity

    @property
    def message(self) -> str:
        """What happened, in one sentence. A word ``value`` says what the value means, where the document spells it otherwise."""
        value = "nothing" if self.value is None else brief(self.value)
        return CODES[self.code].message.format_map(_Words({"value": value, **self.words}))

    @property
    def advice(self) -> str:
        """What to do about it."""
        return CODES[self.code].advice


class _Words(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


def brief(value: Any, limit: int = 60) -> str:
    """A JSON value on one short line, for messages. Never recurses far."""
    if isinstance(value, str):
        text = '"' + value.replace("\n", "\\n") + '"'
    elif isinstance(value, dict):
        shown = [f"{key}: {'...' if isinstance(value[key], (list, dict)) else brief(value[key], 20)}" for key in list(value)[:4]]
        text = "{" + ", ".join(shown) + (", ..." if len(value) > 4 else "") + "}"
    elif isinstance(value, list):
        plain = [brief(item, 20) for item in value[:4] if not isinstance(item, (list, dict))]
        text = "[" + ", ".join(plain if len(plain) == len(value) else [*plain, "..."]) + "]"
    elif value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, int) and value.bit_length() > 1000:
        text = f"a number of {value.bit_length()} bits"
    else:
        text = str(value)
    if not text.isprintable():
        text = "\\n".join(text.splitlines())
    return text if len(text) <= limit else text[: limit - 4] + "..." + text[-1]


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted by severity, then code, but that nothing is left before what is gone; the order of the document within."""
    return sorted(problems, key=lambda problem: (problem.severity.rank, problem.code != "UC215", problem.code))


_LOST, _CHANGED, _UNRESOLVED, _SETTING, _NOTE = Severity

CODES: Mapping[str, Code] = {
    # Reading a document.
    "UC101": Code(
        _UNRESOLVED, "a value that nobody knows",
        "{key} is {value}, which is not {expected}",
        'Convirza `"action": "teleport"`', "Find out what the vendor means by it. It is kept as it stands.",
    ),
    "UC102": Code(
        _UNRESOLVED, "a target that is no phone number, address or known reference",
        "{value} is not a phone number or an address that unicall knows",
        'Convirza `"default_ringto": "stringstri"`', "Correct the number at the source, or map it by hand.",
    ),
    "UC103": Code(
        _UNRESOLVED, "a referenced document that was not given",
        "the {what} {value} was not given, so nobody knows what it says",
        "a Vinix menu node whose menu document is not in the bundle", "Add the document to the bundle and run again.",
    ),
    "UC104": Code(
        _UNRESOLVED, "a schedule whose numbers the vendor does not document",
        "{value} can mean several things: {why}",
        'Convirza `"schedule_route": {{"timezone": 5, "options": [{{"day": 1, "from_time": 800}}]}}`',
        "Look the hours up in the vendor's portal. The numbers are kept as they stand.",
    ),
    "UC105": Code(
        _NOTE, "a branch that no call can take",
        "no call can reach {key}: {why}",
        "a `_` child below a Vinix `resources` node", "Nothing, or remove it at the source.",
    ),
    "UC106": Code(
        _NOTE, "hours that never hold",
        "these hours never hold: {why}",
        "a Vinix rule from 72000 to 21600", "Split the window at midnight at the source, if it was meant to run over night.",
    ),
    "UC107": Code(
        _NOTE, "an order that the vendor does not promise",
        "the steps are read as one after the other; the vendor may spread calls over them",
        "an API19 flow with route1 and route2", "Ask the carrier, if the order matters.",
    ),
    "UC108": Code(
        _NOTE, "a gap in the numbering of steps",
        "step {step} follows step {before}; the steps are taken in their order",
        "API19 route1 and route3", "Nothing; the numbers are kept.",
    ),
    "UC109": Code(
        _UNRESOLVED, "two places of the document that contradict each other",
        "{value} contradicts {other}: {why}",
        "siblings of a Convirza menu with different go_back_key", "Correct one of them at the source.",
    ),
    "UC110": Code(
        _NOTE, "a form that the vendor does not document, read as what it looks like",
        "{value} is read as {what}, which the vendor does not document",
        'API19 `"route1": "2025550142"`', "Make a test call before you rely on it.",
    ),
    "UC111": Code(
        _UNRESOLVED, "a flow that is known from its calls alone",
        "observed in {calls}, not configured: {shows}",
        "a route in Convirza's calls list",
        "Look the route up in the vendor's portal: hours, menus, overflow and voicemail cannot be told from calls.",
    ),
    # What had to be rewritten for the target.
    "UC201": Code(
        _NOTE, "a part that several branches share was copied",
        "{target} has no joins: this part stands {copies} times",
        "two Vinix menu keys that lead to one voicemail", "Nothing; change all copies when you change one.",
    ),
    "UC202": Code(
        _NOTE, "a loop or a shared part became a document of its own",
        "{target} has no loops: this part became the flow {what} of its own",
        "a Convirza go_back_key on Vinix", "Nothing; the two documents belong together.",
    ),
    "UC203": Code(
        _LOST, "a way back, or a part too large to copy, cannot be written",
        "{target} has no way to say that {exit} leads back to {to}",
        "a menu key that repeats the menu, on API19", "Rebuild that part by hand, or choose another target.",
    ),
    "UC204": Code(
        _NOTE, "a group that rings in turn became a hunt",
        "{target} has no group that rings in turn: each target became a step, with the same times",
        "a Vinix ring_group with strategy single, on Convirza", "Nothing.",
    ),
    "UC205": Code(
        _NOTE, "a window over midnight was split",
        "{target} has no windows over midnight: it became two",
        "22:00 to 06:00 on Vinix", "Nothing.",
    ),
    "UC206": Code(
        _CHANGED, "outcomes of a ring that the target cannot tell apart",
        "{target} cannot tell outcomes apart: after {outcome} a call goes where it goes after {kept}",
        "a Vinix ring with a child for USER_BUSY, on Convirza", "Check that every outcome may take that way.",
    ),
    "UC207": Code(
        _LOST, "part of a branch that the target cannot hold",
        "{what} is gone: {value}",
        "what a menu key leads to, on API19", "Rebuild that part by hand, or choose another target.",
    ),
    "UC208": Code(
        _LOST, "a menu that the target cannot hold here",
        "{target} cannot hold a menu here: {way}",
        "any menu on API19", "Rebuild the menu by hand, or choose another target.",
    ),
    "UC209": Code(
        _LOST, "a schedule that the target cannot hold here",
        "{target} cannot hold hours here: all calls go as they do {way}",
        "a schedule at the start of a flow, on Convirza v2", "Set the hours by hand in the target's portal.",
    ),
    "UC210": Code(
        _LOST, "a split that the target cannot hold here",
        "{target} cannot split calls here: all calls take the share {exit}, the largest",
        "a percentage route on API19", "Split the calls by hand, or choose another target.",
    ),
    "UC211": Code(
        _CHANGED, "a split by chance became one by the caller's number",
        "{target} cannot draw lots: {exit} ({value} %) goes by the last two digits of the caller's number",
        "a percentage route on Vinix",
        "Expect that a caller always gets the same share, and that anonymous callers get the last.",
    ),
    "UC212": Code(
        _UNRESOLVED, "a choice by region whose places nobody knows",
        "nobody can tell which callers belong to {exit}: {way} where callers from elsewhere go",
        "a geo route whose area codes are not in the record", "List the area codes, and add them by hand.",
    ),
    "UC213": Code(
        _CHANGED, "a choice by region became one by area code",
        "{target} has no regions: {exit} is taken by callers whose number starts with {value}",
        "a geo route by state on Vinix", "Callers with a number from elsewhere are told apart no more.",
    ),
    "UC214": Code(
        _UNRESOLVED, "something only the source vendor has",
        "{target} has no {what}; nobody knows what it does to the call",
        "a Vinix `disa` node, on Convirza", "Rebuild it by hand, or decide that you can do without.",
    ),
    "UC215": Code(
        _LOST, "nothing is left that rings or answers",
        "{target} can hold nothing of the flow that rings or answers",
        "a flow that only hangs up, on API19", "Do not move this flow, or rebuild it by hand.",
    ),
    "UC216": Code(
        _CHANGED, "something callers hear or wait for that the target cannot hold here",
        "{target} cannot hold {what} here: {then}",
        "an announcement on API19", "Decide whether callers need it.",
    ),
    "UC217": Code(
        _SETTING, "something the business relies on that the target cannot hold here",
        "{target} cannot hold {what} here",
        "recording on API19", "Set it up in the target's portal.",
    ),
    "UC218": Code(
        _LOST, "a destination that the target cannot hold here",
        "{target} cannot hold {what} here: callers no longer reach it",
        "a queue on Convirza, voicemail on API19", "Give those callers another destination.",
    ),
    "UC219": Code(
        _NOTE, "an end that needs no words",
        "the call ends here without {target} being told",
        "a hang-up after the last step, on API19", "Nothing.",
    ),
    "UC220": Code(
        _NOTE, "a step that moved to where the target can hold it",
        "{what} now comes before {before}",
        "a recording that starts after the announcement, on Convirza", "Nothing; the announcement is recorded as well.",
    ),
    "UC221": Code(
        _LOST, "an exit that the target cannot hold",
        "{target} cannot say what happens after {outcome}",
        "silence at a menu, on Convirza", "Find out what the target does then.",
    ),
    "UC222": Code(
        _CHANGED, "a caller match that the target cannot hold here",
        "{target} cannot look at the caller's number: all calls go as if it did not match",
        "a VIP list on Convirza", "Decide whether those callers need a number of their own.",
    ),
    "UC223": Code(
        _UNRESOLVED, "a ring whose targets the target cannot name",
        "{target} cannot ring {what}: without a counterpart the step is left out",
        "a Vinix device on Convirza", "Map the reference to a number, or choose another destination.",
    ),
    "UC224": Code(
        _NOTE, "a jump into another flow became part of this one",
        "{target} has no way into another flow: what it does stands here",
        "a Vinix callflow node without children, on Convirza", "Nothing; change all copies when you change one.",
    ),
    "UC225": Code(
        _CHANGED, "hours that the target cannot say",
        "{target} cannot say these hours: calls go as if they never held",
        "a holiday on the first Monday of September, on Convirza", "Set the hours by hand in the target's portal.",
    ),
    "UC226": Code(
        _NOTE, "hours with several windows became several entries",
        "{target} has one window for each entry: there are several now, with one destination each",
        "Vinix rule sets on Convirza", "Nothing; change all of them when you change one.",
    ),
    "UC227": Code(
        _CHANGED, "a menu of one key was put before a route",
        "{target} can hold this only behind a menu: callers hear {what} and press {key} first",
        "a schedule at the start of a flow, on Convirza v2 with the setting wrap",
        "Decide whether callers may be asked to press a key.",
    ),
    "UC228": Code(
        _UNRESOLVED, "a flow that leads nowhere, which the target does not say",
        "nothing rings or answers in the flow, and nobody can say what {target} does with an empty {what}",
        "an API19 flow without a target, on Convirza", "Say where its calls should go, or leave the flow behind.",
    ),
    # Facts that arrived as something else.
    "UC301": Code(
        _CHANGED, "how long something rings",
        "{what} is {value} here, {other} there",
        "20 s as rings of 6 s", "Choose the nearest time that the target takes, if it matters.",
    ),
    "UC302": Code(
        _CHANGED, "in which order, how often or after which delay targets ring",
        "{what} is {value} here, {other} there",
        "a delay of 5 s inside a Convirza simultaneous ring", "Check whether callers mind.",
    ),
    "UC303": Code(
        _LOST, "a target that does not ring any more",
        "{what} does not ring any more",
        "a third simultaneous target on API19", "Give it a step of its own, or a number or an address that can be rung there.",
    ),
    "UC304": Code(
        _UNRESOLVED, "a reference that means nothing to the target",
        "{what} needs a counterpart; until then {other} stands there",
        "an API19 device on Vinix",
        "Create the counterpart, and put its id there: by hand, or with the file that unicall references prints.",
    ),
    "UC305": Code(
        _CHANGED, "what callers hear",
        "{what} is {value} here, {other} there",
        "a greeting that exists as audio only at the source", "Record or upload the prompt.",
    ),
    "UC306": Code(
        _CHANGED, "how a menu waits for keys",
        "{what} is {value} here, {other} there",
        "five retries on Convirza, which does not say", "Check it with a test call.",
    ),
    "UC307": Code(
        _LOST, "what callers can dial by themselves",
        "{what} is {value} here, {other} there",
        "direct dialling in a Vinix menu, on Convirza", "Give the extensions menu keys.",
    ),
    "UC308": Code(
        _CHANGED, "when something is open",
        "{what} is {value} here, {other} there",
        "hours on the third Monday, on Convirza", "Set the hours by hand.",
    ),
    "UC309": Code(
        _CHANGED, "how calls are told apart",
        "{what} is {value} here, {other} there",
        "a radius that the target does not know", "Check it by hand.",
    ),
    "UC310": Code(
        _SETTING, "what the business relies on, and callers do not notice",
        "{what} is {value} here, {other} there",
        "a whisper on Vinix", "Set it up in the target's portal, if there is a way.",
    ),
    "UC311": Code(
        _NOTE, "a name or label",
        "{what} is {value} here, {other} there",
        "the label of a menu key on Vinix", "Nothing.",
    ),
    "UC312": Code(
        _NOTE, "the target says what the source leaves open, or the other way round",
        "{what} is {value} here, {other} there",
        "the number of retries of a menu", "Nothing; check the target's default, if it matters.",
    ),
    "UC313": Code(
        _CHANGED, "something else that callers meet",
        "{what} is {value} here, {other} there",
        "another SIP code", "Check it by hand.",
    ),
    "UC314": Code(
        _CHANGED, "what a carrier lets callers hear where no document names a prompt",
        "{what} is {value} here, {other} there",
        "a menu without a greeting, between Vinix and Convirza", "Give it a greeting of its own.",
    ),
    # The flow as a whole.
    "UC401": Code(
        _CHANGED, "whether the flow is in use",
        "the flow is not in use here ({value}), and nothing says so there",
        "an inactive Convirza flow on Vinix", "Do not give it numbers before it is to be used.",
    ),
    "UC402": Code(
        _LOST, "a way in that the target cannot hold",
        "calls to {value} do not reach the flow any more",
        "a second number on Convirza", "Route that number by hand.",
    ),
    "UC403": Code(
        _UNRESOLVED, "numbers that stand outside the flow",
        "{target} keeps {value} outside the flow",
        "any number on API19", "Attach the number to the flow in the target's portal.",
    ),
    "UC404": Code(
        _UNRESOLVED, "a flow without a way in",
        "the flow comes without a number: {target} needs one before anybody can reach it",
        "any API19 flow on Vinix",
        "Give the flow its number: under [numbers] in the file that unicall references prints, or at the carrier.",
    ),
    "UC405": Code(
        _UNRESOLVED, "a document whose field names the vendor does not publish",
        "{target} does not publish the names of its fields: they are assumed",
        "any flow on Convirza v3", "Compare it with one real answer of the carrier, and correct the profile in the settings.",
    ),
    "UC406": Code(
        _UNRESOLVED, "a required argument that only the account knows",
        "{target} requires {what}, which the flow does not have",
        "API19's update request without a call_flow_id", "Look it up in the account, and put it there.",
    ),
    "UC407": Code(
        _UNRESOLVED, "something that the target's API does not take, as far as is known",
        "{target} does not take {what}: {why}",
        "a menu of eleven keys in a request of Convirza v2",
        "Change it before you send the document, or try whether the carrier takes it where that is only assumed.",
    ),
    "UC410": Code(
        _SETTING, "recording and transcription",
        "{key} stays behind: {value}", "Convirza record_until", "Set it up in the target's portal.",
    ),
    "UC411": Code(
        _SETTING, "notification and integration",
        "{key} stays behind: {value}", "Convirza webhook_enabled", "Set it up in the target's portal.",
    ),
    "UC412": Code(
        _SETTING, "spam filters and analytics",
        "{key} stays behind: {value}", "Convirza call_value", "Set it up in the target's portal.",
    ),
    "UC413": Code(
        _SETTING, "what the one who is called sees or hears of the call",
        "{key} stays behind: {value}", "API19 dnis", "Set it up in the target's portal.",
    ),
    "UC414": Code(
        _CHANGED, "what callers hear while they wait, or after the call",
        "{key} stays behind: {value}", "Vinix ringback, Convirza postcall_ivr_enabled", "Check it by hand.",
    ),
    "UC415": Code(
        _CHANGED, "how a step takes input, rings or ends",
        "{key} stays behind: {value}", "Vinix terminators, can_call_self", "Check it by hand.",
    ),
    "UC416": Code(
        _CHANGED, "how callers are asked where they are",
        "{key} stays behind: {value}", "Convirza allow_manual_entry", "Check it by hand.",
    ),
    # What nobody reads.
    "UC501": Code(
        _UNRESOLVED, "a key that nobody knows stays behind",
        "{key} stays behind, and nobody knows whether it matters: {value}",
        "any key that is not in the vendor's documents", "Find out what it does.",
    ),
    "UC502": Code(
        _NOTE, "a document that came along and stays behind",
        "the {what} document stays behind",
        "a device in a Vinix bundle", "Nothing: what the flow needs of it is said where the flow uses it.",
    ),
    # What was edited at the other carrier, on the way back.
    "UC601": Code(
        _CHANGED, "an edit that cannot be carried back",
        "{what}: {target} cannot say this edit; the original stays as it was",
        "another pattern in the caller match that a Convirza percentage became on Vinix", "Make the change by hand.",
    ),
    "UC602": Code(
        _NOTE, "a shared part that was edited in one of its copies",
        "one copy of this part was edited: it stands by itself now",
        "a voicemail box behind two menu keys, edited behind one of them", "Nothing; edit the other copy too if it was meant.",
    ),
    "UC603": Code(
        _UNRESOLVED, "a document that says nothing of what was written",
        "nothing of what was written stands there any more: {value} may be another flow",
        "a flow of one number that got another name and another number", "Make sure that the residue belongs to this flow.",
    ),
    "UC604": Code(
        _UNRESOLVED, "ids of the server that only their order tells apart",
        "the documents of {value} were not given: which of them is which was taken from their order",
        "a Vinix callflow alone, with two devices whose keys were exchanged", "Give the bundle with these documents, and compare.",
    ),
    # What the user's references say.
    "UC605": Code(
        _NOTE, "an id that the references translate",
        "{what} is {other} there, as the references say",
        "an API19 device whose Vinix id stands in the references", "Nothing.",
    ),
    "UC606": Code(
        _UNRESOLVED, "an id that several entries of the references claim",
        "{what} stays as it is: the references name it as the counterpart of {other}",
        "two API19 devices with the same Vinix device, on the way back to API19",
        "Say which it is: give it an entry of its own, in the table of the carrier that the flow comes from.",
    ),
    "UC607": Code(
        _UNRESOLVED, "a counterpart that cannot stand where its id stands",
        "{what} stays as it is: its counterpart {other} can only be rung",
        "a telephone number for a mailbox", "Give it a counterpart of its own kind in the references.",
    ),
    "UC608": Code(
        _NOTE, "a number that the references attach to the flow",
        "{target} keeps {value} outside the flow, where the references say it is",
        "a number of a Vinix flow on API19, listed under [numbers]", "Nothing, once the number is attached.",
    ),
    "UC609": Code(
        _NOTE, "text that was repaired as the settings ask for",
        "the text {what}; the known defect of this carrier was repaired",
        "the comma that is missing in API19's documented list answer", "Nothing, for a recorded answer; never trust a live one.",
    ),
    "UC610": Code(
        _UNRESOLVED, "a new target of a group that may stand for one of several that are gone",
        "{what} may be the new number of one of {value}, and nobody can tell of which: it is new, what was kept with them is gone",
        "a Vinix group of three devices of which Convirza deleted one and renumbered another",
        "Give it by hand what its predecessor had: its name, its owner.",
    ),
    "UC701": Code(
        _NOTE, "an exit that no call takes",
        "no call takes the exit {exit}: {why}",
        "a key that the menu cannot hear, a rule hidden by an earlier one", "Remove it, or find out what it was meant for.",
    ),
    "UC702": Code(
        _NOTE, "hours that never hold",
        "the hours {exit} never hold",
        "a Vinix window over midnight, a rule that is switched off", "Check the window, the days and the switch.",
    ),
    "UC703": Code(
        _UNRESOLVED, "shares that do not make a hundred",
        "the shares make {sum} percent: nobody knows where the other calls go",
        "60 and 30 percent", "Correct the shares.",
    ),
    "UC704": Code(
        _UNRESOLVED, "a loop without an end",
        "a call goes round for ever ({call})",
        "a flow that jumps to itself", "Give it a way out.",
    ),
    "UC705": Code(
        _NOTE, "a dead end",
        "{what}: every call ends here",
        "a menu without a key", "Say where calls go on, or hang up.",
    ),
    "UC901": Code(
        _NOTE, "bookkeeping",
        "bookkeeping of the source stays behind: {keys}",
        "ids, timestamps, spellings", "Nothing.",
    ),
}  # fmt: skip


def explain(code: str) -> str:
    """What a code means, an example, what can be done, and which settings resolve it; KeyError for a code that is none."""
    from unicall.settings import resolving

    entry = CODES[code]
    return (
        f"{code} ({entry.severity}): {entry.meaning}\n\n"
        f"Example: {entry.example.replace('{{', '{').replace('}}', '}')}\n"
        f"What to do: {entry.advice}\n"
        f"{resolving(code)}"
    )
