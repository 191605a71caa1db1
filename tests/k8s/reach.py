"""Who may talk to whom, as NetworkPolicies say it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

type Json = dict[str, Any]
type Labels = Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """A pod in a namespace, or an address elsewhere."""

    name: str
    labels: Labels
    namespace: str = "yaa"
    address: str = ""


class Network:
    """The policies of one namespace; other namespaces, and the world, have none."""

    def __init__(self, policies: Iterable[Json], namespace: str = "yaa") -> None:
        self._specs = [policy["spec"] for policy in policies]
        self._namespace = namespace

    def allows(self, source: Place, target: Place, port: int, protocol: str = "TCP") -> bool:
        """Tell whether `source` may leave, and may come in at `target`."""
        return self._passes(source, "Egress", target, port, protocol) and self._passes(
            target, "Ingress", source, port, protocol
        )

    def _passes(self, here: Place, way: str, other: Place, port: int, protocol: str) -> bool:
        if here.namespace != self._namespace or here.address:
            return True
        selecting = [
            spec
            for spec in self._specs
            if way in spec["policyTypes"] and _selects(spec["podSelector"], here.labels)
        ]
        return not selecting or any(
            self._is_let(rule, "to" if way == "Egress" else "from", other, port, protocol)
            for spec in selecting
            for rule in spec.get(way.lower(), [])
        )

    def _is_let(self, rule: Json, key: str, other: Place, port: int, protocol: str) -> bool:
        ports = rule.get("ports")
        at_port = ports is None or {"protocol": protocol, "port": port} in ports
        peers = rule.get(key)
        return at_port and (peers is None or any(self._is_peer(each, other) for each in peers))

    def _is_peer(self, peer: Json, other: Place) -> bool:
        if block := peer.get("ipBlock"):
            return bool(other.address) and _holds(block, other.address)
        if other.address:
            return False
        namespaces = peer.get("namespaceSelector")
        namespace = {"kubernetes.io/metadata.name": other.namespace}
        is_there = (
            other.namespace == self._namespace
            if namespaces is None
            else _selects(namespaces, namespace)
        )
        return is_there and _selects(peer.get("podSelector", {}), other.labels)


def _selects(selector: Json, labels: Labels) -> bool:
    unknown = selector.keys() - {"matchLabels"}
    assert not unknown, f"a selector that is not understood here: {unknown}"
    wanted: Labels = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


def _holds(block: Json, address: str) -> bool:
    its = ip_address(address)
    inside = [ip_network(each) for each in block.get("except", [])]
    return its in ip_network(block["cidr"]) and not any(its in each for each in inside)


def pairs(places: Iterable[Place]) -> Iterator[tuple[Place, Place]]:
    """Return each place with each other."""
    found = list(places)
    yield from ((one, other) for one in found for other in found if one is not other)
