"""Reading, writing and translating: parse, lower, emit, read back, compare.

What surprises people: problems are computed when they are read. Somebody who only wants the document does not pay for the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from attrs import define, evolve, field

from unicall import adapter as adapters
from unicall.adapter import Adapter, Form, Reading, Writing
from unicall.graph import Flow, Node
from unicall.ledger import Ledger
from unicall.lower import Lowered, lower
from unicall.problem import DocumentError, FlowError, Problem
from unicall.wire import Json, Log, pointer

DEEPEST = 1024  # levels of nesting, as orjson has it for text


@define(slots=False, kw_only=True)
class Parsed:
    """One flow as it was read: the flow, what to know about the reading, and whose document it was."""

    flow: Flow
    problems: tuple[Problem, ...]
    provider: str
    pointer: str
    document: Json = field(repr=False)
    reading: Reading = field(repr=False)


@define(slots=False, kw_only=True)
class Crossing:
    """One way from a flow to a carrier's document. ``given`` is None where there was a flow but no document."""

    flow: Flow = field(repr=False)
    given: Parsed | None = field(repr=False)
    target: Adapter = field(repr=False)
    lowered: Lowered = field(repr=False)
    form: Form
    writing: Writing = field(repr=False)

    @property
    def document(self) -> Json:
        """The carrier's document."""
        return self.writing.document

    @cached_property
    def parsed(self) -> Parsed:
        """The flow as it was read; from its native form, where it came without a document."""
        return self.given or _native(self.flow)

    @cached_property
    def ledger(self) -> tuple[Problem, ...]:
        """What the crossing did to the facts, computed by reading back what was written."""
        back = self.target.parse(self.writing.document, "", Log())
        ledger = Ledger(
            source=self.parsed.reading,
            document=self.parsed.document,
            lowered=self.lowered,
            back=back,
            source_adapter=adapters.find(self.parsed.provider),
            target_adapter=self.target,
            holds=self.target.holds(self.form),
            problems=[],
            seen=set(),
        )
        return tuple(ledger.write())


@define(slots=False, kw_only=True)
class Emitted:
    """A document as it was written. ``problems``: what of the flow could not be written."""

    crossing: Crossing = field(repr=False)

    @property
    def document(self) -> Json:
        """The carrier's document."""
        return self.crossing.document

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What of the flow could not be written; pointers go into its native form."""
        return self.crossing.ledger


@define(slots=False, kw_only=True)
class Translation:
    """A translation: the document, the flow it was made of, and the whole ledger."""

    crossing: Crossing = field(repr=False)

    @property
    def document(self) -> Json:
        """The target's document."""
        return self.crossing.document

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
        return self.crossing.parsed.problems + self.crossing.ledger


def decode(document: Json) -> Json:
    """Decoded JSON; a str or bytes is always JSON text. Raises DocumentError with the place where the text breaks off."""
    if isinstance(document, str | bytes | bytearray | memoryview):
        from unicall.text import loads

        return loads(document)
    return _shallow(document)


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


def _reader(document: Json, provider: str | None) -> Adapter:
    """The adapter that reads this document. Raises DocumentError where it is plainly another carrier's."""
    if provider is None:
        return adapters.find(adapters.detect(document))
    adapter = adapters.find(provider)
    if not adapter.detect(document):
        others = [name for name in adapters.providers() if name != provider and adapters.find(name).detect(document)]
        if others:
            raise DocumentError(f"is a document of {' or '.join(others)}, not of {provider}")
    return adapter


def parse_all(document: Json, provider: str | None = None) -> Iterator[Parsed]:
    """Every flow of a vendor's document that can be read, one by one.

    Raises DocumentError after the last, for those that cannot: all their errors in one.
    """
    decoded = decode(document)
    adapter = _reader(decoded, provider)
    refused: list[DocumentError] = []
    for at, record in adapter.records(decoded):
        try:
            parsed = _parse(adapter, decoded, at, record)
        except DocumentError as error:
            refused.append(error)
        else:
            yield parsed
    if refused:
        first, *others = [one for error in refused for one in (error, *error.others)]
        problems = [problem for error in refused for problem in error.problems]
        raise DocumentError(first.text, pointer=first.pointer, others=others, problems=problems)


def _parse(adapter: Adapter, document: Json, pointer: str, record: Json) -> Parsed:
    log = Log()
    reading = adapter.parse(record, pointer, log)
    log.check()
    return Parsed(
        flow=reading.flow,
        problems=tuple(log.problems),
        provider=adapter.name,
        pointer=pointer,
        document=document,
        reading=reading,
    )


def parse(document: Json, provider: str | None = None) -> Parsed:
    """The one flow of a document. Raises DocumentError for a document that cannot be read, or that holds several."""
    decoded = decode(document)
    adapter = _reader(decoded, provider)
    records = list(adapter.records(decoded))
    if len(records) != 1:
        many = f"holds {len(records)} flows" if records else "holds no flow"
        raise DocumentError(f"{many}; parse_all reads them one by one")
    return _parse(adapter, decoded, *records[0])


def _native(flow: Flow) -> Parsed:
    adapter = adapters.find("unicall")
    document = adapter.emit(flow, "record").document
    log = Log()
    reading = adapter.parse(document, "", log)
    return Parsed(
        flow=flow, problems=(), provider="unicall", pointer="", document=document, reading=evolve(reading, flow=flow)
    )


def _cross(flow: Flow, given: Parsed | None, target: Adapter, form: Form | None) -> Crossing:
    if form not in (None, "record", "request"):
        raise FlowError(f"a form is record or request, not {form!r:.40}")
    form = form or target.form(flow)
    lowered = lower(flow, target.holds(form), target.title)
    return Crossing(flow=flow, given=given, target=target, lowered=lowered, form=form, writing=target.emit(lowered.flow, form))


def _checked(flow: object) -> Flow:
    if not isinstance(flow, Flow):
        raise FlowError(f"expected a Flow, got {type(flow).__name__}")
    if not isinstance(flow.nodes, Mapping) or not all(isinstance(node, Node) for node in flow.nodes.values()):
        raise FlowError("the nodes of a flow are a mapping from ids to nodes")
    bare = [at for at, node in flow.nodes.items() if not isinstance(node.exits, Mapping) or not isinstance(node.extras, Mapping)]
    if bare:
        raise FlowError(f"the exits and extras of {bare[0]!r:.40} are no mappings")
    for extras in (flow.extras, *(node.extras for node in flow.nodes.values())):
        if not all(isinstance(kept, Mapping) for kept in extras.values()):
            raise FlowError("the extras of a provider are a JSON object")
    missing = [
        (at, label) for at, node in flow.nodes.items() for label, to in node.exits.items() if to not in flow.nodes
    ]
    if flow.start is not None and not isinstance(flow.start, str):
        raise FlowError("a flow starts at the id of a node")
    if flow.start is not None and flow.start not in flow.nodes:
        raise FlowError(f"the flow starts at {flow.start!r}, which is no node")
    if missing:
        at, label = missing[0]
        raise FlowError(f"the exit {label!r} of {at!r} leads to {flow.nodes[at].exits[label]!r}, which is no node")
    return flow


def emit(flow: Flow, provider: str, form: Form | None = None) -> Emitted:
    """The document of a flow at a carrier. Raises FlowError for a flow that is none, or a provider that nobody knows."""
    return Emitted(crossing=_cross(_checked(flow), None, adapters.find(provider), form))


def translate(
    document: Json | Flow, source: str | None = None, target: str = "", form: Form | None = None
) -> Translation:
    """Translate one flow: a document of ``source`` (found out if not given) or a Flow, into a document of ``target``."""
    if not target:
        raise FlowError(f"translate needs a target: one of {', '.join(adapters.providers())}")
    adapter = adapters.find(target)
    if isinstance(document, Flow):
        return Translation(crossing=_cross(_checked(document), None, adapter, form))
    parsed = parse(document, source)
    return Translation(crossing=_cross(parsed.flow, parsed, adapter, form))


def translate_all(
    document: Json, source: str | None = None, target: str = "", form: Form | None = None
) -> Iterator[Translation]:
    """Translate every flow of a vendor's document, one by one."""
    if not target:
        raise FlowError(f"translate needs a target: one of {', '.join(adapters.providers())}")
    adapter = adapters.find(target)
    for parsed in parse_all(document, source):
        yield Translation(crossing=_cross(parsed.flow, parsed, adapter, form))
