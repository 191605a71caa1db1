"""Rules of the house that no linter knows."""

import re
import subprocess
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from agentkit.service import agents, service_names
from contracts.loader import available, load_named

ROOT = Path(__file__).parent.parent
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 -- git of whoever runs the tests
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
]
MODULE_MAX_LINES = 400
MEMBERS = sorted(
    path.parent
    for pattern in ("libs/*", "services/*", "cli", "simulator")
    for path in ROOT.glob(f"{pattern}/pyproject.toml")
)


def is_agent(member: Path) -> bool:
    project = tomllib.loads((member / "pyproject.toml").read_text())["project"]
    return "yaa.agents" in project.get("entry-points", {})


@pytest.mark.parametrize("path", [p for p in TRACKED if p.suffix == ".py"], ids=str)
def test_a_module_is_short_enough_to_read(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= MODULE_MAX_LINES, f"{path} has {lines} lines: split it by idea"


def test_no_tracked_file_names_a_registry() -> None:
    dot = "[.]"
    hosts = re.compile(rf"(pypi|pythonhosted|npmjs|yarnpkg){dot}(org|com)|debian{dot}org")

    named = [
        str(path.relative_to(ROOT))
        for path in TRACKED
        if path.suffix not in {".otf", ".ttf", ".png"}
        and hosts.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]

    assert named == []


def test_every_locked_requirement_has_a_hash_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()

    assert "://" not in text
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block


@pytest.mark.parametrize("member", MEMBERS, ids=lambda path: path.name)
def test_every_member_has_the_same_anatomy(member: Path) -> None:
    package = "yaa" if member.name == "cli" else member.name.replace("-", "_")

    assert (member / package / "__init__.py").is_file()
    assert list((member / "tests").glob("test_*.py"))
    if is_agent(member):
        assert (member / package / "handler.py").is_file()
        assert (member / package / "__main__.py").is_file()


def test_every_service_is_found_without_a_list() -> None:
    folders = {member.name for member in MEMBERS if member.parent.name == "services"}

    assert folders <= set(service_names())
    assert {agent.name for agent in agents()} == {p.name for p in entry_points(group="yaa.agents")}


@pytest.mark.parametrize("name", available(ROOT / "pipelines"))
def test_every_step_of_a_pipeline_has_its_agent_and_its_inputs(name: str) -> None:
    """What an agent's annotations ask for is given by the steps its step needs."""
    pipeline = load_named(ROOT / "pipelines", name)
    by_name = {agent.name: agent for agent in agents()}
    outputs = {spec.step: by_name[spec.agent].tasks[spec.task].output for spec in pipeline.steps}

    for spec in pipeline.steps:
        given = {"Brief", *(outputs[need].__name__ for need in spec.needs)}
        agent = by_name[spec.agent]
        card = next(
            task
            for task in agent.card(agent.settings().models, simulated=True).tasks
            if task.task == spec.task
        )
        assert set(card.inputs) <= given, f"step {spec.step!r} is not given {card.inputs}"
