"""Korean grammar the templates need: particles, polite endings, and how long it takes to say."""

import re

_FIRST, _LAST = 0xAC00, 0xD7A3
_FINALS = 28
_NIEUN, _RIEUL, _BIEUP = 4, 8, 17

_PARTICLES = {
    "은": ("은", "는"),
    "이": ("이", "가"),
    "을": ("을", "를"),
    "과": ("과", "와"),
    "으로": ("으로", "로"),
    "이라는": ("이라는", "라는"),
    "이라면": ("이라면", "라면"),
    "이란": ("이란", "란"),
    "이나": ("이나", "나"),
    "이에요": ("이에요", "예요"),
    "이었": ("이었", "였"),
}
_DIGIT_FINALS = {"0": 21, "1": _RIEUL, "3": 16, "6": 1, "7": _RIEUL, "8": _RIEUL}
_LETTER_FINALS = {"L": _RIEUL, "M": 16, "N": _NIEUN, "R": _RIEUL}
_SOUND = re.compile(r"[0-9A-Za-z가-힣]")
_SHORT_STOP = re.compile(r"(?:oo|(?:[^aeiou]|^)[aeiou])(?:ck|[bckpt])$")


def with_particle(word: str, particle: str) -> str:
    """Return `word` with the form of `particle` that its last sound asks for.

    Args:
        word: Any text; Latin words and figures count as a Korean would read them.
        particle: The form after a consonant, such as `은`, `이`, `을`, `으로`.
    """
    after_consonant, after_vowel = _PARTICLES[particle]
    final = final_of(word)
    if particle == "으로" and final == _RIEUL:
        return word + after_vowel
    return word + (after_consonant if final else after_vowel)


def final_of(word: str) -> int:
    """Return the number of the final consonant of the last sound of `word`, 0 for none."""
    sounds = _SOUND.findall(word)
    if not sounds:
        return 0
    last = sounds[-1]
    if _FIRST <= ord(last) <= _LAST:
        return (ord(last) - _FIRST) % _FINALS
    if last.isdigit():
        return _DIGIT_FINALS.get(last, 0)
    return _latin_final(re.findall(r"[A-Za-z]+", word)[-1])


def is_korean(text: str) -> bool:
    return bool(re.search(r"[가-힣]", text))


def polite(sentence: str) -> str:
    """Return a sentence in the plain written form (`한다.`) in the polite one (`합니다.`).

    A sentence that does not end that way is returned as it is.
    """
    match = re.fullmatch(r"(.*)([가-힣])다([.!]?)", sentence.strip(), re.DOTALL)
    if match is None:
        return sentence
    before, syllable, mark = match.groups()
    if syllable == "니" and final_of(before[-1:]) == _BIEUP:
        return sentence
    return f"{before}{_polite_stem(before, syllable)}니다{mark or '.'}"


def _polite_stem(before: str, syllable: str) -> str:
    final = final_of(syllable)
    if syllable == "는" and final_of(before[-1:]):
        return "습"
    if final in {0, _NIEUN, _RIEUL}:
        return chr(ord(syllable) - final + _BIEUP)
    return f"{syllable}습"


def _latin_final(word: str) -> int:
    if word.isupper():
        return _LETTER_FINALS.get(word[-1], 0)
    lower = word.lower()
    if lower.endswith(("l", "le")):
        return _RIEUL
    if lower.endswith(("m", "n", "ng")):
        return _NIEUN
    return 1 if _SHORT_STOP.search(lower) else 0
