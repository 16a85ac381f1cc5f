"""Builds as a user makes them: the command, in folders of its own, and where it matters in a process of its own."""

import contextlib
import io
import math
import os
import subprocess
import sys
from pathlib import Path

import av

from runners.cli import main
from tests.truth import Truth, load_truth
from transforms import progress
from transforms.engines.purse import PURSE

ROOT = Path(__file__).resolve().parent.parent

TABLES = ("sft", "sft_parquet", "rl", "trajectories", "timelines", "rejects", "calls")


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "runners", *map(str, arguments)]


def frametrail(
    *arguments: str | Path, cwd: Path | None = None, timeout_s: float = 900
) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end; the test looks at the exit code."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command(*arguments), cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout_s
    )


def frametrail_here(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the command inside the test's process, which spares importing Beam and loading the models of OCR and speech
    each time. For tests of what a command makes and says; those of kills, workers and start-up need a process."""
    progress.reset()
    PURSE.reset(0.0)
    words = [str(one) for one in arguments]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.chdir(cwd or Path.cwd()):
        code = main(words)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def start(*arguments: str | Path, cwd: Path | None = None) -> "subprocess.Popen[str]":
    """Starts the command and leaves it running."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command(*arguments), cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def contents(release: Path) -> dict[str, bytes]:
    """Path → bytes of every file whose bytes must not depend on how a release was built."""
    return {
        path.relative_to(release).as_posix(): path.read_bytes()
        for table in TABLES
        for path in sorted((release / table).rglob("*"))
        if path.is_file()
    }


def one_sample(folder: Path, video: str, seconds: float = math.inf) -> Path:
    """A datasets.yaml with the entry `one`: a single sample video, or its first seconds. Returns the file."""
    (folder / "videos").mkdir(parents=True)
    if seconds == math.inf:
        (folder / "videos" / video).symlink_to(ROOT / "samples" / video)
    else:
        beginning(ROOT / "samples" / video, folder / "videos" / video, seconds)
    settings = folder / "datasets.yaml"
    settings.write_text(
        "datasets:\n"
        "  one:\n"
        "    version: 1.0.0\n"
        f"    source: {{type: folder, path: videos, license: CC0-1.0}}\n"
        f"    allow: [videos, {ROOT / 'samples'}]\n"
        "    ask: {per_video: 8}\n",
        encoding="utf-8",
    )
    return settings


def beginning(video: Path, target: Path, seconds: float) -> None:
    """Copies the packets that are shown in the first seconds, as they are."""
    with av.open(video) as source, av.open(target, "w") as file:
        streams = {stream.index: file.add_stream_from_template(stream) for stream in source.streams.get()}
        for packet in source.demux():
            if packet.pts is not None and packet.pts * packet.time_base < seconds:
                packet.stream = streams[packet.stream.index]
                file.mux(packet)


def told_samples(folder: Path, entry: str, seconds: float = math.inf) -> Path:
    """A datasets.yaml with the entry `told`: the sample videos, or their first seconds, one of them twice, with
    subtitles that say what is spoken. So neither OCR nor speech recognition is needed. `entry` is more of the entry.
    Returns the file."""
    (folder / "videos").mkdir(parents=True)
    for name, truth in load_truth().items():
        video = folder / "videos" / f"{name}.mp4"
        if seconds == math.inf:
            video.symlink_to(ROOT / "samples" / video.name)
        else:
            beginning(ROOT / "samples" / video.name, video, seconds)
        write_subtitles(video.with_suffix(".srt"), truth, seconds)
    (folder / "videos" / "zoo.mp4").symlink_to((folder / "videos" / "soup.mp4").resolve())
    settings = folder / "datasets.yaml"
    settings.write_text(
        "datasets:\n"
        "  told:\n"
        "    version: 1.0.0\n"
        "    source: {type: folder, path: videos, license: CC0-1.0}\n"
        f"    allow: [videos, {ROOT / 'samples'}]\n"
        "    perceive: {ocr: {type: none}, asr: {type: none}}\n" + entry,
        encoding="utf-8",
    )
    return settings


def write_subtitles(path: Path, truth: Truth, seconds: float = math.inf) -> None:
    """An .srt that says what is spoken, in the first seconds."""
    told = [one for one in truth.sentences if one.span.end_s < seconds]
    cues = [f"{_clock(one.span.start_s)} --> {_clock(one.span.end_s)}\n{one.text}" for one in told]
    path.write_text("\n".join(f"{n}\n{cue}\n" for n, cue in enumerate(cues, 1)), encoding="utf-8")


def _clock(t_s: float) -> str:
    return f"00:{int(t_s) // 60:02d}:{int(t_s) % 60:02d},{round(t_s % 1 * 1000) % 1000:03d}"
