"""What it means that a fact of a route stays behind, by its word in the profile. The codes are those that v2 gives its own keys."""

from __future__ import annotations

from collections.abc import Mapping

from unicall.adapter import Leftover
from unicall.wire import Json

_BOOKKEEPING = ("id", "created", "modified", "org_unit", "campaign", "channel", "number_id", "order")

#: Facts that say who is rung or whether a message is taken, where this kind of route is not known to use them. Nobody knows whether
#: the carrier does all the same.
_DESTINATIONS = (
    "ring_to", "default_ring_to", "voicemail", "overflow", "number", "rotation", "agent", "items", "geo", "places", "shares",
    "schedule", "entries", "phone_number",
)  # fmt: skip

#: Facts that mean nothing where they stay behind: switched off, or of another kind of route. With their defaults.
_UNUSED: Mapping[str, Json] = {
    "message_enabled": None, "message": None, "whisper": None,
    "voicemail_greeting": None, "voicemail_rings": 3, "hunt_type": "rollover",
    "rings": 3, "label": None, "key": None, "action": None, "go_back": None,
    "location": None, "strategy": None, "radius": None, "manual_entry": None, "city": None,
    "address": None, "latitude": None, "longitude": None, "percentage": None,
    "timezone": None, "days": None, "opens": None, "closes": None, "outbound": None,
}  # fmt: skip

LEFTOVERS: Mapping[str, Leftover] = {
    **{fact: Leftover("UC901") for fact in _BOOKKEEPING},
    **{fact: Leftover("UC501") for fact in _DESTINATIONS},
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
    "kind": Leftover("UC415"),
}
