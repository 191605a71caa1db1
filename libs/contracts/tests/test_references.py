"""Artifacts by reference: what events carry, and what is found again by its hash."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from contracts.artifacts import Artifact, ArtifactRef, Revision
from contracts.references import body_of, inline_ref, lightened


class Note(Artifact):
    text: str
    share: float = 0.1


def note(size: int) -> ArtifactRef:
    return inline_ref(Note(text="x" * size))


@given(st.text(), st.floats(allow_nan=True, allow_infinity=True))
def test_a_reference_names_the_content_it_carries(text: str, share: float) -> None:
    artifact = Note(text=text, share=share)

    ref = inline_ref(artifact)

    body = body_of(ref)
    assert ref.sha256 == hashlib.sha256(body).hexdigest()
    assert ref.size_bytes == len(body)
    assert body == artifact.model_dump_json().encode()


def test_a_revision_carries_what_is_to_be_revised() -> None:
    before = note(10)

    ref = inline_ref(Revision(comment="shorter", round=1, previous=before))

    assert ref.kind == "Revision"
    assert Revision.model_validate(ref.inline).previous == before


def test_what_fits_into_an_event_stays_inline() -> None:
    refs = {"a": note(100), "b": note(200), "c": note(1).model_copy(update={"inline": None})}

    assert lightened(refs) == (refs, ())


def test_the_largest_artifacts_are_left_to_the_store() -> None:
    refs = {"a": note(5000), "b": note(300), "c": note(400), "d": note(4000)}

    light, to_store = lightened(refs, max_bytes=1000)

    assert {name: ref.inline is None for name, ref in light.items()} == {
        "a": True,
        "b": False,
        "c": False,
        "d": True,
    }
    assert list(light) == list(refs)
    assert [(ref.sha256, ref.size_bytes) for ref in to_store] == [
        (light[name].sha256, light[name].size_bytes) for name in ("d", "a")
    ]
    assert to_store[0] == refs["d"]


@given(st.lists(st.integers(0, 4000), max_size=12))
def test_no_event_carries_more_than_it_may(sizes: list[int]) -> None:
    refs = {f"s{index}": note(size) for index, size in enumerate(sizes)}

    light, to_store = lightened(refs, max_bytes=8000)

    assert sum(ref.size_bytes for ref in light.values() if ref.inline is not None) <= 8000
    assert len(to_store) == sum(ref.inline is None for ref in light.values())


def test_what_is_stored_is_found_again_even_when_it_is_written_otherwise() -> None:
    ref = note(10).model_copy(update={"inline": {"share": 0.1, "text": "x"}})

    light, (stored,) = lightened({"a": ref}, max_bytes=0)

    assert light["a"].sha256 == hashlib.sha256(body_of(stored)).hexdigest() != ref.sha256
    assert json.loads(body_of(stored)) == ref.inline
