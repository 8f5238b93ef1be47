"""Checking and completing documents as Kazoo does: lenient types, defaults written into the document, every error in one answer.

What surprises people: ``"20"`` is turned into 20 where a number is wanted, and what is stored holds more than what was sent.
Assumed: a default does not make up for a required key; defaults inside an object are written only where the object stands or has a
default itself. :data:`DEFAULT_SATISFIES` corrects the first in one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .sandbox_tables import MODULES, SECTIONS

DEFAULT_SATISFIES = False
MISSING = object()
TYPES: Mapping[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}
#: Modules of which no schema is public, but which Vinix's call centre has (assumed): nothing of their data is checked.
UNCHECKED = ("qubicle", "qubicle_recipient")
DEEPEST = 200

Errors = dict[str, dict[str, Any]]


@dataclass
class Rule:
    """What a value is held to."""

    types: tuple[str, ...] = ("object",)
    required: bool = False
    default: Any = MISSING
    choice: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    unique: bool = False
    pattern: str | None = None
    keys: dict[str, Rule] = field(default_factory=dict)
    items: Rule | None = None


def _tables(text: str) -> dict[str, Rule]:
    tables: dict[str, Rule] = {}
    for line in text.split("\n"):
        if line.startswith("["):
            root = tables[line[1:-1]] = Rule()
        elif line:
            path, types, *rest = line.split(" ")
            _place(root, path, _rule(types, rest, path.endswith("*")))
    return tables


def _rule(types: str, rest: list[str], required: bool) -> Rule:
    rule = Rule(tuple(types.split("|")), required)
    for part in rest:
        if part.startswith("="):
            rule.default = json.loads(part[1:])
        elif part.startswith("{"):
            rule.choice = tuple(part[1:-1].split(","))
        elif part.startswith("/"):
            rule.pattern = part[1:-1]
        elif part == "unique":
            rule.unique = True
        else:
            rule.low, rule.high = (int(bound) if bound else None for bound in part.split(".."))
    return rule


def _place(root: Rule, path: str, rule: Rule) -> None:
    *above, last = path.removesuffix("*").replace("[]", ".[]").split(".")
    for name in above:
        root = _below(root, name)
    if last == "[]":
        root.items = rule
    else:
        root.keys[last] = rule


def _below(rule: Rule, name: str) -> Rule:
    if name != "[]":
        return rule.keys.setdefault(name, Rule())
    rule.items = rule.items or Rule()
    return rule.items


MODULE_RULES = _tables(MODULES) | {name: Rule() for name in UNCHECKED}
SECTION_RULES = _tables(SECTIONS)
ACTION = Rule(keys={"module": Rule(("string",), True, low=1, high=64), "data": Rule(required=True, default={}), "children": Rule()})


def checked(section: str, document: dict[str, Any]) -> tuple[dict[str, Any], Errors]:
    """A document with the defaults of its section written into it, and what is wrong with it."""
    errors: Errors = {}
    done = _object(document, SECTION_RULES.get(section, Rule()), "", errors)
    if section == "callflows" and "flow" in done:
        done["flow"] = _node(done["flow"], "flow", errors, 0)
    return done, errors


def _node(node: Any, path: str, errors: Errors, depth: int) -> Any:
    if depth > DEEPEST:
        raise RecursionError
    done = _value(node, ACTION, path, errors)
    if not isinstance(done, dict) or not isinstance(done.get("module"), str):
        return done
    rule = MODULE_RULES.get(done["module"])
    if rule is None:
        message = f"unable to find callflow schema for module {done['module']}"
        _wrong(errors, f"{path}.module", "invalid", message, cause=done["module"])
    elif isinstance(done.get("data"), dict):
        done["data"] = _object(done["data"], rule, f"{path}.data", errors)
    if isinstance(done.get("children"), dict):
        below = f"{path}.children."
        children = done["children"].items()
        done["children"] = {key: _node(child, below + key.replace(".", "%2E"), errors, depth + 1) for key, child in children}
    return done


def _object(value: dict[str, Any], rule: Rule, path: str, errors: Errors) -> dict[str, Any]:
    done = dict(value)
    for key, below in rule.keys.items():
        at = f"{path}.{key}" if path else key
        if key not in done and below.required and (below.default is MISSING or not DEFAULT_SATISFIES):
            _wrong(errors, at, "required", "Field is required but missing")
        elif key in done:
            done[key] = _value(done[key], below, at, errors)
        elif below.default is not MISSING:
            done[key] = _value(json.loads(json.dumps(below.default)), below, at, errors)
    return done


def _value(value: Any, rule: Rule, path: str, errors: Errors) -> Any:
    if not any(TYPES[name](value) for name in rule.types):
        value = _fixed(value, rule.types)
    if not any(TYPES[name](value) for name in rule.types):
        wanted = ", ".join(rule.types)
        _wrong(errors, path, "type", f"Value did not match type(s): {wanted}", target=wanted, value=value)
        return value
    for broken, message, target in _broken(value, rule):
        _wrong(errors, path, broken, message, target=target, value=value)
    if isinstance(value, dict):
        return _object(value, rule, path, errors)
    if isinstance(value, list) and rule.items is not None:
        return [_value(one, rule.items, f"{path}.{number}", errors) for number, one in enumerate(value)]
    return value


def _fixed(value: Any, types: tuple[str, ...]) -> Any:
    """Text that says a number or a boolean, as what it says."""
    if not isinstance(value, str):
        return value
    if "boolean" in types and value in ("true", "false"):
        return value == "true"
    if {"integer", "number"} & set(types) and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    if "number" in types and re.fullmatch(r"-?\d{1,18}\.\d{1,18}", value):
        return float(value)
    return value


def _broken(value: Any, rule: Rule) -> Iterator[tuple[str, str, Any]]:
    if rule.choice and isinstance(value, str) and value not in rule.choice:
        yield "enum", "Value not found in enumerated list of values", list(rule.choice)
    size, low, high = _size(value)
    if rule.low is not None and size is not None and size < rule.low:
        yield low, f"Value must be at least {rule.low}", rule.low
    if rule.high is not None and size is not None and size > rule.high:
        yield high, f"Value must be at most {rule.high}", rule.high
    if rule.pattern is not None and isinstance(value, str) and not re.search(rule.pattern, value):
        yield "pattern", f"Failed to match pattern {rule.pattern!r}", rule.pattern
    if rule.unique and isinstance(value, list) and len({json.dumps(one) for one in value}) < len(value):
        yield "uniqueItems", "List of items is not unique", None


def _size(value: Any) -> tuple[float | None, str, str]:
    if isinstance(value, str):
        return len(value), "minLength", "maxLength"
    if isinstance(value, list):
        return len(value), "minItems", "maxItems"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value, "minimum", "maximum"
    return None, "", ""


def _wrong(errors: Errors, path: str, rule: str, message: str, **more: Any) -> None:
    told = {name: one for name, one in more.items() if one is not None}
    errors.setdefault(path, {})[rule] = {"message": message} | told
