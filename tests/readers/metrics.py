#!/usr/bin/env python3
"""Scrapes a run by Prometheus' own parser, while it runs, and holds it to the run.json it leaves.

    python tests/readers/metrics.py RUN_FOLDER -- DESKBELL run OPTION...

Adds `--metrics`, `--out RUN_FOLDER` and `--overwrite` to the command. Exits with 1 and says why where the
figures cannot be read, shrink, or tell more than run.json does.
"""

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families

SAID = "metrics at "
COUNTED = {
    "deskbell_sends": "sends",
    "deskbell_events": "events",
    "deskbell_requests": "requests",
    "deskbell_deliveries": "deliveries",
    "deskbell_received_bytes": "bytes_in",
}


def scrape(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text"), answer.headers
        text = answer.read().decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def total(families, name):
    return sum(sample.value for sample in families[name].samples if sample.name.endswith("_total"))


def check_buckets(families):
    family = families["deskbell_latency_seconds"]
    assert family.type == "histogram", family.type
    counts = {s.labels["metric"]: s.value for s in family.samples if s.name.endswith("_count")}
    for metric, count in counts.items():
        buckets = [
            (float(sample.labels["le"]), sample.value)
            for sample in family.samples
            if sample.name.endswith("_bucket") and sample.labels["metric"] == metric
        ]
        assert buckets == sorted(buckets) and buckets[-1] == (float("inf"), count), (metric, buckets)


def main():
    folder, dashes, *command = sys.argv[1:]
    assert dashes == "--", __doc__
    command += ["--metrics", "127.0.0.1:0", "--progress", "none", "--out", folder, "--overwrite"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as run:
        url = next(line for line in run.stderr if line.startswith(SAID))[len(SAID) :].strip()
        seen = [scrape(url)]
        until = time.monotonic() + 60
        while total(seen[-1], "deskbell_events") == 0 or len(seen) < 3:
            assert time.monotonic() < until, "no event within a minute"
            seen.append(scrape(url))
        for line in run.stderr:
            print(line, end="", file=sys.stderr)
    assert run.returncode == 0, run.returncode
    totals = json.loads((Path(folder) / "run.json").read_text())["totals"]
    for name, count in COUNTED.items():
        counts = [total(families, name) for families in seen] + [totals[count]]
        assert counts == sorted(counts), (name, counts)
    check_buckets(seen[-1])
    print(f"metrics: {len(seen[-1])} families, {len(seen)} scrapes, within {totals['sends']} sends")


if __name__ == "__main__":
    main()
