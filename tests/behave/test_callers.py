"""The classes of callers against all numbers of a pool."""

from __future__ import annotations

import os
import re
from random import Random

import pytest

from unicall import Flow, compare
from unicall.behave.callers import classes_of, pattern_of
from unicall.behave.covering import Cover
from unicall.behave.running import matches
from unicall.graph import CallerMatch, Hangup, Node, Voicemail

SETS = {"full": 400, "ci": 60}.get(os.environ.get("HYPOTHESIS_PROFILE", "ci"), 15)
AREAS = ("202", "801", "385", "907")
POOL: tuple[str | None, ...] = (
    None,
    *(f"+1{area}55501{ending:02}" for area in AREAS for ending in range(100)),
    *(f"+1{area}{number:07}" for area in AREAS for number in range(0, 10**7, 333_331)),
    *(f"+{number}" for number in range(1, 1200)),
    *(f"+49{number}" for number in range(10**6, 10**10, 987_654_321)),
    *(f"+{'9' * length}" for length in range(1, 16)),
)


def expression(dice: Random) -> str:
    """A simple expression, as carriers' documents have them."""

    def piece() -> str:
        plain = dice.choice(["1", "7", "202", "801", "555", "01", r"\d", ".", "[2-5]", "[^0]", r"[\d]", "(0|1)", "(?:80|38)"])
        return plain + dice.choice(["", "", "", "*", "+", "?", "{2}", "{1,3}"])

    body = "".join(piece() for _ in range(dice.randint(1, 4)))
    begin = dice.choice(["", "^", r"^\+", r"^\+1", r"^\+?1?"])
    either = dice.choice(["", "", "", r"|^\+1907", "|^$"])
    return f"{begin}{body}{dice.choice(['', '', '$'])}{either}"


@pytest.mark.parametrize("seed", range(SETS))
def test_every_number_of_a_pool_is_in_a_class_that_matches_the_same_expressions(seed: int) -> None:
    dice = Random(seed)
    patterns = [expression(dice) for _ in range(dice.randint(1, 4))]
    classes = classes_of(patterns)
    known = {tuple(matches(pattern, caller) for pattern in patterns) for caller in classes.samples}
    assert {tuple(re.search(pattern, caller or "") is not None for pattern in patterns) for caller in POOL} <= known, patterns


@pytest.mark.parametrize("seed", range(SETS))
def test_each_class_is_shown_by_a_caller_who_can_exist_and_matches_what_its_bits_say(seed: int) -> None:
    dice = Random(seed)
    patterns = [*(expression(dice) for _ in range(3)), pattern_of(dice.sample(AREAS, 2))]
    classes = classes_of(patterns)
    assert len(set(classes.samples)) == len(classes.samples)
    for number, caller in enumerate(classes.samples):
        assert caller is None or re.fullmatch(r"\+\d{1,15}", caller)
        for pattern in patterns:
            assert bool(classes.masks[pattern] >> number & 1) == matches(pattern, caller), (pattern, caller)


def test_an_expression_that_looks_back_is_tried_on_the_numbers_that_it_names() -> None:
    patterns = [r"^\+1801(?!555)", r"(\d)\1$", "("]
    classes = classes_of(patterns)
    assert [bin(classes.masks[pattern]).count("1") > 0 for pattern in patterns] == [True, True, False]


def asks(pattern: str, then: str) -> Flow:
    """Asks twice: whoever does not call from Salt Lake City is asked for the rest of the number."""
    nodes: dict[str, Node] = {
        "start": CallerMatch(pattern=r"^\+1(801|202)", exits={"match": "end", "no_match": "ask"}),
        "ask": CallerMatch(pattern=pattern, exits={"match": then, "no_match": "end"}),
        "end": Hangup(),
        "box": Voicemail(),
    }
    return Flow(start="start", nodes=nodes)


def test_callers_who_are_not_all_looked_at_make_no_flows_the_same_that_may_not_be() -> None:
    """The number that shows it is no number that the expressions name."""
    found = compare(asks(r"(?!\+1801).*7$", "box"), asks("(", "box"))
    assert (found.same, found.complete) == (True, False)
    assert str(compare(asks(r"(?!\+1801).*7$", "box"), asks(r"(?!\+1801).*7$", "box"))) == "same"


def test_an_exit_that_may_be_taken_by_callers_who_are_not_looked_at_is_not_said_to_be_taken_by_none() -> None:
    found = {(one.node, one.exit): one.why for one in Cover(asks(r"(?!\+1801).*7$", "box")).untaken}
    assert found == {("ask", "match"): "nobody knows: not all callers can be looked at"}
