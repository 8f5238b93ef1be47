"""Reading, writing and translating: parse, lower, emit, read back, compare.

What surprises people: problems are computed when they are read. Somebody who only wants the document does not pay for the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from attrs import Factory, define, evolve, field, frozen

from unicall import adapter as adapters
from unicall.adapter import Adapter, Form, Reading, Writing
from unicall.graph import Flow, Node
from unicall.ledger import Ledger
from unicall.lower import Lowered, lower
from unicall.problem import DocumentError, FlowError, Problem
from unicall.wire import Json, Log, Lookup, copied, pointer

if TYPE_CHECKING:
    from unicall.behave.comparing import Comparison
    from unicall.behave.noticing import Verdict
    from unicall.references import Applied, References
    from unicall.residue import Residue
    from unicall.wayback import WayBack

#: What the user knows about the carriers: a mapping, or the path of a TOML file (see ``settings.py``).
Settings: TypeAlias = Mapping[str, Json] | str | Path | None
DEEPEST = 1024  # levels of nesting, as orjson has it for text


@frozen
class Configured:
    """The adapters, told what the user knows."""

    checked: Mapping[str, Mapping[str, Json]] = Factory(dict)
    given: Mapping[str, Json] = Factory(dict)

    @classmethod
    def by(cls, settings: Settings) -> Configured:
        """Read and checked. Raises DocumentError."""
        if settings is None:
            return cls()
        from unicall.settings import read

        checked = read(settings)
        return cls(checked, checked.given)

    def beside(self, settings: Mapping[str, Json]) -> Configured:
        """With other settings as well, where these say nothing."""
        names = {name: {**table, **self.given.get(name, {})} for name, table in settings.items()}
        return Configured.by({**self.given, **names}) if settings else self

    def adapter(self, provider: str) -> Adapter:
        """The adapter of this name. Raises FlowError for a name that nobody has."""
        adapter = adapters.find(provider)
        return adapter.configured(self.checked[provider]) if provider in self.checked else adapter

    def adapters(self) -> list[Adapter]:
        """Those that the user knows something about."""
        return [self.adapter(provider) for provider in self.checked]


@define(slots=False, kw_only=True)
class Parsed:
    """One flow as it was read: the flow, what to know about the reading, and whose document it was."""

    flow: Flow
    problems: tuple[Problem, ...]
    provider: str
    pointer: str
    document: Json = field(repr=False)
    reading: Reading = field(repr=False)
    adapter: Adapter = field(repr=False)


@define(slots=False, kw_only=True)
class Crossing:
    """One way from a flow to a carrier's document. ``given`` is None where there was a flow but no document."""

    flow: Flow = field(repr=False)
    given: Parsed | None = field(repr=False)
    target: Adapter = field(repr=False)
    lowered: Lowered = field(repr=False)
    form: Form
    writing: Writing = field(repr=False)
    known: Configured
    applied: Applied | None = field(default=None, repr=False)
    way_back: WayBack | None = field(default=None, repr=False)

    @property
    def document(self) -> Json:
        """The carrier's document."""
        return self.writing.document

    @cached_property
    def parsed(self) -> Parsed:
        """The flow as it was read; from its native form, where it came without a document."""
        return self.given or _native(self.flow)

    @cached_property
    def back(self) -> Reading:
        """The document, read back by the target's own adapter."""
        return self._read_back[0]

    @cached_property
    def _read_back(self) -> tuple[Reading, tuple[Problem, ...]]:
        """The reading, and which required arguments it missed."""
        log = Log()
        at, record = next(iter(self.target.records(self.writing.document)), ("", self.writing.document))
        reading = self.target.parse(record, at, log)
        return reading, tuple(problem for problem in log.problems if problem.code == "UC406")

    @cached_property
    def ledger(self) -> tuple[Problem, ...]:
        """What the crossing did to the facts, computed by reading back what was written."""
        ledger = Ledger(
            source=self.parsed.reading,
            here=Lookup(self.parsed.document),
            there=Lookup(self.document),
            lowered=self.lowered,
            back=self.back,
            source_adapter=self.parsed.adapter,
            target_adapter=self.target,
            holds=self.target.holds(self.form),
            problems=[],
            seen=set(),
        )
        said = () if self.applied is None else self.applied.problems(self.parsed.reading.places, self.parsed.document)
        unverified = self.target.unverified() and self.parsed.provider != self.target.name
        place = ledger.place_of_flow()
        names = (Problem("UC405", place, words={"target": self.target.title}),) if unverified else ()
        missed = (evolve(one, pointer=place, target_pointer=one.pointer) for one in self._read_back[1])
        refused = ledger.refused(self.target.refusals(self.document, self.form), self.writing.places)
        return (*said, *names, *missed, *ledger.write(), *refused)

    @cached_property
    def residue(self) -> Residue:
        """What makes the way back exact."""
        from unicall.residue import Residue, pairs_of

        original = self.parsed if self.way_back is None else self.way_back.hand
        came_from = None if self.way_back is None else self.way_back.came_from
        return Residue(
            source=original.provider,
            form=original.adapter.form(original.flow),
            target=self.target.name,
            settings={name: table for name, table in self.known.given.items() if name in (original.provider, self.target.name)},
            flow=original.flow,
            document=self.document,
            pairs=pairs_of(self.lowered, self.back, came_from),
        )


@define(slots=False, kw_only=True)
class Emitted:
    """A document as it was written. ``problems``: what of the flow could not be written."""

    crossing: Crossing = field(repr=False)

    @cached_property
    def document(self) -> Json:
        """The carrier's document, to do with as you like."""
        return copied(self.crossing.document)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What of the flow could not be written; pointers go into its native form."""
        return self.crossing.ledger


@define(slots=False, kw_only=True)
class Translation:
    """A translation: the document, the flow it was made of, and the whole ledger.

    ``compares``: whether the problems are told with the calls that meet them.
    """

    crossing: Crossing = field(repr=False)
    compares: bool = field(default=False, repr=False)

    @cached_property
    def document(self) -> Json:
        """The target's document, to do with as you like: the residue is of what was written."""
        return copied(self.crossing.document)

    @property
    def flow(self) -> Flow:
        """The neutral flow between the two."""
        return self.crossing.flow

    @property
    def source(self) -> str:
        """The provider of the source."""
        return self.crossing.parsed.provider

    @property
    def target(self) -> str:
        """The provider of the target."""
        return self.crossing.target.name

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """All that there is to know: what reading brought up, then what the crossing did."""
        crossing = self.crossing
        if crossing.way_back is not None:
            return crossing.way_back.problems(crossing)
        problems = crossing.parsed.problems + crossing.ledger
        return tuple(self._verdict.marked(problems)) if self.compares else problems

    @property
    def comparison(self) -> Comparison:
        """Whether every call meets the same in the flow that was given and in the document that was written.

        On the way back the flow is the original with the edits.
        """
        return self._verdict.comparison

    @cached_property
    def _verdict(self) -> Verdict:
        from unicall.behave.noticing import Verdict

        crossing = self.crossing
        return Verdict.of(crossing.flow if crossing.applied is None else crossing.applied.flow, crossing.back.flow)

    @property
    def residue(self) -> Json:
        """What makes the way back exact, as JSON: give it to ``translate`` together with the document, edited or not."""
        return self.crossing.residue.dumped()


def decode(document: Json) -> Json:
    """Decoded JSON; a str or bytes is always JSON text. Raises DocumentError with the place where the text breaks off."""
    return _decoded(document, Configured())[0]


def _decoded(document: Json, known: Configured) -> tuple[Json, tuple[Problem, ...]]:
    """Decoded JSON. Text that is none gets a second chance, which is said, where the user asked to repair a known defect."""
    if not isinstance(document, str | bytes | bytearray | memoryview):
        return _shallow(document), ()
    from unicall.text import loads_repaired

    value, wrong = loads_repaired(document, [adapter.repaired for adapter in known.adapters()])
    return value, () if wrong is None else (Problem("UC609", wrong.pointer, words={"what": wrong.text}),)


def _shallow(document: Json) -> Json:
    """The document, unless it is nested deeper than JSON text may be. Never recurses."""
    level = [document]
    for _ in range(DEEPEST):
        _refuse_strangers(level, document)
        below = {
            id(child): child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
            if isinstance(child, (dict, list))
        }
        level = list(below.values())
        if not level:
            return document
    raise DocumentError(f"is nested deeper than {DEEPEST} levels", pointer=_way_down(document))


def _refuse_strangers(level: list[Json], document: Json) -> None:
    """Raise DocumentError for anything in these objects and arrays that JSON does not have."""
    for item in level:
        if isinstance(item, dict):
            strange = [key for key in item if type(key) is not str]
            if strange:
                raise DocumentError(f"has a key that is no text: {strange[0]!r:.40}", pointer=_way_down(document, 0))
        values = item.values() if isinstance(item, dict) else item if isinstance(item, list) else (item,)
        for value in values:
            if value is not None and not isinstance(value, (str, int, float, dict, list)):
                raise DocumentError(f"holds a {type(value).__name__}, which is no JSON", pointer="")


def _way_down(document: Json, steps: int = 8) -> str:
    """The first steps towards something deep."""
    at, item = "", document
    for _ in range(steps):
        pairs = item.items() if isinstance(item, dict) else enumerate(item)
        found = [(key, child) for key, child in pairs if isinstance(child, (dict, list)) and child]
        if not found:
            break
        at, item = pointer(at, found[0][0]), found[0][1]
    return at


def detect(document: Json) -> str:
    """The one provider whose document this looks like. Raises DocumentError if none or several fit."""
    return adapters.detect(decode(document))


def _reader(document: Json, provider: str | None, known: Configured) -> Adapter:
    """The adapter that reads this document. Raises DocumentError where it is plainly another carrier's."""
    if provider is None:
        return known.adapter(adapters.detect(document))
    adapter = known.adapter(provider)
    if not adapter.detect(document):
        others = [name for name in adapters.providers() if name != provider and adapters.find(name).detect(document)]
        if others:
            raise DocumentError(f"is a document of {' or '.join(others)}, not of {provider}")
    return adapter


def parse_all(document: Json, provider: str | None = None, settings: Settings = None) -> Iterator[Parsed]:
    """Every flow of a vendor's document that can be read, one by one.

    ``settings``: what the user knows and the vendor does not document, as a mapping or the path of a TOML file.
    Raises DocumentError after the last, for those that cannot be read: all their errors in one.
    """
    yield from _parse_all(document, provider, Configured.by(settings))


def _parse_all(document: Json, provider: str | None, known: Configured) -> Iterator[Parsed]:
    decoded, repaired = _decoded(document, known)
    adapter = _reader(decoded, provider, known)
    refused: list[DocumentError] = []
    for at, record in adapter.records(decoded):
        try:
            parsed = _parse(adapter, decoded, at, record, repaired)
        except DocumentError as error:
            refused.append(error)
        else:
            yield parsed
    if refused:
        first, *others = [one for error in refused for one in (error, *error.others)]
        problems = [problem for error in refused for problem in error.problems]
        raise DocumentError(first.text, pointer=first.pointer, others=others, problems=problems)


def _parse(adapter: Adapter, document: Json, pointer: str, record: Json, repaired: tuple[Problem, ...] = ()) -> Parsed:
    log = Log()
    reading = adapter.parse(record, pointer, log)
    log.check()
    return Parsed(
        flow=reading.flow,
        problems=(*repaired, *log.problems),
        provider=adapter.name,
        pointer=pointer,
        document=document,
        reading=reading,
        adapter=adapter,
    )


def parse(document: Json, provider: str | None = None, settings: Settings = None) -> Parsed:
    """The one flow of a document. Raises DocumentError for a document that cannot be read, or that holds several.

    ``settings``: what the user knows and the vendor does not document, as a mapping or the path of a TOML file.
    """
    return _parse_one(document, provider, Configured.by(settings))


def _parse_one(document: Json, provider: str | None, known: Configured) -> Parsed:
    decoded, repaired = _decoded(document, known)
    adapter = _reader(decoded, provider, known)
    records = list(adapter.records(decoded))
    if len(records) != 1:
        many = f"holds {len(records)} flows" if records else "holds no flow"
        raise DocumentError(f"{many}; parse_all reads them one by one")
    return _parse(adapter, decoded, *records[0], repaired)


def _native(flow: Flow) -> Parsed:
    adapter = adapters.find("unicall")
    document = adapter.emit(flow, "record").document
    log = Log()
    reading = adapter.parse(document, "", log)
    return Parsed(
        flow=flow,
        problems=(),
        provider="unicall",
        pointer="",
        document=document,
        reading=evolve(reading, flow=flow),
        adapter=adapter,
    )


def _cross(
    flow: Flow, given: Parsed | None, target: Adapter, form: Form | None, known: Configured, applied: Applied | None = None
) -> Crossing:
    if form not in (None, "record", "request"):
        raise FlowError(f"a form is record or request, not {form!r:.40}")
    meant = flow if applied is None else applied.flow
    form = form or target.form(meant)
    lowered = lower(meant, target.holds(form), target.title)
    writing = _written(target, lowered.flow, form)
    return Crossing(
        flow=flow, given=given, target=target, lowered=lowered, form=form, writing=writing, known=known, applied=applied
    )


def _written(target: Adapter, flow: Flow, form: Form) -> Writing:
    """The document of a flow. Raises FlowError where the flow came with what no document of the target's left in it."""
    try:
        return target.emit(flow, form)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        if not _keeps(flow, target.name):
            raise
        raise FlowError(f"what the flow keeps of {target.title} was changed by hand, and cannot be written") from error


def _keeps(flow: Flow, provider: str) -> bool:
    """Whether the flow has anything beyond the graph that only this carrier reads."""
    extras = (flow.extras, *(node.extras for node in flow.nodes.values()))
    return any(provider in kept for kept in extras) or any(one.provider == provider for one in flow.resources)


def _checked(flow: object) -> Flow:
    """The flow, if it and those that come along are well formed. Raises FlowError."""
    todo: list[object] = [flow]
    for one in todo:
        if not isinstance(one, Flow):
            raise FlowError(f"expected a Flow, got {type(one).__name__}")
        if not isinstance(one.subflows, Mapping):
            raise FlowError("the subflows of a flow are a mapping from ids to flows")
        _check(one)
        todo.extend(one.subflows.values())
    assert isinstance(flow, Flow)
    return flow


_MAPPINGS = (dict, Mapping)  # most are plain ones, and asking for the others takes long


def _check(flow: Flow) -> None:
    if not isinstance(flow.nodes, _MAPPINGS):
        raise FlowError("the nodes of a flow are a mapping from ids to nodes")
    for at, node in flow.nodes.items():
        if not isinstance(node, Node):
            raise FlowError("the nodes of a flow are a mapping from ids to nodes")
        if not isinstance(node.exits, _MAPPINGS) or not isinstance(node.extras, _MAPPINGS):
            raise FlowError(f"the exits and extras of {at!r:.40} are no mappings")
    for extras in (flow.extras, *[node.extras for node in flow.nodes.values()]):
        for kept in extras.values():
            if not isinstance(kept, _MAPPINGS):
                raise FlowError("the extras of a provider are a JSON object")
    missing = [(at, label) for at, node in flow.nodes.items() for label, to in node.exits.items() if to not in flow.nodes]
    if flow.start is not None and not isinstance(flow.start, str):
        raise FlowError("a flow starts at the id of a node")
    if flow.start is not None and flow.start not in flow.nodes:
        raise FlowError(f"the flow starts at {flow.start!r}, which is no node")
    if missing:
        at, label = missing[0]
        raise FlowError(f"the exit {label!r} of {at!r} leads to {flow.nodes[at].exits[label]!r}, which is no node")


def emit(flow: Flow, provider: str, form: Form | None = None) -> Emitted:
    """The document of a flow at a carrier. Raises FlowError for a flow that is none, or a provider that nobody knows."""
    return Emitted(crossing=_cross(_checked(flow), None, adapters.find(provider), form, Configured()))


def translate(
    document: Json | Flow,
    source: str | None = None,
    target: str = "",
    form: Form | None = None,
    residue: Json | Path = None,
    references: Json | Path = None,
    settings: Settings = None,
    compare: bool = False,
) -> Translation:
    """Translate one flow: a document of ``source`` (found out if not given) or a Flow, into a document of ``target``.

    ``residue``: that of the translation which wrote the document, as JSON or the path of a file; then the original comes back,
    with the edits made since. ``references``: which id here is which id there, ``settings``: what the user knows and the vendors
    do not document; mappings, or paths of TOML files. ``compare``: tell each problem that is lost or changed with the shortest call
    that meets it, or as unnoticed.
    Raises DocumentError for input that cannot be read, FlowError for a target that nobody knows.
    """
    crosser = _Crosser.of(target, form, references, settings, compare)
    if residue is not None:
        from unicall.residue import read

        name = str(residue) if isinstance(residue, str | Path) and len(str(residue)) < 1000 else "residue"
        return crosser.cross_back(document, source, read(residue), name)
    if isinstance(document, Flow):
        return crosser.cross(_checked(document), None)
    parsed = _parse_one(document, source, crosser.known)
    return crosser.cross(parsed.flow, parsed)


def translate_all(
    document: Json,
    source: str | None = None,
    target: str = "",
    form: Form | None = None,
    references: Json | Path = None,
    settings: Settings = None,
    compare: bool = False,
) -> Iterator[Translation]:
    """Translate every flow of a vendor's document, one by one. The arguments are those of :func:`translate`."""
    crosser = _Crosser.of(target, form, references, settings, compare)
    for parsed in _parse_all(document, source, crosser.known):
        yield crosser.cross(parsed.flow, parsed)


@frozen
class _Crosser:
    """What one call of translate knows beside the flows."""

    target: Adapter
    form: Form | None
    known: Configured
    references: References | None
    compares: bool

    @classmethod
    def of(cls, target: str, form: Form | None, references: Json | Path, settings: Settings, compare: bool) -> _Crosser:
        if not target:
            raise FlowError(f"translate needs a target: one of {', '.join(adapters.providers())}")
        known = Configured.by(settings)
        given = None
        if references is not None:
            from unicall import references as table

            given = table.read(references)
        return cls(known.adapter(target), form, known, given, compare)

    def cross(self, flow: Flow, parsed: Parsed | None) -> Translation:
        applied = None
        if self.references is not None:
            from unicall.references import apply

            applied = apply(flow, self.references, "unicall" if parsed is None else parsed.provider, self.target.name).checked()
        return Translation(crossing=_cross(flow, parsed, self.target, self.form, self.known, applied), compares=self.compares)

    def cross_back(self, document: Json | Flow, source: str | None, kept: Residue, name: str) -> Translation:
        from unicall.wayback import go_back

        if isinstance(document, Flow):
            raise FlowError("a residue belongs to a document, not to a flow")
        if kept.source != self.target.name:
            raise DocumentError(f"leads back to {kept.source}, not to {self.target.name}", pointer="/source", source=name)
        known = self.known.beside(kept.settings)
        target = known.adapter(kept.source)
        parsed = _parse_one(document, source, known)
        if kept.target != parsed.provider:
            text = f"belongs to a document of {kept.target}, not of {parsed.provider}"
            raise DocumentError(text, pointer="/target", source=name)
        form = self.form or kept.form
        way_back = go_back(kept, parsed, target, form, lambda flow: self._known_as(flow, parsed.provider), name)
        try:
            crossing = _cross(way_back.parsed.flow, way_back.parsed, target, form, known)
        except FlowError as error:
            raise DocumentError(str(error), pointer="/flow", source=name) from error
        return Translation(crossing=evolve(crossing, way_back=way_back), compares=self.compares)

    def _known_as(self, flow: Flow, source: str) -> Flow:
        """The flow with the references of one carrier as the target knows them."""
        if self.references is None:
            return flow
        from unicall.references import apply

        return apply(flow, self.references, source, self.target.name, returns=True).checked().flow
