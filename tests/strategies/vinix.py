"""Invents Vinix (Kazoo) documents, and calls that are aimed at a document.

A document is first built as the platform's API would accept it: a tree of at most a dozen nodes over every module there
is, with the documents that it refers to. Then a few of its places are disturbed: a number written as text, a null, a
default spelled out, an unknown key or module put in, keys shuffled.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.interpreters.call import ANSWERS, Call

Json = dict[str, Any]
T = TypeVar("T")

GREGORIAN = 62167219200
ZONES = ("America/New_York", "America/Los_Angeles", "America/Phoenix", "UTC")
NPAS = ("202", "212", "303", "415", "512", "617")
TEXTS = (
    "Thanks for calling.",
    "Press 1 for sales, press 2 for service.",
    "Grüße & <welcome> to 100 % Example",
    "All of us are busy.",
)
PLACEHOLDERS = ("undefinedMainNumber", "undefinedconf", "MainOpenHours", "no_match", "x7Qp2mZr9TbK4wLd8NcVh1sYe")
PATTERNS = (r"^\*97$", r"^\*5(\d+)$", r"^2\d{3}$", r"^\+?1?(202555\d{4})$", "(", r"^(?<ext>\d{4})$")
REGEXES = (".*", "0142$", r"^\+1202", "[13579]$", "^$", r"^\+1(202|212)555", "(")
CYCLES = ("weekly", "daily", "date", "monthly", "yearly")
WDAYS = ("monday", "tuesday", "wednesday", "wensday", "thursday", "friday", "saturday", "sunday")
ORDINALS = ("every", "first", "second", "third", "fourth", "fifth", "last")
BEDROCK = 62586115200  # the platform's default start_date

#: Start and stop of a rule's daily window, in seconds.
WINDOWS = ((32400, 61200), (0, 86400), (0, 0), (28800, 43200), (79200, 86400), (79200, 21600), (43200, 46799))

#: What a failed ring is called in child keys.
FAILURES = (
    *("_", "NO_ANSWER", "USER_BUSY", "CALL_REJECTED", "NORMAL_TEMPORARY_FAILURE", "UNALLOCATED_NUMBER"),
    *("sip:480", "sip:486", "sip:603", "sip:503", "sip:404"),
)

#: The child keys of modules that look for others than ``_``. Some can never run, as those that UIs leave behind.
CHILDREN: Mapping[str, tuple[str, ...]] = {
    "acdc_wait_time": ("60", "300", "_"),
    "branch_bnumber": ("12", "+12025550142", "_"),
    "branch_variable": ("gold", "silver", "", "_"),
    "check_cid": ("match", "nomatch", "_", "+12025550142"),
    "cidlistmatch": ("match", "nomatch", "_"),
    "device": FAILURES,
    "fax_detect": ("ON_FAX", "ON_VOICE", "_"),
    "group": FAILURES,
    "hotdesk": FAILURES,
    "nomorobo": ("3", "10", "_"),
    "offnet": FAILURES,
    "page_group": ("_", "NO_ANSWER"),
    "park": ("_", "101", "MAX_SLOT_EXCEEDED"),
    "resources": FAILURES,
    "ring_group": FAILURES,
    "route_to_cid": FAILURES,
    "user": FAILURES,
}

#: Data by module: the values that a key may have. A key that ends in ! is always there; @ stands for an id.
DATA: Mapping[str, Mapping[str, tuple[object, ...]]] = {
    "acdc_agent": {"action": ("login", "logout", "paused", "resume"), "timeout": (600,), "presence_id": ("1001",)},
    "acdc_member": {"id!": ("@queues",), "priority": (1, 5)},
    "acdc_queue": {"id!": ("@queues",), "action": ("login", "logout")},
    "acdc_wait_time": {"id!": ("@queues",), "window": (3600,)},
    "after_bridge": {"action": ("park", "transfer", "hangup"), "data": (True, "1001")},
    "answer": {},
    "audio_macro": {
        "macros!": (
            [{"macro": "tts", "text": "One moment."}, {"macro": "prompt", "id": "vm-goodbye"}],
            [{"macro": "tone", "frequencies": [440], "duration_on": 500, "duration_off": 100}],
        )
    },
    "branch_bnumber": {"hunt": (True, False), "hunt_allow": ("^1",), "hunt_deny": ("^9",)},
    "branch_variable": {"variable!": ("tier",), "scope": ("account", "custom_channel_vars", "user", "device")},
    "call_forward": {"action": ("activate", "deactivate", "update", "toggle", "menu")},
    "call_pickup": {"target_call_id": ("a1b2c3",)},
    "call_waiting": {"action": ("activate", "toggle"), "scope": ("device", "user")},
    "camping_feature": {},
    "check_cid": {
        "regex": REGEXES,
        "use_absolute_mode": (True, False),
        "caller_id": ({"external": {"name": "Front desk", "number": "+12125550150"}},),
        "user_id": ("@users",),
    },
    "cidlistmatch": {"id!": ("@lists",)},
    "collect_dtmf": {"collection_name": ("account",), "max_digits": (1, 4), "timeout": (5000,), "terminator": ("#",)},
    "conference": {"id": ("@conferences",), "moderator": (True,), "welcome_prompt": ({"play": False},)},
    "conference_feature": {"moderator": (False,)},
    "dead_air": {},
    "detect_speech": {"action": ("start", "stop")},
    "device": {
        "id!": ("@devices",),
        "timeout": (0, 10, 20, 25, 45),
        "delay": (0, 5, 30),
        "can_call_self": (False, True),
        "dial_strategy": ("simultaneous", "single"),
        "suppress_clid": (False,),
        "custom_sip_headers": ({"X-Source": "flow"},),
    },
    "directory": {"id!": ("@directories",)},
    "disa": {"pin": ("1234",), "retries": (3,), "max_digits": (15,), "preconnect_audio": ("dialtone", "ringing")},
    "do_not_disturb": {"action": ("activate", "deactivate", "toggle"), "id": ("@users",)},
    "doorman": {"id!": ("@devices",), "call_timeout": (30,)},
    "dynamic_cid": {"action": ("manual", "static", "list", "lists"), "caller_id": ({"number": "+12125550151"},)},
    "eavesdrop": {"user_id": ("@users",), "approved_group_id": ("@groups",)},
    "eavesdrop_feature": {"group_id": ("@groups",)},
    "edr": {},
    "fax_detect": {"duration": (3, 5)},
    "faxbox": {"id": ("@faxboxes",), "faxbox_id": ("@faxboxes",), "media": ({"fax_option": True},)},
    "flush_dtmf": {"collection_name": ("default", "account")},
    "function": {"id": ("@functions",)},
    "group_pickup": {"group_id": ("@groups",), "device_id": ("@devices",)},
    "group_pickup_feature": {"type!": ("group", "user", "device", "extension")},
    "hangup": {},
    "hotdesk": {"action": ("login", "logout", "toggle", "bridge"), "id": ("@users",)},
    "intercept": {"user_id": ("@users",)},
    "intercept_feature": {"type": ("user", "device", "extension")},
    "intercom": {"barge_calls": (True,)},
    "language": {"language!": ("en-us", "de", "fr-CA")},
    "lookupcidname": {"lists!": ([], ["vip"])},
    "manual_presence": {"presence_id!": ("night",), "status": ("idle", "ringing", "busy")},
    "missed_call_alert": {"recipients!": ([{"type": "email", "id": "desk@example.com"}], [])},
    "move": {},
    "nomorobo": {"username!": ("example",), "password": ("not-a-password",)},
    "noop": {},
    "notification": {
        "recipients!": ([{"type": "email", "id": ["desk@example.com"]}],),
        "template_id": ("visit",),
        "send_at": ("callflow_exec", "channel_destroy"),
    },
    "park": {"action": ("park", "retrieve", "auto", "direct_park"), "slot": ("101",), "max_slot_number": (110,)},
    "pivot": {
        "voice_url!": ("https://example.com/voice",),
        "method": ("get", "post"),
        "req_format": ("twiml", "kazoo"),
    },
    "play": {
        "id!": ("@media", "@media", "@media", "/system_media/hold", "https://example.com/hold.mp3"),
        "answer": (True, False),
        "endless_playback": (False, False, True),
        "loop_count": (1, 2),
        "terminators": (["#"], []),
    },
    "prepend_cid": {"action": ("prepend", "reset"), "caller_id_name_prefix": ("Sales ",), "apply_to": ("current",)},
    "privacy": {"mode": ("full", "name", "number", "yes")},
    "receive_fax": {"owner_id": ("@users",), "media": ({"fax_option": "auto"},)},
    "record_call": {
        "action!": ("start", "stop"),
        "format": ("mp3", "wav"),
        "time_limit": (60, 3600),
        "url": ("https://example.com/recordings",),
        "method": ("put", "post"),
        "record_on_answer": (True, False),
        "should_follow_transfer": (True, False),
    },
    "record_caller": {"format": ("mp3",), "url": ("https://example.com/messages",), "time_limit": (120,)},
    "response": {"code!": (486, 403, 404, 480, 603), "message": ("Busy here", "Gone"), "media": ("@media",)},
    "ring_group_toggle": {"action!": ("login", "logout"), "callflow_id!": ("@callflows",)},
    "route_to_cid": {"timeout": (20,), "cid_types": (["internal"],)},
    "send_dtmf": {"digits!": ("1", "12#"), "duration_ms": (2000, "500")},
    "set": {},
    "set_alert_info": {"alert_info!": ("info=alert-external",)},
    "set_cid": {"caller_id_name": ("Front desk", ""), "caller_id_number": ("+12125550152", "")},
    "set_variable": {"variable": ("call_priority", "group_id"), "value": ("5",), "channel": ("a", "both")},
    "set_variables": {"custom_application_vars!": ({"tier": "gold"}, {}), "export": (True,)},
    "skel": {},
    "sleep": {"duration": (0, 1, 5, 500), "unit": ("ms", "s", "m", "h")},
    "tones": {"tones": ([{"frequencies": [440]}],)},
    "transfer": {"target": ("1001", "+12025550143"), "transfer_type": ("attended", "blind"), "leg": ("self", "bleg")},
    "tts": {
        "text!": TEXTS,
        "voice": ("female", "male"),
        "language": ("en-us", "de-de"),
        "engine": ("flite", "google"),
        "endless_playback": (False, False, True),
        "terminators": (["#", "1"],),
    },
    "user": {
        "id!": ("@users",),
        "timeout": (10, 20, 30),
        "delay": (0, 4),
        "strategy": ("simultaneous", "single"),
        "can_call_self": (True,),
        "fail_on_single_reject": (True, False),
    },
    "voicemail": {
        "id!": ("@vmboxes",),
        "action": ("compose", "compose", "check"),
        "max_message_length": (500, 60),
        "interdigit_timeout": (2000,),
        "callerid_match_login": (False, True),
        "single_mailbox_login": (False, True),
    },
    "wait_for_hangup": {},
    "webhook": {"uri": ("https://example.com/hook",), "http_verb": ("post", "get"), "custom_data": ({"a": "b"},)},
}

#: The modules that most flows are made of; they are drawn twice as often as all the others together.
COMMON = (
    *("menu", "menu", "temporal_route", "temporal_route", "ring_group", "ring_group", "device", "user", "resources"),
    *("voicemail", "callflow", "play", "tts", "check_cid", "group", "record_call", "hangup", "set_cid", "acdc_member"),
)

UNKNOWN_MODULES = ("vendor_special", "qubicle_recipient", "qubicle_queue", "Hangup", "cf_play")
UNKNOWN_KEYS = ("x_note", "ui_hint", "pvt_kept", "zzz", "a/b~c", "name", "Timeout", "")
UNKNOWN_VALUES: tuple[object, ...] = ("kept", 7, 2.5, True, None, [], {}, [1, {"a": None}], {"deep": {"er": ["x", 0]}})

#: What the API writes into stored documents where nothing was sent.
DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "node": {"children": {}, "data": {}},
    "data": {"skip_module": False, "timeout": 20, "delay": 0},
    "callflows": {"numbers": [], "patterns": [], "flags": [], "featurecode": False},
    "devices": {"enabled": True, "call_forward": {}, "sip": {"method": "password"}},
    "endpoint": {"delay": 0, "timeout": 20},
    "forward": {"substitute": True, "require_keypress": True, "failover": False, "direct_calls_only": False},
    "groups": {"music_on_hold": {}},
    "media": {"streamable": True, "language": "en-us"},
    "menus": {"retries": 3, "hunt": True, "max_extension_length": 4, "suppress_media": False, "media": {}},
    "temporal_rules": {"interval": 1, "start_date": BEDROCK, "time_window_start": 0, "time_window_stop": 86400},
    "temporal_rules_sets": {"flags": []},
    "users": {"enabled": True},
    "vmboxes": {"check_if_owner": True, "skip_greeting": False, "media": {}},
}


def documents() -> st.SearchStrategy[Json]:
    """Bundles and bare call flows, as records and as requests, realistic and weird."""
    return _documents(weird=True)


def clean_documents() -> st.SearchStrategy[Json]:
    """The same without odd spellings and unknown keys. Unknown modules and unreachable children stay."""
    return _documents(weird=False)


def numbers() -> st.SearchStrategy[str]:
    """Fictional numbers: the range 555-0100 to 555-0199 of some area codes."""
    return st.builds("+1{}55501{:02d}".format, st.sampled_from(NPAS), st.integers(0, 99))


@st.composite
def _documents(draw: st.DrawFn, *, weird: bool) -> Json:
    return _Maker(draw).document(weird=weird)


@cache
def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


_NUMBERS = numbers()


class _Maker:
    """Builds one document. ``objects`` holds every object of it that may be disturbed, with its kind."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.sections: dict[str, Json] = {}
        self.objects: list[tuple[str, Json]] = []
        self.ids: dict[str, list[str]] = {}
        self.wanted: deque[str] = deque()

    def pick(self, options: Sequence[T]) -> T:
        return options[self.draw(_integers(0, len(options) - 1))]

    def chance(self, percent: int) -> bool:
        return self.draw(_integers(0, 99)) >= 100 - percent

    def subset(self, options: Sequence[T], percent: int = 50) -> list[T]:
        return [option for option in options if self.chance(percent)]

    def number(self) -> str:
        return self.draw(_NUMBERS)

    def document(self, *, weird: bool) -> Json:
        main = self.callflow(self.draw(_integers(1, 12)), main=True)
        while self.wanted:
            self.sections.setdefault("callflows", {})[self.wanted.popleft()] = self.callflow(self.pick((1, 2, 3)))
        for _ in range(self.draw(_integers(0, 8)) if weird else 0):
            self.pick(DISTURBANCES)(self, *self.pick(self.objects))
        for _, thing in self.subset(self.objects, 10):
            self.shuffle(thing)
        if not self.chance(80):
            return main
        bundle = {"callflow": main, **self.sections}
        if self.chance(15):
            bundle = self.request(bundle, weird=weird)
        if self.chance(20):
            self.shuffle(bundle)
        return bundle

    def request(self, bundle: Json, *, weird: bool) -> Json:
        """The same with every document as the body that creates it; a weird one may have forgotten some bodies."""
        bodies: Json = {"callflow": {"data": bundle["callflow"]}}
        for name, section in bundle.items():
            if name == "callflow" or not isinstance(section, dict):
                bodies.setdefault(name, section)
                continue
            bodies[name] = {
                key: document if not isinstance(document, dict) or (weird and self.chance(5)) else {"data": document}
                for key, document in section.items()
            }
        return bodies

    def keep(self, kind: str, thing: Json) -> Json:
        self.objects.append((kind, thing))
        return thing

    def shuffle(self, thing: Json) -> None:
        items = self.draw(st.permutations(list(thing.items())))
        thing.clear()
        thing.update(items)

    def callflow(self, size: int, *, main: bool = False) -> Json:
        exact = [self.number()] if main else [f"10{len(self.ids['callflows']):02d}"]
        exact += [other for other in (self.number(), "1099", self.pick(PLACEHOLDERS)) if self.chance(15)]
        callflow: Json = {
            "name": self.pick(("Main", "Sales", "Office hours", "Größe")),
            "numbers": list(dict.fromkeys(exact)),
            "flow": self.tree(size),
        }
        options: Json = {
            "patterns": self.subset(PATTERNS, 30),
            "featurecode": self.pick(({"name": "voicemail[action=check]", "number": "97"}, {})),
            "flags": self.pick((["imported"], [])),
            "metaflow": {"binding_digit": "*", "numbers": {"1": {"module": "hold", "data": {}}}, "listen_on": "both"},
            "ringback": {"early": self.ref("media")} if self.chance(10) else {},
            "ui_metadata": {"version": "4.3", "ui": "monster-ui", "origin": "callflows"},
            "type": self.pick(("main", "mainUserCallflow", "userGroup")),
            "owner_id": self.id("users"),
            "contact_list": {"exclude": True},
        }
        callflow |= {key: options[key] for key in self.subset(list(options), 12)}
        if main and self.chance(20):
            callflow["id"] = self.id("callflows")
            known = [ident for kind in sorted(self.ids) for ident in self.ids[kind]]
            callflow["metadata"] = {ident: {"name": "Known", "pvt_type": "any"} for ident in self.subset(known, 30)}
        return self.keep("callflows", callflow)

    def tree(self, size: int) -> Json:
        """A node and its children, ``size`` of them in all; grown without recursion."""
        root = self.node()
        growing = deque([root])
        while growing and size > 1:
            node = growing.pop() if self.chance(50) else growing.popleft()
            for key in self.child_keys(node):
                if size > 1 and self.chance(90):
                    size -= 1
                    node["children"][key] = self.node()
                    growing.append(node["children"][key])
        return root

    def child_keys(self, node: Json) -> Sequence[str]:
        data = node["data"]
        if node["module"] == "menu":
            return self.pick((("1", "2", "_"), ("1", "timeout", "_"), ("0", "*", "10", "max_retries", "_"), ("_",)))
        if node["module"] == "temporal_route":
            extra = [self.ref("temporal_rules")] if self.chance(15) else []
            return list(dict.fromkeys([*data.get("rules", []), *extra, *self.pick((("rule_set", "_"), ("_",)))]))
        keys = CHILDREN.get(node["module"], ("_",))
        if keys is FAILURES and self.chance(25):
            return self.pick((FAILURES[1:], FAILURES[2:], ("USER_BUSY",), ("CALL_REJECTED", "_")))
        return self.pick((("_",), ("_",), keys)) if keys is FAILURES and "to_did" not in data else keys

    def node(self) -> Json:
        kind = self.draw(_integers(0, 19))
        module = self.pick(COMMON if kind < 14 else ALL_MODULES if kind < 19 else UNKNOWN_MODULES)
        make = SPECIAL.get(module)
        data = make(self) if make is not None else self.data(DATA.get(module, {"id": ("@queues",)}))
        if self.chance(3):
            data["skip_module"] = True
        return self.keep("node", {"module": module, "data": self.keep("data", data), "children": {}})

    def data(self, keys: Mapping[str, tuple[object, ...]], percent: int = 25) -> Json:
        data: Json = {}
        for key, values in keys.items():
            if key.endswith("!") or self.chance(percent):
                value = self.pick(values)
                is_id = isinstance(value, str) and value.startswith("@")
                data[key.rstrip("!")] = self.ref(str(value)[1:]) if is_id else deepcopy(value)
        return data

    def id(self, section: str) -> str:
        """A new id, 32 hexadecimal digits."""
        known = self.ids.setdefault(section, [])
        named = section.startswith("temporal_rules") and "otherwise" not in known and self.chance(6)
        known.append("otherwise" if named else uuid.uuid5(uuid.NAMESPACE_OID, f"{section} {len(known)}").hex)
        return known[-1]

    def ref(self, section: str) -> str:
        """The id of a document, an earlier one or a new one, that is in the bundle more often than not."""
        known = self.ids.get(section, [])
        if known and self.chance(40):
            return self.pick(known)
        ident = self.id(section)
        make = DOCUMENTS.get(section)
        if section == "callflows" and len(known) < 4 and self.chance(85):
            self.wanted.append(ident)
        elif make is not None and self.chance(85):
            self.sections.setdefault(section, {})[ident] = self.keep(section, make(self))
        return ident

    def menu(self) -> Json:
        menu: Json = {"name": "Menu"} | self.data(
            {
                "retries": (1, 2, 3, 5),
                "timeout": (3000, 10000),
                "interdigit_timeout": (2000,),
                "max_extension_length": (1, 2, 4),
                "hunt": (True, False),
                "hunt_allow": (r"^10\d\d$",),
                "hunt_deny": ("^1001$",),
                "record_pin": ("1234",),
                "allow_record_from_offnet": (True, False),
                "suppress_media": (False,),
            },
            30,
        )
        if self.chance(80):
            media = self.data({"exit_media": (True, False, "@media"), "invalid_media": (True, "@media")}, 15)
            menu["media"] = media | self.data({"greeting": ("@media",), "transfer_media": (False, "@media")}, 60)
        return menu

    def rule(self) -> Json:
        cycle = self.pick(CYCLES)
        rule: Json = {"name": "Rule", "cycle": cycle} | self.data({"interval": (1, 2, 3), "enabled": (True, False)}, 15)
        if self.chance(80):
            rule["time_window_start"], rule["time_window_stop"] = self.pick(WINDOWS)
        if cycle == "weekly":
            rule["wdays"] = self.pick((list(WDAYS[:3]) + list(WDAYS[4:6]), self.subset(WDAYS, 40)))
        if cycle in ("monthly", "yearly"):
            by_days = {"days": self.pick(([1], [4], [1, 15], [15, 31], [25]))}
            by_weekday = {"ordinal": self.pick(ORDINALS), "wdays": [self.pick(WDAYS)]}
            rule |= self.pick((by_days, by_weekday, by_days | by_weekday))
        if cycle == "yearly":
            rule["month"] = self.draw(_integers(1, 12))
        if cycle == "date" or self.chance(40):
            day = date(2025, 1, 1) + timedelta(days=self.draw(_integers(0, 700)))
            rule["start_date"] = _gregorian(day) + self.pick((0, 28800, 86399))
        if self.chance(5):
            rule |= {"end_date": _gregorian(date(2026, 6, 1)), "exclude": ["20251225"]}
        return rule

    def rule_set(self) -> Json:
        return {"name": "Set", "temporal_rules": [self.ref("temporal_rules") for _ in range(self.pick((1, 2)))]}

    def device(self) -> Json:
        device: Json = {"name": "Desk"} | self.data(
            {
                "device_type": ("sip_device", "softphone", "cellphone", "landline"),
                "owner_id": ("@users",),
                "do_not_disturb": ({"enabled": True}, {"enabled": False}),
            },
            15,
        )
        if self.chance(8):
            device["enabled"] = self.pick((False, True))
        if self.chance(15):
            route = self.pick(("sip:192.0.2.10:5060", "sip:198.51.100.7:5080", "sip:pbx.example.com:5060"))
            device["sip"] = {"invite_format": self.pick(("route", "route", "username")), "route": route}
        if self.chance(40):
            forward = self.data(
                {
                    "substitute": (False, True),
                    "require_keypress": (False, True),
                    "keep_caller_id": (True,),
                    "direct_calls_only": (True, False),
                    "failover": (True, False),
                },
                25,
            )
            enabled = {"enabled": self.pick((True, True, True, False)), "number": self.number()}
            device["call_forward"] = self.keep("forward", enabled | forward)
        return device

    def user(self) -> Json:
        return {"first_name": "Ada", "last_name": self.pick(("Example", "Sample"))} | self.data(
            {"call_forward": ({"enabled": False},), "timezone": ZONES, "username": ("ada@example.com",)}, 15
        )

    def group(self) -> Json:
        kinds = [self.pick(("user", "device")) for _ in range(self.pick((1, 2, 3)))]
        members = {self.ref(f"{kind}s"): kind for kind in kinds}
        extra: Mapping[str, tuple[object, ...]] = {"weight": (1, 2, 3), "delay": (0, 5), "timeout": (10, 15)}
        return {"name": "Team", "endpoints": {key: {"type": kind} | self.data(extra) for key, kind in members.items()}}

    def vmbox(self) -> Json:
        box: Json = {"name": "Box", "mailbox": self.pick(("1001", "1002", "97"))} | self.data(
            {
                "pin": ("1234",),
                "timezone": ZONES[:3],
                "skip_greeting": (True, False),
                "check_if_owner": (True, False),
                "notify_email_addresses": (["desk@example.com"],),
                "delete_after_notify": (True,),
                "owner_id": ("@users",),
            },
            15,
        )
        if self.chance(60):
            box["media"] = {"unavailable": self.ref("media")}
        return box

    def medium(self) -> Json:
        spoken = {"name": "Spoken", "media_source": "tts", "tts": {"text": self.pick(TEXTS), "voice": "female/en-US"}}
        upload = {"name": "Upload", "media_source": "upload", "content_type": "audio/mp3", "streamable": True}
        return self.pick((spoken, upload))

    def endpoints(self) -> list[Json]:
        return [self.endpoint() for _ in range(self.pick((1, 2, 2, 3, 4)))]

    def endpoint(self) -> Json:
        kind = self.pick(("device", "device", "user", "group"))
        extra = self.data({"delay": (0, 5, 10, 40), "timeout": (5, 15, 20, 30), "weight": (1, 50, 100)}, 35)
        if self.chance(5):
            extra["disable_until"] = self.pick((0, 66269664000, _gregorian(date(2025, 6, 4))))
        return self.keep("endpoint", {"endpoint_type": kind, "id": self.ref(f"{kind}s")} | extra)

    def ring_group_data(self) -> Json:
        settings: Mapping[str, tuple[object, ...]] = {
            "strategy": ("simultaneous", "single", "weighted_random"),
            "timeout": (10, 20, 30, 60),
            "repeats": (1, 2, 3),
            "fail_on_single_reject": (True, False),
            "ignore_forward": (True, False),
            "ringback": ("@media",),
            "ringtones": ({"internal": "soft"},),
            "name": ("Sales",),
        }
        return {"endpoints": self.endpoints()} | self.data(settings, 40)

    def group_data(self) -> Json:
        settings: Mapping[str, tuple[object, ...]] = {
            "id!": ("@groups",),
            "timeout": (10, 20),
            "strategy": ("single", "simultaneous"),
            "ignore_forward": (True,),
        }
        return self.data(settings)

    def page_group_data(self) -> Json:
        audio: Mapping[str, tuple[object, ...]] = {"audio!": ("one-way", "two-way"), "timeout": (5, 10)}
        return self.data(audio) | {"endpoints": self.endpoints()}

    def menu_data(self) -> Json:
        return self.data({"id!": ("@menus",), "interdigit_timeout": (2000, 3000)}, 15)

    def temporal_data(self) -> Json:
        data: Json = {"rules": [self.ref("temporal_rules") for _ in range(self.pick((1, 2, 2, 3)))]}
        if self.chance(15):
            data["rules"].append(self.ref("temporal_rules_sets"))
        if self.chance(15):
            del data["rules"]
        settings: Mapping[str, tuple[object, ...]] = {"timezone": (*ZONES, "inherit"), "interdigit_timeout": (2000,)}
        data |= self.data(settings, 40)
        if self.chance(20):
            data["rule_set"] = self.ref("temporal_rules_sets")
        if self.chance(5):
            data["action"] = self.pick(("menu", "enable", "disable", "reset"))
        return data

    def callflow_data(self) -> Json:
        return {"id": self.ref("callflows")}

    def carrier_data(self) -> Json:
        settings: Mapping[str, tuple[object, ...]] = {
            "timeout": (15, 30, 40),
            "use_local_resources": (False, True),
            "caller_id_type": ("external", "internal"),
            "ignore_early_media": (True, False),
            "outbound_flags": (["fax"], []),
            "hunt_account_id": ("@accounts",),
            "do_not_normalize": (True,),
            "ringback": ("@media",),
        }
        number = {"to_did": self.number()} if self.chance(85) else {}
        return number | self.data(settings)


def _gregorian(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + GREGORIAN


def _spell(maker: _Maker, kind: str, thing: Json) -> None:
    """A number or a truth written as text."""
    keys = [key for key, value in thing.items() if isinstance(value, bool | int)]
    if keys:
        key = maker.pick(keys)
        value = thing[key]
        thing[key] = str(value).lower() if isinstance(value, bool) else str(value)


def _nullify(maker: _Maker, kind: str, thing: Json) -> None:
    keys = [*DEFAULTS[kind], *thing]
    thing[maker.pick([key for key in keys if key not in ("module", "flow", "endpoint_type", "cycle")])] = None


def _add_unknown(maker: _Maker, kind: str, thing: Json) -> None:
    thing.setdefault(maker.pick(UNKNOWN_KEYS), deepcopy(maker.pick(UNKNOWN_VALUES)))


#: Values that mean nothing, or that are written in another way than most write them.
ODD: Mapping[str, object] = {
    "text": "", "duration": 20.0, "timeout": -1, "max_extension_length": 0, "days": ["1st"], "rule_set": "", "rules": [""],
    "children": {"otherwise": {"module": "hangup", "data": {}}, "": {"module": "hangup", "data": {}}},
}  # fmt: skip


def _make_odd(maker: _Maker, kind: str, thing: Json) -> None:
    keys = [key for key in thing if key in ODD]
    if keys:
        key = maker.pick(keys)
        thing[key] = deepcopy(ODD[key])


def _add_default(maker: _Maker, kind: str, thing: Json) -> None:
    key = maker.pick(list(DEFAULTS[kind]))
    thing.setdefault(key, deepcopy(DEFAULTS[kind][key]))


def _drop(maker: _Maker, kind: str, thing: Json) -> None:
    """An empty member, such as ``children`` or ``data``, left out."""
    for key in [key for key, value in thing.items() if value in ({}, [])]:
        del thing[key]


def _empty_child(maker: _Maker, kind: str, thing: Json) -> None:
    if kind == "node" and isinstance(thing.get("children"), dict):
        thing["children"].setdefault(maker.pick(("_", "NO_ANSWER", "1")), {})


DISTURBANCES: tuple[Callable[[_Maker, str, Json], None], ...] = (
    *(_add_unknown, _spell, _add_unknown, _add_default, _spell, _nullify, _make_odd),
    *(_add_default, _drop, _empty_child),
)

SPECIAL: Mapping[str, Callable[[_Maker], Json]] = {
    "callflow": _Maker.callflow_data,
    "group": _Maker.group_data,
    "menu": _Maker.menu_data,
    "offnet": _Maker.carrier_data,
    "page_group": _Maker.page_group_data,
    "resources": _Maker.carrier_data,
    "ring_group": _Maker.ring_group_data,
    "temporal_route": _Maker.temporal_data,
}

DOCUMENTS: Mapping[str, Callable[[_Maker], Json]] = {
    "devices": _Maker.device,
    "groups": _Maker.group,
    "media": _Maker.medium,
    "menus": _Maker.menu,
    "temporal_rules": _Maker.rule,
    "temporal_rules_sets": _Maker.rule_set,
    "users": _Maker.user,
    "vmboxes": _Maker.vmbox,
}

ALL_MODULES = (*DATA, *SPECIAL)


@st.composite
def calls(draw: st.DrawFn, document: Json) -> Call:
    """A call aimed at the document: keys that it has, targets that it rings, moments near its rules' boundaries."""
    aim = _Aim(document)
    keys = st.sampled_from([*sorted(aim.keys), None, "9", "#", "1#", "12", "1001", "1234"])
    callers = st.sampled_from([*sorted(aim.callers), None, "+12025550142", "+12125550157", "anonymous"])
    dialled = st.sampled_from([None, *aim.numbers, "*97", "*512", "*51001", "2001", "1001"])
    outcomes = st.sampled_from(ANSWERS)
    targets = sorted(aim.targets)[:12]
    takers = {taker: draw(outcomes) for taker in sorted(aim.takers)[:6] if draw(_integers(0, 3)) == 0}
    return Call(
        at=draw(_moments(aim)),
        caller=draw(callers | numbers()),
        dialled=draw(dialled),
        place=None,
        keys=tuple(draw(st.lists(keys, max_size=6))),
        answers=takers | {target: draw(outcomes) for target in targets if draw(st.booleans())},
        default_answer=draw(st.sampled_from(("no_answer", "no_answer", "busy", "declined", "unreachable", "answered"))),
        draws=tuple(draw(st.lists(st.floats(0, 1, exclude_max=True), max_size=3))),
    )


#: What takes a call by itself: what it is called among the answers, and which datum names it.
TAKERS: Mapping[str, tuple[str, str]] = {
    "acdc_member": ("queue", "id"),
    "directory": ("directory", "id"),
    "park": ("park", "slot"),
    "voicemail": ("mailbox", "id"),
}


class _Aim:
    """What a call can be aimed at in a document."""

    def __init__(self, document: Json) -> None:
        self.keys: set[str] = set()
        self.callers: set[str] = set()
        self.targets: set[str] = set()
        self.takers: set[str] = set()
        self.numbers: list[str] = []
        self.zones: list[str] = []
        self.rules: list[Json] = []
        for thing in _objects(document):
            self.look(thing)

    def look(self, thing: Json) -> None:
        data, children = thing.get("data"), thing.get("children")
        module = thing.get("module")
        if isinstance(children, dict) and module == "menu":
            self.keys |= {key for key in children if key not in ("_", "timeout", "max_retries")}
        if isinstance(children, dict) and module == "check_cid":
            self.callers |= {key for key in children if key.startswith("+")}
        if isinstance(data, dict):
            self.look_at_data(str(module), data)
        if isinstance(thing.get("endpoint_type"), str) and isinstance(thing.get("id"), str):
            self.targets.add(f"{thing['endpoint_type']}:{thing['id']}")
        if isinstance(thing.get("numbers"), list):
            self.numbers += [number for number in thing["numbers"] if isinstance(number, str)]
        if isinstance(thing.get("cycle"), str):
            self.rules.append(thing)
        for number in (thing.get("number"), thing.get("to_did"), thing.get("route")):
            if isinstance(number, str):
                self.targets.add(number)

    def look_at_data(self, module: str, data: Json) -> None:
        if module in ("device", "user", "group", "hotdesk") and isinstance(data.get("id"), str):
            self.targets.add(f"{module}:{data['id']}")
        if module in TAKERS:
            kind, key = TAKERS[module]
            self.takers.add(f"{kind}:{data[key]}" if isinstance(data.get(key), str) and data[key] else kind)
        if data.get("timezone") in ZONES:
            self.zones.append(data["timezone"])


def _objects(document: object) -> Iterator[Json]:
    pending = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            yield value
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


@st.composite
def _moments(draw: st.DrawFn, aim: _Aim) -> datetime:
    """Near the edges of a rule, in one of the document's time zones; never the very second at which a window stops.

    That second belongs to the window here and to no window elsewhere, which nobody counts as a difference.
    """
    zone = ZoneInfo(draw(st.sampled_from([*aim.zones, "UTC", "America/Chicago"])))
    day = date(2025, 6, 2) + timedelta(days=draw(_integers(0, 13)))
    second = draw(st.sampled_from((43200, 3600, 82800))) + draw(_integers(0, 1799))
    aimed = draw(_integers(0, 4)) > 0
    if aim.rules and aimed:
        rule = draw(st.sampled_from(aim.rules))
        day = draw(st.sampled_from([day, *_days(rule)]))
        second = draw(st.sampled_from([second, *_seconds(rule)]))
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return midnight.replace(hour=second // 3600, minute=second % 3600 // 60, second=second % 60)


def _days(rule: Json) -> Iterator[date]:
    """Days around the start of a rule, and those of its month."""
    start = rule.get("start_date")
    if isinstance(start, int) and _gregorian(date(2000, 1, 1)) < start < _gregorian(date(2100, 1, 1)):
        first = datetime.fromtimestamp(start - GREGORIAN, UTC).date()
        yield from (first + timedelta(days=days) for days in (-1, 0, 1, 2, 3, 7, 14, 31))
    month, days = rule.get("month"), rule.get("days")
    for day in days if isinstance(days, list) else [1, 8, 25]:
        if isinstance(day, int) and day <= 28:
            yield date(2025, month if isinstance(month, int) else 6, day)
            yield date(2026, month if isinstance(month, int) else 7, day)


def _seconds(rule: Json) -> Iterator[int]:
    start, stop = rule.get("time_window_start"), rule.get("time_window_stop")
    near = [start + shift for shift in (-60, -1, 0, 1)] if isinstance(start, int) else []
    near += [stop + shift for shift in (-60, -1, 1, 60)] if isinstance(stop, int) else []
    return (second for second in near if 0 <= second < 86400 and second != stop)
