"""What can stand in ``routeN`` and ``routeN_simul``.

Documented by example: an IPv4 literal (its port stands beside it, in ``sip_portN``) and ``device:694``. All other forms are
assumed: a number of 10 or 11 digits, a SIP URI. Anything else is kept as it stands and reported.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address

from unicall.graph import PhoneNumber, Reference, SipAddress, Target, text_of
from unicall.numbers import e164, national
from unicall.wire import Codec, Json, Wrong, remembered

PROVIDER, TITLE = "api19", "API19"
UNKNOWN = "target"  # the kind of a reference to text that nobody understands
ADDRESS = "address"  # the same, of an argument that takes nothing but IP addresses

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_NUMBER = re.compile(r"\+?\d{10,15}")
_SIP = re.compile(r"sip:(?:([^@;?\s]+)@)?(?:\[([0-9A-Fa-f:.]+)\]|([^@:;?\s\[\]]+))(?::(\d{1,5}))?")
_WORD = re.compile(r"([a-z][a-z_]*):(.+)", re.DOTALL)


def parse_target(raw: Json) -> Target:
    """A target. Raises Wrong for anything but text (or a number, a PHP habit); what nobody understands becomes a reference."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        raise Wrong("text")
    if _is_ip(raw):
        return SipAddress(raw)
    if _NUMBER.fullmatch(raw) and (number := e164(raw)):
        return PhoneNumber(number)
    match = _SIP.fullmatch(raw)
    if match and (match[4] is None or is_port(int(match[4]))) and (match[2] is None or _is_ip(match[2])):
        return SipAddress(match[2] or match[3], None if match[4] is None else int(match[4]), match[1])
    if (match := _WORD.fullmatch(raw)) and match[1] not in ("sip", "sips", UNKNOWN, ADDRESS):
        return Reference(PROVIDER, match[1], match[2])
    return Reference(PROVIDER, UNKNOWN, raw)


def emit_target(target: Target) -> str:
    """The text of a target. The port of a bare IP address stands elsewhere (:func:`is_bare`)."""
    match target:
        case PhoneNumber(number):
            return national(number)
        case SipAddress(host):
            return host if is_bare(target) else text_of(target)
        case Reference(_, kind, id):
            return id if kind in (UNKNOWN, ADDRESS) else f"{kind}:{id}"


def is_port(n: int) -> bool:
    """Whether a SIP URI can have this port."""
    return 0 < n < 65536


def is_bare(target: Target) -> bool:
    """Whether this is an address whose port stands in ``sip_portN``."""
    return isinstance(target, SipAddress) and target.user is None and _is_ip(target.host)


@lru_cache(4096)
def _is_ip(text: str) -> bool:
    """IPv4 by a pattern, because most are; what is no IPv6 address is seen by its colons."""
    if _IPV4.fullmatch(text):
        return True
    if text.count(":") < 2:
        return False
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


TARGET: Codec[Target | None] = remembered(Codec(parse_target, lambda target: None if target is None else emit_target(target)))
