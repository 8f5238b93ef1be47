"""How fast unicall is, as ratios within one run, because seconds differ from machine to machine.

    python benchmarks/speed.py [ROUNDS]

The floor is the time that orjson takes to read the input and to write the output. All measurements of a table take turns
in every round, and the median of the rounds counts. Targets stand beside the ratios; nothing is asserted.

What surprises people: work inside this process is measured in processor time, because whatever else the machine does would
count as well otherwise, and how often something short is repeated is found out once, from the best of several tries: found
out anew each time, one hiccup makes the floor look a hundred times as slow. Both are repeated: what runs once after the
garbage is collected finds the processor's caches cold. Costs per node are divided by the nodes that were really read,
because a carrier that does not go deeper keeps the rest of a document as one node.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import orjson

import unicall
from unicall.graph import VendorNode

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
READ_AND_WRITE, TRANSLATE, HELP = 5, 12, 8
SIZES = (10, 100, 1000, 10_000)
PROVIDERS = ("api19", "convirza-v2", "vinix")

SHORTEST = 0.005  # seconds; what takes less is repeated

Timed = Callable[[], object]
Clock = Callable[[], float]


def main() -> None:
    """Print all tables."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    texts = {provider: fixtures(provider) for provider in PROVIDERS}
    texts["convirza-v2, 1,000 nodes"] = [orjson.dumps(convirza_menus(1000))]
    texts["vinix, 1,000 nodes"] = [orjson.dumps(vinix_menus(1000))]
    table(f"parse and emit, over the floor (at most {READ_AND_WRITE})", rounds, dict(read_and_write(texts)))
    table(f"translate with its ledger, over the floor (at most {TRANSLATE})", rounds, dict(translations(texts)))
    linearity(rounds)
    title = f"unicall --help, over python -c pass (at most {HELP})"
    table(title, rounds, {"unicall --help": (helped, empty)}, clock=perf_counter)


def fixtures(provider: str) -> list[bytes]:
    """The documents of a provider that hold one flow."""
    found = []
    for path in sorted((FIXTURES / provider).glob("*/*.json")):
        if path.name.endswith(".flow.json"):
            continue
        try:
            unicall.parse(path.read_bytes(), provider)
        except unicall.DocumentError:
            continue
        found.append(path.read_bytes())
    return found


def read_and_write(texts: Mapping[str, list[bytes]]) -> Iterator[tuple[str, tuple[Timed, Timed]]]:
    """Per provider: parse and emit for the same provider, and its floor."""
    for name, documents in texts.items():
        provider = name.split(",")[0]
        written = [unicall.emit(unicall.parse(text, provider).flow, provider).document for text in documents]

        def both(documents: list[bytes] = documents, provider: str = provider) -> None:
            for text in documents:
                orjson.dumps(unicall.emit(unicall.parse(text, provider).flow, provider).document)

        yield name, (both, floor(documents, written))


def translations(texts: Mapping[str, list[bytes]]) -> Iterator[tuple[str, tuple[Timed, Timed]]]:
    """Per pair of providers: the whole translation, its problems read, and its floor."""
    for name, documents in texts.items():
        source = name.split(",")[0]
        for target in PROVIDERS:
            if target == source:
                continue
            written = [unicall.translate(text, source, target=target).document for text in documents]

            def all_of_it(documents: list[bytes] = documents, source: str = source, target: str = target) -> None:
                for text in documents:
                    translation = unicall.translate(text, source, target=target)
                    orjson.dumps(translation.document)
                    for problem in translation.problems:
                        _ = problem.message

            yield f"{name} to {target}", (all_of_it, floor(documents, written))


def floor(texts: list[bytes], written: list[Any]) -> Timed:
    """Reading these texts and writing those documents, with nothing in between."""

    def read_and_write() -> None:
        for text, document in zip(texts, written, strict=True):
            orjson.loads(text)
            orjson.dumps(document)

    return read_and_write


def linearity(rounds: int) -> None:
    """What a node costs, in documents of four sizes, over what it costs in the second; always 1.0 would be linear."""
    print(f"\ntranslate with its ledger, per node, over that of about {SIZES[1]} nodes (at most about 1.5)")
    for source, target, make in (("vinix", "convirza-v2", vinix_menus), ("convirza-v2", "vinix", convirza_menus)):
        texts = [orjson.dumps(make(size)) for size in SIZES]
        nodes = [read_nodes(text, source) for text in texts]
        seconds: list[list[float]] = [[] for _ in texts]
        for _ in range(max(3, rounds // 3)):
            for text, times in zip(texts, seconds, strict=True):
                times.append(time_of(lambda text=text: ledger(text, source, target)))  # type: ignore[misc]  # noqa: B023
        costs = [median(times) / understood for times, (understood, _) in zip(seconds, nodes, strict=True)]
        for cost, (understood, kept) in zip(costs, nodes, strict=True):
            name = f"{source} to {target}, {understood:,} nodes"
            warning = f"   ({kept} of them not understood)" if kept else ""
            print(f"  {name:<44}{cost / costs[1]:8.2f}   {cost * 1e6:8.1f} us per node{warning}")


def read_nodes(text: bytes, provider: str) -> tuple[int, int]:
    """How many nodes a document has once it is read, and how many of them are kept without being understood."""
    nodes = unicall.parse(text, provider).flow.nodes.values()
    return len(nodes), sum(isinstance(node, VendorNode) for node in nodes)


def ledger(text: bytes, source: str, target: str) -> int:
    """A whole translation, its problems read."""
    return sum(len(problem.message) for problem in unicall.translate(text, source, target=target).problems)


def table(title: str, rounds: int, rows: Mapping[str, tuple[Timed, Timed]], clock: Clock = process_time) -> None:
    """Time all rows in turn, some rounds, and print the median of their ratios."""
    print(f"\n{title}")
    repeats = {name: [repeats_of(one, clock) for one in pair] for name, pair in rows.items()}
    ratios: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(rounds):
        for name, (timed, against) in rows.items():
            times, base_times = repeats[name]
            base = median(time_of(against, base_times, clock) for _ in range(3))
            ratios[name].append(time_of(timed, times, clock) / base)
    for name, values in ratios.items():
        print(f"  {name:<44}{median(values):8.2f}   ({min(values):.2f} to {max(values):.2f})")


def repeats_of(timed: Timed, clock: Clock) -> int:
    """How often this has to run in order to be measured."""
    timed()
    best = min(time_of(timed, clock=clock) for _ in range(5))
    return max(1, round(SHORTEST / max(best, 1e-7)))


def time_of(timed: Timed, times: int = 1, clock: Clock = process_time) -> float:
    """Seconds that this takes, the mean of so many times, without the garbage of what ran before."""
    gc.collect()
    start = clock()
    for _ in range(times):
        timed()
    return (clock() - start) / times


def helped() -> None:
    """The command line's answer to --help."""
    command = Path(sys.executable).with_name("unicall")
    start = [str(command)] if command.exists() else [sys.executable, "-m", "unicall"]
    subprocess.run([*start, "--help"], check=True, capture_output=True)  # noqa: S603


def empty() -> None:
    """Python doing nothing."""
    subprocess.run([sys.executable, "-c", "pass"], check=True, capture_output=True)


def vinix_menus(nodes: int) -> dict[str, Any]:
    """A bundle of menus with nine keys each, menus below menus until there are about this many nodes."""
    menus: dict[str, Any] = {}

    def menu(number: int) -> dict[str, Any]:
        name = f"menu{number:028}"
        menus[name] = {"id": name, "name": f"Menu {number}", "retries": 3, "timeout": 5000, "hunt": False}
        return {"module": "menu", "data": {"id": name}, "children": {}}

    root = menu(0)
    for number, (parent, key) in enumerate(seats(root, nodes - 1, branch=menu), start=1):
        parent["children"][key] = {
            "module": "resources",
            "data": {"to_did": f"+1202555{100 + number % 100:04}", "use_local_resources": False, "timeout": 20},
            "children": {},
        }
    callflow = {"id": "f" * 32, "name": "Many menus", "numbers": ["+12025550100"], "patterns": [], "flow": root}
    return {"callflow": callflow, "menus": menus}


def seats(root: dict[str, Any], nodes: int, branch: Callable[[int], dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Where leaves go: keys 3 to 9 of each menu; keys 1 and 2 are menus again, breadth first, while there is room."""
    waiting = [root]
    used = 0
    for parent in waiting:
        for key in "3456789":
            if used >= nodes:
                return
            used += 1
            yield parent, key
        for key in "12":
            if used < nodes:
                used += 1
                parent["children"][key] = branch(used)
                waiting.append(parent["children"][key])


def convirza_menus(nodes: int) -> dict[str, Any]:
    """A record of menus of nine keys, three levels at most as the carrier has them, with hunts of 14 numbers at the keys."""
    hunts = max(1, round(nodes / 14))
    length = min(14, nodes - 1)
    numbers = [{"overflowNumber": 2025550100 + n, "rings": 3} for n in range(1, length)]

    def item(key: int, **facts: Any) -> dict[str, Any]:
        switches = ("record_enabled", "whisper_enabled", "voicemail_enabled")
        common = {"key": key, "destination": f"Desk {key}", "play_disclaimer": "never", "whisper_message": ""}
        return common | dict.fromkeys(switches, False) | facts

    def menu(below: int, level: int) -> list[dict[str, Any]]:
        if below <= 9:
            hunt = {"action": "simple", "message": "", "target_did": 2025550100, "overflowNumbers": numbers}
            return [item(key, **hunt) for key in range(1, below + 1)]
        shares = [below // 9 + (key < below % 9) for key in range(9)]
        return [
            item(key, action="interactiveVoice", message=f"Menu {level}", ivrData=menu(share, level + 1))
            for key, share in enumerate(shares, start=1)
        ]

    return {
        "call_flow_id": 48000,
        "call_flow_name": "Many menus",
        "call_flow_status": "active",
        "dnis": "2025550100",
        "message_enabled": True,
        "message": "Press a key.",
        "routable_type": "IvrRoute2",
        "ring_delay": 30,
        "play_disclaimer": "never",
        "record_call_enabled": False,
        "voicemail_enabled": False,
        "ivr_route": {"repeat_greeting": True, "options": []},
        "ivrs": menu(hunts, 1),
    }


if __name__ == "__main__":
    main()
