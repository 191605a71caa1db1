"""What every pod is given, and what it may do."""

from agentkit.http import all_ready, health_routes
from agentkit.service import service_names
from agentkit.settings import Settings
from deploy.render import secrets_of
from deploy.services import services
from k8s.overlays import Overlay, probes_of

CALLS_END_S = 8
"""How long a service that is stopped brings paid calls to an end: ARCHITECTURE.md."""
HEALTH = {route.path for route in health_routes(all_ready(()))}
BROKER = {"/healthz", "/healthz?js-server-only=true", "/healthz?js-enabled-only=true"}


def test_what_runs_for_ever_is_probed_where_it_answers(rendered: Overlay) -> None:
    for pod in rendered.pods.values():
        if pod.name in rendered.of("Job"):
            continue
        probes = list(probes_of(pod))
        assert len(probes) == 3, pod.name
        for probe in probes:
            path = probe.get("httpGet", {}).get("path")
            assert path is None or path in (BROKER if pod.name == "nats" else HEALTH), path


def test_a_service_is_given_its_own_secrets_and_no_others(rendered: Overlay) -> None:
    for service in services():
        sources = [
            source["secret"]
            for volume in rendered.pods[service.name].spec["volumes"]
            for source in volume.get("projected", {}).get("sources", [])
        ]
        given = {item["key"]: item["path"] for source in sources for item in source["items"]}
        assert given == secrets_of(service), service.name
        held = [set(rendered.of("Secret")[source["name"]]["data"]) for source in sources]
        assert held == [{item["key"] for item in source["items"]} for source in sources]


def test_every_image_has_a_version(rendered: Overlay) -> None:
    for pod in rendered.pods.values():
        _, _, tag = pod.container["image"].rpartition(":")
        assert tag not in {"", "latest"}, pod.container["image"]
    if rendered.name == "prod":
        assert "dev" not in {
            pod.container["image"].rpartition(":")[2] for pod in rendered.pods.values()
        }


def test_pods_pass_the_restricted_standard(rendered: Overlay) -> None:
    labels = rendered.of("Namespace")["yaa"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    for pod in rendered.pods.values():
        ours, its = pod.spec["securityContext"], pod.container["securityContext"]
        assert ours["runAsNonRoot"] is True, pod.name
        assert ours["runAsUser"] > 0
        assert ours["seccompProfile"] == {"type": "RuntimeDefault"}
        assert its["allowPrivilegeEscalation"] is False
        assert its["readOnlyRootFilesystem"] is True
        assert its["capabilities"] == {"drop": ["ALL"]}
        assert pod.spec["automountServiceAccountToken"] is False
        volumes = [set(volume) - {"name"} for volume in pod.spec["volumes"]]
        assert set().union(*volumes) <= {"emptyDir", "projected", "persistentVolumeClaim"}


def test_every_container_says_what_it_needs_and_what_it_may_use(rendered: Overlay) -> None:
    for pod in rendered.pods.values():
        resources = pod.container["resources"]
        assert resources["requests"].keys() == resources["limits"].keys() == {"cpu", "memory"}
        assert resources["requests"]["memory"] == resources["limits"]["memory"], pod.name
    for service in services():
        limits = rendered.pods[service.name].container["resources"]["limits"]
        assert limits == {"cpu": service.cpu, "memory": service.memory}


def test_a_pod_is_given_longer_to_stop_than_it_takes_to_drain(rendered: Overlay) -> None:
    for name in service_names():
        spec = rendered.pods[name].spec
        hook = rendered.pods[name].container.get("lifecycle", {}).get("preStop", {})
        before = hook.get("sleep", {"seconds": 0})["seconds"]
        drains = before + Settings().drain_timeout_s + CALLS_END_S
        assert spec["terminationGracePeriodSeconds"] > drains, name


def test_a_volume_has_one_pod(rendered: Overlay) -> None:
    scaled = {
        each["spec"]["scaleTargetRef"]["name"] for each in rendered.of("ScaledObject").values()
    }
    for service in services():
        deployment = rendered.of("Deployment")[service.name]["spec"]
        if service.volume:
            assert deployment["strategy"] == {"type": "Recreate"}
            assert deployment.get("replicas", 1) == 1
            assert service.name not in scaled
