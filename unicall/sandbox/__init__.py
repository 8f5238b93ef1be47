"""A local server that behaves as the vendors' APIs do, to rehearse on what would otherwise happen to a live account.

    with Sandbox() as sandbox:
        sandbox.load(provider, "flows/")
        known = sandbox.account(provider)     # its address and credentials
        sandbox.inject("drop@3")              # the third request from now on
        before = sandbox.dump(provider)

It needs the extra ``sandbox`` (starlette and uvicorn). Nothing of it knows a vendor: those are found by entry point, see
:mod:`unicall.sandbox.vendor`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from unicall.sandbox.faults import FaultError, Faults, parse
from unicall.sandbox.load import LoadError, load, repeat
from unicall.sandbox.server import Logged, Server, Uvicorn, listening
from unicall.sandbox.store import Shelf, Store, text
from unicall.sandbox.vendor import ForeignError, Vendor, find, names

__all__ = ["FaultError", "ForeignError", "LoadError", "Logged", "Sandbox", "Shelf", "Vendor", "find", "names", "parse"]

HOLD = 60.0
START = 10.0


class Sandbox:
    """A running server, as a context manager.

    ``data``: the SQLite file of the accounts, or ``:memory:``. ``faults``: as :mod:`unicall.sandbox.faults` has them. ``accounts``:
    credentials by provider, in the place of random ones. ``providers``: whose sandboxes; all of them when not given. ``hold``: for
    how many seconds an answer that never comes is waited for. ``token_life``: how many seconds access tokens are good for, in the
    place of the vendor's own time. ``clock``: what time it is for the accounts.
    """

    def __init__(
        self,
        data: str | os.PathLike[str] = ":memory:",
        faults: str = "",
        accounts: Mapping[str, Mapping[str, str]] | None = None,
        *,
        providers: Collection[str] | None = None,
        port: int = 0,
        hold: float = HOLD,
        token_life: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.vendors = {name: find(name) for name in (names() if providers is None else providers)}
        self._faults = Faults(faults)
        self._store = Store(os.fspath(data), clock, token_life)
        self._port, self._hold = port, hold
        self._server: Server | None = None
        for name, vendor in self.vendors.items():
            shelf = self._store.shelf(name)
            shelf.set_credentials(vendor.credentials() | shelf.credentials() | dict((accounts or {}).get(name, {})))

    def __enter__(self) -> Sandbox:
        self._socket = listening(self._port)
        self._server = Server(self._store, self.vendors, self._faults, self._hold)
        self._uvicorn = Uvicorn(self._server)
        self._thread = threading.Thread(target=self._uvicorn.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        until = time.monotonic() + START
        while not self._uvicorn.started and self._thread.is_alive() and time.monotonic() < until:
            time.sleep(0.005)
        if not self._uvicorn.started:
            raise RuntimeError("the server does not start")
        return self

    def __exit__(self, *problem: object) -> None:
        self._uvicorn.should_exit = True
        self._thread.join()
        self._store.close()

    @property
    def url(self) -> str:
        """The address of the server, without a slash at its end."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def url_of(self, provider: str) -> str:
        """The address below which a provider's APIs stand; the API's own address is ``account(provider)["url"]``."""
        return f"{self.url}/{self.vendors[provider].provider}"

    def account(self, provider: str) -> dict[str, str]:
        """What it takes to use the account: addresses and credentials, as the --account file has them."""
        places = {name: self.url_of(provider) + path for name, path in self.vendors[provider].places.items()}
        return places | self.shelf(provider).credentials()

    @property
    def requests(self) -> tuple[Logged, ...]:
        """Every request that is over, in the order in which they came."""
        return tuple(sorted(self._server.log, key=lambda one: one.number)) if self._server is not None else ()

    def inject(self, spec: str) -> None:
        """Have these faults and no others, with requests counted from the next one on; an empty text has none."""
        self._faults.inject(spec)

    def shelf(self, provider: str) -> Shelf:
        """What the account holds, for tests that look at it or put something there."""
        return self._store.shelf(provider)

    def dump(self, provider: str, kinds: Collection[str] | None = None) -> bytes:
        """Every document of the account, a line for each: the same bytes for the same documents.

        Left out are the times that the server writes by itself, and, where ``kinds`` are named, documents of other kinds.
        """
        stamps = frozenset(self.vendors[provider].stamps)
        rows = [row for row in self.shelf(provider).documents() if kinds is None or row[0] in kinds]
        return "".join(f"{kind}/{key} {text(_without(document, stamps))}\n" for kind, key, document in rows).encode()

    def load(self, provider: str, flows: Any, count: int | None = None) -> tuple[str, ...]:
        """Put flows into the account: a file or folder, or a document; repeated under new ids until there are ``count``.

        Returns what was skipped or changed. Raises LoadError.
        """
        notes = load(self.vendors[provider], self.shelf(provider), flows)
        if count is not None:
            self.repeat(provider, count)
        return notes

    def repeat(self, provider: str, count: int) -> None:
        """Copy the flows of an account under new ids, names and numbers until there are so many. Raises LoadError."""
        repeat(self.vendors[provider], self.shelf(provider), count)


def _without(document: Any, stamps: frozenset[str]) -> Any:
    if isinstance(document, dict):
        return {key: _without(value, stamps) for key, value in document.items() if key not in stamps}
    if isinstance(document, list):
        return [_without(one, stamps) for one in document]
    return document
