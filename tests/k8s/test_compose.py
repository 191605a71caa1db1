"""Kubernetes runs what compose runs: the same images, told the same things."""

import re
from typing import Any

import pytest
import yaml

from deploy.services import ROOT, services
from k8s.overlays import Overlay, Pod

OURS = (*(service.name for service in services()), "provision", "simulator")
SERVERS = ("nats", "postgres")
COMPOSE_ALONE = {"room", "ops"}
"""One gives the broker its volume, as fsGroup does there; the other is a person's."""
OWN = {"PGDATA", "YAA_NATS_ROOM"}
"""A volume there holds a folder lost+found, which PostgreSQL does not want, and has a size."""

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> Json:
    """Return the services of compose as they are when nothing is set."""
    text = (ROOT / "compose.yaml").read_text()
    by_default = re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)
    found: Json = yaml.safe_load(by_default)["services"]
    return found


def environment_of(overlaid: Overlay, pod: Pod) -> dict[str, str]:
    told: dict[str, str] = {}
    for source in pod.container.get("envFrom", []):
        told |= overlaid.of("ConfigMap")[source["configMapRef"]["name"]]["data"]
    return told | {each["name"]: each["value"] for each in pod.container.get("env", [])}


def secrets_of(pod: Pod) -> dict[str, str]:
    """Return the files of deploy/secrets by the names they have in the container."""
    return {
        item["path"]: item["key"]
        for volume in pod.spec["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
        for item in source.get("secret", {}).get("items", [])
    }


def secrets_in_compose(service: Json) -> dict[str, str]:
    said = service.get("secrets", [])
    pairs = [(each, each) if isinstance(each, str) else each.values() for each in said]
    return {file: name for name, file in pairs}


def test_both_run_the_same(dev: Overlay, compose: Json) -> None:
    assert dev.pods.keys() == compose.keys() - COMPOSE_ALONE


@pytest.mark.parametrize("name", [*OURS, *SERVERS])
def test_images_and_commands_are_those_of_compose(dev: Overlay, compose: Json, name: str) -> None:
    container = dev.pods[name].container

    assert container["image"] == compose[name]["image"]
    assert container.get("args") == compose[name].get("command")
    assert "command" not in container, "the entry point of the image is kept"


@pytest.mark.parametrize("name", [*OURS, *SERVERS])
def test_settings_are_those_of_compose(dev: Overlay, compose: Json, name: str) -> None:
    told = environment_of(dev, dev.pods[name])

    theirs = compose[name].get("environment", {})
    assert without_own(told) == without_own(theirs)


def without_own(told: dict[str, str]) -> dict[str, str]:
    return {key: told[key] for key in told.keys() - OWN}


@pytest.mark.parametrize("name", [*OURS, *SERVERS])
def test_secrets_are_those_of_compose(dev: Overlay, compose: Json, name: str) -> None:
    assert secrets_of(dev.pods[name]) == secrets_in_compose(compose[name])


@pytest.mark.parametrize("name", [*OURS, *SERVERS])
def test_limits_are_those_of_compose(dev: Overlay, compose: Json, name: str) -> None:
    limits = dev.pods[name].container["resources"]["limits"]
    theirs = compose[name]["deploy"]["resources"]["limits"]

    assert limits["cpu"] == theirs["cpus"]
    assert mebibytes(limits["memory"]) == mebibytes(theirs["memory"] + "i")


def mebibytes(text: str) -> int:
    return int(text[:-2]) * {"Mi": 1, "Gi": 1024}[text[-2:]]
