"""JSON text in and out, with the place where it breaks.

orjson is fast and strict, and refuses text nested deeper than 1024; what it refuses is scanned here once more, only to say
where: the line, the column and the JSON pointer.

What surprises people: a key that stands twice in one object is JSON, and every decoder keeps the last alone. Here it is refused.
Text that lost a member when it was decoded does not come back when it is written again. Text in another style does not either, so
its colons are counted, and only where some are missing are the keys compared.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import isinf

import orjson

from unicall.problem import DocumentError
from unicall.wire import Json, pointer

_HUGE = re.compile(r'"(?:[^"\\]|\\.)*+"|(-?\d++(?:\.\d++)?[eE]\+?\d{3,})')  # a number; or a string, in which there is none
_LONG = re.compile(r"\d{19}")  # orjson turns integers beyond 64 bits into floats
#: The same found fast: what can stand before a number is a colon, digits are zeros, and the rest does not matter.
_OUTLINE = bytes(ord(":" if byte in b":,[- \t\r\n" else "0" if byte in b"0123456789" else "x") for byte in range(256))
_LONG_NUMBER = b":" + b"0" * 19


def loads(raw: str | bytes | bytearray | memoryview) -> Json:
    """JSON text, decoded. Raises DocumentError for text that is empty, broken off, not UTF-8 or not JSON,
    or that says a key twice in one object.
    """
    data = raw.encode(errors="surrogatepass") if isinstance(raw, str) else bytes(raw)
    with suppress(orjson.JSONDecodeError):
        value = orjson.loads(data)
        if _is_as_written(value, data):
            return value
        if _LONG_NUMBER not in b":" + data.translate(_OUTLINE):
            return _refuse_twins(value, data)
    return _loads_with_care(raw if isinstance(raw, str) else _text_of(data))


def _is_as_written(value: Json, data: bytes) -> bool:
    """Whether the text is just what is written for its value, as most is: then no member was lost, and no number rounded."""
    style = orjson.OPT_INDENT_2 if data[1:2] == b"\n" else 0
    style |= orjson.OPT_APPEND_NEWLINE if data[-1:] == b"\n" else 0
    try:
        return orjson.dumps(value, option=style) == data
    except orjson.JSONEncodeError:
        return False


def _refuse_twins(value: Json, data: bytes) -> Json:
    """The value. Raises DocumentError where a key stands twice in one object."""
    if b"\\u003" not in data:
        with suppress(orjson.JSONEncodeError):
            if orjson.dumps(value).count(b":") == data.count(b":"):
                return value
    with suppress(RecursionError):
        _refuse_twins_in(json.loads(data, object_pairs_hook=_Pairs))
    return value


class _Pairs(list[tuple[str, Json]]):
    """The members of an object, as they stand."""


def _refuse_twins_in(document: Json) -> None:
    twins: list[DocumentError] = []
    todo: list[tuple[str, Json]] = [("", document)]
    while todo:
        at, value = todo.pop()
        pairs = value if isinstance(value, _Pairs) else list(enumerate(value)) if isinstance(value, list) else []
        times = Counter(key for key, _ in pairs)
        twins += [DocumentError("stands twice in one object", pointer=pointer(at, key)) for key, n in times.items() if n > 1]
        todo += [(pointer(at, key), inner) for key, inner in reversed(pairs) if isinstance(inner, list)]
    if twins:
        first, *others = twins
        raise DocumentError(first.text, pointer=first.pointer, others=others)


def _text_of(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError("is not UTF-8 text: it starts like UTF-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"is not UTF-8 text: byte {error.start} is {data[error.start]:#04x}") from None


def _loads_with_care(text: str) -> Json:
    """Text that orjson refuses, or whose numbers it would round."""
    if not text.strip():
        raise DocumentError("is empty")
    for huge in _HUGE.finditer(text):
        if huge[1] and isinf(float(huge[1])) and text[: huge.start(1)].rstrip().endswith((":", ",", "[")):
            raise DocumentError(f"holds a number that is too large: {huge[1]:.20}", pointer=place(text, huge.start(1)))
    try:
        value = json.loads(text) if _LONG.search(text) else orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _second_look(text, error)
    except (ValueError, RecursionError):
        return loads_strictly(text)
    return _refuse_twins(value, text.encode(errors="surrogatepass"))


def loads_repaired(
    raw: str | bytes | bytearray | memoryview, repairs: Iterable[Callable[[str], str]]
) -> tuple[Json, DocumentError | None]:
    """The same, and what was wrong with the text, where it is no JSON but one of these knows how to mend it."""
    try:
        return loads(raw), None
    except DocumentError as error:
        text = raw if isinstance(raw, str) else bytes(raw).decode("utf-8-sig", errors="replace")
        for repair in repairs:
            mended = repair(text)
            if mended != text:
                with suppress(DocumentError):
                    return loads(mended), error
        raise


def loads_strictly(text: str) -> Json:
    """What the standard library could not read either: refused in the words of the strict reader."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _second_look(text, error)


def _second_look(text: str, error: orjson.JSONDecodeError) -> Json:
    """Numbers beyond 64 bits are fine elsewhere; anything else is refused with its place."""
    if "number" in str(error) or "surrogate" in str(error).lower():
        try:
            value = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            pass
        else:
            return _refuse_twins(value, text.encode(errors="surrogatepass"))
    line = text.count("\n", 0, error.pos) + 1
    column = error.pos - (text.rfind("\n", 0, error.pos) + 1) + 1
    if "ecursion" in str(error) or "depth limit" in str(error):
        raise DocumentError("is nested deeper than 1024 levels", pointer=place(text, len(text), 20)) from None
    hint = _missing_comma(text, error.pos)
    what = str(error.msg).rstrip(".")
    raise DocumentError(f"is not JSON: {what} (line {line}, column {column}){hint}", pointer=place(text, error.pos)) from None


def _refuse_constant(name: str) -> Json:
    raise ValueError(name)


def _missing_comma(text: str, position: int) -> str:
    before, after = text[:position].rstrip(), text[position : position + 1]
    return "; a comma is missing before it" if before.endswith(("]", "}", '"')) and after == '"' else ""


def place(text: str, position: int, deepest: int = 1024) -> str:
    """The JSON pointer of what stands at a position of a text, as far as the text is JSON up to there."""
    steps: list[str | int] = []
    stack: list[str] = []
    key: str | None = None
    index = 0
    while index < position and len(stack) <= deepest:
        char = text[index]
        if char == '"':
            end = _end_of_string(text, index)
            if stack and stack[-1] == "{" and key is None:
                key = _unquoted(text[index : end + 1])
                steps[-1] = key
            index = end
        elif char in "{[":
            stack.append(char)
            steps.append("" if char == "{" else 0)
            key = None
        elif char in "}]" and stack:
            stack.pop()
            steps.pop()
            key = "" if stack and stack[-1] == "{" else None
        elif char == "," and stack:
            last = steps[-1]
            if isinstance(last, int):
                steps[-1] = last + 1
            key = None
        index += 1
    while steps and steps[-1] == "":
        steps.pop()
    return pointer("", *steps[:deepest])


def _unquoted(quoted: str) -> str:
    try:
        key: str = json.loads(quoted)
    except ValueError:
        return quoted.strip('"')
    return key


def _end_of_string(text: str, start: int) -> int:
    index = start + 1
    while index < len(text) and text[index] != '"':
        index += 2 if text[index] == "\\" else 1
    return index


def dumps(value: Json, *, indent: bool = True) -> str:
    """JSON text of a value, keys in their order, with a newline at the end when indented. Raises DocumentError when too deep."""
    try:
        if indent:
            return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
        return orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, RecursionError):
        pass
    try:
        return json.dumps(value, indent=2 if indent else None, ensure_ascii=False) + ("\n" if indent else "")
    except RecursionError:
        raise DocumentError("is nested too deep to be written as text") from None
    except (TypeError, ValueError) as error:
        raise DocumentError(f"holds something that is no JSON: {error}") from None
