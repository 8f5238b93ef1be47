"""What the laws share: documents, mutations, traces, and when a problem excuses a difference."""

from __future__ import annotations

import copy
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import unicall
from tests.conftest import FIXTURES
from tests.interpreters.call import Call, Step, Trace
from unicall.adapter import Form, find
from unicall.problem import DocumentError, Problem

VENDORS = tuple(name for name in unicall.providers() if name != "unicall")
PAIRS = tuple((a, b) for a in VENDORS for b in VENDORS if a != b)
INTO_REQUESTS = tuple((a, b) for a in VENDORS for b in VENDORS)  # a record becomes a request of its own vendor as well


def strategies(provider: str) -> Any:
    """The module that invents this provider's documents."""
    return importlib.import_module(f"tests.strategies.{provider.replace('-', '_')}")


def interpreter(provider: str) -> Callable[[Any, Call], Trace]:
    """The independent reading of this provider's documents."""
    run: Callable[[Any, Call], Trace] = importlib.import_module(f"tests.interpreters.{provider.replace('-', '_')}").run
    return run


def fixture_files(provider: str) -> list[Path]:
    """The vendor documents among the fixtures."""
    found = sorted((FIXTURES / provider).glob("*/*.json"))
    return [path for path in found if not path.name.endswith(".flow.json") and path.parent.name != "refused"]


def records(provider: str) -> Iterator[tuple[str, Any]]:
    """Every record of every fixture, by a readable name."""
    for path in fixture_files(provider):
        document = json.loads(path.read_text("utf-8"))
        for pointer, record in find(provider).records(document):
            yield f"{path.parent.name}/{path.stem}{pointer}", record


def work(run: Callable[[], object]) -> int:
    """How many calls of functions it takes: a cost that is the same on every machine."""
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return calls


def text(document: Any) -> str:
    """JSON text that tells apart what JSON tells apart, the order of keys too."""
    return json.dumps(document, ensure_ascii=False)


def with_real_ids(document: Any) -> Any:
    """The document as the server has it: an id of 32 digits in place of each that unicall made up."""
    written = text(document)
    made = sorted({word for word in written.split('"') if word.startswith("new:")}, key=len, reverse=True)
    for number, word in enumerate(made):
        written = written.replace(f'"{word}"', f'"{number:032x}"')
    return json.loads(written)


def outcome(document: Any, source: str, target: str, form: Form | None = None) -> Any:
    """All that somebody gets to see of a translation."""
    try:
        result = unicall.translate(document, source, target, form)
    except DocumentError as error:
        return str(error), [str(other) for other in error.others]
    return text(result.document), [(p.code, p.pointer, text(p.value), p.message) for p in result.problems]


def mutations(document: Any, source: str) -> Iterator[tuple[str, Any]]:
    """The document once for each of its leaves, with that leaf changed."""
    for path, leaf in _leaves(document):
        if source == "api19" and path and path[-1] == "json" and isinstance(leaf, str) and leaf.strip()[:1] == "{":
            for inner, value in _leaves(json.loads(leaf)):
                routing = json.loads(leaf)
                _set(routing, inner, _other(value))
                changed = copy.deepcopy(document)
                _set(changed, path, json.dumps(routing, separators=(",", ":")))
                yield "/".join(map(str, [*path, *inner])), changed
        else:
            changed = copy.deepcopy(document)
            _set(changed, path, _other(leaf))
            yield "/".join(map(str, path)), changed


def _leaves(document: Any) -> Iterator[tuple[list[Any], Any]]:
    todo: list[tuple[list[Any], Any]] = [([], document)]
    while todo:
        path, value = todo.pop()
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        if value and isinstance(value, (dict, list)):
            todo.extend(([*path, key], item) for key, item in items)
        elif path:
            yield path, value


def _set(document: Any, path: list[Any], value: Any) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = value


def _other(leaf: Any) -> Any:
    match leaf:
        case bool():
            return not leaf
        case int() | float():
            return leaf + 1
        case str():
            return leaf + "x" if leaf else "x"
        case None:
            return "x"
        case dict():
            return {"x": 1}
        case _:
            return ["x"]


# The same behaviour.

_OBSERVED = ("prompt", "ring", "voicemail", "queue", "handover", "reject")
_OPEN = ("opaque", "unspecified", "loop")


def difference(before: Trace, after: Trace) -> tuple[Any, Any] | None:
    """The first thing that a call meets in only one of the two. What a vendor leaves open differs from nothing."""
    left, right = _observed(before), _observed(after)
    for a, b in zip(left, right, strict=False):
        if not _alike(a, b):
            return a, b
    if before.end in _OPEN or after.end in _OPEN:
        longer = right[len(left) :] if before.end not in _OPEN else left[len(right) :] if after.end not in _OPEN else []
        return (before.end, longer[0]) if longer else None
    if len(left) != len(right):
        shorter = min(len(left), len(right))
        return (left[shorter:][:1] or before.end), (right[shorter:][:1] or after.end)
    return None if before.end == after.end else (before.end, after.end)


def _observed(trace: Trace) -> list[Step]:
    return [step for step in trace.steps if step.kind in _OBSERVED]


def _alike(a: Step, b: Step) -> bool:
    if (a.kind, a.what, a.targets) != (b.kind, b.what, b.targets):
        return False
    return a.seconds is None or b.seconds is None or a.seconds == b.seconds


def excused(problems: tuple[Problem, ...], trace: Trace) -> bool:
    """Whether a problem names a place that this very call passes."""
    return any(
        problem.severity in ("lost", "changed", "unresolved")
        and problem.pointer
        and any(place == problem.pointer or place.startswith(problem.pointer + "/") for place in trace.visited)
        for problem in problems
    )
