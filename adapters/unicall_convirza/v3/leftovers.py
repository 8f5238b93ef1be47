"""What it means that a fact of a route stays behind, by its word in the profile. The codes are those that v2 gives its own keys."""

from __future__ import annotations

from collections.abc import Mapping

from unicall.adapter import Leftover
from unicall.wire import Json

_BOOKKEEPING = ("id", "created", "modified", "org_unit", "campaign", "channel", "number_id", "kind", "order")

#: Facts that mean nothing where they stay behind: switched off, or of another kind of route. With their defaults.
_UNUSED: Mapping[str, Json] = {
    "phone_number": None, "ring_to": None, "default_ring_to": None, "message_enabled": None, "message": None, "whisper": None,
    "voicemail": None, "voicemail_greeting": None, "voicemail_rings": 3, "hunt_type": "rollover", "overflow": None, "number": None,
    "rings": 3, "rotation": None, "agent": None, "label": None, "key": None, "action": None, "go_back": None, "items": None,
    "geo": None, "places": None, "location": None, "strategy": None, "radius": None, "manual_entry": None, "city": None,
    "address": None, "latitude": None, "longitude": None, "shares": None, "percentage": None, "schedule": None, "entries": None,
    "timezone": None, "days": None, "opens": None, "closes": None, "outbound": None,
}  # fmt: skip

LEFTOVERS: Mapping[str, Leftover] = {
    **{fact: Leftover("UC901") for fact in _BOOKKEEPING},
    **{fact: Leftover("UC901", default) for fact, default in _UNUSED.items()},
    "record_until": Leftover("UC410"),
    "record": Leftover("UC410"),
    "webhook_enabled": Leftover("UC411"),
    "webhook": Leftover("UC411"),
    "repeat_interval": Leftover("UC412", 72),
    "call_value": Leftover("UC412", 0),
    "spam_threshold": Leftover("UC412", 0),
    "referral_number": Leftover("UC413"),
    "whisper_enabled": Leftover("UC413"),
    "disclaimer": Leftover("UC414", "never"),
    "postcall_enabled": Leftover("UC414"),
    "postcall": Leftover("UC414", 0),
    "repeat_greeting": Leftover("UC415", True),
}
