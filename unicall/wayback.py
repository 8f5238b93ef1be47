"""The way back: a document, edited or not, and the residue of the translation that wrote it, give the original with the edits.

What surprises people: the ledger of a way back speaks of the edits alone. What the original's carrier cannot express is said
with the place in the document in hand and the place in the original's; what was never edited needs no words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import define, evolve, field

from unicall.adapter import NEW, Adapter, Form, Holds, KeepsPlaces, KeepsStep, Places, Reading
from unicall.edits import Matching, above, canonical
from unicall.graph import Flow, Node, NodeId, Reference, Ring, Speech, text_of, walk
from unicall.ledger import flat
from unicall.lower import Lowered, lower
from unicall.problem import CODES, DocumentError, Problem, Severity
from unicall.residue import Residue
from unicall.restore import Restored, restore
from unicall.settled import Settled, settle, unwrapped
from unicall.wire import Json, Log, Lookup, brief

if TYPE_CHECKING:
    from unicall.translation import Crossing, Parsed

IN_BODIES = "/data"  # where a flow stands in a bundle of request bodies
FEW = 2  # edits: a new name and a new number may be all that a small flow says


@define(slots=False, kw_only=True)
class WayBack:
    """``parsed``: the original with the edits, as if it had been read from the document in hand. ``hand``: what was really read."""

    residue: Residue = field(repr=False)
    hand: Parsed = field(repr=False)
    parsed: Parsed = field(repr=False)
    restored: Restored = field(repr=False)

    @cached_property
    def came_from(self) -> Mapping[NodeId, tuple[NodeId, ...]]:
        """Per node of the restored flow, the nodes of the flow in hand."""
        nodes = self.hand.flow.nodes
        return {at: tuple(there for there in found if there in nodes) for at, found in self.restored.came_from.items()}

    def problems(self, crossing: Crossing) -> tuple[Problem, ...]:
        """What there is to know of the edits."""
        if not self.restored.edited:
            return tuple(_with_both_places(self.parsed.problems + self.restored.problems, self.hand.document, crossing))
        already = Counter(_said(problem) for problem in self._unedited(crossing).ledger)
        fresh: list[Problem] = []
        for problem in crossing.ledger:
            if already[_said(problem)]:
                already[_said(problem)] -= 1
            else:
                fresh.append(problem)
        return tuple(_with_both_places((*self.parsed.problems, *self.restored.problems, *fresh), self.hand.document, crossing))

    def _unedited(self, crossing: Crossing) -> Crossing:
        """The same crossing for the original as it was: what is said of it is no news."""
        flow = self.residue.flow
        lowered = lower(flow, crossing.target.holds(crossing.form), crossing.target.title)
        parsed = evolve(self.parsed, flow=flow, reading=Reading(flow=flow, places=self.parsed.reading.places))
        writing = crossing.target.emit(lowered.flow, crossing.form)
        return evolve(crossing, flow=flow, given=parsed, lowered=lowered, writing=writing, way_back=None)


def _said(problem: Problem) -> tuple[str, str]:
    return problem.code, problem.message


def _with_both_places(problems: Iterable[Problem], hand: Json, crossing: Crossing) -> Iterator[Problem]:
    """Problems that say where they are in both documents; in the one that was written, where their node, or one before it, stands.

    What stands in neither (a key that is gone, what the original alone has) is said of what it stood in.
    """
    places, into = crossing.writing.places, _parents(crossing.lowered.original)
    lowered = {origin: at for at, origin in reversed(list(crossing.lowered.came_from.items()))}
    here, there = Lookup(hand), Lookup(crossing.document)
    for problem in problems:
        at: NodeId | None = problem.node
        seen: set[NodeId] = set()
        where = problem.target_pointer
        while not where and at is not None and at not in seen:
            where = places.get((lowered.get(at, at), ""), "")
            seen.add(at)
            at = into.get(at)
        where = there.nearest(where or places.get(("", ""), ""))
        yield evolve(problem, pointer=here.nearest(problem.pointer), target_pointer=where)


def _parents(flow: Flow) -> dict[NodeId, NodeId]:
    return {to: at for at, node in reversed(list(flow.nodes.items())) for to in node.exits.values()}


def go_back(
    residue: Residue, hand: Parsed, target: Adapter, form: Form, known_as: Callable[[Flow], Flow], name: str = "the residue"
) -> WayBack:
    """The original of a residue, with what was edited in the document since. Raises DocumentError for those of two flows.

    ``target`` and ``form``: who is to hold the result, and how; ``known_as`` gives references of the edited carrier the original's;
    ``name``: what the residue is called in messages.
    """
    from unicall.translation import Parsed

    adapter = hand.adapter
    written, place = residue.document, _base(hand.reading.places)
    before, already = _written(written, adapter, name)
    if _base(before.places).endswith(IN_BODIES) and not place.endswith(IN_BODIES):
        written = unwrapped(written)
        before, already = _written(written, adapter, name)
    settled = settle(written, _base(before.places), hand.document, place)
    at, record = next(iter(adapter.records(settled.document)))
    now = Log()
    after = adapter.parse(record, at, now)
    now.check()
    came = tuple(one for one in after.flow.resources if (one.section, one.id) not in settled.lent)
    after = evolve(after, flow=evolve(after.flow, resources=came))
    matching = Matching.of(before.flow, after.flow, adapter)
    holds, origins = target.holds(form), _origins(residue, before)
    strange = not _belongs(matching, _made_of(residue.flow, before.flow, origins) - settled.unsure, name)
    apply: Callable[[frozenset[NodeId]], Restored] = lambda refused: _known_as(  # noqa: E731
        restore(residue.flow, before, after, origins, matching, target.title, refused, holds=holds),
        known_as,
    )
    restored, lowered = _without_harm(apply, holds, target.title)
    if isinstance(target, KeepsPlaces) and lowered is not None:
        restored = _handed_on(restored, lowered, target.heir)
    if isinstance(target, KeepsStep) and lowered is not None:
        restored = _in_step(restored, lowered, *target.in_step(residue.flow, lowered.flow, form))
    known = Counter(_said(problem) for problem in already)
    news = tuple(evolve(problem, pointer=settled.home(problem.pointer)) for problem in now.problems if not known[_said(problem)])
    said = [_at_home(problem, settled) for problem in restored.problems if not _is_idle(problem, residue.flow, target)]
    if settled.guessed:
        said.append(Problem("UC604", place, list(settled.guessed)))
    if strange:
        said.append(Problem("UC603", hand.reading.places.get(("", "name"), hand.pointer), hand.flow.name))
    restored = evolve(restored, problems=tuple(said))
    places = {where: settled.home(found) for where, found in restored.places.items()}
    parsed = Parsed(
        flow=restored.flow,
        problems=news,
        provider=hand.provider,
        pointer=hand.pointer,
        document=hand.document,
        reading=Reading(flow=restored.noted, places=places),
        adapter=adapter,
    )
    return WayBack(residue=residue, hand=hand, parsed=parsed, restored=restored)


def _written(document: Json, adapter: Adapter, name: str) -> tuple[Reading, list[Problem]]:
    """The document as it was written, read again. Raises DocumentError that says where in the residue."""
    log = Log()
    try:
        written = list(adapter.records(document))
        if len(written) != 1:
            raise DocumentError(f"holds {len(written)} flows, not one")
        reading = adapter.parse(written[0][1], written[0][0], log)
        log.check()
    except DocumentError as error:
        raise error.within(name, "/document") from None
    return reading, log.problems


def _known_as(restored: Restored, known_as: Callable[[Flow], Flow]) -> Restored:
    return evolve(restored, flow=known_as(restored.flow), noted=known_as(restored.noted))


def _without_harm(apply: Callable[[frozenset[NodeId]], Restored], holds: Holds, title: str) -> tuple[Restored, Lowered | None]:
    """The edits but for what was put in where the carrier would lose, behind it, what nobody edited; what it can hold of them."""
    refused: frozenset[NodeId] = frozenset()
    while True:
        restored = apply(refused)
        lowered = lower(restored.flow, holds, title) if restored.edited else None
        harmed = [] if lowered is None or not restored.put_in else [at for at in lowered.dropped if at not in restored.put_in]
        guilty = {restored.put_in[at] for at in above(restored.flow, harmed) if at in restored.put_in}
        if not guilty - refused:
            return restored, lowered
        refused |= guilty


_Heir: TypeAlias = Callable[[Node, Node], tuple[Node, Node]]


def _handed_on(restored: Restored, lowered: Lowered, heir: _Heir) -> Restored:
    """What the original says of a place, with what stands there now: not with what is gone, cannot be held, or follows it now."""
    flow = restored.flow
    nodes = dict(flow.nodes)
    for (at, label), (still, gone) in _left(restored, lowered.dropped).items():
        now = _standing(flow, lowered, at, label)
        if now is None or now not in nodes or now == still:
            continue
        if still is None:
            _, nodes[now] = heir(gone, nodes[now])
        elif still in lowered.dropped or (now in restored.put_in and still in _chain(flow, now)):
            nodes[still], nodes[now] = heir(nodes[still], nodes[now])
    fresh = {at: (flow.nodes[at], node) for at, node in nodes.items() if node is not flow.nodes[at]}
    return evolve(restored, flow=evolve(flow, nodes=nodes), noted=_with_same(restored.noted, fresh))


def _in_step(restored: Restored, lowered: Lowered, kept: Mapping[str, Json], doubts: Iterable[Problem]) -> Restored:
    """The edits, with what the flow keeps in step with them; and what may contradict them, where it was edited."""
    said = []
    for doubt in doubts:
        at = lowered.came_from.get(doubt.node, doubt.node)
        where = next((restored.places[at, path] for path in ("timeout", "") if (at, path) in restored.places), "")
        said.append(evolve(doubt, node=at, pointer=where))
    flow, noted = (evolve(one, extras={**one.extras, **kept}) for one in (restored.flow, restored.noted))
    return evolve(restored, flow=flow, noted=noted, problems=(*restored.problems, *said))


def _left(restored: Restored, dropped: Collection[NodeId]) -> dict[tuple[NodeId, str], tuple[NodeId | None, Node]]:
    """Per exit, what no longer stands behind it: an edit turned it elsewhere, or the carrier cannot hold what stands there."""
    nodes = restored.flow.nodes
    leads = ((at, label, to) for at, node in walk(restored.flow) for label, to in node.exits.items())
    return {(at, label): (to, nodes[to]) for at, label, to in leads if to in dropped} | dict(restored.stood)


def _standing(flow: Flow, lowered: Lowered, at: NodeId, label: str) -> NodeId | None:
    """What stands behind an exit as far as the carrier can hold it, else what was meant to."""
    if not at:
        return flow.start if lowered.flow.start is None else lowered.came_from.get(lowered.flow.start)
    written = next((node for node, origin in lowered.came_from.items() if origin == at), None)
    there = None if written is None else lowered.flow.nodes[written].exits.get(label)
    meant = flow.nodes[at].exits.get(label) if at in flow.nodes else None
    return meant if there is None else lowered.came_from.get(there)


def _with_same(noted: Flow, fresh: Mapping[NodeId, tuple[Node, Node]]) -> Flow:
    """The flow with what became of these nodes since, beside what was noted at them."""
    nodes = dict(noted.nodes)
    for at, (before, after) in fresh.items():
        added = {name: kept for name, kept in nodes[at].extras.items() if kept is not before.extras.get(name)}
        nodes[at] = evolve(nodes[at], label=after.label, extras={**after.extras, **added})
    return evolve(noted, nodes=nodes)


def _chain(flow: Flow, at: NodeId) -> list[NodeId]:
    """A node and those that calls go on to behind it where nothing is chosen."""
    chain = [at]
    while (to := next(iter(flow.nodes[chain[-1]].exits.values()), None)) is not None and len(flow.nodes[chain[-1]].exits) == 1:
        if to in chain:
            break
        chain.append(to)
    return chain


def _is_idle(problem: Problem, original: Flow, target: Adapter) -> bool:
    """Whether it is all the same which of those that are gone somebody new stands for: nothing was kept that tells them apart."""
    if problem.code != "UC610":
        return False
    gone = problem.value if isinstance(problem.value, list) else []
    kept = [_kept_with(who, original, target) for who in gone]
    return not any(kept) or (len(kept) > 1 and all(one == kept[0] for one in kept))


def _kept_with(who: str, original: Flow, target: Adapter) -> list[str]:
    """What the original says of somebody who rings, but for bookkeeping: how, the keys beside their number, the ids of theirs."""
    nodes = original.nodes.values()
    rungs = (rung for node in nodes if isinstance(node, Ring) for rung in node.targets if text_of(rung.target) == who)
    found = [f"{path} {fact!r}" for rung in rungs for path, fact in flat(rung).items() if path != "target"]
    for name, part in _objects([original.extras, *(node.extras for node in nodes)]):
        named = [key for key, value in part.items() if value == who]
        beside = dict.fromkeys(named) if "order" not in part else part.get("rest") or {}
        if named:
            found.extend(f"{key} {brief(value)}" for key, value in beside.items() if not _is_bookkeeping(name, key, target))
    return sorted(found)


def _objects(extras: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Every object in what was kept, with the key that it, or the list of it, stands under."""
    todo: list[tuple[str, Json]] = [("", extras)]
    while todo:
        name, part = todo.pop()
        if isinstance(part, Mapping):
            yield name, part
            todo.extend(part.items())
        elif isinstance(part, list):
            todo.extend((name, item) for item in part)


def _is_bookkeeping(holder: str, key: str, target: Adapter) -> bool:
    known = target.leftover(f"{holder}/{key}") or target.leftover(key)
    return known is not None and CODES[known.code].severity == Severity.NOTE


def _at_home(problem: Problem, settled: Settled) -> Problem:
    return evolve(problem, pointer=settled.home(problem.pointer))


def _base(places: Places) -> str:
    """Where the flow itself stands."""
    return places["", ""] if ("", "") in places else places.get(("", "name"), "").rpartition("/")[0]


def _origins(residue: Residue, before: Reading) -> dict[NodeId, tuple[NodeId, ...]]:
    """Per node that was read back, the nodes of the original: by its id, else by its place, should ids be made otherwise now."""
    nodes = before.flow.nodes
    by_place = {where: node for (node, path), where in reversed(list(before.places.items())) if not path and node in nodes}
    origins: dict[NodeId, tuple[NodeId, ...]] = {}
    for pair in residue.pairs:
        node = pair.node if pair.node in nodes else by_place.get(pair.at)
        if node is not None:
            origins[node] = pair.of
    return origins


def _belongs(matching: Matching, made: Set[str], name: str) -> bool:
    """Whether anything of what was written is to be found in the document in hand. ``made``: ids of unicall's that tell as well.

    Raises DocumentError where nothing is, and it would have taken more than a few edits to bring that about.
    """
    before, after = matching.here.flow, matching.there.flow
    others = _made(*after.nodes.values()) - _made(*before.nodes.values())
    old, new = _marks(before, made), _marks(after, made | others)
    ways_in = [{way for way in flow.entry_points if NEW not in way.value} for flow in (before, after)]
    if (before.name and before.name == after.name) or ways_in[0] & ways_in[1] or old & new:
        return True
    cut_off = len(old) > len(new)
    needed = (before.name != after.name) + (ways_in[0] != ways_in[1]) + len(new) + cut_off
    if needed > FEW:
        raise DocumentError(f"shares nothing with the document that {name} was made for: they do not belong together")
    return needed == 0


def _marks(flow: Flow, made: Set[str]) -> set[str]:
    """What tells the nodes of a flow from those of others: whom they ring, what callers hear."""
    told = [(canonical(path, fact), fact) for node in flow.nodes.values() for path, fact in _telling(node)]
    return {mark for mark, fact in told if NEW not in mark or (isinstance(fact, Reference) and fact.id in made)}


def _telling(node: Node) -> Iterator[tuple[str, Any]]:
    facts = flat(node).items()
    return ((path, fact) for path, fact in facts if fact is not None and (path.endswith(_TELLING) or isinstance(fact, Speech)))


def _made_of(original: Flow, written: Flow, origins: Mapping[NodeId, tuple[NodeId, ...]]) -> set[str]:
    """The ids that unicall made from what the original says, its ids and numbers: the others it makes for every flow alike."""
    numbers = {way_in.value.lstrip("+") for way_in in original.entry_points}
    made: set[str] = set()
    for at, node in written.nodes.items():
        nodes = [original.nodes[of] for of in origins.get(at, ()) if of in original.nodes]
        said = numbers | {fact.id for one in nodes for _, fact in _telling(one) if isinstance(fact, Reference)}
        made |= {known for known in _made(node) if _COPY.sub("", known).endswith(tuple(f"-{one}" for one in said if one))}
    return made


def _made(*nodes: Node) -> set[str]:
    """The ids in what tells nodes from others that are unicall's."""
    told = (fact for node in nodes for _, fact in _telling(node))
    return {fact.id for fact in told if isinstance(fact, Reference) and fact.id.startswith(NEW)}


_TELLING = ("target", "mailbox", "flow", "queue", "recipients", "pattern", "data")
_COPY = re.compile(r"#\d+$")  # how the ids of two documents end that were to have one id
