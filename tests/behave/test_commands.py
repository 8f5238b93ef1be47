"""``unicall simulate``, ``compare``, ``calls`` and ``replay``: what they print, and with which exit code they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import unicall
from tests.conftest import FIXTURES
from unicall import cli

PLUMBER = FIXTURES / "convirza-v2/ivr/plumber_two_levels_whole_week.json"
SEVERAL = FIXTURES / "api19/list/call_center_account.json"
PAGE = FIXTURES / "convirza-v3/calls/page.json"


def run(*args: object, stdin: bytes | None = None) -> Result:
    result = CliRunner().invoke(cli.program, [str(arg) for arg in args], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refused(*args: object, stdin: bytes | None = None) -> str:
    """The one line of a run that was refused."""
    result = run(*args, stdin=stdin)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    return line


def test_a_call_is_told_step_by_step_with_its_end() -> None:
    result = run("simulate", PLUMBER, "--at", "2026-11-23T09:30", "--keys", "1", "--answer", "+12065550144=answered")
    assert result.exit_code == 0
    first, *steps, last = result.stdout.splitlines()
    assert (first, last) == ("Monday 2026-11-23 09:30 PST", "end: answered")
    assert any("+1 206 555 0144" in step for step in steps)


def test_a_dash_among_the_keys_is_silence_and_a_dash_for_the_caller_a_hidden_number() -> None:
    told = json.loads(run("simulate", PLUMBER, "--keys", "2,-", "--caller", "-", "--json").stdout)
    assert (told["call"]["keys"], told["call"]["caller"]) == (["2", None], None)
    assert told["steps"][-1]["kind"] == "end"


def test_a_moment_with_an_offset_of_its_own_keeps_it() -> None:
    told = json.loads(run("simulate", PLUMBER, "--at", "2026-11-23T09:30+01:00", "--json").stdout)
    assert told["call"]["at"] == "2026-11-23T09:30:00+01:00"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--at", "yesterday"), "no moment"),
        (("--answer", "busy"), "WHO=WHAT"),
        (("--answer", "+12065550144=asleep"), "may have"),
        (("--zone", "Atlantis/Harbour"), "time zone"),
        (("--draw", "2"), "draw"),
        (("--draw", "x"), "--draw"),
        (("--flow", "Nobody"), "no flows of the name"),
    ],
)
def test_a_call_that_nobody_can_make_is_refused_in_one_line(args: tuple[str, ...], words: str) -> None:
    line = refused("simulate", PLUMBER, *args)
    assert words in line
    assert line.startswith(("unicall simulate: ", f"{PLUMBER}: "))


def test_numbers_are_written_as_people_write_them() -> None:
    args = ("--at", "2026-11-23T09:30", "--keys", "1", "--json")
    told = json.loads(run("simulate", PLUMBER, *args, "--caller", "(801) 555-0142", "--answer", "1 206 555 0144=answered").stdout)
    assert (told["call"]["caller"], told["call"]["answers"], told["end"]) == (
        "+18015550142",
        {"+12065550144": "answered"},
        "answered",
    )


def test_an_answer_of_somebody_whom_the_flow_never_rings_is_told() -> None:
    result = run("simulate", PLUMBER, "--answer", "+12065550199=busy", "--answer", "+12065550144=busy")
    line = "unicall simulate: --answer: nothing in this flow is called '+12065550199', so what it does is not asked\n"
    assert (result.exit_code, result.stderr) == (0, line)


def test_a_time_that_the_clock_leaves_out_is_refused_and_one_that_comes_twice_is_the_first() -> None:
    line = refused("simulate", PLUMBER, "--at", "2026-03-08T02:30")
    assert line == "unicall simulate: --at: 2026-03-08T02:30 does not occur in America/Los_Angeles: the clock goes forward over it"
    twice = run("simulate", PLUMBER, "--at", "2026-11-01T01:30")
    assert (twice.exit_code, twice.stdout.splitlines()[0]) == (0, "Sunday 2026-11-01 01:30 PDT")
    said = "unicall simulate: --at: 2026-11-01T01:30 occurs twice in America/Los_Angeles; the first is taken, PDT\n"
    assert twice.stderr == said
    assert run("simulate", PLUMBER, "--at", "2026-11-01T01:30-08:00").stderr == ""


def test_of_several_flows_one_is_named() -> None:
    assert "name one with --flow" in refused("simulate", SEVERAL)
    name = next(one.flow.name for one in unicall.parse_all(SEVERAL.read_bytes()))
    assert run("simulate", SEVERAL, "--flow", name).exit_code == 0


def test_flows_that_are_the_same_exit_with_0_and_others_with_1(tmp_path: Path) -> None:
    assert run("compare", PLUMBER, PLUMBER).stdout == "same\n"
    other = tmp_path / "other.json"
    other.write_text(PLUMBER.read_text("utf-8").replace("2065550149", "2065550150"), "utf-8")
    result = run("compare", PLUMBER, other)
    assert (result.exit_code, result.stdout.startswith("different: ")) == (1, True)
    told = json.loads(run("compare", PLUMBER, other, "--json").stdout)
    assert (told["same"], told["left"]["end"] != "", told["call"]["keys"]) == (False, True, ["2", "1"])


def vinix(path: Path, *numbers: str, **changes: object) -> Path:
    """A document of a route that nobody knows, closed on a day of 2020."""
    on = {"cycle": "date", "start_date": 63749548800, "time_window_start": 0, "time_window_stop": 86400}
    end = {"module": "voicemail", "data": {"id": "5" * 32}, "children": {}}
    opened: dict[str, object] = {"module": "pivot", "data": {"voice_url": "https://example.com/x"}, "children": {"_": end}}
    times = {"module": "temporal_route", "data": {"timezone": "UTC", "rules": ["4" * 32]}, "children": {"4" * 32: end, "_": opened}}
    opened.update(changes)
    callflow = {"id": "1" * 32, "name": "Main", "numbers": list(numbers or ("+12025550100",)), "flow": times}
    document = {"callflow": callflow, "temporal_rules": {"4" * 32: {"id": "4" * 32, "name": "Closed", **on}}}
    path.write_text(json.dumps(document), "utf-8")
    return path


def test_what_nobody_can_judge_is_not_said_to_be_the_same(tmp_path: Path) -> None:
    one, other = vinix(tmp_path / "one.json"), vinix(tmp_path / "other.json", data={"voice_url": "https://example.com/y"})
    assert run("compare", one, one).exit_code == 0
    result = run("compare", one, other)
    assert (result.exit_code, result.stdout.startswith("same, except behind")) == (2, True)
    assert run("compare", one, other, "--allow-unjudged").exit_code == 0


def test_what_nobody_notices_exits_with_1_only_where_that_is_asked_for(tmp_path: Path) -> None:
    one, other = vinix(tmp_path / "one.json"), vinix(tmp_path / "other.json", "+12025550111")
    result = run("compare", one, other)
    assert (result.exit_code, result.stdout) == (0, "same\n  calls come in: before: +1 202 555 0100; after: +1 202 555 0111\n")
    assert run("compare", one, other, "--strict").exit_code == 1
    assert run("compare", one, one, "--strict").exit_code == 0


def test_calls_count_from_today_on_or_from_the_day_that_is_given(tmp_path: Path) -> None:
    one, other = vinix(tmp_path / "one.json", module="user", data={"id": "6" * 32}), tmp_path / "other.json"
    other.write_text(one.read_text("utf-8").replace("63749548800", "63749635200"), "utf-8")
    result = run("compare", one, other)
    assert (result.exit_code, result.stdout.count("it was different: ")) == (0, 1)
    assert run("compare", one, other, "--since", "2000-01-01").exit_code == 1
    assert "no day" in refused("compare", one, other, "--since", "soon")
    assert "up to 2200" in refused("compare", one, other, "--since", "9999-12-31")


def test_flows_of_two_lists_are_compared_by_name(tmp_path: Path) -> None:
    result = run("compare", SEVERAL, SEVERAL)
    assert (result.exit_code, {line.rpartition(": ")[2] for line in result.stdout.splitlines()}) == (0, {"same"})
    assert "no flow of the name" in refused("compare", SEVERAL, PLUMBER)


def test_names_are_matched_by_the_table_of_references(tmp_path: Path) -> None:
    before = {"id": "7", "name": "Shop", "json": json.dumps({"route1": "device:694"})}
    after = {"name": "Shop", "numbers": ["+12025550100"], "flow": {"module": "device", "data": {"id": "a" * 32}, "children": {}}}
    table = tmp_path / "ids.toml"
    table.write_text(f'[api19.device]\n694 = "{"a" * 32}"\n', "utf-8")
    files = [tmp_path / "before.json", tmp_path / "after.json"]
    for path, document in zip(files, (before, after), strict=True):
        path.write_text(json.dumps(document), "utf-8")
    assert run("compare", *files).exit_code == 1
    assert run("compare", *files, "--references", table).exit_code == 0


def test_the_calls_to_make_are_numbered_and_what_none_takes_is_told() -> None:
    result = run("calls", FIXTURES / "vinix/temporal_route/city_hall_forced_open.json")
    assert result.stdout.startswith("1. ")
    assert "no call takes" in result.stdout
    assert all(one["call"]["at"] for one in json.loads(run("calls", PLUMBER, "--json").stdout)["calls"])


def test_the_page_s_own_calls_list_is_a_flow_that_goes_everywhere_and_replays() -> None:
    for target in unicall.providers():
        if target != "convirza-v3":
            assert run("translate", PAGE, "--to", target, "--fail-on", "never").exit_code == 0
    result = run("replay", PAGE, "--calls", PAGE)
    assert (result.exit_code, result.stdout) == (0, "1 call\n  all could have ended where they did\n")


def test_a_call_that_could_not_have_ended_there_exits_with_1(tmp_path: Path) -> None:
    calls = tmp_path / "calls.csv"
    head = "call_id,call_started,caller_id,phone_number,ring_to,disposition\n"
    calls.write_text(f"{head}9,2026-10-05T16:20:00Z,,2065550125,+12065550199,ANSWERED\n", "utf-8")
    result = run("replay", PLUMBER, "--calls", calls)
    assert (result.exit_code, "which this flow never rings" in result.stdout) == (1, True)
    told = json.loads(run("replay", PLUMBER, "--after", PLUMBER, "--calls", calls, "--json").stdout)
    assert (told["total"], told["impossible"][0]["calls"], told["after"]) == (1, ["9"], [])


@pytest.mark.parametrize("data", [b"", b"[", b"5", b"\xff\xfe\x00", b"name\n1\n", b'{"data": {"calls": 3}}'])
def test_recorded_calls_that_cannot_be_read_are_refused_with_a_line_for_each_error(tmp_path: Path, data: bytes) -> None:
    for name in ("calls.json", "calls.csv"):
        calls = tmp_path / name
        calls.write_bytes(data)
        result = run("replay", PLUMBER, "--calls", calls)
        assert (result.exit_code, result.stdout) == (2, "")
        assert all(line.startswith(f"{calls}: ") for line in result.stderr.splitlines())
        assert 0 < len(result.stderr.splitlines()) < 8


@pytest.mark.parametrize("command", ["simulate", "calls"])
def test_a_document_that_cannot_be_read_is_refused_in_one_line(command: str) -> None:
    assert refused(command, "-", stdin=b"[1, 2").startswith("<stdin>: ")
    assert "cannot be read" in refused(command, "nothing.json")


def test_a_translation_tells_its_verdict_unless_it_is_told_not_to() -> None:
    told = run("translate", PLUMBER, "--to", "vinix", "--fail-on", "never").stderr.splitlines()
    assert told[1] == "calls: same"
    quiet = run("translate", PLUMBER, "--to", "vinix", "--fail-on", "never", "--no-compare").stderr.splitlines()
    assert not any(line.startswith("calls") for line in quiet)


def test_check_names_hours_that_never_hold() -> None:
    result = run("check", FIXTURES / "vinix/temporal_route/city_hall_forced_open.json")
    assert (result.exit_code, "UC702" in result.stdout) == (0, True)
