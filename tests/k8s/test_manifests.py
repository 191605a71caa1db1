"""What the schemas of Kubernetes do not see: that what is named is there."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import yaml

from agentkit.service import service_names
from deploy.manifests import manifests
from deploy.services import ROOT
from k8s.overlays import WORKLOADS, Overlay, Pod, matches, probes_of, secret_files
from yaa.secrets import make_secrets

FACTCHECKER = """
[project]
name = "yaa-factchecker"

[project.entry-points."yaa.agents"]
factchecker = "factchecker.handler:agent"
"""


def test_what_is_rendered_from_the_services_is_current() -> None:
    for path, text in manifests().items():
        there = (ROOT / "deploy" / path).read_text()
        assert there == text, f"deploy/{path} is stale: run `make render`"
    rendered_files = {path.name for path in manifests() if path.parent.name == "services"}
    assert {path.name for path in ROOT.glob("deploy/k8s/base/services/*")} == rendered_files


def test_a_new_agent_is_deployed_and_scaled_without_another_file_being_touched(
    tmp_path: Path,
) -> None:
    project = tmp_path / "services/factchecker/pyproject.toml"
    project.parent.mkdir(parents=True)
    project.write_text(FACTCHECKER)

    texts = {path.name: text for path, text in manifests(tmp_path).items()}

    assert "factchecker.yaml" in texts["kustomization.yaml"]
    assert yaml.safe_load(texts["agents.yaml"])["spec"]["scaleTargetRef"]["name"] == "factchecker"
    assert "factchecker.nk" in texts["secrets.yaml"]
    kinds = [each["kind"] for each in yaml.safe_load_all(texts["factchecker.yaml"])]
    assert kinds == ["Deployment", "PodDisruptionBudget"]


def test_every_service_is_a_deployment(rendered: Overlay) -> None:
    assert set(service_names()) <= rendered.of("Deployment").keys()
    assert rendered.of("Job").keys() == {"provision"}


def test_a_selector_finds_its_own_pods_and_no_others(rendered: Overlay) -> None:
    selectors = {
        (kind, name): each["spec"]["selector"]
        for kind in (*WORKLOADS, "Service", "PodDisruptionBudget")
        for name, each in rendered.of(kind).items()
        if "selector" in each["spec"]
    }
    assert selectors
    for (kind, name), selector in selectors.items():
        found = [pod.name for pod in rendered.pods.values() if matches(selector, pod.labels)]
        assert found == [name.removesuffix("-headless")], (kind, name)
    for pod in rendered.pods.values():
        for spread in pod.spec.get("topologySpreadConstraints", []):
            assert matches(spread["labelSelector"], pod.labels)


def test_ports_have_names_and_those_that_are_named_are_there(rendered: Overlay) -> None:
    for name, service in rendered.of("Service").items():
        ports = rendered.pods[name.removesuffix("-headless")].ports
        for port in service["spec"]["ports"]:
            assert ports[port["targetPort"]] == port["port"], (name, port)
    for pod in rendered.pods.values():
        for probe in probes_of(pod):
            if "httpGet" in probe:
                assert probe["httpGet"]["port"] in pod.ports, pod.name


def test_every_secret_and_setting_that_is_named_is_generated(rendered: Overlay) -> None:
    there = {
        "secret": rendered.of("Secret").keys(),
        "configMap": rendered.of("ConfigMap").keys(),
        "persistentVolumeClaim": rendered.of("PersistentVolumeClaim").keys(),
    }
    for pod in rendered.pods.values():
        for kind, name in named_by(pod):
            assert name in there[kind], f"{pod.name} names {kind} {name}"


def named_by(pod: Pod) -> Iterator[tuple[str, str]]:
    for source in pod.container.get("envFrom", []):
        yield "configMap", source["configMapRef"]["name"]
    for volume in pod.spec.get("volumes", []):
        if claim := volume.get("persistentVolumeClaim"):
            yield "persistentVolumeClaim", claim["claimName"]
        for source in volume.get("projected", {}).get("sources", []):
            for kind in source:
                yield kind, source[kind]["name"]


def test_what_is_mounted_is_a_volume_of_the_pod(rendered: Overlay) -> None:
    claims = {
        name: [claim["metadata"]["name"] for claim in each["spec"].get("volumeClaimTemplates", [])]
        for name, each in rendered.of("StatefulSet").items()
    }
    for pod in rendered.pods.values():
        volumes = [volume["name"] for volume in pod.spec["volumes"]] + claims.get(pod.name, [])
        mounts = [mount["name"] for mount in pod.container["volumeMounts"]]
        assert sorted(mounts) == sorted(volumes), pod.name


def test_every_file_that_is_read_is_made(tmp_path: Path) -> None:
    make_secrets(tmp_path, "postgres")

    by_makefile = {"postgres-owner.env"}
    assert {*secret_files()} - by_makefile <= {file.name for file in tmp_path.iterdir()}


def test_no_secret_is_in_the_repository() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "deploy/secrets"],  # noqa: S607 -- git of whoever runs the tests
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert tracked == ""


def test_what_changes_rolls_the_pods_that_read_it(rendered: Overlay) -> None:
    plain = {*rendered.of("Secret", "ConfigMap")} - {
        name for name in rendered.of("Secret", "ConfigMap") if len(name.rpartition("-")[2]) == 10
    }

    assert plain == {"nats-accounts"}, (
        "a name without a hash: pods keep what they were started with"
    )


def test_everything_is_in_one_namespace(rendered: Overlay) -> None:
    for resource in rendered.resources:
        if resource["kind"] != "Namespace":
            assert resource["metadata"]["namespace"] == "yaa", resource["metadata"]["name"]
