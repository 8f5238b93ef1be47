"""Nothing of a credential, a hash or a token is left anywhere: not in what is printed, logged, written, or told of a mistake."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import stamina
from attrs import define, field
from click.testing import CliRunner

from tests.conftest import FIXTURES
from unicall import cli
from unicall.live.api import connect
from unicall.live.carrier import Account, Held, carrier, carriers
from unicall.live.credentials import known
from unicall.live.journal import journal_of
from unicall.problem import UnicallError
from unicall.sandbox import Sandbox, Shelf

PROVIDERS = carriers()
TOKEN, REFRESH = "echoed-token-4f1d0c9a77", "echoed-refresh-77aa51b3e2"
FLOWS = {"vinix": "vinix/menu", "convirza-v2": "convirza-v2/ivr", "convirza-v3": "convirza-v3", "api19": "api19/list"}


@define
class Seen:
    """What was learned of secrets, and everything that anybody can see; ``around``: also what stands around a mistake."""

    secrets: set[str] = field(factory=set, repr=False)
    texts: list[str] = field(factory=list, repr=False)
    around: bool = True

    def learn(self, provider: str, account: dict[str, str]) -> None:
        """The secrets of an account, in all forms in which they are sent."""
        told = {one.name for one in carrier(provider).credentials if one.secret}
        self.secrets |= {value for name, value in account.items() if name in told}
        user, password = account.get("username", "").lower(), account.get("password")
        if provider == "vinix" and password:
            said = f"{user}:{password}".encode()
            self.secrets |= {hashlib.md5(said).hexdigest(), hashlib.sha1(said).hexdigest()}
        if key := account.get("key"):
            self.secrets.add(base64.b64encode(f"{key}:{key}".encode()).decode())

    def check(self) -> None:
        """None of them is anywhere."""
        assert self.secrets
        assert self.texts
        for text in self.texts:
            for secret in self.secrets:
                for spelled in (secret, quote(secret, safe="")):
                    at = text.find(spelled)
                    assert at < 0, f"a secret is shown: {text[max(0, at - 300) : at + 100]}"


class Handler(logging.Handler):
    """Everything that is logged, with what was logged beside the message."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(logging.DEBUG)
        self.seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.texts.append(f"{record.getMessage()} {record.args} {record.__dict__}")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """What is logged at all levels, and every token that a sandbox gives out."""
    found, issue = Seen(), Shelf.issue

    def issued(self: Shelf, *args: Any, **named: Any) -> str:
        token = issue(self, *args, **named)
        found.secrets.add(token)
        return token

    monkeypatch.setattr(Shelf, "issue", issued)
    root, handler = logging.getLogger(), Handler(found)
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    with stamina.set_testing(True, attempts=2):
        yield found
    root.removeHandler(handler)
    root.setLevel(level)


def told(error: BaseException, around: bool) -> str:
    """An error as it is printed, with everything around it."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=around)
    return "".join([*whole.format(), *traceback.format_exception(error), repr(error), repr(vars(error))])


def environment(provider: str, account: dict[str, str]) -> dict[str, str]:
    return {f"UNICALL_{provider}_{name}".upper().replace("-", "_"): value for name, value in account.items()}


def used(account: Account, provider: str) -> None:
    """Everything that an account can be asked."""
    kind = carrier(provider).flow_kind
    held = next(iter(account.flows()), Held("1"))
    account.bundle(held)
    account.read(kind, held.id)
    account.listed(kind)
    account.create(kind, {})


def fails(seen: Seen, provider: str, account: dict[str, str], use: Callable[[Account, str], None] = used) -> None:
    """Something goes wrong, and what is told of it is kept."""
    told_of(seen, provider, known(carrier(provider), None, environment(provider, account)), use)


def told_of(seen: Seen, provider: str, given: dict[str, str], use: Callable[[Account, str], None]) -> None:
    """An account as the command opens it, used until it fails."""
    try:
        with connect(given["url"], timeout=0.5) as http:
            use(carrier(provider).open(http, given), provider)
    except UnicallError as error:
        seen.texts.append(told(error, seen.around))
    else:
        raise AssertionError("nothing went wrong")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_secret_is_shown_when_it_is_wrong(provider: str, seen: Seen) -> None:
    with Sandbox(providers=(provider,)) as sandbox:
        account = sandbox.account(provider)
        secret = [one.name for one in carrier(provider).credentials if one.secret]
        for before, after in (("x", ""), ("", "&= %+/")):
            for name in (name for name in secret if name in account):
                given = {**account, name: f"{before}{account[name]}{after}"}
                if name == "password":
                    given.pop("api_key", None)
                seen.learn(provider, given)
                fails(seen, provider, given)
    seen.check()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", ["refuse", "expired", "malformed", "500after", "drop", "timeout", "429", "503"])
def test_no_secret_is_shown_when_a_carrier_fails(provider: str, fault: str, seen: Seen) -> None:
    with Sandbox(providers=(provider,), hold=5) as sandbox:
        sandbox.load(provider, FIXTURES / FLOWS[provider])
        account = sandbox.account(provider)
        seen.learn(provider, account)
        for first in (1, 2, 3, 4):
            sandbox.inject(f"{fault}@{first}-99")
            fails(seen, provider, account)
    seen.check()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_secret_is_shown_when_nobody_is_there(provider: str, seen: Seen) -> None:
    with Sandbox(providers=(provider,)) as sandbox:
        account = sandbox.account(provider)
    seen.learn(provider, account)
    fails(seen, provider, account)
    seen.check()


class Echo(BaseHTTPRequestHandler):
    """Gives a token, or none; and repeats in an error whatever it was sent."""

    def answer(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        login = any(self.path.endswith(name) for name in ("/token", "_auth", "/refresh-token"))
        if login and self.server.grants:  # type: ignore[attr-defined]
            body: Any = {"access_token": TOKEN, "refresh_token": REFRESH, "auth_token": TOKEN, "data": {"account_id": "1"}}
            body["data"] |= {"access_token": TOKEN, "refresh_token": REFRESH}
            status = 200
        else:
            said = f"{self.path} {dict(self.headers)} {sent}"
            status = self.server.status  # type: ignore[attr-defined]
            body = {"status": "error", "message": said, "error": said, "data": {"x": {"y": {"message": said}}}, sent: said}
        raw = json.dumps(body).encode() if status != 502 else json.dumps(body).encode()[:-9]
        self.send_response(status)
        self.send_header("content-length", str(len(raw)))
        self.send_header("location", self.path)
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("grants", [True, False])
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 422, 500, 502])
def test_no_secret_is_shown_when_a_carrier_repeats_what_it_was_sent(provider: str, status: int, grants: bool, seen: Seen) -> None:
    """In a success it is a document like any other, and stands around the place that has no use for it."""
    seen.around = status >= 300
    with Sandbox(providers=(provider,)) as sandbox:
        account = sandbox.account(provider)
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.status, server.grants = status, grants  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_address[1]}"
        account |= {name: f"{place}/{'/'.join(value.split('/')[3:])}" for name, value in account.items() if "url" in name}
        seen.learn(provider, account)
        seen.secrets |= {TOKEN, REFRESH}
        for given in [account, {name: value for name, value in account.items() if name != "api_key"}]:
            for use in (used, made):
                fails(seen, provider, given, use)
        server.shutdown()
    seen.check()


def made(account: Account, provider: str) -> None:
    """The write alone."""
    if provider == "api19":
        account.replace(carrier(provider).flow_kind, "1", {"e164": "yes"})
    else:
        account.create(carrier(provider).flow_kind, {"name": "A"})


@pytest.mark.parametrize("fault", ["", "refuse", "expired", "malformed", "500after", "drop", "500"])
def test_no_secret_is_in_any_file_or_line_of_a_migration(fault: str, seen: Seen, tmp_path: Path) -> None:
    with Sandbox(providers=("convirza-v2", "vinix"), hold=1) as sandbox:
        sandbox.load("convirza-v2", FIXTURES / "convirza-v2/ivr/hotel_single_level.json")
        given: dict[str, str] = {}
        for provider in sandbox.vendors:
            seen.learn(provider, sandbox.account(provider))
            given |= environment(provider, sandbox.account(provider))
        plan = str(tmp_path / "plan.json")
        commands: list[tuple[str, ...]] = [
            ("pull", "convirza-v2", "-o", str(tmp_path / "flows")),
            ("plan", str(tmp_path / "flows"), "--to", "vinix", "-o", plan),
            ("apply", plan),
            ("apply", plan, "--with-numbers"),
            ("drift", plan),
            ("rollback", plan),
        ]
        for command in commands:
            for first in (1, 2, 3, 5, 9) if fault else (1,):
                sandbox.inject(f"{fault}@{first}-{first + 9}" if fault else "")
                seen.texts.append(said(*command, env=given))
                kept(seen, tmp_path)
            sandbox.inject("")
            seen.texts.append(said(*command, env=given))
            kept(seen, tmp_path)
        assert journal_of(Path(plan)).exists()
    seen.check()


def said(*command: str, env: dict[str, str]) -> str:
    """What a command prints, and what is known of how it ended."""
    result = CliRunner().invoke(cli.program, list(command), env=env)
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result.output + "".join(traceback.format_exception(result.exception) if result.exception else [])


def kept(seen: Seen, path: Path) -> None:
    """Everything that stands in files, also while they are in use."""
    seen.texts += [file.read_bytes().decode("latin-1") for file in path.rglob("*") if file.is_file()]
