"""Invents API19 call flows and fax flows as the list of call flows returns them, the arguments of the update call, and calls that
are aimed at one.

The routing is built as an object and then written as the vendor does, as JSON text inside the JSON; the text may be
spaced, indented, or have its slashes escaped, and sometimes the routing is there already decoded.
"""

from __future__ import annotations

import json
import random
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.interpreters.api19 import run
from tests.interpreters.call import ANSWERS, Call

Json = dict[str, Any]

NAMES = ("Main Route", "LA Servers", "Support PBX", "Café / Büro", "")

#: No routing, in every spelling; PHP writes an empty object as an empty list.
NO_ROUTING: tuple[Any, ...] = (None, "", "[]", "{}", "null", [], {})

ADDRESSES = ("192.0.2.10", "192.0.2.11", "198.51.100.7", "203.0.113.20")
URIS = ("sip:desk@example.com", "sip:100@192.0.2.50:5080", "sips:front@pbx.example.com;transport=tls", "sip:[2001:db8::1]:5070")
STRANGE = ("pbx.example.com", "2001:db8::1", "device:abc", "user:12", "192.0.2.0/24", "801-555-0142", "28015550142")


def documents() -> st.SearchStrategy[Json]:
    """Entries and requests of every kind, realistic and weird."""
    return entries() | request_documents()


def clean_documents() -> st.SearchStrategy[Json]:
    """The same without odd spellings, unknown keys and unknown values."""
    return _entries(weird=False) | _requests(weird=False)


def entries() -> st.SearchStrategy[Json]:
    """Call flows as the list has them."""
    return _entries(weird=True)


def request_documents() -> st.SearchStrategy[Json]:
    """The arguments of the update call."""
    return _requests(weird=True)


def fax_documents() -> st.SearchStrategy[Json]:
    """Fax flow entries: their lists of addresses are JSON text, or null."""
    return _fax_entries()


@st.composite
def list_documents(draw: st.DrawFn) -> Json:
    """The list answer."""
    answer: Json = {
        "status": "ok",
        "fax_flows": draw(st.lists(fax_documents(), max_size=3) | st.none()),
        "call_flows": draw(st.lists(entries(), max_size=4)),
    }
    if answer["fax_flows"] is None and draw(st.booleans()):
        del answer["fax_flows"]
    return answer


@st.composite
def calls(draw: st.DrawFn, document: object) -> Call:
    """A call in which the targets of this entry (or of a list's entries) pick up, or do not, at random."""
    silent = Call(at=_NEW_YEAR)
    entries = document["call_flows"] if isinstance(document, dict) and "call_flows" in document else [document]
    targets = sorted({target for entry in entries for step in run(entry, silent).steps for target in step.targets})
    rung = st.sampled_from(targets or ["+18015550100"])
    return Call(
        at=_NEW_YEAR + timedelta(minutes=draw(st.integers(0, 365 * 24 * 60 - 1))),
        caller=draw(st.sampled_from(("+12025550100", "+18015550199", None))),
        answers=draw(st.dictionaries(rung, st.sampled_from(ANSWERS), max_size=5)),
        default_answer=draw(st.sampled_from(("no_answer", "no_answer", "busy", "declined", "unreachable", "answered"))),
    )


@st.composite
def _entries(draw: st.DrawFn, *, weird: bool) -> Json:
    return _Builder(draw, weird).entry()


@st.composite
def _requests(draw: st.DrawFn, *, weird: bool) -> Json:
    return _Builder(draw, weird).request()


@st.composite
def _fax_entries(draw: st.DrawFn) -> Json:
    builder = _Builder(draw, weird=True)
    identifier = draw(_IDS)
    entry: Json = {
        "id": identifier if builder.chance(10) else str(identifier),
        "name": builder.pick("Front Desk Fax", "Billing Fax", ""),
        "emails_json": builder.addresses(),
        "emails_allowed_in": builder.addresses(),
    }
    builder.odd_entry(entry)
    return entry


class _Builder:
    """Draws one entry."""

    def __init__(self, draw: st.DrawFn, weird: bool) -> None:
        self.draw = draw
        self.weird = weird

    def chance(self, percent: int) -> bool:
        """True in about this share of the cases; shrinks to False."""
        return self.draw(_HUNDRED) >= 100 - percent

    def oddly(self, percent: int) -> bool:
        """The same, and never in a clean document."""
        return self.weird and self.chance(percent)

    def pick(self, *values: Any) -> Any:
        return values[self.draw(_INDEX[len(values)])]

    def entry(self) -> Json:
        entry: Json = {
            "id": str(self.draw(_IDS)),
            "name": self.pick(*NAMES),
            "user_id": str(self.draw(_IDS)),
            "json": self.routing_value(),
            "e164": self.pick("no", "yes"),
        }
        if self.oddly(20):
            entry["e164"] = self.pick(True, False, 1, 0, "Yes", "NO", "1", None, "maybe")
        self.odd_entry(entry)
        return entry

    def request(self) -> Json:
        """One to four addresses with one port and one wait; optional arguments, a mailbox among them."""
        request: Json = {"call_flow_id": str(self.draw(_IDS)), "e164": self.pick("no", "yes")}
        for number in range(1, int(self.pick(1, 2, 3, 4)) + 1):
            request[f"ip_address_{number}"] = self.pick(*ADDRESSES)
        if not self.chance(10):
            request["sip_port"] = self.pick("5060", "5060", "5080")
        if not self.chance(10):
            request["wait_time"] = str(self.draw(_WAITS))
        if self.chance(40):
            request["voicemail_box"] = str(self.draw(_IDS))
        if self.chance(40):
            request["make_default"] = self.pick("no", "yes")
        self.odd_request(request)
        return request

    def odd_request(self, request: Json) -> None:
        """Text as numbers, other targets, a gap, empty values, missing and unknown keys, another order."""
        for key in [key for key, value in request.items() if value.isdecimal()]:
            if self.oddly(15):
                request[key] = int(request[key])
        if self.oddly(20):
            request[self.pick("ip_address_1", "ip_address_3")] = self.pick(*STRANGE, *URIS, "device:694", "8015550142", 8015550142)
        if self.oddly(15):
            request[self.pick(*request)] = ""
        if self.oddly(15):
            self.lose(request)
        if self.oddly(20):
            request[self.pick("notes", "a/b~c", "ip_address_5", "sip_port1", "dids")] = self.unknown()
        if self.oddly(10):
            request[self.pick("sip_port", "wait_time")] = self.pick("soon", "-1", "2.5", 0, "020")
        if self.oddly(20):
            _shuffle(request, self.draw(_SEEDS))

    def odd_entry(self, entry: Json) -> None:
        """Ids as numbers, keys missing, null, unknown, or in another order."""
        for key in ("id", "user_id"):
            if key in entry and self.oddly(10):
                entry[key] = int(entry[key])
        if self.oddly(10):
            self.lose(entry)
        if self.oddly(15):
            entry[self.pick("notes", "a/b~c")] = self.unknown()
        if self.oddly(15):
            _shuffle(entry, self.draw(_SEEDS))

    def lose(self, holder: Json) -> None:
        """A key missing, or without a value."""
        key = self.pick(*holder)
        if self.chance(50):
            del holder[key]
        else:
            holder[key] = None

    def unknown(self) -> Any:
        return self.pick("kept", 7, None, {"url": "https://example.com/hook"}, [1, True])

    def routing_value(self) -> Any:
        """The routing as the list carries it."""
        if self.chance(6):
            return deepcopy(self.pick(*NO_ROUTING)) if self.weird else self.pick("", "[]")
        routing = self.routing()
        if self.oddly(10):
            return routing
        return self.written(routing)

    def written(self, routing: Json) -> str:
        """JSON text: compact with escaped slashes as PHP writes it, or otherwise formatted."""
        compact = json.dumps(routing, separators=(",", ":"))
        if not self.weird or self.chance(60):
            return compact.replace("/", "\\/")
        indented = json.dumps(routing, indent=2)
        return str(self.pick(compact, json.dumps(routing, ensure_ascii=False), indented, f" {compact}\n"))

    def routing(self) -> Json:
        """Steps in the manner of the portal, with one wait for all, or each with its own."""
        wait = self.draw(_WAITS)
        routing: Json = {"dnis": self.pick("", "3424", "0142")}
        for number in self.numbers():
            own = wait if self.chance(50) else self.draw(_WAITS)
            routing |= self.step(number, own)
        if not self.chance(10):
            routing["wait"] = wait
        self.odd_routing(routing)
        return routing

    def numbers(self) -> list[int]:
        """Mostly one to four in a row; sometimes with a gap, or beyond nine."""
        numbers = list(range(1, int(self.pick(1, 2, 3, 4)) + 1))
        if self.chance(12):
            numbers.append(numbers[-1] + int(self.pick(2, 3)))
        if self.chance(8):
            numbers += [10] if self.chance(50) else [10, 11]
        if self.chance(5):
            numbers = numbers[1:] or [2]
        return numbers

    def step(self, number: int, wait: int) -> Json:
        step: Json = {
            f"route{number}": self.target(),
            f"sip_port{number}": self.pick(5060, 5060, 5080) if not self.oddly(5) else self.pick(0, 70000),
            f"route{number}_wait": wait,
        }
        if self.chance(25):
            step[f"route{number}_simul"] = step[f"route{number}"] if self.chance(8) else self.target()
        if self.chance(10):
            del step[f"sip_port{number}"]
        if self.chance(10):
            del step[f"route{number}_wait"]
        return step

    def target(self) -> str:
        if self.oddly(12):
            return str(self.pick(*STRANGE))
        number = f"{self.pick(801, 385, 202)}55501{self.draw(_HUNDRED):02}"
        device = f"device:{self.draw(_IDS)}"
        return str(self.pick(self.pick(*ADDRESSES), device, number, f"1{number}", self.pick(*URIS)))

    def odd_routing(self, routing: Json) -> None:
        """Numbers as text, targets as numbers, empty values, unknown keys, another order."""
        if self.oddly(15):
            for key in [key for key, value in routing.items() if isinstance(value, int)]:
                routing[key] = str(routing[key])
        if self.oddly(5):
            routing["route1"] = 8015550142
        if self.oddly(10):
            self.lose(routing)
        if self.oddly(8):
            routing[self.pick(*routing)] = ""
        if self.oddly(20):
            routing[self.pick("voicemail_box", "route1_codec", "route01", "route0", "url")] = self.unknown()
        if self.oddly(3):
            routing["route7_simul"] = "device:7"
        if self.chance(30):
            _shuffle(routing, self.draw(_SEEDS))

    def addresses(self) -> str | None:
        """A list of mail addresses as JSON text, or nothing."""
        if self.chance(35):
            return self.pick(None, "", "[]")  # type: ignore[no-any-return]
        mails = ["frontdesk@example.com", "billing@example.com", "archive@example.com"][: self.pick(1, 2, 3)]
        return json.dumps(mails, separators=(",", ":") if self.chance(70) else None)


_HUNDRED = st.integers(0, 99)
_IDS = st.integers(1, 99_999)
_SEEDS = st.integers(0, 2**16)
_WAITS = st.integers(5, 60)
_INDEX = {size: st.integers(0, size - 1) for size in range(1, 60)}
_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def _shuffle(holder: Json, seed: int) -> None:
    entries = list(holder.items())
    random.Random(seed).shuffle(entries)
    holder.clear()
    holder.update(entries)
