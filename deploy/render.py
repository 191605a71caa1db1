"""Write what follows from the list of services into the files that deploy them: `make render`.

A file holds what people write, and between two marks what is rendered.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from textwrap import indent
from types import MappingProxyType

from deploy.services import ROOT, DeployError, Service, services

MARKS = "{indent}# <rendered: {part}>\n{body}{indent}# </rendered>\n"
PUBLIC_NETWORK = "front"
NETWORKS = {
    "nats": "broker",
    "postgres": "database",
    "providers": "outside",
    "web": "outside",
    "people": "outside",
}
SECRETS = {
    "nats": (("{name}.nk", "{name}.nk"),),
    "postgres": (("{schema}_database_url", "yaa_database_url"),),
    "retention": (("retention.nk", "retention.nk"),),
    "providers": (
        ("anthropic_api_key", "anthropic_api_key"),
        ("openai_api_key", "openai_api_key"),
    ),
    "people": tuple(
        (name, f"yaa_{name}")
        for name in ("kakaowork_app_key", "slack_url", "smtp_url", "webhook_secret", "webhook_url")
    ),
}
"""By need, each secret and the file in the container that it is read from."""

type Part = Callable[[Service], str]
"""What is written for one service."""


def compose_service(service: Service) -> str:
    """Return the service of `compose.yaml`; what all have in common is merged into it."""
    limits = f'memory: {service.memory_mib}M, cpus: "{service.cpu}", pids: 512'
    return "\n".join(
        (
            f"{service.name}:",
            "  <<: *service",
            f"  image: yaa-{service.image}:${{YAA_TAG:-dev}}",
            f"  build: {{<<: *build, target: {service.image}}}",
            f"  command: {_list(service.command)}",
            *_public(service),
            *([f'  volumes: ["{service.volume}:/data"]'] if service.volume else []),
            f"  secrets: {_list(_secret(*each) for each in secrets_of(service).items())}",
            f"  networks: {_list(_networks_of(service))}",
            f"  deploy: {{resources: {{limits: {{{limits}}}}}}}",
            "",
        )
    )


def compose_volume(service: Service) -> str:
    return f"{service.volume}:\n" if service.volume else ""


def compose_secret(service: Service) -> str:
    return f"{service.name}.nk: {{file: deploy/secrets/{service.name}.nk}}\n"


def secrets_of(service: Service) -> dict[str, str]:
    """Return the secrets that the service reads, its own and no other's, with their files."""
    return {
        secret.format(name=service.name, schema=service.schema): file.format(name=service.name)
        for need in service.needs
        for secret, file in SECRETS.get(need, ())
    }


FILES: Mapping[str, Mapping[str, Part]] = MappingProxyType(
    {
        "compose.yaml": {
            "services": compose_service,
            "volumes": compose_volume,
            "secrets": compose_secret,
        },
    }
)
"""By file, what stands between its marks."""


def rendered(text: str, parts: Mapping[str, Part], of: Iterable[Service]) -> str:
    """Return `text` with what is between its marks made anew.

    Raises:
        DeployError: a mark is missing.
    """
    found = tuple(of)
    for part, render in parts.items():
        mark = re.compile(
            rf"^(?P<indent> *)# <rendered: {part}>\n.*?^ *# </rendered>\n", re.MULTILINE | re.DOTALL
        )
        if not (there := mark.search(text)):
            raise DeployError(f"the mark '# <rendered: {part}>' is missing: put it back")
        body = "".join(indent(render(service), there["indent"]) for service in found)
        marked = MARKS.format(part=part, body=body, indent=there["indent"])
        text = text[: there.start()] + marked + text[there.end() :]
    return text


def write(root: Path = ROOT) -> None:
    for name, parts in FILES.items():
        file = root / name
        file.write_text(rendered(file.read_text(), parts, services(root)))


def _public(service: Service) -> list[str]:
    if not service.is_public:
        return []
    port = service.port
    return [
        f'  environment: {{<<: *environment, YAA_HEALTH_PORT: "{port}"}}',
        f'  ports: ["127.0.0.1:${{YAA_PORT:-{port}}}:{port}"]',
    ]


def _networks_of(service: Service) -> tuple[str, ...]:
    public = [PUBLIC_NETWORK] if service.is_public else []
    return tuple(dict.fromkeys([*(NETWORKS[peer] for peer in service.peers), *public]))


def _secret(name: str, file: str) -> str:
    return name if name == file else f"{{source: {name}, target: {file}}}"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]"


if __name__ == "__main__":
    try:
        write()
    except DeployError as error:
        sys.exit(str(error))
