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

#: Keys that say who is rung or whether a message is taken, where this kind of route is not known to use them. Nobody knows whether
#: the carrier does all the same.
_DESTINATIONS = (
    "default_ringto", "voicemail_enabled", "overflowNumbers", "overflowNumber", "target_did", "ring_to", "geoData",
    "scheduleRoute", "ivrData", "ivrs", "ivr_route", "geo_route", "percentage_route", "schedule_route", "options",
    "ivr_target_did", "ivr_voicemail_enabled", "per_target_did", "geo_target_did", "sch_target_did",
)  # fmt: skip

#: Keys that are facts elsewhere, and mean nothing where they stay behind: switched off, or of another kind of route.
_UNUSED: Mapping[str, Json] = {
    "message_enabled": None,
    "message": None,
    "whisper_message": None,
    "voicemail_greeting": None,
    "voicemail_rings": 3,
    "hunt_type": "overflow",
    "rings": 3,
    "isSimultaneous": None,
    "destination": None,
    "key": None,
    "action": None,
    "go_back_key": None,
    "outbound": None,
    "strategy": "Npa",
    "radius": None,
    "allow_manual_entry": None,
    "timezone": None,
    "schedules": None,
    "schedule_days": None,
    "id": None,
    "schedule_start_time": None,
    "schedule_end_time": None,
    "day": None,
    "from_time": None,
    "to_time": None,
    "route_by": None,
    "proximity_limit": None,
    "location_id": None,
    "latitude": None,
    "longitude": None,
    "address": None,
    "city": None,
    "set_caller_id": None,
    "pin": None,
    "value": None,
    "ivr_message_enabled": None,
    "ivr_message": None,
    "ivr_play_disclaimer": None,
    "ivr_whisper_message": None,
    "percentage": None,
    "number": None,
    "phone_number": None,
    "name": None,
    "route_type": None,
    "locations": None,
    "prompts": None,
}

LEFTOVERS: Mapping[str, Leftover] = {
    **{key: Leftover("UC901") for key in _BOOKKEEPING},
    **{key: Leftover("UC501") for key in _DESTINATIONS},
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
