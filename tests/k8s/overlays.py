"""The overlays of deploy/k8s as kustomize renders them, with secrets that nobody uses."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from deploy.services import ROOT

type Json = dict[str, Any]

OVERLAYS = ("dev", "prod")
WORKLOADS = ("Deployment", "StatefulSet", "Job")
SECRETS = "k8s/secrets.yaml"
"""Of deploy; `make k8s-secrets` puts it beside the secrets."""


class KubectlError(Exception):
    """There is no kubectl, or it cannot render what it is given."""


@dataclass(frozen=True)
class Pod:
    """What a workload makes pods of."""

    name: str
    labels: Mapping[str, str]
    spec: Json

    @property
    def container(self) -> Json:
        only: Json
        (only,) = self.spec["containers"]
        return only

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.container.get("ports", [])}


@dataclass(frozen=True)
class Overlay:
    name: str
    resources: tuple[Json, ...]

    def of(self, *kinds: str) -> dict[str, Json]:
        """Return the resources of some kinds by their names."""
        return {each["metadata"]["name"]: each for each in self.resources if each["kind"] in kinds}

    @property
    def pods(self) -> dict[str, Pod]:
        """Return the pods of every workload by its name."""
        return {
            name: Pod(name, template["metadata"]["labels"], template["spec"])
            for name, workload in self.of(*WORKLOADS).items()
            for template in [workload["spec"]["template"]]
        }

    def data_of(self, kind: str, name: str) -> dict[str, str]:
        """Return what a ConfigMap or Secret holds, whatever hash ends its name."""
        (found,) = [each for each in self.of(kind) if each.rpartition("-")[0] == name]
        data: dict[str, str] = self.of(kind)[found].get("data", {})
        return data


def kubectl() -> str:
    found = shutil.which("kubectl") or shutil.which(ROOT / ".tools/bin/kubectl")
    if found is None:
        raise KubectlError("there is no kubectl on this machine: run `make kubectl`")
    return found


def probes_of(pod: Pod) -> Iterator[Json]:
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        if name in pod.container:
            yield pod.container[name]


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    excluded = selector.get("matchExpressions", [])
    assert {each["operator"] for each in excluded} <= {"NotIn"}
    is_excluded = any(labels.get(each["key"]) in each["values"] for each in excluded)
    wanted = selector.get("matchLabels", {} if excluded else selector)
    return wanted.items() <= labels.items() and not is_excluded


@cache
def overlay(name: str) -> Overlay:
    """Render one overlay.

    Raises:
        KubectlError: it cannot be rendered.
    """
    with TemporaryDirectory() as folder:
        _copy_deploy(Path(folder))
        done = subprocess.run(  # noqa: S603 -- our own command
            [kubectl(), "kustomize", Path(folder) / "deploy/k8s/overlays" / name],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise KubectlError(f"{name} cannot be rendered: {done.stderr}")
    return Overlay(name, tuple(yaml.safe_load_all(done.stdout)))


def _copy_deploy(root: Path) -> None:
    """Copy what is rendered, and none of the real secrets."""
    deploy = root / "deploy"
    shutil.copytree(ROOT / "deploy", deploy, ignore=shutil.ignore_patterns("secrets"))
    (deploy / "secrets").mkdir()
    shutil.copy(deploy / SECRETS, deploy / "secrets/kustomization.yaml")
    for file in secret_files():
        (deploy / "secrets" / file).write_text("word=nobody's")


def secret_files() -> Iterator[str]:
    """Name the files that have to be in deploy/secrets."""
    document = yaml.safe_load((ROOT / "deploy" / SECRETS).read_text())
    for generator in (*document["secretGenerator"], *document["configMapGenerator"]):
        yield from generator.get("files", generator.get("envs"))
