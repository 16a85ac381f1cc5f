"""The sound of a video on the video's clock: which sample is heard when."""

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.audio.resampler import AudioResampler
from av.stream import Disposition

from tests.media.clips import Sound, Track, numbered, overwrite, track, write
from transforms.media.audio import RATE, Pcm, Soundtrack
from transforms.media.decode import open_video

N = 30
"""Frames of 40 ms in most videos here: 1.2 s, 19200 samples."""
LENGTH = 19200


def noise(count: int, seed: int = 0) -> np.ndarray:
    """Samples that PCM keeps exactly, none of them zero, as `(1, count)`."""
    steps = np.random.default_rng(seed).integers(1, 20000, (1, count))
    return steps / 32768


def chunks(samples: np.ndarray, first: int = 0, size: int = 320) -> list[tuple[int, np.ndarray]]:
    """Packets of 20 ms, as if taken down from sample `first` on."""
    return [(first + at, samples[:, at : at + size]) for at in range(0, samples.shape[1], size)]


def ints(samples: np.ndarray) -> np.ndarray:
    return np.round(samples[0] * 32768).astype(np.int16)


def hear(path: Path) -> tuple[np.ndarray, Pcm, Soundtrack]:
    with open_video(path) as source:
        assert source.audio is not None
        sound = Soundtrack(source.audio, BytesIO())
        for _ in source.frames(sound):
            pass
        pcm = sound.pcm(source.origin_s, source.times().duration_s)
    assert pcm.length_s == len(pcm.data) / 2 / RATE
    return np.frombuffer(pcm.data, np.int16), pcm, sound


def clicks(at_s: Sequence[float], length_s: float, rate: int, channels: int = 1) -> np.ndarray:
    """Silence with a short soft click around each of the times."""
    samples = np.zeros(round(length_s * rate))
    for middle_s in at_s:
        away = (np.arange(len(samples)) / rate - middle_s) / 0.001
        samples += 0.8 * np.exp(-(away**2))
    return np.repeat(samples[None], channels, axis=0)


def heard_clicks(samples: np.ndarray, start_s: float = 0.0) -> list[float]:
    """Times of the peaks, in order: the centre of each stretch that is loud, weighed by loudness."""
    loud = np.flatnonzero(np.abs(samples.astype(float)) > 8000)
    stretches = np.split(loud, np.flatnonzero(np.diff(loud) > 200) + 1)
    return [
        start_s + float(np.average(stretch, weights=np.abs(samples[stretch].astype(float)))) / RATE
        for stretch in stretches
        if len(stretch)
    ]


@pytest.mark.parametrize("name", ["a.mkv", "a.mov", "a.avi", "a.nut"])
def test_sound_that_is_already_as_wanted_is_kept_to_the_bit(tmp_path: Path, name: str) -> None:
    samples = noise(LENGTH)
    video = track(N)
    if name == "a.avi":
        video = Track(video.pictures, range(N + 1), Fraction(1, 25), codec="mpeg4")
    write(tmp_path / name, video, Sound(chunks(samples)))
    heard, pcm, sound = hear(tmp_path / name)
    assert np.array_equal(heard, ints(samples))
    assert (pcm.start_s, pcm.length_s, sound.failed) == (0.0, 1.2, 0)


def test_lossless_sound_is_kept_to_the_bit(tmp_path: Path) -> None:
    samples = noise(LENGTH)
    write(tmp_path / "a.mkv", track(N), Sound(chunks(samples), codec="flac"))
    assert np.array_equal(hear(tmp_path / "a.mkv")[0], ints(samples))


def test_sound_ends_with_the_video(tmp_path: Path) -> None:
    samples = noise(2 * LENGTH)
    write(tmp_path / "a.mkv", track(N), Sound(chunks(samples)))
    heard, pcm, _ = hear(tmp_path / "a.mkv")
    assert np.array_equal(heard, ints(samples)[:LENGTH])
    assert (pcm.start_s, pcm.length_s) == (0.0, 1.2)


def test_sound_may_end_before_the_video(tmp_path: Path) -> None:
    samples = noise(8000)
    write(tmp_path / "a.mkv", track(N), Sound(chunks(samples)))
    heard, pcm, _ = hear(tmp_path / "a.mkv")
    assert np.array_equal(heard, ints(samples))
    assert (pcm.start_s, pcm.length_s) == (0.0, 0.5)


def test_sound_may_start_after_the_video(tmp_path: Path) -> None:
    samples = noise(LENGTH)
    write(tmp_path / "a.mkv", track(N), Sound(chunks(samples, first=8000)))
    heard, pcm, _ = hear(tmp_path / "a.mkv")
    assert np.array_equal(heard, ints(samples)[: LENGTH - 8000])
    assert (pcm.start_s, pcm.length_s) == (0.5, 0.7)


def test_sound_before_the_first_frame_is_left_out(tmp_path: Path) -> None:
    samples = noise(2 * LENGTH)
    write(tmp_path / "a.mkv", track(N, first_tick=500), Sound(chunks(samples)))
    heard, pcm, _ = hear(tmp_path / "a.mkv")
    assert np.array_equal(heard, ints(samples)[8000 : 8000 + LENGTH])
    assert (pcm.start_s, pcm.length_s) == (0.0, 1.2)


def test_a_container_may_start_anywhere(tmp_path: Path) -> None:
    samples = noise(LENGTH)
    write(tmp_path / "a.mkv", track(N, first_tick=10000), Sound(chunks(samples, first=160000)))
    heard, pcm, _ = hear(tmp_path / "a.mkv")
    assert np.array_equal(heard, ints(samples))
    assert (pcm.start_s, pcm.length_s) == (0.0, 1.2)


@pytest.mark.parametrize("first", [20 * 16000, -3 * 16000], ids=["after the end", "before the start"])
def test_sound_outside_the_video_is_none(tmp_path: Path, first: int) -> None:
    start_ms = max(0, -first) // 16
    sound = Sound(chunks(noise(LENGTH), first=max(0, first)))
    write(tmp_path / "a.mkv", track(N, first_tick=start_ms), sound)
    heard, pcm, _ = hear(tmp_path / "a.mkv")
    assert (len(heard), pcm.length_s) == (0, 0.0)


def test_a_gap_is_silent_and_what_follows_stays_in_its_place(tmp_path: Path) -> None:
    samples = noise(LENGTH)
    kept = [(at, chunk) for at, chunk in chunks(samples) if not 4800 <= at < 9600]
    write(tmp_path / "a.mkv", track(N), Sound(kept))
    expected = ints(samples)
    expected[4800:9600] = 0
    heard, pcm, _ = hear(tmp_path / "a.mkv")
    assert np.array_equal(heard, expected)
    assert pcm.length_s == 1.2


def test_several_gaps(tmp_path: Path) -> None:
    samples = noise(LENGTH)
    kept = [(at, chunk) for at, chunk in chunks(samples) if at // 1600 % 3 != 1]
    write(tmp_path / "a.mkv", track(N), Sound(kept))
    expected = ints(samples)
    expected[np.arange(LENGTH) // 1600 % 3 == 1] = 0
    assert np.array_equal(hear(tmp_path / "a.mkv")[0], expected)


def test_where_sound_overlaps_the_later_packet_counts(tmp_path: Path) -> None:
    first, second, third = noise(8000, 1), noise(8000, 2), noise(8000, 3)
    # At 0 to 0.5 s, 0.3 to 0.8 s and 0.7 to 1.2 s.
    write(tmp_path / "a.mkv", track(N), Sound([(0, first), (4800, second), (11200, third)]))
    expected = np.concatenate([ints(first)[:4800], ints(second)[:6400], ints(third)])
    heard, pcm, _ = hear(tmp_path / "a.mkv")
    assert np.array_equal(heard, expected)
    assert pcm.length_s == 1.2


def test_an_overlap_does_not_shorten_what_reaches_further(tmp_path: Path) -> None:
    long, short = noise(LENGTH, 1), noise(1600, 2)
    write(tmp_path / "a.mkv", track(N), Sound([(0, long), (16000 - 1600, short)]))
    expected = ints(long)
    expected[16000 - 1600 : 16000] = ints(short)
    assert np.array_equal(hear(tmp_path / "a.mkv")[0], expected)


@pytest.mark.parametrize("off", [160, -160, 480, -480])
def test_times_that_are_off_by_a_little_follow_the_samples(tmp_path: Path, off: int) -> None:
    samples = noise(LENGTH)
    shaken = [(at + (off if at in (3200, 9600, 9920) else 0), chunk) for at, chunk in chunks(samples, size=1600)]
    write(tmp_path / "a.mkv", track(N), Sound(shaken))
    assert np.array_equal(hear(tmp_path / "a.mkv")[0], ints(samples))


def test_a_clock_that_runs_slow_is_followed_in_small_steps(tmp_path: Path) -> None:
    samples = noise(LENGTH)
    # Each packet of 20 ms comes 1 ms too late; after 41 ms the sound is moved.
    late = [(at + 16 * index, chunk) for index, (at, chunk) in enumerate(chunks(samples))]
    write(tmp_path / "a.mkv", track(40), Sound(late))
    heard, pcm, _ = hear(tmp_path / "a.mkv")
    moved = 41 * 320
    assert np.array_equal(heard[:moved], ints(samples)[:moved])
    assert not heard[moved : moved + 41 * 16].any()
    assert np.array_equal(heard[moved + 41 * 16 :], ints(samples)[moved:])
    assert pcm.length_s == (LENGTH + 41 * 16) / RATE


@pytest.mark.parametrize("channels", [1, 2], ids=["mono", "stereo"])
@pytest.mark.parametrize("rate", [8000, 11025, 22050, 32000, 44100, 48000, 96000])
def test_other_rates_keep_their_times(tmp_path: Path, rate: int, channels: int) -> None:
    at_s = [0.1, 0.5, 1.1]
    samples = clicks(at_s, 1.2, rate, channels)
    write(tmp_path / "a.mkv", track(N), Sound(chunks(samples, size=rate // 50), rate=rate))
    heard, pcm, _ = hear(tmp_path / "a.mkv")
    assert heard_clicks(heard) == pytest.approx(at_s, abs=1 / RATE)
    assert pcm.start_s == 0.0
    assert len(heard) == pytest.approx(LENGTH, abs=1)
    assert int(heard.max()) == pytest.approx(0.8 * 32768, rel=0.02)


@pytest.mark.parametrize("rate", [44100, 48000])
def test_a_tone_keeps_its_pitch_phase_and_loudness_over_a_minute(tmp_path: Path, rate: int) -> None:
    seconds = 60
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(seconds * rate) / rate)
    video = Track([numbered(number) for number in range(seconds + 1)], [1000 * n for n in range(seconds + 2)])
    write(tmp_path / "a.mkv", video, Sound(chunks(tone[None], size=rate // 10), rate=rate))
    heard, _, _ = hear(tmp_path / "a.mkv")
    assert len(heard) == pytest.approx(seconds * RATE, abs=1)
    ideal = 0.5 * 32768 * np.sin(2 * np.pi * 440 * np.arange(len(heard)) / RATE)
    inner = slice(1000, -1000)
    assert np.abs(heard[inner] - ideal[inner]).max() < 0.01 * 32768


def test_stereo_is_mixed_evenly(tmp_path: Path) -> None:
    left, right = clicks([0.3], 1.2, RATE)[0], clicks([0.9], 1.2, RATE)[0]
    write(tmp_path / "a.mkv", track(N), Sound(chunks(np.stack([left, right]))))
    heard, _, _ = hear(tmp_path / "a.mkv")
    assert np.abs(heard - (left + right) / 2 * 32768).max() <= 2


@pytest.mark.parametrize(
    ("name", "codec", "rate", "slack_s"),
    [
        ("a.mp4", "aac", 44100, 0.0005),
        ("a.mp4", "aac", 48000, 0.0005),
        ("a.mkv", "aac", 48000, 0.0005),
        ("a.webm", "libopus", 48000, 0.001),
        ("a.mkv", "libmp3lame", 44100, 0.0005),
        ("a.ts", "mp2", 48000, 0.001),
    ],
)
def test_delay_that_a_codec_adds_is_taken_out(tmp_path: Path, name: str, codec: str, rate: int, slack_s: float) -> None:
    at_s = [0.25, 0.7, 1.0]
    video = track(N, codec="libvpx", options={"deadline": "realtime"}) if name == "a.webm" else track(N)
    sound = Sound(chunks(clicks(at_s, 1.2, rate, 2), size=rate // 50), rate, codec, {"b": "192000"})
    write(tmp_path / name, video, sound)
    heard, pcm, _ = hear(tmp_path / name)
    assert heard_clicks(heard, pcm.start_s) == pytest.approx(at_s, abs=slack_s)


def test_no_sound(tmp_path: Path) -> None:
    write(tmp_path / "a.mkv", track(N))
    with open_video(tmp_path / "a.mkv") as source:
        assert source.audio is None


def test_a_stream_without_a_packet_is_silent(tmp_path: Path) -> None:
    write(tmp_path / "a.mov", track(N), Sound(chunks(noise(LENGTH))))
    with open_video(tmp_path / "a.mov") as source:
        assert source.audio is not None
        assert Soundtrack(source.audio, BytesIO()).pcm(0.0, 1.2) == Pcm(b"", 0.0)


def test_samples_lie_in_the_spool_and_not_in_memory(tmp_path: Path) -> None:
    samples = noise(10 * RATE)
    write(tmp_path / "a.mkv", track(250), Sound(chunks(samples)))
    with open_video(tmp_path / "a.mkv") as source, (tmp_path / "spool").open("w+b") as spool:
        assert source.audio is not None
        sound = Soundtrack(source.audio, spool)
        for frame in source.frames(sound):
            assert spool.tell() >= 2 * RATE * (frame.pts_s - 2)
        pcm = sound.pcm(source.origin_s, source.times().duration_s)
    assert np.array_equal(np.frombuffer(pcm.data, np.int16), ints(samples))
    assert (tmp_path / "spool").stat().st_size == 2 * 10 * RATE


def sound_packets(path: Path) -> list[tuple[int, int, int]]:
    """Place in the file, length in bytes and first sample of each packet of sound."""
    data, found = path.read_bytes(), []
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        for packet in file.demux(stream):
            if packet.size and packet.pts is not None and packet.time_base is not None:
                at = data.index(bytes(packet))
                found.append((at, packet.size, round(packet.pts * packet.time_base * RATE)))
    return found


def test_sound_around_a_damaged_packet_keeps_its_place(tmp_path: Path) -> None:
    samples = noise(LENGTH)
    write(tmp_path / "a.mkv", track(N), Sound(chunks(samples, size=1600), codec="flac"))
    packets = sound_packets(tmp_path / "a.mkv")
    place, size, first = packets[2]
    end = packets[3][2]
    assert end - first > 0.04 * RATE
    overwrite(tmp_path / "a.mkv", place, bytes(size))
    expected = ints(samples)
    expected[first:end] = 0
    heard, pcm, sound = hear(tmp_path / "a.mkv")
    assert sound.failed == 1
    assert np.array_equal(heard, expected)
    assert pcm.length_s == 1.2


def test_a_cut_off_file_has_the_sound_up_to_there(tmp_path: Path) -> None:
    samples = noise(LENGTH)
    path = tmp_path / "a.mkv"
    write(path, track(N, options={"g": "1"}), Sound(chunks(samples)))
    place, _, first = sound_packets(path)[40]
    path.write_bytes(path.read_bytes()[:place])
    heard, _, _ = hear(path)
    assert np.array_equal(heard, ints(samples)[:first])


def joined(tmp_path: Path, *parts: tuple[Track, Sound]) -> Path:
    path, data = tmp_path / "joined.ts", b""
    for video, sound in parts:
        write(tmp_path / "part.ts", video, sound)
        data += (tmp_path / "part.ts").read_bytes()
    path.write_bytes(data)
    return path


def test_sound_of_joined_recordings_follows_the_pictures(tmp_path: Path) -> None:
    at_s = [0.3, 0.9]
    sound = Sound(chunks(clicks(at_s, 1.2, 48000), size=960), 48000, "mp2", {"b": "192000"})
    path = joined(tmp_path, (track(N), sound), (track(N, first_number=100), sound))
    heard, pcm, _ = hear(path)
    assert heard_clicks(heard, pcm.start_s) == pytest.approx([0.3, 0.9, 1.5, 2.1], abs=0.04)


@pytest.mark.parametrize(("rate", "channels"), [(48000, 2), (32000, 1), (44100, 2)])
def test_another_form_on_the_way(tmp_path: Path, rate: int, channels: int) -> None:
    first = Sound(chunks(clicks([0.3, 0.9], 1.2, 48000), size=960), 48000, "mp2", {"b": "192000"})
    start = round(1.2 * rate)
    samples = clicks([0.3, 0.9], 1.2, rate, channels)
    second = Sound(chunks(samples, first=start, size=rate // 50), rate, "mp2", {"b": "192000"})
    path = joined(tmp_path, (track(N), first), (track(N, first_number=100, first_tick=1200), second))
    heard, pcm, _ = hear(path)
    assert heard_clicks(heard, pcm.start_s) == pytest.approx([0.3, 0.9, 1.5, 2.1], abs=0.04)


def constant(level: float, rate: int, disposition: Disposition | None) -> Any:
    """A stream that is told from others by its level."""

    class Marked(Sound):
        def open(self, out: av.container.OutputContainer) -> Any:
            stream = super().open(out)
            if disposition is not None:
                stream.disposition = disposition
            return stream

    return Marked(chunks(np.full((1, round(1.2 * rate)), level), size=rate // 50), rate)


@pytest.mark.parametrize(
    ("streams", "chosen"),
    [
        ([(16000, None), (16000, None)], 0),
        ([(8000, None), (16000, None)], 1),
        ([(16000, None), (48000, None)], 0),
        ([(8000, Disposition.default), (48000, Disposition(0))], 0),
        ([(16000, Disposition(0)), (16000, Disposition.default)], 1),
        ([(48000, Disposition.comment), (8000, Disposition(0))], 1),
        ([(48000, Disposition.comment | Disposition.default), (8000, Disposition(0))], 1),
        ([(48000, Disposition.visual_impaired), (16000, Disposition(0)), (48000, Disposition(0))], 1),
        ([(16000, Disposition.comment), (16000, Disposition.comment)], 0),
    ],
)
def test_the_best_of_several_sounds(tmp_path: Path, streams: list[tuple[int, Disposition | None]], chosen: int) -> None:
    sounds = [constant((index + 1) / 8, rate, disposition) for index, (rate, disposition) in enumerate(streams)]
    write(tmp_path / "a.mkv", track(N), *sounds)
    heard, _, _ = hear(tmp_path / "a.mkv")
    assert int(np.median(heard)) == pytest.approx((chosen + 1) * 4096, abs=2)


def test_sound_of_real_footage(real_videos: Path) -> None:
    path = real_videos / "nasa_13s_2video_2audio.mp4"
    heard, pcm, sound = hear(path)
    with av.open(str(path)) as file:
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        frames = [small for frame in file.decode(file.streams.audio[1]) for small in resampler.resample(frame)]
    plain = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(int)
    assert (len(heard), pcm.start_s, sound.failed) == (208208, 0.0, 0)
    assert np.abs(plain).max() > 2000
    assert np.abs(heard[:200000] - plain[:200000]).max() <= 2
