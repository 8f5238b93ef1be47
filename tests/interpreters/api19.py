"""Runs one call through one API19 call flow, as the list of call flows returns it or as the update call takes it.

Written from the vendor's page and what is assumed beyond it. The routing is JSON inside a JSON string, its steps are
numbered keys (``route1``, ``route2`` ...), and nobody documents what ends the chain: here the call is released. The update
call's addresses ring in the same way, for one time at one port, and its voicemail box takes a message after the last of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address

from tests.interpreters.call import Call, Step, Trace

DEFAULT_PORT = 5060
ARGUMENTS = ("call_flow_id", "e164", "make_default", "sip_port", "voicemail_box", "wait_time")


def run(entry: object, call: Call) -> Trace:
    """What this call meets. ValueError where the document does not hold exactly one call flow.

    ``entry`` may be the bare entry, a bundle, the list answer with one call flow and no fax flow, or the arguments of the
    update call; the pointers in ``visited`` start at what was given and go on inside the JSON string.
    """
    fields, pointer, seen = _open(entry)
    if _is_update(fields):
        return _ring_addresses(_Routing(fields, pointer, seen), call)
    if "emails_json" in fields and "json" not in fields:
        return Trace((Step("handover", "faxbox"),), "handover", (*seen, f"{pointer}/emails_json"))
    if "json" in fields:
        seen[pointer := f"{pointer}/json"] = None
    routing = _decoded(fields.get("json"))
    if routing is None:
        return Trace((Step("opaque", "json"),), "opaque", tuple(seen))
    return _ring_in_order(_Routing(routing, pointer, seen), call)


def target_text(value: object, port: int | None = DEFAULT_PORT) -> str:
    """A target as the trace names it; empty for none. Without a port where what stands there is none."""
    if value in (None, ""):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    if re.fullmatch(r"device:[0-9]+", text) or text.startswith(("sip:", "sips:")):
        return text
    if re.fullmatch(r"\+?1[0-9]{10}|[0-9]{10}", text):
        return f"+1{text[-10:]}"
    try:
        address = ip_address(text)
    except ValueError:
        return f"opaque:{text}"
    host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    return f"sip:{host}" if port is None else f"sip:{host}:{port}"


def whole_number(value: object) -> int | None:
    """A number or its digits; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and value >= 0 else None


def port_of(value: object) -> int | None:
    """A port, the usual one where it is not said; None for what is no port."""
    if value is None:
        return DEFAULT_PORT
    known = whole_number(value)
    return known if known is not None and 0 < known < 65536 else None


def _open(document: object) -> tuple[Mapping[str, object], str, dict[str, None]]:
    """The entry inside the document, where it stands, and the places passed on the way to it."""
    seen: dict[str, None] = {"": None}
    if not isinstance(document, Mapping):
        raise ValueError("not an API19 call flow")
    if isinstance(document.get("call_flow"), Mapping):
        seen["/call_flow"] = None
        return document["call_flow"], "/call_flow", seen
    if "call_flows" not in document:
        return document, "", seen
    flows = document["call_flows"]
    if not isinstance(flows, list) or len(flows) != 1 or not isinstance(flows[0], Mapping) or document.get("fax_flows"):
        raise ValueError("not exactly one call flow in the list")
    seen.update({"/call_flows": None, "/call_flows/0": None})
    return flows[0], "/call_flows/0", seen


def _is_update(fields: Mapping[str, object]) -> bool:
    """Whether these are arguments of the update call and no entry."""
    if "json" in fields or "emails_json" in fields:
        return False
    addressed = any(re.fullmatch("ip_address_[1-4]", key) for key in fields)
    return addressed or {"call_flow_id", "e164"} <= fields.keys() or ("e164" in fields and set(fields) <= set(ARGUMENTS))


def _ring_addresses(update: _Routing, call: Call) -> Trace:
    """Each address in turn, all at one port for one time; a message behind the last."""
    steps: list[Step] = []
    for key in (f"ip_address_{number}" for number in range(1, 5)):
        value = update.look(key)
        if value in (None, ""):
            continue
        text = target_text(value, port_of(update.look("sip_port")))
        target = text if target_text(value, 1) != target_text(value, 2) else f"opaque:{value}"
        seconds = whole_number(update.look("wait_time"))
        steps.append(Step("ring", targets=(target,), seconds=None if seconds is None else float(seconds)))
        if call.answer_of(target) == "answered":
            return Trace(tuple(steps), "answered", tuple(update.seen))
    if update.look("voicemail_box") not in (None, ""):
        return Trace((*steps, Step("voicemail")), "voicemail", tuple(update.seen))
    return Trace(tuple(steps), "hangup", tuple(update.seen))


def _decoded(value: object) -> Mapping[str, object] | None:
    """The routing object, empty where there is no routing; None where nobody can read it."""
    if isinstance(value, str):
        if not value.strip():
            return {}
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if value is None or value == []:
        return {}
    return value if isinstance(value, Mapping) else None


class _Routing:
    """The decoded routing; what is looked at, and is there, is noted in ``seen``."""

    def __init__(self, fields: Mapping[str, object], pointer: str, seen: dict[str, None]) -> None:
        self.fields = fields
        self.pointer = pointer
        self.seen = seen

    def look(self, key: str) -> object:
        if key in self.fields:
            self.seen.setdefault(f"{self.pointer}/{key}")
        return self.fields.get(key)

    def numbers(self) -> list[int]:
        """The numbers of the steps that have a target, in order. A gap is no step."""
        found = ((re.fullmatch(r"route([1-9][0-9]{0,8})", key), value) for key, value in self.fields.items())
        return sorted(int(match[1]) for match, value in found if match and value not in (None, ""))

    def targets(self, number: int) -> tuple[str, ...]:
        """The step's own target and the one rung with it. The port is for the step's own target alone."""
        own = self.look(f"route{number}")
        port: int | None = DEFAULT_PORT
        if target_text(own, 1) != target_text(own, 2):
            port = port_of(self.look(f"sip_port{number}"))
        together = {target_text(own, port), target_text(self.look(f"route{number}_simul"))}
        return tuple(sorted(together - {""}))

    def seconds(self, number: int) -> float | None:
        """The step's own wait, or the one for all steps where it has none. A wait that nobody can read is unknown."""
        wait = self.look(f"route{number}_wait")
        if wait in (None, ""):
            wait = self.look("wait")
        known = whole_number(wait)
        return None if known is None else float(known)


def _ring_in_order(routing: _Routing, call: Call) -> Trace:
    steps: list[Step] = []
    end = "hangup"
    for number in routing.numbers():
        targets = routing.targets(number)
        steps.append(Step("ring", targets=targets, seconds=routing.seconds(number)))
        if any(call.answer_of(target) == "answered" for target in targets):
            end = "answered"
            break
    return Trace(tuple(steps), end, tuple(routing.seen))
