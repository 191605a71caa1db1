"""Korean particles and endings follow the last sound."""

import pytest

from simulator.content.korean import polite, with_particle
from simulator.content.template import filled


@pytest.mark.parametrize(
    ("word", "particle", "expected"),
    [
        ("별", "은", "별은"),
        ("커피", "은", "커피는"),
        ("달", "이", "달이"),
        ("바다", "이", "바다가"),
        ("블랙홀", "을", "블랙홀을"),
        ("우주", "을", "우주를"),
        ("책", "과", "책과"),
        ("나무", "과", "나무와"),
        ("집", "으로", "집으로"),
        ("서울", "으로", "서울로"),
        ("학교", "으로", "학교로"),
        ("AI", "은", "AI는"),
        ("LLM", "은", "LLM은"),
        ("URL", "으로", "URL로"),
        ("Google", "이", "Google이"),
        ("2026", "을", "2026을"),
        ("3월 2", "은", "3월 2는"),
        ("\u2018왜\u2019", "이라는", "\u2018왜\u2019라는"),
        ("길(道)", "은", "길(道)은"),
        ("…", "은", "…는"),
    ],
)
def test_a_particle_takes_the_form_its_word_asks_for(word, particle, expected):
    assert with_particle(word, particle) == expected


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("별은 태양이다.", "별은 태양입니다."),
        ("잠을 깨운다.", "잠을 깨웁니다."),
        ("밥을 먹는다.", "밥을 먹습니다."),
        ("물이 있다.", "물이 있습니다."),
        ("하루가 길다.", "하루가 깁니다."),
        ("맛이 다르다.", "맛이 다릅니다."),
        ("빵을 만든다.", "빵을 만듭니다."),
        ("값이 올랐다", "값이 올랐습니다."),
        ("이미 끝났습니다.", "이미 끝났습니다."),
        ("그렇지 않습니까?", "그렇지 않습니까?"),
        ("Plain English.", "Plain English."),
    ],
)
def test_a_plain_ending_becomes_a_polite_one(plain, expected):
    assert polite(plain) == expected


def test_a_template_puts_the_word_and_its_particle_into_the_gap():
    assert filled("{subject|을} 보면 {n}가지.", {"subject": "바다", "n": 3}) == "바다를 보면 3가지."
