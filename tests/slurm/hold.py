#!/usr/bin/env python3
"""Holds what deploy/slurm left in a folder: the merged run to its shards, and to what was to come of it.

    python tests/slurm/hold.py FOLDER                # all shards are whole, and the run has passed
    python tests/slurm/hold.py FOLDER --together 1   # and they began within a second
    python tests/slurm/hold.py FOLDER --without 3    # the third is not, and the reports say so

Exits with 1 and says why where anything is another way.
"""

import argparse
import re
import sys
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shards"))
import sums

SHARDS = 4


def hold_passed(merged):
    assert (merged["verdict"], merged["exit_code"]) == ("passed", 0), merged["why"]
    assert all(threshold["ok"] for threshold in merged["thresholds"]), merged["thresholds"]


def hold_named(folder, merged, lost):
    assert (merged["verdict"], merged["exit_code"]) == ("invalid", 4), merged["verdict"]
    names_it = re.compile(rf"\bshard {lost}\b|\b{lost}/{SHARDS}\b|\b{lost} of {SHARDS}\b")
    junit = (folder / "junit.xml").read_text(encoding="utf-8")
    for where, text in {"why": " ".join(merged["why"]), "junit.xml": junit}.items():
        assert names_it.search(text), f"shard {lost} is not named in {where}: {merged['why']}"


def hold_together(folders, most):
    begun = [sums.told(folder)["started_at"].replace("Z", "+00:00") for folder in folders]
    instants = [datetime.fromisoformat(instant) for instant in begun]
    apart = (max(instants) - min(instants)).total_seconds()
    assert apart <= most, f"shards began {apart} s apart"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--without", type=int)
    parser.add_argument("--together", type=float)
    asked = parser.parse_args()
    numbers = [number for number in range(1, SHARDS + 1) if number != asked.without]
    folders = [asked.folder / f"shard-{number}" for number in numbers]
    for number, folder in zip(numbers, folders):
        assert sums.told(folder)["shard"] == {"index": number, "count": SHARDS}, folder
    if asked.without:
        unwhole = asked.folder / f"shard-{asked.without}" / "run.json"
        assert not unwhole.exists(), f"{unwhole} is there"
    merged = sums.hold(asked.folder / "merged", folders)
    if asked.without:
        hold_named(asked.folder / "merged", merged, asked.without)
    else:
        hold_passed(merged)
    if asked.together:
        hold_together(folders, asked.together)
    print(f"{asked.folder.name}: {merged['verdict']}, and {len(folders)} shards add up")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"error: {error}")
