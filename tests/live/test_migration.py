"""A whole migration over real sockets: every flow of one account becomes one of another, and the way back leaves nothing of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.conftest import FIXTURES
from tests.live import rehearsal
from tests.live.rehearsal import SOURCE, TARGET
from unicall import native
from unicall.behave.comparing import compare
from unicall.live.applying import ConflictError
from unicall.live.carrier import carrier
from unicall.live.journal import Journal, journal_of
from unicall.live.plan import Plan
from unicall.sandbox import Sandbox
from unicall.text import loads
from unicall.translation import parse

FLOWS = 200 if settings.default is settings.get_profile("full") else 36


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A carrier with many flows, and one that somebody uses already."""
    with Sandbox(providers=(SOURCE, TARGET), hold=1.0) as running:
        running.load(SOURCE, FIXTURES / SOURCE, count=FLOWS)
        rehearsal.inhabit(running)
        yield running


@pytest.fixture
def file(sandbox: Sandbox, tmp_path: Path) -> Path:
    """The plan to move them all."""
    assert len(rehearsal.pulled(sandbox, tmp_path / "flows").written) == FLOWS
    made = rehearsal.planned(sandbox, tmp_path / "flows", tmp_path / "plan.json")
    assert [flow.action for flow in made.flows] == ["create"] * FLOWS
    return tmp_path / "plan.json"


def test_every_flow_stands_there_as_it_was_planned_and_nothing_is_left_of_it_on_the_way_back(
    sandbox: Sandbox, file: Path, tmp_path: Path
) -> None:
    before = sandbox.dump(TARGET)
    first = rehearsal.applied(sandbox, file, with_numbers=False)
    assert first.writes == rehearsal.writes(sandbox)
    assert set(first.verdicts.values()) == {"same"}
    _stand_as_planned(sandbox, file, tmp_path / "standing")
    asked = len(sandbox.requests)
    assert rehearsal.applied(sandbox, file, with_numbers=False).writes == 0
    assert rehearsal.writes(sandbox, asked) == 0
    rehearsal.rolled_back(sandbox, file)
    assert sandbox.dump(TARGET) == before


def test_all_numbers_are_moved_once_and_are_gone_on_the_way_back(sandbox: Sandbox, file: Path) -> None:
    before = sandbox.dump(TARGET)
    flows = {one.document["name"]: one.ways_in for one in Plan.read(file).documents if one.ways_in}
    rehearsal.applied(sandbox, file)
    reached = rehearsal.reached(sandbox)
    assert all(reached[way] == [name] for name, ways in flows.items() for way in ways)
    asked = len(sandbox.requests)
    assert rehearsal.applied(sandbox, file).writes == 0
    assert rehearsal.writes(sandbox, asked) == 0
    rehearsal.rolled_back(sandbox, file)
    assert sandbox.dump(TARGET) == before
    assert rehearsal.rolled_back(sandbox, file) == 0


def test_what_several_flows_share_is_read_once_to_judge_them_all_by_each_reader(sandbox: Sandbox, file: Path) -> None:
    asked = len(sandbox.requests)
    rehearsal.applied(sandbox, file, with_numbers=False)
    here = [one for one in sandbox.requests[asked:] if one.provider == TARGET]
    last = max(number for number, one in enumerate(here) if one.method in rehearsal.WRITES)
    judged = Counter(one.path for one in here[last + 2 :])
    assert len(judged) > FLOWS
    assert max(judged.values()) <= carrier(TARGET).at_once
    rehearsal.rolled_back(sandbox, file)


def _stand_as_planned(sandbox: Sandbox, file: Path, folder: Path) -> None:
    """Every flow that was made is read back from the account, and calls to it are as planned, or differ as the plan admits."""
    rehearsal.pulled(sandbox, folder, TARGET)
    account = loads((folder / "account.json").read_bytes())
    files = {held["id"]: name for name, held in account["flows"].items()}
    with Journal(journal_of(file)) as journal:
        made = {entry.key: entry.id for entry in journal.entries()}
    for flow in Plan.read(file).flows:
        document = loads((folder / files[made[flow.documents[-1]]]).read_bytes())
        found = parse(document, TARGET).flow
        verdict = compare(native.from_json(flow.expected), found)
        assert verdict.same, f"{flow.file}: {verdict.sentence}"
        whole = compare(parse(loads((file.parent / "flows" / flow.file).read_bytes()), SOURCE).flow, found)
        assert whole.same or flow.accepted, f"{flow.file}: {whole.sentence}"


def test_a_number_that_leads_to_a_flow_of_somebody_else_bars_the_move_before_anything_is_written(
    sandbox: Sandbox, file: Path
) -> None:
    planned = Plan.read(file).documents[-1]
    number = planned.ways_in[0]
    flow = {"name": "Front desk", "numbers": [number], "flow": {"module": "hangup", "data": {}, "children": {}}}
    sandbox.load(TARGET, flow)
    before, asked = sandbox.dump(TARGET), len(sandbox.requests)
    with pytest.raises(ConflictError) as refused:
        rehearsal.applied(sandbox, file)
    assert f"{number} leads to" in str(refused.value)
    assert "(Front desk): take it from there first" in str(refused.value)
    assert (sandbox.dump(TARGET), rehearsal.writes(sandbox, asked)) == (before, 0)
