"""The brand guide of a channel: any YAML a person writes, cut into passages."""

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter

import yaml

from contracts.artifacts import Source
from researcher.passage import Passage

PASSAGE_CHARS = 600
MAX_CHARS = 100_000
MAX_ENTRIES = 1000
MAX_DEPTH = 12


class GuideError(ValueError):
    """The guide cannot be read; the message says where and why."""


type Entry = tuple[str, str]
"""The section, which is the first key on the way, and the text with the keys below it."""


def passages_of(guide: str) -> tuple[Passage, ...]:
    """Return the guide's passages, each at most `PASSAGE_CHARS` long and from one section.

    Every shape of YAML is taken: mappings, lists, a plain text. Values keep their spelling.

    Raises:
        GuideError: the guide is not valid YAML, or larger or deeper than a guide can be.
    """
    return tuple(
        Passage(text, Source(kind="brand_guide", title=section))
        for section, entries in groupby(_entries_of(guide), key=itemgetter(0))
        for text in _packed(text for _, text in entries)
    )


def _entries_of(guide: str) -> list[Entry]:
    entries = list(islice(_walk(_parsed(guide), (), 0), MAX_ENTRIES + 1))
    if len(entries) > MAX_ENTRIES:
        raise GuideError(f"it has more than {MAX_ENTRIES} entries: keep what matters")
    return entries


def _parsed(guide: str) -> list[object]:
    if len(guide) > MAX_CHARS:
        raise GuideError(f"it has {len(guide)} characters, at most {MAX_CHARS} are read")
    try:
        # BaseLoader builds plain text, lists and mappings only, so `no` stays `no`.
        return list(yaml.load_all(guide, Loader=yaml.BaseLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise GuideError(f"line {line}: {error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        line = guide.count("\n", 0, error.position) + 1
        raise GuideError(f"line {line}: {error.reason}") from error
    except RecursionError as error:
        raise GuideError("line 1: it is nested too deeply") from error


def _walk(node: object, path: tuple[str, ...], depth: int) -> Iterator[Entry]:
    if depth > MAX_DEPTH:
        raise GuideError(f"it is nested more than {MAX_DEPTH} levels deep: flatten it")
    match node:
        case dict() if node:
            for key, value in node.items():
                yield from _walk(value, (*path, str(key)), depth + 1)
        case list() if node:
            for value in node:
                yield from _walk(value, path, depth + 1)
        case _:
            section, *below = path or ("brand guide",)
            value = node.strip() if isinstance(node, str) else ""
            # An empty value is an entry as well, or aliases of empty lists could walk for ever.
            yield section, " / ".join([*below, value]) if value else ""


def _packed(texts: Iterable[str]) -> Iterator[str]:
    lines = [line for text in texts for line in textwrap.wrap(text, PASSAGE_CHARS)]
    packed = ""
    for line in lines:
        if packed and len(packed) + 1 + len(line) > PASSAGE_CHARS:
            yield packed
            packed = line
        else:
            packed = f"{packed}\n{line}" if packed else line
    if packed:
        yield packed
