"""`yaa notices test`: who can be reached, for a person."""

from .conftest import Stage, Yaa

TRIAL = "POST /notices/trial"


def test_who_took_the_message_and_who_did_not_is_said_line_by_line(stage: Stage, yaa: Yaa) -> None:
    problem = "Slack answered 404: no_team"
    items = [{"target": "webhook", "problem": None}, {"target": "slack", "problem": problem}]
    stage.answer(TRIAL, {"items": items})

    said = yaa("notices", "test")

    assert said.code == 1
    assert said.out == f"webhook: the message was taken\nslack: {problem}\n"


def test_all_is_well_when_everybody_took_it(stage: Stage, yaa: Yaa) -> None:
    stage.answer(TRIAL, {"items": [{"target": "email", "problem": None}]})

    said = yaa("notices", "test")

    assert (said.code, said.out) == (0, "email: the message was taken\n")


def test_without_anybody_the_way_out_is_named(stage: Stage, yaa: Yaa) -> None:
    stage.answer(TRIAL, {"items": []})

    said = yaa("notices", "test")

    assert said.code == 2
    assert "name email, kakaowork, slack or webhook in YAA_NOTIFY" in said.err


def test_a_notifier_that_does_not_run_is_told_in_the_words_of_the_gateway(
    stage: Stage, yaa: Yaa
) -> None:
    stage.refuse(TRIAL, 409, "no notifier answers: start it")

    said = yaa("notices", "test")

    assert (said.code, said.err) == (2, "yaa: no notifier answers: start it\n")
