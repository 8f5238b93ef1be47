"""The fixtures are pairs: a vendor's document, and beside it the same in the native format. ``python -m tests.pairs`` writes the
second of each anew, for somebody who then reads what changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import unicall
from tests.support import VENDORS, fixture_files
from unicall.native import to_json
from unicall.text import dumps


def native(path: Path, provider: str) -> Any:
    """The native form of a fixture: a flow, or a list of flows where the document is a list."""
    document = json.loads(path.read_text("utf-8"))
    flows = [to_json(parsed.flow) for parsed in unicall.parse_all(document, provider)]
    return flows if len(flows) != 1 else flows[0]


def beside(path: Path) -> Path:
    """Where the native form of a fixture stands."""
    return path.with_suffix(".flow.json")


def main() -> None:
    """Write the native form of every fixture."""
    for provider in VENDORS:
        for path in fixture_files(provider):
            beside(path).write_text(dumps(native(path, provider)), "utf-8")


if __name__ == "__main__":
    main()
