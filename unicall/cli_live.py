"""The commands for live accounts: ``pull``, ``plan``, ``apply``, ``rollback`` and ``drift``.

Credentials come from the environment or from a file that nobody else can read. What people should know goes to stderr, the plan's
summary and what drifted to stdout; the plan and the folder are files.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from unicall.cli import FINE, INTERRUPTED, PROBLEMS, Refused, _bytes, _print, _say_lines, _settings, _write, program

if TYPE_CHECKING:
    import httpx
    from stamina.instrumentation import RetryDetails

    from unicall.live.applying import Applied, Run
    from unicall.live.carrier import Account, Carrier
    from unicall.live.plan import Plan, PlannedFlow
    from unicall.wire import Json

FLOWS_SHOWN = 8
LONG = 5.0  # seconds that nobody waits for without a word
JOURNAL = "the journal knows how far it got: apply goes on, rollback goes back"
NOTHING = "nothing was written to the account"

_account = click.option(
    "--account",
    "credentials",
    metavar="FILE",
    envvar="UNICALL_ACCOUNT",
    help="A TOML file (mode 600) with a table of credentials for each provider; the environment goes before it.",
)
_yes = click.option("--yes", is_flag=True, help="Write to a live account; not needed for one on this machine.")


@program.command()
@click.argument("provider")
@click.option("-o", "--output", "folder", metavar="DIR", required=True, help="The folder for the flows.")
@_account
def pull(provider: str, folder: str, credentials: str | None) -> int:
    """Read every flow of PROVIDER's account into a folder, one file for each, with the documents it refers to."""
    with _telling(), _opened(provider, credentials) as (carrier, account, _), _progress(f"flows of {provider}") as progress:
        from unicall.live.pulling import pull as pull_all

        done = pull_all(carrier, account, Path(folder), progress)
    count = len(done.written) + len(done.same)
    _say_lines(f"{folder}: {count} flows of {provider}: {len(done.written)} written, {len(done.same)} as before")
    _say_lines(*(f"{folder}/{name}: removed, the account has the flow no more" for name in done.gone))
    return FINE


@program.command()
@click.argument("folder")
@click.option("--to", "target", metavar="PROVIDER", required=True, help="Whose account to plan for.")
@click.option("-o", "--output", metavar="PLAN", required=True, help="The file of the plan; never over one that was applied.")
@click.option("--references", metavar="FILE", help="A TOML file of which id here is which there; see unicall references.")
@click.option(
    "--accept", "accepting", metavar="FLOW=CODE,...", multiple=True, help="Take these problems of a flow; * in FLOW is anything."
)
@click.option("--after", "earlier", metavar="PLAN", multiple=True, help="A plan that was applied before, to go on from.")
@_settings
@_account
def plan(
    folder: str,
    target: str,
    output: str,
    references: str | None,
    accepting: tuple[str, ...],
    earlier: tuple[str, ...],
    settings: str | None,
    credentials: str | None,
) -> int:
    """Say what each flow of FOLDER would become on an account, and what stands against it. Writes to no account.

    Exits with 1 where a flow is refused.
    """
    from unicall.live.journal import journal_of
    from unicall.live.planning import Accepted, Known, known_from
    from unicall.live.planning import plan as make

    with _telling(), _opened(target, credentials, settings and Path(settings)) as (carrier, account, _):
        from unicall.live.journal import Journal
        from unicall.live.plan import Plan

        _refuse_applied(output)
        before: dict[str, Known] = {}
        for name in earlier:
            with Journal(_there(journal_of(Path(name)), name)) as journal:
                before |= known_from(Plan.read(Path(name)), journal)
        accepted = [Accepted.read(text) for text in accepting]
        given = {"references": references and Path(references), "settings": settings and Path(settings)}
        made = make(Path(folder), carrier, account, accepted=accepted, before=before, **given)
    _write([(output, _bytes(made.dumped()))])
    _print(_told(made, output))
    return PROBLEMS if any(flow.action == "refused" for flow in made.flows) else FINE


@program.command()
@click.argument("file", metavar="PLAN")
@click.option("--with-numbers", is_flag=True, help="Move the numbers too, last of all, one at a time.")
@_yes
@_account
def apply(file: str, with_numbers: bool, yes: bool, credentials: str | None) -> int:
    """Do what a plan says; go on where it was left. What was written is read back and compared."""
    with _telling(JOURNAL), _run(file, credentials, yes, begun=False) as run, _progress("steps") as progress:
        done = run.apply(with_numbers=with_numbers, progress=progress)
    flows = [flow.file for flow in run.plan.flows if flow.action in ("create", "update")]
    judged = [name for name in flows if name in done.verdicts and name not in done.refused]
    same = [name for name in judged if done.verdicts[name] == "same"]
    if not flows:
        _say_lines(f"{file}: there is nothing to do")
    found = f"{len(judged)} of {len(flows)} flows stand on the account, and calls meet what was planned in {len(same)} of them"
    _say_lines(*([f"{file}: {done.writes} writes; {found}"] if flows else []))
    _say_lines(*(f"{name}: {done.verdicts[name]}" for name in judged if name not in same))
    _say_lines(*(f"{name}: refused: {why}" for name, why in done.refused.items()))
    _say_lines(*_left_told(run.plan, done, file))
    return PROBLEMS if done.refused else FINE


@program.command()
@click.argument("file", metavar="PLAN")
@click.option("--force", is_flag=True, help="Undo also what somebody edited since.")
@_yes
@_account
def rollback(file: str, force: bool, yes: bool, credentials: str | None) -> int:
    """Put back what was there before a plan was applied, and remove what it made."""
    with _telling(JOURNAL), _run(file, credentials, yes) as run, _progress("steps back") as progress:
        entered = run.journal.entries()
        writes = run.roll_back(force=force, progress=progress)
    stays = f", but {run.carrier.stays}" if run.carrier.stays else ""
    done = f"the account is as it was before{stays}" if entered else "its journal has no step, so that nothing is to be put back"
    _say_lines(f"{file}: {done}; {writes} writes")
    return FINE


@program.command()
@click.argument("file", metavar="PLAN")
@_account
def drift(file: str, credentials: str | None) -> int:
    """Say what has changed on the account since a plan was applied. Exits with 1 where something has."""
    with _telling(), _run(file, credentials, True) as run, _progress("documents") as progress:
        found = run.drift(progress)
    from unicall.live.differing import told

    for one in found:
        _print(f"{one.kind} {one.id} ({one.flow}): {'is gone' if one.gone else 'was edited'}\n")
        _print("".join(f"  {told(difference, 'written', 'now')}\n" for difference in one.differences))
    _say_lines(f"{file}: {len(found)} documents changed since" if found else f"{file}: nothing changed since")
    return PROBLEMS if found else FINE


def _left_told(plan: Plan, done: Applied, file: str) -> Iterator[str]:
    """What is left to do when a plan was applied."""
    if done.waiting:
        few = ", ".join(done.waiting[:3])
        more = f" and {len(done.waiting) - 3} more" if len(done.waiting) > 3 else ""
        yield f"not moved yet: {few}{more}; unicall apply {file} --with-numbers moves them"
    standing = [flow for flow in plan.flows if flow.action in ("create", "update") and flow.file not in done.refused]
    by_hand = list(dict.fromkeys(what for flow in standing for what in flow.by_hand))
    if by_hand:
        yield f"by hand: {by_hand[0]}" + (f"; and {len(by_hand) - 1} more, which {file} names" if len(by_hand) > 1 else "")
    left = sum(1 for flow in plan.flows if flow.action == "refused")
    if left:
        yield f"left out: {left} flows that the plan refuses"


def _refuse_applied(output: str) -> None:
    """Refuse to write over a plan that was applied; the journal of one of which nothing was sent is removed."""
    from unicall.live.journal import Journal, journal_of

    path = journal_of(Path(output))
    if not path.exists():
        return
    with Journal(path) as journal:
        if journal.entries():
            raise Refused(f"{output}: has a journal, it was applied: name another file, and go on from it with --after {output}")
    path.unlink()


def _told(plan: Plan, output: str) -> str:
    """The plan in short."""
    actions = ("create", "update", "unchanged", "refused")
    counts = {action: [flow for flow in plan.flows if flow.action == action] for action in actions}
    said = ", ".join(f"{len(flows)} {action}" for action, flows in counts.items() if flows) or "no flows"
    lines = [f"{plan.source} to {plan.target} at {plan.account}: {said}"]
    lines += _barring(plan)
    for action in ("refused", "update", "create"):
        shown = counts[action][:FLOWS_SHOWN]
        for flow in shown:
            lines += _flow_told(flow)
        if len(counts[action]) > len(shown):
            lines.append(f"{action}  {len(counts[action]) - len(shown)} flows more; {output} has them all")
    by_hand = dict.fromkeys(what for flow in plan.flows if flow.action != "refused" for what in flow.by_hand)
    lines += _few("by hand", by_hand, output)
    lines += [f"undocumented: {what}" for what in dict.fromkeys(w for flow in plan.flows for w in flow.undocumented)]
    idle = [one for one in plan.left if not one.wanted]
    lines += _few("not needed by any flow here, and left as it is", [f"{one.kind} {one.id}" for one in idle], output)
    lines += _few("references", plan.unused, output)
    return "".join(f"{line}\n" for line in lines)


def _few(word: str, told: Iterable[str], output: str) -> Iterator[str]:
    """The first of these, a line for each."""
    told = list(told)
    yield from (f"{word}: {what}" for what in told[:FLOWS_SHOWN])
    if len(told) > FLOWS_SHOWN:
        yield f"{word}: and {len(told) - FLOWS_SHOWN} more; {output} has them all"


def _barring(plan: Plan) -> Iterator[str]:
    """What flows are refused for, each code once, with how to accept it."""
    from collections import Counter

    from unicall.problem import CODES

    counted = Counter(code for flow in plan.flows for code in flow.barred)
    for code, count in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        times = f"{count} flows" if count > 1 else "1 flow"
        known = CODES.get(code)
        what = f"{code} in {times};"
        if known is not None:
            what = f"{known.severity} {code} in {times}: {known.meaning}; unicall explain {code},"
        yield f"refused for {what} or --accept 'FLOW={code}'"


def _flow_told(flow: PlannedFlow) -> Iterator[str]:
    yield f"{flow.action}  {flow.name or 'a flow without a name'}  ({flow.file})"
    yield from (f"    {reason}" for reason in flow.why)
    if flow.verdict:
        yield f"    calls: {flow.verdict}"


def _there(journal: Path, plan: str) -> Path:
    if not journal.exists():
        raise Refused(f"{plan}: was not applied; it has no journal")
    return journal


@contextmanager
def _opened(provider: str, credentials: str | None, settings: Json | Path = None) -> Iterator[tuple[Carrier, Account, bool]]:
    """An account of a carrier, over a client that is closed at the end; and whether it is one on this machine."""
    from stamina.instrumentation import set_on_retry_hooks

    from unicall.live.api import connect, safe
    from unicall.live.carrier import carrier
    from unicall.live.credentials import URL, known
    from unicall.settings import read

    set_on_retry_hooks([_waiting])
    found = carrier(provider).configured(read(settings).given.get(provider, {}))
    given = known(found, credentials, os.environ)
    http: httpx.Client = connect(given[URL])
    with http:
        yield found, found.open(http, given), safe(given[URL])


def _waiting(details: RetryDetails) -> None:
    """Say why it takes so long."""
    if details.wait_for >= LONG:
        _say_lines(f"unicall: {details.caused_by}; it is asked again in {details.wait_for:.0f} s")


@contextmanager
def _run(file: str, credentials: str | None, yes: bool, *, begun: bool = True) -> Iterator[Run]:
    """A run over a plan that was ``begun``, or may be now; nobody else works on it meanwhile."""
    from unicall.live.applying import Run
    from unicall.live.journal import Journal, journal_of
    from unicall.live.plan import Plan

    plan = Plan.read(Path(file))
    with _opened(plan.target, credentials, {plan.target: plan.settings}) as (carrier, account, local):
        if not yes and not local:
            raise Refused(f"{file}: writes to the live account {plan.account}; say --yes")
        at = journal_of(Path(file))
        with Journal(_there(at, file) if begun else at) as journal:
            yield Run(plan, carrier, account, journal)


@contextmanager
def _stopping() -> Iterator[None]:
    """A request to end is taken as Ctrl-C: between two lines of the program, with everything as it stands."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _telling(stopped: str = NOTHING) -> Iterator[None]:
    """What the library and the vendors refuse, in lines on stderr; and that it was ``stopped``."""
    from unicall.live.applying import ConflictError, MismatchError
    from unicall.problem import DocumentError, ProviderError, UnicallError

    try:
        with _stopping():
            yield
    except DocumentError as error:
        raise Refused(*(str(one) for one in (error, *error.others))) from None
    except (ConflictError, MismatchError) as error:
        _say_lines(*f"unicall: {error}".split("\n"))
        sys.exit(PROBLEMS)
    except ProviderError as error:
        raise Refused(f"unicall: {error}") from None
    except UnicallError as error:
        raise Refused(f"unicall: {error}") from None
    except KeyboardInterrupt:
        _say_lines(f"unicall: stopped; {stopped}")
        sys.exit(INTERRUPTED)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
