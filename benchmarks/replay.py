"""How fast recorded calls are replayed.

    python benchmarks/replay.py [CALLS]

Seconds of processor time for so many calls through a menu with hours, one in a hundred of which cannot have ended where it did; and
what a call costs over what it costs in a tenth of them: 1.0 would be linear. Nothing is asserted.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from time import process_time

from unicall import CallRecord, Flow, replay
from unicall.graph import Menu, PhoneNumber, Ring, RingTarget, Schedule, Speech, Voicemail
from unicall.hours import Hours, Recurrence

DESKS = tuple(PhoneNumber(f"+120255501{number:02}") for number in range(1, 10))
OPEN = Recurrence(frequency="weekly", weekdays=("MO", "TU", "WE", "TH", "FR"), start=9 * 3600, end=17 * 3600)
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)


def flow() -> Flow:
    """Nine desks behind keys in the hours, the last of them at night."""
    desks = {str(n): Ring(targets=(RingTarget(desk),), exits={"otherwise": "message"}) for n, desk in enumerate(DESKS, 1)}
    hours = (Hours(name="open", recurrences=(OPEN,)),)
    start = Schedule(timezone="America/New_York", hours=hours, exits={"open": "menu", "otherwise": "9"})
    menu = Menu(greeting=Speech("Press a key."), retries=3, exits={**{key: key for key in desks}, "exhausted": "message"})
    return Flow(start="start", nodes={"start": start, "menu": menu, "message": Voicemail(), **desks})


def calls(count: int) -> list[CallRecord]:
    """Calls of a year, all answered, one in a hundred by nobody of this flow."""
    minutes = 365 * 24 * 60
    return [
        CallRecord(
            id=str(number),
            started=BEGIN + timedelta(minutes=number * 7919 % minutes),
            caller=f"+180155501{number % 100:02}",
            dialled=None,
            rang="+12025550199" if number % 100 == 0 else DESKS[-1].number,
            disposition="ANSWERED",
            outcome="answered",
            seconds=60,
            flow=None,
            default_rang=None,
        )
        for number in range(count)
    ]


def main() -> None:
    """Print the times."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    costs = []
    for count in (most // 10, most):
        records = calls(count)
        begin = process_time()
        found = replay(flow(), records)
        costs.append((process_time() - begin) / count)
        print(
            f"{count:>9,} calls {costs[-1] * count:8.3f} s, {sum(cause.count for cause in found.impossible):,} of them impossible"
        )
    print(f"  per call {costs[1] / costs[0]:8.2f}")


if __name__ == "__main__":
    main()
