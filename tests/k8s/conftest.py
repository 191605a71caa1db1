"""The overlays, rendered once."""

import pytest

from k8s.overlays import OVERLAYS, Overlay, overlay


@pytest.fixture(params=OVERLAYS)
def rendered(request: pytest.FixtureRequest) -> Overlay:
    return overlay(request.param)


@pytest.fixture
def dev() -> Overlay:
    return overlay("dev")


@pytest.fixture
def prod() -> Overlay:
    return overlay("prod")
