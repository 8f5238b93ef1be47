"""What the accounts of a sandbox hold: documents as JSON text, and tokens, in one SQLite file or in memory.

What surprises people: a document comes back with its keys in the order in which they were put, and kinds that begin with ``_`` (the
credentials, counters, what was deleted) are the server's own: they are no documents of the account, and no dump shows them.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

TABLES = """
create table if not exists documents (
    provider text, account text, kind text, id text, document text not null, primary key (provider, account, kind, id)
);
create table if not exists tokens (
    token text primary key, provider text, account text, kind text, until real, about text not null
);
"""
MAIN = "main"
CREDENTIALS, COUNTERS = "_credentials", "_counters"


def text(document: Any) -> str:
    """A JSON value as it is kept. Raises ValueError for what JSON cannot say."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Store:
    """The accounts of all vendors. May be used by several threads; ``clock`` tells the seconds since 1970."""

    def __init__(self, path: str = ":memory:", clock: Callable[[], float] = time.time, token_life: float | None = None) -> None:
        self.clock = clock
        self.token_life = token_life
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.executescript(TABLES)

    def shelf(self, provider: str) -> Shelf:
        """The part of the store that is one vendor's."""
        return Shelf(self, provider)

    def rows(self, sql: str, *values: str | float | None) -> list[tuple[Any, ...]]:
        """Run one statement."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


class Shelf:
    """One vendor's account: what its sandbox works with."""

    def __init__(self, store: Store, provider: str) -> None:
        self.store = store
        self.provider = provider
        self._asked: dict[str, list[float]] = {}
        self._read: dict[str, dict[str, tuple[str, Any]]] = {}

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self.store.clock()

    def get(self, kind: str, key: str) -> Any:
        """A document, or None."""
        found = self.store.rows(f"select document from documents where {WHERE} and id = ?", self.provider, MAIN, kind, key)  # noqa: S608
        return json.loads(found[0][0]) if found else None

    def put(self, kind: str, key: str, document: Any) -> None:
        """Keep a document, in the place of the one of this id."""
        self.store.rows("insert or replace into documents values (?, ?, ?, ?, ?)", self.provider, MAIN, kind, key, text(document))

    def remove(self, kind: str, key: str) -> None:
        """Keep it no longer."""
        self.store.rows(f"delete from documents where {WHERE} and id = ?", self.provider, MAIN, kind, key)  # noqa: S608

    def all(self, kind: str) -> dict[str, Any]:
        """All documents of a kind by id; ids that are numbers in the order of numbers, others in that of text.

        They are decoded once for as long as nobody puts others in their place, so they are for reading only.
        """
        found = self.store.rows(f"select id, document from documents where {WHERE}", self.provider, MAIN, kind)  # noqa: S608
        old = self._read.get(kind, {})
        new = {key: old[key] if key in old and old[key][0] == kept else (kept, json.loads(kept)) for key, kept in found}
        self._read[kind] = new
        return {key: new[key][1] for key in sorted(new, key=_order)}

    def keys(self, kind: str) -> tuple[str, ...]:
        """The ids of all documents of a kind, in the same order."""
        found = self.store.rows(f"select id from documents where {WHERE}", self.provider, MAIN, kind)  # noqa: S608
        return tuple(sorted((row[0] for row in found), key=_order))

    def next_number(self, counter: str, first: int) -> int:
        """The next number of a counter; none comes twice."""
        number: int = self.get(COUNTERS, counter) or first
        self.put(COUNTERS, counter, number + 1)
        return number

    def next_id(self, kind: str, first: int) -> int:
        """The next number that no document of this kind has had."""
        taken = max((int(key) for key in self.keys(kind) if key.isdecimal()), default=first - 1)
        number = max(self.get(COUNTERS, kind) or first, taken + 1)
        self.put(COUNTERS, kind, number + 1)
        return number

    def credentials(self) -> dict[str, str]:
        """What it takes to use the account."""
        return dict(self.get(CREDENTIALS, MAIN) or {})

    def set_credentials(self, given: Mapping[str, str]) -> None:
        """Keep what it takes to use the account."""
        self.put(CREDENTIALS, MAIN, dict(given))

    def issue(self, kind: str, life: float, about: Any = None, token: str | None = None) -> str:
        """A token that is good for so many seconds; the sandbox's own ``token_life`` goes before that of access tokens."""
        if kind == "access" and self.store.token_life is not None:
            life = self.store.token_life
        made = token or secrets.token_hex(32)
        until = self.now + life
        self.store.rows("insert into tokens values (?, ?, ?, ?, ?, ?)", made, self.provider, MAIN, kind, until, text(about))
        return made

    def token(self, kind: str, token: str | None) -> tuple[Any, ...] | None:
        """What was said when this token was issued, as the only item; None when it is unknown or over."""
        sql = "select about from tokens where provider = ? and kind = ? and token = ? and until > ?"
        found = self.store.rows(sql, self.provider, kind, token, self.now)
        return (json.loads(found[0][0]),) if found else None

    def extend(self, token: str, life: float) -> None:
        """A token is good for so many seconds from now."""
        until = self.now + (life if self.store.token_life is None else self.store.token_life)
        self.store.rows("update tokens set until = ? where provider = ? and token = ?", until, self.provider, token)

    def revoke(self, token: str) -> None:
        """A token is good no more."""
        self.store.rows("delete from tokens where provider = ? and token = ?", self.provider, token)

    def expire(self) -> None:
        """No token of the account is good any more."""
        self.store.rows("delete from tokens where provider = ?", self.provider)

    def allows(self, who: str, limit: int, window: float = 60) -> bool:
        """Whether somebody may ask once more: at most so many times in so many seconds."""
        recent = [at for at in self._asked.get(who, []) if at > self.now - window]
        self._asked[who] = [*recent, self.now][-limit:]
        return len(recent) < limit

    def documents(self) -> Iterator[tuple[str, str, Any]]:
        """Every document of the account: kind, id, document, in this order."""
        sql = "select kind, id, document from documents where provider = ? and account = ?"
        for kind, key, document in sorted(self.store.rows(sql, self.provider, MAIN), key=lambda row: (row[0], _order(row[1]))):
            if not kind.startswith("_"):
                yield kind, key, json.loads(document)


WHERE = "provider = ? and account = ? and kind = ?"


def _order(key: str) -> tuple[int, int, str]:
    return (0, int(key), "") if key.isdecimal() and key.isascii() else (1, 0, key)
