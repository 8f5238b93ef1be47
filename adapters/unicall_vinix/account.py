"""A live account at Vinix: callflows and the documents they refer to, read, taken apart and written.

What surprises people: a callflow needs a number or a pattern, so one that nobody can call has a pattern of letters; what a callflow
refers to has to be there first, and callflows that refer to each other have to be made twice; and a document that was read back
has more in it than was sent, as the server writes the defaults of its schemas into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import ClassVar

import httpx
from attrs import define, frozen

from unicall.adapter import NEW
from unicall.live import credentials
from unicall.live.carrier import Account, Action, Credential, Difference, Held, Piece
from unicall.numbers import e164
from unicall.problem import DocumentError, FlowError, ProviderError
from unicall.wire import Json, brief, pointer
from unicall_vinix.bundle import BOOKKEEPING, CALLFLOW, DATA, PROVIDER, SECTIONS, is_body
from unicall_vinix.client import HASHES, Client, by_key, by_password
from unicall_vinix.document import NOTHING, outline_key, outline_pattern
from unicall_vinix.refers import Sections, in_order, refers, strings

FLOWS = "callflows"
ENTRIES, LISTS = "list_entries", "lists"
MAIN = f"{NEW}flow"  # the key of the callflow itself among its pieces
ACCOUNT = ("account_name", "account_realm", "phone_number")  # what tells a login by password which account is meant

OUTLINED = outline_pattern(outline_key("")).removesuffix("$")  # how the patterns of parts begin that are callflows of their own

#: What the server computes for every answer.
COMPUTED = tuple(name for name in BOOKKEEPING if name != "id")

#: What is there to be told apart, not to be in an order.
UNORDERED = frozenset({"numbers", "patterns", "flags", "wdays", "notify_email_addresses"})
#: What no two documents of a kind may both say.
UNIQUE: Mapping[str, str] = {"vmboxes": "mailbox", "users": "username"}
NEVER_TOLD = {("users", "/password")}  # taken, and kept as a hash
_NUMBERS = "/numbers"


@define
class VinixAccount:
    """One account."""

    client: Client

    @property
    def address(self) -> str:
        """The API and the account's id."""
        return f"{self.client.api.base}/accounts/{self.client.account_id}"

    def flows(self) -> Iterator[Held]:
        """All callflows, each once. One that the list gives whole and without an id cannot be got again."""
        seen: set[str] = set()
        for item in self.client.items(FLOWS):
            key = item.get("id") if isinstance(item.get("id"), str) else ""
            if key in seen:
                continue
            seen.add(key)
            name = item.get("name")
            whole = item if not key and "flow" in item else None
            ways = (*_listed(item, "numbers"), *_listed(item, "patterns"))
            yield Held(key, name if isinstance(name, str) else None, whole, ways)

    def bundle(self, held: Held) -> Json:
        """The callflow with everything that it refers to and that is there, in the order in which it is met."""
        main = _told(held.document) if not held.id else self.read(FLOWS, held.id)
        if main is None:
            raise ProviderError("there is no such callflow", provider=PROVIDER, call=f"GET {FLOWS}/{held.id}", status=404)
        sections: dict[str, dict[str, Json]] = {name: {} for name in SECTIONS}
        todo: list[Iterator[tuple[Sections, str]]] = [refers(main)]
        sought = {(FLOWS, held.id)}
        while todo:
            following = next(todo[-1], None)
            if following is None:
                todo.pop()
                continue
            for section in following[0]:
                if (section, following[1]) not in sought:
                    sought.add((section, following[1]))
                    todo.extend(self._take(section, following[1], sections))
                if following[1] in sections[section]:
                    break
        return {CALLFLOW: main, **{name: found for name, found in sections.items() if found}}

    def _take(self, section: str, key: str, sections: Mapping[str, dict[str, Json]]) -> Iterator[Iterator[tuple[Sections, str]]]:
        """Put a document into its section, if there is one; what it refers to."""
        document = self.read(section, key)
        if document is None:
            return
        sections[section][key] = document
        for entry in self.client.items(ENTRIES, of=key) if section == LISTS else ():
            sections[ENTRIES][str(entry.get("id"))] = _told(self.client.get(ENTRIES, str(entry.get("id")), of=key) or entry)
        yield refers(document)

    def remembering(self) -> AbstractContextManager[None]:
        """What was answered is not asked for again."""
        return self.client.api.remembering()

    def caution(self, way: str) -> str | None:
        """Nothing that a call says."""
        return None

    def read(self, kind: str, key: str) -> Json | None:
        """One document. The key of an entry is that of its list, a slash, and its own."""
        of, key = _split(kind, key)
        return _told(self.client.get(kind, key, of=of))

    def listed(self, kind: str) -> dict[str, str | None]:
        """The ids of a list."""
        if kind == ENTRIES:
            lists = [str(item.get("id")) for item in self.client.items(LISTS)]
            return {f"{of}/{item.get('id')}": _name_of(item) for of in lists for item in self.client.items(ENTRIES, of=of)}
        return {str(item["id"]): _name_of(item) for item in self.client.items(kind) if item.get("id")}

    def create(self, kind: str, document: Json) -> str:
        """PUT. An entry says in which list it is to stand."""
        if kind != ENTRIES:
            return self.client.create(kind, document)
        of = str(document.get("list_id"))
        return f"{of}/{self.client.create(kind, document, of=of)}"

    def replace(self, kind: str, key: str, document: Json) -> None:
        """POST of the whole document."""
        of, key = _split(kind, key)
        self.client.replace(kind, key, document, of=of)

    def delete(self, kind: str, key: str) -> None:
        """DELETE."""
        of, key = _split(kind, key)
        self.client.delete(kind, key, of=of)


def _split(kind: str, key: str) -> tuple[str, str]:
    of, _, own = key.partition("/") if kind == ENTRIES else ("", "", key)
    return of, own


def _told(document: Json) -> Json:
    """A document without what the server computes."""
    return None if document is None else {key: value for key, value in document.items() if key not in COMPUTED}


def _name_of(item: Mapping[str, Json]) -> str | None:
    """What people call a document: a user by both names, an entry by what it shows."""
    said = [item.get(key) for key in ("first_name", "last_name")]
    both = " ".join(part for part in said if isinstance(part, str) and part)
    names = (item.get("name"), both, item.get("displayname"), item.get("number"), item.get("pattern"))
    return next((name for name in names if isinstance(name, str) and name), None)


@frozen
class VinixCarrier:
    """What the API can do."""

    provider: ClassVar[str] = PROVIDER
    url: ClassVar[str] = "https://api.vinixglobal.com/v2"
    at_once: ClassVar[int] = 2  # the vendor names no limit
    flow_kind: ClassVar[str] = FLOWS
    id_key: ClassVar[str] = "id"
    id_argument: ClassVar[str] = "id"
    stands_unreached: ClassVar[bool] = True
    stays: ClassVar[str | None] = None
    shared: ClassVar[frozenset[str]] = frozenset({"media", "devices", "temporal_rules"})
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("account_id", "the id of the account; the login says it where it is left out", secret=False),
        Credential("api_key", "the key of the account, 64 characters; or a username and a password"),
        Credential("username", "a user's name, with a password", secret=False),
        Credential("password", "the user's password"),
        Credential("account_name", "the name of the user's account; or account_realm, or phone_number", secret=False),
        Credential("account_realm", "the SIP realm of the user's account", secret=False),
        Credential("phone_number", "a telephone number of the user's account", secret=False),
        Credential("method", "how the password is hashed: md5 or sha", secret=False, default="md5"),
    )

    def configured(self, settings: Mapping[str, Json]) -> VinixCarrier:
        """Nothing to configure."""
        return self

    def open(self, http: httpx.Client, known: Mapping[str, str]) -> Account:
        """With a key, or with a user's name and password and one of the three names of an account."""
        if known.get("api_key"):
            login = by_key(known["api_key"])
        elif not known.get("username"):
            raise credentials.missing(self, "api_key", "username")
        else:
            login = self._by_password(known)
        client = Client(http, known.get("url") or self.url, login, known.get("account_id") or None)
        client.api.secrets.add(known.get("password"))
        return VinixAccount(client)

    def _by_password(self, known: Mapping[str, str]) -> dict[str, Json]:
        account = {name: known[name] for name in ACCOUNT if known.get(name)}
        if not known.get("password"):
            raise credentials.missing(self, "password")
        if not account:
            raise credentials.missing(self, *ACCOUNT)
        method = known.get("method") or "md5"
        if method not in HASHES:
            raise FlowError(f"{PROVIDER}: the method is {' or '.join(HASHES)}, not {method!r}")
        return by_password(known["username"], known["password"], method, **dict([next(iter(account.items()))]))

    def unable(self, action: Action, kind: str) -> str | None:
        """Nothing that has an address."""
        return None if kind in SECTIONS else f"Vinix has no documents of the kind {kind}"

    def unsure(self, action: Action, kind: str) -> str | None:
        """Nothing: what Vinix does not publish, Kazoo does, and all kinds are written alike."""
        return None

    def afterwards(self, kind: str, document: Json) -> str | None:
        """The audio that no document holds."""
        if kind != "media" or document.get("media_source") == "tts" or document.get("tts"):
            return None
        return f"upload the audio of {document.get('name')}"

    def undoable(self, kind: str, document: Json) -> tuple[Json, str | None]:
        """All of it can be read."""
        return document, None

    def apart(self, document: Json) -> tuple[Piece, ...]:
        """A piece for every document of a bundle, bare, and :data:`MAIN` as the last.

        The key of a piece is the key that it stands under. One that begins with ``new:`` is to be made; any other exists, and the
        bundle says what it is to say: where the account's says the same, nothing is to be done.
        """
        main, documents = _documents(document)
        by_key: dict[str, list[tuple[str, str]]] = {}
        for section, key in documents:
            by_key.setdefault(key, []).append((section, key))
        needs = {
            slot: [other for text in strings(body) if text in by_key for other in by_key[text] if other != slot]
            for slot, body in documents.items()
        }
        ordered = [Piece(section, key, documents[section, key]) for section, key in in_order(needs)]
        return (*ordered, Piece(FLOWS, MAIN, main))

    def unique(self, kind: str, document: Json) -> tuple[str, ...]:
        """The number of a mailbox, the name by which a user logs in."""
        said = document.get(UNIQUE.get(kind, ""))
        return () if said in (None, "") else (f"{UNIQUE[kind]} {str(said).lower()}",)

    def ways_in(self, document: Json) -> tuple[str, ...]:
        """Numbers, and patterns but for those of unicall's own."""
        said = (*_listed(document, "numbers"), *_listed(document, "patterns"))
        return tuple(text for text in said if not text.startswith(f"^{NEW}"))

    def staged(self, document: Json, mark: str) -> Json:
        """Under one pattern, of letters. A part that was made a callflow of its own keeps the name it has in its pattern."""
        outlined = next((text for text in _listed(document, "patterns") if text.startswith(OUTLINED)), None)
        pattern = f"^{NEW}{re.escape(mark)}$" if outlined is None else f"{outlined.removesuffix('$')}@{re.escape(mark)}$"
        return {**document, "numbers": [], "patterns": [pattern]}

    def opened(self, document: Json, staged: Json, ways: tuple[str, ...]) -> Json:
        """With these of the numbers and patterns too; with the pattern of letters as long as there are none."""
        added = {key: [text for text in _listed(document, key) if text in ways] for key in ("numbers", "patterns")}
        if not added["numbers"] and not added["patterns"]:
            return staged
        own = {key: [text for text in _listed(staged, key) if not text.startswith(f"^{NEW}")] for key in added}
        return {**staged, **{key: [*own[key], *(text for text in new if text not in own[key])] for key, new in added.items()}}

    def skeleton(self, document: Json) -> Json:
        """The name and the ways in, with a flow that does nothing."""
        return {key: value for key, value in document.items() if key in ("name", "numbers", "patterns")} | {"flow": NOTHING}

    def writable(self, kind: str, stored: Json) -> Json:
        """Without bookkeeping. The server ignores its private fields."""
        return {key: value for key, value in stored.items() if key not in BOOKKEEPING}

    def differences(self, kind: str, sent: Json, stored: Json) -> tuple[Difference, ...]:
        """Every leaf that was sent is there and says the same; what else is there, are the server's defaults."""
        sent = {key: value for key, value in sent.items() if key not in BOOKKEEPING}
        return tuple(one for one in _differences(kind, sent, stored) if (kind, one.pointer) not in NEVER_TOLD)


def _documents(document: Json) -> tuple[Json, dict[tuple[str, str], Json]]:
    """The callflow, and all other documents of a bundle, bare. Raises DocumentError."""
    if not isinstance(document, dict):
        raise DocumentError(f"expected an object, got {brief(document)}")
    if CALLFLOW not in document:
        return _bare(document, ""), {}
    found: dict[tuple[str, str], Json] = {}
    for section, documents in document.items():
        if section not in (CALLFLOW, *SECTIONS) and isinstance(documents, dict) and documents:
            raise DocumentError("Vinix takes no such documents", pointer=pointer("", section))
        if section in SECTIONS and not isinstance(documents, dict):
            raise DocumentError(f"expected an object, got {brief(documents)}", pointer=pointer("", section))
    for section in SECTIONS:
        for key, body in (document.get(section) or {}).items():
            found[section, key] = _bare(body, pointer("", section, key))
    return _bare(document[CALLFLOW], f"/{CALLFLOW}"), found


def _bare(body: Json, at: str) -> Json:
    bare = body[DATA] if is_body(body) else body
    if not isinstance(bare, dict):
        raise DocumentError(f"expected an object, got {brief(bare)}", pointer=at)
    return {key: value for key, value in bare.items() if key not in BOOKKEEPING}


def _listed(document: Json, key: str) -> list[str]:
    said = document.get(key)
    return [str(item) for item in said if not isinstance(item, (dict, list))] if isinstance(said, list) else []


def _differences(kind: str, sent: Json, stored: Json) -> Iterator[Difference]:
    todo: list[tuple[str, Json, Json]] = [("", sent, stored)]
    while todo:
        at, mine, theirs = todo.pop()
        if isinstance(mine, dict) and isinstance(theirs, dict):
            if _order_of_rules(mine) != _order_of_rules(theirs):
                yield Difference(pointer(at, "children"), _order_of_rules(mine), _order_of_rules(theirs))
            todo.extend((pointer(at, key), mine[key], theirs.get(key)) for key in reversed(mine))
        elif isinstance(mine, list) and isinstance(theirs, list):
            if at.rpartition("/")[2] in UNORDERED:
                numbers = kind == FLOWS and at == _NUMBERS
                mine, theirs = _sorted(mine, numbers), _sorted(theirs, numbers)
            if len(mine) != len(theirs):
                yield Difference(at, mine, theirs)
            else:
                todo.extend((pointer(at, index), mine[index], theirs[index]) for index in reversed(range(len(mine))))
        elif not _says_the_same(mine, theirs):
            yield Difference(at, mine, theirs)


def _order_of_rules(node: Mapping[str, Json]) -> list[str] | None:
    """The order of those children of a ``temporal_route`` that only their order tells when they are tried."""
    data, children = node.get("data"), node.get("children")
    if node.get("module") != "temporal_route" or not isinstance(children, dict):
        return None
    listed = data.get("rules") if isinstance(data, dict) else None
    return [key for key in children if key not in ("_", "rule_set") and key not in (listed or ())]


def _sorted(values: Iterable[Json], numbers: bool) -> list[Json]:
    return sorted((e164(value) or value if numbers and isinstance(value, str) else value for value in values), key=str)


def _says_the_same(sent: Json, stored: Json) -> bool:
    """The server takes "20" for 20 and "true" for true where its schema wants the other, and leaves out what is empty."""
    if sent in (None, [], {}) and stored in (None, [], {}):
        return True
    if isinstance(sent, (dict, list)) or isinstance(stored, (dict, list)) or stored is None or sent is None:
        return False
    return (type(sent) is type(stored) and sent == stored) or _spelled(sent) == _spelled(stored)


def _spelled(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


CARRIER = VinixCarrier()
