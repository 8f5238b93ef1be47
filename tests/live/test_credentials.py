"""What it takes to use an account: where it is found, and that nothing of it is shown."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from unicall.live.carrier import carrier, carriers
from unicall.live.credentials import known
from unicall.problem import DocumentError, FlowError
from unicall_vinix.account import CARRIER

SECRET = "not-a-real-key"


def written(at: Path, text: str | bytes, mode: int = 0o600) -> Path:
    file = at / "account.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(mode)
    return file


def test_the_environment_goes_before_the_file_and_the_file_before_what_is_usual(tmp_path: Path) -> None:
    file = written(tmp_path, f'[vinix]\nurl = "https://a.example.com"\napi_key = "{SECRET}"\nusername = "ada"\n[other]\nx = 1\n')
    environ = {"UNICALL_VINIX_USERNAME": "bob", "UNICALL_VINIX_OTHER": "x", "UNICALL_API19_KEY": "y"}
    assert known(CARRIER, file, environ) == {
        "url": "https://a.example.com", "api_key": SECRET, "username": "bob", "method": "md5"
    }  # fmt: skip


def test_without_a_file_there_is_what_is_usual() -> None:
    assert known(CARRIER, None, {}) == {"url": CARRIER.url, "method": "md5"}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    file = written(tmp_path, "[vinix]\n", mode)
    with pytest.raises(DocumentError, match=f"others can read it \\(mode {mode:o}\\); chmod 600 it") as refused:
        known(CARRIER, file, {})
    assert refused.value.source == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'[vinix]\nkey = "{SECRET}"', "no credential is called so; there are url, account_id, api_key"),
        (f'[vinix]\napi_key = ["{SECRET}"]', "expected text"),
        (f'vinix = "{SECRET}"', "expected a table"),
        (f'[vinix\napi_key = "{SECRET}"', "is no TOML"),
        (b"\xff" + SECRET.encode(), "is not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_without_a_value(text: str | bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as refused:
        known(CARRIER, written(tmp_path, text), {})
    assert said in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="No such file"):
        known(CARRIER, tmp_path / "none.toml", {})


def test_a_carrier_that_nobody_has_is_named_with_the_nearest() -> None:
    assert "vinix" in carriers()
    with pytest.raises(FlowError, match="no account of 'vnix' can be used; did you mean vinix"):
        carrier("vnix")


def test_every_carrier_is_called_as_its_adapter() -> None:
    import unicall

    for name in carriers():
        assert carrier(name).provider == name
        assert name in unicall.providers()
        assert any(credential.secret for credential in carrier(name).credentials)


def test_the_pure_half_knows_no_http() -> None:
    code = """
import sys
import unicall
from unicall.adapter import find
for name in unicall.providers():
    find(name)
unicall.translate({"name": "A", "numbers": ["100"], "flow": {"module": "hangup", "data": {}}}, target="api19")
sys.stderr.write(" ".join(name for name in ("httpx", "stamina", "unicall.live") if name in sys.modules))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stderr == b""
