"""unicall's own JSON of a flow: versioned, lossless and strict.

The document is the flow's fields, with ``"unicall": 1`` in front. Fields at their defaults are left out, dates are ISO
text, ``nodes`` is an object by id whose order counts. A node says its ``kind``; a target and a prompt, which may be of
several classes, say their ``type`` (a :class:`~unicall.graph.Reference` has a ``kind`` of its own). Nothing else has a
tag.

What surprises people: nothing is converted and nothing is ignored. ``"5"`` is no number, ``true`` is no 1, and a key
that the format does not have is an error. What belongs to the vendors (``extras``, ``resources``, a VendorNode's
``data``) is never looked into. cattrs is imported when it is first needed, and not before.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from math import isfinite
from operator import itemgetter
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from attrs import NOTHING, Factory, evolve, fields, frozen, has

from unicall.adapter import Form, Holds, Leftover, Places, Reading, Refusal, Setting, Writing
from unicall.graph import KINDS, Flow, Node, NodeId, Prompt, Target
from unicall.hours import WEEKDAYS, Recurrence
from unicall.problem import DocumentError, FlowError
from unicall.wire import Json, Log, brief, misshapen, pointer

if TYPE_CHECKING:
    from cattrs import Converter

VERSION = 1
VERSION_KEY = "unicall"

_Read: TypeAlias = Callable[[Json, Any], Any]
_Write: TypeAlias = Callable[[Any], Json]
_POSITIVE = Annotated[int, "at least 1"]
_AnyNode: Any = Union[tuple(KINDS.values())]  # noqa: UP007
#: The unions of classes, by name, each with the key that tells its members apart.
_UNIONS: Mapping[str, tuple[Any, str]] = {
    "Target": (Target, "type"),
    "Prompt": (Prompt, "type"),
    "Node": (_AnyNode, "kind"),
}
#: Fields whose values are fewer than their Python type says.
_NARROWED: Mapping[tuple[type, str], Any] = {
    (Recurrence, "interval"): _POSITIVE,
    (Recurrence, "weekdays"): tuple[Literal[WEEKDAYS], ...],  # type: ignore[valid-type]
    (Recurrence, "ordinal"): Literal[-1, 1, 2, 3, 4, 5] | None,
    (Recurrence, "month"): Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] | None,
}
_OPAQUE = frozenset({"nodes", "subflows", "extras", "data", "document"})  # no path of a fact leads into these
_NESTED_AT_MOST = 50  # flows inside flows
_DEEPEST = 6  # steps in the path of a fact: hours.0.recurrences.0.weekdays.0


def dumps(flow: Flow) -> str:
    """A flow as JSON text: the same text for the same flow. Raises FlowError for a flow that could not be read back."""
    import orjson

    document = to_json(flow)
    try:
        from_json(document)
    except DocumentError as error:
        raise FlowError(f"the flow is not well formed: {error}") from error
    try:
        text = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    except TypeError:
        text = _slow_text(document)
    _refuse_foreign(document)
    return text + "\n"


def _slow_text(document: Json) -> str:
    """JSON text of what orjson refuses: whole numbers beyond 64 bits, deep nesting, half a surrogate pair."""
    import json

    try:
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise FlowError("the flow cannot be written: something in it is nested too deep") from None
    except (TypeError, ValueError) as error:
        raise FlowError(f"the flow cannot be written: {error}") from error
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def _refuse_foreign(document: Json) -> None:
    """What is no JSON, and would silently be read back as something else."""
    todo: list[tuple[str, Json]] = [("", document)]
    while todo:
        at, container = todo.pop()
        named = isinstance(container, dict)
        for step, value in container.items() if named else enumerate(container):
            if named and not isinstance(step, str):
                raise FlowError(f"the flow cannot be written: {at}: the key {step!r} is no text")
            if isinstance(value, (dict, list)):
                todo.append((pointer(at, step), value))
            elif not (value is None or isinstance(value, (str, int)) or (isinstance(value, float) and isfinite(value))):
                raise FlowError(f"the flow cannot be written: {pointer(at, step)}: {value!r} is no JSON")


def loads(text: str | bytes) -> Flow:
    """The flow that a JSON text says. Raises DocumentError."""
    import json

    if not isinstance(text, str | bytes | bytearray):
        raise DocumentError(f"is no JSON text but a {type(text).__name__}")
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise DocumentError(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError:
        raise DocumentError("is nested too deep") from None
    except ValueError as error:
        raise DocumentError(f"is not JSON: {error}") from error
    _refuse_twins(document)
    return from_json(document)


class _Twins(dict[str, Json]):
    """An object in which keys stand twice."""

    twins: tuple[str, ...] = ()


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    twice = _Twins(found)
    twice.twins = tuple(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    return twice


def _no_constant(word: str) -> Json:
    raise ValueError(f"there is no {word} in JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"{brief(digits)} is too large for a number")
    return number


def _refuse_twins(document: Json) -> None:
    errors: list[DocumentError] = []
    todo: list[tuple[str, Json]] = [("", document)]
    while todo:
        at, value = todo.pop()
        if isinstance(value, _Twins):
            errors.extend(DocumentError("stands twice in one object", pointer=pointer(at, n)) for n in value.twins)
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        todo.extend((pointer(at, step), item) for step, item in inner if isinstance(item, (dict, list)))
    _check(errors)


def _check(errors: Iterable[DocumentError]) -> None:
    log = Log()
    log.errors.extend(errors)
    log.check()


def to_json(flow: Flow) -> Json:
    """A flow as plain JSON objects, which share what belongs to the vendors with the flow. Raises FlowError."""
    document: dict[str, Json] = {VERSION_KEY: VERSION}
    todo: list[tuple[dict[str, Json], Flow]] = [(document, flow)]
    while todo:
        into, part = todo.pop()
        into.update(_flow_to_json(part))
        if part.subflows:
            last = {"extras": into.pop("extras")} if "extras" in into else {}
            into["subflows"] = {name: {} for name in part.subflows}
            into.update(last)
            todo.extend((into["subflows"][name], sub) for name, sub in part.subflows.items())
    return document


def _flow_to_json(flow: Flow) -> dict[str, Json]:
    if type(flow) is not Flow:
        raise FlowError(f"expected a Flow, got {flow!r}")
    try:
        written: dict[str, Json] = _converter().unstructure(flow)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FlowError(f"the flow cannot be written: {error}") from error
    return written


@frozen
class _Part:
    """A flow of a document, and the flow that it is a subflow of."""

    document: Json
    pointer: str
    name: str = ""
    above: int = -1
    depth: int = 0


def from_json(document: Json, pointer: str = "") -> Flow:
    """The flow that a document says. Raises DocumentError with everything that is wrong, each at its pointer."""
    errors = list(_version_errors(document, pointer))
    if isinstance(document, dict):
        document = {name: value for name, value in document.items() if name != VERSION_KEY}
    flows: list[Flow | None] = []
    parts: list[_Part] = []
    todo = [_Part(document, pointer)]
    while todo:
        part = todo.pop()
        flows.append(_read_flow(part, errors))
        todo.extend(reversed(list(_subparts(part, len(parts), errors))))
        parts.append(part)
    _check(errors)
    return _assemble(parts, [flow for flow in flows if flow is not None])


def _version_errors(document: Json, at: str) -> Iterator[DocumentError]:
    if not isinstance(document, dict):
        return
    version = document.get(VERSION_KEY, NOTHING)
    if version is NOTHING:
        yield DocumentError(f"the key {brief(VERSION_KEY)} is missing; it says the version, {VERSION}", pointer=at)
    elif type(version) is not int or version != VERSION:
        text = f"expected {VERSION}, the version of the format that this unicall reads, got {brief(version)}"
        error = DocumentError(text, pointer=pointer(at, VERSION_KEY))
        if type(version) is int:
            raise error  # whatever else looks wrong may be right in that version
        yield error


def _read_flow(part: _Part, errors: list[DocumentError]) -> Flow | None:
    from cattrs import BaseValidationError

    document = part.document
    if isinstance(document, dict):
        errors.extend(_dangling(document, part.pointer))
        errors.extend(_misshapen(document, part.pointer))
        document = {name: value for name, value in document.items() if name != "subflows"}
    try:
        flow: Flow = _converter().structure(document, Flow)
    except (BaseValidationError, _Invalid) as error:
        errors.extend(_errors_of(error, part.pointer))
        return None
    return flow


def _dangling(document: Mapping[str, Json], at: str) -> Iterator[DocumentError]:
    """What leads to nodes that do not exist."""
    nodes = document.get("nodes", {})
    if not isinstance(nodes, dict):
        return
    leads = [(pointer(at, "start"), document.get("start"))]
    for node_id, node in nodes.items():
        exits = node.get("exits") if isinstance(node, dict) else None
        if isinstance(exits, dict):
            leads.extend((pointer(at, "nodes", node_id, "exits", label), to) for label, to in exits.items())
    for where, to in leads:
        if isinstance(to, str) and to not in nodes:
            yield DocumentError(f"there is no node {brief(to)}", pointer=where)


def _misshapen(document: Mapping[str, Json], at: str) -> Iterator[DocumentError]:
    """What carriers keep beyond the graph, where it is not kept as they do it."""
    nodes = document.get("nodes")
    parts = [(pointer(at, "nodes", name), node) for name, node in nodes.items()] if isinstance(nodes, dict) else []
    for where, part in [(at, document), *parts]:
        extras = part.get("extras") if isinstance(part, dict) else None
        for provider, kept in extras.items() if isinstance(extras, dict) else ():
            if isinstance(kept, dict):
                yield from misshapen(kept, pointer(where, "extras", provider))


def _subparts(part: _Part, index: int, errors: list[DocumentError]) -> Iterator[_Part]:
    subflows = part.document.get("subflows", {}) if isinstance(part.document, dict) else {}
    at = pointer(part.pointer, "subflows")
    if not isinstance(subflows, dict):
        errors.append(DocumentError(f"expected an object, got {brief(subflows)}", pointer=at))
        return
    if subflows and part.depth == _NESTED_AT_MOST:
        errors.append(DocumentError(f"flows can be nested {_NESTED_AT_MOST} deep, and no deeper", pointer=at))
        return
    for name, document in subflows.items():
        if isinstance(name, str):
            yield _Part(document, pointer(at, name), name, index, part.depth + 1)
        else:
            errors.append(DocumentError(f"the key {name!r} is no text", pointer=at))


def _assemble(parts: list[_Part], flows: list[Flow]) -> Flow:
    """Put the flows into each other, the innermost first."""
    below: dict[int, dict[str, Flow]] = {}
    for index in range(len(parts) - 1, -1, -1):
        inner = below.pop(index, {})
        if inner:
            flows[index] = evolve(flows[index], subflows=dict(reversed(inner.items())))
        below.setdefault(parts[index].above, {})[parts[index].name] = flows[index]
    return flows[0]


class _Invalid(Exception):  # noqa: N818
    """A value that cannot be read, and what is wrong, in words; ``step`` leads to the place below the value."""

    def __init__(self, text: str, step: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.step = step


def _wrong(expected: str, value: Json) -> _Invalid:
    return _Invalid(f"expected {expected}, got {brief(value)}")


def _errors_of(error: BaseException, at: str) -> Iterator[DocumentError]:
    """What cattrs found, each with its pointer. The notes that cattrs leaves are the steps of the path."""
    from cattrs import BaseValidationError, ClassValidationError, ForbiddenExtraKeysError

    if isinstance(error, _Invalid):
        yield DocumentError(error.text, pointer=at if error.step is None else pointer(at, error.step))
    elif isinstance(error, ForbiddenExtraKeysError):
        for name in sorted(map(str, error.extra_fields)):
            text = f"{error.cl.__name__} has no key {brief(name)}{_hint(name, _names(error.cl))}"
            yield DocumentError(text, pointer=pointer(at, name))
    elif isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            step = _step(inner)
            if isinstance(inner, KeyError) and isinstance(error, ClassValidationError):
                yield DocumentError(f"the key {brief(step)} is missing", pointer=at)
            else:
                yield from _errors_of(inner, at if step is None else pointer(at, step))
    else:
        raise error


def _step(error: BaseException) -> str | int | None:
    from cattrs import AttributeValidationNote, IterableValidationNote

    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return note.name
        if isinstance(note, IterableValidationNote):
            return note.index
    return None


def _hint(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {brief(near[0])}?" if near else ""


def _names(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


# How each type is read and written.


@cache
def _converter() -> Converter:
    """cattrs, taught the format. It coerces by nature, so every type gets a reader that does not."""
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True, omit_if_default=True)
    for scalar, read in _SCALARS.items():
        converter.register_structure_hook(scalar, read)
    converter.register_unstructure_hook(date, date.isoformat)
    for applies, reader, writer in _SHAPES:
        converter.register_structure_hook_factory(applies, lambda kind, reader=reader: reader(kind, converter))
        converter.register_unstructure_hook_factory(applies, lambda kind, writer=writer: writer(kind, converter))
    for union, tag in _UNIONS.values():
        _teach_union(converter, union, tag)
    return converter


def _teach_union(converter: Converter, union: Any, tag: str) -> None:
    from cattrs.strategies import configure_tagged_union

    configure_tagged_union(union, converter, tag_name=tag)
    members = {member.__name__: member for member in get_args(union)}
    read = _tagged_reader(converter.get_structure_hook(union), tag, members)
    write = _tagged_writer(converter.get_unstructure_hook(union), tag, members)
    meant = set(members.values())

    def applies(kind: Any) -> bool:
        return (kind is Node and union is _AnyNode) or (_is_union(kind) and set(get_args(kind)) - {type(None)} == meant)

    def reader(kind: Any) -> _Read:
        return _optional_reader(read) if type(None) in get_args(kind) else read

    def writer(kind: Any) -> _Write:
        return _optional_writer(write) if type(None) in get_args(kind) else write

    converter.register_structure_hook_factory(applies, reader)
    converter.register_unstructure_hook_factory(applies, writer)


def _tagged_reader(read: _Read, tag: str, members: Mapping[str, type]) -> _Read:
    def read_tagged(value: Json, kind: Any) -> Any:
        if not isinstance(value, dict):
            raise _wrong("an object", value)
        if tag not in value:
            raise _Invalid(f"the key {brief(tag)} is missing")
        name = value[tag]
        if not isinstance(name, str):
            raise _Invalid(f"expected text, got {brief(name)}", tag)
        if name not in members:
            known = _hint(name, members) or f"; there are {', '.join(members)}"
            raise _Invalid(f"there is no {tag} {brief(name)}{known}", tag)
        return read(value, kind)

    return read_tagged


def _tagged_writer(write: _Write, tag: str, members: Mapping[str, type]) -> _Write:
    known = frozenset(members.values())

    def write_tagged(value: Any) -> Json:
        if type(value) not in known:
            raise TypeError(f"{value!r} is not one of {', '.join(members)}")
        written = write(value)
        return {tag: written.pop(tag), **written}

    return write_tagged


def _text(value: Json, kind: Any) -> str:
    if isinstance(value, str):
        return value
    raise _wrong("text", value)


def _whole(value: Json, kind: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _wrong("a whole number", value)


def _number(value: Json, kind: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and (isinstance(value, int) or isfinite(value)):
        return value
    raise _wrong("a number", value)


def _flag(value: Json, kind: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong("true or false", value)


def _date(value: Json, kind: Any) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _wrong('a date like "2026-12-24"', value)


_SCALARS: Mapping[type, _Read] = {str: _text, int: _whole, float: _number, bool: _flag, date: _date}


def _as_it_is(value: Any) -> Json:
    return value


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _optional_reader(read: _Read) -> _Read:
    return lambda value, kind: None if value is None else read(value, kind)


def _optional_writer(write: _Write) -> _Write:
    return lambda value: None if value is None else write(value)


def _is_mixed(kind: Any) -> bool:
    """A union of a class, or of text, with None; or of text with one class."""
    return _is_union(kind) and len(set(get_args(kind)) - {type(None), str}) <= 1


def _mixed_reader(kind: Any, converter: Converter) -> _Read:
    members = [member for member in get_args(kind) if member is not type(None)]
    if len(members) == 1:
        inner: Any = converter.get_structure_hook(members[0])
        return lambda value, _: None if value is None else inner(value, members[0])
    of_class = next(member for member in members if member is not str)
    read: Any = converter.get_structure_hook(of_class)

    def read_mixed(value: Json, _: Any) -> Any:
        if isinstance(value, str):
            return value
        if not isinstance(value, dict):
            raise _wrong("text or an object", value)
        return read(value, of_class)

    return read_mixed


def _mixed_writer(kind: Any, converter: Converter) -> _Write:
    member = next((member for member in get_args(kind) if member not in (type(None), str)), str)
    write: _Write = converter.get_unstructure_hook(member)
    return lambda value: value if value is None or isinstance(value, str) else write(value)


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _literal_reader(kind: Any, converter: Converter) -> _Read:
    words = get_args(kind)
    known = {(type(word), word) for word in words}
    expected = f"one of {', '.join(map(brief, words))}"

    def read_word(value: Json, _: Any) -> Any:
        if not isinstance(value, (str, int)) or (type(value), value) not in known:
            raise _wrong(expected, value)
        return value

    return read_word


def _positive_reader(kind: Any, converter: Converter) -> _Read:
    def read_positive(value: Json, _: Any) -> int:
        if _whole(value, int) < 1:
            raise _wrong("a whole number of at least 1", value)
        return int(value)

    return read_positive


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _tuple_reader(kind: Any, converter: Converter) -> _Read:
    member = get_args(kind)[0]
    read: Any = converter.get_structure_hook(member)

    def read_array(value: Json, _: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _wrong("an array", value)
        return tuple(item for _, item in _read_each(enumerate(value), read, member))

    return read_array


def _tuple_writer(kind: Any, converter: Converter) -> _Write:
    write: _Write = converter.get_unstructure_hook(get_args(kind)[0])
    return lambda values: [write(value) for value in values]


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping


def _mapping_reader(kind: Any, converter: Converter) -> _Read:
    member = get_args(kind)[1]
    read: Any = converter.get_structure_hook(member)

    def read_mapping(value: Json, _: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong("an object", value)
        return dict(value) if member is Any else dict(_read_each(value.items(), read, member))

    return read_mapping


def _read_each(items: Iterable[tuple[Any, Json]], read: _Read, member: Any) -> list[tuple[Any, Any]]:
    """Read every item, and raise what is wrong with all of them together, as cattrs does."""
    from cattrs import BaseValidationError, IterableValidationError, IterableValidationNote

    found: list[tuple[Any, Any]] = []
    errors: list[Exception] = []
    for step, item in items:
        try:
            found.append((step, read(item, member)))
        except (BaseValidationError, _Invalid) as error:
            error.__notes__ = [IterableValidationNote("", step, member)]
            errors.append(error)
    if errors:
        raise IterableValidationError("", errors, tuple)
    return found


def _mapping_writer(kind: Any, converter: Converter) -> _Write:
    member = get_args(kind)[1]
    if member in (Any, str, float):
        return dict
    write: _Write = converter.get_unstructure_hook(member)
    return lambda values: {name: write(value) for name, value in values.items()}


def _object_reader(kind: Any, converter: Converter) -> _Read:
    from cattrs.gen import make_dict_structure_fn, override

    overrides: dict[str, Any] = {
        name: override(struct_hook=converter.get_structure_hook(narrow)) for (cls, name), narrow in _NARROWED.items() if cls is kind
    }
    if kind is Flow:
        overrides["subflows"] = override(omit=True)
    read: Any = make_dict_structure_fn(kind, converter, **overrides)

    def read_object(value: Json, _: Any) -> Any:
        if not isinstance(value, dict):
            raise _wrong("an object", value)
        return read(value, kind)

    return read_object


def _object_writer(kind: Any, converter: Converter) -> _Write:
    from cattrs.gen import make_dict_unstructure_fn, override

    overrides: dict[str, Any] = {"subflows": override(omit=True)} if kind is Flow else {}
    write: _Write = make_dict_unstructure_fn(kind, converter, _cattrs_omit_if_default=True, **overrides)
    order = _in_order(kind)

    def write_object(value: Any) -> Json:
        written = write(value)
        return {name: written[name] for name in order if name in written}

    return write_object


def _in_order(cls: type) -> tuple[str, ...]:
    """The fields of a class as they are written: where a node leads to comes after what it does."""
    return tuple(sorted(_names(cls), key=("exits", "extras").count))


#: The kinds of types, each with what makes its reader and its writer; a later one wins.
_SHAPES: tuple[tuple[Callable[[Any], bool], Callable[..., _Read], Callable[..., _Write]], ...] = (
    (has, _object_reader, _object_writer),
    (_is_mixed, _mixed_reader, _mixed_writer),
    (_is_literal, _literal_reader, lambda kind, converter: _as_it_is),
    (lambda kind: kind is _POSITIVE, _positive_reader, lambda kind, converter: _as_it_is),
    (_is_tuple, _tuple_reader, _tuple_writer),
    (_is_mapping, _mapping_reader, _mapping_writer),
    (lambda kind: kind is Any, lambda kind, converter: lambda value, _: value, lambda kind, converter: _as_it_is),
)


# The schema.


def schema() -> dict[str, Json]:
    """A JSON Schema (draft 2020-12) of the format, generated from the classes of the graph."""
    definitions: dict[str, Json] = {}
    flow = _object_schema(Flow, definitions)
    definitions["Flow"] = flow
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **flow,
        "title": "unicall flow",
        "properties": {
            VERSION_KEY: {"const": VERSION, "description": "The version of the format."},
            **flow["properties"],
        },
        "required": [VERSION_KEY, *flow.get("required", ())],
        "$defs": dict(sorted(definitions.items(), key=itemgetter(0))),
    }


def _object_schema(cls: type, definitions: dict[str, Json], tag: str | None = None) -> dict[str, Json]:
    """The schema of a class; ``tag`` is the key that tells it from the others of its union."""
    hints = get_type_hints(cls)
    properties: dict[str, Json] = {} if tag is None else {tag: {"const": cls.__name__}}
    required = [] if tag is None else [tag]
    for name in _in_order(cls):
        field = getattr(fields(cls), name)
        inner = _schema_of(_NARROWED.get((cls, name), hints[name]), definitions)
        if field.default is NOTHING:
            required.append(name)
        elif isinstance(field.default, (str, int, float)):
            inner = {**inner, "default": field.default}
        properties[name] = inner
    found: dict[str, Json] = {"title": cls.__name__, "description": _description(cls), "type": "object"}
    return found | {"properties": properties} | ({"required": required} if required else {}) | {"additionalProperties": False}


def _description(cls: type) -> str:
    """The docstring as plain sentences."""
    text = re.sub(r":\w+:`~?([^`]*)`", lambda role: f"`{role[1].rpartition('.')[2]}`", inspect.getdoc(cls) or "")
    return " ".join(text.replace("``", "`").split())


_SCALAR_SCHEMAS: Mapping[Any, Mapping[str, Json]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    _POSITIVE: {"type": "integer", "minimum": 1},
    Any: {},
}


def _schema_of(kind: Any, definitions: dict[str, Json]) -> dict[str, Json]:
    if kind in _SCALAR_SCHEMAS:
        return dict(_SCALAR_SCHEMAS[kind])
    arguments = get_args(kind)
    if _is_literal(kind):
        return {"enum": list(arguments)}
    if _is_tuple(kind):
        return {"type": "array", "items": _schema_of(arguments[0], definitions)}
    if _is_mapping(kind):
        return {"type": "object", "additionalProperties": _schema_of(arguments[1], definitions)}
    if _is_union(kind):
        return _union_schema(arguments, definitions)
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}  # stands here while the class is looked at, because a flow holds flows
        definitions[name] = _tagged_schema(name, definitions) if name in _UNIONS else _object_schema(kind, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _tagged_schema(name: str, definitions: dict[str, Json]) -> dict[str, Json]:
    union, tag = _UNIONS[name]
    return {"title": name, "oneOf": [_object_schema(member, definitions, tag) for member in get_args(union)]}


def _union_schema(arguments: tuple[Any, ...], definitions: dict[str, Json]) -> dict[str, Json]:
    members = [member for member in arguments if member is not type(None)]
    name = next((n for n, (union, _) in _UNIONS.items() if set(get_args(union)) == set(members)), None)
    if name is not None:
        if name not in definitions:
            definitions[name] = _tagged_schema(name, definitions)
        found: dict[str, Json] = {"$ref": f"#/$defs/{name}"}
    elif len(members) == 1:
        found = _schema_of(members[0], definitions)
    else:
        found = {"anyOf": [_schema_of(member, definitions) for member in members]}
    return found if len(members) == len(arguments) else _or_null(found)


def _or_null(found: dict[str, Json]) -> dict[str, Json]:
    if "enum" in found:
        return {**found, "enum": [*found["enum"], None]}
    if "type" in found:
        return {**found, "type": [found["type"], "null"]}
    return {"anyOf": [found, {"type": "null"}]}


# The native format as one more provider.


_EVERYTHING = Holds(places={}, joins=True, loops=True, overnight=True, caller_patterns=True)


@frozen
class _Native:
    """The adapter of the native format: it can say everything that a flow can."""

    name: str = "unicall"
    title: str = "unicall"
    defaults: Mapping[tuple[type[Node], str], Json] = Factory(dict)
    settings: Mapping[str, Setting] = Factory(dict)
    relatives: Mapping[str, Mapping[str, str]] = Factory(dict)

    def holds(self, form: Form) -> Holds:
        """Everything."""
        return _EVERYTHING

    def form(self, flow: Flow) -> Form:
        """There is one."""
        return "record"

    def unaccepted(self, form: Form) -> str | None:
        """No endpoint is expected to take it."""
        return None

    def refusals(self, document: Json, form: Form) -> Iterable[Refusal]:
        """Nothing is known."""
        return ()

    def unverified(self) -> bool:
        """No: the vendor publishes its names."""
        return False

    def repaired(self, text: str) -> str:
        """No defect is known that could be repaired."""
        return text

    def configured(self, given: Mapping[str, Json]) -> _Native:
        """Nothing is left open."""
        return self

    def leftover(self, key: str) -> Leftover | None:
        """Nothing: the format has no keys beside the facts of the graph."""
        return None

    def detect(self, document: Json) -> bool:
        """Whether this is an object with the version and a field of a flow, or a list of such."""
        if isinstance(document, list):
            return bool(document) and all(isinstance(item, dict) and self.detect(item) for item in document)
        return (
            isinstance(document, dict)
            and VERSION_KEY in document
            and (len(document) == 1 or any(name in document for name in _names(Flow)))
        )

    def records(self, document: Json) -> Iterator[tuple[str, Json]]:
        """The flow itself, or each of a list."""
        if isinstance(document, list):
            yield from ((pointer("", index), item) for index, item in enumerate(document))
        elif isinstance(document, dict):
            yield "", document
        else:
            raise DocumentError(f"expected a flow or an array of flows, got {brief(document)}")

    def parse(self, record: Json, pointer: str, log: Log) -> Reading:
        """A flow, or a DocumentError: a native document is right or refused, so there is nothing to log."""
        return Reading(flow=from_json(record, pointer), places=_places(record, pointer))

    def emit(self, flow: Flow, form: Form) -> Writing:
        """The document. There is one form."""
        document = to_json(flow)
        return Writing(document=document, places=_places(document, ""))


ADAPTER = _Native()


def _places(document: Json, at: str) -> Places:
    """Where the facts stand: nodes of a subflow are ``@<flow id>/<node id>``, the subflow itself is ``@<flow id>``."""
    places: dict[tuple[NodeId, str], str] = {}
    todo: list[tuple[str, Json, str]] = [("", document, at)]
    while todo:
        prefix, flow, base = todo.pop()
        own = prefix[:-1]
        places[own, ""] = base
        for name, value in flow.items():
            where = pointer(base, name)
            _spread(places, own, name, value, where)
            if name == "nodes":
                for node_id, node in value.items():
                    _spread(places, prefix + node_id, "", node, pointer(where, node_id))
            elif name == "subflows":
                todo.extend((f"{prefix}@{sub}/", inner, pointer(where, sub)) for sub, inner in value.items())
    return places


def _spread(places: dict[tuple[NodeId, str], str], holder: NodeId, path: str, value: Json, where: str) -> None:
    """Note this fact, and those inside it."""
    todo = [(path, path, value, where, 0)]
    while todo:
        path, name, value, where, depth = todo.pop()
        places[holder, path] = where
        if name in _OPAQUE or depth == _DEEPEST:
            continue
        steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, inner in steps:
            todo.append((f"{path}.{step}" if path else str(step), str(step), inner, pointer(where, step), depth + 1))
