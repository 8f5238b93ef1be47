"""Translate phone call flows between carriers, with nothing lost in silence.

>>> import unicall
>>> unicall.providers()
('api19', 'convirza-v2', 'convirza-v3', 'unicall', 'vinix')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unicall.adapter import providers
    from unicall.behave.calls import Call, Step, Trace
    from unicall.behave.comparing import Comparison, compare
    from unicall.behave.covering import calls_for
    from unicall.behave.records import CallRecord
    from unicall.behave.replaying import Replay, replay
    from unicall.behave.running import simulate
    from unicall.graph import Flow
    from unicall.native import dumps, loads, schema
    from unicall.problem import (
        CODES,
        DocumentError,
        FlowError,
        Problem,
        ProviderError,
        Severity,
        UnicallError,
        explain,
    )
    from unicall.translation import Emitted, Parsed, Translation, detect, emit, parse, parse_all, translate, translate_all

_HOMES = {
    "adapter": ("providers",),
    "behave.calls": ("Call", "Step", "Trace"),
    "behave.comparing": ("Comparison", "compare"),
    "behave.covering": ("calls_for",),
    "behave.records": ("CallRecord",),
    "behave.replaying": ("Replay", "replay"),
    "behave.running": ("simulate",),
    "graph": ("Flow",),
    "native": ("dumps", "loads", "schema"),
    "problem": (
        "CODES", "DocumentError", "FlowError", "Problem", "ProviderError", "Severity", "UnicallError", "explain",
    ),
    "translation": ("Emitted", "Parsed", "Translation", "detect", "emit", "parse", "parse_all", "translate", "translate_all"),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "CODES",
    "Call",
    "CallRecord",
    "Comparison",
    "DocumentError",
    "Emitted",
    "Flow",
    "FlowError",
    "Parsed",
    "Problem",
    "ProviderError",
    "Replay",
    "Severity",
    "Step",
    "Trace",
    "Translation",
    "UnicallError",
    "calls_for",
    "compare",
    "detect",
    "dumps",
    "emit",
    "explain",
    "loads",
    "parse",
    "parse_all",
    "providers",
    "replay",
    "schema",
    "simulate",
    "translate",
    "translate_all",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the command line starts in a fraction of the time."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'unicall' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"unicall.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
