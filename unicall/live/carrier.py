"""What a carrier's live half is, and finding one.

An adapter reads and writes documents; its live half moves them. It stands in the vendor's package, in a module of its own, and is
declared as ``[project.entry-points."unicall.carriers"]``, ``carrier = "my_package.account:CARRIER"``. It has two parts:

- a :class:`Carrier`, which is pure: what its API can do, how the document of a flow is taken apart into what its endpoints take,
  and what of a document the server may add or spell in another way;
- an :class:`Account`, which is one account over an ``httpx.Client`` that the caller owns. It is thin: one method, one call.

What surprises people: nobody here decides what is written and when. Plans, journals, resuming and rolling back are the same for all
carriers, and stand in the rooms beside this one; an account never looks at what stood there before, and never repeats a write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Literal, Protocol

from attrs import frozen

from unicall.problem import FlowError
from unicall.toml import did_you_mean
from unicall.wire import Json

if TYPE_CHECKING:
    import httpx

GROUP = "unicall.carriers"
Action = Literal["create", "replace", "delete", "number"]


@frozen
class Credential:
    """One thing that a user has to know to use an account. ``secret``: it must not be shown. ``default``: where it is left out."""

    name: str
    meaning: str
    secret: bool = True
    default: str | None = None


@frozen
class Piece:
    """One document of an account: ``kind`` in the vendor's word (``menus``), ``key`` its id, or ``new:...`` before it has one.

    Its document says the keys of others as text, where the vendor has numbers too: only text is known for an id.
    """

    kind: str
    key: str
    document: Json


@frozen
class Held:
    """A flow that an account has: its id, its name and its ways in, where the list says them.

    ``document``: where the list gives it whole. ``ways_in`` has the patterns of unicall's own as well.
    """

    id: str
    name: str | None = None
    document: Json = None
    ways_in: tuple[str, ...] = ()


@frozen
class Difference:
    """Where a document that was read back says something else than what was sent."""

    pointer: str
    sent: Json
    stored: Json


class Account(Protocol):
    """One account of a carrier. Each method is one or more calls of the API, and raises ProviderError."""

    @property
    def address(self) -> str:
        """Which account it is, in words that are no secret: the API's address and the account's id."""

    def flows(self) -> Iterable[Held]:
        """All flows of the account, to the last page."""

    def bundle(self, held: Held) -> Json:
        """One flow with the documents that it refers to, as the adapter reads it, without what changes on every answer."""

    def read(self, kind: str, key: str) -> Json | None:
        """One document as it is stored, without what the server computes; None where there is none."""

    def listed(self, kind: str) -> Mapping[str, str | None]:
        """The ids of all documents of a kind, each with its name."""

    def remembering(self) -> AbstractContextManager[None]:
        """Within this, what was read may be taken for what is there: a pass over many flows, in which nothing is written."""

    def caution(self, way: str) -> str | None:
        """What a person has to know or to do before this number, which no flow of the account has, is moved to one of its flows."""

    def create(self, kind: str, document: Json) -> str:
        """Make a document; its id. Never repeated by itself: see ``ProviderError.outcome``."""

    def replace(self, kind: str, key: str, document: Json) -> None:
        """Put a document in the place of another, whole."""

    def delete(self, kind: str, key: str) -> None:
        """Remove a document; that there is none any more is no error."""


class Carrier(Protocol):
    """A carrier's API, as far as it can be known without a call."""

    @property
    def provider(self) -> str:
        """The name of its adapter."""

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What it takes to use an account, beside ``url``, the address of the API."""

    @property
    def url(self) -> str:
        """The address of the API where the user names none."""

    @property
    def at_once(self) -> int:
        """How many reads the vendor can be asked at the same time. Writes are always one after the other."""

    @property
    def flow_kind(self) -> str:
        """What the vendor calls the documents of flows: ``callflows``."""

    def configured(self, settings: Mapping[str, Json]) -> Carrier:
        """The same carrier with what the user knows, as a table of a settings file."""

    def open(self, http: httpx.Client, known: Mapping[str, str]) -> Account:
        """An account, with the credentials by name and ``url``. Makes no call."""

    @property
    def stands_unreached(self) -> bool:
        """Whether a flow can be made that has no way in; where not, it is made when its numbers are moved."""

    @property
    def stays(self) -> str | None:
        """What of a plan is still on the account after it was rolled back, in words; None for nothing."""

    @property
    def id_key(self) -> str:
        """The key of a flow's document that holds its id."""

    @property
    def id_argument(self) -> str:
        """The key that says the id of a flow in request form, where that is another one."""

    @property
    def shared(self) -> frozenset[str]:
        """The kinds of documents of which one may serve several flows, where they say the same and refer to nothing."""

    def unable(self, action: Action, kind: str) -> str | None:
        """Why the API cannot do this, and what a person has to do by hand; None where it can."""

    def unsure(self, action: Action, kind: str) -> str | None:
        """What is not documented about doing this; None where all of it is."""

    def afterwards(self, kind: str, document: Json) -> str | None:
        """What a person has to do when this document is made, because no document holds it; None for nothing."""

    def undoable(self, kind: str, document: Json) -> tuple[Json, str | None]:
        """A document without what the API takes and never tells, and what a person has to do for that; None for nothing.

        Nobody could put back what stood there before, so no plan writes it.
        """

    def apart(self, document: Json) -> tuple[Piece, ...]:
        """The documents of which a flow in request form is made, in the order in which they can be made; the flow is the last.

        Flows that refer to each other in a circle stand in any order: they are made twice, first as :meth:`skeleton`. So does what
        is no flow and leads back to one. A key that does not begin with ``new:`` is the id of a document that exists.
        """

    def unique(self, kind: str, document: Json) -> tuple[str, ...]:
        """What of a document no other of its kind in the account may have, in words: ``mailbox 301``."""

    def ways_in(self, document: Json) -> tuple[str, ...]:
        """The numbers and patterns by which calls reach this flow's document, where it says them: to be sent, or as stored."""

    def staged(self, document: Json, mark: str) -> Json:
        """A flow's document that no call can reach: without its ways in, and under ``mark`` where there has to be one."""

    def opened(self, document: Json, staged: Json, ways: tuple[str, ...]) -> Json:
        """The ``staged`` document with these of the ways in of ``document`` beside those that it has."""

    def skeleton(self, document: Json) -> Json:
        """A flow's document that refers to nothing, for what refers to each other in a circle."""

    def writable(self, kind: str, stored: Json) -> Json:
        """A stored document as it can be put back. Raises FlowError, with why, where the API cannot write all of it.

        A plan refuses to write over what this refuses, because no rollback could undo that.
        """

    def differences(self, kind: str, sent: Json, stored: Json) -> tuple[Difference, ...]:
        """What a document that was read back does not say as it was sent; defaults and spellings of the server are none."""


@cache
def _entry_points() -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def carriers() -> tuple[str, ...]:
    """The names of all carriers whose accounts can be used, sorted."""
    return tuple(_entry_points())


def carrier(provider: str) -> Carrier:
    """The live half of a carrier. Raises FlowError for a name that nobody has, with the nearest one."""
    entry = _entry_points().get(provider)
    if entry is None:
        raise FlowError(f"no account of {provider!r} can be used{did_you_mean(provider, carriers())}")
    found: Carrier = entry.load()
    return found
