"""Reading and writing a vendor's JSON object without losing a leaf.

A vendor fact is declared once, as a :class:`Key` with a :class:`Codec`, and used in both directions.
A :class:`Cursor` walks the vendor's object: it converts, supplies every JSON pointer, collects problems, and remembers
what nobody read. What it remembers is the object's *shape*, a JSON object kept in the extras of a node:

    order   the names of all keys, as they stood
    rest    the keys that nobody read, verbatim
    odd     keys that were read but are spelled in another way than they would be written ("20" for 20, an explicit null)
    in      the shapes of inner objects, by name

:func:`write` puts facts and shape together again. Two things surprise people: JSON ``true`` equals 1 in Python, so
comparisons go through :func:`same`; and kept text is written back only where decoding it gives the very fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any, Generic, TypeAlias, TypeVar

from attrs import define, field, frozen

from unicall.problem import DocumentError, Problem
from unicall.problem import brief as brief

Json: TypeAlias = Any  # a JSON value; the one place where Any is meant
T = TypeVar("T")
S = TypeVar("S")


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


class Wrong(Exception):  # noqa: N818
    """Raised by a codec: the value has a type that this key cannot have. ``expected`` says what it can."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


class Strange(Exception):  # noqa: N818
    """Raised by a codec: the type is right, but nobody knows what this value means. ``expected`` says what is known."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


@frozen
class Codec(Generic[T]):
    """How one vendor value is read and written. ``decode`` raises :class:`Wrong` or :class:`Strange`.

    ``read`` decodes as well, and says whether the value stands as it would be written.
    """

    decode: Callable[[Json], T]
    encode: Callable[[T], Json]
    read: Callable[[Json], tuple[T, bool]] = field(kw_only=True, eq=False, repr=False)

    @read.default
    def _read(self) -> Callable[[Json], tuple[T, bool]]:
        decode, encode = self.decode, self.encode

        def read(raw: Json) -> tuple[T, bool]:
            value = decode(raw)
            written = value if encode is verbatim else encode(value)
            return value, written is raw or same(written, raw)

        return read


@frozen
class Key(Generic[T]):
    """A vendor's key, its codec, and what absence (or null) means. ``always``: written into objects that unicall makes.

    ``step`` is the key as the last step of a JSON pointer.
    """

    name: str
    codec: Codec[T]
    default: T
    always: bool = False
    step: str = field(init=False, eq=False, repr=False)

    @step.default
    def _step(self) -> str:
        return pointer("", self.name)


def same(a: Json, b: Json) -> bool:
    """JSON equality, types before values, the order of keys apart. Never recurses."""
    if not isinstance(a, (dict, list)):
        return a is b or (type(a) is type(b) and bool(a == b))
    todo: list[tuple[Json, Json]] = [(a, b)]
    while todo:
        left, right = todo.pop()
        if left is right:
            continue
        if type(left) is not type(right):
            return False
        if isinstance(left, dict):
            if left.keys() != right.keys():
                return False
            todo.extend((left[key], right[key]) for key in left)
        elif isinstance(left, list):
            if len(left) != len(right):
                return False
            todo.extend(zip(left, right, strict=True))
        elif left != right:
            return False
    return True


def pointer(base: str, *steps: str | int) -> str:
    """A JSON pointer (RFC 6901) below ``base``.

    >>> pointer("/a", "b/c", 0)
    '/a/b~1c/0'
    """
    for step in steps:
        base = below(base, step if isinstance(step, str) else str(step))
    return base


def below(base: str, key: str) -> str:
    """The JSON pointer of a key below ``base``."""
    return f"{base}/{key.replace('~', '~0').replace('/', '~1')}" if "/" in key or "~" in key else f"{base}/{key}"


class Log:
    """Collects what reading a document brings up: problems that the caller decides about, and errors that refuse it."""

    __slots__ = ("errors", "problems")

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.errors: list[DocumentError] = []

    def add(self, code: str, at: str, value: Json = None, node: str = "", **words: object) -> None:
        """Note a problem at a pointer."""
        self.problems.append(Problem(code, at, value, node=node, words=words))

    def refuse(self, at: str, text: str) -> None:
        """Note that the document cannot be read at a pointer."""
        self.errors.append(DocumentError(text, pointer=at))

    def check(self) -> None:
        """Raise the first error, carrying all others and the problems seen so far."""
        if self.errors:
            first = self.errors[0]
            raise DocumentError(first.text, pointer=first.pointer, others=self.errors[1:], problems=self.problems)


class Cursor:
    """One vendor object on its way in."""

    __slots__ = ("_inner", "_odd", "_read", "log", "pointer", "raw")

    def __init__(self, raw: Mapping[str, Json], at: str, log: Log) -> None:
        self.raw = raw
        self.pointer = at
        self.log = log
        self._read: set[str] = set()
        self._odd: dict[str, Json] = {}
        self._inner: dict[str, Cursor | list[Cursor]] = {}

    def take(self, key: Key[T]) -> T:
        """The fact under this key, its default where it is absent, null or unusable (then a problem says so)."""
        name = key.name
        raw = self.raw.get(name, MISSING)
        if raw is MISSING:
            return key.default
        self._read.add(name)
        if raw is None:
            self._odd[name] = None
            return key.default
        try:
            value, is_plain = key.codec.read(raw)
        except Wrong as wrong:
            self.log.refuse(self.pointer + key.step, f"expected {wrong.expected}, got {brief(raw)}")
        except Strange as strange:
            self.log.add("UC101", self.pointer + key.step, raw, key=name, expected=strange.expected)
        else:
            if not is_plain:
                self._odd[name] = raw
            return value
        self._odd[name] = raw
        return key.default

    def at(self, key: Key[Any] | str, *more: str | int) -> str:
        """The pointer of one of this object's keys, present or not."""
        at = pointer(self.pointer, key) if isinstance(key, str) else self.pointer + key.step
        return pointer(at, *more) if more else at

    def has(self, key: Key[Any] | str) -> bool:
        """Whether the key is there with something in it (not null)."""
        return self.raw.get(key if isinstance(key, str) else key.name) is not None

    def warn(self, code: str, key: Key[Any] | str, node: str = "", **words: object) -> None:
        """Note a problem at one of this object's keys."""
        name = key if isinstance(key, str) else key.name
        self.log.add(code, pointer(self.pointer, name), self.raw.get(name), node=node, **words)

    def object(self, name: str) -> Cursor | None:
        """The inner object under this key; None where it is absent or null."""
        raw = self.raw.get(name)
        if raw is None:
            if name in self.raw:
                self._read.add(name)
                self._odd[name] = None
            return None
        self._read.add(name)
        if not isinstance(raw, dict):
            self.log.refuse(pointer(self.pointer, name), f"expected an object, got {brief(raw)}")
            return None
        cursor = self._inner[name] = Cursor(raw, below(self.pointer, name), self.log)
        return cursor

    def objects(self, name: str) -> list[Cursor]:
        """The inner objects of the array under this key; empty where it is absent or null."""
        raw = self.raw.get(name)
        if raw is None:
            if name in self.raw:
                self._read.add(name)
                self._odd[name] = None
            return []
        self._read.add(name)
        if not isinstance(raw, list):
            self.log.refuse(pointer(self.pointer, name), f"expected an array of objects, got {brief(raw)}")
            return []
        base = below(self.pointer, name)
        cursors = []
        for index, item in enumerate(raw):
            if isinstance(item, dict):
                cursors.append(Cursor(item, f"{base}/{index}", self.log))
            else:
                self.log.refuse(f"{base}/{index}", f"expected an object, got {brief(item)}")
        return cursors

    def inner(self, name: str, items: list[Cursor]) -> None:
        """Keep the shapes of these objects, whose facts are rebuilt one by one."""
        if items:
            self._inner[name] = items

    def forget(self, name: str) -> None:
        """Keep no shape of this inner object: it is a fact as a whole."""
        self._inner.pop(name, None)

    def seen(self, *names: str) -> None:
        """Mark keys as read that are rebuilt in another way."""
        for name in names:
            if name in self.raw:
                self._read.add(name)

    def keep(self, key: Key[Any] | str) -> None:
        """Keep this key's text as it stands, for writing back where it still says the same."""
        name = key if isinstance(key, str) else key.name
        if name in self.raw:
            self._read.add(name)
            self._odd[name] = self.raw[name]

    def shape(self) -> dict[str, Json]:
        """What the object holds beyond the facts that were taken from it. Call it last."""
        raw, read = self.raw, self._read
        shape: dict[str, Json] = {"order": list(raw)}
        if len(read) < len(raw):
            shape["rest"] = rest = {}
            for name in raw:
                if name not in read:
                    rest[name] = raw[name]
        if self._odd:
            shape["odd"] = self._odd
        if self._inner:
            shape["in"] = shapes = {}
            for name, inner in self._inner.items():
                shapes[name] = inner.shape() if isinstance(inner, Cursor) else [cursor.shape() for cursor in inner]
        return shape


@define(eq=False)
class Put:
    """One key on its way out: the fact, and how it would be written."""

    name: str
    value: Any
    raw: Json
    default: Any
    always: bool
    decode: Callable[[Json], Any] | None


def put(key: Key[T], value: T, *, always: bool | None = None) -> Put:
    """This fact under this key. A None is never written, a default only into new objects and only when ``always``."""
    raw = None if value is None else key.codec.encode(value)
    return Put(key.name, value, raw, key.default, key.always if always is None else always, key.codec.decode)


def put_json(name: str, raw: Json, *, always: bool = False) -> Put:
    """JSON that was built already. None, an empty object and an empty array count as nothing."""
    return Put(name, raw, raw, MISSING if raw or (raw is not None and not isinstance(raw, (dict, list))) else None, always, None)


def write(puts: Iterable[Put], shape: Mapping[str, Json] | None) -> dict[str, Json]:
    """The vendor's object: facts first, in the order and spelling that the shape remembers, then what it kept."""
    if shape is None:
        return _made(puts)
    out: dict[str, Json] = {}
    known = {fact.name: fact for fact in puts}
    rest: Mapping[str, Json] = shape.get("rest") or {}
    odd: Mapping[str, Json] = shape.get("odd") or {}
    for name in shape.get("order") or ():
        found = known.pop(name, None)
        if found is None:
            if name in rest:
                out[name] = rest[name]
            elif name in odd:
                out[name] = odd[name]
        elif name in odd and _says(odd[name], found):
            out[name] = odd[name]
        elif name in rest and (found.raw is None or _is_default(found)):
            out[name] = rest[name]
        elif found.raw is not None:
            out[name] = found.raw
    for fact in known.values():
        if fact.raw is not None and not _is_default(fact):
            out[fact.name] = fact.raw
    return out


def misshapen(shape: Json, at: str) -> Iterator[DocumentError]:
    """What in a shape, and in the shapes inside it, is not as ``write`` reads it. Never recurses."""
    todo: list[tuple[str, Json]] = [(at, shape)]
    while todo:
        where, part = todo.pop()
        if not isinstance(part, dict):
            yield DocumentError(f"expected an object, got {brief(part)}", pointer=where)
            continue
        order = part.get("order") or []
        if not isinstance(order, list) or not all(isinstance(name, str) for name in order):
            yield DocumentError(f"expected a list of keys, got {brief(order)}", pointer=pointer(where, "order"))
        for name in ("rest", "odd", "in"):
            if not isinstance(part.get(name) or {}, dict):
                yield DocumentError(f"expected an object, got {brief(part[name])}", pointer=pointer(where, name))
        todo.extend(_shapes_inside(part, where))


def _shapes_inside(shape: Mapping[str, Json], at: str) -> Iterator[tuple[str, Json]]:
    inside = shape.get("in")
    for name, inner in inside.items() if isinstance(inside, dict) else ():
        if isinstance(inner, list):
            yield from ((pointer(at, "in", name, index), one) for index, one in enumerate(inner) if one is not None)
        elif inner is not None:
            yield pointer(at, "in", name), inner


def _made(puts: Iterable[Put]) -> dict[str, Json]:
    """An object that was not there before."""
    out: dict[str, Json] = {}
    for fact in puts:
        if fact.raw is not None and (fact.always or not _is_default(fact)):
            out[fact.name] = fact.raw
    return out


def _is_default(fact: Put) -> bool:
    if fact.decode is None:
        return fact.default is None
    return type(fact.value) is type(fact.default) and bool(fact.value == fact.default)


def _says(kept: Json, fact: Put) -> bool:
    """Whether this kept spelling still says the fact."""
    if kept is None:
        return _is_default(fact) or fact.value is None
    if fact.decode is None:
        return fact.default is None and kept in ({}, [], "")
    try:
        decoded = fact.decode(kept)
    except (Wrong, Strange):
        return _is_default(fact) or fact.value is None
    return type(decoded) is type(fact.value) and bool(decoded == fact.value)


def leaves(value: Json, at: str = "") -> Iterator[tuple[str, Json]]:
    """Every leaf of a JSON value with its pointer; an empty object or array is a leaf."""
    todo: list[tuple[str, Json]] = [(at, value)]
    while todo:
        where, item = todo.pop()
        if isinstance(item, dict) and item:
            todo.extend((pointer(where, key), item[key]) for key in reversed(item))
        elif isinstance(item, list) and item:
            todo.extend((pointer(where, index), item[index]) for index in range(len(item) - 1, -1, -1))
        else:
            yield where, item


# Codecs that any vendor may need.


def _text(raw: Json) -> str:
    if not isinstance(raw, str):
        raise Wrong("text")
    return raw


def _integer(raw: Json) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    if isinstance(raw, str) and raw.strip().lstrip("-").isdecimal() and raw.isascii() and len(raw) < 40:
        try:
            return int(raw)
        except ValueError:
            raise Strange("a whole number") from None
    raise Strange("a whole number") if isinstance(raw, str) else Wrong("a whole number")


def _number(raw: Json) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise Wrong("a number")
    try:
        value = raw if not isinstance(raw, str) else float(raw) if not raw.strip().lstrip("-").isdecimal() else int(raw)
        if isfinite(value):
            return value
    except (ValueError, OverflowError):
        pass
    raise Strange("a number")


def _flag(raw: Json) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in ("true", "false"):
        return bool(raw == "true")
    raise Strange("true or false") if isinstance(raw, (str, int)) else Wrong("true or false")


def verbatim(value: Json) -> Json:
    """A fact that is written just as it is."""
    return value


text: Codec[str] = Codec(_text, verbatim)
integer: Codec[int] = Codec(_integer, verbatim)
number: Codec[float] = Codec(_number, verbatim)
flag: Codec[bool] = Codec(_flag, verbatim)
anything: Codec[Json] = Codec(verbatim, verbatim)


def remembered(codec: Codec[T], most: int = 4096) -> Codec[T]:
    """The same codec, which remembers the last short texts and whole numbers that it read. For facts that never change."""
    known = lru_cache(most, typed=True)(codec.read)

    def read(raw: Json) -> tuple[T, bool]:
        short = len(raw) <= 64 if isinstance(raw, str) else isinstance(raw, int)
        return known(raw) if short else codec.read(raw)

    return Codec(lambda raw: read(raw)[0], codec.encode, read=read)


def optional(codec: Codec[T]) -> Codec[T | None]:
    """The same codec for a fact that may be absent (None is never encoded)."""
    return codec  # type: ignore[return-value]


def one_of(names: Mapping[str | int, S]) -> Codec[S]:
    """A vendor's closed words and what they mean, declared one way, inverted by machine; refused unless one-to-one."""
    known = {(type(word), word): meaning for word, meaning in names.items()}
    words = {meaning: word for word, meaning in names.items()}
    if len(words) != len(names):
        raise ValueError(f"not one-to-one: {names}")
    expected = "one of " + ", ".join(brief(word) for word in names)

    def decode(raw: Json) -> S:
        if isinstance(raw, (dict, list, bool)):
            raise Wrong(expected)
        if (type(raw), raw) not in known:
            raise Strange(expected)
        return known[type(raw), raw]

    return Codec(decode, lambda meaning: words[meaning])


def array_of(codec: Codec[T]) -> Codec[tuple[T, ...]]:
    """An array of such values, as a tuple."""

    def decode(raw: Json) -> tuple[T, ...]:
        if not isinstance(raw, list):
            raise Wrong("an array")
        return tuple(codec.decode(item) for item in raw)

    return Codec(decode, lambda values: [codec.encode(value) for value in values])


def scaled(codec: Codec[float], by: int) -> Codec[float]:
    """A number in the vendor's unit, ``by`` of which make one of ours."""

    def decode(raw: Json) -> float:
        try:
            value = codec.decode(raw) / by
        except OverflowError:
            raise Strange("a smaller number") from None
        return int(value) if value == int(value) else value

    def encode(value: float) -> float:
        raw = value * by
        return int(raw) if raw == int(raw) else raw

    return Codec(decode, encode)


def resolve(document: Json, at: str) -> Json:
    """What stands at a JSON pointer; it may go on inside a string that holds JSON. MISSING where there is nothing."""
    value = document
    for step in at.split("/")[1:]:
        value = inside(value, step)
    return value


def copied(value: Json) -> Json:
    """The same JSON in objects and arrays of its own, however deep."""
    out: list[Json] = [None]
    todo: list[tuple[Any, Any, Json]] = [(out, 0, value)]
    while todo:
        holder, key, item = todo.pop()
        if isinstance(item, (dict, list)):
            holder[key] = dict.fromkeys(item) if isinstance(item, dict) else [None] * len(item)
            todo.extend((holder[key], at, one) for at, one in (item.items() if isinstance(item, dict) else enumerate(item)))
        else:
            holder[key] = item
    return out[0]


class Lookup:
    """A document in which many places are looked up: what a place stands in is found once for all that stands there."""

    __slots__ = ("_found", "_holders", "document")

    def __init__(self, document: Json) -> None:
        self.document = document
        self._holders: dict[str, Json] = {}
        self._found: dict[str, Json] = {"": document}

    def at(self, at: str) -> Json:
        """What stands at a JSON pointer; see :func:`resolve`."""
        if at not in self._found:
            self._found[at] = self._resolved(at)
        return self._found[at]

    def _resolved(self, at: str) -> Json:
        known, _, last = at.rpartition("/")
        steps: list[str] = []
        while known and known not in self._holders:
            known, _, step = known.rpartition("/")
            steps.append(step)
        holder = self._holders[known] if known else self.document
        for step in reversed(steps):
            known = f"{known}/{step}"
            holder = inside(holder, step)
            holder = self._holders[known] = loads_or_missing(holder) if isinstance(holder, str) else holder
        return inside(holder, last)

    def nearest(self, at: str) -> str:
        """The pointer itself where something stands there, else that of the nearest object around it."""
        while at and self.at(at) is MISSING:
            at = at.rpartition("/")[0]
        return at


def inside(value: Json, step: str) -> Json:
    """What stands one step of a JSON pointer further down."""
    if isinstance(value, str):
        value = loads_or_missing(value)
    if isinstance(value, dict):
        return value.get(step.replace("~1", "/").replace("~0", "~") if "~" in step else step, MISSING)
    if isinstance(value, list) and step.isascii() and step.isdecimal() and len(step) < 10 and int(step) < len(value):
        return value[int(step)]
    return MISSING


def loads_or_missing(text: str) -> Json:
    """JSON text, decoded; MISSING where it is none."""
    from unicall.text import loads

    try:
        return loads(text)
    except DocumentError:
        return MISSING
