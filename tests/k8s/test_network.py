"""Who may talk to whom follows from what the services need, and from nothing else."""

import yaml

from deploy.services import ROOT, services
from k8s.overlays import Json, Overlay, overlay
from k8s.reach import Network, Place, pairs

NATS, MONITOR, ROUTES = 4222, 8222, 6222
POSTGRES, STATUS, KUBERNETES = 5432, 8000, 6443
GATEWAY, HEALTH, SIMULATOR = 8400, 8401, 8430
SUBMISSIONS, SUBMISSION = 465, 587
HTTP, HTTPS, NATS_METRICS, POSTGRES_METRICS = 80, 443, 7777, 9187
PORTS = (
    *(HTTP, HTTPS, NATS, MONITOR, ROUTES, POSTGRES, STATUS, KUBERNETES),
    *(GATEWAY, HEALTH, SIMULATOR, NATS_METRICS, POSTGRES_METRICS, SUBMISSIONS, SUBMISSION),
)

DNS = Place("dns", {"k8s-app": "kube-dns"}, namespace="kube-system")
PROVIDER = Place("provider", {}, address="203.0.113.7")
PRIVATE = Place("metadata", {}, address="169.254.169.254")
INGRESS, KEDA = Place("ingress", {}, "traefik"), Place("keda", {}, "keda")
PROMETHEUS, STRANGER = Place("prometheus", {}, "monitoring"), Place("stranger", {}, "default")
OPERATOR = Place("operator", {}, "cnpg-system")

NEEDS = {service.name: service.peers for service in services()} | {
    "provision": ("nats", "postgres")
}
OFFERED = {"nats": ("nats", NATS), "postgres": ("postgres", POSTGRES)}


def network_of(rendered: Overlay) -> Network:
    return Network(rendered.of("NetworkPolicy").values())


def places_of(rendered: Overlay) -> dict[str, Place]:
    """Return all pods, also those that a chart and an operator make."""
    made = {pod.name: pod.labels for pod in rendered.pods.values()}
    if rendered.name == "prod":
        cluster = rendered.of("Cluster")["postgres"]["spec"]
        made |= {"postgres": cluster["inheritedMetadata"]["labels"], "nats": chart_labels()}
    return {name: Place(name, labels) for name, labels in made.items()}


def chart_labels() -> Json:
    values = yaml.safe_load((ROOT / "deploy/k8s/overlays/prod/nats-values.yaml").read_text())
    labels: Json = values["podTemplate"]["merge"]["metadata"]["labels"]
    return labels


def test_pods_reach_what_they_need_and_nothing_else(rendered: Overlay) -> None:
    offered = dict(OFFERED)
    if rendered.name == "dev":
        offered["providers"] = ("simulator", SIMULATOR)
    expected = {
        (name, *offered[need]) for name, needs in NEEDS.items() for need in needs if need in offered
    }
    network, places = network_of(rendered), places_of(rendered)

    reached = {
        (one.name, other.name, port)
        for one, other in pairs(places.values())
        for port in PORTS
        if network.allows(one, other, port)
    }

    assert reached == expected


def test_the_nodes_of_a_server_reach_each_other_and_nobody_elses() -> None:
    prod = overlay("prod")
    network, places = network_of(prod), places_of(prod)
    nats, postgres = places["nats"], places["postgres"]

    among = {port for port in PORTS if network.allows(nats, Place("nats-1", nats.labels), port)}
    assert among == {ROUTES}
    among = {
        port
        for port in PORTS
        if network.allows(postgres, Place("postgres-2", postgres.labels), port)
    }
    assert among == {POSTGRES, STATUS}


def test_only_who_needs_them_reaches_the_providers(rendered: Overlay) -> None:
    network, places = network_of(rendered), places_of(rendered)
    needy = {name for name, needs in NEEDS.items() if "providers" in needs}

    reached = {
        (name, port)
        for name, place in places.items()
        for port in PORTS
        if network.allows(place, PROVIDER, port) and name != "postgres"
    }

    expected = {(name, HTTPS) for name in needy} if rendered.name == "prod" else set()
    outside = {"web": (HTTP, HTTPS), "people": (HTTPS, SUBMISSIONS, SUBMISSION)}
    others = {
        (name, port)
        for name, needs in NEEDS.items()
        for need in outside.keys() & set(needs)
        for port in outside[need]
    }
    assert reached == expected | others


def test_nobody_reaches_private_addresses(rendered: Overlay) -> None:
    network, places = network_of(rendered), places_of(rendered)

    reached = {
        (name, port)
        for name, place in places.items()
        for port in PORTS
        if network.allows(place, PRIVATE, port)
    }

    # each instance of the operator's database asks the API server, whose address is anywhere
    by_operator = {("postgres", HTTPS), ("postgres", KUBERNETES)}
    assert reached == (by_operator if rendered.name == "prod" else set())


def test_everybody_may_ask_for_names(rendered: Overlay) -> None:
    network = network_of(rendered)

    for place in places_of(rendered).values():
        assert network.allows(place, DNS, 53, "UDP")
        assert network.allows(place, DNS, 53, "TCP")


def test_others_come_in_where_they_have_to_and_nowhere_else(rendered: Overlay) -> None:
    network, places = network_of(rendered), places_of(rendered)
    guests = (INGRESS, KEDA, PROMETHEUS, OPERATOR, STRANGER)

    let_in = {
        (guest.name, name, port)
        for guest in guests
        for name, place in places.items()
        for port in PORTS
        if network.allows(guest, place, port)
    }

    of_operator = {("operator", "postgres", POSTGRES), ("operator", "postgres", STATUS)}
    asked = {("prometheus", name, port) for name in NEEDS for port in (GATEWAY, HEALTH)}
    asked |= {("prometheus", "nats", NATS_METRICS), ("prometheus", "postgres", POSTGRES_METRICS)}
    brought = {("ingress", "gateway", GATEWAY), ("keda", "nats", MONITOR)}
    prod = of_operator | asked | brought
    assert let_in == (prod if rendered.name == "prod" else set())
