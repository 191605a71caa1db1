"""Whatever the narrations, the video's parts fit together and fades never cover speech."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from media.timeline import FADE_MS, GRID_MS, PIECE_MAX_MS, Timeline, frames, plan

timelines = st.lists(st.integers(1, 60_000), min_size=1, max_size=20).map(plan)


@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=20))
def test_every_narration_is_spoken_whole_and_in_order(narrations: list[int]) -> None:
    slots = plan(narrations).slots

    assert [slot.speech_end_ms - slot.speech_start_ms for slot in slots] == narrations
    assert slots[0].start_ms == 0
    assert all(earlier.end_ms == later.start_ms for earlier, later in pairwise(slots))
    assert all(slot.start_ms < slot.speech_start_ms for slot in slots)
    assert all(slot.speech_end_ms < slot.end_ms for slot in slots)


@given(timelines)
def test_the_total_is_the_sum_of_the_scenes_and_of_the_pieces(timeline: Timeline) -> None:
    scenes = sum(slot.end_ms - slot.start_ms for slot in timeline.slots)
    pieces = sum(piece.span.length_ms for piece in timeline.pieces())

    assert timeline.total_ms == scenes == pieces


@given(timelines)
def test_a_cross_fade_never_covers_speech(timeline: Timeline) -> None:
    for fade in (piece.span.end_ms for piece in timeline.pieces() if piece.fades):
        for slot in timeline.slots:
            assert fade <= slot.speech_start_ms or fade - FADE_MS >= slot.speech_end_ms


@given(timelines)
def test_neighbours_overlap_by_one_fade_and_others_not_at_all(timeline: Timeline) -> None:
    seen = [timeline.visible(scene) for scene in range(len(timeline.slots))]

    assert all(one.end_ms - next_one.start_ms == FADE_MS for one, next_one in pairwise(seen))
    assert all(one.end_ms <= third.start_ms for one, third in zip(seen, seen[2:], strict=False))
    assert (seen[0].start_ms, seen[-1].end_ms) == (0, timeline.total_ms)


@given(timelines)
def test_pieces_follow_each_other_and_show_only_what_is_visible(timeline: Timeline) -> None:
    pieces = timeline.pieces()

    assert pieces[0].span.start_ms == 0
    for one, next_one in pairwise(pieces):
        assert one.span.end_ms == next_one.span.start_ms
        assert one.fades == (one.scene != next_one.scene)
    for piece in pieces:
        seen = timeline.visible(piece.scene)
        assert seen.start_ms <= piece.span.start_ms < piece.span.end_ms <= seen.end_ms


@given(timelines)
def test_a_piece_is_long_enough_for_its_fade_and_short_enough_to_share(
    timeline: Timeline,
) -> None:
    for piece in timeline.pieces():
        assert piece.span.length_ms >= (FADE_MS if piece.fades else GRID_MS)
        assert piece.span.length_ms <= PIECE_MAX_MS + GRID_MS


@given(timelines, st.sampled_from([5, 10, 25, 30, 50, 60]))
def test_every_piece_has_a_whole_number_of_frames(timeline: Timeline, fps: int) -> None:
    for piece in timeline.pieces():
        assert frames(piece.span.length_ms, fps) * 1000 == piece.span.length_ms * fps


def test_a_small_change_of_one_narration_moves_no_scene_before_it() -> None:
    before, after = plan([4000, 5000, 6000]), plan([4000, 5300, 6000])

    assert before.slots[0] == after.slots[0]
    assert before.slots[1].start_ms == after.slots[1].start_ms
    assert before.slots[2].start_ms < after.slots[2].start_ms
