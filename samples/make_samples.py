"""Draws the three sample videos and writes their truth. The result is committed; nothing else needs this script.

Run from the root of the checkout, with the project installed and espeak-ng on the path:

    python -m samples.make_samples [FOLDER]

FOLDER is where to write, `samples/` if left out. The same versions of Pillow, PyAV and espeak-ng give the same bytes.
`truth.json` says of each video what is in it and when. All its times are seconds from the first displayed frame; a span
starts with the first frame that shows the thing and ends with the first one that no longer does, and speech runs from
the first to the last audible sample. Boxes are left, top, right, bottom as fractions of the picture.
"""

import hashlib
import json
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from samples import harbour, lesson, soup
from samples.picture import lay_out, paste_shape, paste_strip
from samples.script import Film, Scene
from samples.sound import RATE, lay, speak

# Seconds of silence between two sentences, and that a scene must leave after its last one.
BREATH_S = 0.35
# Milliseconds from frame to frame where the rate varies: sparse while the picture rests, dense while it moves.
RESTING_MS = (120, 100, 80, 110, 60)
MOVING_MS = (40, 33, 20, 50, 27, 40)
BIT_RATE = "48k"
# Fixed groups of pictures. Without cpu-independent, x264's rate control gave the 360-wide film other bytes on each run.
ENCODER = {
    "crf": "26",
    "preset": "slow",
    "g": "75",
    "keyint_min": "75",
    "sc_threshold": "0",
    "threads": "1",
    "x264-params": "cpu-independent=1",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """When each frame is shown: in ticks of `base`, with the end of the last frame after them."""

    ticks: tuple[int, ...]
    base: Fraction

    @property
    def frames(self) -> int:
        return len(self.ticks) - 1

    def at(self, frame: int) -> float:
        return round(float(self.ticks[frame] * self.base), 6)

    def run(self, start_s: float, end_s: float) -> range:
        """The frames shown from `start_s` to before `end_s`."""
        first, end = (bisect_left(self.ticks, Fraction(str(round(t_s, 6))) / self.base) for t_s in (start_s, end_s))
        return range(first, min(end, self.frames))


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    start_s: float
    samples: np.ndarray

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.samples) / RATE


def starts(film: Film) -> list[float]:
    """Where each scene starts, and at last where the film ends."""
    return [round(t_s, 6) for t_s in accumulate((scene.length_s for scene in film.scenes), initial=0.0)]


def clock(film: Film) -> Clock:
    """The frame times of a film: even at its rate, or uneven by the two patterns above."""
    cuts = starts(film)
    if film.fps is not None:
        return Clock(tuple(range(round(cuts[-1] * film.fps) + 1)), Fraction(1, film.fps))
    ticks = [0]
    for scene, cut in zip(film.scenes, cuts[1:], strict=True):
        pattern = MOVING_MS if scene.shapes or any(layer.speed for layer in scene.backdrop.layers) else RESTING_MS
        while ticks[-1] < cut * 1000:
            ticks.append(ticks[-1] + pattern[len(ticks) % len(pattern)])
    return Clock(tuple(ticks), Fraction(1, 1000))


def sentences(film: Film) -> list[Sentence]:
    """Speaks a film.

    Raises:
        ValueError: a sentence runs into the end of its scene.
    """
    spoken: list[Sentence] = []
    for scene, cut, end in zip(film.scenes, starts(film), starts(film)[1:], strict=False):
        for say in scene.says:
            start_s = spoken[-1].end_s + BREATH_S if say.start_s is None else cut + say.start_s
            spoken.append(Sentence(say.text, round(start_s * RATE) / RATE, speak(say.text)))
            if spoken[-1].end_s > end - BREATH_S:
                raise ValueError(f"{film.name}: {say.text!r} ends at {spoken[-1].end_s:.2f} s, its scene at {end} s")
    return spoken


def pictures(film: Film, times: Clock) -> Iterator[Image.Image]:
    """All frames of a film in order."""
    size = (film.width, film.height)
    for scene, cut, end in zip(film.scenes, starts(film), starts(film)[1:], strict=False):
        cards = [(times.run(cut + card.start_s, cut + card.end_s), lay_out(card, size).image) for card in scene.cards]
        shapes = [(times.run(cut + shape.start_s, cut + shape.end_s), shape) for shape in scene.shapes]
        for frame in times.run(cut, end):
            picture = scene.backdrop.at(times.at(frame) - cut)
            for shown, shape in shapes:
                if frame in shown:
                    start_s, end_s = times.at(shown[0]), times.at(shown[-1] + 1)
                    paste_shape(picture, shape, (times.at(frame) - start_s) / (end_s - start_s))
            for shown, image in cards:
                if frame in shown:
                    picture.paste(image, (0, 0), image)
            paste_strip(picture, frame)
            yield picture


def encode(
    film: Film,
    times: Clock,
    shown: Iterable[Image.Image],
    track: np.ndarray,
    path: Path,
    encoder: Mapping[str, str] = ENCODER,
) -> None:
    """Writes the pictures shown as H.264 and the track (at `RATE`) as AAC into an mp4, interleaved.

    `encoder` are options of libx264.
    """
    with av.open(str(path), "w", options={"fflags": "+bitexact", "movflags": "+faststart"}) as out:
        video = out.add_stream("libx264", rate=film.fps or 1000, options=dict(encoder))
        video.width, video.height, video.pix_fmt = film.width, film.height, "yuv420p"
        video.codec_context.time_base = times.base
        audio = out.add_stream("aac", rate=RATE, layout="mono", options={"b": BIT_RATE})
        chunk, sent = 1024, 0
        # libx264 forgets how long a frame lasts, and the last one has no next frame to tell it.
        lasts = {tick: after - tick for tick, after in pairwise(times.ticks)}

        def mux(packets: list[av.Packet]) -> None:
            for packet in packets:
                if packet.pts is not None:
                    packet.duration = lasts[packet.pts]
            out.mux(packets)

        for number, picture in enumerate(shown):
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = times.ticks[number], times.base
            mux(video.encode(frame))
            while sent < len(track) and sent / RATE < times.at(number + 1):
                sound = av.AudioFrame.from_ndarray(track[None, sent : sent + chunk], format="fltp", layout="mono")
                sound.sample_rate, sound.pts, sound.time_base = RATE, sent, Fraction(1, RATE)
                out.mux(audio.encode(sound))
                sent += chunk
        mux(video.encode(None))
        out.mux(audio.encode(None))


def truth(film: Film, times: Clock, spoken: list[Sentence], path: Path) -> dict[str, Any]:
    """What is in the film, as written to `truth.json`."""
    cuts = starts(film)

    def span(cut: float, start_s: float, end_s: float) -> dict[str, float]:
        shown = times.run(cut + start_s, cut + end_s)
        return {"start_s": times.at(shown[0]), "end_s": times.at(shown[-1] + 1)}

    def lines(scene: Scene, number: int) -> list[dict[str, Any]]:
        card = scene.cards[number]
        boxes = lay_out(card, (film.width, film.height)).boxes
        scale = (film.width, film.height) * 2
        return [
            {"text": line.text, "box": [round(edge / side, 4) for edge, side in zip(box, scale, strict=True)]}
            for line, box in zip(card.lines, boxes, strict=True)
        ]

    placed = list(zip(film.scenes, cuts, strict=False))
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "width": film.width,
        "height": film.height,
        "frames": times.frames,
        "duration_s": times.at(times.frames),
        "scenes": [span(cut, 0, scene.length_s) for scene, cut in placed],
        "cards": [
            {"lines": lines(scene, number), **span(cut, card.start_s, card.end_s)}
            for scene, cut in placed
            for number, card in enumerate(scene.cards)
        ],
        "speech": [
            {"text": one.text, "start_s": round(one.start_s, 3), "end_s": round(one.end_s, 3)} for one in spoken
        ],
        "events": [
            {"name": f"{shape.color} {shape.kind}", "color": shape.color, **span(cut, shape.start_s, shape.end_s)}
            for scene, cut in placed
            for shape in sorted(scene.shapes, key=lambda shape: shape.start_s)
            if shape.counted
        ],
        "pts_s": [times.at(frame) for frame in range(times.frames)],
    }


def written(videos: list[dict[str, Any]]) -> str:
    """JSON with one line for each scene, card, sentence and event, so that a change can be read in a diff."""
    blocks = []
    for video in videos:
        keys = []
        for key, value in video.items():
            rows = value if isinstance(value, list) and isinstance(value[0], dict) else None
            body = json.dumps(value) if rows is None else "[\n  " + ",\n  ".join(map(json.dumps, rows)) + "\n ]"
            keys.append(f" {json.dumps(key)}: {body}")
        blocks.append("{\n" + ",\n".join(keys) + "\n}")
    return '{"videos": [\n' + ",\n".join(blocks) + "\n]}\n"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    videos = []
    for film in (harbour.film(), soup.film(), lesson.film()):
        times, spoken = clock(film), sentences(film)
        track = lay([(one.start_s, one.samples) for one in spoken], times.at(times.frames))
        path = folder / f"{film.name}.mp4"
        encode(film, times, pictures(film, times), track, path)
        videos.append(truth(film, times, spoken, path))
        print(f"{path}: {times.frames} frames, {times.at(times.frames)} s, {path.stat().st_size / 1e6:.2f} MB")
    (folder / "truth.json").write_text(written(videos), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
