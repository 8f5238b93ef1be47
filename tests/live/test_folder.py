"""A folder of flows: what pull writes, what stays, what goes, and what other commands read of it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import FIXTURES
from tests.live.shelf import Shelf
from tests.live.toy import Toy
from unicall.cli import program
from unicall.live.folder import ACCOUNT, Folder
from unicall.live.pulling import pull
from unicall.problem import DocumentError, FlowError
from unicall.wire import Json


def flow(name: str) -> Json:
    """A callflow that rings a device."""
    return {"name": name, "numbers": [], "patterns": ["^1$"], "flow": {"module": "device", "data": {"id": "d"}, "children": {}}}


@pytest.fixture
def shelf() -> Shelf:
    """An account with three flows, two of them of one name."""
    return Shelf(Toy(), {"callflows": {"a1": flow("Main"), "b2": flow("Main"), "c3": flow("Über Uns / Night")}})


def test_each_flow_has_a_file_of_its_name_and_id(shelf: Shelf, tmp_path: Path) -> None:
    done = pull(shelf.carrier, shelf, tmp_path / "flows")
    assert done.written == ("main-a1.json", "main-b2.json", "über-uns-night-c3.json")
    assert (tmp_path / "flows" / ACCOUNT).exists()


def test_a_second_pull_touches_no_file(shelf: Shelf, tmp_path: Path) -> None:
    pull(shelf.carrier, shelf, tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    done = pull(shelf.carrier, shelf, tmp_path)
    assert (done.written, len(done.same), done.gone) == ((), 3, ())
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before


def test_a_flow_keeps_its_file_under_another_name_and_takes_it_with_it_when_it_goes(shelf: Shelf, tmp_path: Path) -> None:
    pull(shelf.carrier, shelf, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    shelf.documents["callflows"]["a1"]["name"] = "Reception"
    del shelf.documents["callflows"]["b2"]
    done = pull(shelf.carrier, shelf, tmp_path)
    assert done.gone == ("main-b2.json",)
    assert "main-a1.json" in done.written
    assert Folder.read(tmp_path).files["main-a1.json"].name == "Reception"
    assert sorted(file.name for file in tmp_path.iterdir()) == [ACCOUNT, "main-a1.json", "notes.txt", "über-uns-night-c3.json"]


def test_nothing_is_written_over_that_pull_did_not_write(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "main-a1.json").write_text("{}")
    with pytest.raises(FlowError, match="was not written by unicall pull"):
        pull(shelf.carrier, shelf, tmp_path)
    assert (tmp_path / "main-a1.json").read_text() == "{}"


def test_a_folder_holds_the_flows_of_one_account(shelf: Shelf, tmp_path: Path) -> None:
    pull(shelf.carrier, shelf, tmp_path)
    shelf.address = "memory account 2"
    with pytest.raises(FlowError, match="name another folder"):
        pull(shelf.carrier, shelf, tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"unicall": "account"}', '{"unicall": "account", "version": 9}'])
def test_an_account_file_that_unicall_did_not_write_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    (tmp_path / ACCOUNT).write_text(text)
    with pytest.raises(DocumentError, match=ACCOUNT):
        Folder.read(tmp_path)


def test_references_lists_the_ids_of_a_whole_folder(tmp_path: Path) -> None:
    for name in ("hotel_single_level", "clinic_old_route_key_ten"):
        shutil.copy(FIXTURES / f"convirza-v2/ivr/{name}.json", tmp_path)
    done = CliRunner().invoke(program, ["references", str(tmp_path)])
    assert done.exit_code == 0
    assert "[convirza-v2.disclaimer]" in done.output
    assert "Harbor View Hotel" in done.output
    assert "Fern Valley Clinic" in done.output


def test_a_flow_of_a_folder_that_cannot_be_read_is_named_and_keeps_no_other_from_the_references(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "convirza-v2/ivr/hotel_single_level.json", tmp_path)
    strange = json.loads((tmp_path / "hotel_single_level.json").read_text()) | {"ivrs": 7}
    (tmp_path / "strange.json").write_text(json.dumps(strange))
    done = CliRunner().invoke(program, ["references", str(tmp_path)])
    assert done.exit_code == 1
    assert re.fullmatch(rf"{re.escape(str(tmp_path))}/strange.json: /ivrs: .*; left out\n", done.stderr)
    assert "Harbor View Hotel" in done.stdout
    (tmp_path / "hotel_single_level.json").unlink()
    done = CliRunner().invoke(program, ["references", str(tmp_path)])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_a_broken_file_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"call_flow_name": ')
    done = CliRunner().invoke(program, ["references", str(tmp_path)])
    assert done.exit_code == 2
    assert done.output.startswith(f"{tmp_path / 'broken.json'}: ")
    assert len(done.output.splitlines()) == 1
