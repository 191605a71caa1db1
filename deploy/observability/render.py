"""Write the dashboards and what Prometheus scrapes from the list of services: `make render`."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from deploy.observability import overview
from deploy.observability.panels import dashboard
from deploy.observability.services import sections_of
from deploy.render import Part, rendered
from deploy.services import Service, services

HERE = Path(__file__).parent
DASHBOARDS = HERE / "grafana" / "dashboards"
PROMETHEUS = HERE / "prometheus" / "prometheus.yml"


def scraped(service: Service) -> str:
    """Return where Prometheus finds all replicas of a service."""
    return f"- {{names: [{service.name}], port: {service.port}, type: A, refresh_interval: 10s}}\n"


PARTS: Mapping[str, Part] = MappingProxyType({"scraped": scraped})


def files() -> Mapping[Path, str]:
    """Return what every rendered file has to hold."""
    boards = {"overview": dashboard("overview", "overview", overview.SECTIONS)}
    for service in services():
        boards[service.name] = dashboard(service.name, service.name, sections_of(service))
    texts = {
        DASHBOARDS / f"{name}.json": json.dumps(board, indent=1) + "\n"
        for name, board in boards.items()
    }
    return texts | {PROMETHEUS: rendered(PROMETHEUS.read_text(), PARTS, services())}


def write() -> None:
    """Write the files; a dashboard of a service that is gone goes too."""
    found = files()
    for stale in set(DASHBOARDS.glob("*.json")) - found.keys():
        stale.unlink()
    for file, text in found.items():
        file.write_text(text)


if __name__ == "__main__":
    write()
