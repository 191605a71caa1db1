"""`yaa channels`: whose brand a video carries."""

from pathlib import Path

import pytest

from .conftest import Stage, Yaa

SEA = {"channel_id": "sea", "name": "Sea", "language": "ko", "brand_guide": "tone: warm\n"}


def test_channels_are_listed(stage: Stage, yaa: Yaa) -> None:
    demo = {"channel_id": "demo", "name": "Demo", "language": "ko", "brand_guide": "tone: warm"}
    stage.answer("GET /channels", [demo])

    said = yaa("channels", "list")

    assert said.out.splitlines()[1].split() == ["demo", "Demo", "ko", "10", "characters"]


def test_a_channel_is_added_with_its_brand_guide(stage: Stage, yaa: Yaa, tmp_path: Path) -> None:
    guide = tmp_path / "guide.yaml"
    guide.write_text("tone: 따뜻하게\n", encoding="utf-8")
    stage.answer("POST /channels", {"channel_id": "sea"}, 201)

    said = yaa("channels", "add", "sea", "--name", "Sea", "--brand-guide", str(guide))

    assert said.out == "channel sea was made\n"
    assert stage.asked[0][2] == {
        "channel_id": "sea",
        "name": "Sea",
        "language": "ko",
        "brand_guide": "tone: 따뜻하게\n",
    }


def test_a_brand_guide_that_cannot_be_read_is_named(yaa: Yaa, tmp_path: Path) -> None:
    said = yaa("channels", "add", "sea", "--brand-guide", str(tmp_path / "no.yaml"))

    assert said.code == 2
    assert "no.yaml' cannot be read" in said.err


def test_a_channel_is_shown_with_its_brand_guide(stage: Stage, yaa: Yaa) -> None:
    stage.answer("GET /channels/sea", SEA)

    said = yaa("channels", "show", "sea")

    assert [line.split() for line in said.out.splitlines()[:3]] == [
        ["channel", "sea"],
        ["name", "Sea"],
        ["language", "ko"],
    ]
    assert "tone: warm" in said.out


def test_a_channel_is_changed_in_what_is_given_alone(
    stage: Stage, yaa: Yaa, tmp_path: Path
) -> None:
    guide = tmp_path / "guide.yaml"
    guide.write_text("tone: calm\n", encoding="utf-8")
    stage.answer("PATCH /channels/sea", SEA | {"name": "바다"})

    said = yaa("channels", "edit", "sea", "--name", "바다", "--brand-guide", str(guide))

    assert (said.code, stage.asked[0][2]) == (0, {"name": "바다", "brand_guide": "tone: calm\n"})
    assert "바다" in said.out


def test_a_change_of_nothing_is_refused_with_the_way_out(yaa: Yaa) -> None:
    said = yaa("channels", "edit", "sea")

    assert (said.code, said.err) == (
        2,
        "yaa: say what to change, with --name, --language or --brand-guide\n",
    )


def test_a_channel_is_removed(stage: Stage, yaa: Yaa) -> None:
    stage.answer("DELETE /channels/sea", None, 204)

    said = yaa("channels", "remove", "sea")

    assert (said.code, said.out) == (0, "channel sea was removed; its runs stay\n")


@pytest.mark.parametrize("command", ["show", "remove"])
def test_an_empty_id_of_a_channel_is_refused_with_the_way_out(yaa: Yaa, command: str) -> None:
    said = yaa("channels", command, " ")

    assert said.code == 2
    assert '"yaa channels list" has them' in said.err
