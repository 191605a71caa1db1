"""Who may import whom, checked by import-linter for whatever packages the workspace has."""

import sys
import tempfile
import tomllib
from collections.abc import Iterable
from configparser import ConfigParser
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parent.parent
INFRASTRUCTURE = (
    "nats",
    "asyncpg",
    "httpx2",
    "loguru",
    "prometheus_client",
    "opentelemetry",
)
CLOCKS = ("asyncio", "time", "random")
PURE = ("approvals", "attempts", "core", "instances", "outputs", "rounds", "state", "steps")
"""The decisions of the orchestrator, by module."""
PROVIDERS = ("anthropic", "openai")
MIGRATION_TOOLS = ("sqlalchemy", "alembic", "psycopg")


def main() -> int:
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        rules().write(file)
        file.flush()
        return int(lint_imports(config_filename=file.name) or EXIT_STATUS_SUCCESS)


def rules() -> ConfigParser:
    members = [path.parent for path in sorted(ROOT.glob("services/*/pyproject.toml"))]
    services = [package_of(member) for member in members]
    agents = [package_of(member) for member in members if is_agent(member)]
    with_tables = [
        package_of(member)
        for member in members
        if (member / package_of(member) / "migrations").is_dir()
    ]
    config = ConfigParser(interpolation=None)
    config["importlinter"] = {
        "root_packages": lines(["contracts", "agentkit", *services, "simulator", "yaa"]),
        "include_external_packages": "True",
        "exclude_type_checking_imports": "True",
    }
    config["importlinter:contract:layers"] = {
        "name": "the command line over services over agentkit over contracts; services stand alone",
        "type": "layers",
        "layers": lines(["yaa", " | ".join([*services, "simulator"]), "agentkit", "contracts"]),
    }
    forbid(
        config,
        "contracts and the core know no infrastructure and no clock",
        ["contracts", *(f"orchestrator.{module}" for module in PURE)],
        [*INFRASTRUCTURE, *CLOCKS],
    )
    forbid(
        config,
        "agents reach the world through agentkit alone",
        agents,
        [*INFRASTRUCTURE, *PROVIDERS],
        but="** -> loguru",
    )
    forbid(
        config,
        "the simulator knows nothing of yaa",
        ["simulator"],
        ["contracts", "agentkit"],
    )
    forbid(
        config,
        "services run without the migration tools",
        with_tables,
        list(MIGRATION_TOOLS),
        but=lines(f"{service}.migrations.** -> *" for service in with_tables),
    )
    return config


def forbid(
    config: ConfigParser, name: str, sources: list[str], targets: list[str], *, but: str = ""
) -> None:
    config[f"importlinter:contract:{name.replace(' ', '-')}"] = {
        "name": name,
        "type": "forbidden",
        "source_modules": lines(sources),
        "forbidden_modules": lines(targets),
        "allow_indirect_imports": "True",
        "ignore_imports": but,
        "unmatched_ignore_imports_alerting": "none",
    }


def lines(names: Iterable[str]) -> str:
    return "\n" + "\n".join(names)


def package_of(member: Path) -> str:
    return member.name.replace("-", "_")


def is_agent(member: Path) -> bool:
    project = tomllib.loads((member / "pyproject.toml").read_text())["project"]
    return "yaa.agents" in project.get("entry-points", {})


if __name__ == "__main__":
    sys.exit(main())
