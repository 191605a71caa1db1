"""The manifests of Kubernetes that follow from the list of services: `make render`.

What is the same however many services there are is written by hand beside them, in deploy/k8s.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from contracts import subjects
from deploy import pods
from deploy.render import secrets_of
from deploy.services import ROOT, Service, services

type Json = dict[str, Any]

MARK = "# Written by `make render`, mostly from services/*/pyproject.toml: change it there.\n"
VOLUME_SIZE = "10Gi"
MONITOR = "nats-headless.yaa.svc.cluster.local:8222"
LAG_PER_POD = 4
"""Of steps: `YAA_WORKERS` of them at work, and as many that wait. More call for another pod."""
MOST_PODS = 10
PROVISION = "provision"
PROVISION_NEEDS = ("nats", "postgres")
PROVISION_SECRETS = ("provision.nk", "yaa_database_url", "yaa_admin_key")
"""Besides the address of the database that each service has of its own."""


def manifests(root: Path = ROOT) -> dict[Path, str]:
    """Return what each rendered file holds, by its path from `deploy`."""
    found = services(root)
    base = Path("k8s/base/services")
    return {
        base / "kustomization.yaml": _text([_kustomization(found)]),
        base / f"{PROVISION}.yaml": _text([_provision(found)]),
        **{base / f"{each.name}.yaml": _text(_resources(each)) for each in found},
        Path("k8s/components/autoscaling/agents.yaml"): _text(_scaled(found)),
        Path("k8s/components/monitoring/rules.yaml"): _text([_rules(root)]),
        Path("k8s/secrets.yaml"): _text([_secrets(found)]),
    }


def write(root: Path = ROOT) -> None:
    """Write them, and remove those of services that are no more."""
    texts = {root / "deploy" / path: text for path, text in manifests(root).items()}
    for file in (root / "deploy/k8s/base/services").glob("*.yaml"):
        if file not in texts:
            file.unlink()
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as it is read."""


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)


def _text(resources: Iterable[Json]) -> str:
    return MARK + yaml.dump_all(resources, Dumper=_Dumper, sort_keys=False, width=100)


def _kustomization(found: Iterable[Service]) -> Json:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"{name}.yaml" for name in (PROVISION, *(each.name for each in found))],
    }


def _resources(service: Service) -> Iterator[Json]:
    yield _deployment(service)
    yield _named("policy/v1", "PodDisruptionBudget", service.name) | {
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": pods.labels_of(service.name)},
        }
    }
    if service.is_public:
        port = {"name": "http", "port": service.port, "targetPort": "http"}
        selector = pods.labels_of(service.name)
        yield _named("v1", "Service", service.name) | {
            "spec": {"selector": selector, "ports": [port]}
        }
    if service.volume:
        yield _named("v1", "PersistentVolumeClaim", service.volume) | {
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": VOLUME_SIZE}},
            }
        }


def _named(version: str, kind: str, name: str) -> Json:
    metadata = {"name": name, "labels": pods.labels_of(name)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _deployment(service: Service) -> Json:
    """Without `replicas`: how many there are an overlay says, or what scales them."""
    rolls = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    return _named("apps/v1", "Deployment", service.name) | {
        "spec": {
            "revisionHistoryLimit": 3,
            # a volume is mounted on one node, by one pod
            "strategy": {"type": "Recreate"} if service.volume else rolls,
            "selector": {"matchLabels": pods.labels_of(service.name)},
            "template": pods.template(service.name, service.peers, _spec(service)),
        }
    }


def _spec(service: Service) -> Json:
    stop = {"preStop": {"sleep": {"seconds": pods.HANDOVER_S}}}
    environment = [{"name": "YAA_HEALTH_PORT", "value": str(service.port)}]
    public = {"env": environment, "lifecycle": stop} if service.is_public else {}
    return {
        "terminationGracePeriodSeconds": pods.GRACE_S,
        "topologySpreadConstraints": pods.spread(service.name),
        "containers": [
            pods.container(service.name, service.image, service.command)
            | public
            | {
                "ports": [{"name": pods.port_of(service), "containerPort": service.port}],
                **pods.probes(pods.port_of(service)),
                "resources": pods.resources(service.memory, service.cpu),
                "volumeMounts": pods.mounts(service.volume),
            }
        ],
        "volumes": pods.volumes(secrets_of(service), service.volume),
    }


def _provision(found: Iterable[Service]) -> Json:
    """Return the job that makes tables, streams and a key; it may be run again and again."""
    container = pods.container(PROVISION, "ops", ("yaa", PROVISION)) | {
        "resources": pods.resources("256Mi", "1"),
        "volumeMounts": pods.mounts(""),
    }
    spec = {
        "restartPolicy": "OnFailure",
        "containers": [container],
        "volumes": pods.volumes({name: name for name in _provision_secrets(found)}, ""),
    }
    return _named("batch/v1", "Job", PROVISION) | {
        "spec": {
            # both servers may still be starting
            "backoffLimit": 20,
            "activeDeadlineSeconds": 900,
            "ttlSecondsAfterFinished": 600,
            "template": pods.template(PROVISION, PROVISION_NEEDS, spec),
        }
    }


def _provision_secrets(found: Iterable[Service]) -> list[str]:
    given = {name for service in found for name in secrets_of(service)}
    return sorted({*PROVISION_SECRETS, *(name for name in given if name.endswith("_database_url"))})


def _scaled(found: Iterable[Service]) -> Iterator[Json]:
    """Agents with work to do become more; one with a volume stays one."""
    for agent in found:
        if agent.is_agent and not agent.volume:
            yield _named("keda.sh/v1alpha1", "ScaledObject", agent.name) | {
                "spec": {
                    "scaleTargetRef": {"name": agent.name},
                    "minReplicaCount": 1,
                    "maxReplicaCount": MOST_PODS,
                    "pollingInterval": 10,
                    "triggers": [_trigger(agent.name)],
                }
            }


def _trigger(agent: str) -> Json:
    return {
        "type": "nats-jetstream",
        "metadata": {
            "natsServerMonitoringEndpoint": MONITOR,
            "account": subjects.ACCOUNT,
            "stream": subjects.RUNS,
            "consumer": subjects.durable_of(agent),
            "lagThreshold": str(LAG_PER_POD),
        },
    }


def _rules(root: Path) -> Json:
    """Return the alerts of Prometheus for its operator."""
    files = sorted((root / "deploy/observability/prometheus/rules").glob("*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    return _named("monitoring.coreos.com/v1", "PrometheusRule", "yaa") | {
        "spec": {"groups": groups}
    }


def _secrets(found: Iterable[Service]) -> Json:
    """Each file of deploy/secrets in a Secret of its own, so that a pod is given no other's."""
    given = {name for service in found for name in secrets_of(service)}
    files = {*given, *_provision_secrets(found), "postgres_password"}
    each = [{"name": pods.secret_of(file), "files": [file]} for file in sorted(files)]
    owner = {"type": "kubernetes.io/basic-auth", "envs": ["postgres-owner.env"]}
    # the chart of NATS mounts it, and knows it by this name alone
    accounts = {"name": "nats-accounts", "files": ["nats-accounts.conf"]}
    return {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "secretGenerator": [*each, {"name": "postgres-owner"} | owner],
        "configMapGenerator": [accounts | {"options": {"disableNameSuffixHash": True}}],
    }


if __name__ == "__main__":
    write()
