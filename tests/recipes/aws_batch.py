#!/usr/bin/env python3
"""Holds job definitions of AWS Batch to the service's own model, and to what this project asks of them;
then plants nonsense in them, and sees each of it refused.

    python tests/recipes/aws_batch.py DEFINITION.json...

The model is that which the AWS command line checks its input by. It is asked for no account, so whether
roles, images, secrets and file systems exist is not checked. Exits with 1 and says what is wrong.
"""

import copy
import json
import sys
from pathlib import Path

import botocore.session
from botocore.validate import ParamValidator

BATCH = botocore.session.Session().get_service_model("batch")
INPUT = BATCH.operation_model("RegisterJobDefinition").input_shape


def unknown_words(value, shape, path=""):
    """Texts that are none of those that the model lists, which its own check lets pass."""
    if shape.type_name == "structure":
        for key, of in value.items():
            yield from unknown_words(of, shape.members[key], f"{path}.{key}")
    elif shape.type_name == "list":
        for nth, of in enumerate(value):
            yield from unknown_words(of, shape.member, f"{path}[{nth}]")
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


def rules(definition):
    """No retries, no token in a file, nobody's user, and every mount a volume."""
    container = definition["containerProperties"]
    if definition.get("retryStrategy") != {"attempts": 1}:
        yield "retryStrategy: a shard may be tried twice"
    if "timeout" not in definition:
        yield "timeout: none"
    if any("TOKEN" in one["name"] for one in container.get("environment", [])):
        yield "environment: an access token in a file"
    if container.get("user", "0").split(":")[0] in {"0", "root"} or not container.get("readonlyRootFilesystem"):
        yield "user: may be root, or write to its image"
    volumes = {volume["name"] for volume in container.get("volumes", [])}
    if {mount["sourceVolume"] for mount in container.get("mountPoints", [])} != volumes:
        yield "mountPoints: not the volumes"


def mistakes(definition):
    report = ParamValidator().validate(definition, INPUT)
    if report.has_errors():
        return [report.generate_report()]
    return [*unknown_words(definition, INPUT), *rules(definition)]


CONTAINER = "containerProperties"
NONSENSE = [
    (("retryStrategie",), {"attempts": 1}),
    (("retryStrategy", "attempts"), "1"),
    (("retryStrategy", "attempts"), 3),
    (("type",), "containers"),
    (("platformCapabilities", 0), "FARGAT"),
    ((CONTAINER, "comand"), []),
    ((CONTAINER, "command"), "deskbell"),
    ((CONTAINER, "environment"), [{"name": "DESKBELL_TOKEN", "value": "of-a-test"}]),
    ((CONTAINER, "resourceRequirements", 0, "type"), "CPU"),
    ((CONTAINER, "resourceRequirements", 0, "value"), 2),
    ((CONTAINER, "mountPoints", 0, "sourceVolume"), "run"),
    ((CONTAINER, "user"), "root"),
]


def planted(definition, path, value):
    changed = copy.deepcopy(definition)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def main():
    for path in map(Path, sys.argv[1:]):
        definition = json.loads(path.read_text(encoding="utf-8"))
        found = mistakes(definition)
        assert not found, f"{path}: {found}"
        let_pass = [of for of in NONSENSE if not mistakes(planted(definition, *of))]
        assert not let_pass, f"{path}: nonsense that passes: {let_pass}"
        print(f"{path}: as the service's model has it; {len(NONSENSE)} mistakes are found")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"error: {error}")
