"""What tests of the sandboxes share: a clock, and clients that are logged in."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import httpx

from unicall.sandbox import Sandbox

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures"
START = 1_795_000_000.0
TLS = ssl.create_default_context()  # made once: httpx makes one for each client, though nothing here is encrypted


class Clock:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


def http(**known: Any) -> httpx.Client:
    """A client of its own."""
    return httpx.Client(verify=TLS, **known)


def vinix(sandbox: Sandbox) -> httpx.Client:
    """A client of the Vinix account, below /accounts/{id}."""
    known = sandbox.account("vinix")
    answer = http().put(f"{known['url']}/api_auth", json={"data": {"api_key": known["api_key"]}})
    headers = {"X-Auth-Token": answer.json()["auth_token"]}
    return http(base_url=f"{known['url']}/accounts/{known['account_id']}", headers=headers)


def convirza_v2(sandbox: Sandbox) -> httpx.Client:
    """A client of the Convirza account, below /v2."""
    known = sandbox.account("convirza-v2")
    form = {"grant_type": "password", **{name: value for name, value in known.items() if name != "url"}}
    answer = http().post(f"{sandbox.url_of('convirza-v2')}/oauth/token", data=form)
    return http(base_url=known["url"], headers={"Authorization": f"Bearer {answer.json()['access_token']}"})


def flow(module: str = "device", data: Any = None, children: Any = None) -> dict[str, Any]:
    """A node of a callflow."""
    return {"module": module, "data": {} if data is None else data, "children": {} if children is None else children}


def callflow(*numbers: str, **more: Any) -> dict[str, Any]:
    """The body of a callflow."""
    return {"data": {"name": "Front desk", "numbers": list(numbers), "flow": flow(), **more}}


def api19(sandbox: Sandbox) -> httpx.Client:
    """A client of the API19 account that sends its key as both user and password."""
    known = sandbox.account("api19")
    return http(base_url=known["url"], auth=(known["key"], known["key"]))


def convirza_v3(sandbox: Sandbox) -> httpx.Client:
    """A client of the Convirza account, below /v3."""
    known = sandbox.account("convirza-v3")
    login = {"email": known["email"], "password": known["password"]}
    token = http().post(f"{known['oauth_url']}/oauth/token", json=login).json()["access_token"]
    return http(base_url=known["url"], headers={"Authorization": f"Bearer {token}"})
