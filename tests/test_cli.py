"""The command line: what goes to stdout, what to stderr, and with which exit code; and what flows look like."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import IO, Any

import click
import pytest
from click.testing import CliRunner, Result

import unicall
from unicall import DocumentError, Flow, Problem, Severity, cli, show
from unicall.adapter import Form, find
from unicall.graph import (
    KINDS,
    Announce,
    CallerMatch,
    EntryPoint,
    Hangup,
    Menu,
    Node,
    NodeId,
    Pause,
    PhoneNumber,
    RecordCall,
    Reference,
    Ring,
    RingTarget,
    Schedule,
    Settings,
    Speech,
    Split,
    Subflow,
    Voicemail,
)
from unicall.hours import Hours, Recurrence

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
DOCUMENTS = sorted(path for path in FIXTURES.glob("*/*/*.json") if not path.name.endswith(".flow.json"))
SIMPLE = FIXTURES / "convirza-v2" / "simple" / "restaurant_without_voicemail.json"
MENU = FIXTURES / "convirza-v2" / "ivr" / "veterinary_three_levels.json"
HOTEL_MENU = FIXTURES / "vinix" / "menu" / "hotel_two_levels.json"
SEVERAL = FIXTURES / "api19" / "list" / "call_center_account.json"
IDS = [str(path.relative_to(FIXTURES)) for path in DOCUMENTS]


def run(*args: object, stdin: bytes | None = None) -> Result:
    """Run a command; an exception that is no exit is the test's own."""
    result = CliRunner().invoke(cli.program, [str(arg) for arg in args], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refused(*args: object, stdin: bytes | None = None) -> str:
    """What a command says on stderr when it refuses."""
    result = run(*args, stdin=stdin)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return result.stderr


def provider_of(path: Path) -> str:
    return path.relative_to(FIXTURES).parts[0]


def readable(path: Path) -> list[unicall.Parsed]:
    """The flows of a fixture; none where it cannot be read."""
    try:
        return list(unicall.parse_all(path.read_bytes(), provider_of(path)))
    except DocumentError:
        return []


def sole(path: Path) -> bool:
    return len(readable(path)) == 1


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_check_prints_what_reading_brings_up(path: Path) -> None:
    result = run("check", path, "--from", provider_of(path))
    flows = readable(path)
    worst = min((problem.severity.rank for one in flows for problem in one.problems), default=9)
    if flows:
        assert result.exit_code == (1 if worst <= Severity.UNRESOLVED.rank else 0)
        assert result.stderr == ""
        assert all(problem.code in result.stdout for one in flows for problem in one.problems)
    assert "Traceback" not in result.output


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
@pytest.mark.parametrize("picture", ["tree", "mermaid", "dot"])
def test_show_draws_every_flow(path: Path, picture: str) -> None:
    result = run("show", path, "--from", provider_of(path), "--format", picture)
    flows = readable(path)
    if flows:
        assert result.exit_code == 0
        assert result.stdout == getattr(show, picture)(*(one.flow for one in flows))


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_show_json_is_the_native_format(path: Path) -> None:
    flows = readable(path)
    if flows:
        native = json.loads(run("show", path, "--from", provider_of(path), "--format", "json").stdout)
        for one, document in zip(flows, [native] if len(flows) == 1 else native, strict=True):
            assert unicall.loads(json.dumps(document)) == one.flow


@pytest.mark.parametrize("target", ["api19", "convirza-v2", "convirza-v3", "unicall", "vinix"])
@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_translate_writes_the_document_and_says_what_happened(path: Path, target: str) -> None:
    if not sole(path):
        return
    source = provider_of(path)
    result = run("translate", path, "--from", source, "--to", target)
    expected = unicall.translate(path.read_bytes(), source, target=target)
    assert json.loads(result.stdout) == expected.document
    assert result.stdout.endswith(("}\n", "]\n"))
    assert all(problem.code in result.stderr for problem in expected.problems)
    worst = min((problem.severity.rank for problem in expected.problems), default=9)
    assert result.exit_code == (1 if worst <= Severity.UNRESOLVED.rank else 0)


def test_the_same_input_gives_the_same_bytes() -> None:
    runs = [run("translate", MENU, "--to", "vinix") for _ in range(2)]
    assert runs[0].stdout_bytes == runs[1].stdout_bytes
    assert runs[0].stderr_bytes == runs[1].stderr_bytes


def test_keys_keep_their_order() -> None:
    record = json.loads(SIMPLE.read_text("utf-8"))[0]
    assert list(json.loads(run("translate", SIMPLE, "--to", "convirza-v2").stdout)) == list(record)


def test_a_dash_reads_stdin() -> None:
    assert run("translate", "-", "--to", "vinix", stdin=SIMPLE.read_bytes()).stdout_bytes == (
        run("translate", SIMPLE, "--to", "vinix").stdout_bytes
    )


def test_form_request_is_passed_on() -> None:
    request = run("translate", SIMPLE, "--to", "vinix", "--form", "request").stdout
    assert json.loads(request) == unicall.translate(SIMPLE.read_bytes(), target="vinix", form="request").document


def test_providers_are_printed_one_to_a_line() -> None:
    assert run("providers").stdout.split("\n")[:-1] == list(unicall.providers())


def test_schema_is_printed_as_json() -> None:
    assert json.loads(run("schema").stdout) == unicall.schema()


@pytest.mark.parametrize("code", unicall.CODES)
def test_explain_prints_what_a_code_means(code: str) -> None:
    assert run("explain", code.lower()).stdout == unicall.explain(code)


@pytest.mark.parametrize("fail_on", [*Severity, "never"])
def test_fail_on_is_a_threshold(fail_on: str) -> None:
    problems = unicall.translate(MENU.read_bytes(), target="api19").problems
    limit = Severity(fail_on).rank if fail_on != "never" else -1
    expected = 1 if any(problem.severity.rank <= limit for problem in problems) else 0
    assert run("translate", MENU, "--to", "api19", "--fail-on", fail_on).exit_code == expected


def test_check_has_the_same_threshold() -> None:
    noisy = next(path for path in DOCUMENTS if any(one.problems for one in readable(path)))
    assert run("check", noisy, "--from", provider_of(noisy), "--fail-on", "note").exit_code == 1
    assert run("check", noisy, "--from", provider_of(noisy), "--fail-on", "never").exit_code == 0


def test_the_document_is_written_whatever_the_exit_code(tmp_path: Path) -> None:
    result = run("translate", MENU, "--to", "api19", "-o", tmp_path / "out.json", "--fail-on", "note")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))


def test_severities_are_the_librarys() -> None:
    assert list(cli.SEVERITIES) == list(Severity)


DEEP = b'{"call_flow_id":1,"x":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001
BAD: Mapping[str, tuple[bytes, str]] = {
    "empty": (b"", "convirza-v2"),
    "spaces": (b" \n ", "convirza-v2"),
    "truncated": (SIMPLE.read_bytes()[:300], "convirza-v2"),
    "not UTF-8": (b'{"name": "\xff"}', "vinix"),
    "UTF-16": ('{"name": "x"}'.encode("utf-16"), "vinix"),
    "a number": (b"5", "api19"),
    "text": (b'"hello"', "vinix"),
    "null": (b"null", "unicall"),
    "true": (b"true", "convirza-v2"),
    "another vendor's": (SIMPLE.read_bytes(), "vinix"),
    "a list where an object belongs": (b'{"callflow": []}', "vinix"),
    "a wrong type": (b'{"callflow": {"id": "a", "flow": {"module": 5, "data": {}, "children": {}}}}', "vinix"),
    "a wrong type in a record": (SIMPLE.read_bytes().replace(b'"message": ', b'"message": {}, "x": '), "convirza-v2"),
    "10,000 levels": (DEEP, "convirza-v2"),
    "10,000 lists": (b"[" * 10_000 + b"]" * 10_000, "api19"),
    "NaN": (b'{"callflow": NaN}', "vinix"),
}


@pytest.mark.parametrize("command", ["check", "show", "translate"])
@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_with_file_and_pointer(tmp_path: Path, name: str, command: str) -> None:
    text, provider = BAD[name]
    path = tmp_path / "bad.json"
    path.write_bytes(text)
    said = refused(command, path, "--from", provider, *(["--to", "api19"] if command == "translate" else []))
    errors = [line for line in said.splitlines() if not re.search(r": (unresolved|note) UC\d", line)]
    assert len(errors) == 1, said
    assert re.match(re.escape(f"{path}: ") + r"(/\S*|the document): \S", errors[0]), said


def test_a_refusal_reports_all_errors_and_problems_of_the_document(tmp_path: Path) -> None:
    wrong = {"voicemail_enabled": [], "message": {}, "play_disclaimer": "sometimes"}
    record = json.loads(SIMPLE.read_text("utf-8"))[0] | wrong
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    said = refused("check", path)
    with pytest.raises(DocumentError) as caught:
        unicall.parse(record)
    assert said.count("\n") == 1 + len(caught.value.others) + len(caught.value.problems)
    assert f"{path}: /voicemail_enabled: expected " in said
    assert f"{path}: /message: expected " in said
    assert f"{path}: /play_disclaimer: unresolved UC101: " in said


def test_nothing_is_found_out_of_what_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    assert refused("check", tmp_path / "x.json").startswith(f"{tmp_path / 'x.json'}: the document: ")


def test_stdin_has_a_name_in_errors() -> None:
    assert refused("check", "-", stdin=b"").startswith("<stdin>: the document: ")


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    assert refused("check", path) == f"{path}: cannot be read: No such file or directory\n"


def test_a_directory_is_no_document(tmp_path: Path) -> None:
    assert refused("show", tmp_path) == f"{tmp_path}: cannot be read: Is a directory\n"


def test_an_unreadable_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "secret.json"
    path.write_bytes(b"{}")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("somebody who may read everything")
    assert refused("check", path) == f"{path}: cannot be read: Permission denied\n"


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_a_misspelt_provider_is_corrected(option: str) -> None:
    others = {"--from": ["--to", "api19"], "--to": []}[option]
    said = refused("translate", SIMPLE, option, "vinx", *others)
    assert said == "unicall: no provider is called 'vinx'; did you mean vinix?\n"


def test_a_misspelt_code_is_corrected() -> None:
    said = refused("explain", "UC2O8")
    assert re.fullmatch(r"unicall explain: no problem has the code 'UC2O8'; did you mean .*\bUC208\b.*\?\n", said)


def test_something_else_than_a_code_is_refused() -> None:
    assert refused("explain", "hello\x1b[31m") == (
        "unicall explain: no problem has the code 'hello\\x1b[31m'; codes look like UC101\n"
    )


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["translat"],
        ["translate"],
        ["translate", str(SIMPLE)],
        ["translate", str(SIMPLE), "--to"],
        ["translate", str(SIMPLE), "--to", "vinix", "--form", "letter"],
        ["translate", str(SIMPLE), "--to", "vinix", "--fail-on", "sometimes"],
        ["translate", str(SIMPLE), "--to", "vinix", "--quickly"],
        ["show", str(SIMPLE), "--format", "svg"],
        ["check", "a", "b"],
        ["providers", "x"],
    ],
    ids=" ".join,
)
def test_bad_usage_is_one_line(args: Sequence[str]) -> None:
    said = refused(*args)
    assert re.fullmatch(r"unicall\b.*: .*\n", said), said


def test_help_is_no_error() -> None:
    for args in (["--help"], ["-h"], *([name, "--help"] for name in cli.program.commands)):
        assert run(*args).exit_code == 0


def test_a_list_goes_into_a_directory(tmp_path: Path) -> None:
    result = run("translate", SEVERAL, "--to", "vinix", "-o", tmp_path / "out", "--fail-on", "never")
    assert result.exit_code == 0
    assert result.stdout == ""
    expected = list(unicall.translate_all(SEVERAL.read_bytes(), target="vinix"))
    written = {path.name: json.loads(path.read_text("utf-8")) for path in (tmp_path / "out").iterdir()}
    names = cli.file_names(one.flow.name or "" for one in expected)
    assert written == {name: one.document for name, one in zip(names, expected, strict=True)}
    assert "stellar-staffing-front.json" in written


def test_a_list_needs_a_directory(tmp_path: Path) -> None:
    flows = len(list(unicall.parse_all(SEVERAL.read_bytes())))
    for output in ([], ["-o", "-"]):
        assert refused("translate", SEVERAL, "--to", "vinix", *output) == (
            f"{SEVERAL}: the document: holds {flows} flows; name a directory for them with -o DIR\n"
        )
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert refused("translate", SEVERAL, "--to", "vinix", "-o", tmp_path / "file") == (
        f"{tmp_path / 'file'}: is a file; {flows} flows need a directory\n"
    )
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_one_flow_goes_into_a_directory_that_is_there(tmp_path: Path) -> None:
    run("translate", SIMPLE, "--to", "vinix", "-o", tmp_path)
    run("translate", SIMPLE, "--to", "vinix", "-o", f"{tmp_path / 'new'}/")
    assert len(list(tmp_path.glob("*.json"))) == len(list(tmp_path.glob("new/*.json"))) == 1


def test_names_of_files_are_readable_and_unique() -> None:
    titles = ["Café Azul / Front", "café azul -- FRONT", "", "../../etc/passwd", "CON", "\x00\n", "ﬁ", "x" * 300]
    assert cli.file_names(titles) == [
        "café-azul-front.json",
        "café-azul-front-2.json",
        "flow.json",
        "etc-passwd.json",
        "con-flow.json",
        "flow-2.json",
        "fi.json",
        "x" * 50 + ".json",
    ]


def test_a_list_that_holds_no_flow_has_no_document(tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_text('{"status": "ok", "call_flows": [], "fax_flows": []}', encoding="utf-8")
    assert refused("translate", path, "--from", "api19", "--to", "vinix") == f"{path}: the document: holds no flow\n"
    assert run("check", path, "--from", "api19").stdout == "no flows\nno problems\n"
    assert run("show", path, "--from", "api19").stdout == ""
    assert run("show", path, "--from", "api19", "--format", "json").stdout == "[]\n"


def test_output_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("mine", encoding="utf-8")
    said = refused("translate", SIMPLE, "--to", "vinix", "-o", out, "--report", tmp_path / "none" / "report.json")
    assert said == f"{tmp_path / 'none' / 'report.json'}: cannot be written: No such file or directory\n"
    assert out.read_text("utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [out]


def test_output_replaces_a_file_and_keeps_its_mode(tmp_path: Path) -> None:
    out, link = tmp_path / "out.json", tmp_path / "link.json"
    out.write_text("mine", encoding="utf-8")
    out.chmod(0o640)
    link.symlink_to(out)
    run("translate", SIMPLE, "--to", "vinix", "-o", link)
    assert link.is_symlink()
    assert json.loads(out.read_text("utf-8"))
    assert out.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "options", [["-o", "SOURCE"], ["--report", "SOURCE"], ["-o", "x.json", "--report", "./x.json"]], ids=" ".join
)
def test_nothing_is_written_over(tmp_path: Path, options: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "source.json"
    source.write_bytes(SIMPLE.read_bytes())
    named = [str(source) if option == "SOURCE" else option for option in options]
    said = refused("translate", source, "--to", "vinix", *named)
    assert said == f"{named[-1]}: would be written over; name another file\n"
    assert source.read_bytes() == SIMPLE.read_bytes()


def unaccepted(target: str, form: Form = "record") -> set[str]:
    """What is said after the ledger of a document that no endpoint takes."""
    adapter = find(target)
    sentence = adapter.unaccepted(form)
    return {f"{adapter.title}: {sentence}"} if sentence is not None else set()


@pytest.mark.parametrize("form", ["record", "request"])
@pytest.mark.parametrize("target", ["api19", "convirza-v2", "vinix"])
def test_a_form_that_no_endpoint_takes_is_said_after_the_ledger(target: str, form: Form) -> None:
    said = run("translate", SIMPLE, "--to", target, "--form", form).stderr.splitlines()
    assert set(said[-1:]) >= unaccepted(target, form)


def test_a_form_that_no_endpoint_takes_is_said_once_for_many_flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(find("vinix")), "unaccepted", lambda self, form: f"nobody takes a {form}")
    said = run("translate", SEVERAL, "--to", "vinix", "-o", tmp_path).stderr
    assert said.endswith("\nVinix: nobody takes a record\n")
    assert said.count("nobody takes") == 1


REFERENCES = """
[api19.device]
"501" = "+12025550142"
"5021" = "4f5e9a"

[numbers]
"Stellar Staffing - Front" = ["+12025550150"]
"""


def file(folder: Path, name: str, content: str) -> Path:
    """A file that a person wrote."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_references_are_applied_and_unused_ones_are_named(tmp_path: Path) -> None:
    references = file(tmp_path, "references.toml", REFERENCES)
    result = run("translate", SEVERAL, "--to", "vinix", "-o", tmp_path / "out", "--references", references)
    document = json.loads((tmp_path / "out" / "stellar-staffing-recruiters.json").read_text("utf-8"))
    assert "+12025550142" in json.dumps(document)
    front = json.loads((tmp_path / "out" / "stellar-staffing-front.json").read_text("utf-8"))
    assert "+12025550150" in json.dumps(front)
    assert result.stderr.endswith(f"\n{references}: /api19/device/5021: no flow uses this entry; did you mean device:502?\n")
    expected = unicall.translate_all(SEVERAL.read_bytes(), target="vinix", references=references)
    assert document in [one.document for one in expected]


def test_many_unused_references_are_counted(tmp_path: Path) -> None:
    entries = "".join(f'"x{n}" = "y"\n' for n in range(13))
    references = file(tmp_path, "references.toml", f"[vinix.user]\n{entries}")
    said = run("translate", SIMPLE, "--to", "api19", "--references", references).stderr.splitlines()
    assert said[-2:] == [
        f"{references}: /vinix/user/x9: no flow uses this entry",
        f"{references}: and 3 entries more that no flow uses",
    ]


def test_references_to_fill_in_are_printed_or_written_once(tmp_path: Path) -> None:
    printed = run("references", SEVERAL)
    assert printed.exit_code == 0
    assert printed.stderr == ""
    assert set(tomllib.loads(printed.stdout)["api19"]["device"]) == {"501", "502"}
    out = tmp_path / "references.toml"
    assert run("references", SEVERAL, "--from", "api19", "-o", out).exit_code == 0
    assert out.read_text("utf-8") == printed.stdout
    said = refused("references", SEVERAL, "-o", out)
    assert said == f"{out}: is there already, and may be filled in; name another file\n"
    without = run("translate", SEVERAL, "--to", "vinix", "-o", tmp_path / "a", "--report", tmp_path / "a.json")
    with_it = run("translate", SEVERAL, "--to", "vinix", "-o", tmp_path / "b", "--report", tmp_path / "b.json", "--references", out)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert with_it.stderr.replace("b.json", "a.json") == without.stderr


BAD_REFERENCES: Mapping[str, tuple[str, str]] = {
    "a provider": ("[api91.device]", '/api91: no provider is called "api91"; did you mean api19?'),
    "a value": ("[api19.device]\n'5' = 5", "/api19/device/5: expected text, got 5"),
    "no TOML": ("[api19.device]\n'5' 5", "line 2, column 5: is not TOML: Expected '=' after a key in a key/value pair"),
}


@pytest.mark.parametrize("name", BAD_REFERENCES)
def test_bad_references_are_one_line_with_their_file_and_place(tmp_path: Path, name: str) -> None:
    content, said = BAD_REFERENCES[name]
    references = file(tmp_path, "references.toml", content)
    assert refused("translate", SIMPLE, "--to", "vinix", "--references", references) == f"{references}: {said}\n"


@pytest.mark.parametrize("command", ["check", "show", "translate", "references"])
def test_bad_settings_are_a_line_each_with_their_file_and_place(tmp_path: Path, command: str) -> None:
    settings = file(tmp_path, "settings.toml", "[vinx]\n[unicall]\nring_second = 5\n")
    said = refused(command, SIMPLE, "--settings", settings, *(["--to", "api19"] if command == "translate" else []))
    assert said == (
        f'{settings}: /vinx: no provider is called "vinx"; did you mean vinix?\n'
        f"{settings}: /unicall/ring_second: unicall has no settings\n"
    )


@pytest.mark.parametrize("option", ["--references", "--settings"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, option: str) -> None:
    path = tmp_path / "none.toml"
    said = refused("translate", SIMPLE, "--to", "vinix", option, path)
    assert said == f"{path}: cannot be read: No such file or directory\n"


@pytest.mark.parametrize("option", ["--references", "--settings"])
def test_what_a_person_wrote_is_not_written_over(tmp_path: Path, option: str) -> None:
    path = file(tmp_path, "mine.toml", "")
    said = refused("translate", SIMPLE, "--to", "vinix", option, path, "-o", path)
    assert said == f"{path}: would be written over; name another file\n"


def test_a_report_of_json_holds_the_whole_ledger(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    result = run("translate", SEVERAL, "--to", "vinix", "-o", tmp_path / "out", "--report", report)
    found = json.loads(report.read_text("utf-8"))
    translations = list(unicall.translate_all(SEVERAL.read_bytes(), target="vinix"))
    assert (found["source"], found["target"]) == ("api19", "vinix")
    assert [flow["name"] for flow in found["flows"]] == [one.flow.name for one in translations]
    assert [[p["code"] for p in flow["problems"]] for flow in found["flows"]] == (
        [[problem.code for problem in one.problems] for one in translations]
    )
    keys = ["code", "severity", "message", "pointer", "target_pointer", "node", "value", "advice", "call", "unnoticed"]
    assert all(flow["calls"]["verdict"] == str(one.comparison) for flow, one in zip(found["flows"], translations, strict=True))
    assert all(list(problem) == keys for flow in found["flows"] for problem in flow["problems"])
    assert sum(found["counts"].values()) == sum(len(one.problems) for one in translations)
    assert list(found["counts"]) == list(Severity)
    first, *more = result.stderr.splitlines()
    assert first.endswith(f"; see {report}")
    assert set(more) == unaccepted("vinix")


def test_a_report_of_another_name_is_text(tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    run("translate", MENU, "--to", "api19", "--report", report)
    after = "".join(f"{line}\n" for line in unaccepted("api19"))
    assert report.read_text("utf-8") + after == run("translate", MENU, "--to", "api19", "--all").stderr


def made(code: str, pointer: str, **words: object) -> Problem:
    return Problem(code, pointer, None, words=words)


def test_the_ledger_reads_well() -> None:
    """The worst first, a message once with all its places, four places at most, notes on one line, what to do next."""
    bookkeeping = made("UC901", "/id", keys="id")
    keys = [made("UC501", f"/odd/{n}", key=f"odd{n}") for n in range(6)]
    menus = [made("UC208", f"/ivrs/{n}", target="API19", exit="key 1") for n in (0, 3)]
    codes = unicall.CODES
    assert cli.ledger("Front door: convirza-v2 to api19", [bookkeeping, *keys, *menus], everything=False) == (
        "Front door: convirza-v2 to api19\n"
        f"lost  UC208  {codes['UC208'].meaning}  (2 places)\n"
        f"  {menus[0].message}  at /ivrs/0, /ivrs/3\n"
        f"  → {codes['UC208'].advice}\n"
        f"unresolved  UC501  {codes['UC501'].meaning}  (6 places)\n"
        + "".join(f"  {problem.message}  at {problem.pointer}\n" for problem in keys[:4])
        + "  and 2 more; --all lists them\n"
        f"  → {codes['UC501'].advice}\n"
        f"note  UC901  {codes['UC901'].meaning}  (1 place)\n"
        "\n"
        "2 lost, 6 unresolved, 1 note. unicall explain UC208 says more about a code.\n"
    )


def test_a_full_screen_says_that_one_place_stands_for_more() -> None:
    many = [made(code, f"/{code}/{n}", key="x", what="x", target="API19") for code in list(unicall.CODES)[40:70] for n in range(2)]
    told = cli.ledger("Front door", many, everything=False)
    assert "(the first of 2 places)" in told
    assert told.endswith("says more about a code; --all lists every place.\n")
    assert "first of" not in cli.ledger("Front door", many, everything=True)


def test_a_verdict_is_about_the_calls_that_still_come_in() -> None:
    two = {"name": "Two", "numbers": ["+12025550142", "2000"], "flow": {"module": "offnet", "data": {"to_did": "+12025550143"}}}
    said = run("translate", "-", "--to", "convirza-v2", "--fail-on", "never", stdin=json.dumps(two).encode()).stderr
    assert "\ncalls that still come in: same\n" in said


def test_all_lists_every_problem() -> None:
    problems = unicall.translate(MENU.read_bytes(), target="api19").problems
    said = " ".join(run("translate", MENU, "--to", "api19", "--all").stderr.split())
    assert all(f"at {problem.pointer or 'the document'}" in said for problem in problems)
    assert "--all lists them" not in said


def test_no_problems_are_said_to_be_none() -> None:
    assert cli.ledger("x", [], everything=False) == "x\nno problems\n"


def test_long_lines_are_wrapped_and_pointers_stay_whole() -> None:
    pointer = "/" + "/".join(["children"] * 20)
    said = cli.ledger("x", [made("UC208", pointer, target="API19 " * 20, exit="key 1")], everything=False)
    assert pointer in said
    assert all(len(line) <= cli.WIDTH for line in said.splitlines() if pointer not in line)


def test_what_a_document_says_never_reaches_the_terminal_as_a_command() -> None:
    said = cli.ledger("a\x1b[2Jb", [made("UC208", "/\x1b]0;x\x07", target="\u202ex", exit="\n")], everything=False)
    assert "\x1b" not in said
    assert "\\x1b[2J" in said
    assert "\\u202ex" in said


@pytest.mark.parametrize("path", [MENU, SIMPLE, HOTEL_MENU], ids=lambda path: path.name)
@pytest.mark.parametrize("target", ["api19", "convirza-v2", "vinix"])
def test_a_typical_ledger_fits_on_a_screen(path: Path, target: str) -> None:
    assert run("translate", path, "--to", target).stderr.count("\n") <= 50


def process(
    *args: object, env: Mapping[str, str] | None = None, stdout: int | IO[bytes] = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "unicall", *map(str, args)],
        env=os.environ | (env or {}),
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def test_the_command_runs_as_a_module() -> None:
    result = process("providers")
    assert result.stdout.decode().splitlines() == list(unicall.providers())
    assert process("--help").stdout.startswith(b"Usage: unicall ")


def test_output_is_utf_8_whatever_the_terminal() -> None:
    result = process("show", MENU, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"})
    assert result.stdout.decode("utf-8") == run("show", MENU).stdout
    assert "└─ " in result.stdout.decode("utf-8")


def test_colours_are_for_terminals() -> None:
    result = process("translate", MENU, "--to", "api19", env={"FORCE_COLOR": "1", "COLUMNS": "40", "TERM": "xterm"})
    assert b"\x1b" not in result.stdout + result.stderr
    assert result.stderr.decode() == run("translate", MENU, "--to", "api19").stderr


def test_a_broken_pipe_is_one_line() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = process("show", MENU, stdout=writing)
    os.close(writing)
    assert result.returncode == 2
    assert result.stderr.decode() == "<stdout>: cannot be written: Broken pipe\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        result = process("schema", stdout=full)
    assert result.returncode == 2
    assert result.stderr.decode() == "<stdout>: cannot be written: No space left on device\n"


def test_a_device_takes_output() -> None:
    result = process("translate", SIMPLE, "--to", "vinix", "-o", "/dev/stdout")
    assert json.loads(result.stdout)


def test_only_click_is_imported_for_help() -> None:
    heavy = ("attrs", "rich", "orjson", "cattrs", "dateutil", "phonenumbers", "importlib.metadata", "httpx")
    code = f"""
import sys
from unicall.cli import program
try:
    program(["--help"])
except SystemExit:
    pass
sys.stderr.write(" ".join(name for name in {heavy} if name in sys.modules))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stderr == b""


def test_every_command_says_what_it_does() -> None:
    for command in cli.program.commands.values():
        assert command.help
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or getattr(parameter, "help", None)


HOTEL = Flow(
    name='Harbor "View" \x1b[31m',
    start="start",
    entry_points=(EntryPoint("number", "+19045550122"), EntryPoint("extension", "200")),
    settings=Settings(active=True, notify=("desk@hotel.example",)),
    nodes={
        "start": RecordCall(exits={"next": "hours"}),
        "hours": Schedule(
            timezone="America/New_York",
            hours=(
                Hours(
                    name="open",
                    recurrences=(
                        Recurrence(frequency="weekly", weekdays=("MO", "TU"), start=32400, end=61200),
                        Recurrence(frequency="yearly", month=12, month_days=(25,)),
                    ),
                ),
                Hours(name="night", recurrences=None),
            ),
            exits={"open": "menu", "otherwise": "mail"},
        ),
        "menu": Menu(greeting=Speech("Press 1."), retries=3, exits={"1": "ring", "2": "menu", "3": "say", "no_input": "mail"}),
        "ring": Ring(
            targets=(
                RingTarget(PhoneNumber("+19045550123"), delay=3, timeout=20),
                RingTarget(Reference("vinix", "device", "ab")),
            ),
            timeout=30,
            exits={"no_answer": "mail", "busy": "gone"},
        ),
        "say": Announce(prompt=Speech("Hold on."), exits={"next": "wait"}, label="Address"),
        "wait": Pause(seconds=3, exits={"next": "menu"}),
        "mail": Voicemail(mailbox=Reference("vinix", "mailbox", "9")),
        "island": Hangup(),
    },
)


def test_a_tree_names_joins_and_loops() -> None:
    assert show.tree(HOTEL) == (
        'Harbor "View" \\x1b[31m\n'
        "  calls to   +19045550122, extension 200\n"
        "  settings   in use, tells desk@hotel.example\n"
        "\n"
        "record the call\n"
        "then hours in America/New_York\n"
        "│    open: MO TU 09:00 to 17:00; every year in month 12 on day 25\n"
        "│    night: at hours that are not known\n"
        '├─ open: [menu] menu "Press 1."\n'
        "│  │    3 retries\n"
        "│  ├─ 1: ring 2 together, for 30 s\n"
        "│  │  │    +19045550123, after 3 s, 20 s long\n"
        "│  │  │    device:ab\n"
        "│  │  ├─ no answer: [mail] voicemail, mailbox:9\n"
        "│  │  └─ busy: nothing: there is no node gone\n"
        "│  ├─ 2: → [menu] above\n"
        '│  ├─ 3: announce "Hold on." (Address)\n'
        "│  │  then wait 3 s\n"
        "│  │  then → [menu] above\n"
        "│  └─ no input: → [mail] above\n"
        "└─ otherwise: → [mail] above\n"
        "\n"
        "no call reaches: island\n"
    )


def test_a_flow_of_nothing_is_drawn_as_nothing() -> None:
    assert show.tree(Flow()) == "(a flow without a name)\n\nnothing happens to a call\n"
    assert 'f1x0(["nothing"])' in show.mermaid(Flow())
    assert 'f1x0 [label="nothing", shape=oval];' in show.dot(Flow())


def test_flows_within_flows_are_drawn_below() -> None:
    inner = Flow(name="Inner", start="start", nodes={"start": Hangup()})
    outer = Flow(
        name="Outer",
        start="start",
        nodes={"start": Subflow(flow=Reference("unicall", "flow", "part"))},
        subflows={"part": inner},
    )
    assert show.tree(outer) == "Outer\n\ngo to flow:part\n\nflow part: Inner\n\nhang up\n"
    assert 'subgraph f2["flow part: Inner"]' in show.mermaid(outer)
    assert 'label="flow part: Inner";' in show.dot(outer)


def test_pictures_escape_what_they_cannot_hold() -> None:
    menu = Menu(greeting=Speech("<b>&`[1]`"), exits={"#": "start"})
    flow = Flow(name='a"b\\c\n', start="start", nodes={"start": menu})
    assert show.mermaid(flow) == (
        "flowchart TD\n"
        '  subgraph f1["a#34;b#92;c#92;n"]\n'
        '    f1in(["a call"])\n'
        '    f1n1{"menu #34;#60;b#62;#38;#96;#91;1#93;#96;#34;"}\n'
        "    f1in --> f1n1\n"
        '    f1n1 -->|"#35;"| f1n1\n'
        "  end\n"
    )
    assert show.dot(flow) == (
        "digraph unicall {\n"
        "  node [shape=box];\n"
        "  subgraph cluster_1 {\n"
        '    label="a\\"b\\\\c\\\\n";\n'
        '    f1in [label="a call", shape=oval];\n'
        '    f1n1 [label="menu \\"<b>&`[1]`\\"", shape=diamond];\n'
        "    f1in -> f1n1;\n"
        '    f1n1 -> f1n1 [label="#"];\n'
        "  }\n"
        "}\n"
    )


def deep(depth: int) -> Flow:
    """Menus below menus, each with a way to one common end."""
    nodes: dict[NodeId, Node] = {
        f"m{n}": Menu(exits={"1": f"m{n + 1}" if n < depth - 1 else "end", "2": "end"}) for n in range(depth)
    }
    return Flow(start="m0", nodes=nodes | {"end": Hangup()})


@pytest.mark.parametrize("draw", [show.tree, show.mermaid, show.dot])
def test_pictures_grow_with_the_flow(draw: Any) -> None:
    """10,000 levels are drawn, and take ten times the room of 1,000."""
    assert len(draw(deep(10_000))) < 12 * len(draw(deep(1_000)))


def test_a_tree_draws_every_node_once_however_deep() -> None:
    assert len(re.findall(r"\bmenu$", show.tree(deep(200)), re.MULTILINE)) == 200


SAMPLES: Mapping[str, Any] = {
    "prompt": Speech("Hello", voice="female", language="fr"),
    "times": 7,
    "endless": True,
    "greeting": Reference("vinix", "audio", "sound7"),
    "retries": 7,
    "timeout": 7.5,
    "interdigit_timeout": 7,
    "max_digits": 7,
    "direct_dial": False,
    "order": "weighted",
    "repeats": 7,
    "whisper": Speech("Sales call"),
    "timezone": "Europe/Paris",
    "by": "state",
    "radius": 7,
    "ask": True,
    "pattern": "^7",
    "priority": 7,
    "recipients": ("people@example.com",),
    "slot": "7",
    "name": "Somebody",
    "number": "+12025550177",
    "on": False,
    "language": "fr",
    "values": {"seven": 7},
    "when": "missed",
    "url": "https://example.com/7",
    "method": "PUT",
    "seconds": 7,
    "code": 487,
    "reason": "Seven",
    "provider": "carrier7",
    "word": "teleport",
    "data": {"seven": 7},
    "passes": "seven",
    "shares": {"most": 70.0, "few": 30.0},
    "targets": (RingTarget(PhoneNumber("+12025550177"), delay=7, timeout=8, weight=9, confirm=True),) * 2,
    "hours": (Hours(name="seven", recurrences=(Recurrence(frequency="daily", start=25200, end=28800),)),),
    "places": (),
    "label": "Seven",
}
LEAST: Mapping[str, Mapping[str, Any]] = {
    "Announce": {"prompt": Speech("Something")},
    "Ring": {"targets": (RingTarget(PhoneNumber("+12025550100")),)},
    "Schedule": {"hours": ()},
    "Split": {"shares": {}},
    "Queue": {"queue": None},
    "Subflow": {"flow": None},
    "SetLanguage": {"language": "en"},
    "SetVariable": {"values": {}},
    "Webhook": {"url": None},
    "Pause": {"seconds": 1},
    "Reject": {"code": 600},
    "VendorNode": {"provider": "carrier", "word": "disa"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_fact_of_every_kind_is_put_in_words(kind: str) -> None:
    least = LEAST.get(kind, {})
    plain = show.in_words(KINDS[kind](**least))
    assert all(line.strip() == line and line for line in plain)
    reference = Reference("vinix", "thing", "seven77")
    for field in unicall.graph.FACTS[KINDS[kind]]:
        if field != "places":
            other = show.in_words(KINDS[kind](**{**least, field: SAMPLES.get(field, reference)}))
            assert other != plain, field


@pytest.mark.parametrize(
    ("recurrence", "words"),
    [
        (Recurrence(frequency="daily"), "every day"),
        (Recurrence(frequency="weekly", weekdays=("SA", "SU"), interval=2), "every 2 weeks on SA SU"),
        (Recurrence(frequency="monthly", weekdays=("MO",), ordinal=3), "every month on 3. MO"),
        (Recurrence(frequency="yearly", weekdays=("MO",), ordinal=-1, month=5), "every year in month 5 on last MO"),
        (Recurrence(frequency="once", first=date(2026, 12, 25)), "2026-12-25"),
        (
            Recurrence(frequency="daily", end=21600, start=79200, overnight=True),
            "every day 22:00 to 06:00 of the next day",
        ),
        (Recurrence(frequency="daily", start=1, end=3600), "every day 00:00:01 to 01:00"),
        (Recurrence(frequency="daily", override=True), "always, set by hand"),
        (Recurrence(frequency="daily", override=False), "never, set by hand"),
    ],
    ids=str,
)
def test_hours_are_put_in_words(recurrence: Recurrence, words: str) -> None:
    assert show.in_words(Schedule(hours=(Hours(name="x", recurrences=(recurrence,)),)))[1] == f"x: {words}"


def test_exits_of_a_schedule_are_called_by_their_titles() -> None:
    rule = Recurrence(frequency="daily", title="Lunch")
    node = Schedule(hours=(Hours(name="593017e3", recurrences=(rule,)),), exits={"593017e3": "end"})
    drawn = show.tree(Flow(start="s", nodes={"s": node, "end": Hangup()}))
    assert "│    593017e3 (Lunch): every day\n└─ 593017e3 (Lunch): hang up\n" in drawn


def test_choices_look_like_choices() -> None:
    flow = Flow(start="s", nodes={"s": Split(shares={"a": 100}, exits={"a": "c"}), "c": CallerMatch(pattern="^1")})
    assert show.dot(flow).count("diamond") == 2


# There and back.


def test_a_document_goes_there_and_back_by_its_residue(tmp_path: Path) -> None:
    there, residue, back = (tmp_path / name for name in ("there.json", "residue.json", "back.json"))
    went = run("translate", MENU, "--to", "vinix", "-o", there, "--residue", residue, "--fail-on", "never")
    assert went.exit_code == 0
    came = run("translate", there, "--to", "convirza-v2", "--with-residue", residue, "-o", back)
    assert came.exit_code == 0
    original = json.loads(MENU.read_text("utf-8"))
    assert json.loads(back.read_text("utf-8")) == (original[0] if isinstance(original, list) else original)


def test_several_flows_have_a_directory_of_residues(tmp_path: Path) -> None:
    account = FIXTURES / "api19" / "list" / "call_center_account.json"
    run("translate", account, "--to", "vinix", "-o", f"{tmp_path}/there/", "--residue", f"{tmp_path}/back/", "--fail-on", "never")
    there, back = ({path.name for path in (tmp_path / name).iterdir()} for name in ("there", "back"))
    assert there == back
    assert len(there) > 1


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "is empty"),
        ("[]", "is no residue: []"),
        ('{"residue": 1', "/residue: is not JSON: unexpected end of data (line 1, column 14)"),
        ('{"residue": 2}', "/residue: expected 1, the version that this unicall reads, got 2"),
    ],
)
def test_a_bad_residue_is_one_line_with_the_name_of_its_file(tmp_path: Path, written: str, said: str) -> None:
    residue = tmp_path / "residue.json"
    residue.write_text(written, "utf-8")
    result = run("translate", MENU, "--to", "vinix", "--with-residue", residue)
    assert result.exit_code == 2
    assert result.stderr == f"{residue}: {said}\n"
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("changed", "places"),
    [
        ({"flow": {"a": [1]}}, ["/flow", "/flow/a"]),
        ({"settings": {"vinix": {"zones": {}}, "api19": {"x": 1}}}, ["/settings/vinix/zones", "/settings/api19/x"]),
        ({"document": {"callflow": {"flow": 5}, "devices": 3}}, ["/document/devices", "/document/callflow/flow"]),
        ({"document": {"callflow": {"flow": {"module": "tts", "data": {"text": 5, "mood": "mild"}, "children": []}}}},
         ["/document/callflow/flow/children", "/document/callflow/flow/data/text"]),
    ],
)  # fmt: skip
def test_all_that_is_wrong_with_a_residue_is_said_of_its_file(tmp_path: Path, changed: Any, places: list[str]) -> None:
    there, residue = tmp_path / "there.json", tmp_path / "residue.json"
    run("translate", MENU, "--to", "vinix", "-o", there, "--residue", residue, "--fail-on", "never")
    residue.write_text(json.dumps(json.loads(residue.read_text("utf-8")) | changed), "utf-8")
    lines = refused("translate", there, "--to", "convirza-v2", "--with-residue", residue).splitlines()
    assert [line.removeprefix(f"{residue}: ").partition(": ")[0] for line in lines] == places


def test_a_residue_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    result = run("translate", MENU, "--to", "vinix", "--with-residue", tmp_path / "none.json")
    assert (result.exit_code, result.stderr) == (2, f"{tmp_path / 'none.json'}: cannot be read: No such file or directory\n")


def test_a_residue_is_never_written_over_what_is_read(tmp_path: Path) -> None:
    document = tmp_path / "flow.json"
    document.write_bytes(SIMPLE.read_bytes())
    result = run("translate", document, "--to", "vinix", "--residue", document)
    assert (result.exit_code, result.stderr) == (2, f"{document}: would be written over; name another file\n")
    assert document.read_bytes() == SIMPLE.read_bytes()
