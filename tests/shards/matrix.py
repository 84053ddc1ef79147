#!/usr/bin/env python3
"""Tries the sharded recipes of deploy/ci with plain processes: the very commands and variables of their
jobs, each shard a process in a folder of its own, all against one `deskbell serve`, and the merge after
them. A third run loses a shard, and its merge has to say which.

    python tests/shards/matrix.py target/release/deskbell FOLDER

What a CI itself would do is done here: variables and what a job hands on are filled in, the program is
put where its cache would have it, and run folders are copied to where the merge looks for them. Exits
with 1 and says why where a status or a sum is another one.
"""

import re
import shutil
import sys
from pathlib import Path

import sums
import yaml
from processes import Process, Server, names_the_missing, passed, under_way

RECIPES = Path(__file__).parents[2] / "deploy/ci"
EXPRESSION = re.compile(r"\$\{\{ *(\S+) *\}\}")
SHARDS = 4
DEVICES = 160
# The load of all shards, which stands in the repository of whoever uses the recipe.
LOAD = f"load: {{ devices: {DEVICES}, ramp_up: 1s, duration: 3s, rate: 16/s }}\n"
# From the preparation to the start; enough for four processes that begin on a busy machine.
LEAD = "15 seconds"


class Recipe:
    """A pipeline of three kinds of job in a folder: one that prepares, the shards, and one that merges."""

    def __init__(self, deskbell, server, folder):
        self.deskbell, self.folder = deskbell, folder
        self.given = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8",
            "DESKBELL_LEAD": LEAD,
        }
        self.endpoint = {
            "DESKBELL_TARGET": server.target, "DESKBELL_ALLOW": "127.0.0.1", "DESKBELL_TOKEN": server.token,
        }

    def job(self, name, script, variables):
        """A job of that name, in its folder, with the program where it would find it."""
        folder = self.folder / name
        program = folder / self.program
        program.parent.mkdir(parents=True)
        program.symlink_to(self.deskbell)
        (folder / "load.yaml").write_text(LOAD)
        return Process([*self.shell, script], self.given | variables, folder)

    def merge(self, without=()):
        """The job that merges, with the run folders that the others have handed on."""
        job = self.merging()
        for number in set(range(1, SHARDS + 1)) - set(without):
            shutil.copytree(self.left_by(number), self.handed_on(job.folder, number))
        return job.start()


class GitLab(Recipe):
    program, shell = ".deskbell/bin/deskbell", ["bash", "-eo", "pipefail", "-c"]

    def __init__(self, *of):
        super().__init__(*of)
        self.jobs = yaml.safe_load((RECIPES / "gitlab-ci-shards.yml").read_text())
        assert self.jobs["chat-shard"]["parallel"] == SHARDS

    def script(self, job):
        return "\n".join(self.jobs[job]["script"])

    def prepare(self):
        job = self.job("prepare", self.script("prepare"), {}).start()
        passed([job])
        handed_on = (job.folder / "start.env").read_text().split()
        self.given |= dict(line.split("=", 1) for line in handed_on)

    def shard(self, number):
        variables = {"CI_NODE_INDEX": str(number), "CI_NODE_TOTAL": str(SHARDS)}
        return self.job(f"shard-{number}", self.script("chat-shard"), self.endpoint | variables).start()

    def merging(self):
        return self.job("merge", self.script("chat-load"), self.endpoint | {"CI_NODE_TOTAL": "1"})

    def left_by(self, number):
        return self.folder / f"shard-{number}/shards/{number}"

    def handed_on(self, folder, number):
        return folder / f"shards/{number}"


class GitHub(Recipe):
    program, shell = "bin/deskbell", ["bash", "-e", "-c"]

    def __init__(self, *of):
        super().__init__(*of)
        self.jobs = yaml.safe_load((RECIPES / "github-actions-shards.yml").read_text())["jobs"]
        assert len(self.jobs["shard"]["strategy"]["matrix"]["shard"]) == SHARDS
        named = [("vars." if key != "DESKBELL_TOKEN" else "secrets.") + key for key in self.endpoint]
        self.known = dict(zip(named, self.endpoint.values(), strict=True))

    def step(self, job, name):
        return next(step for step in self.jobs[job]["steps"] if step.get("name") == name)

    def prepare(self):
        outputs = self.folder / "outputs"
        script = self.step("prepare", "Set the start")["run"]
        passed([self.job("prepare", script, {"GITHUB_OUTPUT": str(outputs)}).start()])
        key, value = outputs.read_text().strip().split("=", 1)
        self.known[f"needs.prepare.outputs.start_{key}"] = value

    def shard(self, number):
        step = self.step("shard", "Run this shard")
        known = self.known | {"strategy.job-index": str(number - 1), "strategy.job-total": str(SHARDS)}
        variables = {key: EXPRESSION.sub(lambda of: known[of[1]], text) for key, text in step["env"].items()}
        return self.job(f"shard-{number}", step["run"], variables).start()

    def merging(self):
        return self.job("merge", self.step("merge", "Add the shards up")["run"], {})

    def left_by(self, number):
        return self.folder / f"shard-{number}/run"

    def handed_on(self, folder, number):
        return folder / f"shards/shard-{number}"


def adds_up(recipe):
    recipe.prepare()
    numbers = range(1, SHARDS + 1)
    passed([recipe.shard(number) for number in numbers])
    merge = recipe.merge()
    passed([merge])
    merged = sums.hold(merge.folder / "run", [recipe.left_by(number) for number in numbers])
    assert merged["totals"]["devices"] == DEVICES, merged["totals"]
    assert (merge.folder / "junit.xml").exists()
    print(f"{type(recipe).__name__}: {SHARDS} shards, and the merge has the sum of every count")


def loses(recipe, lost):
    """The machine of one shard is gone in the middle of the run, and with it what it would have left."""
    recipe.prepare()
    shards = {number: recipe.shard(number) for number in range(1, SHARDS + 1)}
    under_way(recipe.left_by(lost))
    shards[lost].kill()
    assert shards.pop(lost).status() != 0
    passed(shards.values())
    merge = recipe.merge(without=[lost])
    names_the_missing(merge, merge.folder / "run", [lost])
    sums.hold(merge.folder / "run", [recipe.left_by(number) for number in shards])
    print(f"{type(recipe).__name__}: shard {lost} lost, and the merge names it")


def main():
    deskbell, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    with Server(deskbell) as server:
        adds_up(GitLab(deskbell, server, folder / "gitlab"))
        adds_up(GitHub(deskbell, server, folder / "github"))
        loses(GitLab(deskbell, server, folder / "lost"), lost=3)


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"error: {error}")
