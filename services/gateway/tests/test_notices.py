"""Messages to people: a trial of them by HTTP, and what is said when nobody sends any."""

import pytest

from contracts import subjects
from contracts.notices import TrialReport, TrialResult

TRIAL = "/admin/notices/trial"


@pytest.fixture
def answering(connection):
    """Let a notifier answer with a report."""

    async def answering(*results):
        async def answer(message):
            await message.respond(TrialReport(results=results).model_dump_json().encode())

        await connection.subscribe(subjects.TRIALS, cb=answer)
        await connection.flush()

    return answering


async def test_a_trial_says_of_each_target_whether_it_took_the_message(api, answering):
    await answering(
        TrialResult(target="slack"), TrialResult(target="email", problem="it answered 535: no")
    )

    answer = await api.post(TRIAL)

    assert answer.status_code == 200
    assert answer.json() == {
        "items": [
            {"target": "slack", "problem": None},
            {"target": "email", "problem": "it answered 535: no"},
        ]
    }


async def test_a_trial_where_nobody_is_told_anything_is_empty(api, answering):
    await answering()

    assert (await api.post(TRIAL)).json() == {"items": []}


async def test_a_trial_without_a_notifier_is_refused_at_once_with_the_way_out(api):
    answer = await api.post(TRIAL)

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:yaa:problem:no-notifier"
    assert answer.json()["detail"] == (
        "no notifier answers, so nobody is told anything: start it beside the gateway"
    )
