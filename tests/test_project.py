"""What holds for the project as a whole: its rooms, its packages, its codes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import unicall

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ADAPTERS = sorted(path for path in (ROOT / "adapters").iterdir() if any(path.rglob("*.py")))
PACKAGES = [ROOT / path for path in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]]
ENTRY_POINTS: dict[str, str] = PROJECT["project"]["entry-points"]["unicall.adapters"]


def imports(package: Path) -> Iterator[tuple[str, str]]:
    """Each import in a package: the file it stands in, and the first part of what is imported."""
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path.name, alias.name.split(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
                yield path.name, node.module.split(".")[0]


def texts() -> Iterator[Path]:
    """Every file that is the project's own."""
    hidden = {".ci", ".github", ".gitignore"}
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        own = all(not part.startswith(".") or part in hidden for part in parts)
        if own and path.is_file() and not {"__pycache__", "build", "dist"} & set(parts):
            yield path


def test_folders_entry_points_and_packages_are_the_same_three_lists() -> None:
    """A new vendor stands in all three places, or nowhere."""
    folders = {path.name for path in ADAPTERS}
    entries = {value.partition(":")[0].partition(".")[0] for value in ENTRY_POINTS.values()} - {"unicall"}
    packages = {path.name for path in PACKAGES} - {"unicall"}
    assert folders == entries == packages


def test_every_entry_point_is_installed() -> None:
    assert set(ENTRY_POINTS) <= set(unicall.providers())


def test_unicall_knows_no_vendor() -> None:
    assert [found for found in imports(ROOT / "unicall") if found[1].startswith("unicall_")] == []


@pytest.mark.parametrize("package", ADAPTERS, ids=lambda path: path.name)
def test_one_vendor_never_imports_another(package: Path) -> None:
    assert [found for found in imports(package) if found[1].startswith("unicall_") and found[1] != package.name] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_every_package_is_typed(package: Path) -> None:
    assert (package / "py.typed").is_file()


def test_adapters_is_no_import_name() -> None:
    assert not (ROOT / "adapters" / "__init__.py").exists()


def test_test_folders_are_packages() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    folders = "|".join(("home", "root", "work", "Users", "tmp"))
    absolute = re.compile(rf"(?<![\w.:/}}~-])(?:/(?:{folders})/\w|[A-Z]:\\Users)")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in texts()
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), start=1)
        if absolute.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("code", unicall.CODES)
def test_every_code_says_what_it_means_and_what_to_do(code: str) -> None:
    entry = unicall.CODES[code]
    assert re.fullmatch(r"UC[1-9]\d\d", code)
    assert entry.meaning
    assert entry.message
    assert entry.example
    assert entry.advice.endswith(".")
    assert unicall.Problem(code, "").message
    assert entry.meaning in unicall.explain(code)


def test_codes_stand_in_order() -> None:
    assert list(unicall.CODES) == sorted(unicall.CODES)


def test_public_names_are_sorted_and_there() -> None:
    assert unicall.__all__ == sorted(unicall.__all__)
    assert [name for name in unicall.__all__ if not hasattr(unicall, name)] == []


def test_no_public_name_is_hidden_by_a_module_of_that_name() -> None:
    """Importing a module puts it into its package, over a function of the same name; who comes first must not win."""
    code = """
import importlib, pkgutil, types, unicall
for module in pkgutil.iter_modules(unicall.__path__):
    if module.name != "__main__":
        importlib.import_module(f"unicall.{module.name}")
print(*(name for name in unicall.__all__ if isinstance(getattr(unicall, name), types.ModuleType)))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert result.stdout.split() == []
