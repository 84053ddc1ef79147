#!/usr/bin/env python3
"""Reads the reports of a run with other people's tools, and holds them to each other.

    python tests/readers/read.py RUN_FOLDER                   # a run of any outcome
    python tests/readers/read.py RUN_FOLDER --passed 1000     # one of 1000 devices that passed
    python tests/readers/read.py RUN_FOLDER --every-clause    # one that exercised every clause

Exits with 1 and says why where a report cannot be read, or two of them disagree.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree

HERE = Path(__file__).parent
STATISTICS = [
    "count", "min_us", "mean_us", "p50_us", "p90_us", "p95_us", "p99_us", "p999_us", "max_us",
]
RUN = {
    "format", "run_id", "version", "plan", "started_at", "ended_at", "verdict", "exit_code", "why",
    "target", "seed", "shard", "start_at", "readings", "totals", "errors", "throttling", "closes",
    "latency", "clauses", "thresholds", "generator", "gate", "waivers", "scenarios",
}
TOTALS = {
    "devices", "connections", "reconnects", "requests", "responses", "events", "sends",
    "sends_acked", "deliveries_expected", "deliveries", "lost", "duplicates", "bytes_in",
    "bytes_out", "findings", "dropped",
}
LEVELS = {"must", "should", "info", "waived"}
LAYERS = {
    "network", "gateway", "authorizer", "integration", "application", "schema", "harness",
}
CLAUSE = {"id", "level", "title", "checked", "violated", "waived", "status", "readings"}
STATUSES = {"passed", "violated", "waived", "inconclusive", "not-exercised"}
WAIVER = {"waives", "reason", "ticket", "until", "covered", "status"}
GENERATOR = {
    "cpu_s", "busiest_worker", "peak_rss_bytes", "memory_limit_bytes", "backlog_frames",
    "lateness_us", "notes", "valid", "why",
}
SCENARIO = {"name", "file", "load", "totals", "latency", "thresholds", "steps"}
STEP = {"line", "step", "passed", "failed", "skipped"}
VIOLATION = {
    "clause", "level", "at_us", "scenario", "device", "session", "route", "event", "message",
    "expected", "actual", "pointer", "frame",
}
CONVERSATION = {"at_us", "scenario", "device", "session", "message", "frames"}
PASSED = {"at_us", "device", "connection", "what"}
TIMELINE = {
    "connects": "connections", "sends": "sends", "responses": "responses", "events": "events",
}
PERCENTILES = [
    "send_to_event_p50_us", "send_to_event_p99_us", "send_to_peer_p50_us", "send_to_peer_p99_us",
    "rtt_p99_us", "lateness_p99_us",
]
EXIT_CODES = {"passed": {0}, "failed": {1}, "invalid": {4}, "interrupted": {130}, "error": {3, 5}}
METRICS = {
    "connect", "send_to_ack", "send_to_event", "send_to_self", "send_to_peer", "rtt.init",
    "rtt.session", "rtt.messages", "rtt.ping", "rtt.send", "rtt.unsend", "rtt.seen", "rtt.unread",
    "rtt.end",
}


def has(value, keys, where):
    missing = keys - value.keys()
    assert not missing, f"{where} lacks {sorted(missing)}"


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, strict=True)
        found = list(reader)
    assert all(None not in row and None not in row.values() for row in found), f"{path}: ragged"
    return reader.fieldnames, found


def check_run(run):
    has(run, RUN, "run.json")
    assert run["format"] == "deskbell.run/1", run["format"]
    assert run["exit_code"] in EXIT_CODES[run["verdict"]], (run["verdict"], run["exit_code"])
    has(run["shard"], {"index", "count"}, "shard")
    has(run["generator"], GENERATOR, "generator")
    has(run["generator"]["lateness_us"], {"p50", "p99", "p999", "max"}, "lateness_us")
    for of in [run, *run["scenarios"]]:
        has(of["totals"], TOTALS, "totals")
        has(of["totals"]["findings"], LEVELS, "findings")
        for metric, summary in of["latency"].items():
            beyond = ["overflow"] if summary.get("overflow", 0) > 0 else []
            assert list(summary) == STATISTICS + beyond, f"{metric}: {list(summary)}"
            rising = [summary[name] for name in STATISTICS[3:]]
            assert rising == sorted(rising), f"{metric}: {summary}"
    assert run["errors"].keys() <= LAYERS, run["errors"].keys()
    gateways = run["errors"].get("gateway", {})
    throttled = gateways.get("handshake_429", 0), gateways.get("throttled", 0)
    throttling = run["throttling"]
    assert (throttling is None) == (throttled == (0, 0)), throttling
    if throttling:
        assert (throttling["connects"], throttling["requests"]) == throttled, throttling
        assert throttling["first_at_us"] <= throttling["last_at_us"], throttling
    assert run["closes"].keys() == {"idle", "lifetime"}, run["closes"]
    for clause in run["clauses"]:
        has(clause, CLAUSE, "a clause")
        assert clause["status"] in STATUSES, clause
        assert clause["waived"] <= clause["violated"], clause
        told = clause["status"] in {"waived", "inconclusive", "not-exercised"}
        assert told == ("note" in clause), f"a note says why there is no verdict: {clause}"
        assert clause["status"] != "not-exercised" or clause["checked"] == 0, clause
    has(run["gate"], {"fail_on", "required"}, "gate")
    for waiver in run["waivers"]:
        has(waiver, WAIVER, "a waiver")
    for threshold in run["thresholds"]:
        has(threshold, {"expr", "value", "ok"}, "a threshold")
    for scenario in run["scenarios"]:
        has(scenario, SCENARIO, "a scenario")
        for step in scenario["steps"]:
            has(step, STEP, "a step")


def check_summary(run, path):
    fields, found = rows(path)
    assert fields == ["scenario", "metric", *STATISTICS], fields
    told = {
        (row["scenario"], row["metric"]): [int(row[name]) for name in STATISTICS] for row in found
    }
    assert len(told) == len(found), "a metric is told twice"
    known = {
        ("*", metric): [summary[name] for name in STATISTICS]
        for metric, summary in run["latency"].items()
    }
    assert known == {key: value for key, value in told.items() if key[0] == "*"}
    metrics = [metric for scenario in run["scenarios"] for metric in scenario["latency"]]
    assert sorted(metrics) == sorted(metric for scenario, metric in told if scenario != "*")


def check_timeline(run, path):
    fields, found = rows(path)
    counts = ["second", "devices", *TIMELINE, "errors", "violations"]
    assert fields == [*counts, *PERCENTILES], fields
    assert [int(row["second"]) for row in found] == list(range(len(found))), "a second is missing"
    added = {name: sum(int(row[name]) for row in found) for name in counts}
    totals, findings = run["totals"], run["totals"]["findings"]
    known = {name: totals[total] for name, total in TIMELINE.items()}
    known["errors"] = sum(count for kinds in run["errors"].values() for count in kinds.values())
    known["violations"] = findings["must"] + findings["should"]
    for name, total in known.items():
        assert added[name] == total, f"{name}: the seconds have {added[name]}, the run {total}"
    for row in found:
        for name in PERCENTILES:
            assert row[name] == "" or int(row[name]) >= 0, row


def check_clauses(run, path):
    fields, found = rows(path)
    assert fields == ["id", "level", "title", "checked", "violated", "status"], fields
    known = [{key: str(clause[key]) for key in fields} for clause in run["clauses"]]
    assert found == known, "clauses.csv and run.json disagree"


def check_violations(run, path):
    with path.open(encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    for violation in found:
        has(violation, VIOLATION, "a violation")
    clauses = {clause["id"] for clause in run["clauses"] if clause["violated"]}
    assert {violation["clause"] for violation in found} <= clauses, clauses


def check_conversations(run, path, violations):
    with violations.open(encoding="utf-8") as file:
        violated = [json.loads(line) for line in file]
    files = {(scenario["name"], scenario["file"]): scenario for scenario in run["scenarios"]}
    with path.open(encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    assert len(found) <= 100, len(found)
    for told in found:
        has(told, CONVERSATION, "a conversation")
        if "violation" in told:
            of = violated[told["violation"] - 1]
            same = ["clause", "at_us", "scenario", "device", "session", "message"]
            assert all(told[key] == of[key] for key in same), (told, of)
        else:
            steps = files[told["scenario"], told["file"]]["steps"]
            failed = {(step["line"], step["step"]) for step in steps if step["failed"]}
            assert (told["line"], told["step"]) in failed, (told, failed)
        assert len(told["frames"]) <= 64, len(told["frames"])
        for frame in told["frames"]:
            has(frame, PASSED, "a frame of a conversation")
            assert frame.get("dir", "in") in {"in", "out"}, frame
            of = {told["session"], frame.get("session")}
            at_fault = (frame["at_us"], frame["device"]) == (told["at_us"], told["device"])
            assert None in of or len(of) == 1 or at_fault, f"of another session: {frame}"


def check_junit(run, path):
    schema = etree.XMLSchema(etree.parse(HERE / "junit.xsd"))
    schema.assertValid(etree.parse(path))
    report = JUnitXml.fromfile(str(path))
    cases = [case for suite in report for case in suite]
    names = [(case.classname, case.name) for case in cases]
    assert len(names) == len(set(names)), "two cases have one name"
    counted = {
        kind: sum(isinstance(result, kind) for case in cases for result in case.result)
        for kind in (Failure, Error, Skipped)
    }
    assert report.tests == len(cases), (report.tests, len(cases))
    assert report.failures == counted[Failure], (report.failures, counted)
    assert report.errors == counted[Error], (report.errors, counted)
    assert sum(suite.skipped for suite in report) == counted[Skipped], counted
    if run["verdict"] == "passed":
        assert counted[Failure] == counted[Error] == 0, counted
    if run["verdict"] == "failed":
        assert counted[Failure] > 0, counted
    exercised = {clause["id"] for clause in run["clauses"] if clause["status"] != "not-exercised"}
    told = {name.split(" ")[0] for classname, name in names if classname != "coverage"}
    assert exercised <= told, exercised - told


def check_passed(run, devices):
    totals = run["totals"]
    assert (run["verdict"], run["exit_code"]) == ("passed", 0), run["why"]
    assert totals["devices"] == devices, totals["devices"]
    assert totals["sends"] == totals["sends_acked"] > 0, totals
    assert totals["deliveries"] == totals["deliveries_expected"] > 0, totals
    assert totals["lost"] == totals["duplicates"] == totals["dropped"] == 0, totals
    assert set(totals["findings"].values()) == {0}, totals["findings"]
    without = {metric for metric in METRICS if not run["latency"].get(metric, {}).get("count")}
    assert not without, f"no samples of {sorted(without)}"
    assert run["errors"] == {}, run["errors"]


def check_every_clause(run):
    others = {clause["id"]: clause["status"] for clause in run["clauses"]}
    others = {clause: status for clause, status in others.items() if status != "passed"}
    assert run["clauses"] and not others, f"not every clause passed: {others}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passed", type=int, metavar="DEVICES")
    parser.add_argument("--megabytes", type=int, metavar="MOST")
    parser.add_argument("--every-clause", action="store_true")
    args = parser.parse_args()
    run = json.loads((args.folder / "run.json").read_text(encoding="utf-8"))
    check_run(run)
    check_summary(run, args.folder / "summary.csv")
    check_timeline(run, args.folder / "timeline.csv")
    check_clauses(run, args.folder / "clauses.csv")
    check_violations(run, args.folder / "violations.jsonl")
    conversations, violations = args.folder / "conversations.jsonl", args.folder / "violations.jsonl"
    check_conversations(run, conversations, violations)
    check_junit(run, args.folder / "junit.xml")
    if args.passed is not None:
        check_passed(run, args.passed)
    if args.every_clause:
        check_every_clause(run)
    if args.megabytes is not None:
        peak = run["generator"]["peak_rss_bytes"] / 1e6
        assert 0 < peak <= args.megabytes, f"it took {peak:.0f} MB of memory"
    print(f"{args.folder}: every report is read, and they agree")


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, etree.DocumentInvalid) as error:
        sys.exit(f"error: {error}")
