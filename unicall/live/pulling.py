"""Pull: every flow of an account into a folder. Reads, and never writes to the account.

What surprises people: a file whose content is the same is not touched, so the dates of the files show what changed since.
A flow that the account has no more takes its file with it, if it was pull that wrote the file; any other file is let be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from attrs import evolve, frozen

from unicall.live.carrier import Account, Carrier, Held
from unicall.live.folder import ACCOUNT, Folder
from unicall.live.together import each
from unicall.problem import FlowError
from unicall.text import dumps
from unicall.wire import Json


@frozen
class Pulled:
    """What a pull did, as names of files."""

    written: tuple[str, ...]
    same: tuple[str, ...]
    gone: tuple[str, ...]


def pull(carrier: Carrier, account: Account, path: Path, progress: Callable[[int, int], None] = lambda done, of: None) -> Pulled:
    """Every flow of the account with the documents it refers to, a file for each.

    ``progress`` is called with how many are done, and of how many. Raises ProviderError; FlowError for a folder of another account.
    """
    with account.remembering():
        return _pulled(carrier, account, path, progress)


def _pulled(carrier: Carrier, account: Account, path: Path, progress: Callable[[int, int], None]) -> Pulled:
    folder = Folder.read(path)
    if folder.provider is not None and (folder.provider, folder.account) != (carrier.provider, account.address):
        raise FlowError(f"{path} holds the flows of {folder.provider} at {folder.account}; name another folder")
    flows = list(account.flows())
    now = evolve(folder, provider=carrier.provider, account=account.address, files=folder.names(flows))
    path.mkdir(parents=True, exist_ok=True)
    _refuse_strangers(now, folder)
    given = {held.id: held for held in flows}
    written: list[str] = []
    same: list[str] = []
    progress(0, len(now.files))
    for number, (name, document) in enumerate(_bundles(carrier, account, [(n, given[h.id]) for n, h in now.files.items()])):
        (written if _put(path / name, dumps(document).encode("utf-8", "backslashreplace")) else same).append(name)
        progress(number + 1, len(now.files))
    gone = tuple(sorted(set(folder.files) - set(now.files)))
    _put(path / ACCOUNT, now.told().encode())
    for name in gone:
        (path / name).unlink(missing_ok=True)
    return Pulled(tuple(written), tuple(same), gone)


def _bundles(carrier: Carrier, account: Account, wanted: Iterable[tuple[str, Held]]) -> Iterator[tuple[str, Json]]:
    """The documents in the order in which they are wanted, as many asked for at once as the vendor bears."""
    wanted = list(wanted)
    bundles = each(account.bundle, [held for _, held in wanted], carrier.at_once)
    yield from zip((name for name, _ in wanted), bundles, strict=True)


def _refuse_strangers(now: Folder, before: Folder) -> None:
    """Refuse to write over a file that pull did not write."""
    strangers = [name for name in now.files if name not in before.files and (now.path / name).exists()]
    if strangers:
        raise FlowError(f"{now.path / strangers[0]} is there already, and was not written by unicall pull; name another folder")


def _put(file: Path, data: bytes) -> bool:
    """Write a file whole or not at all; whether it had to be."""
    if file.exists() and file.read_bytes() == data:
        return False
    beside = file.with_name(f".{file.name}.tmp")
    beside.write_bytes(data)
    beside.replace(file)
    return True
