"""A folder of flows: a file for each, and one that says whose they are.

``account.json`` stands beside the flows of an account. A folder without it may hold documents of any carrier, with any names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import Factory, evolve, frozen

from unicall.live.carrier import Held
from unicall.problem import DocumentError
from unicall.text import dumps, loads
from unicall.wire import Json, brief

ACCOUNT = "account.json"
NATIVE = ".flow.json"  # unicall's own form of a document, where it stands beside it
VERSION = 1
LONGEST = 40  # characters of a flow's name in the name of its file


@frozen
class Folder:
    """What ``account.json`` says: whose flows these are, and in which file each of them stands."""

    path: Path
    provider: str | None = None
    account: str | None = None
    files: Mapping[str, Held] = Factory(dict)

    @classmethod
    def read(cls, path: Path) -> Folder:
        """The folder, with or without an ``account.json``. Raises DocumentError for one that unicall did not write."""
        try:
            raw = (path / ACCOUNT).read_bytes()
        except FileNotFoundError:
            return cls(path)
        except OSError as error:
            raise DocumentError(error.strerror or "cannot be read", source=str(path / ACCOUNT)) from None
        try:
            return cls(path, **_told(loads(raw)))
        except DocumentError as error:
            raise DocumentError(error.text, pointer=error.pointer, source=str(path / ACCOUNT)) from None

    def documents(self) -> Iterator[tuple[str, Json]]:
        """Each file of flows with its content, by name. Raises DocumentError where there is none, or one cannot be read."""
        if not self.path.is_dir():
            raise DocumentError("is no folder", source=str(self.path))
        names = sorted(self.files) or sorted(
            one.name for one in self.path.glob("*.json") if one.name != ACCOUNT and not one.name.endswith(NATIVE)
        )
        if not names and self.provider is None:
            raise DocumentError("holds no JSON file", source=str(self.path))
        for name in names:
            try:
                yield name, loads((self.path / name).read_bytes())
            except OSError as error:
                raise DocumentError(error.strerror or "cannot be read", source=str(self.path / name)) from None
            except DocumentError as error:
                raise DocumentError(error.text, pointer=error.pointer, source=str(self.path / name)) from None

    def names(self, flows: list[Held]) -> dict[str, Held]:
        """A file name for each flow: the one that it has already, else one of its name and its id."""
        known = {held.id: name for name, held in self.files.items()}
        taken = {known[held.id] for held in flows if held.id in known}
        named: dict[str, Held] = {}
        for held in sorted(flows, key=lambda held: held.id):
            name = known.get(held.id) or _free(file_name(held), taken)
            taken.add(name)
            named[name] = evolve(held, document=None)
        return dict(sorted(named.items()))

    def told(self) -> str:
        """The text of ``account.json``."""
        flows = {name: {"id": held.id, "name": held.name} for name, held in self.files.items()}
        return dumps({"unicall": "account", "version": VERSION, "provider": self.provider, "account": self.account, "flows": flows})


def file_name(held: Held) -> str:
    """A name for the file of a flow, of its name and its id.

    >>> file_name(Held("4711", "Sonrisa Dental: main"))
    'sonrisa-dental-main-4711.json'
    """
    words = [_words(held.name or "flow")[:LONGEST].strip("-"), _words(held.id)]
    return f"{'-'.join(word for word in words if word) or 'flow'}.json"


def _words(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower()
    return "-".join("".join(char if char.isalnum() else " " for char in plain).split())


def _free(name: str, taken: set[str]) -> str:
    stem, number, free = name.removesuffix(".json"), 1, name
    while free in taken or free == ACCOUNT:
        number += 1
        free = f"{stem}-{number}.json"
    return free


def _told(document: Json) -> dict[str, Json]:
    if not isinstance(document, dict) or document.get("unicall") != "account":
        raise DocumentError("is not what unicall pull writes; move it away")
    if document.get("version") != VERSION:
        raise DocumentError(f"has a version that this unicall does not know: {brief(document.get('version'))}", pointer="/version")
    flows = document.get("flows")
    if not isinstance(document.get("provider"), str) or not isinstance(document.get("account"), str) or not isinstance(flows, dict):
        raise DocumentError("is not whole: it needs provider, account and flows")
    files = {}
    for name, held in flows.items():
        if not isinstance(held, dict) or not isinstance(held.get("id"), str) or Path(name).name != name:
            raise DocumentError("expected an id and a name", pointer=f"/flows/{name}")
        files[name] = Held(held["id"], held.get("name"))
    return {"provider": document["provider"], "account": document["account"], "files": files}
