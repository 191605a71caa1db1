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
    validate = import_module("kubernetes_validate").validate
    for name in OVERLAYS:
        for version in VERSIONS:
            own = [each for each in overlay(name).resources if kind_of(each) not in CUSTOM]
            for resource in own:
                validate(resource, version, strict=True)
            custom = [each for each in overlay(name).resources if kind_of(each) in CUSTOM]
            for resource in custom:
                check_custom(kind_of(resource), resource["spec"])
            sys.stdout.write(
                f"{name}: {len(own)} resources valid for Kubernetes {version}, "
                f"{len(custom)} custom resources as documented\n"
            )


if __name__ == "__main__":
    main()
