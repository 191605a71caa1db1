"""Check what is rendered against schemas: `python -m k8s.schemas`, for Kubernetes' own kinds.

Those schemas are large, so that only `make k8s-validate` installs them. Custom resources are held
against what this folder says of them, here as in the tests.
"""

import sys
from importlib import import_module
from pathlib import Path

import jsonschema
import yaml

from k8s.overlays import OVERLAYS, Json, overlay

VERSIONS = ("1.32", "1.37")
CUSTOM: Json = yaml.safe_load((Path(__file__).parent / "custom_resources.yaml").read_text())


def kind_of(resource: Json) -> str:
    return f"{resource['apiVersion']}/{resource['kind']}"


def check_custom(kind: str, told: Json) -> None:
    """Hold the specification of a custom resource, or the values of a chart, against `CUSTOM`.

    Raises:
        jsonschema.ValidationError: it has a field that it may not have, or lacks one.
    """
    schema = CUSTOM[kind] | {"$defs": CUSTOM["$defs"]}
    jsonschema.Draft202012Validator(schema).validate(told)


def main() -> None:
    """Check every overlay; an unknown kind is a fault."""
    for name in OVERLAYS:
        for version in VERSIONS:
            custom = [kind_of(each) in CUSTOM for each in overlay(name).resources]
            for resource in overlay(name).resources:
                if fault := _fault(resource, version):
                    kind, called = resource["kind"], resource["metadata"]["name"]
                    sys.exit(f"{name}: {kind} {called} is not valid for {version}: {fault}")
            sys.stdout.write(
                f"{name}: {len(custom) - sum(custom)} resources valid for Kubernetes {version}, "
                f"{sum(custom)} custom resources as documented\n"
            )


def _fault(resource: Json, version: str) -> str:
    checker = import_module("kubernetes_validate")
    try:
        if kind_of(resource) in CUSTOM:
            check_custom(kind_of(resource), resource["spec"])
        else:
            checker.validate(resource, version, strict=True)
    except jsonschema.ValidationError as error:
        return f"{error.message} (at {error.json_path})"
    except checker.SchemaNotFoundError as error:
        return str(error.message)
    return ""


if __name__ == "__main__":
    main()
