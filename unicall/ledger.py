"""The ledger: what a translation did to each fact of the source, computed by comparing what was meant with what arrived.

Three flows stand side by side: the original, the lowered one (what the target can hold), and the one read back from the document
that was written. What the rules of lowering took away, they have said. Everything else is found here, fact by fact, so that
neither a rule nor an adapter can forget a loss. Keys of the source that are no facts of the graph (``wire.py``: the shapes in the
extras) stay behind as a whole; the source's adapter knows what each of them means.

What surprises people: silence is no difference. A key that is null, empty, false or at the vendor's default says nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from itertools import takewhile
from operator import attrgetter
from typing import Any

from attrs import NOTHING, Factory, define, evolve, fields

from unicall.adapter import Adapter, Holds, Leftover, Places, Reading, Refusal, SpeaksUnasked, spot
from unicall.graph import (
    FACTS,
    KINDS,
    Flow,
    Hangup,
    Menu,
    Node,
    NodeId,
    PhoneNumber,
    Reference,
    Region,
    Resource,
    Ring,
    RingTarget,
    Schedule,
    SipAddress,
    Speech,
    Split,
    Subflow,
    VendorNode,
    Voicemail,
    text_of,
    walk,
)
from unicall.hours import WEEKDAYS, Recurrence, clock
from unicall.lower import Loss, Lowered, name_of, outcome_of
from unicall.problem import Problem
from unicall.show import rule_in_words
from unicall.wire import MISSING, Json, Lookup, below, brief, same

ATOMS = (PhoneNumber, SipAddress, Reference, Speech)

#: Which code a fact gets that did not arrive, by kind and field without indices. What is not here is UC313.
_CODES: Mapping[str, str] = {
    "Ring.targets.target": "UC303",
    "Ring.targets.timeout": "UC301",
    "Ring.timeout": "UC301",
    "Ring.targets.delay": "UC302",
    "Ring.targets.weight": "UC302",
    "Ring.targets.confirm": "UC302",
    "Ring.targets.off": "UC302",
    "Ring.targets.also": "UC303",
    "Ring.order": "UC302",
    "Ring.repeats": "UC302",
    "Ring.decline_ends": "UC302",
    "Ring.whisper": "UC310",
    "Announce": "UC305",
    "Voicemail.greeting": "UC305",
    "Menu.greeting": "UC305",
    "Reject.prompt": "UC305",
    "Menu.notice": "UC305",
    "Menu.invalid_prompt": "UC305",
    "Menu.exit_prompt": "UC305",
    "Menu.transfer_prompt": "UC305",
    "Menu.direct_dial": "UC307",
    "Menu.record_pin": "UC310",
    "Menu": "UC306",
    "Schedule.hours.title": "UC311",
    "Schedule.hours.name": "UC311",
    "Schedule.hours.recurrences.id": "UC311",
    "Schedule.hours.recurrences.title": "UC311",
    "Schedule": "UC308",
    "Region.places.name": "UC311",
    "Region": "UC309",
    "CallerMatch": "UC309",
    "Split": "UC309",
    "Fax.recipients": "UC310",
    "SetCallerId": "UC310",
    "RecordCall": "UC310",
    "SetVariable": "UC310",
    "Notify": "UC310",
    "Webhook": "UC310",
    "VendorNode": "UC214",
    "Settings.active": "UC401",
    "Settings": "UC310",
}

_NAMES: Mapping[str, str] = {
    "Ring.timeout": "the ring time",
    "Ring.targets.timeout": "the ring time of one target",
    "Ring.targets.target": "the target",
    "Ring.targets.delay": "the delay of one target",
    "Ring.targets.weight": "the weight of one target",
    "Ring.targets.confirm": "the key press that accepts a call",
    "Ring.targets.off": "whether the target is switched off",
    "Ring.targets.also": "whom the target passes calls on to",
    "Ring.whisper": "the whisper",
    "Ring.order": "the order of ringing",
    "Ring.repeats": "the number of tries",
    "Ring.decline_ends": "whether one who declines does so for all",
    "Schedule.hours.recurrences": "a rule of the hours",
    "Schedule.hours.name": "the name of the hours",
    "Menu.retries": "the number of tries at the menu",
    "Menu.timeout": "the wait for the first key",
    "Menu.interdigit_timeout": "the wait between keys",
    "Menu.max_digits": "the largest number of digits",
    "Menu.direct_dial": "direct dialling of extensions",
    "Menu.greeting": "the greeting",
    "Menu.notice": "what is heard behind the greeting",
    "Reject.prompt": "what is heard before the call is refused",
    "Menu.invalid_prompt": "what is heard after a wrong key",
    "Menu.exit_prompt": "what is heard after the last try",
    "Menu.transfer_prompt": "what is heard before the menu gives up and leads on",
    "Menu.record_pin": "the code by which callers record the greeting",
    "Voicemail.greeting": "the greeting of the mailbox",
    "Voicemail.mailbox": "the mailbox",
    "Menu.exits": "the choice of keys",
    "Announce.prompt": "the announcement",
    "Announce.times": "how often the announcement plays",
    "Announce.endless": "whether the announcement plays without an end",
    "Schedule.timezone": "the time zone",
    "Schedule.exits": "the choice by hours",
    "Schedule.hours.recurrences.start": "the start of a window",
    "Schedule.hours.recurrences.end": "the end of a window",
    "Schedule.hours.title": "the title of the hours",
    "Schedule.hours.recurrences.frequency": "how often a window comes back",
    "Schedule.hours.recurrences.interval": "how many periods lie between two windows",
    "Schedule.hours.recurrences.ordinal": "the choice of the first, second or last weekday of a month",
    "Schedule.hours.recurrences.month_days": "the choice of days of a month",
    "Schedule.hours.recurrences.month": "the month of a window",
    "Schedule.hours.recurrences.first": "the first day of a window",
    "Schedule.hours.recurrences.until": "the last day of a window",
    "Schedule.hours.recurrences.except_days": "the days without a window",
    "Schedule.hours.recurrences.overnight": "whether a window goes over midnight",
    "Schedule.hours.recurrences.override": "whether a window is switched on or off by hand",
    "Schedule.hours.recurrences.id": "the id of a rule",
    "Schedule.hours.recurrences.title": "the title of a rule",
    "Schedule.hours.recurrences.weekdays": "the choice of weekdays of a window",
    "Region.exits": "the choice by place",
    "Region.by": "how a caller's place is found",
    "Region.radius": "the radius",
    "Region.ask": "whether callers are asked where they are",
    "Region.places.name": "the name of a place",
    "Region.places.city": "the city of a place",
    "Region.places.address": "the address of a place",
    "Region.places.latitude": "the latitude of a place",
    "Region.places.longitude": "the longitude of a place",
    "Region.places.area_codes": "the list of area codes of a place",
    "Region.places.reference": "the list of a place",
    "Split.shares": "the division into shares",
    "CallerMatch.pattern": "the pattern of the caller's number",
    "CallerMatch.list": "the list of callers",
    "Queue.queue": "the queue",
    "Queue.priority": "the priority in the queue",
    "Subflow.flow": "the other flow",
    "Conference.room": "the conference",
    "Directory.directory": "the directory",
    "Park.slot": "the slot to park in",
    "SetCallerId.name": "the name that is set as the caller's",
    "SetCallerId.number": "the number that is set as the caller's",
    "RecordCall.on": "whether the call is recorded",
    "SetLanguage.language": "the language",
    "SetVariable.values": "the variables",
    "Notify.recipients": "who is told",
    "Notify.when": "when they are told",
    "Webhook.url": "the address of the webhook",
    "Webhook.method": "the method of the webhook",
    "Pause.seconds": "the pause",
    "Reject.code": "the code of the refusal",
    "Reject.reason": "the reason of the refusal",
    "Fax.box": "the fax box",
    "Fax.recipients": "who gets the fax",
    "Settings.active": "whether the flow is in use",
    "Settings.notify": "who is notified",
    "Settings.spam_filter": "the spam filter",
    "Settings.spam_threshold": "the threshold of the spam filter",
}


def plain(value: Any) -> Json:
    """A fact as JSON, for people."""
    if isinstance(value, ATOMS):
        return text_of(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if _is_compound(value):
        return {name: plain(item) for name, item in flat(value).items()}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


_SCALARS = frozenset({str, int, float, bool, type(None)})


def flat(value: Any, prefix: str = "", only: Container[str] | None = None) -> dict[str, Any]:
    """The facts of a node, or a part of one, by dotted path; what is at its default is no fact.

    ``only``: the names of the facts that are asked for.
    """
    out: dict[str, Any] = {}
    todo: list[tuple[str, Any]] = [(prefix, value)]
    while todo:
        path, item = todo.pop()
        for name, fact in reversed(_said(item)):
            inner = f"{path}.{name}" if path else name
            if only is not None and item is value and name not in only:
                continue
            if type(fact) in _SCALARS:
                out[inner] = fact
            elif _is_compound(fact):
                todo.append((inner, fact))
            elif isinstance(fact, tuple) and fact and _is_compound(fact[0]):
                todo.extend((f"{inner}.{index}", part) for index, part in reversed(list(enumerate(fact))))
            else:
                out[inner] = fact
    return dict(sorted(out.items()))


def _with_exits(node: Node) -> dict[str, Any]:
    """The facts of a node that is gone, a rule of its hours as one, and the words by which it told calls apart (menu keys)."""
    chosen = [label for label in node.exits if label == "*" or label not in node.EXITS]
    facts: dict[str, Any] = {"order": node.order} if isinstance(node, Ring) and len(node.targets) > 1 else {}
    for path, fact in flat(node).items():
        if path in ("provider", "passes") and isinstance(node, VendorNode):
            continue
        if isinstance(node, Schedule) and (rule := _RULE.match(path)) is not None:
            facts.setdefault(rule[1], {})[rule[2]] = fact
        else:
            facts[path] = fact
    return facts | ({"exits": tuple(chosen)} if chosen and "*" in node.EXITS else {})


_RULE = re.compile(r"(hours\.\d+\.recurrences\.\d+)\.(.+)")


def _is_compound(value: Any) -> bool:
    return hasattr(value, "__attrs_attrs__") and not isinstance(value, ATOMS)


def _said(item: Any) -> list[tuple[str, Any]]:
    said = []
    for name, default in _fields(item.__class__):
        value = getattr(item, name)
        if default is NOTHING or type(value) is not type(default) or value != default:
            said.append((name, value))
    return said


@cache
def _fields(kind: type) -> list[tuple[str, Any]]:
    """The fields of a node, or a part of one, that are facts, each with its default."""
    return [(field.name, field.default) for field in fields(kind) if field.name not in ("exits", "extras")]


@lru_cache(4096)
def pattern_of(path: str) -> str:
    """A path without its indices."""
    if "." not in path:
        return path
    return ".".join([step for step in path.split(".") if not step.isdecimal()])


def _pattern(kind: str, path: str) -> str:
    return f"{kind}.{pattern_of(path)}"


@lru_cache(4096)
def _code(kind: str, path: str) -> str:
    """The code of a fact that did not arrive."""
    return "UC311" if path == "label" else _lookup(_CODES, _pattern(kind, path)) or "UC313"


def _lookup(table: Mapping[str, str], pattern: str) -> str | None:
    while pattern:
        if pattern in table:
            return table[pattern]
        pattern = pattern.rpartition(".")[0]
    return None


@define
class Ledger:
    """Writes the ledger of one crossing."""

    source: Reading
    here: Lookup
    there: Lookup
    lowered: Lowered
    back: Reading
    source_adapter: Adapter
    target_adapter: Adapter
    holds: Holds
    problems: list[Problem]
    seen: set[tuple[str, ...]]
    taken_over: Counter[tuple[str, str, str]] = Factory(Counter)
    moved: Counter[tuple[str, str]] = Factory(Counter)  # keys that another node holds now
    documents: set[tuple[str, str]] = Factory(set)
    became: dict[NodeId, list[Node]] = Factory(dict)  # what rules made of a node

    def write(self) -> list[Problem]:
        """All problems of the crossing, those of reading apart."""
        self._losses()
        self._dropped()
        self._compare_flows()
        self._flow_level()
        self._own_id()
        if self.source_adapter.name != self.target_adapter.name:
            self._note_taken_over()
            self._leftovers(self.source_adapter, None)
        if self.target_adapter.name in self.source.flow.extras:
            self._leftovers(self.target_adapter, self._arrived())
        return self.problems

    def refused(self, refusals: Iterable[Refusal], went: Places) -> Iterator[Problem]:
        """What the target's API does not take, at both places. ``went``: where the facts of the lowered flow stand now."""
        found = list(refusals)
        standing = _standing(went) if found else {}
        for refusal in found:
            where = refusal.pointer
            while where and where not in standing:
                where = where.rpartition("/")[0]
            node, path = standing.get(where, ("", ""))
            at, fact = self._behind(node, path)
            words = {"target": self.target_adapter.title, "what": refusal.what, "why": refusal.why}
            yield Problem("UC407", at, self._value(at, fact), node=node, target_pointer=refusal.pointer, words=words)

    def _behind(self, at: NodeId, path: str) -> tuple[str, Any]:
        """Where a fact of the lowered flow stands in the source, and the fact."""
        origin = self.lowered.came_from.get(at, at)
        meant, original = self.lowered.flow.nodes.get(at), self.lowered.original.nodes.get(origin)
        path = path if meant is None or original is None else _path_in(original, meant, path)
        fact = flat(original).get(path) if original is not None else None
        return self._place(origin, path) or self.place_of_flow(), fact

    # Saying something.

    def _add(self, code: str, at: str, value: Json, node: NodeId, words: Mapping[str, object], there: str = "") -> None:
        key = (code, at, *[_short(words[word]) if word in words else "" for word in ("what", "exit", "other", "keys")])
        if key in self.seen:
            return
        self.seen.add(key)
        self.problems.append(Problem(code, at, value, node=node, target_pointer=there, words=words))

    def _place(self, node: NodeId, path: str) -> str:
        """The pointer of a fact in the source: its own, else that of what it is part of, else the node's."""
        return spot(self.source.places, self.here, node, path)

    def _place_there(self, node: NodeId, path: str) -> str:
        """The pointer of a fact in the document that was written, by its node as it was read back."""
        return spot(self.back.places, self.there, node, path)

    def _raw_at(self, at: str) -> Json:
        return self.here.at(at)

    def place_of_flow(self) -> str:
        """Where the flow itself is told apart from others: its name, else its first node."""
        return self._place("", "name") or self._place(self.source.flow.start or "", "")

    def _value(self, at: str, fact: Any) -> Json:
        """What stood there: the leaf of the document, or the fact where there is no leaf."""
        raw = self._raw_at(at) if at else MISSING
        return plain(fact) if raw is MISSING or isinstance(raw, (dict, list)) or isinstance(fact, (dict, list)) else raw

    # What the rules took away.

    def _losses(self) -> None:
        nodes = self.lowered.original.nodes
        for to, origin in self.lowered.came_from.items():
            if origin in self.lowered.rewritten:
                self.became.setdefault(origin, []).append(self.lowered.flow.nodes[to])
        for loss in self.lowered.losses:
            node = nodes.get(loss.node)
            words = dict(loss.words)
            label = words.pop("exit_of", "")
            whole = words.pop("whole", False)
            if label and node is not None and label in node.exits:
                at = self._place(node.exits[str(label)], "")
                self._add(loss.code, at, self._value(at, words.get("exit")), loss.node, words)
                if not loss.field:
                    continue
            if node is None or not loss.field:
                self._lose_node(loss, node, words, bool(whole) or loss.node in self.lowered.dropped)
            else:
                self._lose_field(loss, node, words)

    def _lose_node(self, loss: Loss, node: Node | None, words: dict[str, object], whole: bool) -> None:
        at = self._place(loss.node, "")
        if loss.code == "UC215":
            self._add(loss.code, self.place_of_flow(), None, loss.node, words)
            return
        facts = _with_exits(node) if node is not None and whole else {}
        if node is not None and len(facts) > 1:
            facts = self._lose_elsewhere(loss.node, node, facts, at)
        if isinstance(node, VendorNode) and facts.get("data"):
            facts = self._lose_word(loss, node, words, facts)
        if isinstance(node, Ring) and "order" in facts and len(facts) > 1 and self._place(loss.node, "order") != at:
            self._lose_order(loss, words, facts.pop("order"))
            loss = evolve(loss, code="UC204")
        if len(facts) == 1:
            path, fact = next(iter(facts.items()))
            if isinstance(fact, SipAddress):
                words["what"] = f"{words.get('what', 'a ring')} of {text_of(fact)}"
            at = self._place(loss.node, path)
            value = self._value(at, fact)
        else:
            raw = self._raw_at(at) if at else MISSING
            scalar = raw is not MISSING and not isinstance(raw, (dict, list))
            value = raw if scalar and not facts else {path: self._raw(loss.node, path, f) for path, f in facts.items()} or None
            at = around([self._place(loss.node, path) for path in facts]) or at
        if isinstance(self._raw_at(at), dict):
            at, value = self._telling(loss, at, value)
        self._add(loss.code, at, value, loss.node, words)

    def _lose_word(self, loss: Loss, node: VendorNode, words: dict[str, object], facts: dict[str, Any]) -> dict[str, Any]:
        """What only the vendor has, where it says its name, and what it is told (returned); what it is called stays a name."""
        where = self._place(loss.node, "word")
        named = isinstance(self._raw_at(where), str)
        if "label" in facts:
            self._lose_fact(loss.node, node, "label", facts["label"], self._place(loss.node, "label"))
        if named and loss.code != "UC214":
            return {"word": node.word}
        if named and where != self._place(loss.node, "data"):
            self._add(loss.code, where, self._raw_at(where), loss.node, dict(words))
        return {"data": facts["data"]}

    def _lose_order(self, loss: Loss, words: dict[str, object], order: str) -> None:
        """The order of a group, where it is said; what else the group says became the times of its steps."""
        where = self._place(loss.node, "order")
        self._add(loss.code, where, self._value(where, order), loss.node, dict(words))

    def _telling(self, loss: Loss, own: str, value: Json) -> tuple[str, Json]:
        """Where the node says what it is, where that is all it says: its kind, or its rules; else the node, with its facts."""
        rules = self._place(loss.node, "hours") if loss.code == "UC209" else ""
        if isinstance(self._raw_at(rules) if rules else MISSING, list):
            return rules, value
        kind = self.source.places.get((loss.node, "kind"), "")
        word = self._raw_at(kind) if kind else MISSING
        node = self.lowered.original.nodes.get(loss.node)
        passes = [node.passes] if isinstance(node, VendorNode) else MISSING
        bare = not value or (isinstance(value, dict) and all(fact in (word, {}, passes) for fact in value.values()))
        return (kind, word) if bare and isinstance(word, str) else (own, value)

    def _lose_elsewhere(self, at: NodeId, node: Node, facts: dict[str, Any], own: str) -> dict[str, Any]:
        """Facts that stand in another place than their node (a greeting, a menu document) are named there; the others stay."""
        here: dict[str, Any] = {}
        held = self._held_on(at)
        for path, fact in facts.items():
            where = self._place(at, path)
            if (pattern_of(path), plain(fact)) in held:
                continue
            if where == own or where.startswith(own + "/") or self._is_default(self.source_adapter, type(node), path, fact):
                here[path] = fact
            else:
                self._lose_fact(at, node, path, fact, where)
        return here

    def _held_on(self, at: NodeId) -> list[tuple[str, Json]]:
        """The facts of the nodes that this one became, where it became several."""
        became = self.became.get(at, ())
        return [(pattern_of(path), plain(fact)) for node in became for path, fact in flat(node).items()]

    def _lose_fact(self, at: NodeId, node: Node, path: str, fact: Any, where: str) -> None:
        """A fact that went with its node."""
        what = what_of(node, path)
        kind_of = f" ({fact.kind})" if isinstance(fact, Reference) and fact.kind not in what else ""
        code = "UC311" if _code(type(node).__name__, path) == "UC311" else "UC207"
        words: dict[str, object] = {"what": what + kind_of, "other": "nothing", **_meant(node, path, fact)}
        self._add(code, where, self._value(where, fact), at, words)

    def _raw(self, node: NodeId, path: str, fact: Any) -> Json:
        return self._value(self._place(node, path), fact)

    def _lose_field(self, loss: Loss, node: Node, words: dict[str, object]) -> None:
        facts = flat(node)
        at = self._place(loss.node, loss.field)
        if loss.code in ("UC223", "UC303") and loss.node in self.lowered.dropped and len(facts) > 1:
            value = {path: self._raw(loss.node, path, f) for path, f in facts.items()}
        elif loss.field in facts:
            value = self._value(at, facts[loss.field])
        else:
            value = {path: self._raw(loss.node, path, f) for path, f in facts.items() if path.startswith(loss.field + ".")}
            if not value and "." in loss.field:
                owner, _, key = loss.field.rpartition(".")
                holder = facts.get(owner)
                value = self._value(at, holder[key] if isinstance(holder, Mapping) and key in holder else holder)
        self._add(loss.code, at, value, loss.node, words)
        owner = loss.field.rpartition(".")[0]
        if loss.code in ("UC223", "UC303") and owner.rpartition(".")[0] == "targets":
            for path, fact in facts.items():
                if path.startswith(owner + ".") and path != loss.field:
                    where = self._place(loss.node, path)
                    words = {"what": what_of(node, path), "other": "nothing", **_meant(node, path, fact)}
                    code = "UC301" if _code(type(node).__name__, path) == "UC301" else "UC302"
                    self._add(code, where, self._value(where, fact), loss.node, words)

    def _dropped(self) -> None:
        """What went with its branch, fact by fact."""
        for at, code in self.lowered.dropped.items():
            node = self.lowered.original.nodes.get(at)
            if code is None and node is not None:
                self._gone(at, node)
        spliced = {at.partition("/")[0] for at in self.lowered.original.nodes if at.startswith("@")}
        for name, sub in self.lowered.original.subflows.items():
            if name in self.back.flow.subflows:
                continue
            about = {"name": sub.name, "ways in": [plain(way_in.value) for way_in in sub.entry_points]}
            self._add("UC502", self._place(f"@{name}", ""), about, "", {"what": "callflows"})
            if f"@{name}" not in spliced:
                for inner, node in walk(sub):
                    self._gone(f"@{name}/{inner}", node)

    def _gone(self, at: NodeId, node: Node) -> None:
        facts = _with_exits(node)
        own = self._place(at, "")
        for path, fact in facts.items():
            where = self._place(at, path)
            told = isinstance(node, Voicemail) and path == "mailbox" and where == own
            if not told and not self._is_default(self.source_adapter, type(node), path, fact):
                self._lose_fact(at, node, path, fact, where)
        if not facts or isinstance(node, Voicemail):
            where = own
            self._add("UC207", where, self._value(where, self._word_for(at, node)), at, {"what": name_of(node)})

    def _word_for(self, at: NodeId, node: Node) -> str:
        """The word by which the document says what a node is; what it is in a person's words where it has none."""
        said = self._raw_at(self.source.places.get((at, "kind"), ""))
        return said if isinstance(said, str) else name_of(node)

    # What was meant, and what arrived.

    def _compare_flows(self) -> None:
        left, right = self.lowered.flow, self.back.flow
        if left.start is None:
            self._still_empty()
            return
        todo: list[tuple[NodeId, NodeId | None]] = [(left.start, right.start)]
        done: set[tuple[NodeId, NodeId | None]] = set()
        while todo:
            pair = todo.pop()
            if pair in done:
                continue
            done.add(pair)
            meant = left.nodes[pair[0]]
            arrived = right.nodes.get(pair[1]) if pair[1] is not None else None
            if isinstance(arrived, Menu) and not isinstance(meant, Menu) and len(arrived.exits) == 1:
                self._behind_menu(pair[0], pair[1] or "", arrived)
                todo.append((pair[0], next(iter(arrived.exits.values()))))
                continue
            if arrived is None or type(arrived) is not type(meant):
                self._gone(self.lowered.came_from.get(pair[0], pair[0]), meant)
                exits: Mapping[str, NodeId] = {}
            else:
                self._compare_nodes(pair[0], meant, pair[1] or "", arrived)
                self._compare_unasked(pair[0], meant, pair[1] or "", arrived)
                exits = arrived.exits
            spelled = {} if arrived is None else relabelled(meant, arrived)
            for label, to in reversed(list(meant.exits.items())):
                todo.append((to, exits.get(spelled.get(label, label))))
            known = {spelled.get(label, label) for label in meant.exits}
            ours = {theirs: label for label, theirs in spelled.items()}
            for label, to in exits.items():
                if label not in known and not self._stands_for_gone(pair[0], ours.get(label, label), to):
                    self._leads_on(pair[0], label, to)

    def _still_empty(self) -> None:
        """A flow of nothing became a document that has a word for where calls go, and nothing beside it."""
        start = self.back.flow.start
        if start is None or self.lowered.original.start is not None:
            return
        words = {"target": self.target_adapter.title, "what": name_of(self.back.flow.nodes[start])}
        self._add("UC228", self.place_of_flow(), None, "", words, self._place_there(start, ""))

    def _leads_on(self, at: NodeId, label: str, to: NodeId) -> None:
        """An exit that was not meant leads somewhere."""
        found = self.back.flow.nodes[to]
        if isinstance(found, Hangup):
            return
        words = {"what": f"what comes after {outcome_of(self.lowered.flow.nodes[at], label)}", "other": name_of(found)}
        origin = self.lowered.came_from.get(at, at)
        code = "UC312" if _is_open(found) else "UC313"
        self._add(code, self._place(origin, ""), None, origin, words, self._place_there(to, ""))

    def _stands_for_gone(self, at: NodeId, label: str, to: NodeId) -> bool:
        """Whether an empty destination stands there for what lowering took away, which was said."""
        origin = self.lowered.original.nodes.get(self.lowered.came_from.get(at, at))
        known = origin is not None and bool({label, label.rpartition("~")[0]} & origin.exits.keys())
        return known and isinstance(self.back.flow.nodes[to], VendorNode)

    def _behind_menu(self, at: NodeId, there: NodeId, menu: Menu) -> None:
        """The target can hold this only behind a menu of one key."""
        origin = self.lowered.came_from.get(at, at)
        heard = "nothing" if menu.greeting is None else brief(text_of(menu.greeting))
        words = {"target": self.target_adapter.title, "what": heard, "key": next(iter(menu.exits))}
        self._add("UC227", self._place(origin, ""), None, origin, words, self._place_there(there, ""))

    def _compare_nodes(self, at: NodeId, meant: Node, there: NodeId, arrived: Node) -> None:
        if _is_same(meant, arrived):
            return
        meant, arrived = in_one_way(meant), _aligned(meant, in_one_way(arrived))
        unlike = [name for name in FACTS[type(meant)] if not equal(getattr(meant, name), getattr(arrived, name))]
        left, right = flat(meant, only=unlike), flat(arrived, only=unlike)
        if isinstance(meant, Split) and isinstance(arrived, Split) and "shares" in unlike:
            names = relabelled(meant, arrived)
            left["shares"] = {names.get(label, label): share for label, share in meant.shares.items()}
        origin = self.lowered.came_from.get(at, at)
        original = self.lowered.original.nodes.get(origin)
        for path in left | right:
            mine, theirs = left.get(path, MISSING), right.get(path, MISSING)
            if not equal(mine, theirs):
                self._differ(origin, original, meant, path, mine, theirs, self._place_there(there, path))

    def _compare_unasked(self, at: NodeId, meant: Node, there: NodeId, arrived: Node) -> None:
        """What callers hear on either side where neither document names a prompt; a node that was the target's own is as it was."""
        here, target = self.source_adapter, self.target_adapter
        if not isinstance(here, SpeaksUnasked) or not isinstance(target, SpeaksUnasked) or target.name in meant.extras:
            return
        mine, theirs = here.unasked(meant), target.unasked(arrived)
        if mine is None or theirs is None or mine == theirs:
            return
        origin = self.lowered.came_from.get(at, at)
        words = {"what": _NAMES["Menu.greeting"], "value": mine, "other": theirs}
        self._add("UC314", self._place(origin, "greeting"), None, origin, words, self._place_there(there, "greeting"))

    def _differ(
        self, origin: NodeId, original: Node | None, meant: Node, path: str, mine: Any, theirs: Any, target_pointer: str
    ) -> None:
        kind = type(meant).__name__
        pattern = _pattern(kind, path)
        code = _code(kind, path)
        what = _NAMES.get(pattern, what_of(meant, path))
        if isinstance(mine, Reference | PhoneNumber | SipAddress):
            what = f"{what} {brief(text_of(mine))}"
        unsaid = isinstance(mine, SipAddress) and isinstance(theirs, SipAddress) and mine == evolve(theirs, port=mine.port)
        if unsaid and isinstance(mine, SipAddress) and mine.port is None:
            code = "UC312"
        if theirs is MISSING and isinstance(mine, Reference) and self._is_translated(origin, path, mine):
            return
        if isinstance(mine, Reference) or (mine is MISSING and isinstance(theirs, Reference)):
            code = "UC304"
        elif mine is MISSING or (theirs is MISSING and self._is_default(self.source_adapter, type(meant), path, mine)):
            code = "UC312"
        source_path = path if original is None else _path_in(original, meant, path)
        at = self._place(origin, source_path)
        value = None if mine is MISSING else self._value(at, mine)
        self._add(
            code,
            at,
            value,
            origin,
            {
                "what": what,
                "other": "nothing" if theirs is MISSING else brief(plain(theirs)),
                **({} if mine is MISSING else _meant(meant, path, mine)),
                **({} if theirs is MISSING else _meant(meant, path, theirs, "other")),
            },
            target_pointer,
        )

    def _is_translated(self, at: NodeId, path: str, mine: Reference) -> bool:
        """Whether this is the counterpart that the references gave for another carrier's id, which was said there (UC605)."""
        node = self.source.flow.nodes.get(at)
        said = MISSING if node is None else flat(node).get(path, MISSING)
        return mine.provider == self.target_adapter.name and isinstance(said, Reference) and said.provider != mine.provider

    def _is_default(self, adapter: Adapter, kind: type[Node], path: str, value: Any) -> bool:
        default = adapter.defaults.get((kind, pattern_of(path)), MISSING)
        return default is not MISSING and equal(default, value)

    # The flow as a whole.

    def _flow_level(self) -> None:
        meant, arrived = self.lowered.flow, self.back.flow
        if meant.name != arrived.name:
            other = "nothing" if arrived.name is None else brief(arrived.name)
            code = "UC312" if meant.name is None else "UC311"
            self._add(code, self._place("", "name"), meant.name, "", {"what": "the name of the flow", "other": other})
        for index, way_in in enumerate(meant.entry_points):
            if way_in not in arrived.entry_points:
                at = self._place("", f"entry_points.{index}")
                code = "UC402" if self.holds.ways_in else "UC403"
                self._add(code, at, self._value(at, way_in.value), "", {"target": self.target_adapter.title})
        needed = self.holds.ways_in and not self.holds.joins
        if needed and not meant.entry_points and self.source_adapter.name != self.target_adapter.name:
            self._add("UC404", self.place_of_flow(), meant.name, "", {"target": self.target_adapter.title})
        left, right = flat(meant.settings), flat(arrived.settings)
        for path in left | right:
            mine, theirs = left.get(path, MISSING), right.get(path, MISSING)
            if not equal(mine, theirs):
                self._setting(path, mine, theirs)

    def _own_id(self) -> None:
        """A flow that leads to itself by an id that it no longer says: it may get another one."""
        provider = self.target_adapter.name
        known = _id_in(self.source.flow, provider)
        if known is None or known == _id_in(self.back.flow, provider) or known in self.back.flow.subflows:
            return
        original = self.lowered.original
        nodes = [*original.nodes.items()]
        nodes += [(f"@{name}/{at}", node) for name, sub in original.subflows.items() for at, node in sub.nodes.items()]
        for at, node in nodes:
            if isinstance(node, Subflow) and node.flow == Reference(provider, "flow", known):
                where = self._place(at, "flow")
                words = {"what": f"{what_of(node, 'flow')} {brief(text_of(node.flow))}", "other": "its old id"}
                self._add("UC304", where, self._value(where, node.flow), at, words)

    def _setting(self, path: str, mine: Any, theirs: Any) -> None:
        at = self._place("", f"settings.{path}")
        value = None if mine is MISSING else self._value(at, mine)
        quiet = mine is MISSING or (mine is True if path == "active" else mine in (False, ()))
        code = "UC312" if quiet else _lookup(_CODES, f"Settings.{path}") or "UC313"
        if quiet and theirs is MISSING:
            return
        self._add(
            code,
            at,
            value,
            "",
            {
                "what": _NAMES.get(f"Settings.{path}", path),
                "other": "nothing" if theirs is MISSING else brief(plain(theirs)),
            },
        )

    # What is no fact of the graph.

    def _leftovers(self, owner: Adapter, arrived: Counter[tuple[str, str, str]] | None) -> None:
        """What stayed behind of a carrier's own keys: all of them, but for those that ``arrived``."""
        flow, places = self.source.flow, self.source.places
        if arrived is not None:
            self.moved = Counter((key, value) for _, key, value in (arrived - self._held(flow, owner.name, {})).elements())
        for holder, extras in _extras(flow):
            for provider, shape in extras.items():
                if provider == owner.name:
                    base = places.get((holder, "shape"), places.get((holder, ""), ""))
                    self._left_in(owner, shape, base, holder, arrived)
                elif arrived is None and provider != self.target_adapter.name:
                    at = self._place(holder, f"extras.{provider}")
                    self._add("UC901", at, shape, holder, {"keys": f"extras of {provider}"})
        for resource in _resources(flow):
            if resource.provider == owner.name:
                self._left_resource(owner, resource, arrived)

    def _note_taken_over(self) -> None:
        """Keys of the source's that the target took over under names of its own: they did not stay behind."""
        names = self.target_adapter.relatives.get(self.source_adapter.name)
        rest = (self.back.flow.extras.get(self.target_adapter.name) or {}).get("rest") or {} if names else {}
        for theirs, mine in (names or {}).items():
            if mine in rest:
                self.taken_over["", theirs, _text(rest[mine])] += 1

    def _arrived(self) -> Counter[tuple[str, str, str]]:
        """The target's own keys in what was read back, each with the node of the original that holds it."""
        name = self.target_adapter.name
        came_from = self.lowered.came_from
        self.documents = {(one.section, one.id) for one in _resources(self.back.flow)}
        return self._held(self.back.flow, name, came_from)

    def _held(self, flow: Flow, name: str, came_from: Mapping[NodeId, NodeId]) -> Counter[tuple[str, str, str]]:
        """A carrier's own keys in a flow, each with the node that holds it."""
        shapes = [(came_from.get(holder, holder), extras[name]) for holder, extras in _extras(flow) if name in extras]
        shapes += [("#", resource.document) for resource in _resources(flow) if _is_read(resource)]
        return Counter((holder, key, _text(value)) for holder, shape in shapes for _, key, value, _ in _kept(shape, ""))

    def _left_in(
        self,
        owner: Adapter,
        shape: Json,
        base: str,
        node: NodeId,
        arrived: Counter[tuple[str, str, str]] | None,
        holder: str | None = None,
    ) -> None:
        holder = node if holder is None else holder
        bookkeeping: dict[str, Json] = {}
        silent: dict[str, Json] = {}
        for at, key, value, known in _kept(shape, base):
            if arrived is not None and (known is _SPELLING or _take(arrived, (holder, key, _text(value)))):
                continue
            if arrived is not None and self.moved[key, _text(value)] > 0:
                self.moved[key, _text(value)] -= 1
                continue
            if not holder and _take(self.taken_over, ("", key, _text(value))):
                continue
            leftover = known or self._meaning(owner, at, key)
            if is_silent(value, leftover):
                silent[at[len(base) + 1 :]] = value
            elif leftover is None:
                self._add("UC501", at, value, node, {"key": key})
            elif leftover.code == "UC901":
                bookkeeping[at[len(base) + 1 :]] = value
            else:
                self._add(leftover.code, at, value, node, {"key": key})
        if bookkeeping:
            whole = bookkeeping | silent
            at = f"{base}/{next(iter(whole))}" if len(whole) == 1 else base
            value = next(iter(whole.values())) if len(whole) == 1 else whole
            names = ", ".join(list(bookkeeping)[:6]) + ("..." if len(bookkeeping) > 6 else "")
            self._add("UC901", at, value, node, {"keys": names})

    def _meaning(self, owner: Adapter, at: str, key: str) -> Leftover | None:
        """What a key means inside the object it stands in, else anywhere."""
        holder = at.rsplit("/", 2)[-2] if at.count("/") > 1 else ""
        return owner.leftover(f"{holder}/{key}") or owner.leftover(key)

    def _came_back(self, resource: Resource) -> bool:
        """Whether the document is in what was written: one that no node refers to any more went with its nodes."""
        return (resource.section, resource.id) in self.documents

    def _left_resource(self, owner: Adapter, resource: Resource, arrived: Counter[tuple[str, str, str]] | None) -> None:
        at = self._place(f"#{resource.section}/{resource.id}", "")
        if arrived is not None and _is_read(resource) and not self._came_back(resource):
            return
        if _is_read(resource):
            self._left_in(owner, resource.document, at, "", arrived, "#")
        elif arrived is None or not self._came_back(resource):
            raw = resource.document.get("raw") if isinstance(resource.document, dict) else resource.document
            self._add("UC502", at, raw, "", {"what": resource.section})


def around(places: Sequence[str]) -> str:
    """The pointer of what all of these places stand in."""
    steps = [place.split("/") for place in places]
    shared = takewhile(lambda row: len(set(row)) == 1, zip(*steps, strict=False))
    return "/".join(row[0] for row in shared)


def _standing(went: Places) -> dict[str, tuple[NodeId, str]]:
    """Which fact stands at a pointer; where none does, the first of those that stand below."""
    nodes_first = sorted(went.items(), key=lambda item: bool(item[0][1]))
    standing = {where: fact for fact, where in nodes_first}
    for where, fact in list(standing.items()):
        above = where.rpartition("/")[0]
        while above and above not in standing:
            standing[above] = fact
            above = above.rpartition("/")[0]
    return standing


def _id_in(flow: Flow, provider: str) -> Json:
    """The id that a carrier's document says the flow has; None where it says none."""
    return ((flow.extras.get(provider) or {}).get("rest") or {}).get("id")


def _is_read(resource: Resource) -> bool:
    """Whether facts of this document stand on nodes, so that only its shape was kept."""
    return isinstance(resource.document, dict) and "raw" not in resource.document


def _short(word: object) -> str:
    """A word of a problem, as far as problems are told apart by it."""
    return word if isinstance(word, str) and len(word) <= 50 else brief(word)


def _text(value: Json) -> str:
    """A value for comparing what one form spells as text and another as a number."""
    return value if isinstance(value, str) else brief(value, 1000)


def _take(counted: Counter[tuple[str, str, str]], key: tuple[str, str, str]) -> bool:
    if not counted[key]:
        return False
    counted[key] -= 1
    return True


def is_silent(value: Json, leftover: Leftover | None) -> bool:
    """Whether a key says nothing: null, empty, false, or the vendor's own default."""
    if leftover is not None and same(value, leftover.default):
        return True
    empty = value is None or value is False or value in ("", [], {})
    return empty and not (leftover is not None and leftover.default is True)


_SPELLING = Leftover("UC901")


def _kept(shape: Json, base: str) -> Iterator[tuple[str, str, Json, Leftover | None]]:
    """What a shape kept: pointer, key, value, and what it means where that is clear already."""
    todo: list[tuple[str, Json]] = [(base, shape)]
    while todo:
        at, part = todo.pop()
        if not isinstance(part, dict):
            continue
        for name, value in (part.get("rest") or {}).items():
            yield below(at, name), name, value, None
        for name, value in (part.get("odd") or {}).items():
            yield below(at, name), name, value, _SPELLING
        for name, inner in (part.get("in") or {}).items():
            base = below(at, name)
            if isinstance(inner, list):
                todo.extend((f"{base}/{index}", item) for index, item in enumerate(inner))
            else:
                todo.append((base, inner))


def _extras(flow: Flow) -> Iterator[tuple[NodeId, Mapping[str, Json]]]:
    yield "", flow.extras
    for at, node in flow.nodes.items():
        yield at, node.extras
    for name, sub in flow.subflows.items():
        yield f"@{name}", sub.extras
        for at, node in sub.nodes.items():
            yield f"@{name}/{at}", node.extras


def _resources(flow: Flow) -> Iterator[Resource]:
    yield from flow.resources
    for sub in flow.subflows.values():
        yield from sub.resources


def relabelled(meant: Node, arrived: Node) -> dict[str, str]:
    """How the exits are called there, where the vendor makes their names: hours, shares and places, in their order."""
    names = names_of(meant), names_of(arrived)
    kind = type(meant) is type(arrived)
    return dict(zip(*names, strict=True)) if kind and len(names[0]) == len(names[1]) else {}


def names_of(node: Node) -> list[str]:
    """The names that a node gives to its exits: those of hours, shares and places."""
    match node:
        case Schedule():
            return [one.name for one in node.hours]
        case Split():
            return list(node.shares)
        case Region():
            return [place.name for place in node.places]
        case _:
            return []


def _is_open(node: Node) -> bool:
    """Whether this is an end of which its carrier does not say what happens: a word for it, and nothing else."""
    return isinstance(node, VendorNode) and node.data is None and not node.exits


def in_one_way(node: Node) -> Node:
    """A node whose hours are said in one of the ways that mean the same: every day is no choice of weekdays."""
    if not isinstance(node, Schedule):
        return node
    hours = tuple(h if h.recurrences is None else evolve(h, recurrences=_daily(h.recurrences)) for h in node.hours)
    return evolve(node, hours=hours)


def _daily(rules: tuple[Recurrence, ...]) -> tuple[Recurrence, ...]:
    whole = frozenset(WEEKDAYS)
    every = [rule.frequency == "weekly" and rule.interval == 1 and set(rule.weekdays) in (set(), whole) for rule in rules]
    return tuple(evolve(rule, frequency="daily", weekdays=()) if day else rule for rule, day in zip(rules, every, strict=True))


def _aligned(meant: Node, arrived: Node) -> Node:
    """What rings together, in the order in which it was meant: together has no order."""
    if not (isinstance(meant, Ring) and isinstance(arrived, Ring) and meant.order == arrived.order == "together"):
        return arrived
    left = list(arrived.targets)
    row: list[RingTarget] = []
    for rung in meant.targets:
        same_one = next((one for one in left if one.target == rung.target), None)
        if same_one is None:
            return arrived
        left.remove(same_one)
        row.append(same_one)
    return evolve(arrived, targets=(*row, *left))


def _is_same(meant: Node, arrived: Node) -> bool:
    """Whether two nodes of a kind say the same; most do, and where no types differ and no order counts that is seen at once."""
    facts = _FACTS_OF[type(meant)]
    ours, theirs = facts(meant), facts(arrived)
    types = [*map(type, ours)]
    if ours == theirs and dict not in types and types == [*map(type, theirs)]:
        return True
    return all(map(equal, ours, theirs))


#: Reads the facts of a node of a kind; the label stands first once more, because they are no tuple where there is but one.
_FACTS_OF: Mapping[type, Callable[[Node], tuple[Any, ...]]] = {kind: attrgetter("label", *FACTS[kind]) for kind in KINDS.values()}


def equal(a: Any, b: Any) -> bool:
    """Whether two facts are the same: types before values, but 3 seconds are 3.0, and the order of shares counts."""
    if a is b:
        return True
    if type(a) is not type(b):
        numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (a, b))
        return numbers and bool(a == b)
    if isinstance(a, dict):
        return list(a.items()) == list(b.items())
    return bool(a == b)


def _path_in(original: Node, meant: Node, path: str) -> str:
    """The path of a fact in the original node, whose targets or hours may have been more."""
    parts = path.split(".")
    if len(parts) < 2 or not parts[1].isdecimal() or type(original) is not type(meant):
        return path
    index = int(parts[1])
    ours: tuple[Any, ...] = ()
    theirs: tuple[Any, ...] = ()
    if isinstance(meant, Ring) and isinstance(original, Ring):
        ours, theirs = meant.targets, original.targets
        if index < len(ours) and ours[index] not in theirs:
            ours, theirs = tuple(rung.target for rung in ours), tuple(rung.target for rung in theirs)
    elif isinstance(meant, Schedule) and isinstance(original, Schedule):
        theirs = tuple(h.name for h in original.hours)
        ours = tuple(h.name if h.name in theirs else h.name.rpartition("~")[0] for h in meant.hours)
    if index < len(ours) and ours[index] in theirs:
        parts[1] = str(theirs.index(ours[index]))
    return ".".join(parts)


def _meant(node: Node, path: str, fact: Any, word: str = "value") -> dict[str, object]:
    """What a time or a rule means, whatever the document spells it as (rings, text, seconds); nothing for any other fact."""
    steps = path.split(".")
    if isinstance(node, Schedule) and isinstance(fact, Mapping) and len(steps) == 4:
        return {word: rule_in_words((node.hours[int(steps[1])].recurrences or ())[int(steps[3])])}
    if not isinstance(fact, (int, float)) or isinstance(fact, bool):
        return {}
    last = path.rpartition(".")[2]
    if isinstance(node, Schedule) and last in ("start", "end"):
        return {word: clock(int(fact))}
    return {word: f"{fact:g} s"} if last in ("timeout", "delay", "interdigit_timeout") else {}


def what_of(node: Node, path: str) -> str:
    """What a fact is, in a person's words."""
    if isinstance(node, VendorNode):
        said = {"word": f"`{node.word}`", "exits": f"the choice by `{node.word}`"}
        return said.get(path, f"what `{node.word}` is told")
    return _named(type(node).__name__, path)


@lru_cache(4096)
def _named(kind: str, path: str) -> str:
    pattern = _pattern(kind, path)
    return _NAMES.get(pattern, f"{kind.lower()} {pattern.partition('.')[2].replace('.', ' ').replace('_', ' ')}")
