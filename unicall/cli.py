"""The command line.

Documents go to stdout, what people should know about them to stderr. Exit codes are as linters have them: 0 is fine, 1
a problem at or above ``--fail-on``, 2 bad input or usage, with one line on stderr for each error and no traceback.

What surprises people: nothing but click is imported before a command runs, so that ``unicall --help`` answers at once;
and the same input gives the same bytes everywhere, UTF-8 whatever the terminal, colours on a terminal only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

if TYPE_CHECKING:
    from rich.text import Text

    from unicall import DocumentError, Flow, Parsed, Problem, Translation
    from unicall.references import References
    from unicall.wire import Json

FINE, PROBLEMS, REFUSED, INTERRUPTED = 0, 1, 2, 130
SEVERITIES = {
    "lost": "bold red",
    "changed": "bold yellow",
    "unresolved": "bold magenta",
    "setting": "bold cyan",
    "note": "dim",
}
TOLD = ("UC701", "UC702", "UC705")  # notes of which every place is told, because it is the flow's own
PLACES_SHOWN = 4
UNUSED_SHOWN = 10
SCREEN = 45  # lines; fewer places are shown for each code where there are many codes
WIDTH = 100


class Refused(click.ClickException):
    """What ends a run: each line says where and what."""

    exit_code = REFUSED

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Program(click.Group):
    """A group of commands of which every error is a line on stderr, under ``CliRunner`` as well as in a shell."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command and exit with its code."""
        try:
            code = super().main(*args, **extra | {"prog_name": "unicall", "standalone_mode": False})
        except Refused as refused:
            code = _refuse(*refused.lines)
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "unicall"
            code = _refuse(f"{where}: {' '.join(error.format_message().split())}")
        except click.ClickException as error:
            code = _refuse(f"unicall: {' '.join(error.format_message().split())}")
        except click.Abort:
            code = INTERRUPTED
        sys.exit(code)


def _refuse(*lines: str) -> int:
    _say_lines(*lines)
    return REFUSED


@click.group(cls=Program, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="unicall-flows", message="%(version)s")
@click.pass_context
def program(context: click.Context) -> None:
    """Translate phone call flows between carriers, and say exactly what the other carrier cannot express."""
    if context.invoked_subcommand is None:
        raise click.UsageError(f"name a command: {', '.join(program.commands)}; unicall --help says what they do")


Command = TypeVar("Command", bound=Callable[..., Any])


def _from(command: Command) -> Command:
    text = "Whose document it is; found out when not given."
    return click.option("--from", "source", metavar="PROVIDER", help=text)(command)


def _fail_on(command: Command) -> Command:
    text = "Exit with 1 for a problem this bad or worse."
    choice = click.Choice([*SEVERITIES, "never"])
    return click.option("--fail-on", type=choice, default="unresolved", show_default=True, help=text)(command)


def _settings(command: Command) -> Command:
    text = "A TOML file of what the vendors do not document and you know; unicall explain names the settings."
    return click.option("--settings", metavar="FILE", help=text)(command)


def _all(command: Command) -> Command:
    text = "List every problem, with all that is known."
    return click.option("--all", "everything", is_flag=True, help=text)(command)


@program.command()
@click.argument("file")
@_from
@click.option("--to", "target", metavar="PROVIDER", required=True, help="Whose document to write.")
@click.option("-o", "--output", metavar="PATH", help="Write there instead of to stdout; a directory for several flows.")
@click.option("--form", type=click.Choice(["record", "request"]), help="As the API returns it, or accepts it.")
@click.option("--report", metavar="FILE", help="Write the ledger there: as JSON for *.json, as text for other names.")
@click.option("--residue", metavar="FILE", help="Write what makes the way back exact there; a directory for several flows.")
@click.option("--with-residue", metavar="FILE", help="Go back: the residue of the translation that wrote FILE, edited or not.")
@click.option("--references", metavar="FILE", help="A TOML file of which id here is which there; see unicall references.")
@click.option("--compare/--no-compare", "compares", default=True, show_default=True, help="Say whether calls notice.")
@_settings
@_fail_on
@_all
def translate(
    file: str,
    source: str | None,
    target: str,
    output: str | None,
    form: Any,
    report: str | None,
    residue: str | None,
    with_residue: str | None,
    references: str | None,
    compares: bool,
    settings: str | None,
    fail_on: str,
    everything: bool,
) -> int:
    """Translate FILE (- for stdin), and say what got lost on the way, and which calls notice.

    A list of several flows needs -o DIR, and gives a file for each.
    """
    import unicall

    if residue == "-":
        raise Refused("unicall translate: --residue needs the name of a file")
    document = _read(file)
    with _refusing(file):
        known, given = _known(settings), _given(references)
        told: dict[str, Any] = {"references": given, "settings": known, "compare": compares}
        if with_residue is not None:
            done = [unicall.translate(document, source, target, form, Path(with_residue), **told)]
        else:
            done = _every(unicall.translate_all(document, source, target, form, **told))
        if not done:
            raise unicall.DocumentError("holds no flow")
        if len(done) > 1 and output in (None, "-"):
            raise unicall.DocumentError(f"holds {len(done)} flows; name a directory for them with -o DIR")
        problems = [problem for one in done for problem in one.problems]
        directories = [_directory(output, len(done)), _directory(residue, len(done))]
        files = _files(done, [one.document for one in done], output, directories[0])
        if residue is not None:
            files += _files(done, [one.residue for one in done], residue, directories[1])
        title = f"{_names([one.flow for one in done])}: {done[0].source} to {target}"
        verdicts = _verdicts(done) if compares else []
        if report is not None:
            text = _report(done, target, compares) if _is_json(report) else ledger(title, problems, verdicts, everything=True)
            files.append((report, _bytes(text)))
        _distinct([file, with_residue, references, settings], [path for path, _ in files])
        _write(files, directories)
        if output in (None, "-"):
            _print(_json(done[0].document))
        if report is None:
            _say(ledger(title, problems, verdicts, everything=everything, terminal=sys.stderr))
        else:
            _say_lines(f"{title}: {_counted(problems)}; see {report}")
        _say_lines(*_unaccepted(done), *(_unused(given, done) if with_residue is None else ()))
    return _exit_code(problems, fail_on)


@program.command()
@click.argument("file")
@_from
@_settings
@_fail_on
@_all
def check(file: str, source: str | None, settings: str | None, fail_on: str, everything: bool) -> int:
    """Read FILE, and print what cannot be understood in it, ways that no call goes, and calls that go nowhere."""
    from unicall.behave.checking import check as behaviour

    with _refusing(file):
        parsed = _parse(file, source, settings)
        problems = [problem for one in parsed for problem in (*one.problems, *behaviour(one.flow, one.reading.places))]
        title = f"{_names([one.flow for one in parsed])}" + (f": {parsed[0].provider}" if parsed else "")
        _print(ledger(title, problems, everything=everything, terminal=sys.stdout))
    return _exit_code(problems, fail_on)


@program.command()
@click.argument("file")
@_from
@click.option(
    "--format",
    "picture",
    type=click.Choice(["tree", "mermaid", "dot", "json"]),
    default="tree",
    show_default=True,
    help="json is unicall's own format, without loss.",
)
@_settings
def show(file: str, source: str | None, picture: str, settings: str | None) -> int:
    """Draw FILE for people, or for tools that make pictures."""
    with _refusing(file):
        parsed = _parse(file, source, settings)
        flows = [one.flow for one in parsed]
        if picture == "json":
            _print(_native(flows))
        elif flows:
            from unicall import show as pictures

            _print(getattr(pictures, picture)(*flows))
        problems = [problem for one in parsed for problem in one.problems if problem.severity != "note"]
        if problems:
            _say_lines(f"{_named(file)}: {_counted(problems)}; unicall check lists them")
    return FINE


@program.command()
@click.argument("file")
@_from
@click.option("-o", "--output", metavar="PATH", help="Write there instead of to stdout; never over a file.")
@_settings
def references(file: str, source: str | None, output: str | None, settings: str | None) -> int:
    """Print every id of FILE that needs a counterpart elsewhere, as TOML to fill in for translate --references.

    FILE may be a folder of flows, as unicall pull writes it. Flows of a folder that cannot be read are left out, and it exits
    with 1.
    """
    from unicall.references import template

    with _refusing(file):
        found, left = _parse_folder(file, source, settings) if Path(file).is_dir() else (_parse(file, source, settings), [])
        _say_lines(*(f"{error}; left out" for error in left))
        text, ended = template(found), PROBLEMS if left else FINE
        if output in (None, "-"):
            _print(text)
            return ended
        assert output is not None
        if Path(output).exists() and not _is_device(output):
            raise Refused(f"{output}: is there already, and may be filled in; name another file")
        _write([(output, _bytes(text))])
    return ended


@program.command()
@click.argument("code")
def explain(code: str) -> int:
    """Print what a problem code means, and what to do about it."""
    import unicall

    known = code.strip().upper()
    if known not in unicall.CODES:
        from difflib import get_close_matches

        near = get_close_matches(known, unicall.CODES, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"codes look like {next(iter(unicall.CODES))}"
        raise Refused(f"unicall explain: no problem has the code {code!r}; {hint}")
    _print(unicall.explain(known))
    return FINE


@program.command()
def providers() -> int:
    """Print the names of all carriers that can be read and written."""
    import unicall

    _print("".join(f"{name}\n" for name in unicall.providers()))
    return FINE


@program.command()
def schema() -> int:
    """Print the JSON Schema of unicall's own format."""
    import unicall

    _print(_json(unicall.schema()))
    return FINE


class _HasProblems(Protocol):
    @property
    def problems(self) -> tuple[Problem, ...]: ...


One = TypeVar("One", bound=_HasProblems)


def _parse(file: str, source: str | None, settings: str | None) -> list[Parsed]:
    import unicall

    document = _read(file)
    return _every(unicall.parse_all(document, source, _known(settings)))


def _parse_folder(path: str, source: str | None, settings: str | None) -> tuple[list[Parsed], list[DocumentError]]:
    """All flows of all files of a folder, and why some of the files cannot be read. Raises DocumentError where none can."""
    import unicall
    from unicall.live.folder import Folder

    folder, known = Folder.read(Path(path)), _known(settings)
    found: list[Parsed] = []
    left: list[DocumentError] = []
    for file, document in folder.documents():
        try:
            found += _every(unicall.parse_all(document, source or folder.provider, known))
        except unicall.DocumentError as error:
            left.append(error if error.source else error.within(str(Path(path) / file)))
    if left and not found:
        raise left[0]
    return found, left


def _known(settings: str | None) -> Mapping[str, Mapping[str, Json]] | None:
    if settings is None:
        return None
    from unicall.settings import read

    return read(settings)


def _given(references: str | None) -> References | None:
    if references is None:
        return None
    from unicall.references import read

    return read(references)


def _every(flows: Iterable[One]) -> list[One]:
    """All flows of a document. One that cannot be read does not hide the problems of those before it."""
    from unicall import DocumentError

    seen: list[One] = []
    try:
        for one in flows:
            seen.append(one)
    except DocumentError as error:
        before = [problem for one in seen for problem in one.problems]
        raise DocumentError(
            error.text,
            pointer=error.pointer,
            others=error.others,
            problems=[*before, *error.problems],
            source=error.source,
        ) from error
    return seen


@contextmanager
def _refusing(file: str) -> Iterator[None]:
    """Turn what the library refuses into one line for each error, and one for each problem seen on the way."""
    from unicall import DocumentError, UnicallError

    try:
        yield
    except DocumentError as error:
        refused = (error, *error.others)
        raise Refused(
            *(str(one) if one.source else f"{_named(file)}: {one}" for one in refused),
            *(
                f"{error.source or _named(file)}: {one.pointer or 'the document'}: {one.severity} {one.code}: {one.message}"
                for one in error.problems
            ),
        ) from error
    except UnicallError as error:
        raise Refused(f"unicall: {error}") from error
    except RecursionError as error:
        raise Refused(f"{_named(file)}: the document: is nested too deep") from error


def _unaccepted(done: Iterable[Translation]) -> Iterable[str]:
    """What the target's endpoints do not take, each sentence once."""
    said = ((one.crossing.target.title, one.crossing.target.unaccepted(one.crossing.form)) for one in done)
    return dict.fromkeys(f"{title}: {sentence}" for title, sentence in said if sentence is not None)


def _unused(given: References | None, done: Iterable[Translation]) -> Iterator[str]:
    """The entries of the references that were of no use to any flow."""
    if given is None:
        return
    from unicall.references import unused

    idle = unused(given, [one.crossing.applied for one in done if one.crossing.applied is not None])
    yield from (f"{given.source}: {at}: {text}" for at, text in idle[:UNUSED_SHOWN])
    if len(idle) > UNUSED_SHOWN:
        yield f"{given.source}: and {len(idle) - UNUSED_SHOWN} entries more that no flow uses"


def _exit_code(problems: Iterable[Problem], fail_on: str) -> int:
    worst_first = list(SEVERITIES)
    failing = worst_first[: worst_first.index(fail_on) + 1] if fail_on != "never" else ()
    return PROBLEMS if any(problem.severity in failing for problem in problems) else FINE


def _named(file: str) -> str:
    return "<stdin>" if file == "-" else file


def _names(flows: Sequence[Flow]) -> str:
    if len(flows) == 1:
        return flows[0].name or "a flow without a name"
    return f"{len(flows)} flows" if flows else "no flows"


def _native(flows: Sequence[Flow]) -> str:
    """One flow as it is, several as an array."""
    import unicall
    from unicall.text import loads

    native = [unicall.dumps(flow) for flow in flows]
    return native[0] if len(native) == 1 else _json([loads(text) for text in native])


def _json(value: Json) -> str:
    from unicall.text import dumps

    return dumps(value)


def _verdicts(done: Sequence[Translation]) -> list[str]:
    """What became of the calls of each flow, in a line."""
    if len(done) == 1:
        return [f"calls{_still_in(done[0])}: {done[0].comparison}"]
    return [f"calls {_called(number, one)}{_still_in(one)}: {one.comparison}" for number, one in enumerate(done, start=1)]


def _called(number: int, done: Translation) -> str:
    """Whose calls they are: the flow's name, else a number that it has, else which of the flows it is."""
    if done.flow.name:
        return f"of {done.flow.name}"
    return f"to {done.flow.entry_points[0].value}" if done.flow.entry_points else f"of flow {number}"


def _still_in(done: Translation) -> str:
    """Which calls a verdict is about: none is compared that does not come in any more."""
    return " that still come in" if any(problem.code == "UC402" for problem in done.problems) else ""


def _report(done: Sequence[Translation], target: str, compares: bool) -> str:
    """The whole ledger for programs."""
    from unicall.behave.words import comparison_json, problem_json

    flows = []
    for one in done:
        flow: dict[str, Json] = {"name": one.flow.name, "problems": [problem_json(problem, compares) for problem in one.problems]}
        if compares:
            flow["calls"] = comparison_json(one.comparison)
        flows.append(flow)
    counts = _counts(problem for one in done for problem in one.problems)
    return _json({"source": done[0].source, "target": target, "flows": flows, "counts": counts})


def _read(file: str) -> bytes:
    try:
        if file != "-":
            return Path(file).read_bytes()
        if sys.stdin is None:
            raise Refused("<stdin>: is closed")
        return sys.stdin.buffer.read()
    except (OSError, ValueError) as error:
        raise Refused(f"{_named(file)}: cannot be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _is_json(path: str) -> bool:
    return Path(path).suffix.lower() == ".json"


def _directory(output: str | None, flows: int) -> Path | None:
    """The directory that ``-o`` names: where there is one already, a slash at the end, or more than one flow."""
    if output in (None, "-"):
        return None
    assert output is not None
    path = Path(output)
    if path.is_dir() or output.endswith(("/", os.sep)):
        return path
    if flows > 1 and path.exists():
        raise Refused(f"{output}: is a file; {flows} flows need a directory")
    return path if flows > 1 else None


def _files(
    done: Sequence[Translation], documents: Iterable[Json], output: str | None, directory: Path | None
) -> list[tuple[str, bytes]]:
    """Which files to write: none for stdout, the one named, or one for each flow in the directory."""
    texts = [_bytes(_json(document)) for document in documents]
    if directory is not None:
        names = file_names(one.flow.name or "" for one in done)
        return [(str(directory / name), text) for name, text in zip(names, texts, strict=True)]
    return [] if output in (None, "-") else [(str(output), texts[0])]


def file_names(titles: Iterable[str]) -> list[str]:
    """Readable file names for flows, each once even where case counts for nothing, and none that a system reserves."""
    import unicodedata

    reserved = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
    taken: set[str] = set()
    names = []
    for title in titles:
        words = "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", title).lower()).split()
        stem = "-".join(words)[:50].strip("-") or "flow"
        stem = f"{stem}-flow" if stem in reserved else stem
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name)
        names.append(f"{name}.json")
    return names


def _distinct(sources: Iterable[str | None], paths: Sequence[str]) -> None:
    """Refuse to write over what is being read, or two things to one place."""
    taken = {os.path.realpath(source) for source in sources if source not in (None, "-")}
    for path in paths:
        place = os.path.realpath(path)
        if place in taken and not _is_device(path):
            raise Refused(f"{path}: would be written over; name another file")
        taken.add(place)


def _is_device(path: str) -> bool:
    """Whether something is there that takes bytes and keeps none: a pipe, a terminal, /dev/null."""
    place = Path(path)
    return place.exists() and not place.is_file() and not place.is_dir()


def _write(files: Sequence[tuple[str, bytes]], directories: Iterable[Path | None] = ()) -> None:
    """Write each file whole or not at all: beside its place first, then all of them are renamed."""
    waiting: list[tuple[Path, Path]] = []
    path = ""
    try:
        for directory in directories:
            if directory is not None:
                path = str(directory)
                directory.mkdir(parents=True, exist_ok=True)
        for number, (path, data) in enumerate(files):
            place = Path(os.path.realpath(path))
            if _is_device(path):
                Path(path).write_bytes(data)
                continue
            if place.is_dir():
                raise IsADirectoryError(0, "Is a directory")
            beside = place.with_name(f".unicall-{os.getpid()}-{number}.tmp")
            waiting.append((beside, place))
            _write_new(beside, place, data)
        for beside, place in waiting:
            path = str(place)
            beside.replace(place)
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: cannot be written: {_reason(error)}") from error
    finally:
        for beside, _ in waiting:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def _write_new(beside: Path, place: Path, data: bytes) -> None:
    with beside.open("xb") as stream:
        stream.write(data)
    if place.exists():
        beside.chmod(place.stat().st_mode)


def _bytes(text: str) -> bytes:
    """UTF-8; half of a surrogate pair is written as JSON writes it."""
    return text.encode("utf-8", "backslashreplace")


def _print(text: str) -> None:
    """Write to stdout, or refuse."""
    if sys.stdout is None:
        raise Refused("<stdout>: is closed")
    try:
        click.echo(_bytes(text), nl=False)
    except OSError as error:
        _abandon(sys.stdout)
        raise Refused(f"<stdout>: cannot be written: {_reason(error)}") from error


def _say(text: str) -> None:
    """Write to stderr; where that fails there is nobody left to tell."""
    try:
        click.echo(_bytes(text), nl=False, err=True)
    except OSError:
        _abandon(sys.stderr)


def _say_lines(*lines: str) -> None:
    from unicall.show import plain

    _say("".join(f"{plain(line)}\n" for line in lines))


def _abandon(stream: Any) -> None:
    """Keep Python from writing, once more and in vain, what a stream did not take."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _counts(problems: Iterable[Problem]) -> dict[str, int]:
    counts = dict.fromkeys(SEVERITIES, 0)
    for problem in problems:
        counts[problem.severity] += 1
    return counts


def _counted(problems: Sequence[Problem]) -> str:
    plurals = {"setting": "settings", "note": "notes"}
    counts = {name: count for name, count in _counts(problems).items() if count}
    return ", ".join(f"{n} {plurals.get(name, name) if n > 1 else name}" for name, n in counts.items()) or "no problems"


def ledger(title: str, problems: Sequence[Problem], verdicts: Sequence[str] = (), *, everything: bool, terminal: Any = None) -> str:
    """All problems in groups of one code, the worst first, each with its places and with what to do next.

    ``verdicts``: what became of the calls, told first.
    """
    from rich.text import Text

    from unicall.problem import worst_first
    from unicall.show import plain

    groups: dict[str, list[Problem]] = {}
    for problem in worst_first(problems):
        groups.setdefault(problem.code, []).append(problem)
    lines: list[tuple[int, Text]] = [(0, Text(plain(title), "bold")), *((0, Text(plain(line))) for line in verdicts)]
    spoken = sum(1 for group in groups.values() if everything or group[0].severity != "note")
    places = max(1, min(PLACES_SHOWN, SCREEN // max(spoken, 1) - 3))
    for group in groups.values():
        lines += _group(group, everything, places)
    last = _counted(problems)
    if groups:
        lines.append((0, Text("")))
        alone = any(_is_alone(group, everything, places) for group in groups.values())
        more = "; --all lists every place" if alone else ""
        last += f". unicall explain {next(iter(groups))} says more about a code{more}."
    return _wrapped([*lines, (0, Text(last))], terminal)


def _group(group: Sequence[Problem], everything: bool, places_shown: int) -> Iterator[tuple[int, Text]]:
    from rich.text import Text

    from unicall import CODES

    first = group[0]
    first_of = "the first of " if _is_alone(group, everything, places_shown) else ""
    places = f"({first_of}{len(group)} place{'s' if len(group) > 1 else ''})"
    style = SEVERITIES[first.severity]
    heading = Text.assemble((first.severity.value, style), f"  {first.code}  {CODES[first.code].meaning}  {places}")
    if not _is_told(first, everything):
        yield 0, heading
        return
    yield 0, heading
    shown = group if everything else group[:places_shown]
    if everything:
        yield from ((2, _place(problem)) for problem in shown)
    else:
        yield from ((2, text) for text in _messages(shown))
    if len(group) > len(shown) > 1:
        yield 2, Text(f"and {len(group) - len(shown)} more; --all lists them", "dim")
    if not first.advice.startswith("Nothing"):
        yield 2, Text(f"→ {first.advice}", "italic")


def _is_told(problem: Problem, everything: bool) -> bool:
    """Whether the places of its code are told, and not only counted."""
    return problem.severity != "note" or everything or problem.code in TOLD


def _is_alone(group: Sequence[Problem], everything: bool, places_shown: int) -> bool:
    """Whether one place stands for several, because the screen is full."""
    return not everything and places_shown == 1 < len(group) and _is_told(group[0], everything)


def _messages(problems: Iterable[Problem]) -> Iterator[Text]:
    """Each message once, with all the places it is about."""
    from rich.text import Text

    from unicall.show import plain

    places: dict[str, list[str]] = {}
    met: dict[str, Text] = {}
    for problem in problems:
        places.setdefault(problem.message, []).append(problem.pointer or "the document")
        met.setdefault(problem.message, _met(problem))
    for message, pointers in places.items():
        yield Text.assemble(plain(message), "  at ", (plain(", ".join(pointers)), "dim"), met[message])


def _met(problem: Problem) -> Text:
    """Which call notices the problem, where that is known."""
    from rich.text import Text

    from unicall.show import plain

    if problem.unnoticed:
        return Text("  (no call notices)", "dim")
    return Text(f"  (met by: {plain(problem.met)})" if problem.met else "", "dim")


def _place(problem: Problem) -> Text:
    """One problem with all that is known of its place."""
    from rich.text import Text

    from unicall.show import plain

    text = Text.assemble(plain(problem.message), "  at ", (plain(problem.pointer or "the document"), "dim"))
    if problem.node:
        text.append(plain(f"  node {problem.node}"), "dim")
    if problem.target_pointer:
        text.append(plain(f"  now {problem.target_pointer}"), "dim")
    return text + _met(problem)


def _wrapped(lines: Sequence[tuple[int, Text]], terminal: Any) -> str:
    """Lines of text, wrapped between words, further lines of each indented; styled for a terminal only."""
    import io
    import shutil

    from rich.console import Console

    styled = terminal is not None and terminal.isatty()
    width = max(40, shutil.get_terminal_size().columns) if styled else WIDTH
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=styled,
        color_system="standard" if styled and not os.environ.get("NO_COLOR") else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for indent, text in lines:
        for number, line in enumerate(text.wrap(console, width - indent - 2, overflow="ignore")):
            line.rstrip()
            line.pad_left(indent + (2 if number else 0))
            console.print(line, soft_wrap=True)
    return out.getvalue()


def main() -> None:
    """Run the command line."""
    program()


from unicall import cli_calls, cli_live, cli_sandbox  # noqa: E402, F401  (their commands belong to the program above)
