"""The server: every vendor's API below its own path, on a loopback socket, with the faults it is told to have.

What surprises people: faults that cut a connection need the transport, which an ASGI application never sees. The protocol below
puts it into the scope, and that is all it does beyond uvicorn's own.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from uvicorn.protocols.http.h11_impl import H11Protocol

from unicall.sandbox.faults import Fault, Faults
from unicall.sandbox.store import Store
from unicall.sandbox.vendor import Vendor

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
TRANSPORT = "unicall.transport"
RESET = struct.pack("ii", 1, 0)
BACKLOG = 128
#: The status that the client sees, of faults before which nothing is done, and of those after; None where it sees none.
UNDONE: Mapping[str, int | None] = {"429": 429, "500": 500, "503": 503, "refuse": None}
DONE: Mapping[str, int | None] = {"500after": 500, "timeout": None, "drop": None, "malformed": 200}


@dataclass(frozen=True)
class Logged:
    """One request. ``status`` is None where no whole answer was sent; ``fault``: what went wrong on purpose."""

    number: int
    provider: str
    method: str
    path: str
    status: int | None
    fault: str | None


@dataclass
class Answer:
    """What an application answered, kept back."""

    status: int = 500
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes = b""

    async def send(self, message: Message) -> None:
        """Take a message of the application."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message.get("headers", [])
        else:
            self.body += message.get("body", b"")


class Server:
    """The application: counts requests, lets them go wrong, and hands the others to the vendors."""

    def __init__(self, store: Store, vendors: Mapping[str, Vendor], faults: Faults, hold: float) -> None:
        self.faults = faults
        self.hold = hold
        self.log: list[Logged] = []
        self._counted = 0
        self.stopping = asyncio.Event()
        self._shelves = {name: store.shelf(name) for name in vendors}
        mounts = [Mount(f"/{name}", routes=list(one.routes(self._shelves[name]))) for name, one in vendors.items()]
        app = Starlette(routes=mounts)
        app.router.redirect_slashes = False
        self._app: App = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or do with it what its fault says. It stands in the log before the client can know how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fault = self.faults.next()
        kind = fault.kind if fault is not None else ""
        self._counted += 1
        provider = scope["path"].split("/")[1]
        logged = partial(Logged, self._counted, provider, scope["method"], scope["path"])
        if fault is not None and kind in UNDONE:
            self.log.append(logged(UNDONE[kind], kind))
            await _undone(fault, scope, send)
            return
        if kind == "expired" and provider in self._shelves:
            self._shelves[provider].expire()
        answer = Answer()
        await self._app(scope, receive, answer.send)
        self.log.append(logged(DONE.get(kind, answer.status), kind or None))
        await self._done(kind, answer, scope, receive, send)

    async def _done(self, kind: str, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, or what its fault leaves of it."""
        if kind == "500after":
            await _fail(send, 500, {})
        elif kind == "timeout":
            await self._held(receive)
            scope[TRANSPORT].abort()
        elif kind == "drop":
            await _drop(scope[TRANSPORT], send, answer)
        elif kind == "malformed":
            await _send(send, 200, answer.headers, answer.body[: len(answer.body) // 2])
        else:
            await _send(send, answer.status, answer.headers, answer.body)

    async def _held(self, receive: Receive) -> None:
        """Wait until the client goes, the server stops, or it has been long enough."""
        waits = [asyncio.ensure_future(_gone(receive)), asyncio.ensure_future(self.stopping.wait())]
        await asyncio.wait(waits, timeout=self.hold, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _undone(fault: Fault, scope: Scope, send: Send) -> None:
    status = UNDONE[fault.kind]
    if status is None:
        scope[TRANSPORT].abort()
    else:
        await _fail(send, status, {"retry-after": str(fault.seconds)} if status == 429 else {})


async def _fail(send: Send, status: int, headers: Mapping[str, str]) -> None:
    """What stands before an API fails: its answers are pages, not the API's JSON."""
    page = f"<html><body><h1>{status}</h1></body></html>".encode()
    named = [(b"content-type", b"text/html"), *((name.encode(), value.encode()) for name, value in headers.items())]
    await _send(send, status, named, page)


async def _send(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes, length: int | None = None) -> None:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    size = str(len(body) if length is None else length).encode()
    await send({"type": "http.response.start", "status": status, "headers": [*kept, (b"content-length", size)]})
    await send({"type": "http.response.body", "body": body, "more_body": length is not None})


async def _drop(transport: asyncio.Transport, send: Send, answer: Answer) -> None:
    """Send the half of an answer, and reset the connection: with a linger of 0 seconds, closing it sends RST."""
    await _send(send, answer.status, answer.headers, answer.body[: len(answer.body) // 2], len(answer.body))
    await asyncio.sleep(0.05)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    transport.abort()


class _Protocol(H11Protocol):
    """uvicorn's protocol, with its transport in the scope of every request."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        app = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope[TRANSPORT] = self.transport
            await app(scope, receive, send)

        self.app = with_transport


class Uvicorn(uvicorn.Server):
    """uvicorn, which tells the application when it stops, and leaves signals to its owner."""

    def __init__(self, app: Server) -> None:
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)
        self._served_app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let go of the requests that are held, then stop."""
        self._served_app.stopping.set()
        await super().shutdown(sockets)


def listening(port: int) -> socket.socket:
    """A socket on the loopback interface; port 0 is any that is free. Raises OSError.

    That it is TCP is said, because asyncio sends small answers at once only where it is.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made
