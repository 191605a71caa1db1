"""Sentences with gaps: `{subject}` is filled in, `{subject|을}` takes the right particle too."""

import re
from collections.abc import Mapping

from simulator.content.korean import with_particle

_GAP = re.compile(r"\{(\w+)(?:\|([가-힣]+))?\}")


def filled(template: str, words: Mapping[str, object]) -> str:
    """Return `template` with its gaps filled; a gap without a word is an error."""

    def word(gap: re.Match[str]) -> str:
        name, particle = gap.groups()
        value = str(words[name])
        return with_particle(value, particle) if particle else value

    text = _GAP.sub(word, template)
    return text[:1].upper() + text[1:]
