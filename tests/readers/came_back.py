"""Holds a run whose devices lost their connections: all came back, and no faster than they may.

    came_back.py run.json --each 2 [--connects 500]

Each device connected again at least so often; where a rate is given, no second had more connects.
"""

import argparse
import csv
import json
import pathlib
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--each", type=int, required=True)
    parser.add_argument("--connects", type=int)
    asked = parser.parse_args()
    totals = json.loads(asked.run.read_text())["totals"]
    assert totals["reconnects"] >= asked.each * totals["devices"], totals
    assert totals["lost"] == totals["duplicates"] == 0, totals
    if asked.connects:
        with asked.run.with_name("timeline.csv").open() as file:
            most = max(int(row["connects"]) for row in csv.DictReader(file))
        # What one second is late with, the next one has beside its own.
        assert most <= asked.connects * 1.2, f"{most} connects in a second"
    print(f"{totals['reconnects']} times a device came back, nothing lost")


if __name__ == "__main__":
    sys.exit(main())
