"""What the CLI reads is what the gateway serves."""

import pytest
from pydantic import BaseModel

from gateway.api import views as served
from yaa import views


@pytest.mark.parametrize(
    "name",
    [
        "Accepted",
        "ChannelView",
        "ErrorView",
        "Plan",
        "PlannedCall",
        "PlannedStep",
        "Result",
        "RunDetail",
        "RunPage",
        "RunSummary",
        "StepView",
    ],
)
def test_every_field_the_cli_reads_is_served_by_the_gateway(name: str) -> None:
    read: type[BaseModel] = getattr(views, name)
    given: type[BaseModel] = getattr(served, name)

    assert set(read.model_fields) <= set(given.model_fields)
