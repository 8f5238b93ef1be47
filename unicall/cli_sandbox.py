"""The command ``sandbox``: a local server that behaves as the vendors' APIs do."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unicall.cli import FINE, Refused, _print, _say_lines, program

if TYPE_CHECKING:
    from unicall.sandbox import Sandbox


@program.command()
@click.argument("provider", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Any free one when not given.")
@click.option("--data", metavar="FILE", help="Keep the accounts in this SQLite file; in memory when not given.")
@click.option("--flows", metavar="PROVIDER=PATH", multiple=True, help="Flows to begin with: a JSON file or a folder of them.")
@click.option("--count", type=click.IntRange(1, 2000), metavar="N", help="Repeat the flows until there are so many.")
@click.option("--account", metavar="FILE", help="Write the addresses and credentials there, as TOML that only you can read.")
@click.option("--fail", "faults", metavar="SPEC", default="", help="Which requests go wrong: 503@7,timeout@9,drop@12-14.")
def sandbox(
    provider: str | None,
    port: int,
    data: str | None,
    flows: tuple[str, ...],
    count: int | None,
    account: str | None,
    faults: str,
) -> int:
    """Serve what behaves as the API of PROVIDER does, or of all, on this machine only; until Ctrl-C.

    Nothing of it reaches a carrier: rehearse on it what would happen to a live account.
    """
    paths = [_flows(one) for one in flows]
    made = _made(provider, port, data, faults)
    for name, _ in paths:
        if name not in made.vendors:
            raise Refused(f"unicall sandbox: --flows: {_unknown(name, made.vendors)}")
    with _signals() as stopped, _running(made, port):
        _load(made, paths, count)
        if account is not None:
            _write(account, made)
        _print("".join(f"{name} {made.account(name)['url']}\n" for name in made.vendors))
        stopped.wait()
    return FINE


def _flows(given: str) -> tuple[str, str]:
    name, found, path = given.partition("=")
    if not found or not name or not path:
        raise Refused(f"unicall sandbox: --flows: {given!r} is not PROVIDER=PATH, such as carrier=flows/")
    return name, path


def _made(provider: str | None, port: int, data: str | None, faults: str) -> Sandbox:
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise Refused("unicall sandbox: it needs starlette and uvicorn: pip install 'unicall-flows[sandbox]'") from None
    import sqlite3

    from unicall.sandbox import FaultError, Sandbox, names

    if provider is not None and provider not in names():
        raise Refused(f"unicall sandbox: {_unknown(provider, names())}")
    try:
        return Sandbox(data or ":memory:", faults, providers=None if provider is None else [provider], port=port)
    except FaultError as error:
        raise Refused(f"unicall sandbox: --fail: {error}") from None
    except sqlite3.Error as error:
        raise Refused(f"{data}: {error}") from None


def _unknown(name: str, known: Any) -> str:
    return f"there is no sandbox of {name!r}; there are {', '.join(known)}"


@contextmanager
def _running(made: Sandbox, port: int) -> Iterator[None]:
    try:
        made.__enter__()
    except OSError as error:
        raise Refused(f"unicall sandbox: --port {port}: {error.strerror or error}") from None
    try:
        yield
    finally:
        made.__exit__(None, None, None)


def _load(made: Sandbox, paths: list[tuple[str, str]], count: int | None) -> None:
    from unicall.sandbox import LoadError

    try:
        for name, path in paths:
            _say_lines(*made.load(name, path))
        for name in dict.fromkeys(name for name, _ in paths if count is not None):
            made.repeat(name, count or 0)
    except LoadError as error:
        raise Refused(str(error)) from None


def _write(file: str, made: Sandbox) -> None:
    """Write the accounts to a file of which nobody else ever could read a byte."""
    lines = [line for name in made.vendors for line in _table(name, made.account(name))]
    path = Path(file)
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            opened.write("\n".join(lines))
    except OSError as error:
        raise Refused(f"{file}: {error.strerror or error}") from None


def _table(name: str, account: Mapping[str, str]) -> Iterator[str]:
    yield f"[{name}]"
    yield from (f"{key} = {json.dumps(value)}" for key, value in account.items())
    yield ""


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set."""
    stopped = threading.Event()
    old = {one: signal.signal(one, lambda *_: stopped.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for one, handler in old.items():
            signal.signal(one, handler)
