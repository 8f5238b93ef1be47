"""Recorded calls: who called when, who took the call, and how it ended.

They come as CSV, whose columns are named in :data:`COLUMNS`, or as the JSON answer of a carrier whose adapter
:class:`~unicall.adapter.KeepsCalls`.

What surprises people: a word for how a call ended that nobody knows is kept as it stands, and means nothing. A time without an
offset is UTC.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from io import StringIO
from math import isfinite
from typing import Literal, NoReturn, TypeAlias, TypeVar, get_args

from attrs import define, frozen

from unicall import adapter as adapters
from unicall.adapter import Adapter, KeepsCalls
from unicall.numbers import e164
from unicall.problem import DocumentError
from unicall.toml import did_you_mean
from unicall.wire import Json, brief

T = TypeVar("T")
Outcome: TypeAlias = Literal["answered", "no_answer", "busy", "failed", "voicemail", "abandoned", "transferred"]


@frozen
class CallRecord:
    """One recorded call.

    ``rang`` is who took it, as ``graph.text_of`` names a target; ``default_rang`` who was to ring first. ``caller`` and ``dialled``
    are E.164 with a plus where they are numbers, else the text as it was given. ``disposition`` is the carrier's own word,
    ``outcome`` what it means; None where nobody knows. ``flow`` is the carrier's id of the flow that the call came through. An
    ``outbound`` call came through none.
    """

    id: str | None
    started: datetime
    caller: str | None
    dialled: str | None
    rang: str | None
    disposition: str
    outcome: Outcome | None
    seconds: float | None
    flow: str | None
    default_rang: str | None
    outbound: bool = False


#: The columns of a CSV file: the names that one carrier's API gives these facts. Those that a replay needs are required.
COLUMNS = (
    "call_id", "call_started", "caller_id", "phone_number", "ring_to", "disposition", "duration", "provisioned_route_id",
    "default_ring_to", "is_outbound",
)  # fmt: skip
REQUIRED = ("call_started", "caller_id", "phone_number", "ring_to", "disposition")

_NATIONAL = re.compile(r"(?:\+?1)?([2-9][0-9]{9})")
_OUTCOMES: Mapping[str, Outcome] = {word: word for word in get_args(Outcome)}
_FLAGS = {"": False, "false": False, "0": False, "no": False, "true": True, "1": True, "yes": True}
_DELIMITERS = ",;\t"


def number_or_text(text: str | None) -> str | None:
    """A number as E.164 with a plus, any other text as it stands, None for none.

    >>> number_or_text("18015550142"), number_or_text("anonymous"), number_or_text(" ")
    ('+18015550142', 'anonymous', None)
    """
    if text is None:
        return None
    match = _NATIONAL.fullmatch(text)
    if match is not None:
        return f"+1{match[1]}"
    return (e164(text) or text) if text.strip() else None


def outcome_of(disposition: str) -> Outcome | None:
    """What a carrier's word for the end of a call means, where it is one of the plain ones in any spelling.

    >>> outcome_of("NO ANSWER"), outcome_of("TELEPORTED")
    ('no_answer', None)
    """
    return _OUTCOMES.get(disposition.strip().lower().replace(" ", "_").replace("-", "_"))


def moment(text: str) -> datetime | None:
    """A time in ISO 8601 as UTC; one without an offset is taken for UTC. None for text that is none, and for a day alone.

    >>> moment("2026-02-14T18:20:12.000Z").isoformat()
    '2026-02-14T18:20:12+00:00'
    """
    text = text.strip()
    try:
        found = datetime.fromisoformat(text) if len(text) > len("2026-02-14") else None
        found = found if found is None or 1 < found.year < 9999 else None
        return found and (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def read(document: Json, provider: str | None = None) -> tuple[CallRecord, ...]:
    """The calls of a carrier's answer (decoded JSON, or JSON text), or of CSV text. Raises DocumentError.

    ``provider``: whose answer it is; found out if not given. Text that starts like a JSON object or array is JSON.
    """
    from unicall.translation import decode

    if isinstance(document, str | bytes | bytearray | memoryview):
        text = _text_of(document)
        if not _is_json(text):
            return read_csv(text)
        document = decode(text)
    else:
        document = decode(document)
    return tuple(record for _, record in _keeper(document, provider).calls(document))


def _text_of(document: str | bytes | bytearray | memoryview) -> str:
    if isinstance(document, str):
        return document.removeprefix("\ufeff")
    try:
        return bytes(document).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}") from None


def _is_json(text: str) -> bool:
    """Whether this is meant as JSON: an object or an array; or a value alone, which no header of columns is."""
    start = text.lstrip()[:1]
    if start in ("", "{", "["):
        return True
    from unicall.wire import MISSING, loads_or_missing

    return len(text) < 1000 and loads_or_missing(text) is not MISSING


def _keeper(document: Json, provider: str | None) -> KeepsCalls:
    adapter: Adapter = adapters.find(adapters.detect(document) if provider is None else provider)
    if not isinstance(adapter, KeepsCalls):
        raise DocumentError(f"is a document of {adapter.name}, where unicall knows no recorded calls: {brief(document)}")
    return adapter


# CSV.


@define
class _Table:
    """A CSV file under way: its name, where each column stands, and what is wrong with it so far."""

    name: str
    columns: Mapping[str, int]
    errors: list[DocumentError]

    def cell(self, line: int, row: list[str], column: str, read: Callable[[str], T]) -> T | None:
        """What stands in a column; None where it is empty or cannot be read."""
        place = self.columns.get(column)
        text = "" if place is None else row[place].strip()
        if not text:
            return None
        try:
            return read(text)
        except ValueError as error:
            self.refuse(f"line {line}, column {column}: expected {error}, got {brief(text)}")
        return None

    def refuse(self, text: str) -> None:
        """Note what is wrong."""
        self.errors.append(DocumentError(text, source=self.name))

    def check(self) -> None:
        """Raise the first error, carrying the others."""
        if self.errors:
            first, *others = self.errors
            raise DocumentError(first.text, source=self.name, others=others)


def read_csv(text: str, name: str = "") -> tuple[CallRecord, ...]:
    """The calls of a CSV file with a line of column names. ``name`` is that of the file, for the messages. Raises DocumentError.

    Columns that nobody knows are passed over. Between columns stands a comma, a semicolon or a tab.
    """
    rows = _rows(text.removeprefix("\ufeff"), name)
    line, header = next(rows, (1, []))
    if not header:
        raise DocumentError("is empty", source=name)
    table = _Table(name, _columns(line, header, name), [])
    found = [_record(table, line, row) for line, row in rows if row and _is_whole(table, line, row, len(header))]
    table.check()
    return tuple(found)


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows, each with the line where it begins."""
    first = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first.count), strict=True)
    line = 1
    try:
        for row in reader:
            if row or line > 1:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise DocumentError(f"line {line}: is not CSV: {error}", source=name) from None


def _columns(line: int, header: list[str], name: str) -> Mapping[str, int]:
    """Where each column stands. Raises DocumentError where one that is required is missing, or stands twice."""
    names = [column.strip() for column in header]
    table = _Table(name, {column: place for place, column in enumerate(names)}, [])
    for column in REQUIRED:
        if column not in names:
            strange = [one for one in names if one not in COLUMNS and one]
            table.refuse(f"line {line}: has no column {column}{did_you_mean(column, strange)}")
    for column in COLUMNS:
        if names.count(column) > 1:
            table.refuse(f"line {line}: has the column {column} {names.count(column)} times")
    table.check()
    return table.columns


def _is_whole(table: _Table, line: int, row: list[str], columns: int) -> bool:
    if len(row) != columns:
        table.refuse(f"line {line}: has {len(row)} columns, where the first line names {columns}")
    return len(row) == columns


def _record(table: _Table, line: int, row: list[str]) -> CallRecord:
    disposition = table.cell(line, row, "disposition", str) or ""
    return CallRecord(
        id=table.cell(line, row, "call_id", str),
        started=_started(table, line, row),
        caller=table.cell(line, row, "caller_id", number_or_text),
        dialled=table.cell(line, row, "phone_number", number_or_text),
        rang=table.cell(line, row, "ring_to", number_or_text),
        disposition=disposition,
        outcome=outcome_of(disposition),
        seconds=table.cell(line, row, "duration", _seconds),
        flow=table.cell(line, row, "provisioned_route_id", str),
        default_rang=table.cell(line, row, "default_ring_to", number_or_text),
        outbound=table.cell(line, row, "is_outbound", _flag) or False,
    )


def _started(table: _Table, line: int, row: list[str]) -> datetime:
    """When it started. The file is refused where that is not said, so that what is returned then does not matter."""
    if not row[table.columns["call_started"]].strip():
        table.refuse(f"line {line}, column call_started: is empty")
    return table.cell(line, row, "call_started", _time) or datetime.min.replace(tzinfo=UTC)


def _time(text: str) -> datetime:
    return moment(text) or _wrong("a time in ISO 8601")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        _wrong("seconds")
    return (int(value) if value.is_integer() else value) if isfinite(value) and value >= 0 else _wrong("seconds")


def _flag(text: str) -> bool:
    return _FLAGS[text.lower()] if text.lower() in _FLAGS else _wrong("true or false")


def _wrong(expected: str) -> NoReturn:
    raise ValueError(expected)
