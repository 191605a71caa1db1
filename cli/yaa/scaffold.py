"""Makes the folder of a new agent: a handler that works, and a test that shows it."""

import importlib.util
import keyword
import re
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from agentkit.permissions import SERVICES
from agentkit.service import service_names
from contracts import subjects
from yaa.errors import UsageError

NAME = re.compile(r"[a-z]([a-z0-9_-]{0,30}[a-z0-9])?")
"""The pattern of `contracts.base.Name`, which must also end as a distribution's name may."""

TEMPLATES = {
    "pyproject.toml": "pyproject.toml.tmpl",
    "{package}/__init__.py": "init.py.tmpl",
    "{package}/__main__.py": "main.py.tmpl",
    "{package}/handler.py": "handler.py.tmpl",
    "{package}/py.typed": "py.typed.tmpl",
    "tests/test_{package}.py": "test.py.tmpl",
}


@dataclass(frozen=True, slots=True)
class NewAgent:
    """An agent whose files lie in `folder`."""

    name: str
    folder: Path

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")

    @property
    def artifact(self) -> str:
        """Its own kind of artifact: kinds are told apart by their class name alone."""
        return "".join(part.capitalize() for part in re.split("[-_]", self.name)) + "Review"


def make_agent(name: str, parent: Path) -> NewAgent:
    """Write the files of agent `name` into a new folder of `parent`.

    Raises:
        UsageError: the name cannot be used, or there is no place for the folder.
    """
    agent = NewAgent(name, parent / name)
    _refuse_bad_name(agent)
    _refuse_bad_place(agent)
    words = {"name": name, "package": agent.package, "artifact": agent.artifact}
    try:
        for path, template in TEMPLATES.items():
            file = agent.folder / path.format(package=agent.package)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_in_order(_template(template).substitute(words)), "utf-8")
    except OSError as error:
        raise UsageError(f"{str(agent.folder)!r} cannot be written: {error.strerror}") from error
    return agent


def next_steps(agent: NewAgent) -> str:
    return _template("next_steps.txt.tmpl").substitute(
        name=agent.name, package=agent.package, folder=agent.folder.as_posix()
    )


def _refuse_bad_name(agent: NewAgent) -> None:
    name, package = agent.name, agent.package
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of an agent: use at most 32 of a-z, 0-9, - and _, "
            "begin with a letter and end with a letter or digit"
        )
    if keyword.iskeyword(package) or package in sys.stdlib_module_names:
        raise UsageError(f"{name!r} means something in Python: choose another name")


def _refuse_bad_place(agent: NewAgent) -> None:
    parent, folder = agent.folder.parent, agent.folder
    if not parent.is_dir():
        raise UsageError(
            f"there is no folder {str(parent)!r} here: run this in the repository's root, "
            "or name the folder with --dir"
        )
    if folder.exists():
        raise UsageError(f"{str(folder)!r} is there already: change it, or choose another name")
    known = {*service_names(), *SERVICES, subjects.OPERATOR}
    if agent.name in known or importlib.util.find_spec(agent.package):
        raise UsageError(
            f"{agent.name!r} is the name of something installed already: choose another name"
        )


def _in_order(text: str) -> str:
    """Return `text` with its imports sorted, whatever the name of the package."""
    parts = (part.split("\n") for part in text.split("\n\n"))
    return "\n\n".join(
        "\n".join(sorted(lines) if all(line.startswith("from ") for line in lines) else lines)
        for lines in parts
    )


def _template(name: str) -> Template:
    return Template((files("yaa") / "templates" / "agent" / name).read_text("utf-8"))
