"""``unicall sandbox``, as a person starts it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from tests.sandbox.support import FIXTURES
from unicall import cli

PROVIDERS = ["api19", "convirza-v2", "convirza-v3", "vinix"]


def run(*args: object) -> Result:
    return CliRunner().invoke(cli.program, ["sandbox", *map(str, args)])


@contextmanager
def running(*args: object) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The command in a process of its own, and the addresses that it printed."""
    command = [sys.executable, "-m", "unicall", "sandbox", *map(str, args)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = 1 if args and args[0] in PROVIDERS else len(PROVIDERS)
            printed = (process.stdout.readline().split() for _ in range(lines))
            yield process, {line[0]: line[1] for line in printed}
        finally:
            process.kill()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_an_address_for_each_vendor_and_ends_well(sent: signal.Signals) -> None:
    with running() as (process, urls):
        assert list(urls) == PROVIDERS
        assert httpx.get(f"{urls['vinix']}/accounts/x").status_code == 401
        process.send_signal(sent)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_accounts_are_written_to_a_file_that_nobody_else_can_read(tmp_path: Path) -> None:
    file = tmp_path / "account.toml"
    file.write_text("old")
    file.chmod(0o644)
    with running("--account", file, "--flows", f"vinix={FIXTURES / 'vinix' / 'menu'}", "--count", 20) as (_, urls):
        if os.name == "posix":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        known = tomllib.loads(file.read_text("utf-8"))
        assert {name: table["url"] for name, table in known.items()} == urls
        assert set(known["convirza-v2"]) == {"url", "username", "password", "client_id", "client_secret"}
        assert set(known["convirza-v3"]) == {"url", "oauth_url", "email", "password"}
        assert set(known["api19"]) == {"url", "key"}
        vinix = known["vinix"]
        assert set(vinix) == {"url", "account_id", "api_key", "account_name", "username", "password"}
        token = httpx.put(f"{vinix['url']}/api_auth", json={"data": {"api_key": vinix["api_key"]}}).json()["auth_token"]
        rows = httpx.get(f"{vinix['url']}/accounts/{vinix['account_id']}/callflows", headers={"X-Auth-Token": token})
        assert len(rows.json()["data"]) == 20


def test_one_vendor_is_served_with_faults_and_what_is_no_document_is_said_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("[]")
    with running("api19", "--fail", "503@2", "--flows", f"api19={tmp_path}") as (process, urls):
        assert list(urls) == ["api19"]
        assert [httpx.get(f"{urls['api19']}/dids").status_code for _ in range(3)] == [200, 503, 200]
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert process.stderr.read() == f"{tmp_path / 'other.json'}: skipped: holds no call flow\n"


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["nobody"], "unicall sandbox: there is no sandbox of 'nobody'; there are api19, convirza-v2, convirza-v3, vinix"),
        (["--flows", "vinix"], "unicall sandbox: --flows: 'vinix' is not PROVIDER=PATH, such as carrier=flows/"),
        (["api19", "--flows", "vinix=x"], "unicall sandbox: --flows: there is no sandbox of 'vinix'; there are api19"),
        (["--flows", "vinix=no/such/folder"], "no/such/folder: there is no such file or folder"),
        (["--fail", "418@1"], "unicall sandbox: --fail: '418@1': no fault is called '418'"),
        (["--account", "no/such/folder/file"], "no/such/folder/file: No such file or directory"),
        (["--data", "no/such/folder/file"], "no/such/folder/file: unable to open database file"),
        (["--port", "70000"], "unicall sandbox: Invalid value for '--port'"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(args: list[str], line: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(line)
    assert result.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_said() -> None:
    with running("api19") as (_, urls):
        port = urls["api19"].split(":")[2].split("/")[0]
        result = run("--port", port)
    assert result.exit_code == 2
    assert result.stderr == f"unicall sandbox: --port {port}: Address already in use\n"


def test_without_the_extra_a_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = run()
    assert result.exit_code == 2
    assert result.stderr == "unicall sandbox: it needs starlette and uvicorn: pip install 'unicall-flows[sandbox]'\n"


def test_the_command_line_imports_no_server_before_it_is_asked_for() -> None:
    code = "import sys, unicall.cli; print(*sorted({'starlette', 'uvicorn', 'unicall.sandbox'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split() == []
