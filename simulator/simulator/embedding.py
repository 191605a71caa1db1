"""Vectors in which texts that share words, parts of words or a field of knowledge are near."""

import base64
import math
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator

from simulator.content.knowledge import domains_in

_WORD = re.compile(r"[0-9a-z가-힣]+")
_FIELD_WEIGHT = 1.2
_WORD_WEIGHT = 1.0
_PART_WEIGHT = 0.6
_KOREAN_PART, _LATIN_PART = 2, 4


def vector_of(text: str, dimensions: int) -> list[float]:
    """Return a vector of length 1."""
    vector = [0.0] * dimensions
    for feature, weight in _weights_of(text).items():
        code = zlib.crc32(feature.encode())
        vector[code % dimensions] += weight if code & 0x8000_0000 else -weight
    length = math.sqrt(sum(number * number for number in vector))
    if not length:
        vector[0] = length = 1.0
    return [number / length for number in vector]


def packed(vector: list[float]) -> str:
    """Return the vector as the API's base64: 32-bit floats, little endian."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _weights_of(text: str) -> dict[str, float]:
    counted = Counter(_features_of(text.lower()))
    weights = {
        feature: _weight(feature) * (1 + math.log(times)) for feature, times in counted.items()
    }
    weights.update({f"field:{domain.name}": _FIELD_WEIGHT for domain in domains_in(text)})
    return weights


def _weight(feature: str) -> float:
    return _WORD_WEIGHT if feature.startswith("word:") else _PART_WEIGHT


def _features_of(text: str) -> Iterator[str]:
    for word in _WORD.findall(text):
        yield f"word:{word}"
        size = _KOREAN_PART if re.search(r"[가-힣]", word) else _LATIN_PART
        for start in range(len(word) - size + 1):
            yield f"part:{word[start : start + size]}"
