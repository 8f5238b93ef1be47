"""References: which id at one carrier is which at another. A TOML file that a person fills in.

    [api19.device]                          # a table for each provider and kind
    "694" = "device:4f5e9a"                 # an entry for each id

    [numbers]
    "Front desk" = ["+12025550142"]         # a flow, by its name or its id

A counterpart is text: ``+12025550142`` is a telephone number, ``sip:192.0.2.10:5060`` an address, ``user:4f5e9a`` an id of that
kind, and ``4f5e9a`` alone an id of the kind of its table. Empty text is not filled in yet, and counts as absent. An id that looks
like one of the others is written with its kind: ``device:2025550142``. What two formats of one vendor share has one entry, in the
table of either.

The file works both ways: what api19 calls 694 becomes 4f5e9a elsewhere, and 4f5e9a becomes 694 on the way to api19. A counterpart
has no provider, it belongs to the other side of the translation. Where two ids share one, the way back is open: neither is taken,
and that is said; an entry for the counterpart itself, in the table of its own carrier, decides.

``[numbers]`` is for carriers that keep telephone numbers outside their flows. Coming from one, a flow gets these numbers as ways
in; going to one, a number of the flow that stands here counts as attached.

What surprises people: only what rings can become a number or an address. The ids of flows that came along need no entry. An id that
the carrier it is for cannot ring (a device at Convirza) is refused, because a document would hold it as a number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import Factory, define, evolve, fields, frozen, has

from unicall import adapter as adapters
from unicall.adapter import NEW, Places, spot
from unicall.graph import EntryPoint, Flow, Node, NodeId, PhoneNumber, Reference, SipAddress, text_of
from unicall.numbers import e164
from unicall.problem import DocumentError, Problem
from unicall.toml import Given, did_you_mean, key, load, quoted, writable
from unicall.wire import MISSING, Json, Lookup, Wrong, brief, pointer

if TYPE_CHECKING:
    from unicall.translation import Parsed

NUMBERS = "numbers"
PLACES_SHOWN = 3
NEAR = 0.85  # how much two ids have in common of which one may be the other, misspelt

#: What the carriers have ids of. Any other kind in front of an id is misspelt, unless it is that of its own table.
KINDS = (
    "agent", "audio", "conference", "device", "directory", "disclaimer", "faxbox", "flow", "group", "list", "location", "mailbox",
    "number", "queue", "target", "user",
)  # fmt: skip

_SIP = re.compile(r"sip:(?:([^@;?\s]+)@)?(\[[0-9A-Fa-f:.]+\]|[^@:;?\s\[\]]+)(?::(\d{1,5}))?")
_OF_A_KIND = re.compile(r"([a-z][a-z_]*):(?!//)(.*)", re.DOTALL)
_RUNG = re.compile(r"targets\.\d+\.target")


@frozen
class Id:
    """An id at whichever carrier is the other side."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


Counterpart: TypeAlias = PhoneNumber | SipAddress | Id
Atom: TypeAlias = PhoneNumber | SipAddress | Reference


@frozen
class References:
    """What a file of references says. An entry is known by its pointer in the file, ``/api19/device/694``.

    ``counterparts``: of each reference that is filled in, as flows hold it. ``back``: the references that have a counterpart.
    ``entries``: where a reference stands in the file, once for each of its vendor's formats at the most.
    """

    counterparts: Mapping[Reference, Counterpart] = Factory(dict)
    back: Mapping[Counterpart, tuple[Reference, ...]] = Factory(dict)
    entries: Mapping[Reference, tuple[str, ...]] = Factory(dict)
    numbers: Mapping[str, tuple[str, ...]] = Factory(dict)
    source: str = ""

    def of(self, provider: str, counterpart: Counterpart) -> tuple[Reference, ...]:
        """The references of a carrier that have this counterpart."""
        return tuple(found for found in self.back.get(counterpart, ()) if is_of(found, provider))


# Reading the file.


def read(references: References | Mapping[str, Json] | str | PathLike[str] | None) -> References:
    """The references of a TOML file, by its path, or of a mapping with the same content. What was read is taken as it is.

    Raises DocumentError with everything that is wrong: ``pointer`` is ``/api19/device/694``, ``others`` has the rest.
    """
    if isinstance(references, References):
        return references
    given = load(references)
    counterparts: dict[Reference, Counterpart] = {}
    entries: dict[Reference, tuple[str, ...]] = {}
    numbers: dict[str, tuple[str, ...]] = {}
    for name, table, at in given.table(given.content, "", "tables"):
        if name == NUMBERS:
            numbers = {flow: _numbers(given, listed, where) for flow, listed, where in given.table(table, at, "flows")}
        elif name in adapters.providers():
            for reference, counterpart, where in _counterparts(given, name, table, at):
                if counterparts.setdefault(reference, counterpart) != counterpart:
                    given.wrong(where, f"names the same as {entries[reference][0]}, with another counterpart")
                entries[reference] = (*entries.get(reference, ()), where)
        else:
            known = (*adapters.providers(), NUMBERS)
            given.wrong(at, f"no provider is called {brief(name)}{did_you_mean(name, known)}")
    given.check()
    back: dict[Counterpart, list[Reference]] = {}
    for reference, counterpart in counterparts.items():
        back.setdefault(counterpart, []).append(reference)
    return References(counterparts, {one: tuple(found) for one, found in back.items()}, entries, numbers, given.source)


def _counterparts(given: Given, provider: str, table: Json, at: str) -> Iterable[tuple[Reference, Counterpart, str]]:
    for kind, entries, inner in given.table(table, at, "kinds"):
        for known, text, where in given.table(entries, inner, "ids"):
            try:
                counterpart = parse_counterpart(text, kind)
            except Wrong as wrong:
                given.wrong(where, f"expected {wrong.expected}, got {brief(text)}")
            else:
                if counterpart is not None:
                    yield shared(Reference(provider, kind, known)), counterpart, where


def parse_counterpart(text: Json, kind: str) -> Counterpart | None:
    """What stands for an id of this kind elsewhere; None where nothing is filled in. Raises Wrong.

    >>> parse_counterpart("4f5e9a", "device")
    Id(kind='device', id='4f5e9a')
    """
    if not isinstance(text, str):
        raise Wrong("text")
    text = text.strip()
    if text.startswith("+"):
        return PhoneNumber(_number(text))
    if text.startswith(("sip:", "sips:")):
        return _address(text)
    match = None if text.startswith(NEW) else _OF_A_KIND.fullmatch(text)
    if match is not None:
        return _id(match[1], match[2].strip(), kind)
    number = e164(text) if sum(char.isdecimal() for char in text) >= 10 else None
    if number is not None:
        raise Wrong(f"{number} for a telephone number, or {kind}:{text} for an id")
    return Id(kind, text) if text else None


def _id(kind: str, known: str, table: str) -> Id:
    if kind not in KINDS and kind != table:
        hint = did_you_mean(kind, KINDS)
        raise Wrong(f"{table}:{kind}:{known} for an id with a colon, or a kind that a carrier has{hint}")
    if not known:
        raise Wrong(f"an id after {kind}:")
    return Id(kind, known)


def _number(text: Json) -> str:
    number = e164(text) if isinstance(text, str) and text.startswith("+") else None
    if number is None:
        raise Wrong("a telephone number such as +12025550142")
    return number


def _address(text: str) -> SipAddress:
    match = _SIP.fullmatch(text)
    if match is None or (match[3] and not 0 < int(match[3]) < 65536):
        raise Wrong("an address such as sip:192.0.2.10:5060")
    return SipAddress(match[2].strip("[]"), int(match[3]) if match[3] else None, match[1])


def _numbers(given: Given, listed: Json, at: str) -> tuple[str, ...]:
    if not isinstance(listed, list):
        given.wrong(at, f"expected an array of telephone numbers, got {brief(listed)}")
        return ()
    numbers = []
    for index, text in enumerate(listed):
        try:
            numbers.append(_number(text))
        except Wrong as wrong:
            given.wrong(pointer(at, index), f"expected {wrong.expected}, got {brief(text)}")
    return tuple(numbers)


# Whose a reference is.


def shared(reference: Reference) -> Reference:
    """A reference as flows hold it: that of one of its vendor's formats where several have it."""
    adapter = adapters.find(reference.provider)
    return adapter.shared(reference) if isinstance(adapter, adapters.SharesIds) else reference


def is_of(reference: Reference, provider: str) -> bool:
    """Whether a carrier knows this reference, as flows hold it: its own, or one that it shares."""
    return reference.provider == provider or shared(evolve(reference, provider=provider)) == reference


# Applying it to a flow.


@frozen
class Said:
    """Something to say about a place of a flow: what stands there, and the words of its problem."""

    code: str
    node: NodeId
    field: str
    fact: str
    words: Mapping[str, object] = Factory(dict)


@frozen(kw_only=True)
class Applied:
    """A flow with its references translated. ``used``: the entries that were of use, by their pointers in the file.

    ``unspoken``: references that no entry speaks of. ``wrong``: entries that name what the target cannot ring.
    """

    flow: Flow
    used: frozenset[str]
    unspoken: frozenset[Reference]
    said: tuple[Said, ...]
    wrong: tuple[DocumentError, ...] = ()

    def checked(self) -> Applied:
        """The same. Raises DocumentError where an entry names what the target cannot ring."""
        if self.wrong:
            first, *others = self.wrong
            raise DocumentError(first.text, pointer=first.pointer, others=others, source=first.source)
        return self

    def problems(self, places: Places, document: Json) -> tuple[Problem, ...]:
        """What there is to say about it. ``places`` and ``document`` are those of the flow as it was read."""
        known = Lookup(document)
        return tuple(_problem(said, places, known) for said in self.said)


def _problem(said: Said, places: Places, document: Lookup) -> Problem:
    at = spot(places, document, said.node, said.field)
    raw = document.at(at) if at else MISSING
    value = said.fact if raw is MISSING or isinstance(raw, (dict, list)) else raw
    return Problem(said.code, at, value, node=said.node, words=said.words)


def _place(places: Places, node: NodeId, path: str) -> str:
    """The pointer of a fact: its own, else that of what it is part of."""
    while (node, path) not in places and path:
        path = path.rpartition(".")[0]
    return places.get((node, path), "")


def apply(flow: Flow, references: References, source: str, target: str, *, returns: bool = False) -> Applied:
    """The flow as the target knows it: every reference that has a counterpart is that, in all nodes and subflows.

    ``source`` and ``target`` are providers. Nothing changes within one carrier, and the native format keeps what it is given.
    ``returns``: it is the target's own flow, with what was edited at the source, and has its numbers.
    """
    if source == target:
        return Applied(flow=flow, used=frozenset(), unspoken=frozenset(), said=())
    application = _Application(references, target, frozenset(flow.subflows), returns or target in flow.extras)
    if target != "unicall":
        flow = application.over(flow)
    flow = application.number(flow, source, gains=not returns)
    return Applied(
        flow=flow,
        used=frozenset(application.used),
        unspoken=frozenset(application.unspoken),
        said=tuple(application.said),
        wrong=tuple(application.wrong[at] for at in sorted(application.wrong)),
    )


@define
class _Application:
    """References on their way over a flow. ``native``: the flow is the target's own, so its numbers mean what they say."""

    references: References
    target: str
    own: frozenset[str]
    native: bool
    used: set[str] = Factory(set)
    unspoken: set[Reference] = Factory(set)
    said: list[Said] = Factory(list)
    wrong: dict[str, DocumentError] = Factory(dict)

    def over(self, flow: Flow) -> Flow:
        """The flow and those inside it, innermost first."""
        done: dict[str, Flow] = {}
        said: list[list[Said]] = []
        for prefix, part in reversed(_parts(flow)):
            nodes = {at: self._over_node(prefix + at, node) for at, node in part.nodes.items()}
            inner = {name: done[f"{prefix}@{name}/"] for name in part.subflows}
            same = all(nodes[at] is node for at, node in part.nodes.items())
            same = same and all(inner[name] is sub for name, sub in part.subflows.items())
            done[prefix] = part if same else evolve(part, nodes=nodes, subflows=inner)
            said.append(self.said)
            self.said = []
        self.said = [one for group in reversed(said) for one in group]
        return done[""]

    def _over_node(self, at: NodeId, node: Node) -> Node:
        swapped: Node = swap(node, "", lambda path, atom: self._instead(at, path, atom))
        return swapped

    def _instead(self, at: NodeId, path: str, atom: Atom) -> Atom:
        """What stands for a target or a reference: its counterpart, or what has it as a counterpart, or itself."""
        if isinstance(atom, Reference) and (is_of(atom, self.target) or _came_along(atom, self.own)):
            return atom
        there: Counterpart | Reference | None = None
        if isinstance(atom, Reference):
            there = self.references.counterparts.get(atom)
            self.used.update(self.references.entries.get(atom, ()))
        there = there or self._back(at, path, atom)
        if there is None:
            return atom
        rung = isinstance(there, (PhoneNumber, SipAddress))
        new = shared(Reference(self.target, there.kind, there.id)) if isinstance(there, Id) else there
        told = there if isinstance(there, Reference) else atom
        if isinstance(new, Reference) and isinstance(told, Reference) and _RUNG.fullmatch(path):
            self._look_at(new, self.references.entries[told][0])
        words = {"what": text_of(atom), "other": text_of(new)}
        stays = rung and not _RUNG.fullmatch(path)
        self.said.append(Said("UC607" if stays else "UC605", at, path, text_of(atom), words))
        return atom if stays else new

    def _look_at(self, new: Reference, at: str) -> None:
        """Whether the target can ring what an entry of the file names."""
        adapter = adapters.find(self.target)
        expected = adapter.expected(new) if isinstance(adapter, adapters.KnowsIds) else None
        if expected is not None:
            text = f"expected {expected}, got {brief(text_of(new))}"
            self.wrong[at] = DocumentError(text, pointer=at, source=self.references.source)

    def _back(self, at: NodeId, path: str, atom: Atom) -> Reference | None:
        """The target's own reference whose counterpart this is."""
        if not isinstance(atom, Reference) and (self.native or not _RUNG.fullmatch(path)):
            return None
        counterpart = Id(atom.kind, atom.id) if isinstance(atom, Reference) else atom
        found = self.references.of(self.target, counterpart)
        self.used.update(at for one in found for at in self.references.entries[one])
        if len(found) > 1:
            claims = " and of ".join(map(text_of, found))
            self.said.append(Said("UC606", at, path, text_of(atom), {"what": text_of(atom), "other": claims}))
        elif not found and isinstance(atom, Reference):
            self.unspoken.add(atom)
        return found[0] if len(found) == 1 else None

    def number(self, flow: Flow, source: str, *, gains: bool) -> Flow:
        """The flow without the numbers that the target keeps outside; where it ``gains`` any, with those that its carrier does."""
        name = next((name for name in names(flow) if name in self.references.numbers), None)
        if name is None:
            return flow
        ways = list(flow.entry_points)
        listed = [EntryPoint("number", number) for number in self.references.numbers[name]]
        if gains and (_outside(source) or (source == "unicall" and any(map(_outside, flow.extras)))):
            self.used.update(pointer("", NUMBERS, name, index) for index in range(len(listed)))
            ways += [way_in for way_in in dict.fromkeys(listed) if way_in not in ways]
        if _outside(self.target):
            self.used.update(pointer("", NUMBERS, name, index) for index, way_in in enumerate(listed) if way_in in ways)
            for index, way_in in enumerate(flow.entry_points):
                if way_in in listed:
                    title = adapters.find(self.target).title
                    self.said.append(Said("UC608", "", f"entry_points.{index}", way_in.value, {"target": title}))
            ways = [way_in for way_in in ways if way_in not in listed]
        return flow if tuple(ways) == flow.entry_points else evolve(flow, entry_points=tuple(ways))


def _parts(flow: Flow) -> list[tuple[str, Flow]]:
    """The flow and all flows inside it, each with the prefix of its nodes' places."""
    parts = [("", flow)]
    for prefix, part in parts:
        parts.extend((f"{prefix}@{name}/", sub) for name, sub in part.subflows.items())
    return parts


def swap(part: Any, path: str, instead: Callable[[str, Atom], Atom]) -> Any:
    """A node, or a part of one, with what ``instead`` puts in the place of targets and references; itself if nothing changed."""
    if isinstance(part, (PhoneNumber, SipAddress, Reference)):
        return instead(path, part)
    if isinstance(part, tuple):
        items = tuple(swap(item, f"{path}.{index}", instead) for index, item in enumerate(part))
        return part if all(new is old for new, old in zip(items, part, strict=True)) else items
    if not has(type(part)):
        return part
    changed = {}
    for field in fields(type(part)):
        old = getattr(part, field.name)
        new = old if field.name in ("exits", "extras") else swap(old, f"{path}.{field.name}" if path else field.name, instead)
        if new is not old:
            changed[field.name] = new
    return evolve(part, **changed) if changed else part


def _came_along(reference: Reference, own: frozenset[str]) -> bool:
    return reference.kind == "flow" and reference.id in own


def _outside(provider: str) -> bool:
    """Whether this carrier keeps telephone numbers outside its flows."""
    return provider in adapters.providers() and not adapters.find(provider).holds("record").ways_in


def names(flow: Flow) -> tuple[str, ...]:
    """What a flow is called in ``[numbers]``: the id that its carrier gave it, where it is known, and its name."""
    shapes = [shape for shape in flow.extras.values() if isinstance(shape, Mapping)]
    ids = [kept.get("id") for shape in shapes if isinstance(kept := shape.get("rest"), Mapping)]
    known = [str(one) for one in ids if isinstance(one, (str, int)) and not isinstance(one, bool) and one != ""]
    return (*known, *([flow.name] if flow.name is not None else []))


def entry(reference: Reference) -> str:
    """Where the entry of a reference stands in the file.

    >>> entry(Reference("api19", "device", "694"))
    '/api19/device/694'
    """
    return pointer("", reference.provider, reference.kind, reference.id)


def unused(references: References, done: Iterable[Applied]) -> tuple[tuple[str, str], ...]:
    """The entries that are filled in and were of no use to any flow: the pointer in the file, and what to say about it.

    A misspelt id is such an entry; the nearest id that a flow has, and nobody spoke of, is named.
    """
    done = list(done)
    used = frozenset[str]().union(*(one.used for one in done))
    idle = [(at, reference) for reference, entries in references.entries.items() for at in entries if at not in used]
    unspoken = frozenset[Reference]().union(*(one.unspoken for one in done))
    flows = {name for one in done for name in names(one.flow)}
    lines = [(at, f"no flow uses this entry{_near(reference, unspoken)}") for at, reference in idle]
    for name, listed in references.numbers.items():
        hint = _hint(name, {flow: flow for flow in flows if flow not in references.numbers}) if name not in flows else ""
        ours = [pointer("", NUMBERS, name, index) for index in range(len(listed))]
        lines += [(at, f"no flow uses this number{hint}") for at in ours if at not in used]
    return tuple(lines)


def _near(reference: Reference, unspoken: Iterable[Reference]) -> str:
    return _hint(reference.id, {one.id: text_of(one) for one in unspoken if one.provider == reference.provider})


def _hint(word: str, known: Mapping[str, str]) -> str:
    near = get_close_matches(word, sorted(known), n=1, cutoff=NEAR)
    return f"; did you mean {known[near[0]]}?" if near else ""


# Making one to fill in.

_HEADER = """\
# Which id here is which there. Fill in what stands for each id at the carrier that you translate to:
#   +12025550142           a telephone number, for whatever rings
#   sip:192.0.2.10:5060    an address, for whatever rings
#   user:4f5e9a            an id, and what it is the id of
#   4f5e9a                 an id of the same kind as here
# What is left empty counts as not known. The file works in both directions.
"""
_NUMBERS_HEADER = """\
# These flows come without their telephone numbers, which their carrier keeps elsewhere: "+12025550142", and so on.
"""


@define
class _Use:
    """What a file to fill in says about one id: what it is called, and where it is used."""

    title: str = ""
    places: list[str] = Factory(list)


def template(flows: Iterable[Parsed]) -> str:
    """A file of references for these flows, to fill in: every id that means nothing to another carrier, and where it is used."""
    parsed = list(flows)
    uses: dict[Reference, _Use] = {}
    for one in parsed:
        _collect(one, uses)
    foreign = [reference for reference in uses if not _can_stand(reference)]
    tables: dict[tuple[str, str], list[Reference]] = {}
    for reference in sorted(set(uses) - set(foreign), key=lambda one: (one.provider, one.kind, _in_order(one.id))):
        tables.setdefault((reference.provider, reference.kind), []).append(reference)
    parts = [_HEADER if tables else "# No id of these flows needs a counterpart.\n"]
    for (provider, kind), found in tables.items():
        parts.append(f"\n[{key(provider)}.{key(kind)}]\n" + "\n".join(_entry(one, uses[one]) for one in found))
    parts += [_numbers_table(parsed)]
    parts += [f"\n# {_comment(brief(text_of(one)))} of {_comment(one.provider)} cannot stand in this file.\n" for one in foreign]
    return "".join(parts)


def _collect(one: Parsed, uses: dict[Reference, _Use]) -> None:
    from unicall.show import in_words

    own = frozenset(one.flow.subflows)
    titles = _titles(one.flow)
    for prefix, flow in _parts(one.flow):
        for at, node in flow.nodes.items():
            for path, reference in _met(node):
                if _came_along(reference, own) or _is_made(reference, titles):
                    continue
                use = uses.setdefault(reference, _Use())
                use.title = use.title or titles.get((reference.provider, reference.id), "")
                where = _place(one.reading.places, prefix + at, path) or prefix + at
                use.places.append(f"{_called(one.flow)}: {in_words(node)[0]} ({where})")


def _met(node: Node) -> list[tuple[str, Reference]]:
    """The references of a node, each with its field."""
    met: list[tuple[str, Reference]] = []

    def note(path: str, atom: Atom) -> Atom:
        if isinstance(atom, Reference):
            met.append((path, atom))
        return atom

    swap(node, "", note)
    return met


def _called(flow: Flow) -> str:
    return flow.name or "a flow without a name"


def _titles(flow: Flow) -> dict[tuple[str, str], str]:
    """The names of the documents that came along, by provider and id."""
    titles = {}
    for _, part in _parts(flow):
        for resource in part.resources:
            document = resource.document if isinstance(resource.document, Mapping) else {}
            kept = document.get("raw", document.get("rest"))
            title = kept.get("name") if isinstance(kept, Mapping) else None
            titles[resource.provider, resource.id] = title if isinstance(title, str) else ""
    return titles


def _is_made(reference: Reference, titles: Mapping[tuple[str, str], str]) -> bool:
    """Whether unicall made this and its document is here: then it is nobody's id."""
    return reference.id.startswith(NEW) and (reference.provider, reference.id) in titles


def _can_stand(reference: Reference) -> bool:
    whole = all(map(writable, (reference.provider, reference.kind, reference.id)))
    return whole and reference.provider in adapters.providers()


def _in_order(known: str) -> tuple[bool, int, str]:
    """Numbers by their size, before everything else."""
    return not known.isdecimal(), len(known) if known.isdecimal() else 0, known


def _entry(reference: Reference, use: _Use) -> str:
    places = list(dict.fromkeys(use.places))
    shown = places[:PLACES_SHOWN]
    more = [f"and {len(places) - len(shown)} more"] if len(places) > len(shown) else []
    lines = ([f'"{use.title}"'] if use.title else []) + shown + more
    return "".join(f"# {_comment(line)}\n" for line in lines) + f'{quoted(reference.id)} = ""\n'


def _numbers_table(parsed: list[Parsed]) -> str:
    """The flows whose numbers stand elsewhere: by name, or by id where a name is not enough."""
    outside = [one for one in parsed if _outside(one.provider)]
    called = Counter(name for one in outside for name in set(names(one.flow)))
    lines: dict[str, list[str]] = {}
    for one in outside:
        known = [name for name in reversed(names(one.flow)) if writable(name)]
        name = next((name for name in known if called[name] == 1), known[-1] if known else None)
        if name is not None:
            where = f"{_called(one.flow)} ({one.pointer})" if one.pointer or name != one.flow.name else ""
            lines.setdefault(name, []).extend([f"# {_comment(where)}\n"] if where else [])
    entries = "".join(f"{''.join(comments)}{quoted(name)} = []\n" for name, comments in sorted(lines.items()))
    return f"\n{_NUMBERS_HEADER}[{NUMBERS}]\n{entries}" if entries else ""


def _comment(text: str) -> str:
    from unicall.show import plain

    return plain(text)
