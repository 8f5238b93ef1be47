"""What it means that a key of a record or a request stays behind.

Keys are here once, whatever object they stand in. Documented: their names. What they do is assumed, and so are the defaults.
"""

from __future__ import annotations

from collections.abc import Mapping

from unicall.adapter import Leftover
from unicall.wire import Json

_BOOKKEEPING = (
    "call_flow_id", "call_flow_created", "created_at", "updated_at", "routable_id", "routable_type", "group_id", "channel_id",
    "campaign_id", "phone_number_id", "ring_delay", "ivr_option_id", "ivr_created_at", "ivr_updated_at", "geo_created_at",
    "geo_updated_at", "sch_created_at", "sch_updated_at",
)  # fmt: skip

#: Keys that are facts elsewhere, and mean nothing where they stay behind: switched off, or of another kind of route.
_UNUSED: Mapping[str, Json] = {
    "default_ringto": None,
    "message_enabled": None,
    "message": None,
    "whisper_message": None,
    "voicemail_enabled": None,
    "voicemail_greeting": None,
    "voicemail_rings": 3,
    "hunt_type": "overflow",
    "overflowNumbers": None,
    "overflowNumber": None,
    "rings": 3,
    "isSimultaneous": None,
    "target_did": None,
    "ring_to": None,
    "destination": None,
    "key": None,
    "action": None,
    "go_back_key": None,
    "geoData": None,
    "scheduleRoute": None,
    "ivrData": None,
    "ivrs": None,
    "ivr_route": None,
    "geo_route": None,
    "percentage_route": None,
    "schedule_route": None,
    "outbound": None,
    "options": None,
    "strategy": "Npa",
    "radius": None,
    "allow_manual_entry": None,
    "timezone": None,
    "set_caller_id": None,
    "pin": None,
    "value": None,
    "ivr_target_did": None,
    "ivr_message_enabled": None,
    "ivr_message": None,
    "ivr_play_disclaimer": None,
    "ivr_voicemail_enabled": None,
    "ivr_whisper_message": None,
    "per_target_did": None,
    "percentage": None,
    "geo_target_did": None,
    "sch_target_did": None,
    "number": None,
    "phone_number": None,
    "name": None,
    "route_type": None,
    "locations": None,
    "prompts": None,
}

LEFTOVERS: Mapping[str, Leftover] = {
    **{key: Leftover("UC901") for key in _BOOKKEEPING},
    **{key: Leftover("UC901", default) for key, default in _UNUSED.items()},
    "number_pool": Leftover("UC402"),
    "record_until": Leftover("UC410"),
    "record_call_enabled": Leftover("UC410"),
    "record_enabled": Leftover("UC410"),
    "ivr_record_enabled": Leftover("UC410"),
    "webhook_enabled": Leftover("UC411"),
    "webhook_id": Leftover("UC411"),
    "ivr_webhook_enabled": Leftover("UC411"),
    "ivr_email_to_notify": Leftover("UC411"),
    "repeat_interval": Leftover("UC412", 72),
    "call_value": Leftover("UC412", 0),
    "spam_threshold": Leftover("UC412", 0),
    "referral_number": Leftover("UC413"),
    "referral_end_date": Leftover("UC413"),
    "whisper_enabled": Leftover("UC413"),
    "ivr_whisper_enabled": Leftover("UC413"),
    "play_disclaimer": Leftover("UC414", "never"),
    "postcall_ivr_enabled": Leftover("UC414"),
    "postcall_ivr_id": Leftover("UC414", 0),
    "repeat_greeting": Leftover("UC415", True),
    "play_branding": Leftover("UC416"),
}
