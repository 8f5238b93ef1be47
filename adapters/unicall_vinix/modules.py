"""All modules of a callflow: which of them have a neutral kind, and which children of the others are real exits.

Source: Kazoo's schemas and source (4.3 line and KAZOO 5). A module that only Kazoo has stays as it is, as a VendorNode. Its exits
are the children that its code can continue to; ``passes`` is the one taken when its effect is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from unicall.graph import (
    Announce,
    CallerMatch,
    Conference,
    Directory,
    Fax,
    Hangup,
    Menu,
    Node,
    Notify,
    Park,
    Pause,
    Queue,
    RecordCall,
    Reject,
    Ring,
    Schedule,
    SetCallerId,
    SetLanguage,
    SetVariable,
    Subflow,
    Voicemail,
    Webhook,
)
from unicall.wire import Put
from unicall_vinix import mailbox, menu, prompt, ring, simple, temporal
from unicall_vinix.visit import Emission, Visit

Parse: TypeAlias = Callable[[Visit], Node | None]
Emit: TypeAlias = Callable[[Any, Emission], tuple[str, Iterable[Put]]]

#: The readers of modules with a neutral kind. A reader that answers None leaves the node to its vendor.
READERS: Mapping[str, Parse] = {
    "device": ring.parse_single,
    "user": ring.parse_single,
    "ring_group": ring.parse_ring_group,
    "group": ring.parse_group,
    "resources": ring.parse_resources,
    "offnet": ring.parse_resources,
    "menu": menu.parse_menu,
    "temporal_route": temporal.parse_temporal_route,
    "check_cid": simple.parse_check_cid,
    "cidlistmatch": simple.parse_cidlistmatch,
    "callflow": simple.parse_callflow,
    "directory": simple.parse_directory,
    "play": prompt.parse_play,
    "tts": prompt.parse_tts,
    "sleep": simple.parse_sleep,
    "language": simple.parse_language,
    "record_call": simple.parse_record_call,
    "response": simple.parse_response,
    "hangup": simple.parse_hangup,
    "voicemail": mailbox.parse_voicemail,
    "conference": simple.parse_conference,
    "faxbox": simple.parse_faxbox,
    "acdc_member": simple.parse_acdc_member,
    "park": simple.parse_park,
    "set_cid": simple.parse_set_cid,
    "set_variable": simple.parse_set_variable,
    "set_variables": simple.parse_set_variables,
    "missed_call_alert": simple.parse_missed_call_alert,
    "webhook": simple.parse_webhook,
}

WRITERS: Mapping[type[Node], Emit] = {
    Announce: prompt.emit_announce,
    CallerMatch: simple.emit_caller_match,
    Conference: simple.emit_conference,
    Directory: simple.emit_directory,
    Fax: simple.emit_faxbox,
    Hangup: simple.emit_hangup,
    Menu: menu.emit_menu,
    Notify: simple.emit_notify,
    Park: simple.emit_park,
    Pause: simple.emit_pause,
    Queue: simple.emit_queue,
    RecordCall: simple.emit_record_call,
    Reject: simple.emit_reject,
    Ring: ring.emit_ring,
    Schedule: temporal.emit_schedule,
    SetCallerId: simple.emit_set_cid,
    SetLanguage: simple.emit_language,
    SetVariable: simple.emit_set_variable,
    Subflow: simple.emit_subflow,
    Voicemail: mailbox.emit_voicemail,
    Webhook: simple.emit_webhook,
}

_EFFECTS = (
    "acdc_agent", "acdc_queue", "after_bridge", "answer", "audio_macro", "call_forward", "call_waiting", "collect_dtmf",
    "detect_speech", "do_not_disturb", "doorman", "edr", "flush_dtmf", "lookupcidname", "manual_presence", "noop",
    "notification", "prepend_cid", "record_caller", "ring_group_toggle", "send_dtmf", "set", "set_alert_info", "skel", "tones",
    "missed_call_alert", "set_variable", "tts", "play", "language", "webhook",
)  # fmt: skip
_ENDS = (
    "call_pickup", "conference_feature", "dead_air", "eavesdrop", "group_pickup", "group_pickup_feature", "intercept",
    "intercept_feature", "move", "receive_fax", "transfer", "wait_for_hangup",
)  # fmt: skip
_BRANCHES = (
    "camping_feature", "disa", "dynamic_cid", "eavesdrop_feature", "function", "intercom", "page_group", "pivot", "privacy",
    "qubicle_recipient", "voicemail",
)  # fmt: skip
_CONTINUE, _NOTHING = frozenset({"_"}), frozenset[str]()


def _bridge(key: str) -> bool:
    return key == "_" or ring.outcome_key(f"vinix/{key}") is not None


def _threshold(key: str) -> bool:
    return key == "_" or key.lstrip("-").isdecimal()


#: The children that a module of the vendor's own can continue to.
EXITS: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(_EFFECTS, _CONTINUE.__contains__),
    **dict.fromkeys(_BRANCHES, _CONTINUE.__contains__),
    **dict.fromkeys(_ENDS, _NOTHING.__contains__),
    **dict.fromkeys(("group", "hotdesk", "route_to_cid"), _bridge),
    **dict.fromkeys(("device", "user"), _bridge),
    **dict.fromkeys(("resources", "offnet"), lambda key: key != "_" and _bridge(key)),
    **dict.fromkeys(("nomorobo", "acdc_wait_time"), _threshold),
    "acdc_agent_availability": frozenset({"available", "unavailable", "_"}).__contains__,
    "cidlistmatch": frozenset({"match", "nomatch", "_"}).__contains__,
    "fax_detect": frozenset({"ON_FAX", "ON_VOICE", "_"}).__contains__,
}
# branch_variable, branch_bnumber, park, check_cid in absolute mode, temporal_route with an action, and modules nobody knows
# may continue to any child.


def is_exit(word: str, key: str) -> bool:
    """Whether a module that only the vendor has can continue to this child."""
    test = EXITS.get(word)
    return test is None or test(key)
