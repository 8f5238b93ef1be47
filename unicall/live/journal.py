"""The journal of a plan: each step before and after it was done. SQLite, one file beside the plan, written ahead.

A step is ``begun`` (what was there and what is sent stands in the journal, and it may have been done), ``made`` (the account gave
an id), ``done`` (it was read back), and on the way back ``undoing`` and ``undone``. What is about to be sent is on the disk before
it is, together with all that was written before it. So when the power goes, at most the end of the last step is not known, and that
is looked for as after a lost answer; the end of the process alone takes nothing.

What surprises people: whoever opens a journal has it alone, until the end of the process however that comes. Nobody has to clear a
lock away.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal

from attrs import define, field, frozen

from unicall.problem import DocumentError, FlowError
from unicall.text import dumps, loads
from unicall.wire import Json

State = Literal["begun", "made", "done", "undoing", "undone"]
SUFFIX = ".journal"
SYNCHRONOUS = "full"  # what is about to be sent is on the disk before it is, even where the power goes
LATER = "normal"  # with the next that has to be
_SCHEMA = """
    create table if not exists facts (name text primary key, value text not null);
    create table if not exists steps (
        number integer primary key, what text not null, kind text not null, key text not null, flow text not null,
        state text not null, id text, was text, sent text, back text, began text, ended text
    );
"""
_COLUMNS = "number, what, kind, key, flow, state, id, was, sent, back"


@frozen(kw_only=True)
class Entry:
    """One step as the journal has it: ``was`` what was there, ``sent`` what was sent, ``back`` what was read afterwards."""

    number: int
    what: str
    kind: str
    key: str
    flow: str
    state: State = "begun"
    id: str | None = None
    was: Json = None
    sent: Json = None
    back: Json = None


def journal_of(plan: Path) -> Path:
    """Where the journal of a plan is."""
    return plan.with_name(plan.name + SUFFIX)


@define
class Journal:
    """An open journal. Use it in a ``with``."""

    path: Path
    _db: sqlite3.Connection = field(init=False, repr=False)

    @_db.default
    def _opened(self) -> sqlite3.Connection:
        try:
            db = sqlite3.connect(self.path, timeout=0, isolation_level=None)
            try:
                db.execute("pragma locking_mode = exclusive")
                db.execute("pragma journal_mode = wal")
                db.execute(f"pragma synchronous = {SYNCHRONOUS}")
                db.execute("begin exclusive")
                for statement in _SCHEMA.split(";"):
                    db.execute(statement)
                db.execute(f"select {_COLUMNS} from steps limit 0")  # noqa: S608
                db.execute("commit")
            except BaseException:
                db.close()
                raise
            return db
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise FlowError(f"{self.path} is in use: another unicall works on this plan") from None
            raise DocumentError(f"cannot be opened: {error}", source=str(self.path)) from None
        except sqlite3.DatabaseError:
            raise DocumentError("is no journal of unicall", source=str(self.path)) from None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._db.close()

    def fact(self, name: str) -> Json:
        """Something that holds for the whole plan, None where it was not told."""
        row = self._db.execute("select value from facts where name = ?", (name,)).fetchone()
        return None if row is None else loads(row[0])

    def tell(self, name: str, value: Json) -> None:
        """Say something that holds for the whole plan."""
        self._db.execute("insert or replace into facts values (?, ?)", (name, dumps(value, indent=False)))

    def entries(self) -> list[Entry]:
        """All steps that were begun, in their order."""
        rows = self._db.execute(f"select {_COLUMNS} from steps order by number")  # noqa: S608
        return [_entry(row) for row in rows]

    def left(self, key: str) -> Entry | None:
        """The last step of a document that was done."""
        sql = f"select {_COLUMNS} from steps where key = ? and state = 'done' order by number desc limit 1"  # noqa: S608
        row = self._db.execute(sql, (key,)).fetchone()
        return None if row is None else _entry(row)

    def others(self, number: int, kind: str) -> frozenset[str]:
        """The ids of this kind that other steps are known to have written."""
        rows = self._db.execute("select id from steps where kind = ? and number <> ? and id is not null", (kind, number))
        return frozenset(row[0] for row in rows)

    def begin(self, entry: Entry) -> None:
        """About to be sent. On the disk when this returns."""
        row = (entry.number, entry.what, entry.kind, entry.key, entry.flow, entry.id, _text(entry.was), _text(entry.sent), _now())
        self._write(
            "insert or replace into steps (number, what, kind, key, flow, state, id, was, sent, began)"
            " values (?, ?, ?, ?, ?, 'begun', ?, ?, ?, ?)",
            row,
            SYNCHRONOUS,
        )

    def made(self, number: int, known: str) -> None:
        """The account has it, under this id."""
        self._write("update steps set state = 'made', id = ? where number = ?", (known, number), LATER)

    def done(self, number: int, back: Json) -> None:
        """It was read back."""
        self._write("update steps set state = 'done', back = ?, ended = ? where number = ?", (_text(back), _now(), number), LATER)

    def mark(self, number: int, state: State) -> None:
        """On the way back. What is about to be undone is on the disk when this returns."""
        when = SYNCHRONOUS if state == "undoing" else LATER
        self._write("update steps set state = ?, ended = ? where number = ?", (state, _now(), number), when)

    def undone(self, key: str) -> None:
        """All steps of a document that was made, and is not there any more."""
        self._write("update steps set state = 'undone', ended = ? where key = ?", (_now(), key), LATER)

    def _write(self, statement: str, values: tuple[Json, ...], synchronous: str) -> None:
        self._db.execute(f"pragma synchronous = {'off' if SYNCHRONOUS == 'off' else synchronous}")
        self._db.execute(statement, values)


def _entry(row: tuple[Json, ...]) -> Entry:
    number, what, kind, key, flow, state, known, was, sent, back = row
    return Entry(
        number=number,
        what=what,
        kind=kind,
        key=key,
        flow=flow,
        state=state,
        id=known,
        was=_value(was),
        sent=_value(sent),
        back=_value(back),
    )


def _text(value: Json) -> str | None:
    return None if value is None else dumps(value, indent=False)


def _value(text: str | None) -> Json:
    return None if text is None else loads(text)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
