#!/usr/bin/env python3
"""Holds Kustomize folders and manifests to the schemas of Kubernetes' API, strictly, and to what no
schema says; then plants nonsense in them, and sees each of it refused.

    python tests/recipes/kubernetes.py FOLDER_OR_MANIFEST...

Folders are built by `kubectl kustomize`, which needs no cluster. Nothing here asks one, so what only an
API server or a scheduler knows is not checked. Exits with 1 and says what is wrong, and where.
"""

import copy
import re
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import yaml

# The oldest release that has every field by default, the one that calls them stable, and the newest.
RELEASES = ["1.29", "1.34", "1.37"]

# The schemas call these texts, and take any; the server takes one of these.
WORDS = {
    "restartPolicy": {"Never", "OnFailure", "Always"},
    "completionMode": {"Indexed", "NonIndexed"},
    "podReplacementPolicy": {"Failed", "TerminatingOrFailed"},
    "whenUnsatisfiable": {"DoNotSchedule", "ScheduleAnyway"},
    "nodeTaintsPolicy": {"Honor", "Ignore"},
    "accessModes": {"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"},
    "fsGroupChangePolicy": {"OnRootMismatch", "Always"},
    "seccompProfile.type": {"RuntimeDefault", "Localhost", "Unconfined"},
}
QUANTITIES = {"requests", "limits"}
QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?")
NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?")
VARIABLE = re.compile(r"(?<!\$)\$\(([^)]*)\)")
OF_AN_INDEX = "JOB_COMPLETION_INDEX"


class Strict(yaml.SafeLoader):
    """Refuses a key that stands twice in a table, of which PyYAML keeps the last."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not twice, f"{node.start_mark}: {sorted(twice)} twice"
        return super().construct_mapping(node, deep)


def rendered(source):
    """The documents of a manifest, or of what Kustomize builds of a folder."""
    if source.is_dir():
        built = subprocess.run(["kubectl", "kustomize", source], capture_output=True, text=True)
        assert built.returncode == 0, f"{source}: {built.stderr.strip()}"
        assert not built.stderr, f"{source}: {built.stderr.strip()}"
        text = built.stdout
    else:
        text = source.read_text(encoding="utf-8")
    return [document for document in yaml.load_all(text, Loader=Strict) if document]


def leaves(value, path=()):
    """Every value that is no table and no list, with the way to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, of in inner:
        yield from leaves(of, (*path, key))
    if not isinstance(value, (dict, list)):
        yield path, value


def by_schema(document):
    for release in RELEASES:
        try:
            kubernetes_validate.validate(document, release, strict=True)
        except kubernetes_validate.ValidationError as error:
            where = ".".join(map(str, error.path))
            yield f"{where}: {error.message} (Kubernetes {release})"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield error.message


def by_words(document):
    """What the schemas let pass: nothing where a value belongs, words and quantities that do not exist."""
    for path, value in leaves(document):
        where = ".".join(map(str, path))
        names = [key for key in path if isinstance(key, str)]
        words = WORDS.get(names[-1]) or WORDS.get(".".join(names[-2:]))
        if value is None:
            yield f"{where}: no value"
        elif words and value not in words:
            yield f"{where}: {value!r} is none of {sorted(words)}"
        elif names[-2:-1] and names[-2] in QUANTITIES and not QUANTITY.fullmatch(str(value)):
            yield f"{where}: {value!r} is no quantity"
    if not NAME.fullmatch(str(document.get("metadata", {}).get("name"))):
        yield f"metadata.name: {document.get('metadata')}"


def pod_of(document):
    """The labels and the spec of the pods that a document makes, if it makes any."""
    template = document if document["kind"] == "Pod" else document.get("spec", {}).get("template", {})
    return template.get("metadata", {}).get("labels", {}), template.get("spec")


def variables_of(container, maps):
    """The names and, where they are known here, the values of a container's environment."""
    known = {}
    for source in container.get("envFrom", []):
        known |= maps.get(source["configMapRef"]["name"], {})
    return known | {one["name"]: one.get("value") for one in container.get("env", [])}


def by_reference(document, maps, claims):
    """Names that lead nowhere: of maps, claims, volumes, labels and variables."""
    labels, pod = pod_of(document)
    if pod is None:
        return
    for volume in pod.get("volumes", []):
        if "configMap" in volume and volume["configMap"]["name"] not in maps:
            yield f"volume {volume['name']}: no such ConfigMap"
        if "persistentVolumeClaim" in volume and volume["persistentVolumeClaim"]["claimName"] not in claims:
            yield f"volume {volume['name']}: no such claim"
    for constraint in pod.get("topologySpreadConstraints", []):
        if not constraint["labelSelector"]["matchLabels"].items() <= labels.items():
            yield "topologySpreadConstraints: selects other pods than its own"
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    for container in pod["containers"]:
        for source in container.get("envFrom", []):
            if source["configMapRef"]["name"] not in maps:
                yield f"envFrom: no ConfigMap {source['configMapRef']['name']}"
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in volumes:
                yield f"volumeMounts: no volume {mount['name']}"
        known = set(variables_of(container, maps))
        if document.get("spec", {}).get("completionMode") == "Indexed":
            known.add(OF_AN_INDEX)
        for name in VARIABLE.findall(" ".join(container.get("args", []))):
            if name not in known:
                yield f"args: no variable {name}"


def by_security(document):
    """What the Pod Security Standard `restricted` asks for, and that no token stands in a file."""
    _, pod = pod_of(document)
    if pod is None:
        return
    of_pod = pod.get("securityContext", {})
    if of_pod.get("runAsNonRoot") is not True or of_pod.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "securityContext: may be root, or call what it likes"
    for container in pod["containers"]:
        context = container.get("securityContext", {})
        bounds = context.get("allowPrivilegeEscalation"), context.get("readOnlyRootFilesystem")
        if bounds[0] is not False or bounds[1] is not True:
            yield "containers.securityContext: may gain rights, or write to its image"
        if context.get("capabilities") != {"drop": ["ALL"]}:
            yield "containers.securityContext: keeps capabilities"
        if any("value" in one and one["name"] == "DESKBELL_TOKEN" for one in container.get("env", [])):
            yield "env: an access token in a file"


def by_shards(documents, maps):
    """One count for all who need it, and no shard that is tried twice."""
    jobs = {one["metadata"]["name"]: one for one in documents if one["kind"] == "Job"}
    if "deskbell-shards" not in jobs:
        return
    shards, merge = jobs["deskbell-shards"]["spec"], jobs["deskbell-merge"]["spec"]
    if shards.get("backoffLimitPerIndex") != 0 or shards.get("podReplacementPolicy") != "Failed":
        yield "a shard may be tried twice"
    if any(job["template"]["spec"]["restartPolicy"] != "Never" for job in (shards, merge)):
        yield "restartPolicy: a container may be started twice"
    container = merge["template"]["spec"]["containers"][0]
    folders = [one for one in container["args"] if one.startswith("/runs/")]
    wanted = [f"/runs/$(DESKBELL_RUN)/index-{index}" for index in range(shards["completions"])]
    count = variables_of(container, maps).get("DESKBELL_SHARD_COUNT")
    if folders != wanted or count != str(len(wanted)) or shards["parallelism"] != len(wanted):
        yield f"{len(wanted)} shards, {shards['parallelism']} at once, {count} expected, {len(folders)} folders"


def mistakes(documents, claims=frozenset()):
    """Everything that is wrong with documents that are applied together; `claims` are there already."""
    maps = {one["metadata"]["name"]: one["data"] for one in documents if one["kind"] == "ConfigMap"}
    kind = "PersistentVolumeClaim"
    claims = claims | {one["metadata"]["name"] for one in documents if one["kind"] == kind}
    for one in documents:
        checks = [by_schema(one), by_words(one), by_reference(one, maps, claims), by_security(one)]
        for check in checks:
            yield from (f"{one['kind']} {one['metadata']['name']}: {mistake}" for mistake in check)
    yield from by_shards(documents, maps)


SHARDS, CLAIM = ("Job", "deskbell-shards"), ("PersistentVolumeClaim", "deskbell-runs")
POD = ("spec", "template", "spec")
CONTAINER = (*POD, "containers", 0)

# Nonsense: in which document, where, and what stands there then.
NONSENSE = [
    (SHARDS, ("apiVersion",), "batch/v2"),
    (SHARDS, ("spec", "backofLimitPerIndex"), 0),
    (SHARDS, ("spec", "backoffLimitPerIndex"), None),
    (SHARDS, ("spec", "backoffLimitPerIndex"), 1),
    (SHARDS, ("spec", "completions"), "4"),
    (SHARDS, ("spec", "completions"), 4.5),
    (SHARDS, ("spec", "parallelism"), 1),
    (SHARDS, ("spec", "completionMode"), "indexed"),
    (SHARDS, ("spec", "podReplacementPolicy"), "Never"),
    (SHARDS, (*POD, "restartPolicy"), "Nevr"),
    (SHARDS, (*POD, "restartPolicy"), "OnFailure"),
    (SHARDS, (*POD, "securityContext", "runAsUser"), "nobody"),
    (SHARDS, (*POD, "securityContext", "runAsNonRoot"), "true"),
    (SHARDS, (*POD, "automountServiceAccountToken"), "no"),
    (SHARDS, (*POD, "topologySpreadConstraints", 0, "maxSkew"), "1"),
    (SHARDS, (*POD, "volumes", 0, "persistentVolumeClaim", "claimName"), "runs"),
    (SHARDS, (*CONTAINER, "args", 1), 4),
    (SHARDS, (*CONTAINER, "args", 1), "$(DESKBELL_SCENE)"),
    (SHARDS, (*CONTAINER, "argz"), ["run"]),
    (SHARDS, (*CONTAINER, "env", 0, "value"), "of-a-test"),
    (SHARDS, (*CONTAINER, "env", 0, "valueFrom", "secretKeyRef", "nam"), "deskbell-token"),
    (SHARDS, (*CONTAINER, "envFrom", 0, "configMapRef", "name"), "deskbell"),
    (SHARDS, (*CONTAINER, "resources", "limits", "memory"), "1Gigabyte"),
    (SHARDS, (*CONTAINER, "securityContext", "allowPrivilegeEscalation"), True),
    (SHARDS, (*CONTAINER, "volumeMounts", 0, "name"), "run"),
    (CLAIM, ("spec", "accessModes", 0), "ReadWriteAll"),
    (CLAIM, ("spec", "accessModes"), "ReadWriteMany"),
    (CLAIM, ("spec", "resources", "requests", "storage"), True),
]


def planted(documents, which, path, value):
    changed = copy.deepcopy(documents)
    place = next(one for one in changed if (one["kind"], one["metadata"]["name"]) == which)
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def main():
    sources = [Path(argument) for argument in sys.argv[1:]]
    all_of = {source: rendered(source) for source in sources}
    claims = {CLAIM[1]}
    found = [f"{source}: {one}" for source, of in all_of.items() for one in mistakes(of, claims)]
    assert not found, "\n".join(found)
    for source in filter(Path.is_dir, sources):
        let_pass = [of for of in NONSENSE if not any(mistakes(planted(all_of[source], *of)))]
        assert not let_pass, f"{source}: nonsense that passes: {let_pass}"
    count = sum(map(len, all_of.values()))
    releases = ", ".join(RELEASES)
    print(f"{count} documents as Kubernetes {releases} have them; {len(NONSENSE)} mistakes are found")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"error: {error}")
