"""Whether what two flows do next is the same, is not, or cannot be judged."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from attrs import Factory, define

from unicall.adapter import NEW
from unicall.behave.asking import Place, Stand
from unicall.behave.machine import FIRST_TURNS, Ends, Machine, Move, Opaque, Point, Say, Sounds, Span, Takes
from unicall.behave.names import Names
from unicall.behave.spots import Differs, Unjudged
from unicall.graph import Menu, NodeId


@define
class Matching:
    """The moves of two flows, side by side. ``vague``: nodes of the first whose time one of the two does not say."""

    machines: Sequence[Machine]
    names: Names
    vague: set[NodeId] = Factory(set)

    def differ(self, moves: list[Move], stands: list[Stand], menu: Place | None = None) -> Differs | Unjudged | None:
        """How these moves differ. ``menu``: of the first flow, where it was the last that said anything."""
        if len(moves) == 1:
            return None
        left, right = moves
        if isinstance(left, Opaque) and isinstance(right, Opaque) and left.like == right.like:
            return None
        if any(isinstance(move, Opaque) and not move.empty for move in moves):
            return Unjudged(tuple(moves))
        if _says_nothing(left):
            return None if _says_nothing(right) else Unjudged(tuple(moves), unspecified=True)
        if _says_nothing(right):
            again = isinstance(left, Say) and self.asks_again(stands[0], menu)
            return Unjudged(tuple(moves)) if again or isinstance(left, Ends) else Differs(tuple(moves))
        return None if self.same(left, right) else Differs(tuple(moves))

    def asks_again(self, stand: Stand, menu: Place | None) -> bool:
        """Whether this is a menu that had no use for what was pressed, or that a call met last and nothing since."""
        if not isinstance(stand, Point) or stand.node is None:
            return False
        again = stand.turn >= FIRST_TURNS or menu == (stand.flow, stand.node)
        return again and isinstance(self.machines[0].node((stand.flow, stand.node)), Menu)

    def same(self, left: Move, right: Move) -> bool:
        if isinstance(left, Ends) and isinstance(right, Ends):
            return left.end == right.end
        if isinstance(left, Takes) and isinstance(right, Takes):
            said = left.end not in ("voicemail", "reject") or self.same_said(left, right)
            return left.end == right.end and said and self.same_name(left.name, right.name)
        if isinstance(left, Sounds) and isinstance(right, Sounds):
            return self.same_said(left, right) and self.same_spans(left, right)
        return isinstance(left, Say) and isinstance(right, Say) and self.same_said(left, right)

    def same_said(self, left: Say | Sounds | Takes, right: Say | Sounds | Takes) -> bool:
        mine, yours = left.step, right.step
        if mine.kind != yours.kind or (None not in (mine.seconds, yours.seconds) and mine.seconds != yours.seconds):
            return False
        self.vague |= {mine.node} if (mine.seconds is None) != (yours.seconds is None) else set()
        if left.named and right.named:
            return self.names.same(left.named, right.named)
        return not left.named and not right.named and mine.what == yours.what

    def same_spans(self, left: Sounds, right: Sounds) -> bool:
        """Whether each of several rings from the same moment to the same, and in a drawn order as often."""
        mine, yours = self.spans(left, 0), self.spans(right, 1)
        names = mine.keys() & yours.keys()
        if any(len(mine[name]) != len(yours[name]) for name in names):
            return False
        pairs = [pair for name in names for pair in zip(mine[name], yours[name], strict=True)]
        unsaid = any(None in (one.until, other.until) for one, other in pairs)
        return all(
            (one.since, one.weight, one.drawn) == (other.since, other.weight, other.drawn) and (unsaid or one.until == other.until)
            for one, other in pairs
        )

    def spans(self, move: Sounds, side: int) -> dict[str, list[Span]]:
        """When everybody rings, by what they are called on the left; somebody may ring twice."""
        found: dict[str, list[Span]] = {}
        for span in sorted(move.spans, key=attrgetter("order")):
            found.setdefault(self.names.mine(span.name, side), []).append(span)
        return found

    def same_name(self, left: str, right: str) -> bool:
        """Whether the same box, queue or room takes the call. One that has no name is the flow's own, or was made for it."""
        made = {name for name in (left, right) if name.partition(":")[2].startswith(NEW) or (self.names.own and ":" not in name)}
        made |= {name for name in (left, right) if ":" not in name and any(":new:" in one for one in (left, right))}
        return self.names.match([left], [right], made, {left, right})


def _says_nothing(move: Move) -> bool:
    """Whether its carrier does not say what happens to the call now."""
    return move.empty if isinstance(move, Opaque) else isinstance(move, Ends) and move.end == "unspecified"
