"""A plan: what would be written to an account, and why. A file that people review, keep and apply.

The surprise: the ids that begin with ``new:`` are the plan's own, and mean the same in all of it. What several flows need and says
the same (a device that forwards, a prompt) is one document, made once. And nobody edits a plan: one that says anything else than
what was planned is refused.
"""

from __future__ import annotations

from functools import cache, cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from attrs import Factory, asdict, frozen

from unicall.problem import DocumentError
from unicall.text import dumps, loads
from unicall.wire import Json, brief

if TYPE_CHECKING:
    from cattrs import Converter

VERSION = 1
DUPLICATE = "duplicate"  # is accepted like a code: that the account has a flow of that name, which stays beside the new one
DIGEST = "digest"  # the last key of the file
Decision = Literal["create", "update", "unchanged", "refused"]
Step = Literal["create", "replace", "unchanged"]


@frozen(kw_only=True)
class PlannedDocument:
    """One document. ``key``: its ``new:`` id in this plan; ``id``: its id on the account, where it has one already.

    ``was``: what stands on the account now. ``ways_in``: the numbers and patterns that reach it when they are moved, last of all;
    ``mark``: what it stands under until then. ``flow``: the file of the flow it was planned for first.
    """

    kind: str
    key: str
    id: str | None = None
    action: Step
    flow: str
    ways_in: tuple[str, ...] = ()
    mark: str | None = None
    document: Json
    was: Json = None


@frozen(kw_only=True)
class PlannedFlow:
    """What becomes of one flow, and why. ``problems`` is its ledger, ``calls`` the verdict of the comparison, both as JSON.

    ``expected``: the flow as it will be read from the account, in unicall's own form. ``accepted``: the codes that were accepted
    for it; ``barred``: those that it is refused for until they are. ``by_hand``: what a person has to do that the API cannot.
    ``undocumented``: what the vendor does not document of what would be done. ``documents``: the keys of all that it needs; its
    own is the last.
    """

    file: str
    name: str | None
    source_id: str
    action: Decision
    why: tuple[str, ...]
    barred: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    undocumented: tuple[str, ...] = ()
    verdict: str = ""
    calls: Json = None
    problems: tuple[Json, ...] = ()
    documents: tuple[str, ...] = ()
    expected: Json = None


@frozen(kw_only=True)
class Left:
    """A document that an earlier plan left on the account, and that this one does not touch. ``back``: as it was read back last.

    ``wanted``: a flow that this plan refuses needs it; any other, no flow of the folder does.
    """

    key: str
    kind: str
    id: str
    back: Json
    wanted: bool


@frozen(kw_only=True)
class Plan:
    """All flows of a folder, and the documents to be written in the order in which they can be.

    ``left``: what earlier plans left on the account, for the plan after this one. ``unused``: what of the references no flow
    needs. ``settings``: what the user knows of the target's carrier.
    """

    source: str
    target: str
    account: str
    flows: tuple[PlannedFlow, ...]
    documents: tuple[PlannedDocument, ...]
    left: tuple[Left, ...] = Factory(tuple)
    unused: tuple[str, ...] = Factory(tuple)
    settings: dict[str, Json] = Factory(dict)

    @cached_property
    def digest(self) -> str:
        """Tells one plan from another."""
        return digest_of(self._told())

    def dumped(self) -> str:
        """The text of the file."""
        return dumps({**self._told(), DIGEST: self.digest})

    def _told(self) -> dict[str, Json]:
        return {"unicall": "plan", "version": VERSION, **asdict(self)}

    @classmethod
    def read(cls, file: Path) -> Plan:
        """The plan of a file. Raises DocumentError, with the place, for one that is none."""
        try:
            return cls.loaded(loads(file.read_bytes()))
        except OSError as error:
            raise DocumentError(error.strerror or "cannot be read", source=str(file)) from None
        except DocumentError as error:
            raise DocumentError(error.text, pointer=error.pointer, source=str(file)) from None

    @classmethod
    def loaded(cls, document: Json) -> Plan:
        """The plan of a JSON document. Raises DocumentError, also for one that somebody changed: nobody planned that."""
        from cattrs import transform_error
        from cattrs.errors import BaseValidationError

        if not isinstance(document, dict) or document.get("unicall") != "plan":
            raise DocumentError("is no plan of unicall")
        if (version := document.get("version")) != VERSION:
            raise DocumentError(f"has a version that this unicall does not know: {brief(version)}", pointer="/version")
        told = {key: value for key, value in document.items() if key not in ("unicall", "version", DIGEST)}
        try:
            plan = _converter().structure(told, cls)
        except BaseValidationError as error:
            first = transform_error(error)[0]
            said, _, place = first.partition(" @ $")
            raise DocumentError(f"is no plan: {said}", pointer=place.replace(".", "/").replace("[", "/").replace("]", "")) from None
        if document.get(DIGEST) != digest_of(document):
            why = "was changed since unicall plan wrote it: plan again, with other references or other codes to accept"
            raise DocumentError(why, pointer=f"/{DIGEST}")
        return plan


def digest_of(document: Json) -> str:
    """What tells this document of a plan from any other."""
    text = dumps({key: value for key, value in document.items() if key != DIGEST}, indent=False)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@cache
def _converter() -> Converter:
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(str, lambda value, _: _as(str, value))
    converter.register_structure_hook_func(lambda kind: kind is Any, lambda value, _: value)
    return converter


def _as(kind: type, value: Json) -> Any:
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, got {brief(value)}")
    return cast(Any, value)
