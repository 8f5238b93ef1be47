"""What a user knows about a carrier and no document says: a table for each provider, an entry for each setting.

    [convirza-v2]
    ring_seconds = 5

The adapters say which settings there are, what each means, and which problem it resolves; ``unicall explain`` of that problem
prints them. What surprises people: a setting that nobody knows is refused and never skipped, because a misspelt one would leave
a guess in place that the user believes to be corrected.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike

from unicall import adapter as adapters
from unicall.adapter import Setting
from unicall.toml import Given, did_you_mean, key, load
from unicall.wire import Json, Strange, Wrong, brief


class Checked(dict[str, Mapping[str, Json]]):
    """Settings that passed their checks, by provider and name, as the adapters want them; ``given`` is what the user wrote."""

    given: Mapping[str, Json]


def read(settings: Mapping[str, Json] | str | PathLike[str] | None) -> Checked:
    """The settings of a TOML file, by its path, or of a mapping with the same content, checked. What was read is taken as it is.

    Raises DocumentError with everything that is wrong: ``pointer`` is ``/convirza-v2/ring_seconds``, ``others`` has the rest.
    """
    if isinstance(settings, Checked):
        return settings
    given = load(settings)
    checked = Checked()
    checked.given = given.content
    for provider, table, at in given.table(given.content, "", "settings for each provider"):
        if provider in adapters.providers():
            checked[provider] = _checked(given, provider, table, at)
        else:
            given.wrong(at, f"no provider is called {brief(provider)}{did_you_mean(provider, adapters.providers())}")
    given.check()
    return checked


def _checked(given: Given, provider: str, table: Json, at: str) -> dict[str, Json]:
    known = adapters.find(provider).settings
    checked: dict[str, Json] = {}
    for name, value, where in given.table(table, at, "settings"):
        setting = known.get(name)
        if setting is None:
            title = adapters.find(provider).title
            given.wrong(where, f"{title} has no such setting{did_you_mean(name, known)}" if known else f"{title} has no settings")
        elif given.is_json(value, where):
            try:
                checked[name] = setting.check(value)
            except (Wrong, Strange) as wrong:
                given.wrong(where, f"expected {wrong.expected}, got {brief(value)}")
    return checked


def resolving(code: str) -> str:
    """The settings of all adapters that resolve a problem, as TOML with their meanings; empty where there are none."""
    tables = []
    for provider in adapters.providers():
        found = [setting for setting in adapters.find(provider).settings.values() if setting.code == code]
        tables += [f"\n[{key(provider)}]\n" + "".join(map(_described, found))] if found else []
    return f"\nWhat you know about it goes into a TOML file for --settings:\n{''.join(tables)}" if tables else ""


def _described(setting: Setting) -> str:
    meaning = "".join(f"# {line}\n" for line in setting.meaning.splitlines())
    return f"{meaning}{setting.example.rstrip()}\n"
