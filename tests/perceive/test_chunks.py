"""Where audio is cut before it is heard."""

import hashlib
from itertools import pairwise

import pytest

from transforms.perceive.chunks import Chunk, plan_chunks


def _activity(seed: int, stretches: int) -> list[tuple[float, float]]:
    """Stretches of 0.1 to 9 s with pauses of 0 to 6 s, the same for a seed."""
    found, at_ms = [], 0
    for number in range(stretches):
        draw = hashlib.sha256(f"{seed} {number}".encode()).digest()
        start_ms = at_ms + int.from_bytes(draw[:2]) % 6_000
        at_ms = start_ms + 100 + int.from_bytes(draw[2:4]) % 8_900
        found.append((start_ms / 1000, at_ms / 1000))
    return found


def test_no_activity_no_chunks() -> None:
    assert plan_chunks([], 60.0) == ()


def test_a_stretch_is_padded_and_held_inside_the_audio() -> None:
    assert plan_chunks([(0.1, 2.0)], 2.1) == (Chunk(0.0, 2.1, ((0.1, 2.0),)),)


def test_neighbours_are_heard_together() -> None:
    assert plan_chunks([(1.0, 2.0), (4.0, 5.0)], 9.0) == (Chunk(0.8, 5.2, ((1.0, 2.0), (4.0, 5.0))),)


def test_a_long_silence_ends_a_chunk() -> None:
    chunks = plan_chunks([(1.0, 2.0), (6.5, 7.5)], 9.0)
    assert [(chunk.start_s, chunk.end_s) for chunk in chunks] == [(0.8, 2.2), (6.3, 7.7)]


def test_a_click_between_silences_is_noise() -> None:
    assert plan_chunks([(1.0, 1.1), (9.0, 10.0)], 20.0) == (Chunk(8.8, 10.2, ((9.0, 10.0),)),)


def test_a_click_beside_speech_is_kept() -> None:
    (chunk,) = plan_chunks([(1.0, 1.1), (2.0, 3.0)], 20.0)
    assert chunk.speech == ((1.0, 1.1), (2.0, 3.0))


def test_a_full_chunk_is_cut_at_the_longest_pause_of_its_second_half() -> None:
    activity = [(0.0, 3.0), (4.5, 6.0), (6.1, 7.0), (7.5, 9.0), (9.2, 12.0)]
    chunks = plan_chunks(activity, 12.0, longest_s=10.4)
    assert [(chunk.start_s, chunk.end_s) for chunk in chunks] == [(0.0, 7.2), (7.3, 12.0)]


def test_close_neighbours_share_the_pause_between_them() -> None:
    first, second = plan_chunks([(0.0, 5.0), (5.1, 9.0)], 9.0, longest_s=6.4)
    assert (first.end_s, second.start_s) == (5.05, 5.05)


def test_speech_without_a_pause_is_cut_into_equal_parts() -> None:
    chunks = plan_chunks([(0.0, 60.0)], 60.0)
    assert [(chunk.start_s, chunk.end_s) for chunk in chunks] == [(0.0, 20.0), (20.0, 40.0), (40.0, 60.0)]


def test_activity_past_the_end_is_left_out() -> None:
    assert plan_chunks([(1.0, 4.0), (8.1, 9.0)], 3.0) == (Chunk(0.8, 3.0, ((1.0, 3.0),)),)


def test_order_of_the_activity_does_not_matter() -> None:
    activity = _activity(1, 20)
    assert plan_chunks(activity[::-1], 300.0) == plan_chunks(activity, 300.0)


@pytest.mark.parametrize("longest_s", [28.0, 9.5, 3.0])
@pytest.mark.parametrize("seed", range(12))
def test_chunks_hold_all_speech_once_and_no_more_than_fits(seed: int, longest_s: float) -> None:
    activity = _activity(seed, 60)
    duration_s = activity[-1][1] + 1
    chunks = plan_chunks(activity, duration_s, longest_s)
    assert all(0 <= chunk.start_s < chunk.end_s <= duration_s for chunk in chunks)
    assert max(chunk.end_s - chunk.start_s for chunk in chunks) <= longest_s
    assert all(before.end_s <= after.start_s for before, after in pairwise(chunks))
    inside = [stretch for chunk in chunks for stretch in chunk.speech]
    assert all(chunk.start_s <= a and b <= chunk.end_s for chunk in chunks for a, b in chunk.speech)
    kept_s, all_s = (sum(b - a for a, b in some) for some in (inside, activity))
    lone_s = 0.25 * sum(end - start < 0.25 for start, end in activity)
    assert all_s - lone_s <= kept_s + 1e-6 <= all_s + 2e-6
    fitting = {stretch for stretch in inside if stretch[1] - stretch[0] <= longest_s - 0.4 and stretch in activity}
    assert len(fitting) == sum(0.25 <= b - a <= longest_s - 0.4 for a, b in activity) + sum(
        b - a < 0.25 and (a, b) in inside for a, b in activity
    )
