"""Chooses from a prompt's words what to paint, and paints it."""

import io
import re
from collections.abc import Callable
from pathlib import Path

from simulator.chance import Chance
from simulator.picture import objects, scenery
from simulator.picture.canvas import PALETTES, Canvas
from simulator.picture.caption import write
from simulator.picture.formats import Format

type Motif = Callable[[Canvas], None]

_CAPTION_MAX = 160

_PALETTES = {
    "deep": ("deep ocean", "deep blue", "bioluminescent", "plankton", "octopus", "심해"),
    "night": (
        "debris",
        "night",
        "star",
        "space",
        "moon",
        "nebula",
        "black hole",
        "galaxy",
        "밤",
        "우주",
        "별",
    ),
    "autumn": ("autumn", "fire", "pepper", "chili", "roast", "단풍", "가을"),
    "ocean": ("ocean", "sea", "wave", "beach", "whale", "river", "rain", "바다", "파도"),
    "tech": ("network", "robot", "chip", "data", "glowing lines", "brain", "cable", "ai ", "로봇"),
    "rose": ("blossom", "pink", "dream", "flower", "music", "꽃", "음악"),
    "forest": ("forest", "tree", "plant", "green", "garden", "leaf", "meadow", "숲", "나무"),
    "warm": (
        "coffee",
        "bread",
        "warm",
        "table",
        "candle",
        "desk",
        "food",
        "palace",
        "커피",
        "음식",
    ),
    "dawn": ("sunset", "sunrise", "dawn", "dusk", "golden", "mountain", "city", "서울", "도시"),
    "fresh": ("chart", "coin", "window", "cloud", "sky", "clear", "bright", "돈", "경제"),
}
_BACKGROUNDS: dict[str, tuple[str, ...]] = {
    "depths": ("deep ocean", "deep blue", "bioluminescent", "plankton", "ocean floor", "심해"),
    "waves": ("ocean", "sea", "wave", "beach", "whale", "river", "lake", "warship", "바다", "파도"),
    "skyline": (
        "city",
        "skyline",
        "street",
        "alley",
        "subway",
        "bridge",
        "station",
        "서울",
        "도시",
    ),
    "trees": ("forest", "tree", "leaves", "garden", "meadow", "blossom", "숲", "나무"),
    "mountains": ("mountain", "highland", "landscape", "palace", "산"),
    "hills": ("hill", "field", "path", "grass", "dune", "sun", "cloud"),
}
_SKIES: dict[str, tuple[str, ...]] = {
    "stars": (
        "night",
        "star",
        "space",
        "nebula",
        "galaxy",
        "black hole",
        "orbit",
        "밤",
        "우주",
        "별",
    ),
    "sun": ("sunset", "sunrise", "dawn", "dusk", "golden hour", "morning", "sunlight", "sunlit"),
    "clouds": ("cloud", "storm", "aeroplane", "구름"),
}
_OBJECTS: dict[str, tuple[str, ...]] = {
    "black_hole": ("black hole", "블랙홀"),
    "earth": ("blue earth", "earth between", "planet earth", "globe", "지구"),
    "boat": ("boat", "ship", "warship", "sail", "배"),
    "orbits": ("orbit", "planet", "sun with", "태양계"),
    "cup": ("cup", "coffee", "tea", "bowl", "kettle", "dish", "bread", "steam", "커피"),
    "brain": ("brain", "memory", "뇌", "기억"),
    "chart": ("chart", "coin", "price", "saving", "scale", "calendar", "jar", "돈", "경제"),
    "palace": ("palace", "temple", "eaves", "village house", "한옥", "궁"),
    "network": ("network", "robot", "chip", "data", "lines", "cable", "lights", "web", "로봇"),
    "window": ("window", "desk", "book", "room", "bed", "책"),
    "ripples": ("ripple", "sound", "music", "question", "ring", "loop", "spiral", "음악"),
    "people": ("person", "people", "friend", "child", "traveller", "figure", "runner", "hands",
               "photographer", "chef", "craftsperson", "silhouette", "사람"),
}  # fmt: skip
_ALONE = {"black_hole", "earth", "orbits", "cup", "brain", "window", "network"}
_WITH_PEOPLE = {"network", "ripples"}


def paint(
    prompt: str,
    size: tuple[int, int],
    *,
    seed: int = 0,
    form: Format = "png",
    font: Path | None = None,
) -> bytes:
    """Return a picture file that shows the subject of `prompt` and the prompt itself."""
    chance = Chance("picture", seed, prompt)
    subject = prompt.split(";", maxsplit=1)[0].strip() or prompt
    words = subject.lower()
    fitting = _named(words, _PALETTES)
    name = next((name for name in _PALETTES if name in fitting), chance.pick(list(PALETTES)))
    palette = PALETTES[name]
    canvas = Canvas(*size, palette, chance.of("paint"))
    for motif in _motifs(words, chance):
        motif(canvas)
    picture = canvas.finished()
    write(picture, _caption(subject), font)
    file = io.BytesIO()
    options = {"compress_level": 4} if form == "png" else {"quality": 88}
    picture.save(file, form.upper(), **options)
    return file.getvalue()


def _motifs(words: str, chance: Chance) -> list[Motif]:
    """Return what to paint, from the farthest to the nearest."""
    things = _named(words, _OBJECTS)[:2]
    grounds = _named(words, _BACKGROUNDS)[:1]
    if set(things) & _ALONE:
        first = next(thing for thing in things if thing in _ALONE)
        beside = ["people"] if "people" in things and first in _WITH_PEOPLE else []
        things, grounds = [first, *beside], []
    elif not things and not grounds:
        things, grounds = ([], ["hills"]) if chance.below(2) else (["ripples"], [])
    skies = [] if {"window", "depths"} & {*things, *grounds} else _named(words, _SKIES)
    far = [getattr(scenery, name) for name in _SKIES if name in skies][:1]
    if "earth" not in things and ("moon" in words or "달" in words.split()):
        far.append(scenery.moon)
    near = [getattr(scenery, name) for name in grounds]
    near += [scenery.rain] if "rain" in words.split() else []
    return [*far, *near, *(getattr(objects, name) for name in things)]


def _named(words: str, table: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the entries whose words are found, the one that comes first in the prompt first."""
    places = {
        name: min((place for word in keys if (place := _find(words, word)) >= 0), default=-1)
        for name, keys in table.items()
    }
    return sorted((name for name, place in places.items() if place >= 0), key=places.__getitem__)


def _find(words: str, word: str) -> int:
    match = re.search(rf"\b{re.escape(word)}" if word.isascii() else re.escape(word), words)
    return match.start() if match else -1


def _caption(text: str) -> str:
    line = " ".join(text.split())
    line = line[:1].upper() + line[1:]
    return line if len(line) <= _CAPTION_MAX else f"{line[:_CAPTION_MAX].rsplit(' ', 1)[0]} …"
