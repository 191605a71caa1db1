"""A cold start, and what the containers may not do."""

import httpx2
import pytest
from docker.models.containers import Container
from docker.models.images import Image

from agentkit.testing import wait_until
from yaa.client import KEY_HEADER

from .records import records
from .stack import DATABASE, GATEWAY, LABEL, PROVISION, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

REFUSED = """
import asyncio, nats
async def main():
    try:
        await nats.connect("nats://nats:4222", allow_reconnect=False, connect_timeout=5)
    except Exception as error:
        print(type(error).__name__, error)
asyncio.run(main())
"""


async def test_every_service_is_healthy_after_a_cold_start(stack: Stack) -> None:
    await stack.is_healthy()

    (provision,) = stack.containers(PROVISION)
    assert (provision.status, provision.attrs["State"]["ExitCode"]) == ("exited", 0)
    assert {service: len(stack.containers(service)) for service in stack.victims} == dict.fromkeys(
        stack.victims, 1
    )


def test_the_image_of_most_services_is_small(stack: Stack, figures: list[str]) -> None:
    images = {image.tags[0]: image.attrs["Size"] for image in map(image_of, stack.containers())}
    sizes = {tag: size / 1e6 for tag, size in images.items() if tag.startswith("yaa-")}

    figures.append(", ".join(f"{tag} {size:.0f} MB" for tag, size in sorted(sizes.items())))
    assert sizes["yaa-core:e2e"] <= 200


def test_only_the_gateway_can_be_reached_and_only_from_this_machine(stack: Stack) -> None:
    published = {
        (each.labels[f"{LABEL}.service"], at["HostIp"])
        for each in stack.containers()
        for bound in each.attrs["NetworkSettings"]["Ports"].values()
        for at in bound or ()
    }

    assert published == {(GATEWAY, "127.0.0.1")}


def test_nobody_is_root_or_may_write_where_the_code_is(stack: Stack) -> None:
    wrong = list[str]()
    for container in (each for each in stack.containers() if each.status == "running"):
        host = container.attrs["HostConfig"]
        users = {user for user, *_ in container.top(ps_args="-eo uid,pid")["Processes"]}
        if "0" in users:
            wrong.append(f"{container.name} runs as root")
        if not host["ReadonlyRootfs"] or host["CapDrop"] != ["ALL"] or host["Privileged"]:
            wrong.append(f"{container.name} may write to its image or has capabilities")
        code, said = container.exec_run(["sh", "-c", "touch /nobody-may"])
        if not code or b"Read-only" not in said:
            wrong.append(f"{container.name} could write to /: {said!r}")

    assert wrong == []


@pytest.mark.parametrize("key", [None, "wrong", "yaa_wrong_key"])
def test_the_gateway_refuses_a_wrong_key(stack: Stack, key: str | None) -> None:
    headers = {} if key is None else {KEY_HEADER: key}

    answer = httpx2.get(f"{stack.url}/api/v1/pipeline/runs", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_the_broker_and_the_database_refuse_who_has_no_key(stack: Stack) -> None:
    said = stack.execute("usage", "python", "-c", REFUSED)
    assert "Authorization Violation" in said

    login = "PGPASSWORD=wrong psql -h postgres -U postgres -c 'SELECT 1' || echo refused"
    said = stack.execute(DATABASE, "sh", "-c", login)
    assert "refused" in said


async def test_an_operator_sets_what_a_service_logs_while_it_runs(stack: Stack) -> None:
    stack.yaa("logs", "level", "writer", "DEBUG", "--for", "1m")

    await wait_until(
        lambda: any(
            (each.service, each.message) == ("writer", "log level set") for each in records(stack)
        )
    )


async def test_old_runs_are_deleted_by_who_has_the_key_for_it(stack: Stack) -> None:
    await wait_until(
        lambda: any(
            (each.service, each.message) == ("projector", "retention enforced")
            for each in records(stack)
        )
    )

    assert "would delete 0 runs" in stack.yaa("prune", "--older-than", "30d", "--dry-run")


def test_people_are_reached_from_the_container_that_tells_them(stack: Stack) -> None:
    answer = httpx2.post(f"{stack.url}/admin/notices/trial", headers=stack.headers, timeout=30)

    assert answer.status_code == 200
    assert answer.json() == {"items": [{"target": "webhook", "problem": None}]}


def test_a_service_has_the_secrets_of_nobody_else(stack: Stack) -> None:
    listed = {
        service: stack.execute(service, "ls", "/run/secrets").split() for service in stack.services
    }

    seeds = {
        service: [name for name in names if name.endswith(".nk")]
        for service, names in listed.items()
    }
    deletes = {"projector": ["projector.nk", "retention.nk"]}
    assert seeds == {service: [f"{service}.nk"] for service in stack.services} | deletes


def image_of(container: Container) -> Image:
    image: Image = container.image
    return image
