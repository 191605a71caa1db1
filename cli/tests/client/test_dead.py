"""`yaa dead`: what the gateway says of dead letters, for a person."""

from .conftest import Stage, Yaa
from .story import RUN

REASON = "agent 'media' was given this attempt 5 times: look at its log"
LETTER = {
    "id": 7,
    "at": "2026-01-01T00:01:00Z",
    "run_id": RUN,
    "step": "edit",
    "attempt": 2,
    "agent": "media",
    "deliveries": 5,
    "reason": REASON,
}


AGAIN = {"run_id": "again", "status": "pending", "parent_run_id": RUN}


def test_dead_letters_are_listed_on_one_line_each(stage: Stage, yaa: Yaa) -> None:
    stage.answer("GET /dead", {"items": [LETTER, LETTER | {"id": 3, "agent": "writer"}]})

    said = yaa("dead", "list", "--limit", "2")

    first, second = said.out.splitlines()[1:]
    assert first.split()[:6] == ["7", RUN, "edit", "2", "media", "5"]
    assert second.split()[:5] == ["3", RUN, "edit", "2", "writer"]


def test_no_dead_letters_is_good_news(stage: Stage, yaa: Yaa) -> None:
    stage.answer("GET /dead", {"items": []})

    said = yaa("dead", "list")

    assert (said.code, said.out) == (0, "no dead letters: every request reached an end\n")


def test_a_dead_letter_is_shown_with_its_reason(stage: Stage, yaa: Yaa) -> None:
    stage.answer("GET /dead/7", LETTER)

    said = yaa("dead", "show", "7")

    assert said.code == 0
    for piece in (RUN, "edit, attempt 2", "media", REASON):
        assert piece in said.out, piece


def test_a_redrive_says_the_new_run(stage: Stage, yaa: Yaa) -> None:
    stage.answer("POST /dead/7/redrive", AGAIN, 202)

    said = yaa("dead", "redrive", "7")

    assert (said.code, said.out) == (0, "again\n")
    assert stage.asked[0][0] == "POST /dead/7/redrive"


def test_an_unknown_dead_letter_is_the_sentence_of_the_gateway(stage: Stage, yaa: Yaa) -> None:
    sentence = "there is no dead letter '9': yaa dead list has their ids"
    stage.refuse("GET /dead/9", 404, sentence)
    stage.refuse("POST /dead/9/redrive", 404, sentence)

    for command in ("show", "redrive"):
        said = yaa("dead", command, "9")

        assert (said.code, said.out, said.err) == (2, "", f"yaa: {sentence}\n")


def test_an_empty_number_is_refused_with_the_way_out(yaa: Yaa) -> None:
    said = yaa("dead", "show", " ")

    assert said.code == 2
    assert '"yaa dead list" has them' in said.err
