"""What it takes to use an account: from the environment, or from a file that nobody else can read; never from arguments.

``UNICALL_VINIX_API_KEY`` is the ``api_key`` of ``vinix``. The file is TOML, with a table for each provider:

    [vinix]
    url = "https://api.example.com/v2"
    account_id = "..."
    api_key = "..."

What the environment says goes before what the file says.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

from unicall.live.auth import Secret
from unicall.live.carrier import Carrier
from unicall.problem import DocumentError, FlowError
from unicall.wire import Json

URL = "url"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def variable(provider: str, name: str) -> str:
    """The environment variable of a credential."""
    return f"UNICALL_{provider}_{name}".upper().replace("-", "_")


def known(carrier: Carrier, file: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> dict[str, str]:
    """All credentials of a carrier that the user gave, by name; which of them are needed, the carrier says on opening the account.

    Raises DocumentError for a file that others can read, or that is none; its message holds no value of the file.
    """
    names = (URL, *(credential.name for credential in carrier.credentials))
    given: dict[str, str] = {URL: carrier.url}
    given |= {one.name: one.default for one in carrier.credentials if one.default is not None}
    if file is not None:
        given |= _of_file(Path(file), carrier.provider, names)
    given |= {name: environ[at] for name in names if (at := variable(carrier.provider, name)) in environ}
    return given | {one.name: Secret(given[one.name]) for one in carrier.credentials if one.secret and one.name in given}


def missing(carrier: Carrier, *names: str) -> FlowError:
    """That an account cannot be used without one of these credentials."""
    either = " or ".join(variable(carrier.provider, name) for name in names)
    return FlowError(f"{carrier.provider}: the account needs {' or '.join(names)}: set {either}, or name it in the --account file")


def _of_file(file: Path, provider: str, names: tuple[str, ...]) -> dict[str, str]:
    try:
        mode = file.stat().st_mode
        if os.name == "posix" and mode & OTHERS:
            raise DocumentError(f"others can read it (mode {stat.S_IMODE(mode):o}); chmod 600 it", source=str(file))
        tables: Json = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise DocumentError(error.strerror or "cannot be read", source=str(file)) from None
    except UnicodeDecodeError:
        raise DocumentError("is not UTF-8", source=str(file)) from None
    except tomllib.TOMLDecodeError:
        raise DocumentError("is no TOML", source=str(file)) from None
    table = tables.get(provider, {})
    if not isinstance(table, dict):
        raise DocumentError("expected a table", pointer=f"/{provider}", source=str(file))
    for name, value in table.items():
        at = f"/{provider}/{name}"
        if name not in names:
            raise DocumentError(f"no credential is called so; there are {', '.join(names)}", pointer=at, source=str(file))
        if not isinstance(value, str):
            raise DocumentError("expected text", pointer=at, source=str(file))
    return dict(table)
