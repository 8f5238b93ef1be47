"""Writes residues of the fixtures to keep: ``python -m tests.kept_residues``. What is there already is never written anew.

A folder for each release, a file for each pair of carriers, a line for each fixture: the document, and the residue of its
translation. A residue that somebody keeps beside a document has to be read by every later release: ``test_kept_residues.py``
holds it to that.
"""

from __future__ import annotations

import json
from importlib.metadata import version

import unicall
from tests.conftest import FIXTURES
from tests.support import PAIRS, records

KEPT = FIXTURES / "residues"


def main() -> None:
    """Write what is not there yet, under the number of this release."""
    folder = KEPT / version("unicall-flows")
    folder.mkdir(parents=True, exist_ok=True)
    for source, target in PAIRS:
        path = folder / f"{source}--{target}.jsonl"
        if path.exists():
            continue
        lines = [
            json.dumps({"case": name, "document": record, "residue": unicall.translate(record, source, target).residue})
            for name, record in records(source)
        ]
        path.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
