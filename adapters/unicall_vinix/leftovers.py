"""Keys that are no facts of the graph, and what it means when they stay behind at Vinix. All are Kazoo's (schemas, source).

What surprises people: the server writes the defaults of its schemas into every document that it stores, and bookkeeping of its own.
A value that is the schema's default says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from unicall.adapter import Leftover

_TWELVE_KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"]

_BOOKKEEPING = (
    "_read_only", "contact_list", "cycle", "device_type", "featurecode", "flags", "group_id", "id", "mailbox", "media_source",
    "metadata", "metaflow", "name", "owner_id", "prompt_id", "source_id", "source_type", "type", "ui_is_main_number_cf",
    "ui_metadata", "ordinal", "month", "days", "wdays", "interval", "description", "content_length", "content_type",
    "temporal_rules", "faxbox_id", "created", "modified",
)  # fmt: skip

#: How a phone registers and negotiates. What unicall reads as a number or an address never registers.
_REGISTRATION = (
    "sip/custom_sip_interface", "sip/number", "sip/password", "sip/realm", "sip/registration_expiration", "sip/username",
    "audio/codecs", "video/codecs", "encryption/enforce_security", "encryption/methods",
)  # fmt: skip

_FORWARD: Mapping[str, Leftover] = {
    "direct_calls_only": Leftover("UC415", False),
    "enabled": Leftover("UC415", False),
    "failover": Leftover("UC415", False),
    "ignore_early_media": Leftover("UC414", True),
    "keep_caller_id": Leftover("UC413", True),
    "number": Leftover("UC415"),
    "require_keypress": Leftover("UC415", True),
    "substitute": Leftover("UC415", True),
}
_FORWARDS = ("call_forward", "call_failover", "busy", "no_answer", "selective", "unconditional")

_RECORDED: Mapping[str, Leftover] = {
    "enabled": Leftover("UC410"),
    "should_record_feature_calls": Leftover("UC410", True),
}
_RECORDINGS = ("any", "onnet", "offnet")

LEFTOVERS: Mapping[str, Leftover] = {
    **dict.fromkeys((*_BOOKKEEPING, *_REGISTRATION), Leftover("UC901")),
    **{f"{owner}/{key}": meaning for owner in _FORWARDS for key, meaning in _FORWARD.items()},
    **{f"{owner}/{key}": meaning for owner in _RECORDINGS for key, meaning in _RECORDED.items()},
    "sip/expire_seconds": Leftover("UC901", 300),
    "sip/invite_format": Leftover("UC901", "contact"),
    "sip/method": Leftover("UC901", "password"),
    "attempts": Leftover("UC901", 0),
    "after_forward_action": Leftover("UC901", "save"),
    "envelope_type": Leftover("UC901", "default"),
    "vm_message_forward_type": Leftover("UC901", "only_forward"),
    "caller_name": Leftover("UC413", "Kazoo Fax Printer"),
    "fax_header": Leftover("UC413", "Kazoo Fax Printer"),
    "hotdesk/enabled": Leftover("UC901"),
    "media_source": Leftover("UC901", "upload"),
    **dict.fromkeys(("metaflow/binding_digit", "metaflows/binding_digit"), Leftover("UC901", "*")),
    "mwi_unsolicited_updates": Leftover("UC901", True),
    "priv_level": Leftover("UC901", "user"),
    "provision/check_sync_reboot": Leftover("UC901", "reboot=true"),
    "provision/check_sync_reload": Leftover("UC901", "reboot=false"),
    "vm_to_email_enabled": Leftover("UC411", True),
    "ordinal": Leftover("UC901", "every"),
    "interval": Leftover("UC901", 1),
    "start_date": Leftover("UC901", 62586115200),
    "enabled": Leftover("UC415", True),
    # Recording and transcription.
    "call_recording": Leftover("UC410"),
    "format": Leftover("UC410", "mp3"),
    "data/label": Leftover("UC410"),
    "label": Leftover("UC901"),
    "media_extension": Leftover("UC410", "mp3"),
    "media_name": Leftover("UC410"),
    "method": Leftover("UC410", "put"),
    "origin": Leftover("UC410"),
    "record_min_sec": Leftover("UC410"),
    "record_on_answer": Leftover("UC410"),
    "record_on_bridge": Leftover("UC410"),
    "record_sample_rate": Leftover("UC410"),
    "should_follow_transfer": Leftover("UC410", True),
    "time_limit": Leftover("UC410", 3600),
    "transcribe": Leftover("UC410"),
    "url": Leftover("UC410"),
    # Notification and integration.
    "custom_data": Leftover("UC411"),
    "delete_after_notify": Leftover("UC411"),
    "export": Leftover("UC411"),
    "include_message_on_notify": Leftover("UC411", True),
    "include_transcription_on_notify": Leftover("UC411", True),
    "notify": Leftover("UC411"),
    "notify_email_addresses": Leftover("UC411"),
    "recipients": Leftover("UC411"),
    "save_after_notify": Leftover("UC411"),
    "channel": Leftover("UC411", "a"),
    # Who is shown.
    "caller_id": Leftover("UC413"),
    "caller_id_type": Leftover("UC413", "external"),
    "keep_caller_id": Leftover("UC413", True),
    "suppress_clid": Leftover("UC413"),
    "user_id": Leftover("UC413"),
    # What callers hear.
    "engine": Leftover("UC414", "flite"),
    "exit_media": Leftover("UC414", True),
    "ignore_early_media": Leftover("UC414"),
    "invalid_media": Leftover("UC414", True),
    "language": Leftover("UC414", "en-us"),
    "media": Leftover("UC414"),
    "ringback": Leftover("UC414"),
    "ringtones": Leftover("UC414"),
    "skip_envelope": Leftover("UC414"),
    "skip_greeting": Leftover("UC414"),
    "skip_instructions": Leftover("UC414"),
    "suppress_media": Leftover("UC414"),
    "temporary_unavailable": Leftover("UC414"),
    "transfer_media": Leftover("UC414", True),
    "voice": Leftover("UC414", "female"),
    "tts/voice": Leftover("UC414", "female/en-US"),
    "welcome_prompt": Leftover("UC414", {"play": True}),
    "welcome_prompt/play": Leftover("UC414", True),
    # How a step takes input, rings or ends.
    "allow_record_from_offnet": Leftover("UC415"),
    "announcement_only": Leftover("UC415"),
    "answer": Leftover("UC415", True),
    "branch_extension": Leftover("UC415", True),
    "bypass_e164": Leftover("UC415"),
    "call_forward": Leftover("UC415"),
    "callerid_match_login": Leftover("UC901"),
    "can_call_self": Leftover("UC415"),
    "can_text_self": Leftover("UC901"),
    "check_if_owner": Leftover("UC901", True),
    "config": Leftover("UC415"),
    "custom_sip_headers": Leftover("UC415"),
    "delay": Leftover("UC415", 0),
    "dial_strategy": Leftover("UC415", "simultaneous"),
    "direct_calls_only": Leftover("UC415"),
    "disable_until": Leftover("UC415", 0),
    "do_not_normalize": Leftover("UC415"),
    "dynamic_flags": Leftover("UC415"),
    "emit_account_id": Leftover("UC415"),
    "enter_when_empty": Leftover("UC415", True),
    "fail_on_single_reject": Leftover("UC415"),
    "failover": Leftover("UC415"),
    "format_from_uri": Leftover("UC415"),
    "from_uri_realm": Leftover("UC415"),
    "hard_stop_after_successful_group": Leftover("UC415", True),
    "hunt_account_id": Leftover("UC415"),
    "hunt_allow": Leftover("UC415"),
    "hunt_deny": Leftover("UC415"),
    "ignore_forward": Leftover("UC415", True),
    "interdigit_timeout": Leftover("UC415", 2000),
    "invite_format": Leftover("UC901"),
    "is_setup": Leftover("UC901"),
    "is_voicemail_ff_rw_enabled": Leftover("UC901"),
    "max_message_length": Leftover("UC415", 500),
    "max_slot_number": Leftover("UC415"),
    "moderator": Leftover("UC415"),
    "not_configurable": Leftover("UC901"),
    "oldest_message_first": Leftover("UC901"),
    "operator_number": Leftover("UC415"),
    "outbound_flags": Leftover("UC415"),
    "pin": Leftover("UC901"),
    "play_entry_tone": Leftover("UC415"),
    "play_exit_tone": Leftover("UC415"),
    "presence_id": Leftover("UC901"),
    "record_pin": Leftover("UC415"),
    "require_pin": Leftover("UC901"),
    "resource_type": Leftover("UC415"),
    "retries": Leftover("UC901", 1),
    "data/retries": Leftover("UC411"),
    "seek_duration_ms": Leftover("UC901", 10000),
    "single_mailbox_login": Leftover("UC901"),
    "skip_module": Leftover("UC415"),
    "static_invite": Leftover("UC415"),
    "strategy": Leftover("UC415", "simultaneous"),
    "streamable": Leftover("UC901", True),
    "substitute": Leftover("UC415", True),
    "terminators": Leftover("UC415", _TWELVE_KEYS),
    "timezone": Leftover("UC901"),
    "use_absolute_mode": Leftover("UC415"),
    "use_local_resources": Leftover("UC413", True),
}


@lru_cache(4096)
def meaning(key: str) -> Leftover | None:
    """What it means that a key stays behind; None for one that nobody knows. The server's private fields are bookkeeping."""
    name = key.rpartition("/")[2]
    private = name.startswith("pvt_") or (name.startswith("_") and len(name) > 1)
    return LEFTOVERS["id"] if private else LEFTOVERS.get(key)
