#!/usr/bin/env python3
"""Holds what `deskbell merge` made of shards to the shards: counts, and percentiles of the union.

    python tests/readers/merged.py MERGED SHARD... --of 4                # all four are there, and whole
    python tests/readers/merged.py MERGED SHARD... --of 4 --together 1   # and began within a second
    python tests/readers/merged.py MERGED SHARD... --of 4 --without 3    # all but the third are

Of one that is not whole, the merged run has to say so, and which one it is. Exits with 1 and says why
where anything does not add up.
"""

import argparse
import json
import re
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

from hlog import QUANTILES, quantile, read, whole

SAME = ["plan", "seed", "version", "target"]
COUNTS = ["checked", "violated", "waived"]
STEP = ["passed", "failed", "skipped"]


def leaves(value, path=""):
    """The numbers in nested objects, by their paths."""
    if isinstance(value, dict):
        return Counter({
            name: number
            for key, inner in value.items()
            for name, number in leaves(inner, f"{path}/{key}").items()
        })
    return Counter({path: value})


def counted(run):
    """Every count of a run that is the sum of its shards'."""
    counts = leaves({"totals": run["totals"], "errors": run["errors"]})
    for clause in run["clauses"]:
        counts += leaves({count: clause[count] for count in COUNTS}, clause["id"])
    for scenario in run["scenarios"]:
        counts += leaves(scenario["totals"], scenario["name"])
        for step in scenario["steps"]:
            place = f"{scenario['name']}:{step['line']} {step['step']}"
            counts += leaves({count: step[count] for count in STEP}, place)
    return +counts


def check_counts(merged, runs):
    told, summed = counted(merged), sum(map(counted, runs), Counter())
    for name in told.keys() | summed.keys():
        assert told[name] == summed[name], f"{name}: {told[name]}, the shards have {summed[name]}"


def check_latency(merged, shards, runs):
    union = {}
    for shard in shards:
        for tag, histogram in read(shard / "latency.hlog")[0].items():
            union.setdefault(tag, whole()).add(histogram)
    for metric, told in merged["latency"].items():
        of_shards = [run["latency"][metric] for run in runs if metric in run["latency"]]
        known = {
            "count": union[metric].get_total_count(),
            "min_us": min(shard["min_us"] for shard in of_shards),
            "max_us": max(shard["max_us"] for shard in of_shards),
        }
        for name, share in QUANTILES.items():
            at_share = quantile(union[metric], share)
            known[name] = min(max(at_share, known["min_us"]), known["max_us"])
        for name, value in known.items():
            assert told[name] == value, f"{metric}: {name} is {told[name]}, not {value}"
    assert merged["latency"].keys() == {metric for run in runs for metric in run["latency"]}


def check_together(runs, most):
    begun = [datetime.fromisoformat(run["started_at"].replace("Z", "+00:00")) for run in runs]
    apart = (max(begun) - min(begun)).total_seconds()
    assert apart <= most, f"shards began {apart} s apart"


def check_named(folder, merged, missing):
    assert (merged["verdict"], merged["exit_code"]) == ("invalid", 4), merged["verdict"]
    named = {int(shard) for why in merged["why"] for shard in re.findall(r"shard (\d+)", why)}
    assert named == {missing}, f"shards {named} are named: {merged['why']}"
    junit = (folder / "junit.xml").read_text(encoding="utf-8")
    assert f"shard {missing}" in junit, "junit.xml does not name it"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("merged", type=Path)
    parser.add_argument("shards", type=Path, nargs="+")
    parser.add_argument("--of", type=int, required=True)
    parser.add_argument("--without", type=int)
    parser.add_argument("--together", type=float)
    asked = parser.parse_args()
    merged = json.loads((asked.merged / "run.json").read_text(encoding="utf-8"))
    shards = [shard for shard in asked.shards if (shard / "run.json").exists()]
    runs = [json.loads((shard / "run.json").read_text(encoding="utf-8")) for shard in shards]
    places = sorted((run["shard"]["index"], run["shard"]["count"]) for run in runs)
    expected = [nth for nth in range(1, asked.of + 1) if nth != asked.without]
    assert places == [(nth, asked.of) for nth in expected], places
    for name in SAME:
        assert all(run[name] == merged[name] for run in runs), f"{name} differs"
    check_counts(merged, runs)
    check_latency(merged, shards, runs)
    if asked.together is not None:
        check_together(runs, asked.together)
    if asked.without is not None:
        check_named(asked.merged, merged, asked.without)
    else:
        assert (merged["verdict"], merged["exit_code"]) == ("passed", 0), merged["why"]
        assert all(threshold["ok"] for threshold in merged["thresholds"]), merged["thresholds"]
    print(f"{asked.merged}: {len(runs)} shards add up, {merged['verdict']}")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"error: {error}")
