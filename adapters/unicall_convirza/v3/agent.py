"""An AI voice agent that takes the call: ``voiceagent_id``.

Documented: that agents have such an id, in the calls list. Assumed: that the agent answers, and that the number in
``default_ring_to`` rings when it does not. The surprise: an agent stands in the graph as a ring, because it is rung and may answer.
"""

from __future__ import annotations

from unicall.graph import OTHERWISE, NodeId, Prompt, Reference, Ring, RingTarget, VendorNode, child_id
from unicall.wire import Key
from unicall_convirza.facts import ID
from unicall_convirza.v3.hunt import DEFAULT, VOICEMAIL, Chain, emit_hunt, parse_hunt
from unicall_convirza.v3.number import AGENT as KIND
from unicall_convirza.v3.number import PROVIDER, is_agent
from unicall_convirza.v3.reading import Doc, Draft
from unicall_convirza.v3.writing import Sheet

AGENT: Key[str | None] = Key("agent", ID, None)


def parse_agent(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> None:
    """The agent at this node, and the number behind it. An agent without an id is one that nobody knows."""
    agent = doc.take(AGENT)
    exits: dict[str, NodeId] = {}
    if doc.glance(VOICEMAIL) or doc.glance(DEFAULT) is not None:
        exits[OTHERWISE] = child_id(at, OTHERWISE)
        parse_hunt(draft, exits[OTHERWISE], doc, DEFAULT, whisper, overflow=False)
    else:
        doc.settle(False, DEFAULT, VOICEMAIL)
    where = doc.spot(AGENT.name)
    if agent is None:
        passes = OTHERWISE if exits else None
        draft.add(at, VendorNode(provider=PROVIDER, word=KIND, passes=passes, exits=exits), where, word=where)
    else:
        ring = Ring(targets=(RingTarget(Reference(PROVIDER, KIND, agent)),), exits=exits)
        draft.add(at, ring, where, **{"targets.0.target": where})


def is_agent_ring(node: object) -> bool:
    """Whether an agent, and nobody else, is rung here."""
    if isinstance(node, VendorNode):
        return node.provider == PROVIDER and node.word == KIND and node.data is None
    return isinstance(node, Ring) and len(node.targets) == 1 and is_agent(node.targets[0].target)


def emit_agent(sheet: Sheet, at: NodeId, node: Ring | VendorNode) -> list[Chain]:
    """The agent, and the number behind it. Returns the chain of the latter."""
    target = node.targets[0].target if isinstance(node, Ring) else None
    sheet.page.went(at, sheet.at(AGENT), **{"targets.0.target": sheet.at(AGENT)})
    sheet.put(AGENT, target.id if isinstance(target, Reference) else None)
    return [emit_hunt(sheet, node.exits.get(OTHERWISE), DEFAULT, overflow=False)]
