"""How many pods there are, who may take some away, and who counts what they do."""

from agentkit.provision import durables
from agentkit.service import agent_names, service_names
from contracts import subjects
from k8s.overlays import Overlay, matches

MONITOR = "nats-headless.yaa.svc.cluster.local:8222"
"""As the chart names it, and the overlay dev too."""


def test_every_service_is_spread_and_may_lose_one_pod_at_a_time(rendered: Overlay) -> None:
    for name in service_names():
        budget = rendered.of("PodDisruptionBudget")[name]["spec"]
        spread = rendered.pods[name].spec["topologySpreadConstraints"]
        assert budget["maxUnavailable"] == 1
        assert {each["topologyKey"] for each in spread} == {
            "kubernetes.io/hostname",
            "topology.kubernetes.io/zone",
        }


def test_what_scales_has_a_target_that_says_no_number_itself(prod: Overlay) -> None:
    scalers = prod.of("ScaledObject") | prod.of("HorizontalPodAutoscaler")

    assert scalers.keys() == {"gateway", "media", "writer"}
    for scaler in scalers.values():
        target = prod.of("Deployment")[scaler["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"]


def test_the_broker_is_asked_at_a_port_that_it_has(dev: Overlay) -> None:
    name, _, port = MONITOR.partition(".yaa.svc.cluster.local:")
    ports = dev.of("Service")[name]["spec"]["ports"]

    assert {"name": "monitor", "port": int(port), "targetPort": "monitor"} in ports


def test_agents_are_scaled_by_the_consumers_that_are_provisioned(prod: Overlay) -> None:
    there = {(stream, each.durable_name) for stream, each in durables(agent_names())}
    for name, scaled in prod.of("ScaledObject").items():
        (trigger,) = scaled["spec"]["triggers"]
        said = trigger["metadata"]
        assert (said["stream"], said["consumer"]) in there
        assert said["consumer"] == subjects.durable_of(name)
        assert said["account"] == subjects.ACCOUNT
        assert said["natsServerMonitoringEndpoint"] == MONITOR


def test_prometheus_asks_every_service_once(prod: Overlay) -> None:
    (gateway,) = prod.of("ServiceMonitor").values()
    others = prod.of("PodMonitor")["services"]
    (endpoint,) = others["spec"]["podMetricsEndpoints"]
    (port,) = gateway["spec"]["endpoints"]

    asked = [
        name
        for name, service in prod.of("Service").items()
        if matches(gateway["spec"]["selector"], service["metadata"]["labels"])
        and port["port"] in {each["name"] for each in service["spec"]["ports"]}
    ]
    asked += [
        pod.name
        for pod in prod.pods.values()
        if matches(others["spec"]["selector"], pod.labels) and endpoint["port"] in pod.ports
    ]

    assert sorted(asked) == sorted(service_names())
    assert {port["path"], endpoint["path"]} == {"/metrics"}


def test_the_gateway_is_reached_through_its_ingress(prod: Overlay) -> None:
    (rule,) = prod.of("Ingress")["gateway"]["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    backend = path["backend"]["service"]

    ports = {port["name"] for port in prod.of("Service")[backend["name"]]["spec"]["ports"]}
    assert backend["port"]["name"] in ports
