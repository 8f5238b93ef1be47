"""The residue of a translation: what makes the way back exact.

A JSON object that anybody can keep beside the translated document:

    residue   the version of this format, 1
    source    the provider of the original, and ``form``, the form its document was read in
    target    the provider of the document that was written
    settings  what the user knew of the two when it was written
    flow      the original, in unicall's native form (which holds all that its carrier's document held)
    document  the target's document as it was written
    pairs     which node of the document came from which of the original: ``node`` (its id), ``at`` (its JSON pointer), ``of``

Nothing in it has to be recomputed by the release that wrote it: the document is read again by the release that reads the
residue, and what has changed since is found by comparing the two readings of that one release (``edits.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from unicall import adapter as adapters
from unicall.adapter import Form, Reading
from unicall.graph import Flow, NodeId
from unicall.problem import DocumentError
from unicall.wire import Json, brief

if TYPE_CHECKING:
    from unicall.lower import Lowered

VERSION = 1
_KEYS = ("residue", "source", "form", "target", "settings", "flow", "document", "pairs")


@frozen(kw_only=True)
class Pair:
    """A node of the written document, where it stands, and the nodes of the original that it came from."""

    node: NodeId
    at: str
    of: tuple[NodeId, ...]


@frozen(kw_only=True)
class Residue:
    """A residue, read."""

    source: str
    form: Form
    target: str
    settings: Mapping[str, Json]
    flow: Flow
    document: Json
    pairs: tuple[Pair, ...]

    def dumped(self) -> Json:
        """As JSON."""
        from unicall.native import to_json

        return {
            "residue": VERSION,
            "source": self.source,
            "form": self.form,
            "target": self.target,
            "settings": self.settings,
            "flow": to_json(self.flow),
            "document": self.document,
            "pairs": [{"node": pair.node, "at": pair.at, "of": list(pair.of)} for pair in self.pairs],
        }


def pairs_of(lowered: Lowered, back: Reading, came_from: Mapping[NodeId, tuple[NodeId, ...]] | None = None) -> tuple[Pair, ...]:
    """The nodes that were read back beside those that were meant, each with the nodes of the original behind it.

    ``came_from``: where the nodes of the lowered flow's original come from in their turn.
    """
    from unicall.ledger import relabelled

    pairs: list[Pair] = []
    done: set[tuple[NodeId, NodeId]] = set()
    start = lowered.flow.start, back.flow.start
    todo = [start] if None not in start else []
    while todo:
        here, there = todo.pop()
        if here is None or there is None or (here, there) in done:
            continue
        done.add((here, there))
        meant, arrived = lowered.flow.nodes[here], back.flow.nodes.get(there)
        if arrived is None or type(arrived) is not type(meant):
            continue
        origin = lowered.came_from.get(here)
        of = () if origin is None else (origin,) if came_from is None else came_from.get(origin, ())
        pairs.append(Pair(node=there, at=back.places.get((there, ""), ""), of=of))
        spelled = relabelled(meant, arrived)
        todo.extend((to, arrived.exits.get(spelled.get(label, label))) for label, to in reversed(list(meant.exits.items())))
    return tuple(pairs)


def read(residue: Residue | Json | Path) -> Residue:
    """A residue from JSON, JSON text, or the path of a file. Raises DocumentError for anything else, with the place."""
    if isinstance(residue, Residue):
        return residue
    if isinstance(residue, str) and not residue.lstrip().startswith("{"):
        residue = Path(residue)
    source = str(residue) if isinstance(residue, Path) else "residue"
    try:
        return _checked(_decoded(residue))
    except DocumentError as error:
        raise error.within(source) from None


def _decoded(residue: Json | Path) -> Json:
    from unicall.text import loads

    if isinstance(residue, Path):
        try:
            return loads(residue.read_bytes())
        except (OSError, ValueError) as error:
            raise DocumentError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return loads(residue) if isinstance(residue, str | bytes | bytearray | memoryview) else residue


def _checked(found: Json) -> Residue:
    if not isinstance(found, dict) or "residue" not in found:
        raise DocumentError(f"is no residue: {brief(found)}")
    if found["residue"] != VERSION or isinstance(found["residue"], bool):
        text = f"expected {VERSION}, the version that this unicall reads, got {brief(found['residue'])}"
        raise DocumentError(text, pointer="/residue")
    missing = [key for key in _KEYS if key not in found]
    unknown = [key for key in found if key not in _KEYS]
    if missing or unknown:
        what = f"has no {missing[0]}" if missing else f"has {brief(unknown[0])}, which no residue has"
        raise DocumentError(what)
    for side in ("source", "target"):
        _known(found[side], adapters.providers(), f"/{side}")
    _known(found["form"], ("record", "request"), "/form")
    from unicall.native import from_json
    from unicall.settings import read as read_settings

    if not isinstance(found["settings"], dict):
        raise DocumentError(f"expected an object, got {brief(found['settings'])}", pointer="/settings")
    try:
        read_settings(found["settings"])
    except DocumentError as error:
        raise error.within("", "/settings") from None
    flow = from_json(found["flow"], "/flow")
    return Residue(
        source=found["source"],
        form=found["form"],
        target=found["target"],
        settings=found["settings"],
        flow=flow,
        document=found["document"],
        pairs=_pairs(found["pairs"], flow),
    )


def _known(word: Json, words: Sequence[str], at: str) -> None:
    if word not in words:
        raise DocumentError(f"expected one of {', '.join(words)}, got {brief(word)}", pointer=at)


def _pairs(found: Json, flow: Flow) -> tuple[Pair, ...]:
    if not isinstance(found, list):
        raise DocumentError(f"expected an array, got {brief(found)}", pointer="/pairs")
    pairs = []
    for index, pair in enumerate(found):
        at = f"/pairs/{index}"
        if not isinstance(pair, dict) or set(pair) != {"node", "at", "of"}:
            raise DocumentError(f"expected an object with node, at and of, got {brief(pair)}", pointer=at)
        if not isinstance(pair["node"], str) or not isinstance(pair["at"], str):
            raise DocumentError("expected text under node and at", pointer=at)
        if not isinstance(pair["of"], list) or not all(isinstance(of, str) and _stands(flow, of) for of in pair["of"]):
            raise DocumentError(f"expected ids of nodes of the original, got {brief(pair['of'])}", pointer=f"{at}/of")
        pairs.append(Pair(node=pair["node"], at=pair["at"], of=tuple(pair["of"])))
    return tuple(pairs)


def _stands(flow: Flow, node: NodeId) -> bool:
    """Whether this is a node of the flow, or of a flow that came with it (``@flow/node``)."""
    if node in flow.nodes:
        return True
    name, _, inner = node[1:].partition("/")
    return node.startswith("@") and any(
        name == sub or (node[1:].startswith(f"{sub}/") and node[len(sub) + 2 :] in inside.nodes)
        for sub, inside in flow.subflows.items()
        if inner
    )
