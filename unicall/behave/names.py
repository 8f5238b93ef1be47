"""Which names of two flows mean the same: those that are the same, those that are given, and those that unicall made."""

from __future__ import annotations

from collections.abc import Set

from attrs import Factory, define

from unicall.adapter import NEW
from unicall.behave.machine import Named
from unicall.graph import Reference, text_of


@define
class Names:
    """Which name on the left is which on the right: the same, or one that unicall made for the other (``new:...``)."""

    bound: dict[str, str] = Factory(dict)
    back: dict[str, str] = Factory(dict)
    own: bool = False  # the flow's own box may be one that has a name

    def same(self, left: Named, right: Named) -> bool:
        """Whether both name the same things, in any order."""
        mine, yours = list(dict.fromkeys(map(text_of, left))), list(dict.fromkeys(map(text_of, right)))
        references = {text_of(one): one for one in (*left, *right) if isinstance(one, Reference)}
        made = {name for name, one in references.items() if one.id.startswith(NEW)}
        return self.match(mine, yours, made, references.keys())

    def match(self, mine: list[str], yours: list[str], made: Set[str], references: Set[str]) -> bool:
        """Match these names, those that are known first; names that were never met are matched in their order.

        A number or a text stands for itself alone; an id of one carrier may be one that was ``made`` at the other.
        """
        known = {name: self.bound[name] for name in mine if name in self.bound}
        rest = [name for name in yours if name not in known.values()]
        if not set(known.values()) <= set(yours) or any(name in self.back for name in rest):
            return False
        pairs = {name: name for name in mine if name not in known and name in rest}
        left = [name for name in mine if name not in known and name not in pairs]
        right = [name for name in rest if name not in pairs]
        if len(left) != len(right) or not references >= {*left, *right}:
            return False
        if not all(one in made or other in made for one, other in zip(left, right, strict=True)):
            return False
        pairs.update(zip(left, right, strict=True))
        self.bound.update(pairs)
        self.back.update((right, left) for left, right in pairs.items())
        return True

    def mine(self, name: str, side: int) -> str:
        """The name on the left of what is called so on this side."""
        return self.back.get(name, name) if side else name
