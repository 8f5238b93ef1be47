"""Plans and journals: what is done, what is not done twice, and what is put back."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import define, evolve

from tests.conftest import FIXTURES
from tests.live.shelf import Fault, Killed, Shelf
from tests.live.toy import Toy
from unicall.live import journal as journals
from unicall.live.applying import Applied, ConflictError, Run
from unicall.live.journal import Journal, journal_of
from unicall.live.plan import Plan
from unicall.live.planning import Accepted, known_from, plan
from unicall.problem import FlowError, ProviderError
from unicall.wire import Json

FLOWS = (
    "ivr/veterinary_three_levels",
    "ivr/hotel_single_level",
    "hunt/roofer_three_numbers_voicemail",
    "simple/*",
    "geo/veterinary_npa*",
)
OLD = {"name": "Front desk", "numbers": ["+12025550100"], "patterns": [], "flow": {"module": "device", "data": {}, "children": {}}}


def folder(tmp_path: Path, pattern: str = "*") -> Path:
    """A folder with some flows of Convirza's."""
    found = tmp_path / "flows"
    found.mkdir(exist_ok=True)
    for name in FLOWS:
        for file in sorted((FIXTURES / "convirza-v2").glob(f"{name}.json")):
            if ".flow" not in file.suffixes and file.match(pattern):
                shutil.copy(file, found / file.name)
    return found


def everything(flows: Path) -> list[Accepted]:
    """All codes that the translation of these flows needs."""
    made = plan(flows, Toy(), Shelf(Toy()))
    return [
        Accepted(flow.file, frozenset(codes))
        for flow in made.flows
        if (codes := {one["code"] for one in flow.problems if one["severity"] in ("lost", "changed", "unresolved")})
    ]


def planned(flows: Path, shelf: Shelf, **more: object) -> Plan:
    """The plan with all accepted, as it is read from its file."""
    made = plan(flows, shelf.carrier, shelf, accepted=everything(flows), **more)  # type: ignore[arg-type]
    file = flows.parent / "plan.json"
    file.write_text(made.dumped())
    assert Plan.read(file) == made
    return made


def run(made: Plan, shelf: Shelf, file: Path, *, with_numbers: bool = False) -> Applied:
    """One run of apply, as a process of its own would do it."""
    with Journal(journal_of(file)) as steps:
        return Run(made, shelf.carrier, shelf, steps, settle=0).apply(with_numbers=with_numbers)


def back(made: Plan, shelf: Shelf, file: Path, *, force: bool = False) -> int:
    """One run of rollback."""
    with Journal(journal_of(file)) as steps:
        return Run(made, shelf.carrier, shelf, steps, settle=0).roll_back(force=force)


@pytest.fixture
def shelf() -> Shelf:
    """An account with a flow that is somebody's already."""
    return Shelf(Toy(), {"callflows": {"a" * 32: OLD}})


def test_a_second_apply_makes_no_write_at_all(tmp_path: Path, shelf: Shelf) -> None:
    made = planned(folder(tmp_path), shelf)
    first = run(made, shelf, tmp_path / "p")
    assert first.writes == len(shelf.writes) > len(made.flows)
    assert set(first.verdicts.values()) == {"same"}
    assert run(made, shelf, tmp_path / "p").writes == 0
    assert len(shelf.writes) == first.writes


def test_no_number_reaches_a_flow_before_numbers_are_moved(tmp_path: Path, shelf: Shelf) -> None:
    made = planned(folder(tmp_path), shelf)
    waiting = run(made, shelf, tmp_path / "p").waiting
    assert waiting
    made_flows = [one for one in shelf.documents["callflows"].values() if one["name"] != "Front desk"]
    assert all(one["numbers"] == [] and one["patterns"] for one in made_flows)
    run(made, shelf, tmp_path / "p", with_numbers=True)
    reached = {number for one in shelf.documents["callflows"].values() for number in one["numbers"]}
    assert set(waiting) <= reached


def test_rolling_back_leaves_the_account_as_it_was(tmp_path: Path, shelf: Shelf) -> None:
    before = shelf.dump()
    made = planned(folder(tmp_path), shelf)
    run(made, shelf, tmp_path / "p", with_numbers=True)
    back(made, shelf, tmp_path / "p")
    assert shelf.dump() == before
    assert back(made, shelf, tmp_path / "p") == 0


def test_what_was_rolled_back_can_be_applied_again(tmp_path: Path, shelf: Shelf) -> None:
    made = planned(folder(tmp_path), shelf)
    run(made, shelf, tmp_path / "p")
    back(made, shelf, tmp_path / "p")
    assert run(made, shelf, tmp_path / "p").writes > 0
    assert len(shelf.documents["callflows"]) == 1 + sum(1 for one in made.documents if one.kind == "callflows")


def circle(tmp_path: Path) -> Path:
    """A folder with one small flow whose menus lead back to each other."""
    found = tmp_path / "circle"
    found.mkdir(exist_ok=True)
    record = json.loads((FIXTURES / "convirza-v2/ivr/city_hall_every_node_field.json").read_text())
    first = record["ivrs"][0]
    first["ivrData"] = [one for one in first["ivrData"] if one["action"] == "simple"][:1]
    record["ivrs"] = [first]
    (found / "circle.json").write_text(json.dumps(record))
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals that do not wait for the disk: the power does not go in these tests."""
    monkeypatch.setattr(journals, "SYNCHRONOUS", "off")


def calls_of_a_run(made: Plan, tmp_path: Path) -> int:
    shelf = Shelf(Toy(), {"callflows": {"a" * 32: OLD}})
    start = shelf.calls
    run(made, shelf, tmp_path / "counted", with_numbers=True)
    return shelf.calls - start


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", ["unreached", "before", "after", "killed before", "killed after"])
def test_after_a_fault_at_any_call_apply_goes_on_without_doing_anything_twice(tmp_path: Path, fault: Fault) -> None:
    """Every call of a run is let fail, one run each; what stands there in the end is what stands there without."""
    wanted = Shelf(Toy(), {"callflows": {"a" * 32: OLD}})
    made = planned(circle(tmp_path), wanted)
    run(made, wanted, tmp_path / "whole", with_numbers=True)
    for at in range(calls_of_a_run(made, tmp_path)):
        shelf = Shelf(Toy(), {"callflows": {"a" * 32: OLD}})
        shelf.faults = {at: fault}
        for _ in range(3):
            try:
                run(made, shelf, tmp_path / f"{fault}-{at}", with_numbers=True)
                break
            except (ProviderError, Killed):
                pass
        assert shapes(shelf) == shapes(wanted), f"{fault} at call {at}"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", ["unreached", "before", "after", "killed before", "killed after"])
def test_after_a_fault_at_any_call_rollback_puts_everything_back(tmp_path: Path, fault: Fault) -> None:
    before = Shelf(Toy(), {"callflows": {"a" * 32: OLD}})
    made = planned(circle(tmp_path), before)
    for at in range(calls_of_a_run(made, tmp_path)):
        shelf = Shelf(Toy(), {"callflows": {"a" * 32: OLD}})
        shelf.faults = {at: fault, at + 7: "unreached", at + 11: "killed after"}
        with suppress(ProviderError, Killed):
            run(made, shelf, tmp_path / f"{fault}-{at}", with_numbers=True)
        for _ in range(4):
            try:
                back(made, shelf, tmp_path / f"{fault}-{at}")
                break
            except (ProviderError, Killed):
                pass
        assert shelf.dump() == before.dump(), f"{fault} at call {at}"


@define
class Unsure(Shelf):
    """An account that loses the first thing it is asked for, and refuses it when it is asked again: for good, or it came late."""

    late: bool = False
    asked: int = 0

    def create(self, kind: str, document: Json) -> str:
        self.asked += 1
        if self.asked == 1:
            raise ProviderError("did not answer in time", outcome="unknown")
        if self.asked == 2:
            if self.late:
                super().create(kind, document)
            raise ProviderError("is not taken", status=400)
        return super().create(kind, document)


@pytest.mark.usefixtures("quick")
def test_what_is_refused_when_it_is_sent_again_was_not_done_and_can_be_applied_again(tmp_path: Path) -> None:
    wanted, shelf = Shelf(Toy()), Unsure(Toy())
    made = planned(circle(tmp_path), wanted)
    run(made, wanted, tmp_path / "whole")
    assert run(made, shelf, tmp_path / "p").refused
    with Journal(journal_of(tmp_path / "p")) as journal:
        assert {entry.state for entry in journal.entries()} <= {"undone", "done"}
    assert not run(made, shelf, tmp_path / "p").refused
    assert shapes(shelf) == shapes(wanted)


@pytest.mark.usefixtures("quick")
def test_what_came_late_is_not_made_twice_where_it_is_refused_when_it_is_sent_again(tmp_path: Path) -> None:
    wanted, shelf = Shelf(Toy()), Unsure(Toy(), late=True)
    made = planned(circle(tmp_path), wanted)
    run(made, wanted, tmp_path / "whole")
    assert not run(made, shelf, tmp_path / "p").refused
    assert shapes(shelf) == shapes(wanted)


def shapes(shelf: Shelf) -> list[str]:
    """The documents without the ids that the account gave: each in the words of those that it refers to."""
    names = {key: f"<{kind} {one['name']}>" for kind, ones in shelf.documents.items() for key, one in ones.items()}

    def named(text: str) -> str:
        for key, name in names.items():
            text = text.replace(key, name)
        return text

    return sorted(named(json.dumps([kind, one])) for kind, ones in shelf.documents.items() for one in ones.values())


def test_what_somebody_edited_since_is_not_written_over(tmp_path: Path, shelf: Shelf) -> None:
    flows = folder(tmp_path, "hotel*")
    made = planned(flows, shelf)
    run(made, shelf, tmp_path / "p")
    with Journal(journal_of(tmp_path / "p")) as journal:
        known = known_from(made, journal)
    rename(flows, "Harbor View Hotel - Night desk")
    second = planned(flows, shelf, before=known)
    assert [flow.action for flow in second.flows] == ["update"]
    at = second.documents[-1].id
    assert at is not None
    shelf.documents["callflows"][at]["flow"] = {"module": "hangup", "data": {}, "children": {}}
    edited = shelf.dump()
    with pytest.raises(ConflictError) as refused:
        run(second, shelf, tmp_path / "p2")
    assert "/flow/module" in str(refused.value)
    assert '"hangup"' in str(refused.value)
    assert shelf.dump() == edited
    again = planned(flows, shelf, before=known)
    assert [flow.action for flow in again.flows] == ["refused"]
    assert "was edited on the account since" in again.flows[0].why[-1]


def rename(flows: Path, name: str) -> None:
    file = next(flows.iterdir())
    document = json.loads(file.read_text())
    record = document["data"][0] if isinstance(document, dict) and "data" in document else document
    record = record[0] if isinstance(record, list) else record
    record["call_flow_name"] = name
    file.write_text(json.dumps(document))


def test_a_flow_that_did_not_change_is_not_written_again(tmp_path: Path, shelf: Shelf) -> None:
    flows = folder(tmp_path)
    made = planned(flows, shelf)
    run(made, shelf, tmp_path / "p")
    with Journal(journal_of(tmp_path / "p")) as journal:
        second = planned(flows, shelf, before=known_from(made, journal))
    assert {flow.action for flow in second.flows} == {"unchanged"}
    assert run(second, shelf, tmp_path / "p2").writes == 0


def test_an_edit_made_after_apply_is_drift_and_bars_the_way_back(tmp_path: Path, shelf: Shelf) -> None:
    made = planned(folder(tmp_path), shelf)
    run(made, shelf, tmp_path / "p")
    with Journal(journal_of(tmp_path / "p")) as journal:
        assert Run(made, shelf.carrier, shelf, journal).drift() == []
    menu = next(iter(shelf.documents["menus"]))
    shelf.documents["menus"][menu]["retries"] = 7
    with Journal(journal_of(tmp_path / "p")) as journal:
        drifted = Run(made, shelf.carrier, shelf, journal).drift()
    assert [(one.kind, one.id, [d.pointer for d in one.differences]) for one in drifted] == [("menus", menu, ["/retries"])]
    with pytest.raises(ConflictError):
        back(made, shelf, tmp_path / "p")
    back(made, shelf, tmp_path / "p", force=True)
    assert list(shelf.documents["callflows"]) == ["a" * 32]


def test_a_flow_is_refused_until_each_code_is_accepted_by_name(tmp_path: Path, shelf: Shelf) -> None:
    flows = folder(tmp_path, "*npa*")
    bare = plan(flows, shelf.carrier, shelf)
    assert [flow.action for flow in bare.flows] == ["refused"]
    assert not bare.documents
    needed = sorted(everything(flows)[0].codes)
    assert len(bare.flows[0].why) == len(needed) > 1
    part = plan(flows, shelf.carrier, shelf, accepted=[Accepted("*", frozenset(needed[1:]))])
    assert [needed[0] in reason for reason in part.flows[0].why] == [True]
    assert [flow.action for flow in planned(flows, shelf).flows] == ["create"]


def test_a_code_that_no_flow_needs_is_not_accepted_in_silence(tmp_path: Path, shelf: Shelf) -> None:
    flows = folder(tmp_path, "hotel*")
    for text in ("*=UC999", "*", "=UC101", "*="):
        with pytest.raises(FlowError):
            Accepted.read(text)
    with pytest.raises(FlowError, match="no flow of that name"):
        plan(flows, shelf.carrier, shelf, accepted=[Accepted.read("Harbour View=UC101")])


def test_what_the_api_cannot_do_or_nobody_documents_is_refused_and_said(tmp_path: Path) -> None:
    flows = folder(tmp_path, "hotel*")
    cannot = Shelf(Toy(cannot={"create": "make it in the portal"}))
    refused = plan(flows, cannot.carrier, cannot, accepted=everything(flows))
    assert refused.flows[0].action == "refused"
    assert "make it in the portal" in refused.flows[0].why[0]
    guesses = Shelf(Toy(guesses={"create": "the endpoint is assumed"}))
    barred = plan(flows, guesses.carrier, guesses, accepted=everything(flows))
    assert barred.flows[0].action == "refused"
    accepted = [*everything(flows), Accepted("*", frozenset({"undocumented"}))]
    taken = plan(flows, guesses.carrier, guesses, accepted=accepted)
    assert (taken.flows[0].action, taken.flows[0].undocumented) == ("create", ("the endpoint is assumed",))


def test_two_runs_of_one_plan_at_the_same_time_are_one_too_many(tmp_path: Path, shelf: Shelf) -> None:
    made = planned(folder(tmp_path, "hotel*"), shelf)
    with Journal(journal_of(tmp_path / "p")), pytest.raises(FlowError, match="in use"):
        run(made, shelf, tmp_path / "p")
    assert shelf.writes == []


def test_a_plan_is_for_one_account_and_its_journal_for_one_plan(tmp_path: Path, shelf: Shelf) -> None:
    made = planned(folder(tmp_path, "hotel*"), shelf)
    shelf.address = "memory account 2"
    with pytest.raises(FlowError, match="the plan is for memory account 1"):
        run(made, shelf, tmp_path / "p")
    shelf.address = "memory account 1"
    run(made, shelf, tmp_path / "p")
    with pytest.raises(FlowError, match="changed after it was begun"):
        run(evolve(made, source="elsewhere"), shelf, tmp_path / "p")


def test_what_several_flows_need_and_says_the_same_is_made_once(tmp_path: Path, shelf: Shelf) -> None:
    made = planned(folder(tmp_path), shelf)
    shared = [key for key in dict.fromkeys(one.key for one in made.documents) if sum(key in f.documents for f in made.flows) > 1]
    assert shared
    run(made, shelf, tmp_path / "p")
    assert sum(map(len, shelf.documents.values())) == len(made.documents) + 1
