"""What the sandbox of a vendor is, and finding one by entry point.

A vendor's sandbox is written from what the vendor documents, and imports nothing of the adapter: each checks the other. It is an
object that is declared as ``[project.entry-points."unicall.sandboxes"]``, ``carrier = "my_package.sandbox:SANDBOX"``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from unicall.sandbox.store import Shelf, text

GROUP = "unicall.sandboxes"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
AREAS = (
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234, 239, 240,
    251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315,
)  # fmt: skip
FICTIONAL = tuple(f"{area}55501{line:02}" for area in AREAS for line in range(100))


class ForeignError(ValueError):
    """A document is none of this vendor's; the message says why."""


class Vendor(Protocol):
    """The sandbox of a vendor. ``provider`` is the name of its adapter, and the first part of the path of its API here.

    ``places``: the credentials that are addresses, each with its path below that of the vendor: ``{"url": "/v2"}``.
    ``stamps``: keys that the server writes by itself whenever a document is written; no dump shows them.
    """

    @property
    def provider(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def places(self) -> Mapping[str, str]: ...

    @property
    def stamps(self) -> Collection[str]: ...

    def credentials(self) -> dict[str, str]:
        """New credentials, of an account that nobody had before."""

    def routes(self, shelf: Shelf) -> Sequence[BaseRoute]:
        """The API over what the account holds."""

    def load(self, shelf: Shelf, document: Any) -> Iterator[str]:
        """Put the flows of a document into the account, in the form in which the API gives them; yields what had to be changed.

        Raises ForeignError, and has changed nothing then.
        """

    def flows(self, shelf: Shelf) -> tuple[str, ...]:
        """The ids of the flows of the account."""

    def copy(self, shelf: Shelf, key: str, number: int) -> None:
        """Put one more flow into the account: the one of this id under a new id, a new name and new phone numbers."""


@cache
def _entry_points() -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def names() -> tuple[str, ...]:
    """The providers that have a sandbox, sorted."""
    return tuple(_entry_points())


def find(provider: str) -> Vendor:
    """The sandbox of a provider. Raises KeyError."""
    vendor: Vendor = _entry_points()[provider].load()
    return vendor


def unused(taken: Collection[str]) -> str:
    """A fictional phone number of ten digits that is not one of those taken."""
    return next(number for number in FICTIONAL if number not in taken)


def answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(text(document), status, headers, "application/json")


async def body(request: Request) -> Any:
    """The JSON body of a request. Raises ValueError."""
    return json.loads(await request.body(), parse_constant=_no_number)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
