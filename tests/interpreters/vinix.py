"""What a call meets in a Vinix call flow (Kazoo, 4.3 line), read from the platform's rules alone.

The surprising rules, all of them Kazoo's: a *stop* inside a subroutine returns to the caller's ``_`` child; ``_`` of a
``menu`` means "after all retries"; ``_`` of ``resources`` never runs; of temporal rules the first active one decides,
and when it has no child of its own ``_`` runs and no later rule is tried.

Where the platform's rules leave a choice, this reading is taken:

- Nothing is known of a referenced document that the bundle lacks, so the object is taken to exist with every default:
  a device rings as ``device:ID``, a box takes messages without a greeting. But a temporal rule, a rule set or a call
  flow that is not there cannot be read, and how often a menu asks that is not there is not known. A user rings as
  ``user:ID`` whether or not their devices are in the bundle.
- A queue, a box, a directory and a park slot take the call; one that the call's ``answers`` name (``queue:ID``,
  ``mailbox:ID``, ``directory:ID``, ``park:SLOT``) with anything but "answered" leaves it to ``_``.
- ``seconds`` of a ring counts from the moment the caller begins to wait. In strategy ``single`` each leg is taken to
  ring its full time before the next begins, so the seconds do not depend on the outcomes.
- Several targets that fail differently: the cause is that of the one highest in ``FAILURES``.
- A device with ``call_forward.failover`` counts as registered: the device rings and the number does not.
- A voicemail ends the trace (the usual end is a hang-up), and so does a SIP refusal inside a subroutine.
- System prompts (invalid entry, goodbye, transferring) are no steps; a menu's own media in their place are.
- A test whose outcome neither call nor bundle can tell (``branch_variable``, ``pivot``, lists ...) is opaque.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tests.interpreters.call import Call, Step, Trace

#: What a failed ring is called in a child key: by its cause, then by its SIP code. The highest here wins among several.
FAILURES: Mapping[str, tuple[str, str]] = {
    "no_answer": ("NO_ANSWER", "sip:480"),
    "busy": ("USER_BUSY", "sip:486"),
    "declined": ("CALL_REJECTED", "sip:603"),
    "unreachable": ("NORMAL_TEMPORARY_FAILURE", "sip:503"),
}

#: Branches that one call may take; the next one ends it.
BRANCHES = 50

#: Gregorian seconds count from the year 0. This many of them are Unix second 0.
GREGORIAN = 62167219200

#: A rule without ``start_date`` starts here: 1983-04-11 08:00 UTC.
START_DATE = 62586115200

#: No loop of one node is followed further than this, whatever ``retries`` or ``repeats`` say.
LIMIT = 1000

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY = {name: number for number, name in enumerate(WEEKDAYS)} | {"wensday": 2}
ORDINALS = ("first", "second", "third", "fourth", "fifth")

#: Modules that act and continue with ``_``, and the data that names what they do, with its default.
EFFECTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "acdc_agent": (("action", ""),),
    "acdc_queue": (("action", ""), ("id", "")),
    "after_bridge": (("action", ""), ("data", "")),
    "answer": (),
    "call_forward": (("action", ""),),
    "call_waiting": (("action", "toggle"), ("scope", "device")),
    "collect_dtmf": (("collection_name", ""), ("max_digits", "1")),
    "detect_speech": (("action", ""),),
    "do_not_disturb": (("action", ""), ("id", "")),
    "edr": (),
    "flush_dtmf": (("collection_name", "default"),),
    "language": (("language", ""),),
    "lookupcidname": (("lists", ""),),
    "manual_presence": (("presence_id", ""), ("status", "idle")),
    "missed_call_alert": (("recipients", ""),),
    "noop": (),
    "notification": (("template_id", ""), ("recipients", "")),
    "prepend_cid": (("action", "prepend"), ("caller_id_name_prefix", ""), ("caller_id_number_prefix", "")),
    "record_caller": (("url", ""),),
    "ring_group_toggle": (("action", ""), ("callflow_id", "")),
    "send_dtmf": (("digits", ""),),
    "set": (),
    "set_alert_info": (("alert_info", ""),),
    "set_cid": (("caller_id_name", ""), ("caller_id_number", "")),
    "set_variable": (("variable", ""), ("value", "")),
    "set_variables": (("custom_application_vars", ""),),
    "skel": (),
    "sleep": (("duration", "0"), ("unit", "s")),
    "tones": (("tones", ""),),
    "webhook": (("uri", ""),),
}

#: Modules after which the call is in other hands.
HANDOVERS = (
    *("call_pickup", "conference", "conference_feature", "eavesdrop", "faxbox", "group_pickup", "group_pickup_feature"),
    *("intercept", "intercept_feature", "move", "receive_fax", "transfer"),
)

#: Modules that keep the caller in silence until they hang up.
SILENCES = ("dead_air", "wait_for_hangup")


def run(document: object, call: Call, *, timezone: str = "UTC", whole_groups: bool = False) -> Trace:
    """What ``call`` meets in ``document``: a bundle, a bare call flow, or one inside ``{"data": ...}``.

    In a bundle whose call flow is inside ``{"data": ...}``, the other documents may be as well.

    ``timezone`` is the account's; a ``temporal_route`` without one of its own uses it. ``whole_groups``: a stored group rings as
    ``group:ID``, as a user does, whether or not its document is in the bundle.
    """
    return _Player(Place(document), call, timezone, whole_groups).play()


class Place:
    """A value of the document and where it stands. A missing value and null are the same: None."""

    __slots__ = ("_pointer", "key", "parent", "value")

    def __init__(self, value: object, parent: Place | None = None, key: str = "") -> None:
        self.value = value
        self.parent = parent
        self.key = key
        self._pointer = "" if parent is None else None

    @property
    def pointer(self) -> str:
        """The JSON pointer (RFC 6901) from the root of the document."""
        parts: list[str] = []
        place = self
        while place._pointer is None and place.parent is not None:
            parts.append("/" + place.key.replace("~", "~0").replace("/", "~1"))
            place = place.parent
        self._pointer = (place._pointer or "") + "".join(reversed(parts))
        return self._pointer

    def at(self, key: str) -> Place:
        """The member of that name; its value is None where there is none."""
        return Place(self.value.get(key) if isinstance(self.value, dict) else None, self, key)

    def members(self) -> list[Place]:
        """The members of an object in document order, or the items of an array."""
        if isinstance(self.value, dict):
            return [Place(value, self, key) for key, value in self.value.items()]
        if isinstance(self.value, list):
            return [Place(value, self, str(index)) for index, value in enumerate(self.value)]
        return []

    @property
    def is_object(self) -> bool:
        return isinstance(self.value, dict)

    def leaves(self) -> Iterator[Place]:
        """Every scalar below, objects by sorted key, arrays in order."""
        pending = [self]
        while pending:
            place = pending.pop()
            below = place.members()
            if place.is_object:
                below.sort(key=lambda member: member.key)
            pending.extend(reversed(below))
            if place.value is not None and not isinstance(place.value, dict | list):
                yield place


@dataclass(frozen=True)
class Target:
    """Who rings; for a number that a device forwards to, also where the document says so."""

    text: str
    forward: Place | None = None


@dataclass(frozen=True)
class Member:
    """One endpoint of a ring group, before its device is looked at."""

    kind: str
    id: str
    delay: float
    timeout: float


@dataclass(frozen=True)
class Leg:
    """What one endpoint makes ring, from when, and for how long."""

    targets: tuple[Target, ...]
    delay: float
    timeout: float


class _EndedError(Exception):
    """The trace is over."""

    def __init__(self, end: str) -> None:
        super().__init__(end)
        self.end = end


class _CrashError(Exception):
    """The module crashes on its data: the executor continues with ``_``."""


class _Reader:
    """Reads values as the platform casts them, and remembers each one that was looked at."""

    def __init__(self) -> None:
        self.visited: dict[str, None] = {}

    def see(self, place: Place) -> None:
        if place.value is not None:
            self.visited[place.pointer] = None

    def text(self, place: Place) -> str | None:
        """A text that is not empty, or a number written out."""
        self.see(place)
        value = place.value
        if isinstance(value, str):
            return value or None
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else None

    def number(self, place: Place) -> int | None:
        """A whole number, or one written as text. Absurdly large ones count as absent."""
        self.see(place)
        return _number(place.value)

    def flag(self, place: Place, default: bool) -> bool:
        """True or false, or one of them written as text."""
        known = self.switch(place)
        return default if known is None else known

    def switch(self, place: Place) -> bool | None:
        self.see(place)
        if isinstance(place.value, bool):
            return place.value
        return {"true": True, "false": False}.get(place.value) if isinstance(place.value, str) else None

    def seconds(self, place: Place, default: int = 20) -> float:
        """A ring time. Nought is not "at once" but the default."""
        number = self.number(place)
        return float(number if number is not None and number > 0 else default)

    def telling(self, place: Place, default: str) -> str:
        """A value of any shape as one line of text."""
        if place.is_object or isinstance(place.value, list):
            return ",".join(f"{leaf.key}={self.plain(leaf)}" for leaf in place.leaves())
        return self.plain(place) or default

    def plain(self, place: Place) -> str:
        if isinstance(place.value, bool):
            self.see(place)
            return "true" if place.value else "false"
        return self.text(place) or ""


def _number(value: object) -> int | None:
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"-?[0-9]{1,12}", value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if abs(value) < 10**12 else None


class _Player(_Reader):
    """One call on its way through the flow."""

    def __init__(self, root: Place, call: Call, timezone: str, whole_groups: bool) -> None:
        super().__init__()
        self.whole_groups = whole_groups
        self.bundle = root if root.at("callflow").is_object else Place(None)
        self.requested = self.bundle is root and _is_body(root.at("callflow"))
        self.callflow = _unwrap(root.at("callflow") if self.bundle is root else root)
        self.call = call
        self.caller = call.caller or ""
        self.timezone = timezone
        self.now = call.at if call.at.tzinfo is not None else call.at.replace(tzinfo=UTC)
        self.keys = iter(call.keys)
        self.steps: list[Step] = []
        self.returns: list[Place] = []
        self.branches = 0

    def play(self) -> Trace:
        end = "hangup"
        node: Place | None = self.callflow.at("flow")
        try:
            while node is not None or self.returns:
                node = self.pass_through(node) if node is not None else self.returns.pop()
        except _EndedError as ended:
            end = ended.end
        return Trace(tuple(self.steps), end, tuple(self.visited))

    def pass_through(self, node: Place) -> Place | None:
        """Run one node. The answer is the node that follows, or None for a stop."""
        if not node.is_object:
            return None
        self.see(node)
        if not node.value:
            return None
        data = node.at("data")
        if self.flag(data.at("skip_module"), False):
            return self.follow(node)
        module = self.text(node.at("module")) or ""
        try:
            return MODULES.get(module, _opaque)(self, node, data)
        except _CrashError:
            return self.follow(node)

    def follow(self, node: Place, key: str = "_") -> Place | None:
        """Kazoo's *continue*: that child, else ``_``, else a stop."""
        children = node.at("children")
        child = children.at(key)
        if not child.is_object:
            child = children.at("_")
        return child if child.is_object else None

    def attempt(self, node: Place, key: str) -> Place | None:
        """Kazoo's *attempt*: that child if it exists and is not empty; no fallback."""
        child = node.at("children").at(key)
        return child if child.is_object and child.value else None

    def branch(self, node: Place, callflow: Place) -> Place:
        """Kazoo's *branch*: run the flow, and this node's ``_`` when it stops."""
        self.branches += 1
        if self.branches > BRANCHES:
            raise _EndedError("loop")
        back = self.attempt(node, "_")
        if back is not None:
            self.returns.append(back)
        return callflow.at("flow")

    def emit(self, step: Step) -> None:
        self.steps.append(step)

    def effect(self, *words: str) -> None:
        self.emit(Step("effect", " ".join(word for word in words if word)))

    def document(self, section: str, ident: str) -> Place | None:
        place = self.bundle.at(section).at(ident)
        if self.requested and _is_body(place):
            place = place.at("data")
        return place if place.is_object else None

    def audio(self, place: Place) -> str | None:
        """What a media id lets the caller hear: the text if the bundle has it, else a reference."""
        ident = self.text(place)
        if ident is None:
            return None
        media = self.document("media", ident)
        spoken = self.text(media.at("tts").at("text")) if media is not None else None
        return spoken or f"ref:{ident}"

    def prompt(self, what: str | None) -> None:
        if what is not None:
            self.emit(Step("prompt", what))

    def ring(self, targets: Sequence[Target], seconds: float | None, data: Place) -> str:
        """Ring all of these at once. The answer is how that failed; an answered call ends the trace."""
        self.emit(Step("ring", targets=tuple(sorted({target.text for target in targets})), seconds=seconds))
        outcomes = [self.call.answer_of(target.text) for target in targets]
        if "answered" in outcomes:
            forward = targets[outcomes.index("answered")].forward
            if forward is not None and self.flag(forward.at("require_keypress"), True):
                self.effect("require_keypress")
            raise _EndedError("answered")
        if "declined" in outcomes and self.flag(data.at("fail_on_single_reject"), False):
            return "declined"
        return next((failure for failure in FAILURES if failure in outcomes), "no_answer")

    def taken(self, node: Place, name: str, end: str) -> Place | None:
        """What takes the call ends it, unless the call says that this one does not."""
        if self.call.answers.get(name, "answered") == "answered":
            raise _EndedError(end)
        return self.follow(node)

    def failed(self, node: Place, outcome: str) -> Place | None:
        """The child for this failure: by cause, then by SIP code."""
        for key in FAILURES[outcome]:
            child = self.attempt(node, key)
            if child is not None:
                return child
        return None

    def device(self, ident: str, *, direct: bool) -> tuple[Target, ...]:
        """What a device makes ring; nothing when it is disabled. ``direct``: not from a group."""
        own = Target(f"device:{ident}")
        device = self.document("devices", ident)
        if device is None:
            return (own,)
        if not self.flag(device.at("enabled"), True) or self.flag(device.at("do_not_disturb").at("enabled"), False):
            return ()
        sip = device.at("sip")
        if self.text(sip.at("invite_format")) == "route":
            route = self.text(sip.at("route")) or ""
            own = Target(route) if route.startswith("sip:") else own
        forwarded = self.forwarded(device.at("call_forward"), direct)
        if forwarded is None:
            return (own,)
        substitute = self.flag(device.at("call_forward").at("substitute"), True)
        return (forwarded,) if substitute else (own, forwarded)

    def forwarded(self, forward: Place, direct: bool) -> Target | None:
        if not self.flag(forward.at("enabled"), False) or self.flag(forward.at("failover"), False):
            return None
        if not direct and self.flag(forward.at("direct_calls_only"), False):
            return None
        number = self.text(forward.at("number"))
        return Target(number, forward) if number is not None else None

    def legs(self, members: Iterable[Member]) -> list[Leg]:
        """The members that can ring; two that are alike in all but their place are one."""
        legs = []
        for member in dict.fromkeys(members):
            is_device = member.kind == "device"
            targets = self.device(member.id, direct=False) if is_device else (Target(f"{member.kind}:{member.id}"),)
            if targets:
                legs.append(Leg(targets, member.delay, member.timeout))
        return legs

    def members(self, endpoints: Place, *, single: bool) -> list[Member]:
        """The endpoints of a ring group, each group among them replaced by its members."""
        pending = deque(self.endpoint(endpoint) for endpoint in endpoints.members() if self.enrolled(endpoint))
        members: list[Member] = []
        opened = set()
        while pending:
            member = pending.popleft()
            if member is None:
                continue
            group = self.group(member.id) if member.kind == "group" else None
            if group is None:
                members.append(member)
            elif member.id not in opened:
                opened.add(member.id)
                pending.extendleft(reversed(self.group_members(group, member, single=single)))
        return members

    def group(self, ident: str) -> Place | None:
        """A stored group whose members ring one by one."""
        return None if self.whole_groups else self.document("groups", ident)

    def enrolled(self, endpoint: Place) -> bool:
        """False for an endpoint that is switched off until some later moment."""
        until = self.number(endpoint.at("disable_until"))
        return until is None or until <= self.now.timestamp() + GREGORIAN

    def endpoint(self, endpoint: Place) -> Member | None:
        ident = self.text(endpoint.at("id"))
        kind = self.text(endpoint.at("endpoint_type")) or "device"
        if ident is None or kind not in ("device", "user", "group"):
            return None
        delay = float(max(0, self.number(endpoint.at("delay")) or 0))
        return Member(kind, ident, delay, self.seconds(endpoint.at("timeout")))

    def group_members(self, group: Place, parent: Member, *, single: bool) -> list[Member]:
        """In turn, a group's members go by weight: one without is dropped, of two alike the later stays."""
        members = []
        weighted: dict[int, Member] = {}
        for endpoint in group.at("endpoints").members():
            kind = self.text(endpoint.at("type")) or "device"
            if not endpoint.is_object or kind not in ("device", "user", "group"):
                continue
            delay = self.number(endpoint.at("delay"))
            member = Member(
                kind,
                endpoint.key,
                parent.delay if delay is None else float(max(0, delay)),
                self.seconds(endpoint.at("timeout"), int(parent.timeout)),
            )
            members.append(member)
            weight = self.number(endpoint.at("weight")) if single else None
            if weight is not None:
                weighted[weight] = member
        return [weighted[weight] for weight in sorted(weighted)] if single else members

    def ring_legs(self, legs: Sequence[Leg], total: float, data: Place, *, single: bool) -> str:
        """One attempt at a group: all at once, each after its delay, or one after the other, for ``total`` at most."""
        if not single:
            ringing = sorted((leg for leg in legs if leg.delay < total), key=lambda leg: leg.delay)
            if not ringing:
                return "no_answer"
            seconds = min(total, max(leg.delay + leg.timeout for leg in ringing))
            return self.ring([target for leg in ringing for target in leg.targets], seconds, data)
        left, outcome = total, "no_answer"
        for leg in legs:
            if left <= 0:
                return "no_answer"
            outcome = self.ring(leg.targets, min(left, leg.timeout), data)
            if outcome == "declined" and self.flag(data.at("fail_on_single_reject"), False):
                break
            left -= min(left, leg.timeout)
        return outcome

    def collect(self, menu: Place, data: Place) -> str:
        """The digits of one wait: up to ``#``, and never more than the menu takes. Silence is no digits."""
        entry, hash_key, _ = (next(self.keys, None) or "").partition("#")
        entry = re.sub("[^0-9*]", "", entry)
        limit = menu.at("max_extension_length")
        longest = max(1, _number(limit.value) or 4)
        if len(entry) >= longest:
            self.see(limit)
        elif not entry and not hash_key:
            self.see(menu.at("timeout"))
        elif not hash_key:
            self.see(menu.at("interdigit_timeout"))
            self.see(data.at("interdigit_timeout"))
        return entry[:longest]

    def callflows(self) -> list[Place]:
        return [self.callflow, *(_unwrap(place) for place in self.bundle.at("callflows").members() if place.is_object)]

    def lookup(self, number: str, *, no_match: bool = False) -> Place | None:
        """The call flow of this number: by its exact numbers, else by the pattern that captures most."""
        exact = self.numbered(number)
        if exact is not None:
            return exact
        found = [
            (len(captured), pattern.value, callflow, pattern)
            for callflow in self.callflows()
            for pattern in callflow.at("patterns").members()
            if isinstance(pattern.value, str) and (captured := _captured(pattern.value, number)) is not None
        ]
        if found:
            _, _, callflow, pattern = max(found, key=lambda row: row[:2])
            self.see(pattern)
            return callflow
        return self.numbered("no_match") if no_match and re.fullmatch(r"\+?[0-9]+", number) else None

    def numbered(self, number: str) -> Place | None:
        for callflow in self.callflows():
            for place in callflow.at("numbers").members():
                if place.value == number:
                    self.see(place)
                    return callflow
        return None

    def captured(self) -> str | None:
        """What the pattern that led to this call flow captured of the number dialled."""
        dialled = self.call.dialled
        if dialled is None or any(place.value == dialled for place in self.callflow.at("numbers").members()):
            return None
        found = [
            (len(captured), pattern.value, captured, pattern)
            for pattern in self.callflow.at("patterns").members()
            if isinstance(pattern.value, str) and (captured := _captured(pattern.value, dialled)) is not None
        ]
        if not found:
            return None
        *_, captured, pattern = max(found, key=lambda row: row[:2])
        self.see(pattern)
        return captured


def _is_body(place: Place) -> bool:
    """Whether this is the body of a request: a document inside ``data``, and nothing beside it."""
    return isinstance(place.value, dict) and place.value.keys() == {"data"} and place.at("data").is_object


def _unwrap(place: Place) -> Place:
    """The call flow itself, out of the API's envelope."""
    while not place.at("flow").is_object and place.at("data").is_object:
        place = place.at("data")
    return place


def _search(regex: str, text: str) -> re.Match[str] | None:
    """Raises ``_CrashError`` for a regex that cannot be read."""
    try:
        return re.search(regex, text)
    except (re.error, OverflowError, RecursionError) as error:
        raise _CrashError from error


def _captured(regex: str, text: str) -> str | None:
    """The longest group of the match, or the whole of it where there are no groups."""
    try:
        match = _search(regex, text)
    except _CrashError:
        return None
    if match is None:
        return None
    return max((group or "" for group in match.groups()), key=len, default=match.group())


def _device(player: _Player, node: Place, data: Place) -> Place | None:
    ident = player.text(data.at("id"))
    targets = player.device(ident, direct=True) if ident is not None else ()
    return _ring_one(player, node, targets, data)


def _user(player: _Player, node: Place, data: Place) -> Place | None:
    ident = player.text(data.at("id"))
    return _ring_one(player, node, (Target(f"user:{ident}"),) if ident is not None else (), data)


def _hotdesk(player: _Player, node: Place, data: Place) -> Place | None:
    """Log in or out, or ring wherever that user is logged in, for 20 s."""
    action = player.text(data.at("action")) or ""
    ident = player.text(data.at("id"))
    if action == "bridge":
        return _ring_one(player, node, (Target(f"hotdesk:{ident}"),) if ident is not None else (), Place(None))
    player.effect("hotdesk", action)
    return player.follow(node)


def _ring_one(player: _Player, node: Place, targets: Sequence[Target], data: Place) -> Place | None:
    if not targets:
        return player.follow(node)
    seconds = player.seconds(data.at("timeout"))
    delayed = (player.number(data.at("delay")) or 0) >= seconds
    outcome = "no_answer" if delayed else player.ring(targets, seconds, data)
    return player.failed(node, outcome) or player.follow(node)


def _ring_group(player: _Player, node: Place, data: Place) -> Place | None:
    strategy = player.text(data.at("strategy"))
    single = strategy in ("single", "weighted_random")
    legs = player.legs(player.members(data.at("endpoints"), single=strategy == "single"))
    if not legs:
        return player.follow(node)
    total = player.seconds(data.at("timeout"))
    for attempt in range(1, LIMIT + 1):
        child = player.failed(node, player.ring_legs(legs, total, data, single=single))
        if child is not None:
            return child
        if attempt >= (player.number(data.at("repeats")) or 1):
            break
    return player.follow(node)


def _group(player: _Player, node: Place, data: Place) -> Place | None:
    """A stored group; its own values win over the node's. With endpoints it is a ring group."""
    if isinstance(data.at("endpoints").value, list) and data.at("endpoints").value:
        return _ring_group(player, node, data)
    ident = player.text(data.at("id"))
    if ident is None:
        return player.follow(node)
    group = player.group(ident) or Place(None)
    single = (player.text(group.at("strategy")) or player.text(data.at("strategy"))) == "single"
    total = player.seconds(group.at("timeout"), int(player.seconds(data.at("timeout"))))
    whole = Member("group", ident, 0.0, total)
    members = player.group_members(group, replace(whole, timeout=20.0), single=single) if group.is_object else [whole]
    legs = player.legs(members)
    if not legs:
        return player.follow(node)
    outcome = player.ring_legs(legs, total, data, single=single)
    return player.failed(node, outcome) or player.follow(node)


def _page_group(player: _Player, node: Place, data: Place) -> Place | None:
    """An intercom call: it knows no cause children, only ``_``."""
    legs = player.legs(player.members(data.at("endpoints"), single=False))
    if legs:
        player.ring([target for leg in legs for target in leg.targets], player.seconds(data.at("timeout"), 5), data)
    return player.follow(node)


def _resources(player: _Player, node: Place, data: Place) -> Place | None:
    """Out through the carriers: a child for the cause, or a stop. Never ``_``."""
    timeout = player.number(data.at("timeout"))
    number = player.text(data.at("to_did")) or player.call.dialled or "dialled"
    outcome = player.ring([Target(number)], float(timeout) if timeout is not None and timeout > 0 else None, data)
    return player.failed(node, outcome)


def _menu(player: _Player, node: Place, data: Place) -> Place | None:
    """Greeting and digits, until a child takes them or the retries are over; only then ``_``."""
    ident = player.text(data.at("id"))
    menus = player.bundle.at("menus").value
    if ident is not None and not (isinstance(menus, dict) and ident in menus):
        return _unread_menu(player, node)
    menu = (player.document("menus", ident) if ident is not None else None) or Place(None)
    retries = _number(menu.at("retries").value)
    left = min(LIMIT, 3 if retries is None else retries)
    while left > 0:
        player.prompt(player.audio(menu.at("media").at("greeting")))
        digits = player.collect(menu, data)
        child = player.attempt(node, digits or "timeout") or _hunt(player, node, menu, digits)
        if child is not None:
            return child
        if digits and _is_record_pin(player, menu, digits):
            player.effect("record_greeting")
            continue
        if digits:
            player.prompt(_own_media(player, menu, "invalid_media"))
        player.see(menu.at("retries"))
        left -= 1
    player.prompt(_own_media(player, menu, "exit_media"))
    child = player.attempt(node, "max_retries")
    if child is not None:
        return child
    if player.attempt(node, "_") is not None:
        player.prompt(_own_media(player, menu, "transfer_media"))
    return player.follow(node)


def _unread_menu(player: _Player, node: Place) -> Place | None:
    """A menu that is not in the bundle: nobody knows how many digits it takes and how often it asks. It asks once here."""
    digits = re.sub("[^0-9*]", "", (next(player.keys, None) or "").partition("#")[0])
    children = (digits or "timeout", "max_retries", "_")
    child = next((child for key in children if (child := player.attempt(node, key)) is not None), None)
    if child is None:
        raise _EndedError("unspecified")
    return child


def _hunt(player: _Player, node: Place, menu: Place, digits: str) -> Place | None:
    """The call flow that the digits name, if this menu hunts; silence is looked up as the number ``timeout``."""
    if not player.flag(menu.at("hunt"), False):
        return None
    allow, deny = player.text(menu.at("hunt_allow")), player.text(menu.at("hunt_deny"))
    if allow is not None and _captured(allow, digits or "timeout") is None:
        return None
    if deny is not None and _captured(deny, digits or "timeout") is not None:
        return None
    callflow = player.lookup(digits) if digits else player.numbered("timeout")
    if callflow is None:
        return None
    player.prompt(_own_media(player, menu, "transfer_media"))
    return player.branch(node, callflow)


def _is_record_pin(player: _Player, menu: Place, digits: str) -> bool:
    """Callers come from outside: they record a greeting only where the menu allows it."""
    is_pin = digits == player.text(menu.at("record_pin"))
    return is_pin and player.flag(menu.at("allow_record_from_offnet"), False)


def _own_media(player: _Player, menu: Place, key: str) -> str | None:
    """A menu's own audio in place of a system prompt (true) or silence (false)."""
    place = menu.at("media").at(key)
    return player.audio(place) if player.switch(place) is None else None


def _check_cid(player: _Player, node: Place, data: Place) -> Place | None:
    regex = player.text(data.at("regex")) or ".*"
    if _search(regex, player.caller) is None:
        return player.follow(node, "nomatch")
    key = player.caller if player.flag(data.at("use_absolute_mode"), False) else "match"
    external = data.at("caller_id").at("external")
    name, number = player.text(external.at("name")), player.text(external.at("number"))
    if None not in (name, number, player.text(data.at("user_id"))) and player.attempt(node, key) is not None:
        player.caller = number or ""
        player.effect("check_cid", name or "", number or "")
    return player.follow(node, key)


def _callflow(player: _Player, node: Place, data: Place) -> Place | None:
    ident = player.text(data.at("id"))
    callflow = player.document("callflows", ident) if ident is not None else None
    if callflow is None and ident is not None and player.callflow.at("id").value == ident:
        callflow = player.callflow
    return player.branch(node, _unwrap(callflow)) if callflow is not None else player.follow(node)


def _branch_bnumber(player: _Player, node: Place, data: Place) -> Place | None:
    """By the number that the pattern captured."""
    captured = player.captured()
    if captured is None:
        return player.follow(node)
    if not player.flag(data.at("hunt"), False):
        return player.follow(node, _normalized(captured))
    allow, deny = player.text(data.at("hunt_allow")), player.text(data.at("hunt_deny"))
    allowed = allow is None or _captured(allow, captured) is not None
    denied = deny is not None and _captured(deny, captured) is not None
    callflow = player.lookup(captured) if allowed and not denied else None
    return player.branch(node, callflow) if callflow is not None else player.follow(node)


def _normalized(number: str) -> str:
    """As the API writes numbers: a North American one becomes +1..., an extension stays."""
    if re.fullmatch("1?[2-9][0-9]{9}", number):
        return "+1" + number[-10:]
    return number


def _intercom(player: _Player, node: Place, data: Place) -> Place | None:
    captured = player.captured()
    if captured is None:
        return None
    callflow = player.lookup(captured)
    return player.branch(node, callflow) if callflow is not None else player.follow(node)


def _privacy(player: _Player, node: Place, data: Place) -> Place | None:
    player.effect("privacy", player.text(data.at("mode")) or "full")
    captured = player.captured()
    if captured is None:
        return player.follow(node)
    callflow = player.lookup(captured, no_match=True)
    return player.branch(node, callflow) if callflow is not None else None


def _dynamic_cid(player: _Player, node: Place, data: Place) -> Place | None:
    action = player.text(data.at("action")) or "manual"
    if action in ("list", "lists"):
        return _opaque(player, node, data)
    player.effect("dynamic_cid", action, player.text(data.at("caller_id").at("number")) or "")
    return player.follow(node)


def _fax_detect(player: _Player, node: Place, data: Place) -> Place | None:
    """No call here is a fax."""
    player.effect("fax_detect")
    return player.follow(node, "ON_VOICE")


def _temporal_route(player: _Player, node: Place, data: Place) -> Place | None:
    action = player.text(data.at("action"))
    if action in ("menu", "enable", "disable", "reset"):
        player.effect("temporal_route", action, player.telling(data.at("rules"), ""))
        return player.follow(node)
    timezone = player.text(data.at("timezone"))
    now = player.now.astimezone(_zone(player.timezone if timezone in (None, "inherit") else timezone or ""))
    for rule, key in _rules(player, node, data):
        if _is_active(player, rule, now):
            return player.follow(node, key)
    return player.follow(node)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise _CrashError from error


def _rules(player: _Player, node: Place, data: Place) -> Iterator[tuple[Place, str]]:
    """The readable rules in the order of their trial, each with the child that it leads to."""
    named = [ident for place in data.at("rules").members() if (ident := player.text(place)) is not None]
    children = [child.key for child in node.at("children").members() if child.key != "_"]
    for ident in [*named, *children]:
        for member in _expanded(player, ident):
            yield member, ident
    rule_set = player.text(data.at("rule_set"))
    for member in _set_members(player, rule_set) if rule_set is not None else ():
        yield member, "rule_set"


def _expanded(player: _Player, ident: str) -> list[Place]:
    """A rule, or the members of the set of that id."""
    rule = player.document("temporal_rules", ident)
    return [rule] if rule is not None else _set_members(player, ident)


def _set_members(player: _Player, ident: str) -> list[Place]:
    rule_set = player.document("temporal_rules_sets", ident) or Place(None)
    idents = [player.text(place) for place in rule_set.at("temporal_rules").members()]
    rules = [player.document("temporal_rules", member) for member in idents if member is not None]
    return [rule for rule in rules if rule is not None]


def _is_active(player: _Player, rule: Place, now: datetime) -> bool:
    today = now.date()
    start = player.number(rule.at("start_date"))
    first = _local_date(START_DATE if start is None else start, now)
    end = player.number(rule.at("end_date"))
    if first > today or (end is not None and _local_date(end, now) < today):
        return False
    enabled = player.switch(rule.at("enabled"))
    if enabled is not None:
        return enabled
    if f"{today:%Y%m%d}" in [player.text(place) for place in rule.at("exclude").members()]:
        return False
    cycle = CYCLES.get(player.text(rule.at("cycle")) or "")
    if cycle is None:
        raise _CrashError
    interval = max(1, player.number(rule.at("interval")) or 1)
    return cycle(player, rule, first, today, interval) and _in_window(player, rule, now)


def _local_date(gregorian: int, now: datetime) -> date:
    try:
        return datetime.fromtimestamp(gregorian - GREGORIAN, now.tzinfo).date()
    except (ValueError, OverflowError, OSError):
        return date.min if gregorian < GREGORIAN else date.max


def _in_window(player: _Player, rule: Place, now: datetime) -> bool:
    """One that stops before it starts is never open. Kazoo's stop belongs to the window; that second is no difference."""
    second = now.hour * 3600 + now.minute * 60 + now.second
    start, stop = player.number(rule.at("time_window_start")), player.number(rule.at("time_window_stop"))
    return (0 if start is None else start) <= second < (86400 if stop is None else stop)


def _on_date(player: _Player, rule: Place, first: date, today: date, interval: int) -> bool:
    return today == first


def _daily(player: _Player, rule: Place, first: date, today: date, interval: int) -> bool:
    """With an interval, the start date itself is no hit."""
    days = (today - first).days
    return interval == 1 or (days > 0 and days % interval == 0)


def _weekly(player: _Player, rule: Place, first: date, today: date, interval: int) -> bool:
    weeks = (_monday(today) - _monday(first)).days // 7
    names = [player.text(place) for place in rule.at("wdays").members()]
    return weeks % interval == 0 and (not names or today.weekday() in [WEEKDAY.get(name or "") for name in names])


def _monday(day: date) -> date:
    return date.fromordinal(max(1, day.toordinal() - day.weekday()))


def _monthly(player: _Player, rule: Place, first: date, today: date, interval: int) -> bool:
    months = (today.year - first.year) * 12 + today.month - first.month
    return _on_month_day(player, rule, today) and months % interval == 0


def _yearly(player: _Player, rule: Place, first: date, today: date, interval: int) -> bool:
    month = player.number(rule.at("month")) or 1
    hit = _on_month_day(player, rule, today)
    return hit and today.month == month and (today.year - first.year) % interval == 0


def _on_month_day(player: _Player, rule: Place, today: date) -> bool:
    """One of ``days``, of which only the first later one is looked at, so they must be sorted; else an ordinal."""
    days = [day for place in rule.at("days").members() if (day := player.number(place)) is not None]
    if days:
        later = [day for day in days if day >= today.day]
        return bool(later) and later[0] == today.day
    ordinal = player.text(rule.at("ordinal")) or "first"
    names = [player.text(place) for place in rule.at("wdays").members()]
    if len(names) != 1 or names[0] not in WEEKDAY or ordinal not in ("every", "last", *ORDINALS):
        raise _CrashError
    if today.weekday() != WEEKDAY[names[0] or ""]:
        return False
    if ordinal == "last":
        return today.day + 7 > monthrange(today.year, today.month)[1]
    return ordinal == "every" or ORDINALS[(today.day - 1) // 7] == ordinal


CYCLES: Mapping[str, Callable[[_Player, Place, date, date, int], bool]] = {
    "date": _on_date,
    "daily": _daily,
    "weekly": _weekly,
    "monthly": _monthly,
    "yearly": _yearly,
}


def _play(player: _Player, node: Place, data: Place) -> Place | None:
    what = player.audio(data.at("id"))
    if what is None:
        return player.follow(node)
    return _spoken(player, node, data, what)


def _tts(player: _Player, node: Place, data: Place) -> Place | None:
    what = player.text(data.at("text"))
    if what is None:
        return player.follow(node)
    return _spoken(player, node, data, what)


def _spoken(player: _Player, node: Place, data: Place, what: str) -> Place | None:
    """Endless playback ends only with the caller."""
    player.prompt(what)
    if player.flag(data.at("endless_playback"), False):
        raise _EndedError("hangup")
    for _ in range(min(LIMIT, player.number(data.at("loop_count")) or 1) - 1):
        player.prompt(what)
    return player.follow(node)


def _audio_macro(player: _Player, node: Place, data: Place) -> Place | None:
    for macro in data.at("macros").members():
        kind = player.text(macro.at("macro"))
        if kind in ("tts", "say"):
            player.prompt(player.text(macro.at("text")))
        elif kind in ("play", "prompt"):
            player.prompt(player.audio(macro.at("id")))
        elif kind == "tone":
            player.effect("tone")
    return player.follow(node)


def _record_call(player: _Player, node: Place, data: Place) -> Place | None:
    """Any action other than stop is a start."""
    player.effect("record_call", "stop" if player.text(data.at("action")) == "stop" else "start")
    return player.follow(node)


def _effect(player: _Player, node: Place, data: Place) -> Place | None:
    module = str(node.at("module").value)
    player.effect(module, *(player.telling(data.at(key), default) for key, default in EFFECTS[module]))
    return player.follow(node)


def _hangup(player: _Player, node: Place, data: Place) -> Place | None:
    """A hard stop: it ends a subroutine's caller as well."""
    raise _EndedError("hangup")


def _silence(player: _Player, node: Place, data: Place) -> Place | None:
    player.effect(str(node.at("module").value))
    raise _EndedError("hangup")


def _response(player: _Player, node: Place, data: Place) -> Place | None:
    code = player.number(data.at("code"))
    player.prompt(player.audio(data.at("media")))
    player.emit(Step("reject", str(486 if code is None else code)))
    raise _EndedError("reject")


def _voicemail(player: _Player, node: Place, data: Place) -> Place | None:
    if player.text(data.at("action")) == "check":
        return _handover(player, node, data)
    box = _box(player, data)
    if box is None:
        return player.follow(node)
    silent = player.flag(box.at("skip_greeting"), False)
    greeting = None if silent else player.audio(box.at("media").at("unavailable"))
    player.emit(Step("voicemail", greeting or ""))
    ident = player.text(data.at("id"))
    return player.taken(node, "mailbox" if ident is None else f"mailbox:{ident}", "voicemail")


def _box(player: _Player, data: Place) -> Place | None:
    """The box by its id, else by the captured number. One that is not in the bundle is taken to exist as it is."""
    boxes = player.bundle.at("vmboxes")
    ident = player.text(data.at("id"))
    if ident is not None:
        listed = isinstance(boxes.value, dict) and ident in boxes.value
        return player.document("vmboxes", ident) if listed else Place(None)
    captured = player.captured()
    numbered = (box for box in boxes.members() if captured is not None and player.text(box.at("mailbox")) == captured)
    return next(numbered, None)


def _acdc_member(player: _Player, node: Place, data: Place) -> Place | None:
    """``_`` is for a queue that is full, or that nobody serves in time."""
    ident = player.text(data.at("id"))
    player.emit(Step("queue", ident or ""))
    return player.taken(node, "queue" if ident is None else f"queue:{ident}", "queue")


def _directory(player: _Player, node: Place, data: Place) -> Place | None:
    """``_`` is for a caller who finds nobody. Whose call flow runs else, the caller says by keys that nobody knows."""
    ident = player.text(data.at("id"))
    player.emit(Step("handover", "directory"))
    return player.taken(node, "directory" if ident is None else f"directory:{ident}", "handover")


def _park(player: _Player, node: Place, data: Place) -> Place | None:
    """``_`` is for a call that cannot be parked; the other actions retrieve calls."""
    if player.text(data.at("action")) != "direct_park":
        return _handover(player, node, data)
    slot = player.text(data.at("slot"))
    player.emit(Step("handover", "park"))
    return player.taken(node, "park" if slot is None else f"park:{slot}", "handover")


def _handover(player: _Player, node: Place, data: Place) -> Place | None:
    for leaf in data.leaves():
        player.see(leaf)
    player.emit(Step("handover", str(node.at("module").value)))
    raise _EndedError("handover")


def _opaque(player: _Player, node: Place, data: Place) -> Place | None:
    """A module that nobody knows, or whose outcome neither the call nor the bundle can tell."""
    for leaf in data.leaves():
        player.see(leaf)
    player.emit(Step("opaque", player.text(node.at("module")) or ""))
    raise _EndedError("opaque")


MODULES: Mapping[str, Callable[[_Player, Place, Place], Place | None]] = {
    **dict.fromkeys(EFFECTS, _effect),
    **dict.fromkeys(HANDOVERS, _handover),
    **dict.fromkeys(SILENCES, _silence),
    "acdc_member": _acdc_member,
    "audio_macro": _audio_macro,
    "branch_bnumber": _branch_bnumber,
    "callflow": _callflow,
    "check_cid": _check_cid,
    "device": _device,
    "directory": _directory,
    "dynamic_cid": _dynamic_cid,
    "fax_detect": _fax_detect,
    "group": _group,
    "hangup": _hangup,
    "hotdesk": _hotdesk,
    "intercom": _intercom,
    "menu": _menu,
    "offnet": _resources,
    "page_group": _page_group,
    "park": _park,
    "play": _play,
    "privacy": _privacy,
    "record_call": _record_call,
    "resources": _resources,
    "response": _response,
    "ring_group": _ring_group,
    "temporal_route": _temporal_route,
    "tts": _tts,
    "user": _user,
    "voicemail": _voicemail,
}
