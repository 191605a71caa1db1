"""What every pod of ours is like: who it runs as, what it may use, when it is well."""

from collections.abc import Iterable, Mapping
from typing import Any

from deploy.services import Service

type Json = dict[str, Any]

USER = 10001
"""As in the Dockerfile."""
GRACE_S = 45
"""Longer than a service drains (`YAA_DRAIN_TIMEOUT_S`) and brings its paid calls to an end."""
HANDOVER_S = 5
"""How long the gateway goes on after it was told to stop: requests are still sent to it."""
START_S = 300
"""How long a service may take to start: the projector first reads what it has missed."""
SCRATCH_SIZE = "2Gi"
_SECRETS, _DATA, _SCRATCH = "/run/secrets", "/data", "/tmp"  # noqa: S108 -- of the container


def labels_of(name: str) -> Json:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "yaa"}


def template(name: str, needs: Iterable[str], spec: Json) -> Json:
    """Return the template of a pod; `needs` says whom it may talk to."""
    labels = labels_of(name) | {f"needs.yaa/{need}": "true" for need in needs}
    common = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    return {"metadata": {"labels": labels}, "spec": common | spec}


def container(name: str, image: str, command: Iterable[str]) -> Json:
    return {
        "name": name,
        "image": f"yaa-{image}:dev",
        "imagePullPolicy": "IfNotPresent",
        "args": list(command),
        "envFrom": [{"configMapRef": {"name": "yaa"}}],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def resources(memory: str, cpu: str) -> Json:
    """Return what a container is sure of and what it may use: its memory, a tenth of a CPU."""
    return {"requests": {"cpu": "100m", "memory": memory}, "limits": {"cpu": cpu, "memory": memory}}


def probes(port: str) -> Json:
    """Return when a service has started, is alive, and can work; see agentkit/http.py."""

    def asks(path: str, **often: int) -> Json:
        return {"httpGet": {"path": path, "port": port}, "timeoutSeconds": 5} | often

    return {
        "startupProbe": asks("/health/live", periodSeconds=2, failureThreshold=START_S // 2),
        "livenessProbe": asks("/health/live", periodSeconds=10, failureThreshold=3),
        "readinessProbe": asks("/health/ready", periodSeconds=5, failureThreshold=2),
    }


def port_of(service: Service) -> str:
    return "http" if service.is_public else "health"


def spread(name: str) -> list[Json]:
    """Return over what the pods of a service are spread: machines, and places of machines."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels_of(name)},
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]


def mounts(volume: str) -> list[Json]:
    data = [{"name": "data", "mountPath": _DATA}] if volume else []
    return [
        {"name": "scratch", "mountPath": _SCRATCH},
        {"name": "secrets", "mountPath": _SECRETS, "readOnly": True},
        *data,
    ]


def volumes(secrets: Mapping[str, str], volume: str) -> list[Json]:
    """Return what is mounted: `secrets` by the names that their files have in the container."""
    sources = [_source(name, file) for name, file in secrets.items()]
    data = [{"name": "data", "persistentVolumeClaim": {"claimName": volume}}] if volume else []
    return [
        {"name": "scratch", "emptyDir": {"sizeLimit": SCRATCH_SIZE}},
        {"name": "secrets", "projected": {"defaultMode": 0o440, "sources": sources}},
        *data,
    ]


def secret_of(name: str) -> str:
    """Return the Secret that holds a file of deploy/secrets: `writer.nk` is in `writer-nk`."""
    return name.replace("_", "-").replace(".", "-")


def _source(name: str, file: str) -> Json:
    return {"secret": {"name": secret_of(name), "items": [{"key": name, "path": file}]}}
