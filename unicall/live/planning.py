"""Making a plan: what each flow of a folder would become on an account, and what stands against it. Reads, and never writes.

A flow is known on the account by the plan before this one, or because the user says which one it is; never by its name alone. What
is not known is made; what is known is compared with what stands there, and is written only where that says something else.

What surprises people: a flow is refused for what its translation loses until each code is accepted for it by name, it is refused
when somebody edited what an earlier plan wrote, and when what stands there could not be put back. Nothing is ever overwritten
because it was in the way. A flow that cannot be read is refused alone, and all others are planned.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

from attrs import define, evolve, field, frozen

from unicall import native
from unicall.adapter import NEW
from unicall.behave.words import comparison_json, problem_json
from unicall.graph import Flow, Reference
from unicall.live.carrier import Account, Action, Carrier, Difference, Held, Piece, carrier, carriers
from unicall.live.differing import differing, told
from unicall.live.folder import Folder
from unicall.live.journal import Journal
from unicall.live.plan import DUPLICATE, Decision, Left, Plan, PlannedDocument, PlannedFlow
from unicall.live.steps import mentioned, standing, waits, with_ids
from unicall.live.together import each
from unicall.numbers import e164
from unicall.problem import CODES, DocumentError, FlowError
from unicall.references import Applied, References, entry, unused
from unicall.references import read as read_references
from unicall.settings import read as read_settings
from unicall.toml import did_you_mean
from unicall.translation import Parsed, Translation, parse, translate_all
from unicall.wire import Json, same

UNDOCUMENTED = "undocumented"  # is accepted like a code: that the vendor does not document what would be done
BARRING = ("lost", "changed", "unresolved")
UNKNOWN = ("UC103", "UC304")  # a document that was not given, a reference that means nothing to the target
LACKING = "UC406"  # a required argument that only the account knows
FLOW = "flow"  # the table of references that says which flow here is which there
SHOWN = 3  # differences, places


@frozen
class Accepted:
    """What is accepted for the flows of which the name, the id or the file matches ``flow``, in which ``*`` is anything."""

    flow: str
    codes: frozenset[str]

    @classmethod
    def read(cls, text: str) -> Accepted:
        """``Main line=UC201,UC304``. Raises FlowError for a code that is none, with the nearest one, or that nobody can accept."""
        flow, found, listed = text.rpartition("=")
        codes = frozenset(code.strip() for code in listed.split(",") if code.strip())
        if not found or not flow.strip() or not codes:
            raise FlowError(f"{text!r} is not FLOW=CODE,CODE")
        known = [*CODES, UNDOCUMENTED, DUPLICATE]
        for code in sorted(codes):
            if code not in known:
                raise FlowError(f"no problem has the code {code!r}{did_you_mean(code, known)}")
            if code == LACKING:
                raise FlowError(f"{code} cannot be accepted: a carrier refuses a call without what it requires")
        return cls(flow.strip(), codes)

    def matches(self, *called: str | None) -> bool:
        """Whether a flow of one of these names is meant."""
        return any(name is not None and fnmatchcase(name, self.flow) for name in called)


@frozen
class Known:
    """A document that an earlier plan wrote or found: its kind, its id, and what was read back last."""

    kind: str
    id: str
    back: Json


def known_from(plan: Plan, journal: Journal) -> dict[str, Known]:
    """What a plan and its journal say of the account, by the key of each document; and what the plans before it left there.

    Raises FlowError for a plan that was left in the middle: nobody knows whether its last step was done.
    """
    found = {one.key: Known(one.kind, one.id, one.back) for one in plan.left}
    found |= {one.key: Known(one.kind, one.id, one.was) for one in plan.documents if one.id is not None}
    for step in journal.entries():
        if step.state == "done" and step.id is not None:
            found[step.key] = Known(step.kind, step.id, step.back)
        elif step.state == "undone" and step.what == "create":
            found.pop(step.key, None)
        elif step.state != "undone":
            raise FlowError(f"{journal.path} stopped in the middle of a step: finish that plan first, with apply or rollback")
    return found


def plan(
    folder: Path,
    carrier: Carrier,
    account: Account,
    *,
    references: Json | Path = None,
    settings: Json | Path = None,
    accepted: Iterable[Accepted] = (),
    before: Mapping[str, Known] | None = None,
) -> Plan:
    """The plan for all flows of a folder. ``before``: what earlier plans left there, see :func:`known_from`.

    Raises DocumentError for documents, references or settings that cannot be read, FlowError for acceptances that no flow needs,
    ProviderError when the account cannot be read.
    """
    held = Folder.read(folder)
    if (held.provider, held.account) == (carrier.provider, account.address):
        raise FlowError(f"{folder} holds the flows of this very account; name another one with --to")
    with account.remembering():
        return _planned(held, carrier, account, references, settings, tuple(accepted), before or {})


def _planned(
    held: Folder,
    carrier: Carrier,
    account: Account,
    references: Json | Path,
    settings: Json | Path,
    accepted: tuple[Accepted, ...],
    before: Mapping[str, Known],
) -> Plan:
    given = None if references is None else read_references(references)
    known = read_settings(settings)
    mine = dict(known.given.get(carrier.provider, {}))
    carrier = carrier.configured(mine)
    planner = _Planner(carrier, account, given, accepted, before, list(account.flows()))
    sources = set()
    everything = list(_translated(held, carrier.provider, given, known))
    planner.meet(one for _, done in everything if not isinstance(done, DocumentError) for one in done)
    for file, done in everything:
        if isinstance(done, DocumentError):
            planner.add_unread(file, held.files.get(file), str(done))
            continue
        for label, name, translation, source_id in done:
            sources.add(translation.source)
            planner.add(label, name, translation, source_id)
    planner.check_accepted()
    if len(sources) > 1:
        raise FlowError(f"{held.path} holds flows of {' and of '.join(sorted(sources))}; a folder for each")
    return evolve(planner.finished(sources.pop() if sources else held.provider or ""), settings=mine)


_Named: TypeAlias = "tuple[str, str | None, Translation, str]"


def _translated(
    folder: Folder, target: str, references: References | None, settings: Any
) -> Iterator[tuple[str, list[_Named] | DocumentError]]:
    """Every file with its flows: the file (with a number where it holds several), the flow's name, its translation and its id."""
    for file, document in folder.documents():
        try:
            done = list(translate_all(document, folder.provider, target, "request", references, settings, compare=True))
        except DocumentError as error:
            if not isinstance(document, (dict, list)):
                raise DocumentError(error.text, pointer=error.pointer, source=str(folder.path / file)) from None
            yield file, error
            continue
        if not done:
            raise DocumentError("holds no flow", source=str(folder.path / file))
        named: list[_Named] = []
        for number, one in enumerate(done):
            label = file if len(done) == 1 else f"{file}#{number + 1}"
            held = folder.files.get(file) if len(done) == 1 else None
            name = one.crossing.parsed.flow.name
            named.append((label, name, one, held.id if held is not None else _id_of(one.crossing.parsed) or label))
        yield file, named


@define
class _Planner:
    """The plan as it grows."""

    carrier: Carrier
    account: Account
    references: References | None
    accepted: tuple[Accepted, ...]
    before: Mapping[str, Known]
    held: Sequence[Held]
    flows: list[PlannedFlow] = field(init=False, factory=list)
    documents: dict[str, PlannedDocument] = field(init=False, factory=dict)
    needed: set[tuple[Accepted, str]] = field(init=False, factory=set)
    wanted: set[str] = field(init=False, factory=set)
    reached: dict[str, str] = field(init=False, factory=dict)
    mapped: dict[str, str] = field(init=False, factory=dict)
    used: set[Reference] = field(init=False, factory=set)
    applied: list[Applied] = field(init=False, factory=list)
    singles: dict[str, dict[str, str]] = field(init=False, factory=dict)
    others: dict[str, str] = field(init=False, factory=dict)

    def add_unread(self, file: str, held: Held | None, why: str) -> None:
        """A file that cannot be read: refused. Nothing says what an earlier plan made of it, so all is taken to be needed."""
        self.wanted |= self.before.keys()
        source_id, name = (file, None) if held is None else (held.id, held.name)
        self.flows.append(PlannedFlow(file=file, name=name, source_id=source_id, action="refused", why=(f"cannot be read: {why}",)))

    def meet(self, flows: Iterable[_Named]) -> None:
        """Know the documents of another account by their ids, before any of them is planned: each may refer to each."""
        for _, _, translation, source_id in flows:
            if translation.source == self.carrier.provider:
                apart = self.carrier.apart(translation.document)
                known = {source_id, *(piece.key for piece in apart if not piece.key.startswith(NEW))}
                keys = self._keys(apart, translation.source, source_id)
                self.others |= {key: keys[key] for key in known}

    def add(self, file: str, name: str | None, translation: Translation, source_id: str) -> None:
        """Decide about one flow."""
        mark = _mark(translation.source, source_id)
        verdict = _Verdict(file, name, translation.source, source_id)
        if translation.crossing.applied is not None:
            self.applied.append(translation.crossing.applied)
        apart = self.carrier.apart(translation.document)
        keys = self._keys(apart, translation.source, source_id)
        keys = self.others | keys
        main, by_hand = self.carrier.undoable(apart[-1].kind, apart[-1].document)
        apart = (*apart[:-1], evolve(apart[-1], document=main))
        pieces = [Piece(piece.kind, keys.get(piece.key, piece.key), with_ids(piece.document, keys)) for piece in apart]
        mapped = self._mapped(translation.source, source_id)
        self._judge(verdict, translation)
        drafts = [self._draft(verdict, piece, mark) for piece in pieces[:-1]]
        drafts.append(self._draft(verdict, pieces[-1], mark, main=True, mapped=mapped))
        self.wanted |= {draft.key for draft in drafts}
        self._look_around(verdict, drafts[-1], mark)
        self._numbers(verdict, drafts[-1], translation)
        self._alone(verdict, drafts)
        if by_hand is not None and drafts[-1].action != "unchanged":
            verdict.tell(f"{verdict.called}: {by_hand}")
        decision = _decision(verdict, drafts)
        if decision != "refused":
            self._take(drafts, verdict)
        self.flows.append(
            PlannedFlow(
                file=file,
                name=name,
                source_id=source_id,
                action=decision,
                why=tuple(verdict.against or _reasons(drafts, self.carrier)),
                accepted=tuple(sorted(verdict.accepted)),
                barred=tuple(verdict.barred),
                verdict=str(translation.comparison),
                problems=tuple(_plain(problem_json(problem, True)) for problem in translation.problems),
                expected=with_ids(_plain(native.to_json(self._expected(translation, main, by_hand is None))), keys),
                calls=_plain(comparison_json(translation.comparison)),
                by_hand=tuple(verdict.by_hand),
                undocumented=tuple(verdict.undocumented),
                documents=tuple(draft.key for draft in drafts),
            )
        )

    def _expected(self, translation: Translation, main: Json, whole: bool) -> Flow:
        """The flow as the account will give it, where the document is written ``whole``, or a person does the rest."""
        crossing = translation.crossing
        return crossing.back.flow if whole else parse(main, self.carrier.provider, crossing.known.given).flow

    def _take(self, drafts: Sequence[PlannedDocument], verdict: _Verdict) -> None:
        """The flow is planned: what it has, no other can have."""
        for draft in drafts:
            self.documents.setdefault(draft.key, draft)
        self.documents[drafts[-1].key] = drafts[-1]
        for draft in drafts:
            for only in self.carrier.unique(draft.kind, draft.document):
                self.singles[draft.kind].setdefault(only, f"{draft.key} of {verdict.called}")
        self.reached |= {_way(way): verdict.called for way in drafts[-1].ways_in}
        if drafts[-1].id is not None:
            self.mapped[drafts[-1].id] = verdict.called

    def check_accepted(self) -> None:
        """Refuse what was accepted and that no flow needs: it may be misspelt, and will not be missed."""
        for one in self.accepted:
            for code in sorted(one.codes):
                if (one, code) not in self.needed:
                    known = any(one.matches(flow.name, flow.source_id, flow.file) for flow in self.flows)
                    if known and code in (UNDOCUMENTED, DUPLICATE):
                        continue  # what an earlier plan did is not done again
                    hint = "" if known else did_you_mean(one.flow, [flow.name or flow.file for flow in self.flows])
                    raise FlowError(f"--accept {one.flow}={code}: no flow of that name has this problem{hint}")

    def _complete(self) -> None:
        """Refuse each flow that needs another of its account, where that is refused; then those that need it."""
        keys = frozenset(self.others.values())
        called = {flow.documents[-1]: flow.name or flow.file for flow in self.flows if flow.documents}
        while True:
            lacking = {
                flow.file: key
                for flow in self.flows
                if flow.action != "refused"
                for key in sorted(self._needs(flow, keys) - self.documents.keys())
            }
            if not lacking:
                return
            for number, flow in enumerate(self.flows):
                if (key := lacking.get(flow.file)) is not None:
                    why = f"it needs {called.get(key, key)}, which is refused"
                    self.flows[number] = evolve(flow, action="refused", why=(why,))
            kept = [flow for flow in self.flows if flow.action != "refused"]
            wanted, mains = {key for flow in kept for key in flow.documents}, {flow.documents[-1] for flow in kept}
            for key, one in list(self.documents.items()):
                if key not in wanted:
                    del self.documents[key]
                elif key not in mains:
                    self.documents[key] = evolve(one, ways_in=())

    def _needs(self, flow: PlannedFlow, keys: frozenset[str]) -> set[str]:
        return {key for own in flow.documents for key in mentioned(self.documents[own].document, keys)}

    def finished(self, source: str) -> Plan:
        """The plan, with what an earlier one wrote and nobody needs any more."""
        self._complete()
        left = [
            Left(key=key, kind=known.kind, id=known.id, back=known.back, wanted=key in self.wanted)
            for key, known in self.before.items()
            if key not in self.documents
        ]
        idle = () if self.references is None else unused(self.references, self.applied)
        said = {entry(reference) for reference in self.used}
        return Plan(
            source=source,
            target=self.carrier.provider,
            account=self.account.address,
            flows=tuple(self.flows),
            documents=tuple(self.documents.values()),
            left=tuple(left),
            unused=tuple(f"{at}: {text}" for at, text in idle if at not in said),
        )

    # What stands against a flow.

    def _judge(self, verdict: _Verdict, translation: Translation) -> None:
        """Which problems bar the flow, and which of them were accepted.

        What refers to another flow of the folder refers to what will be there. What a call requires and a flow does not have
        nobody can accept: the carrier would refuse it. Only the id is none of it, as it is known, or the flow is to be made.
        """
        barring: dict[str, int] = {}
        for problem in translation.problems:
            known = problem.code in UNKNOWN and isinstance(problem.value, str) and problem.value in self.others
            if problem.code == LACKING:
                if problem.words.get("what") != self.carrier.id_argument:
                    verdict.bar(f"{problem.severity} {problem.code}: {problem.message}; that cannot be accepted")
            elif problem.severity in BARRING and not known:
                barring[problem.code] = barring.get(problem.code, 0) + 1
        for code, count in barring.items():
            if not self._accepts(verdict, code):
                places = f"{count} places" if count > 1 else "1 place"
                verdict.against.append(f"{CODES[code].severity} {code}: {CODES[code].meaning} ({places}); accept it, or mend it")

    def _accepts(self, verdict: _Verdict, code: str) -> bool:
        """Whether a code was accepted for this flow; remembers that it was needed."""
        for one in self.accepted:
            if code in one.codes and one.matches(verdict.name, verdict.source_id, verdict.file):
                self.needed.add((one, code))
                verdict.accepted.add(code)
        if code not in verdict.accepted and code not in verdict.barred:
            verdict.barred.append(code)
        return code in verdict.accepted

    def _able(self, verdict: _Verdict, action: Action, kind: str) -> None:
        """Say what the API cannot do, and what nobody documents about it."""
        unable, unsure = self.carrier.unable(action, kind), self.carrier.unsure(action, kind)
        if unable is not None:
            verdict.bar(f"the API cannot {action} {kind}: {unable}")
        elif unsure is not None:
            if unsure not in verdict.undocumented:
                verdict.undocumented.append(unsure)
            if not self._accepts(verdict, UNDOCUMENTED):
                verdict.bar(f"{UNDOCUMENTED}: {unsure}; --accept 'FLOW={UNDOCUMENTED}', or do it by hand")

    def _numbers(self, verdict: _Verdict, draft: PlannedDocument, translation: Translation) -> None:
        """What is to be done about the numbers that the flow is reached by, and is not yet."""
        if draft.action == "create" and not self.carrier.stands_unreached and not draft.ways_in:
            why = "references can give one to a flow whose carrier keeps numbers elsewhere, in the table [numbers]"
            verdict.bar(f"the API makes no {draft.kind} without a number, and this one has none that it takes; {why}")
        today = set() if draft.was is None else {_way(way) for way in self.carrier.ways_in(draft.was)}
        ways = draft.ways_in or tuple(str(way.value) for way in translation.crossing.flow.entry_points)
        moving = [way for way in ways if _way(way) not in today]
        unable, unsure = (ask("number", draft.kind) for ask in (self.carrier.unable, self.carrier.unsure))
        if not moving or (unable is not None and draft.action == "unchanged"):
            return
        if unable is not None:
            verdict.tell(f"{', '.join(moving)} of {verdict.called}: {unable}")
            return
        if unsure is not None and unsure not in verdict.undocumented:
            verdict.undocumented.append(unsure)
        held = {_way(way) for one in self.held for way in one.ways_in}
        for way in moving:
            said = None if _way(way) in held else self.account.caution(way)
            if said is not None:
                verdict.tell(f"{way} of {verdict.called}: {said}")

    def _look_around(self, verdict: _Verdict, draft: PlannedDocument, mark: str) -> None:
        """What reaches the flow today, and whether the account may have it already."""
        ours = {known.id for known in self.before.values()}
        if draft.id is not None and draft.id in self.mapped:
            verdict.bar(f"{draft.kind} {draft.id} is to be {self.mapped[draft.id]} already: the references name it for both")
        for way in draft.ways_in:
            if (other := self.reached.get(_way(way))) is not None:
                verdict.bar(f"{way} leads to {other} as well, and can lead to one flow only: leave one of them out")
        ways = {_way(way): way for way in draft.ways_in}
        for held in self.held:
            if held.id == draft.id:
                continue
            taken = [ways[_way(way)] for way in held.ways_in if _way(way) in ways]
            called = f"{held.id} ({held.name})" if held.name else held.id
            alike = held.name is not None and held.name == verdict.name and draft.action == "create"
            if draft.action == "create" and any(mark in way for way in held.ways_in):
                verdict.bar(f"an earlier plan made it as {called}: name that plan with --after")
            elif alike and taken:
                verdict.bar(f"{called} has its name and its number: say with references that it is this flow, or rename it")
            elif alike and held.id not in ours and not self._accepts(verdict, DUPLICATE):
                why = "if an earlier plan made it, name that with --after; if it is this flow, say so with references"
                verdict.bar(f"{DUPLICATE}: {called} has this name; {why}; --accept 'FLOW={DUPLICATE}' makes another beside it")
            elif taken:
                verdict.tell(f"{', '.join(taken)} leads to {called} today: take it from there before --with-numbers")

    def _alone(self, verdict: _Verdict, drafts: Sequence[PlannedDocument]) -> None:
        """Whether the account, or an earlier flow of the plan, has what only one document can have."""
        for draft in drafts:
            for only in self.carrier.unique(draft.kind, draft.document):
                other = self._singles(draft.kind).get(only)
                if other is not None and draft.key not in self.documents and other != f"{draft.kind} {draft.id}":
                    why = "no two can have it: map it with references, or change one"
                    verdict.bar(f"{other} has the {only} that {draft.kind} {draft.key} is to have, and {why}")

    def _singles(self, kind: str) -> dict[str, str]:
        """What only one document of a kind can have, and who has it. The account is asked once."""
        if kind not in self.singles:
            keys = list(self.account.listed(kind))
            stored = each(lambda key: self.account.read(kind, key), keys, self.carrier.at_once)
            found = {key: self.carrier.unique(kind, one) for key, one in zip(keys, stored, strict=True) if one is not None}
            self.singles[kind] = {only: f"{kind} {key}" for key, listed in found.items() for only in listed}
        return self.singles[kind]

    # Documents.

    def _keys(self, pieces: Sequence[Piece], source: str, source_id: str) -> dict[str, str]:
        """The keys of the pieces in the plan: by what they say where they can be shared, by their flow otherwise.

        A document that has an id is one of the account. Where the flow comes from another account of this carrier, it is one
        of that: it is made once, under a key of its id, for all flows that need it, and for itself where it is a flow.
        """
        keys = {piece.key for piece in pieces}
        anew = source == self.carrier.provider
        mark, main = _mark(source, source_id), pieces[-1].key.removeprefix(NEW)
        new = {source_id: f"{NEW}{mark}-{main}"} if anew else {}
        for piece in pieces:
            stem = piece.key.removeprefix(NEW)
            if not piece.key.startswith(NEW) and piece is not pieces[-1]:
                is_flow = piece.kind == self.carrier.flow_kind
                own = f"{_mark(source, stem)}-{main}" if is_flow else f"{_mark(source, f'{piece.kind}/{stem}')}-{piece.kind}"
                new |= {piece.key: f"{NEW}{own}"} if anew else {}
            elif piece.kind in self.carrier.shared and not mentioned(piece.document, keys):
                new[piece.key] = f"{NEW}{stem}~{_fingerprint(piece)}"
            elif piece.key.startswith(NEW) or anew:
                new[piece.key] = f"{NEW}{mark}-{stem}"
        return new

    def _mapped(self, source: str, source_id: str) -> str | None:
        """Which flow of the account this one is, where the user says it."""
        reference = Reference(source, FLOW, source_id)
        counterpart = None if self.references is None else self.references.counterparts.get(reference)
        self.used.update([reference] if counterpart is not None else ())
        return None if counterpart is None else str(getattr(counterpart, "id", counterpart))

    def _draft(
        self, verdict: _Verdict, piece: Piece, mark: str, *, main: bool = False, mapped: str | None = None
    ) -> PlannedDocument:
        """What is to be done about one document. Numbers are moved to the flow itself, and not to others that it runs."""
        is_flow = piece.kind == self.carrier.flow_kind
        draft = PlannedDocument(
            kind=piece.kind,
            key=piece.key,
            action="create",
            document=piece.document,
            flow=verdict.file,
            ways_in=self.carrier.ways_in(piece.document) if main else (),
            mark=(piece.key.removeprefix(NEW) if piece.key.startswith(NEW) else f"{mark}-{piece.key}") if is_flow else None,
        )
        if (there := self.documents.get(draft.key)) is not None:
            if not is_flow and not same(there.document, draft.document):
                verdict.bar(f"{draft.kind} {draft.key} says something else than in {there.flow}: pull both again")
            return evolve(there, document=draft.document, ways_in=draft.ways_in, flow=draft.flow) if main else there
        known = self.before.get(draft.key)
        if mapped is None and not draft.key.startswith(NEW):
            mapped = draft.key
        at = mapped or (known.id if known else None)
        stored = None if at is None else self.account.read(piece.kind, at)
        if at is None or (stored is None and mapped is None):
            self._able(verdict, "create", piece.kind)
            if is_flow and self.carrier.unable("create", piece.kind) is not None:
                entry_of = f'[{verdict.source}.{FLOW}] "{verdict.source_id}" = "{FLOW}:ID"'
                verdict.bar(f"where the account has it, say which it is with references: {entry_of}")
            if (afterwards := self.carrier.afterwards(piece.kind, piece.document)) is not None:
                verdict.tell(afterwards)
            return draft
        if stored is None:
            why = "which the references name" if piece.key.startswith(NEW) else "which the flow names"
            verdict.bar(f"the account has no {piece.kind} {at}, {why}")
            return draft
        if mapped is None and known is not None and not same(*(self._beside_numbers(draft, one) for one in (stored, known.back))):
            verdict.conflict(piece.kind, at, list(differing(known.back, stored)))
        draft = evolve(draft, id=at, was=stored, action="replace")
        if not self._differs(draft):
            return evolve(draft, action="unchanged")
        self._able(verdict, "replace", piece.kind)
        try:
            self.carrier.writable(piece.kind, stored)
        except FlowError as error:
            verdict.bar(f"{piece.kind} {at} could not be put back as it is now: {error}")
        return draft

    def _beside_numbers(self, draft: PlannedDocument, stored: Json) -> Json:
        """A stored document without what reaches it: a number that was moved to it, by hand or not, is no edit."""
        return stored if draft.mark is None else self.carrier.staged(stored, draft.mark)

    def _differs(self, draft: PlannedDocument) -> bool:
        """Whether what stands on the account says something else than what would be written."""
        ids = {key: one.id for key, one in self.documents.items() if one.id} | {key: one.id for key, one in self.before.items()}
        if draft.id is not None:
            ids[draft.key] = draft.id
        body = with_ids(standing(draft, self.carrier), ids)
        return bool(self.carrier.differences(draft.kind, body, draft.was))


@define
class _Verdict:
    """What is found about one flow."""

    file: str
    name: str | None
    source: str
    source_id: str
    against: list[str] = field(factory=list)
    by_hand: list[str] = field(factory=list)
    undocumented: list[str] = field(factory=list)
    accepted: set[str] = field(factory=set)
    barred: list[str] = field(factory=list)

    @property
    def called(self) -> str:
        """How people know the flow."""
        return self.name or self.file

    def bar(self, reason: str) -> None:
        """Something that the flow is refused for."""
        if reason not in self.against:
            self.against.append(reason)

    def tell(self, what: str) -> None:
        """Something that a person has to do."""
        if what not in self.by_hand:
            self.by_hand.append(what)

    def conflict(self, kind: str, known: str, found: Sequence[Difference]) -> None:
        """Somebody edited what an earlier plan wrote."""
        shown = "; ".join(told(one, "written", "now") for one in found[:SHOWN])
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        how = "to write over that, say with references that it is this flow"
        self.bar(f"{kind} {known} was edited on the account since: {shown}{more}; {how}")


def _decision(verdict: _Verdict, drafts: Sequence[PlannedDocument]) -> Decision:
    if verdict.against:
        return "refused"
    if all(draft.action == "unchanged" for draft in drafts):
        return "unchanged"
    return "create" if drafts[-1].action == "create" else "update"


def _reasons(drafts: Sequence[PlannedDocument], carrier: Carrier) -> Iterator[str]:
    """What is done about the documents, in words."""
    for action, word in (("create", "makes"), ("replace", "writes"), ("unchanged", "keeps")):
        kinds: dict[str, int] = {}
        for draft in drafts:
            if draft.action == action:
                kinds[draft.kind] = kinds.get(draft.kind, 0) + 1
        if kinds:
            yield f"{word} {', '.join(f'{count} {kind}' for kind, count in kinds.items())}"
    if waits(drafts[-1], carrier):
        yield "with its number, so not before --with-numbers"


def _id_of(parsed: Parsed) -> str | None:
    """The id that the carrier gave to a flow, where its document says it."""
    if parsed.provider not in carriers():
        return None
    kept = parsed.flow.extras.get(parsed.provider, {}).get("rest") or {}
    known = kept.get(carrier(parsed.provider).id_key)
    return None if known in (None, "") else str(known)


def _mark(source: str, known: str) -> str:
    """What tells a flow, or a document of another account, from all others."""
    return blake2b(f"{source}\0{known}".encode(), digest_size=5).hexdigest()


def _way(way: str) -> str:
    """A number or a pattern, however it is spelt."""
    return e164(way) or way


def _fingerprint(piece: Piece) -> str:
    text = json.dumps([piece.kind, piece.document], sort_keys=True)
    return blake2b(text.encode(), digest_size=4).hexdigest()


def _plain(value: Json) -> Json:
    """As JSON has it: no tuples, no words of an enumeration."""
    return json.loads(json.dumps(value))
