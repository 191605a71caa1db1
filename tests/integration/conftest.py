"""The whole system, started once for the tests of a module."""

from collections.abc import Iterator

import pytest

from yaa.stack.under_test import Up, start, stop


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Everything in one process, as `yaa up` starts it."""
    running = start(tmp_path_factory.mktemp("up"), latency_s=0.02)
    yield running
    stop(running)


@pytest.fixture(scope="module")
def up_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Every service in a process of its own."""
    running = start(tmp_path_factory.mktemp("up"), "--processes")
    yield running
    stop(running)
