"""Plain processes in the place of a scheduler's: a server, shards, and the merge of what they leave."""

import json
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

# What each process may take at most, in seconds, however busy the machine is.
MOST = 300


@dataclass
class Process:
    """A command with nothing but its own environment, started in a folder of its own."""

    command: list
    environment: dict
    folder: Path

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.printed = self.folder.with_name(f"{self.folder.name}.txt")
        with self.printed.open("wb") as printed:
            self.running = subprocess.Popen(
                self.command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=printed, stderr=subprocess.STDOUT)
        return self

    def status(self):
        return self.running.wait(timeout=MOST)

    def said(self):
        return self.printed.read_text(encoding="utf-8")

    def kill(self):
        """Ends it and all that it started, the way a lost machine does: without a word to any of them."""
        for process in [*descendants(self.running.pid), self.running.pid]:
            os.kill(process, signal.SIGKILL)


def descendants(process):
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [one for child in map(int, children) for one in (*descendants(child), child)]


class Server:
    """`deskbell serve` on a free port of loopback, and a token for it."""

    def __init__(self, deskbell):
        self.process = subprocess.Popen(
            [deskbell, "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        self.target = re.search(r"ws://\S+", self.process.stdout.readline())[0]
        self.token = subprocess.check_output([deskbell, "token", "--tenant", "34"], text=True).strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=MOST)


def under_way(folder):
    """Waits until a shard has opened a session: from then on it has something to lose."""
    sessions, until = folder / "sessions.jsonl", time.monotonic() + MOST
    while not (sessions.exists() and '"opened"' in sessions.read_text(encoding="utf-8")):
        assert time.monotonic() < until, f"{folder}: no session was opened"
        time.sleep(0.05)


def passed(processes):
    for process in processes:
        status = process.status()
        assert status == 0, f"{process.folder}: status {status}\n{process.said()}"


def names_the_missing(merge, folder, numbers):
    """A merge without some shards: invalid, and everybody is told which."""
    assert merge.status() == 4, f"status {merge.status()}\n{merge.said()}"
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    told = {"why": " ".join(run["why"]), "terminal": merge.said(),
            "junit.xml": (folder / "junit.xml").read_text(encoding="utf-8")}
    for number in numbers:
        names_it = re.compile(rf"\bshards? (?:\d+(?:, | and ))*{number}\b")
        silent = [where for where, text in told.items() if not names_it.search(text)]
        assert not silent, f"shard {number} is not named in {silent}: {run['why']}"
