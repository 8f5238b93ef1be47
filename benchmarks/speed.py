"""How fast unicall is, as ratios within one run, because seconds differ from machine to machine.

    python benchmarks/speed.py [ROUNDS]

What is measured against the floor, which is the time that orjson takes to read the input and to write the output. All
measurements of a table take turns in every round, and the median of the rounds counts. Targets stand beside the ratios;
nothing is asserted.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import orjson

import unicall

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
READ_AND_WRITE, TRANSLATE, HELP = 5, 12, 8
SIZES = (10, 100, 1000, 10_000)
PROVIDERS = ("api19", "convirza-v2", "vinix")

Timed = Callable[[], object]


def main() -> None:
    """Print all tables."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    texts = {provider: fixtures(provider) for provider in PROVIDERS}
    texts["convirza-v2, 1,000 nodes"] = [orjson.dumps(convirza_menus(1000))]
    texts["vinix, 1,000 nodes"] = [orjson.dumps(vinix_menus(1000))]
    table(f"parse and emit, over the floor (at most {READ_AND_WRITE})", rounds, dict(read_and_write(texts)))
    table(f"translate with its ledger, over the floor (at most {TRANSLATE})", rounds, dict(translations(texts)))
    linearity(rounds)
    table(f"unicall --help, over python -c pass (at most {HELP})", rounds, {"unicall --help": (helped, empty)})


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
    """Microseconds per node, for documents of four sizes; 1.0 times the smallest would be perfectly linear."""
    print(f"\ntranslate with its ledger, per node, over that of {SIZES[1]} nodes (at most about 1.5)")
    for name, make, source, target in (
        ("vinix to convirza-v2", vinix_menus, "vinix", "convirza-v2"),
        ("convirza-v2 to vinix", convirza_menus, "convirza-v2", "vinix"),
    ):
        texts = {size: orjson.dumps(make(size)) for size in SIZES}

        def run(text: bytes, source: str = source, target: str = target) -> None:
            len(unicall.translate(text, source, target=target).problems)

        seconds: dict[int, list[float]] = {size: [] for size in SIZES}
        for _ in range(max(3, rounds // 5)):
            for size, text in texts.items():
                seconds[size].append(time_of(lambda text=text: run(text)))  # type: ignore[misc]
        per_node = {size: median(times) / size for size, times in seconds.items()}
        for size, each in per_node.items():
            print(f"  {name + f', {size:,} nodes':<44}{each / per_node[SIZES[1]]:8.2f}   {each * 1e6:8.1f} us per node")


def table(title: str, rounds: int, rows: Mapping[str, tuple[Timed, Timed]]) -> None:
    """Time all rows in turn, some rounds, and print the median of their ratios."""
    print(f"\n{title}")
    for row in rows.values():
        ratio(*row)
    ratios: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(rounds):
        for name, row in rows.items():
            ratios[name].append(ratio(*row))
    for name, values in ratios.items():
        print(f"  {name:<44}{median(values):8.2f}   ({min(values):.2f} to {max(values):.2f})")


def ratio(timed: Timed, against: Timed) -> float:
    """One measurement against its floor, which is repeated until it takes long enough to be measured."""
    times = 1
    while (base := time_of(against, times)) < 0.002:
        times *= 4
    return time_of(timed) / (base / times)


def time_of(timed: Timed, times: int = 1) -> float:
    """Seconds that this takes, so many times, without the garbage of what ran before."""
    gc.collect()
    start = perf_counter()
    for _ in range(times):
        timed()
    return perf_counter() - start


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


def seats(
    root: dict[str, Any], nodes: int, branch: Callable[[int], dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], str]]:
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
    """A record with a menu of menus, seven numbers and two menus in each, until there are about this many nodes."""

    def item(number: int, key: int, **facts: Any) -> dict[str, Any]:
        return {
            "ivr_option_id": 9000 + number,
            "key": key,
            "destination": f"Desk {number}",
            "record_enabled": False,
            "play_disclaimer": "never",
            "whisper_enabled": False,
            "whisper_message": "",
            "voicemail_enabled": False,
            **facts,
        }

    top: list[dict[str, Any]] = []
    waiting, used = [top], 1
    for menu in waiting:
        for key in range(1, 10):
            if used >= nodes:
                break
            used += 1
            if key > 2:
                did = 2025550100 + used % 100
                menu.append(item(used, key, action="simple", message="", target_did=did, overflowNumbers=[]))
            else:
                below: list[dict[str, Any]] = []
                menu.append(item(used, key, action="interactiveVoice", message=f"Menu {used}", ivrData=below))
                waiting.append(below)
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
        "ivrs": top,
    }


if __name__ == "__main__":
    main()
