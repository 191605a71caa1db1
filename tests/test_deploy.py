"""What deploys the services follows from how they are declared, and is as it was rendered."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from agentkit.service import service_names
from deploy.render import FILES, rendered, write
from deploy.services import IMAGES, ROOT, DeployError, projects_of, services

OTHER_KEYS = {
    "ops": ("operator.nk", "logs.nk", "projections.nk", "retention.nk"),
    "projector": ("retention.nk",),
}
"""What a container has for a person's commands, and is there while one runs; and who deletes."""
WRITER = """
[project]
name = "yaa-writer"

[project.entry-points."yaa.agents"]
writer = "writer.handler:agent"

[tool.yaa.deploy.{name}]
{line}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of what is read and written."""
    for file in [*ROOT.glob("services/*/pyproject.toml"), *(ROOT / name for name in FILES)]:
        copy = tmp_path / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_what_is_rendered_is_current(name: str) -> None:
    text = (ROOT / name).read_text()

    assert rendered(text, FILES[name], services()) == text, f"{name} is stale: run `make render`"


def test_every_service_is_deployed() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    assert {service.name for service in services()} == set(service_names())
    assert set(service_names()) <= compose.keys()


def test_a_new_agent_is_rendered_without_another_file_being_touched(tree: Path) -> None:
    agent = tree / "services/factchecker/pyproject.toml"
    agent.parent.mkdir()
    agent.write_text(WRITER.format(name="factchecker", line="").replace("writer", "factchecker"))

    write(tree)

    compose = yaml.safe_load((tree / "compose.yaml").read_text())
    assert compose["services"]["factchecker"]["secrets"] == [
        "factchecker.nk",
        "anthropic_api_key",
        "openai_api_key",
    ]
    assert "factchecker.nk" in compose["secrets"]
    assert "services/factchecker/pyproject.toml" in projects_of("core", tree)


def test_a_file_without_its_mark_is_refused(tree: Path) -> None:
    (tree / "compose.yaml").write_text("services:\n")

    with pytest.raises(DeployError, match="the mark '# <rendered: services>' is missing"):
        write(tree)


@pytest.mark.parametrize(
    ("name", "line", "sentence"),
    [
        ("writer", 'image = "big"', "says image = 'big': use one of core, media, memory"),
        ("writer", 'memory = "1TB"', "says memory = '1TB': write it as 256Mi or 2Gi"),
        ("writer", 'needs = ["kafka"]', "use a list of nats, postgres, providers, web"),
        ("writer", "cpu = 1", "says cpu = 1: write it in quotes"),
        ("writer", "port = 0", "says port = 0: use a number below 65536"),
        ("writer", "replicas = 3", "has 'replicas': it may have image, memory, cpu"),
        ("writter", "", r"\[tool.yaa.deploy.writter\] of services/writer/pyproject.toml"),
    ],
)
def test_a_table_that_cannot_be_is_named(
    tmp_path: Path, name: str, line: str, sentence: str
) -> None:
    file = tmp_path / "services/writer/pyproject.toml"
    file.parent.mkdir(parents=True)
    file.write_text(WRITER.format(name=name, line=line))

    with pytest.raises(DeployError, match=sentence):
        services(tmp_path)


def test_an_image_that_there_is_not_is_named() -> None:
    with pytest.raises(DeployError, match="there is no image 'big': name one of core"):
        projects_of("big")


def test_an_image_holds_what_its_services_need_and_nothing_that_another_one_does() -> None:
    heavy = {service.member for service in services() if service.image != "core"}

    for image in IMAGES:
        projects = {Path(project).parent.as_posix() for project in projects_of(image)}
        assert {service.member for service in services() if service.image == image} <= projects
        others = {service.member for service in services() if service.image not in {"core", image}}
        assert not projects & others
    assert heavy


def test_compose_publishes_the_gateway_alone_and_on_this_machine_only() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    published = {name: each["ports"] for name, each in compose.items() if "ports" in each}

    assert published.keys() == {"gateway"}
    assert all(re.match(r"127\.0\.0\.1:", port) for port in published["gateway"])


def test_compose_gives_nobody_more_than_needed() -> None:
    document = yaml.safe_load((ROOT / "compose.yaml").read_text())

    for name, service in document["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        limits = service["deploy"]["resources"]["limits"]
        assert limits.keys() == {"memory", "cpus", "pids"}, name
        named = [secret for secret in service.get("secrets", []) if isinstance(secret, str)]
        keys = {secret for secret in named if secret.endswith(".nk")}
        assert keys <= {f"{name}.nk", *OTHER_KEYS.get(name, ())}
    assert document["services"]["ops"]["profiles"] == ["ops"]
    assert document["networks"]["broker"]["internal"]
    assert document["networks"]["database"]["internal"]


def test_whoever_has_tables_connects_with_a_role_of_its_own() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    given = {
        service.name: secret["source"]
        for service in services()
        for secret in compose[service.name]["secrets"]
        if isinstance(secret, dict) and secret["target"] == "yaa_database_url"
    }

    assert given == {
        service.name: f"{service.schema}_database_url"
        for service in services()
        if "postgres" in service.needs
    }


def test_every_secret_volume_and_network_that_is_named_is_there() -> None:
    document = yaml.safe_load((ROOT / "compose.yaml").read_text())

    for name, service in document["services"].items():
        secrets = [
            each if isinstance(each, str) else each["source"] for each in _of(service, "secrets")
        ]
        assert set(secrets) <= document["secrets"].keys(), name
        assert set(_of(service, "networks")) <= document["networks"].keys(), name
        volumes = [each for each in _of(service, "volumes") if isinstance(each, str)]
        named = {each.partition(":")[0] for each in volumes if each[0] not in "./$"}
        assert named <= document["volumes"].keys(), name


def _of(service: dict[str, list[str]], key: str) -> list[str]:
    return service.get(key, [])


def test_images_are_built_without_a_frontend_from_elsewhere() -> None:
    text = (ROOT / "deploy/Dockerfile").read_text()
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    stages = set(re.findall(r" AS (\S+)$", text, re.MULTILINE))

    assert "syntax=" not in text
    assert "<<" not in text
    assert set(bases) - stages == {"${PYTHON_IMAGE}", "scratch"}
    assert {*IMAGES, "ops"} <= stages
