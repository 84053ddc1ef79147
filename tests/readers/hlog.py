#!/usr/bin/env python3
"""Reads latency.hlog by another implementation of HdrHistogram, and holds it to run.json.

    python tests/readers/hlog.py RUN_FOLDER

Exits with 1 and says why where the log cannot be read, or tells something else than run.json does.
"""

import argparse
import json
import math
import sys
from pathlib import Path

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

TEN_MINUTES = 600_000_000
QUANTILES = {"p50_us": 0.5, "p90_us": 0.9, "p95_us": 0.95, "p99_us": 0.99, "p999_us": 0.999}
HEAD = [
    "#[Latencies of a run of deskbell, in microseconds]",
    "#[Histogram log format version 1.3]",
    "#[StartTime: ",
    "#[BaseTime: ",
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
]
LATENESS = {"p50": 0.5, "p99": 0.99, "p999": 0.999}


def whole():
    return HdrHistogram(1, TEN_MINUTES, 3)


def quantile(histogram, share):
    """The upper edge of the bucket with the sample of this rank, counted from 1."""
    count = histogram.get_total_count()
    rank = max(math.ceil(share * count), 1)
    return histogram.get_value_at_percentile(100 * rank / count)


def read(path):
    """The sum of each tag, and the seconds that have an interval of it."""
    with path.open(encoding="utf-8") as file:
        head = [line.rstrip("\n") for line, _ in zip(file, HEAD)]
    assert all(line.startswith(of) for line, of in zip(head, HEAD)), head
    sums, seconds = {}, {}
    log = HistogramLogReader(str(path), whole())
    while interval := log.get_next_interval_histogram():
        tag = interval.get_tag()
        sums.setdefault(tag, whole()).add(interval)
        length = interval.get_end_time_stamp() - interval.get_start_time_stamp()
        assert abs(length - 1000) < 1, f"{tag}: an interval of {length} ms"
        begun = interval.get_start_time_stamp() / 1000 - log.get_start_time_sec()
        seconds.setdefault(tag, []).append(round(begun))
    lines = sum(1 for line in path.read_text(encoding="utf-8").splitlines()) - len(HEAD)
    assert lines == sum(map(len, seconds.values())), "a line was not read"
    return sums, seconds


def check(run, sums, seconds):
    lateness = sums.pop("lateness", None)
    assert sums.keys() == run["latency"].keys(), sums.keys() ^ run["latency"].keys()
    for metric, summary in run["latency"].items():
        read_of = sums[metric]
        assert seconds[metric] == sorted(set(seconds[metric])), f"{metric}: a second comes twice"
        assert read_of.get_total_count() == summary["count"], metric
        for name, share in QUANTILES.items():
            told = min(max(quantile(read_of, share), summary["min_us"]), summary["max_us"])
            assert told == summary[name], f"{metric}: {name} is {told}, not {summary[name]}"
    for name, share in LATENESS.items():
        told = run["generator"]["lateness_us"]
        most = min(quantile(lateness, share), told["max"]) if lateness else 0
        assert most == told[name], f"lateness: {name} is {most}, not {told[name]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    sums, seconds = read(folder / "latency.hlog")
    check(run, sums, seconds)
    intervals = sum(map(len, seconds.values()))
    print(f"{folder}: {intervals} intervals of {len(seconds)} tags add up to run.json")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"error: {error}")
