"""The commands for live accounts: what they refuse, in one line that names the file and the place, and nothing is written."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stamina
from attrs import define
from click.testing import CliRunner

from tests.live import rehearsal
from tests.live.rehearsal import SOURCE, TARGET, Snapshot
from unicall import cli
from unicall.live.carrier import carriers
from unicall.live.journal import journal_of
from unicall.live.plan import Plan, PlannedFlow, digest_of
from unicall.sandbox import Sandbox
from unicall.wire import Json


@define
class Place:
    """A folder with the flows of an account, a plan for another that was not applied, and the credentials of both."""

    sandbox: Sandbox
    path: Path
    account: Path

    @property
    def plan(self) -> Path:
        return self.path / "plan.json"

    @property
    def flows(self) -> Path:
        return self.path / "flows"

    def run(self, *command: object, env: dict[str, str] | None = None) -> tuple[int, str, str]:
        """How a command ends, and what it says."""
        result = CliRunner().invoke(cli.program, list(map(str, command)), env={"UNICALL_ACCOUNT": str(self.account), **(env or {})})
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path, Snapshot]]:
    path = tmp_path_factory.mktemp("commands")
    with Sandbox(hold=1) as sandbox, stamina.set_testing(True, attempts=2):
        sandbox.load(SOURCE, rehearsal.small(path / "fixtures"))
        rehearsal.inhabit(sandbox)
        rehearsal.pulled(sandbox, path / "flows")
        rehearsal.planned(sandbox, path / "flows", path / "plan.json")
        lines = [
            f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in sandbox.account(name).items())
            for name in carriers()
        ]
        (path / "account.toml").write_text("\n".join(lines))
        (path / "account.toml").chmod(0o600)
        yield sandbox, path, Snapshot.of(sandbox)


@pytest.fixture
def place(stage: tuple[Sandbox, Path, Snapshot], tmp_path: Path) -> Place:
    sandbox, path, before = stage
    before.restore(sandbox)
    shutil.copytree(path / "flows", tmp_path / "flows")
    shutil.copy(path / "plan.json", tmp_path)
    return Place(sandbox, tmp_path, path / "account.toml")


# Somebody else works on the account too.


def test_what_somebody_edits_between_plan_and_apply_is_shown_and_nothing_is_written(place: Place) -> None:
    assert place.run("apply", place.plan, "--with-numbers")[0] == 0
    (place.path / "after").mkdir()
    second = place.path / "after" / "plan.json"
    _rename(place.flows)
    accepting = [f"--accept={flow.file}={','.join(codes)}" for flow in _flows(place) if (codes := rehearsal.barring(flow.problems))]
    code, out, _ = place.run("plan", place.flows, "--to", TARGET, "-o", second, "--after", place.plan, *accepting)
    assert (code, "1 update" in out) == (0, True), out
    shelf = place.sandbox.shelf(TARGET)
    ours = next(key for key, flow in shelf.all("callflows").items() if flow["name"].endswith("Storm line"))
    shelf.put("callflows", ours, {**shelf.get("callflows", ours), "name": "Summit, edited by hand"})
    edited, asked = place.sandbox.dump(TARGET), len(place.sandbox.requests)
    code, out, said = place.run("apply", second, "--with-numbers")
    assert (code, out) == (1, "")
    assert f"callflows {ours} of" in said
    assert "was edited on the account since; nothing was written over" in said
    assert '  /name: expected "Summit & Sons Roofing - Storm line", now "Summit, edited by hand"' in said
    assert (place.sandbox.dump(TARGET), rehearsal.writes(place.sandbox, asked)) == (edited, 0)
    code, out, _ = place.run("plan", place.flows, "--to", TARGET, "-o", second.with_name("again.json"), "--after", place.plan)
    assert (code, "1 refused" in out) == (1, True), out


def _rename(flows: Path) -> None:
    file = next(flows.glob("summit*"))
    file.write_text(file.read_text().replace("Roofing - Storm line", "Roofing - All lines"))


def _flows(place: Place) -> list[PlannedFlow]:
    return list(Plan.read(place.plan).flows)


# What is no plan, no journal, no folder, no account.


def _cut(text: str) -> str:
    return text[: len(text) // 2]


def sealed(text: str) -> str:
    """The same as if it had been planned so, where it is a plan at all."""
    try:
        plan = json.loads(text)
    except ValueError:
        return text
    return json.dumps(plan | {"digest": digest_of(plan)} if isinstance(plan, dict) and "digest" in plan else plan)


def _without_kind(text: str) -> str:
    plan = json.loads(text)
    del plan["documents"][3]["kind"]
    return json.dumps(plan)


PLANS: dict[str, tuple[Callable[[str], str], str]] = {
    "empty": (lambda _: "", "is no JSON|empty"),
    "half": (_cut, "JSON"),
    "an array": (lambda _: "[]", "is no plan of unicall"),
    "another document": (lambda _: '{"name": "A"}', "is no plan of unicall"),
    "a later version": (lambda text: text.replace('"version": 1', '"version": 9'), "/version: .*9"),
    "a key too many": (lambda text: text.replace('"version": 1', '"version": 1, "wild": 1'), "is no plan: .*wild"),
    "a key too few": (_without_kind, "/documents/3/kind: is no plan: required field missing"),
    "a number for text": (lambda text: re.sub(r'"target": "\w+"', '"target": 7', text), "/target: is no plan: .* expected str"),
    "an action that is none": (
        lambda text: text.replace('"action": "create"', '"action": "burn"', 1),
        "/flows/0/action: is no plan: .*burn",
    ),
    "a carrier that is none": (
        lambda text: text.replace('"target": "vinix"', '"target": "vnix"'),
        "no account of 'vnix' can be used",
    ),
    "another account": (
        lambda text: re.sub(r'"account": "[^"]+"', '"account": "elsewhere"', text),
        "the plan is for elsewhere, and the",
    ),
}


@pytest.mark.parametrize("wrong", PLANS)
@pytest.mark.parametrize("command", ["apply", "rollback", "drift"])
def test_what_is_no_plan_for_this_account_is_refused_in_one_line(command: str, wrong: str, place: Place) -> None:
    change, reason = PLANS[wrong]
    journal_of(place.plan).touch()
    place.plan.write_text(sealed(change(place.plan.read_text())))
    asked = len(place.sandbox.requests)
    one_line(
        place.run(command, place.plan), place.plan if "account" not in reason and "plan is for" not in reason else "unicall", reason
    )
    assert rehearsal.writes(place.sandbox, asked) == 0


def _no_devices(plan: Json) -> None:
    plan["documents"] = [one for one in plan["documents"] if one["kind"] != "devices"]


def _no_documents(plan: Json) -> None:
    plan["flows"][0]["documents"] = []


def _not_expected(plan: Json) -> None:
    plan["flows"][0]["expected"] = None


def _accepted(plan: Json) -> None:
    plan["flows"][0]["accepted"] = ["UC208"]


@pytest.mark.parametrize("command", ["apply", "rollback", "drift"])
@pytest.mark.parametrize("change", [_no_devices, _no_documents, _not_expected, _accepted, lambda plan: plan.pop("digest")])
def test_a_plan_that_says_anything_else_than_what_was_planned_is_refused_before_anything_is_sent(
    change: Callable[[Json], object], command: str, place: Place
) -> None:
    journal_of(place.plan).touch()
    plan = json.loads(place.plan.read_text())
    change(plan)
    place.plan.write_text(json.dumps(plan))
    asked = len(place.sandbox.requests)
    one_line(place.run(command, place.plan), f"{place.plan}: /digest: ", "was changed since unicall plan wrote it: plan again")
    assert len(place.sandbox.requests) == asked


def test_a_plan_may_be_laid_out_in_another_way(place: Place) -> None:
    place.plan.write_text(json.dumps(json.loads(place.plan.read_text())))
    assert place.run("apply", place.plan)[0] == 0


def one_line(ended: tuple[int, str, str], names: object, reason: str) -> None:
    """It is refused, in one line that begins with the file and says why."""
    code, out, said = ended
    assert (code, out) == (2, ""), said
    assert said.count("\n") == 1, said
    assert said.startswith(str(names)), said
    assert re.search(reason, said), said


def test_a_plan_that_was_edited_after_it_was_begun_is_refused(place: Place) -> None:
    assert place.run("apply", place.plan)[0] == 0
    place.plan.write_text(sealed(place.plan.read_text().replace("Storm line", "Calm line")))
    for command in ("apply", "rollback", "drift"):
        one_line(
            place.run(command, place.plan), "unicall", f"{journal_of(place.plan)} belongs to another plan: the plan was changed"
        )


@pytest.mark.parametrize("content", [b"no journal", b"SQLite format 3\0" + b"\xff" * 5000, b"x" * 100_000])
def test_what_is_no_journal_is_refused(content: bytes, place: Place) -> None:
    journal_of(place.plan).write_bytes(content)
    for command in ("apply", "rollback", "drift"):
        one_line(place.run(command, place.plan), journal_of(place.plan), "is no journal of unicall|cannot be opened")
    assert journal_of(place.plan).read_bytes() == content


def test_a_journal_that_was_cut_off_is_refused(place: Place) -> None:
    assert place.run("apply", place.plan)[0] == 0
    whole = journal_of(place.plan).read_bytes()
    for length in (len(whole) // 3, len(whole) // 2, 5000, 4096, 600):
        journal_of(place.plan).write_bytes(whole[:length])
        for command in ("apply", "rollback", "drift"):
            one_line(place.run(command, place.plan), journal_of(place.plan), "is no journal of unicall|cannot be opened")


def test_the_journal_of_something_else_is_refused(place: Place) -> None:
    import sqlite3

    db = sqlite3.connect(journal_of(place.plan))
    db.execute("create table steps (a, b)")
    db.close()
    for command in ("apply", "rollback", "drift"):
        one_line(place.run(command, place.plan), journal_of(place.plan), "is no journal of unicall|cannot be opened")


def test_a_plan_that_was_not_applied_has_nothing_to_go_back_or_on_from(place: Place) -> None:
    for command in ("rollback", "drift"):
        code, _, said = place.run(command, place.plan)
        assert code == 2, said
        assert said == f"{place.plan}: was not applied; it has no journal\n"
    assert not journal_of(place.plan).exists()
    one_line(
        place.run("plan", place.flows, "--to", TARGET, "-o", place.path / "p", "--after", place.plan), place.plan, "was not applied"
    )


def test_a_folder_that_holds_no_flows_is_refused(place: Place) -> None:
    empty, gone, file = place.path / "empty", place.path / "gone", place.path / "p"
    empty.mkdir()
    one_line(place.run("plan", empty, "--to", TARGET, "-o", file), empty, "holds no JSON file")
    one_line(place.run("plan", gone, "--to", TARGET, "-o", file), gone, "is no folder")
    one_line(place.run("plan", place.plan, "--to", TARGET, "-o", file), place.plan, "no folder|Not a directory")
    assert not file.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"{", "JSON"), (b"", "JSON|empty"), (b"\xff\xfe{", "UTF-8|JSON"), (b"[]", "holds no flow"), (b"7", ".")],
)
def test_a_broken_file_of_a_folder_is_named(content: bytes, reason: str, place: Place) -> None:
    broken = next(place.flows.glob("summit*"))
    broken.write_bytes(content)
    one_line(place.run("plan", place.flows, "--to", TARGET, "-o", place.path / "p"), broken, reason)
    assert not (place.path / "p").exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"unicall": "account", "version": 1}', '{"unicall": "account", "version": 2}'])
def test_a_folder_whose_account_file_is_broken_is_refused(content: str, place: Place) -> None:
    told = place.flows / "account.json"
    told.write_text(content)
    one_line(place.run("plan", place.flows, "--to", TARGET, "-o", place.path / "p"), told, ".")
    one_line(place.run("pull", SOURCE, "-o", place.flows), told, ".")


def test_a_file_that_is_named_and_gone_is_named(place: Place) -> None:
    gone = next(place.flows.glob("summit*"))
    gone.unlink()
    one_line(place.run("plan", place.flows, "--to", TARGET, "-o", place.path / "p"), gone, "No such file")


def test_a_place_that_cannot_be_written_is_named(place: Place) -> None:
    file = place.path / "none" / "plan.json"
    one_line(place.run("plan", place.flows, "--to", TARGET, "-o", file), file, "No such file|directory")
    one_line(place.run("pull", SOURCE, "-o", place.plan), place.plan, "no folder|Not a directory|File exists")


def test_a_carrier_that_nobody_has_is_refused_with_the_nearest(place: Place) -> None:
    one_line(place.run("pull", "vnix", "-o", place.path / "x"), "unicall", "did you mean vinix")
    one_line(place.run("plan", place.flows, "--to", "vnix", "-o", place.path / "p"), "unicall", "did you mean vinix")


@pytest.mark.parametrize("provider", carriers())
def test_credentials_that_are_missing_are_named(provider: str, place: Place) -> None:
    url = place.sandbox.account(provider)["url"]
    bare = {"UNICALL_ACCOUNT": "", f"UNICALL_{provider}_URL".upper().replace("-", "_"): url}
    one_line(
        place.run("pull", provider, "-o", place.path / "x", env=bare),
        "unicall",
        f"the account needs .*UNICALL_{provider[:3].upper()}",
    )


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        ("[vinix", 0o600, "is no TOML"),
        ('[vinix]\napi_key = "a"\n', 0o644, "others can read it .*chmod 600"),
        ('[vinix]\nwild = "a"\n', 0o600, "/vinix/wild: .*no credential is called so"),
        ("vinix = 1\n", 0o600, "/vinix"),
        (None, 0o600, "No such file"),
    ],
)
def test_an_account_file_that_is_none_or_is_open_to_others_is_refused(
    content: str | None, mode: int, reason: str, place: Place
) -> None:
    file = place.path / "mine.toml"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    one_line(place.run("pull", TARGET, "-o", place.path / "x", "--account", file), file, reason)
    one_line(place.run("apply", place.plan, "--account", file), file, reason)


def test_the_environment_goes_before_the_file(place: Place) -> None:
    wrong = {"UNICALL_VINIX_API_KEY": "wrong"}
    code, _, said = place.run("pull", TARGET, "-o", place.path / "x", env=wrong)
    assert (code, "401" in said) == (2, True), said
    assert place.run("pull", TARGET, "-o", place.path / "x")[0] == 0


@pytest.mark.parametrize("url", ["http://192.0.2.10/v2", "http://example.com", "ftp://127.0.0.1", "http://localhost.example.com"])
@pytest.mark.parametrize("provider", carriers())
def test_secrets_do_not_cross_a_network_in_the_clear(url: str, provider: str, place: Place) -> None:
    named = {f"UNICALL_{provider}_URL".upper().replace("-", "_"): url}
    one_line(place.run("pull", provider, "-o", place.path / "x", env=named), "unicall", "is not safe for secrets; use https")


@pytest.mark.parametrize("provider", ["convirza-v2", "convirza-v3"])
def test_nor_do_they_to_where_tokens_are_given_out(provider: str, place: Place) -> None:
    named = {f"UNICALL_{provider}_OAUTH_URL".upper().replace("-", "_"): "http://192.0.2.10/oauth"}
    one_line(place.run("pull", provider, "-o", place.path / "x", env=named), "unicall", "is not safe for secrets; use https")


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "http://[::1", "https://exa mple.com:99999", "127.0.0.1:80"])
def test_what_is_no_address_is_refused(url: str, place: Place) -> None:
    one_line(place.run("pull", TARGET, "-o", place.path / "x", env={"UNICALL_VINIX_URL": url}), "unicall", ".")


def test_a_live_account_is_not_written_to_without_yes(place: Place) -> None:
    elsewhere = re.sub(r'"account": "http://[^/]+', '"account": "https://api.example.com', place.plan.read_text())
    place.plan.write_text(sealed(elsewhere))
    env = {"UNICALL_VINIX_URL": "https://api.example.com/vinix/v2"}
    for command in ("apply", "rollback"):
        one_line(
            place.run(command, place.plan, env=env), place.plan, "writes to the live account https://api.example.com/.*; say --yes"
        )
    assert not journal_of(place.plan).exists()
