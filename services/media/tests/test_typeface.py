"""The shipped font shows Korean, and what it cannot show is left out."""

from media import typeface


def test_the_licence_ships_beside_the_font() -> None:
    licence = typeface.FILE.with_name("Pretendard-LICENSE.txt").read_text(encoding="utf-8")

    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert typeface.at(10).getname() == (typeface.FAMILY, "Bold")
    assert typeface.FILE.stat().st_size < 2_000_000


def test_every_hangul_syllable_has_a_shape_of_its_own() -> None:
    syllables = "".join(map(chr, range(ord("가"), ord("힣") + 1, 97)))
    nothing = bytes(typeface.at(40).getmask("\U0010ffff"))

    assert all(bytes(typeface.at(40).getmask(char)) != nothing for char in syllables)


def test_emoji_are_left_out_and_signs_of_the_font_stay() -> None:
    assert typeface.showable("물 🌿👩‍🔬 100℃ → ★") == "물 100℃ → ★"


def test_decomposed_hangul_is_composed() -> None:
    assert typeface.showable("\u1112\u1161\u11ab글") == "한글"


def test_letters_that_another_font_may_have_stay() -> None:
    assert typeface.showable("漢字") == "漢字"


def test_width_grows_with_the_text() -> None:
    assert 0 < typeface.width_of("i") < typeface.width_of("한") < typeface.width_of("한글")
