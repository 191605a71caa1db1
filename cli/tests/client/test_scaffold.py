"""A new agent is right at once: its test is green, and so are ruff and mypy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.loader import load

from .conftest import Yaa

REPOSITORY = Path(__file__).parents[3]
LONGEST = "z" * 30 + "-9"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with our rules and no services yet."""
    (tmp_path / "services").mkdir()
    (tmp_path / "libs").symlink_to(REPOSITORY / "libs")
    (tmp_path / "pyproject.toml").write_text((REPOSITORY / "pyproject.toml").read_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments: str, folder: str) -> str:
    """Return what a tool prints about the agent in `folder`, which must please it."""
    path = os.pathsep.join((folder, "libs/contracts", "libs/agentkit"))
    done = subprocess.run(  # noqa: S603 -- our own tools
        (sys.executable, "-m", *arguments),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, "MYPYPATH": path},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_test_of_a_new_agent_is_green(workspace: Path, yaa: Yaa) -> None:
    assert yaa("new", "agent", "fact-checker").code == 0

    said = check("pytest", "-q", "services/fact-checker", folder="services/fact-checker")

    assert "2 passed" in said
    assert (workspace / "services/fact-checker/fact_checker/handler.py").is_file()


@pytest.mark.parametrize("name", ["a", "fact-checker", LONGEST])
@pytest.mark.usefixtures("workspace")
def test_ruff_has_nothing_to_say_about_a_new_agent(yaa: Yaa, name: str) -> None:
    yaa("new", "agent", name)

    check("ruff", "check", "--no-cache", "services", folder=f"services/{name}")
    check("ruff", "format", "--no-cache", "--check", "services", folder=f"services/{name}")


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("workspace")
def test_mypy_has_nothing_to_say_about_a_new_agent(yaa: Yaa) -> None:
    yaa("new", "agent", "fact-checker")

    check("mypy", "-p", "fact_checker", folder="services/fact-checker")


def test_the_entry_that_is_printed_fits_into_a_pipeline(workspace: Path, yaa: Yaa) -> None:
    said = yaa("new", "agent", "fact-checker")

    entry = said.out[said.out.index("  - step: fact-checker") :]
    script = "  - step: script\n    agent: writer\n"
    file = workspace / "mine.yaml"
    file.write_text(f"pipeline: mine\nsteps:\n{script}{entry}")
    spec = load(file).step("fact-checker")
    assert (spec.task, spec.needs) == ("review", ("script",))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Fact", "'Fact' cannot be the name of an agent"),
        ("9lives", "'9lives' cannot be the name of an agent"),
        ("fact.checker", "'fact.checker' cannot be the name of an agent"),
        ("ends-", "'ends-' cannot be the name of an agent"),
        ("a" * 33, "cannot be the name of an agent"),
        ("../up", "cannot be the name of an agent"),
        ("class", "'class' means something in Python"),
        ("json", "'json' means something in Python"),
        ("rich", "'rich' is the name of something installed already"),
        ("agentkit", "'agentkit' is the name of something installed already"),
        ("orchestrator", "'orchestrator' is the name of something installed already"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_and_leaves_nothing(
    workspace: Path, yaa: Yaa, name: str, why: str
) -> None:
    said = yaa("new", "agent", name)

    assert said.code == 2
    assert why in said.err
    assert list((workspace / "services").iterdir()) == []


def test_an_agent_that_is_there_is_left_as_it_is(workspace: Path, yaa: Yaa) -> None:
    yaa("new", "agent", "mine")
    handler = workspace / "services/mine/mine/handler.py"
    handler.write_text("changed")

    said = yaa("new", "agent", "mine")

    assert said.code == 2
    assert "'services/mine' is there already" in said.err
    assert handler.read_text() == "changed"


def test_outside_of_a_repository_the_way_in_is_told(
    yaa: Yaa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    said = yaa("new", "agent", "mine")

    assert said.code == 2
    assert "there is no folder 'services' here: run this in the repository's root" in said.err
