"""Apply a plan, go on with it after whatever stopped it, and put everything back as it was.

Each step is written into the journal before it is sent and after it was read back. Where an answer is lost, nobody knows whether
the step was done; then the account is looked at, and the step is repeated only if it is not there.

What surprises people: what the vendor refuses to write holds up its flow alone, and no number of that flow is moved; all others go
on. What is written is read back, and has to say what was sent and treat every call as planned; otherwise the
run stops, and no number is moved. Before anything is written over, it is read, and has to be what the plan or the last step left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from attrs import Factory, define, field, frozen

from unicall import native
from unicall.behave.comparing import compare
from unicall.live.carrier import Account, Carrier, Difference, Held
from unicall.live.differing import differing, told
from unicall.live.journal import Entry, Journal
from unicall.live.plan import DUPLICATE, Plan, PlannedDocument
from unicall.live.steps import Step, mentioned, steps, with_ids
from unicall.live.together import each
from unicall.problem import FlowError, ProviderError
from unicall.translation import parse
from unicall.wire import Json, same

LOOKS = 5  # how often a step is sent again that is not there
SETTLE = 1.0  # seconds after a lost answer until the second look: the vendor may still be at it
SHOWN = 5  # differences
NOBODY = (401, 402, 403)  # statuses that are no fault of what was sent

Progress = Callable[[int, int], None]


class ConflictError(FlowError):
    """The account is not as it was left; nothing was written over. ``differences``: what was expected, and what is there."""

    def __init__(self, what: str, differences: Iterable[Difference] = ()) -> None:
        self.differences = tuple(differences)
        shown = [f"  {told(one, 'expected', 'now')}" for one in self.differences[:SHOWN]]
        more = [f"  and {len(self.differences) - SHOWN} more"] if len(self.differences) > SHOWN else []
        super().__init__("\n".join([what, *shown, *more]))


class MismatchError(FlowError):
    """What was read back is not what was sent, or treats calls in another way."""


@frozen
class Applied:
    """What a run did: how many writes, what the comparison says of each flow by its file, and which numbers still wait.

    ``refused``: why the vendor did not take something of a flow, by its file. Applying again tries these again.
    """

    writes: int
    verdicts: Mapping[str, str]
    waiting: tuple[str, ...]
    refused: Mapping[str, str] = Factory(dict)


@frozen
class Drift:
    """What became of a document since it was written. ``differences`` is empty where it is gone."""

    kind: str
    id: str
    flow: str
    gone: bool
    differences: tuple[Difference, ...]


@define
class Run:
    """One run over a plan. ``settle``: seconds to wait before the second look after a lost answer."""

    plan: Plan
    carrier: Carrier
    account: Account
    journal: Journal
    settle: float = SETTLE
    _all: list[Step] = field(init=False)
    _ids: dict[str, str] = field(init=False, factory=dict)
    _writes: int = field(init=False, default=0)
    _refused: dict[str, str] = field(init=False, factory=dict)

    @_all.default
    def _planned(self) -> list[Step]:
        return steps(self.plan, self.carrier)

    def __attrs_post_init__(self) -> None:
        if self.account.address != self.plan.account:
            raise FlowError(f"the plan is for {self.plan.account}, and the account is {self.account.address}")
        known = self.journal.fact("plan")
        if known is not None and known != self.plan.digest:
            raise FlowError(f"{self.journal.path} belongs to another plan: the plan was changed after it was begun")
        self.carrier = self.carrier.configured(self.plan.settings)
        self._ids = {one.key: one.id for one in self.plan.documents if one.id is not None}
        self._ids |= {entry.key: entry.id for entry in self.journal.entries() if entry.id is not None and entry.state != "undone"}

    # Forward.

    def apply(self, *, with_numbers: bool = False, progress: Progress = lambda done, of: None) -> Applied:
        """Do what is not done yet. What was done before an error stays, and is known; a flow that the vendor refuses is left out.

        Raises ConflictError, MismatchError and ProviderError.
        """
        wanted = [step for step in self._all if with_numbers or not step.moves]
        entries = {entry.number: entry for entry in self.journal.entries()}
        todo = [step for step in wanted if (entry := entries.get(step.number)) is None or entry.state != "done"]
        with self.account.remembering():
            self._prepare(todo, entries)
        done = len(wanted) - len(todo)
        progress(done, len(wanted))
        for moving in (False, True):
            for step in todo:
                if step.moves is moving and not self._held_up(step):
                    self._try(step, entries.get(step.number))
                    done += 1
                    progress(done, len(wanted))
            self._judge()
        waiting = [way for step in self._all if step.moves and not with_numbers for way in step.document.ways_in]
        refused = {flow.file: why for flow in self.plan.flows for key in flow.documents if (why := self._refused.get(key))}
        return Applied(self._writes, self.journal.fact("verdicts") or {}, tuple(dict.fromkeys(waiting)), refused)

    def _prepare(self, todo: list[Step], entries: Mapping[int, Entry]) -> None:
        """Before the first write: know what is there, and that what will be written over is as the plan saw it."""
        if not todo:
            return
        if any(entry.state == "undoing" for entry in entries.values()):
            raise FlowError("this plan is being rolled back; finish that with unicall rollback")
        for step in todo:
            entry = entries.get(step.number)
            if step.what == "replace" and (entry is None or entry.state == "undone"):
                self._as_left(step.document)
        self._know_made(entry for step in todo if step.moves and (entry := entries.get(step.number)) is not None)
        self._refuse_taken([step.document for step in todo if step.moves])
        begun = self.journal.fact("there") is not None
        if not begun:
            self._refuse_made()
        self.journal.tell("plan", self.plan.digest)
        if not begun:
            kinds = dict.fromkeys(step.document.kind for step in self._all if step.what == "create")
            self.journal.tell("there", {kind: sorted(self.account.listed(kind)) for kind in kinds})

    def _know_made(self, entries: Iterable[Entry]) -> None:
        """Know the flows that were made with their numbers, and whose answer was lost: no number has to be taken from them."""
        for entry in entries:
            if entry.state == "begun" and entry.what == "create" and (known := self._found(entry)) is not None:
                self._ids[entry.key] = known

    def _refuse_taken(self, moving: list[PlannedDocument]) -> None:
        """Refuse to move any number as long as one of them leads to a flow that is not the plan's."""
        ours = {way: document.key for document in moving for way in document.ways_in}
        both = [f"{way} is to reach {one.flow} and another flow" for one in moving for way in one.ways_in if ours[way] != one.key]
        for held in self.account.flows() if ours else ():
            taken = [way for way in held.ways_in if way in ours and self._ids.get(ours[way]) != held.id]
            called = f"{held.id} ({held.name})" if held.name else held.id
            both += [f"{way} leads to {called}: take it from there first" for way in taken]
        if both:
            raise ConflictError("\n  ".join(["nothing was written: a number leads to one flow alone", *dict.fromkeys(both)]))

    def _refuse_made(self) -> None:
        """Refuse to make a flow that has come since it was planned: somebody made it, or an earlier run whose journal is lost."""
        making = [flow for flow in self.plan.flows if flow.action == "create"]
        names = {flow.name: flow.file for flow in making if flow.name is not None and DUPLICATE not in flow.accepted}
        marks = {one.mark: one.flow for one in self.plan.documents if one.mark is not None and one.action == "create"}
        known = {*self._ids.values(), *(left.id for left in self.plan.left)}
        found = []
        for held in self.account.flows() if making else ():
            made = [file for mark, file in marks.items() if any(mark in way for way in held.ways_in)]
            alike = names.get(held.name) if held.name is not None else None
            if held.id not in known and (made or alike):
                found.append(f"{held.id} ({held.name}) has come since {made[0] if made else alike} was planned")
        if found:
            how = "bring the journal of the run that made it back, or plan again"
            raise ConflictError("\n  ".join([f"nothing was written: a flow would be made twice; {how}", *found]))

    def _held_up(self, step: Step) -> bool:
        """Whether something that this step needs was refused: what it refers to, or for a number anything of its flow."""
        needed = {step.document.key, *mentioned(step.body, self._refused)}
        if step.moves:
            needed.update(key for flow in self.plan.flows if step.document.key in flow.documents for key in flow.documents)
        why = next((self._refused[key] for key in needed if key in self._refused), None)
        if why is not None:
            self._refused.setdefault(step.document.key, why)
        return why is not None

    def _try(self, step: Step, entry: Entry | None) -> None:
        """One step, of which the vendor may refuse what it holds; that nobody may write at all stops the run."""
        try:
            self._do(step, entry)
        except ProviderError as error:
            if error.outcome != "refused" or error.status in NOBODY:
                raise
            self._refused[step.document.key] = str(error)

    def _do(self, step: Step, entry: Entry | None) -> None:
        """One step, from wherever it was left."""
        if entry is None or entry.state == "undone":
            entry = self._begin(step)
            known = self._send(entry, fresh=True)
        elif entry.state == "begun":
            known = self._found(entry) or self._send(entry)
        else:
            assert entry.id is not None
            known = entry.id
        self._ids[entry.key] = known
        self.journal.made(entry.number, known)
        self.journal.done(entry.number, self._read_back(entry, known))

    def _begin(self, step: Step) -> Entry:
        document = step.document
        known = self._ids.get(document.key) if step.what != "create" else None
        was = None if step.what == "create" else self._as_left(document)
        entry = Entry(
            number=step.number,
            what=step.what,
            kind=document.kind,
            key=document.key,
            flow=document.flow,
            id=known,
            was=was,
            sent=with_ids(step.body, self._ids),
        )
        self.journal.begin(entry)
        return entry

    def _send(self, entry: Entry, *, fresh: bool = False) -> str:
        """Write this step, once; its id. ``fresh``: it was not sent before."""
        return self._surely(
            partial(self._written, entry),
            partial(self._found_in_time, entry),
            fresh=fresh,
            not_done=lambda: self.journal.mark(entry.number, "undone"),
        )

    def _written(self, entry: Entry) -> str:
        if entry.what == "create":
            return self.account.create(entry.kind, entry.sent)
        assert entry.id is not None
        return self._replaced(entry.kind, entry.id, entry.sent)

    def _replaced(self, kind: str, known: str, body: Json) -> str:
        self.account.replace(kind, known, body)
        return known

    def _deleted(self, kind: str, known: str) -> str:
        self.account.delete(kind, known)
        return known

    def _found_in_time(self, entry: Entry) -> str | None:
        known = self._found(entry)
        if known is None:
            time.sleep(self.settle)
            known = self._found(entry)
        return known

    def _found(self, entry: Entry) -> str | None:
        """The id of what was sent; None where the account does not have it. Raises ConflictError where nobody can tell."""
        if entry.what != "create":
            assert entry.id is not None
            stored = self.account.read(entry.kind, entry.id)
            if same(stored, entry.was):
                return None
            if stored is None:
                raise ConflictError(f"{entry.kind} {entry.id} of {entry.flow} is gone from the account")
            unlike = self.carrier.differences(entry.kind, entry.sent, stored)
            if unlike:
                raise ConflictError(f"{entry.kind} {entry.id} was edited on the account meanwhile", unlike)
            return entry.id
        there = set((self.journal.fact("there") or {}).get(entry.kind, ()))
        ours = self.journal.others(entry.number, entry.kind)
        strangers = [known for known in self.account.listed(entry.kind) if known not in there and known not in ours]
        alike = [known for known in strangers if self._stands(entry.kind, known, entry.sent)]
        if len(alike) > 1:
            both = f"{entry.kind} {' and '.join(alike)}"
            raise ConflictError(f"the answer to making {entry.key} was lost; {both} could be it")
        return alike[0] if alike else None

    def _as_left(self, document: PlannedDocument) -> Json:
        """What stands on the account now, which has to be what the plan saw or the last step left."""
        known = self._ids[document.key]
        last = self.journal.left(document.key)
        left = document.was if last is None else last.back
        stored = self.account.read(document.kind, known)
        if stored is None:
            raise ConflictError(f"{document.kind} {known} of {document.flow} is gone from the account")
        if not same(stored, left):
            what = f"{document.kind} {known} of {document.flow} was edited on the account since; nothing was written over"
            raise ConflictError(what, differing(left, stored))
        return stored

    def _read_back(self, entry: Entry, known: str) -> Json:
        stored = self.account.read(entry.kind, known)
        if stored is None:
            raise MismatchError(f"{entry.kind} {known} was written, and is not there")
        unlike = self.carrier.differences(entry.kind, entry.sent, stored)
        if unlike:
            shown = "\n".join(f"  {told(one, 'sent', 'stored')}" for one in unlike[:SHOWN])
            raise MismatchError(f"{entry.kind} {known} of {entry.flow} was stored in another way than it was sent\n{shown}")
        return stored

    def _judge(self) -> None:
        """What calls to each flow meet on the account, against what was planned. Raises MismatchError where they differ."""
        verdicts: dict[str, str] = self.journal.fact("verdicts") or {}
        acted = [flow for flow in self.plan.flows if flow.action in ("create", "update")]
        stand = [flow for flow in acted if flow.documents[-1] in self._ids and self._refused.keys().isdisjoint(flow.documents)]
        fresh = [flow for flow in stand if flow.file not in verdicts]
        standing = [Held(self._ids[flow.documents[-1]]) for flow in fresh]
        with self.account.remembering():
            for flow, bundle in zip(fresh, each(self.account.bundle, standing, self.carrier.at_once), strict=True):
                there = parse(bundle, self.plan.target, {self.plan.target: self.plan.settings}).flow
                found = compare(native.from_json(with_ids(flow.expected, self._ids)), there)
                if not found.same:
                    at = f"{self.carrier.flow_kind} {self._ids[flow.documents[-1]]} of {flow.file}"
                    raise MismatchError(f"{at} treats calls in another way than planned: {found.sentence}")
                verdicts[flow.file] = str(found)
        self.journal.tell("verdicts", verdicts)

    # Back.

    def roll_back(self, *, force: bool = False, progress: Progress = lambda done, of: None) -> int:
        """Put back what was there, and remove what was made; how many writes that took.

        Raises ConflictError where somebody edited since what the plan wrote, unless ``force``.
        """
        entries = [entry for entry in reversed(self.journal.entries()) if entry.state != "undone"]
        if not force:
            self._refuse_edited()
        made = {entry.key for entry in entries if entry.what == "create"}
        for number, entry in enumerate(entries):
            progress(number, len(entries))
            if entry.what == "create":
                self._unmake(entry)
                self.journal.undone(entry.key)
            elif entry.key not in made:
                self._put_back(entry)
                self.journal.mark(entry.number, "undone")
        progress(len(entries), len(entries))
        self.journal.tell("verdicts", {})
        self.journal.tell("there", None)
        return self._writes

    def _refuse_edited(self) -> None:
        edited = [one for one in self.drift() if not one.gone]
        if edited:
            what = f"{edited[0].kind} {edited[0].id} of {edited[0].flow} was edited on the account since; --force undoes that too"
            raise ConflictError(what, edited[0].differences)

    def _unmake(self, entry: Entry) -> None:
        known = entry.id or self._found_in_time(entry)
        if known is None:
            return
        self.journal.made(entry.number, known)
        self.journal.mark(entry.number, "undoing")
        delete, look = partial(self._deleted, entry.kind, known), partial(self._gone, entry.kind, known)
        self._surely(delete, look, fresh=entry.state != "undoing")
        if self.account.read(entry.kind, known) is not None:
            raise MismatchError(f"{entry.kind} {known} was removed, and is still there")

    def _put_back(self, entry: Entry) -> None:
        known = entry.id
        assert known is not None
        if same(self.account.read(entry.kind, known), entry.was):
            return
        self.journal.mark(entry.number, "undoing")
        was = self.carrier.writable(entry.kind, entry.was)
        write, look = partial(self._replaced, entry.kind, known, was), partial(self._standing, entry.kind, known, was)
        self._surely(write, look, fresh=entry.state != "undoing")
        stored = self.account.read(entry.kind, known)
        unlike = self.carrier.differences(entry.kind, was, stored)
        if unlike:
            raise ConflictError(f"{entry.kind} {known} was put back, and is not as it was", unlike)

    def _gone(self, kind: str, known: str) -> str | None:
        return known if self.account.read(kind, known) is None else None

    def _standing(self, kind: str, known: str, body: Json) -> str | None:
        return known if self._stands(kind, known, body) else None

    def _stands(self, kind: str, known: str, body: Json) -> bool:
        """Whether the account has this document, and it says what this body does."""
        stored = self.account.read(kind, known)
        return stored is not None and not self.carrier.differences(kind, body, stored)

    def _surely(
        self, write: Callable[[], str], look: Callable[[], str | None], *, fresh: bool, not_done: Callable[[], None] = lambda: None
    ) -> str:
        """Write; where an answer was lost, look before writing again, or believing that it is refused: then ``not_done``."""
        for _ in range(LOOKS):
            try:
                known = write()
            except ProviderError as error:
                refused = error.outcome != "unknown"
                found = None if refused and fresh else look()
                if found is None and refused:
                    not_done()
                    raise
                last, fresh = error, False
                if found is None:
                    continue
                known = found
            self._writes += 1
            return known
        raise last

    # Looking.

    def drift(self, progress: Progress = lambda done, of: None) -> list[Drift]:
        """What of the plan's documents is not on the account any more as it was written. Reads, and never writes."""
        with self.account.remembering():
            return self._drift(progress)

    def _drift(self, progress: Progress) -> list[Drift]:
        last: dict[str, Entry] = {}
        under_way: dict[str, Entry] = {}
        for entry in self.journal.entries():
            if entry.state == "done":
                last[entry.key] = entry
            elif entry.state != "undone":
                under_way[entry.key] = entry
        found = []
        standing = each(lambda entry: self.account.read(entry.kind, entry.id or ""), last.values(), self.carrier.at_once)
        for number, ((key, entry), stored) in enumerate(zip(last.items(), standing, strict=True)):
            progress(number, len(last))
            assert entry.id is not None
            differences = () if stored is None else tuple(differing(entry.back, stored))
            if (stored is None or differences) and not self._under_way(under_way.get(key), stored):
                found.append(Drift(entry.kind, entry.id, entry.flow, stored is None, differences))
        progress(len(last), len(last))
        return found

    def _under_way(self, entry: Entry | None, stored: Json | None) -> bool:
        """Whether a document is as a step would have it that was begun, and of which nobody knows how far it got."""
        if entry is None:
            return False
        if stored is None:
            return entry.what == "create"
        return same(stored, entry.was) or not self.carrier.differences(entry.kind, entry.sent, stored)
