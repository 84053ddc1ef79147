#!/usr/bin/env python3
"""Holds a merged run to the shards that it was merged of: each count is their sum, and each percentile
that of all their samples together, added up from their interval logs by another implementation.

    python tests/shards/sums.py MERGED_FOLDER SHARD_FOLDER...

Exits with 1 and says which figure is another one.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))
import hlog

KEPT = ["plan", "seed", "version", "target"]
OF_A_CLAUSE = ["checked", "violated", "waived"]
OF_A_STEP = ["passed", "failed", "skipped"]
PERCENTILE = re.compile(r"(\S+)\.(p[0-9]+) ")


def told(folder):
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def counts(value, path=()):
    """Every number of a tree of tables, by its way."""
    if isinstance(value, dict):
        return {way: count for key in value for way, count in counts(value[key], (*path, key)).items()}
    return {path: value}


def added(trees):
    """What trees of counts add up to; what none of them has a count of is not in it."""
    total = Counter()
    for tree in trees:
        total.update(counts(tree))
    return +total


def hold_counts(of, merged, parts):
    whole, total = added([merged]), added(parts)
    differ = {key: (whole[key], total[key]) for key in whole | total if whole[key] != total[key]}
    assert not differ, f"{of}: the merged count and the sum of the shards: {differ}"


def by(key, entries, figures):
    """A list of entries as a tree of their counts."""
    return {str(entry[key]): {figure: entry[figure] for figure in figures} for entry in entries}


def hold_extremes(of, merged, parts):
    """Of each latency its count, its mean to the microsecond that all are rounded to, and its ends."""
    assert merged.keys() == {metric for part in parts for metric in part}, (of, merged.keys())
    for metric, whole in merged.items():
        shares = [part[metric] for part in parts if part.get(metric, {}).get("count")]
        count = sum(share["count"] for share in shares)
        assert whole["count"] == count, f"{of} {metric}: {whole['count']} samples, the shards have {count}"
        if not shares:
            continue
        mean = sum(share["count"] * share["mean_us"] for share in shares) / count
        assert abs(whole["mean_us"] - mean) <= 1, f"{of} {metric}: mean {whole['mean_us']}, not {mean}"
        ends = min(share["min_us"] for share in shares), max(share["max_us"] for share in shares)
        assert (whole["min_us"], whole["max_us"]) == ends, f"{of} {metric}: {whole}, not {ends}"


def hold_percentiles(latency, folders):
    union = {}
    for folder in folders:
        sums, _ = hlog.read(folder / "latency.hlog")
        for metric, histogram in sums.items():
            union.setdefault(metric, hlog.whole()).add(histogram)
    for metric, whole in latency.items():
        for name, share in hlog.QUANTILES.items():
            of_all = min(max(hlog.quantile(union[metric], share), whole["min_us"]), whole["max_us"])
            assert whole[name] == of_all, f"{metric}: {name} is {whole[name]}, that of all samples {of_all}"


def hold_run(of, merged, parts):
    """What a run and each of its scenarios have alike."""
    hold_counts(f"{of} totals", merged["totals"], [part["totals"] for part in parts])
    hold_extremes(of, merged["latency"], [part["latency"] for part in parts])
    hold_thresholds(of, merged)


def hold_thresholds(of, whole):
    """Those on a percentile are judged by that of the whole, which no shard has."""
    for threshold in whole["thresholds"]:
        asked = PERCENTILE.match(threshold["expr"])
        if asked:
            known = whole["latency"][asked[1]][f"{asked[2]}_us"]
            assert threshold["value"] == known, f"{of}: {threshold}, and the whole has {known}"


def hold(folder, folders):
    merged, shards = told(folder), [told(shard) for shard in folders]
    for key in KEPT:
        assert {shard[key] for shard in shards} == {merged[key]}, f"{key}: {merged[key]}"
    hold_run("run", merged, shards)
    hold_percentiles(merged["latency"], folders)
    for key in ["errors", "closes"]:
        hold_counts(key, merged[key], [shard[key] for shard in shards])
    clauses = [by("id", run["clauses"], OF_A_CLAUSE) for run in [merged, *shards]]
    hold_counts("clauses", clauses[0], clauses[1:])
    for whole in merged["scenarios"]:
        name = whole["name"]
        parts = [of for shard in shards for of in shard["scenarios"] if of["name"] == name]
        hold_run(name, whole, parts)
        steps = [by("line", of["steps"], OF_A_STEP) for of in [whole, *parts]]
        hold_counts(f"{name} steps", steps[0], steps[1:])
    return merged


def main():
    folder, *folders = map(Path, sys.argv[1:])
    requests = hold(folder, folders)["totals"]["requests"]
    print(f"{folder}: {requests} requests and every other count, as {len(folders)} shards have")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"error: {error}")
