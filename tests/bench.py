"""What perceiving a video costs, against the floor in the same run: `python -m tests.bench VIDEO [VIDEO …]`.

    scan     CPU against a bare pass that decodes every frame and does nothing else; apart from it the pictures it
             writes (converted and scaled, encoded), the sound (decoded, resampled), and storing what was found
    text     CPU and lines found, against reading every sampled frame
    speech   CPU seconds per second of sound
    shares   where the CPU of all this goes

Every measure runs in a process of its own, on one thread, and is told in CPU seconds; only seconds of video per second
are by the clock. The two passes are run three times by turns, and the quickest of each counts. Sums over all videos
come at the end.
"""

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av

from schemas.scan import Scan
from schemas.settings import Perceive
from schemas.source import Video
from tests.perceive.recall import lines_lost, wanted_lines
from tests.truth import SAMPLES
from transforms.engines import build
from transforms.engines.ocr import RapidOcr
from transforms.media import audio
from transforms.media.decode import open_video
from transforms.media.frames import render
from transforms.perceive import scan as scan_module
from transforms.perceive.captions import caption_all, facts_of, with_captions
from transforms.perceive.lines import Reading
from transforms.perceive.ocr import read_screen
from transforms.perceive.perceive import Senses, assemble, look_over
from transforms.perceive.screens import ScreenPicker
from transforms.perceive.shots import ShotDetector
from transforms.perceive.speech import find_speech, hear_chunk
from transforms.store import Store

SETTINGS = Perceive()
MIN_SCORE = getattr(SETTINGS.ocr, "min_score", 0.0)

ROUNDS = 3

_spent: defaultdict[str, float] = defaultdict(float)
_clock: defaultdict[str, float] = defaultdict(float)


@contextmanager
def spending(what: str) -> Iterator[None]:
    """Adds the CPU seconds of the block to a named sum, and the seconds it took to another."""
    began, began_at = time.process_time(), time.monotonic()
    try:
        yield
    finally:
        _spent[what] += time.process_time() - began
        _clock[what] += time.monotonic() - began_at


def timed(function: Callable[..., Any], what: str) -> Callable[..., Any]:
    """The function, adding the CPU seconds of each call to a named sum. It is called for every packet of sound: what
    it takes itself counts as ours, so it is short."""
    clock = time.process_time

    def call(*args: Any, **kwargs: Any) -> Any:
        began = clock()
        try:
            return function(*args, **kwargs)
        finally:
            _spent[what] += clock() - began

    return call


def bare_pass(path: str) -> dict[str, float]:
    """The floor: every frame decoded on one thread, nothing looked at."""
    with spending("bare"), av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        stream.codec_context.thread_count = 1
        for packet in container.demux(stream):
            try:
                for _ in packet.decode():
                    pass
            except av.FFmpegError:
                continue
    return {"cpu": _spent["bare"]}


def scan_pass(path: str, root: str) -> dict[str, float]:
    """Our pass, with what it writes (pictures, sound) measured apart, and how much of it looks for text to read.

    Libraries that a process loads once are loaded before. Pictures are told as sound is: all that is done because they
    are written.
    """
    ShotDetector()
    scan_module._jpeg = timed(scan_module._jpeg, "pictures")
    scan_module.encode_jpeg = timed(scan_module.encode_jpeg, "encoding")
    Store.put_blob = timed(Store.put_blob, "stored")  # type: ignore[method-assign]
    audio.Soundtrack.push = timed(audio.Soundtrack.push, "sound")  # type: ignore[method-assign]
    audio.Soundtrack.pcm = timed(audio.Soundtrack.pcm, "sound")  # type: ignore[method-assign]
    ScreenPicker.push = timed(ScreenPicker.push, "picker")  # type: ignore[method-assign]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with spending("scan"):
        found = look(path, root)
    return {
        "cpu": _spent["scan"],
        "own": _spent["scan"] - _spent["pictures"] - _spent["sound"] - _spent["stored"],
        "clock": _clock["scan"],
        "pictures": _spent["pictures"],
        "encoding": _spent["encoding"],
        "stored": _spent["stored"],
        "sound": _spent["sound"],
        "picker": _spent["picker"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "start_mb": before / 1024,
        "duration_s": found.duration_s,
        "screens": len(found.screens),
        "samples": len(found.samples),
    }


def read_ours(path: str, root: str) -> tuple[float, float, list[Reading]]:
    """Reads the picked screens: CPU seconds, seconds, and what is read."""
    found, ocr, store = look(path, root), RapidOcr(), Store(root)
    with spending("ocr"):
        readings = [
            (screen.span.start_s, screen.span.end_s, read_screen(screen.picture, ocr, store))
            for screen in found.screens
        ]
    return _spent["ocr"], _clock["ocr"], readings


def read_all(path: str, root: str) -> tuple[float, list[Reading]]:
    """Reads every sampled frame: the reference."""
    found, ocr = look(path, root), RapidOcr()
    times = [sample.pts_s for sample in found.samples]
    wanted, readings = set(times), []
    with open_video(path) as source:
        for frame in source.frames():
            if frame.pts_s in wanted:
                rgb = render(frame, scan_module.SCREEN_SIDE**2)
                at = times.index(frame.pts_s)
                until = times[at + 1] if at + 1 < len(times) else found.duration_s
                with spending("ocr"):
                    readings.append((frame.pts_s, until, ocr.read(rgb)))
    return _spent["ocr"], readings


def hear(path: str, root: str) -> dict[str, float]:
    found, store, asr = look(path, root), Store(root), build.asr(SETTINGS.asr)
    assert asr is not None
    with spending("vad"):
        chunks = find_speech(found.audio, found.audio_s, store)
    with spending("asr"):
        for chunk in chunks:
            hear_chunk(found.audio, chunk, asr, store)
    return {
        "vad": _spent["vad"],
        "asr": _spent["asr"],
        "clock": _clock["vad"] + _clock["asr"],
        "audio_s": found.audio_s,
        "speech_s": sum(c.end_s - c.start_s for c in chunks),
    }


def caption(path: str, root: str) -> dict[str, float]:
    found, store, captioner = look(path, root), Store(root), build.captioner(SETTINGS.captions)
    bare = assemble(_video(path, root), found, SETTINGS, Senses(None, None), store)
    with spending("captions"):
        said = asyncio.run(caption_all(facts_of(found, bare), captioner, store))
        asyncio.run(with_captions(bare, said, captioner, store))
    return {"cpu": _spent["captions"], "clock": _clock["captions"]}


def look(path: str, root: str) -> Scan:
    return look_over(_video(path, root), SETTINGS, Store(root))


def _video(path: str, root: str) -> Video:
    digest = build.store(root).memo("bench/" + Path(path).name.encode().hex(), lambda: _sha256(path))
    return Video(Path(path).stem, path, path, digest)


def _sha256(path: str) -> str:
    import hashlib

    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def alone(work: Callable[..., Any], *args: Any) -> Any:
    """Runs one measure in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, args)


def passes(path: str) -> tuple[dict[str, float], dict[str, float]]:
    """The bare pass and ours, in turn; of each the one that took least CPU: other work on the machine adds to it."""
    bare, scanned = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as root:
            bare.append(alone(bare_pass, path))
            scanned.append(alone(scan_pass, path, root))
    return min(bare, key=lambda one: one["cpu"]), min(scanned, key=lambda one: one["own"])


def main(paths: list[str]) -> None:
    missing = [path for path in paths if not Path(path).is_file()]
    if missing:
        sys.exit(f"no such file: {', '.join(missing)}; give paths of videos, or none for the samples")
    total: defaultdict[str, float] = defaultdict(float)
    for path in paths:
        bare, scanned = passes(path)
        with tempfile.TemporaryDirectory() as root:
            ours_cpu, ours_clock, ours = alone(read_ours, path, root)
            all_cpu, everything = alone(read_all, path, root)
            heard = alone(hear, path, root)
            said = alone(caption, path, root)
        wanted = wanted_lines(everything, MIN_SCORE)
        lines, lost = len(wanted), len(lines_lost(wanted, ours, MIN_SCORE))
        speech = heard["vad"] + heard["asr"]
        own = scanned["own"]
        whole = scanned["cpu"] + ours_cpu + speech + said["cpu"]
        clock = scanned["clock"] + ours_clock + heard["clock"] + said["clock"]
        duration_s = scanned["duration_s"]
        tell(f"\n{Path(path).name}: {duration_s:.1f} s")
        tell(
            f"  scan    {own:6.2f} CPU s = {own / bare['cpu']:.2f}x of a bare pass ({bare['cpu']:.2f}),",
            f"{scanned['picker']:.2f} of it to look for text;",
            f"and pictures {scanned['pictures']:.2f} ({scanned['encoding']:.2f} of it to encode),",
            f"sound {scanned['sound']:.2f}, storing all of it {scanned['stored']:.2f};",
            f"peak {scanned['peak_mb']:.0f} MB",
        )
        tell(
            f"  text    {ours_cpu:6.2f} CPU s = {ours_cpu / all_cpu:.2f}x of reading every sample ({all_cpu:.2f});",
            f"{scanned['screens']:.0f} of {scanned['samples']:.0f} samples read,",
            f"{lines - lost} of {lines} lines found",
        )
        if heard["audio_s"]:
            tell(
                f"  speech  {speech:6.2f} CPU s for {heard['speech_s']:.1f} s of speech in {heard['audio_s']:.1f} s;",
                f"real-time factor {speech / heard['audio_s']:.2f}",
            )
        else:
            tell("  speech  no sound")
        tell(
            f"  all     {whole:6.2f} CPU s, {duration_s / clock:.1f} s of video per second on one thread:",
            f"scan {scanned['cpu'] / whole:.0%}, text {ours_cpu / whole:.0%}, speech {speech / whole:.0%},",
            f"captions {said['cpu'] / whole:.1%}",
        )
        total["lines"] += lines
        total["found"] += lines - lost
        sums = {"bare": bare["cpu"], "own": own, "ours": ours_cpu, "all": all_cpu, "clock": clock, "video": duration_s}
        for name, value in sums.items():
            total[name] += value
    tell(
        f"\nall {len(paths)} videos: scan {total['own'] / total['bare']:.2f}x of bare passes;",
        f"text {total['ours'] / total['all']:.2f}x of reading every sample,",
        f"{total['found']:.0f} of {total['lines']:.0f} lines found;",
        f"{total['video'] / total['clock']:.1f} s of video per second on one thread",
    )


def tell(*parts: str) -> None:
    print(*parts, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or sorted(map(str, SAMPLES.glob("*.mp4"))))
