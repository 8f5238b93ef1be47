"""What a user knows about a carrier: what is taken, what is refused, and where it is documented."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unicall
from unicall import adapter as adapters
from unicall.adapter import Setting
from unicall.problem import CODES, DocumentError, UnicallError, explain
from unicall.settings import read
from unicall.wire import Json, Wrong, flag, one_of


class Carrier:
    """As much of an adapter as settings need."""

    name = "carrier"
    title = "The Carrier"

    @staticmethod
    def ring(raw: Json) -> Json:
        if type(raw) is not int or raw < 1:
            raise Wrong("seconds")
        return raw * 1000

    settings: Mapping[str, Setting] = {
        "ring_seconds": Setting(code="UC301", meaning="How long a ring is.\nIn seconds.", example="ring_seconds = 5", check=ring),
        "wrap_menu": Setting(code="UC203", meaning="Whether to wrap.", example="wrap_menu = true", check=flag.decode),
        "unit": Setting(code="UC301", meaning="The unit.", example='unit = "minutes"', check=one_of({"minutes": 60}).decode),
    }


ADAPTER = Carrier()


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> None:
    """The carrier is installed beside the others, as any stranger's adapter is."""
    entry = EntryPoint("carrier", f"{__name__}:ADAPTER", adapters.GROUP)
    installed = {**adapters._entry_points(), "carrier": entry}
    monkeypatch.setattr(adapters, "_entry_points", lambda: installed)


def refused(settings: Any) -> list[str]:
    """Everything that reading says against these settings."""
    with pytest.raises(DocumentError) as caught:
        read(settings)
    assert [other.others for other in caught.value.others] == [()] * len(caught.value.others)
    return [str(caught.value), *map(str, caught.value.others)]


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "settings.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


pytestmark = pytest.mark.usefixtures("carrier")


def test_a_setting_is_handed_on_as_its_check_returns_it() -> None:
    assert read({"carrier": {"ring_seconds": 5, "wrap_menu": True}}) == {"carrier": {"ring_seconds": 5000, "wrap_menu": True}}


def test_a_file_says_the_same_as_a_mapping(tmp_path: Path) -> None:
    path = written(tmp_path, "[carrier]\nring_seconds = 5\n")
    assert read(path) == read(str(path)) == read({"carrier": {"ring_seconds": 5}})


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert read(written(tmp_path, b"\xef\xbb\xbf[carrier]\nring_seconds = 5\n")) == {"carrier": {"ring_seconds": 5000}}


def test_nothing_given_is_nothing_known() -> None:
    assert read(None) == read({}) == {}


def test_what_was_read_is_not_checked_again() -> None:
    once = read({"carrier": {"ring_seconds": 5}})
    assert read(once) is once


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"carier": {}}, ['/carier: no provider is called "carier"; did you mean carrier?']),
        (
            {"zzz": {}},
            ['/zzz: no provider is called "zzz"; there are ' + ", ".join((*unicall.providers(), "carrier"))],
        ),
        (
            {"carrier": {"ring_second": 5}},
            ["/carrier/ring_second: The Carrier has no such setting; did you mean ring_seconds?"],
        ),
        (
            {"carrier": {"colour": 5}},
            ["/carrier/colour: The Carrier has no such setting; there are ring_seconds, wrap_menu, unit"],
        ),
        ({"unicall": {"colour": 5}}, ["/unicall/colour: unicall has no settings"]),
        ({"carrier": {"ring_seconds": "5"}}, ['/carrier/ring_seconds: expected seconds, got "5"']),
        ({"carrier": {"unit": "hours"}}, ['/carrier/unit: expected one of "minutes", got "hours"']),
        ({"carrier": 5}, ["/carrier: expected a table of settings, got 5"]),
        ({"carrier": {"unit": date(2026, 1, 2)}}, ["/carrier/unit: expected a value that JSON has, got 2026-01-02"]),
        (
            {"carrier": {"unit": [{"a/b": float("nan")}]}},
            ["/carrier/unit/0/a~1b: expected a value that JSON has, got nan"],
        ),
        ({"carrier": {"unit": (1,)}}, ["/carrier/unit: expected a value that JSON has, got (1,)"]),
        ({"carrier": {"unit": {5: 1}}}, ["/carrier/unit: expected a value that JSON has, got {5: 1}"]),
        ({5: {}}, ["the document: has a key that is no text: 5"]),
        (5, ["the document: expected a mapping or the path of a TOML file, got int"]),
        (
            {"carier": {}, "carrier": {"ring_second": 5, "wrap_menu": "no"}},
            [
                '/carier: no provider is called "carier"; did you mean carrier?',
                "/carrier/ring_second: The Carrier has no such setting; did you mean ring_seconds?",
                '/carrier/wrap_menu: expected true or false, got "no"',
            ],
        ),
    ],
    ids=str,
)
def test_everything_that_is_wrong_is_said_with_its_place(settings: Any, said: list[str]) -> None:
    assert refused(settings) == said


def test_settings_that_hold_themselves_are_refused() -> None:
    loop: list[Any] = []
    loop += [loop, loop]
    assert refused({"carrier": {"unit": loop}}) == ["/carrier/unit: is nested deeper than 64 levels"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[carrier]\nring_seconds = \n", "line 2, column 16: is not TOML: Invalid value"),
        ('x = "', "line 1, column 6: is not TOML: Unterminated string"),
        ("a = 1\na = 2\n", "line 2, column 6: is not TOML: Cannot overwrite a value"),
        (b"[carrier]\nx = '\xc3\xa9\xff'", "line 2, column 7: is not UTF-8 text: 0xff"),
        ("[carrier]\nring_second = 5", "/carrier/ring_second: The Carrier has no such setting; did you mean ring_seconds?"),
        ("[carrier]\nunit = 2026-01-02", "/carrier/unit: expected a value that JSON has, got 2026-01-02"),
    ],
)
def test_a_bad_file_is_named_with_the_place_in_it(tmp_path: Path, content: str | bytes, said: str) -> None:
    path = written(tmp_path, content)
    assert refused(path) == [f"{path}: {said}"]


def test_a_file_nested_too_deep_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "x = " + "[" * 100_000)
    assert refused(path) == [f"{path}: is nested deeper than 64 levels"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.toml") == [f"{tmp_path / 'none.toml'}: cannot be read: No such file or directory"]
    assert refused(tmp_path) == [f"{tmp_path}: cannot be read: Is a directory"]


@given(st.binary(max_size=40) | st.text(alphabet="[]{}=\"'.,#\n a1-:", max_size=40).map(str.encode))
def test_any_file_is_read_or_refused(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.toml"
        path.write_bytes(content)
        try:
            read(path)
        except UnicallError as error:
            assert str(error).startswith(f"{path}: ")


def test_a_code_is_explained_with_the_settings_that_resolve_it() -> None:
    before, header, after = explain("UC301").partition("\nWhat you know about it goes into a TOML file for --settings:\n")
    assert "What to do: " in before
    assert header
    assert after.endswith('\n[carrier]\n# How long a ring is.\n# In seconds.\nring_seconds = 5\n# The unit.\nunit = "minutes"\n')
    assert tomllib.loads(after)["carrier"] == {"ring_seconds": 5, "unit": "minutes"}


def test_a_code_without_settings_does_not_speak_of_them() -> None:
    assert "--settings" not in explain("UC901")


SETTINGS = [(provider, name) for provider in unicall.providers() for name in adapters.find(provider).settings]


def test_every_setting_of_every_carrier_is_explained_by_an_example_that_is_taken() -> None:
    """One that repairs what could not be read at all resolves no problem, for there was no flow to have one."""
    for provider, name in [*SETTINGS, *(("carrier", name) for name in ADAPTER.settings)]:
        setting = adapters.find(provider).settings[name]
        example = tomllib.loads(setting.example)
        assert list(example) == [name], (provider, name)
        assert list(read({provider: example})[provider]) == [name]
        if (provider, name) != ("api19", "repair"):
            assert setting.code in CODES
            assert setting.example in explain(setting.code), (provider, name)
            assert setting.meaning.splitlines()[0] in explain(setting.code)
