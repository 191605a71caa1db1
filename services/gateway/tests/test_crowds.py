"""How many streams of events one key may have open."""

import pytest

from agentkit.testing import wait_until
from gateway.settings import GatewaySettings

from .browser import URL, watching


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    return settings.model_copy(update={"streams_per_key": 2})


async def test_a_key_watches_so_many_runs_at_once_and_no_more(as_key, record, story):
    await record(story("a").requested())
    crowd, other = await as_key("read", name="crowd"), await as_key("read", name="other")

    async with watching(crowd) as events, watching(crowd):
        refused = await crowd.get(URL)
        async with watching(other) as of_another:
            first = [await anext(events), await anext(of_another)]

    assert refused.status_code == 429
    assert refused.json()["type"] == "urn:yaa:problem:too-many-streams"
    assert refused.json()["detail"].startswith("the key 'crowd' watches 2 runs already, as many as")
    assert [each.event for each in first] == ["run.requested"] * 2
    await wait_until(lambda: is_let_in(crowd))


async def is_let_in(client) -> bool:
    async with client.stream("GET", URL) as answer:
        return answer.status_code == 200


def test_a_thousand_watchers_of_one_key_are_let_in_unless_it_is_set():
    assert GatewaySettings().streams_per_key > 1000
