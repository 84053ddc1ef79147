#!/usr/bin/env python3
"""Plays the pods of deploy/kubernetes as plain processes: takes each Job as Kustomize builds it, fills in
the environment of its container as Kubernetes would, and runs its command for every index, then that
of the merge. A second run loses one pod and never starts another, and its merge has to say which.

    python tests/shards/pods.py target/release/deskbell FOLDER

This is no cluster: nothing is scheduled, bounded or isolated, and the paths of volumes are mapped to
folders by their names. Exits with 1 and says why where a status or a sum is another one.
"""

import base64
import datetime
import re
import shutil
import subprocess
import sys
from pathlib import Path

import sums
import yaml
from processes import Process, Server, names_the_missing, passed, under_way

SHIPPED = Path(__file__).parents[2] / "deploy/kubernetes"
VARIABLE = re.compile(r"\$(\$|\(([^)]*)\))")
SHARDS, DEVICES = 4, 160
# From the rendering to the start; enough for four processes that begin on a busy machine.
LEAD = datetime.timedelta(seconds=15)

OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../base]
configMapGenerator:
  - { name: deskbell-run, behavior: merge, envs: [run.env] }
  - { name: deskbell-files, behavior: merge, files: [profile.yaml] }
secretGenerator:
  - { name: deskbell-token, files: [token] }
"""
PROFILE = """\
target: {target}
caps: {{ devices: {devices} }}
load: {{ devices: {devices}, ramp_up: 1s, duration: 3s, rate: 16/s }}
"""


def expanded(text, variables):
    """`$(NAME)` is the variable's value where there is one, and itself where there is none; `$$` is `$`."""
    def value(of):
        return "$" if of[1] == "$" else variables.get(of[2], of[0])
    return VARIABLE.sub(value, text)


class Cluster:
    """What `kubectl apply -k` would hand to a cluster, and the volumes of its pods as folders."""

    def __init__(self, deskbell, server, folder):
        self.deskbell, self.folder = deskbell, folder
        shutil.copytree(SHIPPED, folder / "kubernetes")
        overlay = folder / "kubernetes/overlays/test"
        overlay.mkdir()
        start = datetime.datetime.now(datetime.UTC) + LEAD
        run = f"DESKBELL_RUN=of-a-test\nDESKBELL_START_AT={start:%Y-%m-%dT%H:%M:%SZ}\n"
        (overlay / "kustomization.yaml").write_text(OVERLAY)
        (overlay / "run.env").write_text(run)
        (overlay / "profile.yaml").write_text(PROFILE.format(target=server.target, devices=DEVICES))
        (overlay / "token").write_text(server.token)
        built = subprocess.run(["kubectl", "kustomize", overlay], check=True, capture_output=True, text=True)
        self.known = {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(built.stdout)}

    def job(self, name):
        return self.known["Job", name]["spec"]

    def volume(self, volume):
        """The folder of a volume: a claim's is shared by all pods, a ConfigMap's holds its keys."""
        if "persistentVolumeClaim" in volume:
            folder = self.folder / volume["persistentVolumeClaim"]["claimName"]
            folder.mkdir(exist_ok=True)
        else:
            folder = self.folder / volume["configMap"]["name"]
            # Written once: another pod may be reading it.
            if not folder.exists():
                folder.mkdir()
                for key, text in self.known["ConfigMap", volume["configMap"]["name"]]["data"].items():
                    (folder / key).write_text(text)
        return folder

    def environment(self, container, index):
        variables = {}
        for source in container.get("envFrom", []):
            variables |= self.known["ConfigMap", source["configMapRef"]["name"]]["data"]
        for one in container.get("env", []):
            secret = one["valueFrom"]["secretKeyRef"]
            held = self.known["Secret", secret["name"]]["data"][secret["key"]]
            variables[one["name"]] = base64.b64decode(held).decode()
        return variables if index is None else variables | {"JOB_COMPLETION_INDEX": str(index)}

    def pod(self, job, index=None):
        """The process of a pod of a Job. The image's own folder is empty, and has to stay so."""
        spec = self.job(job)["template"]["spec"]
        (container,) = spec["containers"]
        variables = self.environment(container, index)
        arguments = [expanded(argument, variables) for argument in container["args"]]
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for mount in container["volumeMounts"]:
            folder = self.volume(volumes[mount["name"]])
            inside = re.compile(rf"(^|=){mount['mountPath']}/")
            arguments = [inside.sub(rf"\g<1>{folder}/", argument) for argument in arguments]
        name = job if index is None else f"{job}-{index}"
        return Process([self.deskbell, *arguments], variables, self.folder / "pods" / name)

    def run_folder(self, name):
        return self.folder / "deskbell-runs/of-a-test" / str(name)

    def start_shards(self, indices):
        assert self.job("deskbell-shards")["completions"] == SHARDS
        assert self.job("deskbell-merge")["suspend"], "the merge would not wait"
        return {index: self.pod("deskbell-shards", index).start() for index in indices}

    def added_up(self, indices):
        """The merged run, whose every count has to be the sum of those shards'."""
        return sums.hold(self.run_folder("merged"), [self.run_folder(f"index-{index}") for index in indices])

    def wrote_elsewhere(self):
        return list(self.folder.glob("pods/*/*"))


def adds_up(cluster):
    indices = range(SHARDS)
    passed(cluster.start_shards(indices).values())
    merge = cluster.pod("deskbell-merge").start()
    passed([merge])
    totals = cluster.added_up(indices)["totals"]
    assert totals["devices"] == DEVICES, totals
    assert not cluster.wrote_elsewhere(), cluster.wrote_elsewhere()
    print(f"{SHARDS} pods, and the merge has the sum of every count")


def loses(cluster, killed, never):
    """One pod is gone in the middle of the run, and what it wrote stays on the volume; one finds no node."""
    pods = cluster.start_shards(set(range(SHARDS)) - {never})
    under_way(cluster.run_folder(f"index-{killed}"))
    lost = pods.pop(killed)
    lost.kill()
    assert lost.status() != 0
    passed(pods.values())
    merge = cluster.pod("deskbell-merge").start()
    names_the_missing(merge, cluster.run_folder("merged"), [killed + 1, never + 1])
    cluster.added_up(pods)
    print(f"pods {killed} and {never} lost, and the merge names shards {killed + 1} and {never + 1}")


def main():
    deskbell, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    with Server(deskbell) as server:
        adds_up(Cluster(deskbell, server, folder / "whole"))
        loses(Cluster(deskbell, server, folder / "lost"), killed=2, never=1)


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"error: {error}")
