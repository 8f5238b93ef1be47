"""Flows as people see them: a tree of text, a Mermaid flowchart, a Graphviz digraph.

All three are pure, draw what the start reaches, in the order of :func:`unicall.graph.walk`, and put facts in words.

Three things surprise people. A step that follows by ``next`` is no branch of the tree: it stands under the step before,
after "then". A node to which several ways lead is drawn once, where it is met first, with its id in brackets; every
other way names that id, which is how joins and loops look. And indentation ends somewhere: what stands deeper than
``DEEPEST`` is a part of its own further down, so that a tree grows with the flow and never with its square.
Nothing here recurses.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from unicall.graph import (
    NEXT,
    Announce,
    CallerMatch,
    Conference,
    Directory,
    Fax,
    Flow,
    Hangup,
    Menu,
    Node,
    NodeId,
    Notify,
    Park,
    Pause,
    Place,
    Prompt,
    Queue,
    RecordCall,
    Reference,
    Region,
    Reject,
    Ring,
    RingTarget,
    Schedule,
    SetCallerId,
    SetLanguage,
    SetVariable,
    Split,
    Subflow,
    VendorNode,
    Voicemail,
    Webhook,
    text_of,
    walk,
)
from unicall.hours import DAY, Hours, Recurrence, clock
from unicall.wire import brief

DEEPEST = 16  # branches within branches, before a part of its own begins
LONGEST_ID = 40  # longer node ids are shown as #17, the place of the node in the order of the walk
LONGEST_TEXT = 72


def tree(flow: Flow, *more: Flow) -> str:
    """The flow as an indented tree of plain text; further flows follow below."""
    return "\n".join("".join(f"{plain(line)}\n" for line in _tree(*part)) for part in _parts((flow, *more)))


def plain(text: str) -> str:
    """The text on one line, all escaped that could move a cursor, change a colour or turn the line round."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _parts(flows: Sequence[Flow]) -> Iterator[tuple[str, Flow]]:
    """Every flow with the flows inside it, each with the id it is run by ("" for a flow that nobody runs)."""
    todo = [("", flow) for flow in reversed(flows)]
    while todo:
        name, flow = todo.pop()
        yield name, flow
        todo.extend(reversed(list(flow.subflows.items())))


def _tree(name: str, flow: Flow) -> Iterator[str]:
    yield _title(name, flow)
    for word, fact in (("calls to", _ways_in(flow)), ("settings", _settings(flow)), ("documents", _documents(flow))):
        if fact:
            yield f"  {word:<9}  {fact}"
    yield ""
    yield from _Drawing(flow).lines()


def _title(name: str, flow: Flow) -> str:
    title = flow.name or "(a flow without a name)"
    return f"flow {name}: {title}" if name else title


def _ways_in(flow: Flow) -> str:
    return ", ".join(e.value if e.kind == "number" else f"{e.kind} {e.value}" for e in flow.entry_points)


def _settings(flow: Flow) -> str:
    settings = flow.settings
    return _list(
        {None: "", True: "in use", False: "not in use"}[settings.active],
        {None: "", True: "spam filter on", False: "spam filter off"}[settings.spam_filter],
        _fact("spam threshold {}", settings.spam_threshold),
        _fact("tells {}", ", ".join(settings.notify)),
    )


def _documents(flow: Flow) -> str:
    counts = Counter(resource.section for resource in flow.resources)
    return ", ".join(f"{count} in {section}" for section, count in counts.items())


class _Drawing:
    """One tree under way: which nodes are drawn, and which parts wait to be drawn below."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.order = {at: number for number, (at, _) in enumerate(walk(flow), start=1)}
        self.ways = Counter(to for at in self.order for to in flow.nodes[at].exits.values())
        self.drawn: set[NodeId] = set()
        self.below: list[NodeId] = []

    def lines(self) -> Iterator[str]:
        """The tree from the start, then the parts that were too deep, then what nothing leads to."""
        if self.flow.start is None:
            yield "nothing happens to a call"
            return
        self.ways[self.flow.start] += 1
        yield from self.part("", self.flow.start)
        for at in self.below:
            if at not in self.drawn:
                yield ""
                yield from self.part(f"[{self.name(at)}] ", at)
        unreached = [at for at in self.flow.nodes if at not in self.order]
        if unreached:
            yield ""
            yield f"no call reaches: {', '.join(unreached)}"

    def part(self, lead: str, at: NodeId) -> Iterator[str]:
        """The tree below a node. ``lead`` opens a line, ``body`` all lines under it."""
        todo = [(lead, "", at, 0)]
        while todo:
            lead, body, at, depth = todo.pop()
            node = self.flow.nodes.get(at)
            if node is None:
                yield f"{lead}nothing: there is no node {at}"
            elif at in self.drawn:
                yield f"{lead}→ [{self.name(at)}] above"
            elif depth > DEEPEST and node.exits:
                self.below.append(at)
                yield f"{lead}→ [{self.name(at)}] below"
            else:
                self.drawn.add(at)
                yield from self.node(lead, body, at, node)
                todo.extend(self.ways_on(body, node, depth))

    def node(self, lead: str, body: str, at: NodeId, node: Node) -> Iterator[str]:
        """A node's own lines: what it does, and the facts that need a line each."""
        anchor = f"[{self.name(at)}] " if self.ways[at] > 1 and not lead.startswith("[") else ""
        head, *details = in_words(node)
        yield f"{lead}{anchor}{head}"
        bar = "│" if node.exits else " "
        for detail in details:
            yield f"{body}{bar}    {detail}"

    def ways_on(self, body: str, node: Node, depth: int) -> list[tuple[str, str, NodeId, int]]:
        """Where a call goes from a node, last first."""
        if list(node.exits) == [NEXT]:
            return [(f"{body}then ", body, node.exits[NEXT], depth)]
        ways: list[tuple[str, str, NodeId, int]] = []
        for label, to in reversed(list(node.exits.items())):
            corner, bar = ("├─ ", "│  ") if ways else ("└─ ", "   ")
            ways.append((f"{body}{corner}{_exit(node, label)}: ", body + bar, to, depth + 1))
        return ways

    def name(self, at: NodeId) -> str:
        """What a node is called where it is referred to."""
        return at if len(at) <= LONGEST_ID or at not in self.order else f"#{self.order[at]}"


def mermaid(flow: Flow, *more: Flow) -> str:
    """The flow as a Mermaid flowchart, one subgraph for each flow."""
    lines = ["flowchart TD"]
    for number, (name, part, picture) in enumerate(_pictures((flow, *more)), start=1):
        lines.append(f'  subgraph f{number}["{_mermaid(_title(name, part))}"]')
        for key, text, shape in picture.nodes:
            left, right = {"choice": ("{", "}"), "end": ("([", "])"), "step": ("[", "]")}[shape]
            lines.append(f'    {key}{left}"{"<br/>".join(map(_mermaid, text))}"{right}')
        for start, label, end in picture.edges:
            lines.append(f'    {start} -->|"{_mermaid(label)}"| {end}' if label else f"    {start} --> {end}")
        lines.append("  end")
    return "\n".join([*lines, ""])


def _mermaid(text: str) -> str:
    return "".join(f"#{ord(c)};" if c in '"#&;<>`\\|[]{}()' else c for c in plain(text)) or " "


def dot(flow: Flow, *more: Flow) -> str:
    """The flow as a Graphviz digraph, one cluster for each flow."""
    lines = ["digraph unicall {", "  node [shape=box];"]
    for number, (name, part, picture) in enumerate(_pictures((flow, *more)), start=1):
        lines.append(f'  subgraph cluster_{number} {{\n    label="{_dot(_title(name, part))}";')
        for key, text, shape in picture.nodes:
            look = {"choice": ", shape=diamond", "end": ", shape=oval", "step": ""}[shape]
            label = "\\n".join(map(_dot, text))
            lines.append(f'    {key} [label="{label}"{look}];')
        for start, exit_, end in picture.edges:
            lines.append(f"    {start} -> {end}" + (f' [label="{_dot(exit_)}"];' if exit_ else ";"))
        lines.append("  }")
    return "\n".join([*lines, "}", ""])


def _dot(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace('"', '\\"')


class _Picture:
    """The boxes and arrows of one flow; every box has a name that no other flow of the picture has."""

    def __init__(self, flow: Flow, prefix: str) -> None:
        keys = {at: f"{prefix}n{number}" for number, (at, _) in enumerate(walk(flow), start=1)}
        ways_in = _ways_in(flow)
        self.nodes = [(f"{prefix}in", [f"calls to {cut(ways_in)}" if ways_in else "a call"], "end")]
        self.edges = []
        for start, label, to in self._arrows(flow):
            if to not in keys:
                keys[to] = f"{prefix}x{len(keys)}"
                self.nodes.append((keys[to], ["nothing"], "end"))
            self.edges.append((f"{prefix}in" if start is None else keys[start], label, keys[to]))
        self.nodes += [(keys[at], in_words(node), _shape(node)) for at, node in walk(flow)]

    @staticmethod
    def _arrows(flow: Flow) -> Iterator[tuple[NodeId | None, str, NodeId]]:
        yield None, "", flow.start if flow.start is not None else ""
        for at, node in walk(flow):
            for label, to in node.exits.items():
                yield at, "" if list(node.exits) == [NEXT] else _exit(node, label), to


def _pictures(flows: Sequence[Flow]) -> Iterator[tuple[str, Flow, _Picture]]:
    for number, (name, flow) in enumerate(_parts(flows), start=1):
        yield name, flow, _Picture(flow, f"f{number}")


def _shape(node: Node) -> str:
    if isinstance(node, (Hangup, Reject)):
        return "end"
    return "choice" if isinstance(node, (Menu, Schedule, Region, CallerMatch, Split)) else "step"


def _exit(node: Node, label: str) -> str:
    """An exit as people read it; the exits of a schedule are often ids, and have titles."""
    for hours in node.hours if isinstance(node, Schedule) else ():
        if hours.name == label:
            return cut(_named(hours))
    return cut(label.replace("_", " "))


def in_words(node: Node) -> list[str]:
    """What a node does, in one line, and below it the facts that need lines of their own."""
    head, *details = _WORDS[type(node)](node)
    return [f"{head} ({cut(node.label)})" if node.label else head, *details]


def cut(text: str, limit: int = LONGEST_TEXT) -> str:
    """The text, shortened where it is too long."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _list(*facts: str) -> str:
    return ", ".join(fact for fact in facts if fact)


def _fact(template: str, value: object) -> str:
    """The fact in a few words; nothing where there is none to tell."""
    return "" if value is None or value == "" else template.format(value)


def _with(head: str, *facts: str) -> str:
    rest = _list(*facts)
    return f"{head}, {rest}" if rest else head


def _seconds(template: str, value: float | None) -> str:
    return "" if value is None else template.format(f"{value:g} s")


def _prompt(prompt: Prompt | None) -> str:
    if prompt is None:
        return ""
    if isinstance(prompt, Reference):
        return _reference(prompt)
    how = _list(_fact("voice {}", prompt.voice), _fact("in {}", prompt.language))
    return f'"{cut(prompt.text)}"' + (f" ({how})" if how else "")


def _reference(reference: Reference | None) -> str:
    return "" if reference is None else text_of(reference)


def _announce(node: Announce) -> list[str]:
    times = "" if node.times == 1 else f"{node.times} times"
    return [_with(f"announce {_prompt(node.prompt)}", times, "over and over" if node.endless else "")]


def _menu(node: Menu) -> list[str]:
    dial = {None: "", True: "callers may dial extensions", False: "callers may not dial extensions"}[node.direct_dial]
    greeting = _prompt(node.greeting)
    facts = (
        _fact("then {}", _prompt(node.notice)),
        _fact("{} after a wrong key", _prompt(node.invalid_prompt)),
        _fact("{} after the last try", _prompt(node.exit_prompt)),
        _fact("{} before it leads on", _prompt(node.transfer_prompt)),
        _fact("callers record the greeting by {}", node.record_pin),
        _fact("{} retries", node.retries),
        _seconds("{} for a key", node.timeout),
        _seconds("{} between keys", node.interdigit_timeout),
        _fact("up to {} keys", node.max_digits),
        dial,
    )
    return [f"menu {greeting}".rstrip(), *filter(None, [_list(*facts)])]


def _ring(node: Ring) -> list[str]:
    facts = (
        "one who declines does so for all" if node.decline_ends else "",
        _seconds("for {}", node.timeout),
        "" if node.repeats == 1 else f"{node.repeats} times over",
        _fact("whispers {}", _prompt(node.whisper)),
    )
    if len(node.targets) == 1 and node.order == "together":
        return [_with(f"ring {_ring_target(node.targets[0])}", *facts)]
    return [_with(f"ring {len(node.targets)} {node.order}", *facts), *map(_ring_target, node.targets)]


def _ring_target(ring: RingTarget) -> str:
    return _with(
        text_of(ring.target),
        _seconds("after {}", ring.delay),
        _seconds("{} long", ring.timeout),
        _fact("weight {}", ring.weight),
        "has to press a key" if ring.confirm else "",
        "does not ring" if ring.off else "",
        "" if ring.also is None else f"passes calls on to {text_of(ring.also)}",
    )


def _schedule(node: Schedule) -> list[str]:
    return [f"hours in {node.timezone}" if node.timezone else "hours", *map(_hours, node.hours)]


def _hours(hours: Hours) -> str:
    if hours.recurrences is None:
        return f"{_named(hours)}: at hours that are not known"
    return f"{_named(hours)}: {'; '.join(map(rule_in_words, hours.recurrences)) or 'never'}"


def _named(hours: Hours) -> str:
    titles = [hours.title] if hours.title else [recurrence.title for recurrence in hours.recurrences or ()]
    return f"{hours.name} ({titles[0]})" if len(titles) == 1 and titles[0] else hours.name


def rule_in_words(recurrence: Recurrence) -> str:
    """When a rule of hours holds."""
    if recurrence.override is not None:
        return "always, set by hand" if recurrence.override else "never, set by hand"
    dates = (
        _fact("since {}", recurrence.first if recurrence.frequency != "once" else None),
        _fact("until {}", recurrence.until),
        _fact("not on {}", ", ".join(map(str, recurrence.except_days))),
    )
    return _with(" ".join(filter(None, (_days(recurrence), _window(recurrence)))), *dates)


def _days(recurrence: Recurrence) -> str:
    if recurrence.frequency == "once":
        return str(recurrence.first)
    unit = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}[recurrence.frequency]
    every = f"every {unit}" if recurrence.interval == 1 else f"every {recurrence.interval} {unit}s"
    weekdays = " ".join(recurrence.weekdays)
    if recurrence.frequency == "weekly" and recurrence.interval == 1 and weekdays:
        return weekdays
    nth = "" if recurrence.ordinal is None else "last " if recurrence.ordinal == -1 else f"{recurrence.ordinal}. "
    days = _list(_fact("on " + nth + "{}", weekdays), _fact("on day {}", ", ".join(map(str, recurrence.month_days))))
    return " ".join(filter(None, (every, _fact("in month {}", recurrence.month), days)))


def _window(recurrence: Recurrence) -> str:
    if (recurrence.start, recurrence.end) == (0, DAY):
        return ""
    return f"{clock(recurrence.start)} to {clock(recurrence.end)}" + (
        " of the next day" if recurrence.overnight and recurrence.end <= recurrence.start else ""
    )


def _region(node: Region) -> list[str]:
    ask = {None: "", True: "callers may say where they are", False: "callers are not asked"}[node.ask]
    head = f"where the caller is, by {node.by}" if node.by else "where the caller is"
    within = "" if node.radius is None else f"within {node.radius:g} mile{'' if node.radius == 1 else 's'}"
    return [_with(head, within, ask), *map(_place, node.places)]


def _place(place: Place) -> str:
    located = place.latitude is not None and place.longitude is not None
    return _with(
        place.name,
        _fact("city {}", place.city),
        _fact("{}", place.address),
        f"at {place.latitude} {place.longitude}" if located else "",
        _fact("area codes {}", " ".join(place.area_codes)),
        _reference(place.reference),
    )


def _caller_match(node: CallerMatch) -> list[str]:
    tests = (_fact("matches {}", node.pattern), _fact("is on {}", _reference(node.list)))
    return ["if the caller's number " + (" or ".join(filter(None, tests)) or "is one of these")]


def _split(node: Split) -> list[str]:
    return ["split the calls", *(f"{name}: {share:g} %" for name, share in node.shares.items())]


def _variables(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {brief(value)}" for name, value in values.items()) or "no variable"


def _notify(node: Notify) -> list[str]:
    people: Iterable[str] = (who if isinstance(who, str) else _reference(who) for who in node.recipients)
    return [_with(f"tell {', '.join(people) or 'somebody'}", _fact("when: {}", node.when))]


def _vendor(node: VendorNode) -> list[str]:
    data = "" if node.data in (None, {}) else f" {brief(node.data)}"
    return [_with(f"{node.word} of {node.provider}{data}", _fact("left out, a call takes {}", node.passes))]


_WORDS: Mapping[type[Node], Callable[[Any], list[str]]] = {
    Announce: _announce,
    Menu: _menu,
    Ring: _ring,
    Schedule: _schedule,
    Region: _region,
    CallerMatch: _caller_match,
    Split: _split,
    Voicemail: lambda node: [_with("voicemail", _reference(node.mailbox), _fact("after {}", _prompt(node.greeting)))],
    Queue: lambda node: [_with("queue", _reference(node.queue), _fact("priority {}", node.priority))],
    Subflow: lambda node: [f"{'run' if NEXT in node.exits else 'go to'} {_reference(node.flow) or 'another flow'}"],
    Fax: lambda node: [_with("fax", _reference(node.box), _fact("to {}", ", ".join(node.recipients)))],
    Conference: lambda node: [_with("conference", _reference(node.room))],
    Directory: lambda node: [_with("dial by name", _reference(node.directory))],
    Park: lambda node: [_with("park the call", _fact("slot {}", node.slot))],
    SetCallerId: lambda node: [_with("set the caller id", _fact("name {}", node.name), _fact("{}", node.number))],
    RecordCall: lambda node: ["record the call" if node.on else "stop recording"],
    SetLanguage: lambda node: [f"speak {node.language}"],
    SetVariable: lambda node: [f"set {_variables(node.values)}"],
    Notify: _notify,
    Webhook: lambda node: [" ".join(filter(None, ("call the webhook", node.method, node.url)))],
    Pause: lambda node: [f"wait {node.seconds:g} s"],
    Reject: lambda node: [_with(f"reject with {node.code}", _fact("{}", node.reason), _fact("after {}", _prompt(node.prompt)))],
    Hangup: lambda node: ["hang up"],
    VendorNode: _vendor,
}
