"""Pictures of any size fit the canvas; thumbnails carry large text."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from agentkit import StepRejectedError
from media import pictures


@pytest.fixture
def wide(tmp_path: Path, draw) -> Path:
    path = tmp_path / "wide.png"
    path.write_bytes(draw("teal", (300, 100)))
    return path


def test_a_picture_is_cropped_to_the_size_of_the_video(wide: Path, tmp_path: Path) -> None:
    pictures.fit(wide, tmp_path / "fit.bmp", (90, 160), scene=1)

    with Image.open(tmp_path / "fit.bmp") as fitted:
        assert fitted.size == (90, 160)
        assert fitted.getpixel((45, 64)) == (0, 128, 128)


def test_a_picture_with_transparency_is_read(tmp_path: Path) -> None:
    Image.new("RGBA", (64, 64), (255, 0, 0, 128)).save(tmp_path / "a.png")

    pictures.fit(tmp_path / "a.png", tmp_path / "fit.bmp", (36, 64), scene=1)

    with Image.open(tmp_path / "fit.bmp") as fitted:
        assert fitted.mode == "RGB"


@pytest.mark.parametrize("cut", [0, 20, 60])
def test_a_broken_picture_is_refused_and_names_the_scene(cut: int, tmp_path: Path, draw) -> None:
    (tmp_path / "broken.png").write_bytes(draw()[:cut])

    with pytest.raises(
        StepRejectedError, match=r"picture of scene 4 .*YAA_MODELS__IMAGE"
    ) as caught:
        pictures.fit(tmp_path / "broken.png", tmp_path / "fit.bmp", (36, 64), scene=4)
    assert str(tmp_path) not in str(caught.value)


def test_a_picture_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    Image.new("1", (8000, 8000)).save(tmp_path / "huge.png")

    with pytest.raises(StepRejectedError, match="8000x8000 is too large"):
        pictures.fit(tmp_path / "huge.png", tmp_path / "fit.bmp", (36, 64), scene=1)


@pytest.mark.parametrize("size", [(216, 384), (384, 216)])
def test_a_thumbnail_shows_its_text(size: tuple[int, int], tmp_path: Path) -> None:
    Image.new("RGB", size, "navy").save(tmp_path / "picture.bmp")

    for name, text in (("with", "물이 흐르는 비밀"), ("without", "")):
        pictures.thumbnail(
            tmp_path / "picture.bmp", tmp_path / f"{name}.jpg", text, simulated=False
        )

    with Image.open(tmp_path / "with.jpg") as texted, Image.open(tmp_path / "without.jpg") as bare:
        changed = ImageChops.difference(texted, bare).convert("L").point(lambda v: v > 60 and 255)
        box = changed.getbbox()
        assert texted.size == size
        assert box is not None
        assert box[0] > 0
        assert box[2] < size[0]
        assert box[3] < size[1]


def test_a_thumbnail_of_the_simulator_is_labelled(tmp_path: Path) -> None:
    Image.new("RGB", (216, 384), "navy").save(tmp_path / "picture.bmp")

    for simulated in (True, False):
        target = tmp_path / f"{simulated}.jpg"
        pictures.thumbnail(tmp_path / "picture.bmp", target, "", simulated=simulated)

    with Image.open(tmp_path / "True.jpg") as labelled, Image.open(tmp_path / "False.jpg") as bare:
        box = ImageChops.difference(labelled, bare).convert("L").point(lambda v: v > 60 and 255)
        assert box.getbbox() is not None


def test_an_endless_text_is_cut_and_shown_small(tmp_path: Path) -> None:
    Image.new("RGB", (216, 384), "navy").save(tmp_path / "picture.bmp")

    pictures.thumbnail(
        tmp_path / "picture.bmp", tmp_path / "t.jpg", "아주긴문장" * 100, simulated=False
    )

    with Image.open(tmp_path / "t.jpg") as made:
        assert made.convert("L").getextrema()[1] > 200
