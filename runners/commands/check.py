"""frametrail check"""

import argparse
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from runners.commands.arguments import add_config, add_out, add_overrides

if TYPE_CHECKING:
    from runners.settings_file import LoadedEntry
    from schemas.benchmark import Benchmark
    from schemas.settings import ChatModel, Dataset
    from schemas.source import Rejected, Video
    from transforms.read.gather import Gathered

NAME = "check"
SUMMARY = "what a build would do, and what is in its way"
DESCRIPTION = """\
Reads the settings of one dataset, or of all, finds its videos, questions, speech weights and models, and says what a
build would do. Of videos on this machine only the headers are read (all packets, where these do not tell the length)
and the subtitles, others are not opened. Nothing is asked or written.
"""
EXAMPLES = """\
examples:
  frametrail check                    every entry of the settings file
  frametrail check mine
  frametrail check mine --set perceive.asr.type=none

exit codes: 0 ready, 1 ready but some files or lines would be rejected, 2 a build could not start
"""
SHOWN_REJECTS = 100
MANY = 200
"""So many videos take seconds to open, and it is shown how far that is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="*", help="datasets to check (default: all)")
    add_config(parser)
    add_out(parser)
    add_overrides(parser)


def run(args: argparse.Namespace) -> int:
    from runners.settings_file import dataset_names

    codes = [_check(name, args) for name in args.names or dataset_names(args.config)]
    return max(codes)


def _check(name: str, args: argparse.Namespace) -> int:
    """Prints the report on one dataset and returns its exit code."""
    from runners.benchmarks import read_benchmarks, without_named
    from runners.settings.tree import shown
    from runners.settings_file import gather, load_dataset_entry
    from schemas.errors import FrametrailError, SettingsError
    from transforms.remote.uris import is_remote

    try:
        entry = load_dataset_entry(name, args.config, args.overrides)
    except SettingsError as error:
        print(f"{name}\n{_indent(error.detail)}\n")
        return 2
    settings = entry.settings
    print(f"{name} {settings.version}  ({shown(entry.file)})")
    problems: list[str] = []
    rejected = 0
    try:
        against = read_benchmarks(entry)
        found, cues = _opened(without_named(gather(entry), against).source)
        rejected = len(found.rejected)
        _tell("source", _source(settings, found))
        for one in cues[:SHOWN_REJECTS]:
            _tell("subtitles", one)
        if len(cues) > SHOWN_REJECTS:
            _tell("", f"... and {len(cues) - SHOWN_REJECTS} more files")
        _tell("questions", _questions(settings, found))
        for benchmark in against.benchmarks:
            _tell("against", _benchmark(benchmark, len(against.films.get(benchmark.name, ()))))
    except FrametrailError as error:
        problems.append(error.detail)
        found = None
    topics = (
        ("text", _ocr),
        ("speech", _asr),
        ("captions", _captions),
        ("teacher", _teacher),
        ("verify", _verify),
        ("retrieval", _retrieval),
        ("frames", _frames),
    )
    for topic, say in topics:
        try:
            _tell(topic, say(settings))
        except FrametrailError as error:
            problems.append(error.detail)
    if not problems:
        try:
            if not is_remote(args.out):
                _release(name, entry, Path(args.out))
        except SettingsError as error:
            problems.append(error.detail)
    if found is not None:
        _rejects(found)
    for problem in problems:
        print(_indent(f"cannot build: {problem}"))
    print()
    return 2 if problems else 1 if rejected else 0


def _opened(found: "Gathered") -> "tuple[Gathered, list[str]]":
    """The source without the files that are plainly no videos, and what is asked about them or about times after their
    end, as a build rejects it; and what of subtitles a build would leave out."""
    from runners.progress import shown
    from schemas.source import Rejected
    from transforms import progress
    from transforms.ask.given import fit_question, without_video
    from transforms.remote.uris import is_remote

    local = [video for video in found.videos if not is_remote(video.location)]
    progress.reset()
    progress.expect("read", len(local))
    with shown() if len(local) > MANY else nullcontext(), ThreadPoolExecutor() as pool:
        headers = {video.id: header for video, header in zip(local, pool.map(_header, local), strict=True)}
    broken = {id: header for id, header in headers.items() if isinstance(header, Rejected)}
    opened = {id: header for id, header in headers.items() if isinstance(header, _Header)}
    videos = tuple(video for video in found.videos if video.id not in broken)
    fitted = [
        without_video(one) if one.video_id in broken else fit_question(one, opened.get(one.video_id, _UNKNOWN).length_s)
        for one in found.questions
    ]
    questions = tuple(one for one in fitted if not isinstance(one, Rejected))
    rejected = (*found.rejected, *broken.values(), *(one for one in fitted if isinstance(one, Rejected)))
    cues = [header.cues for header in opened.values() if header.cues]
    return replace(found, videos=videos, questions=questions, rejected=rejected), cues


@dataclass(frozen=True, slots=True)
class _Header:
    """How long a video is, infinite where nothing tells, and what of the subtitles beside it cannot be used."""

    length_s: float
    cues: str = ""


_UNKNOWN = _Header(inf)


def _header(video: "Video") -> "_Header | Rejected":
    """What a video's header and subtitles tell, or why a build could not use it."""
    from schemas.errors import InputError
    from transforms import progress
    from transforms.media.decode import open_video
    from transforms.refuse import refuse

    header: _Header | Rejected
    try:
        with open_video(video.location) as source:
            length_s = source.length_s() or inf
        header = _Header(length_s, _cues(video, length_s))
    except InputError as error:
        header = refuse(error, "perceive", "video", video.uri, video_id=video.id)
    progress.advance("read", rejected=int(not isinstance(header, _Header)))
    return header


def _cues(video: "Video", length_s: float) -> str:
    """What of a video's subtitles cannot be used, in words; empty for nothing, and where they are on another machine.

    Raises:
        InputError: `bad_subtitles`, `unreadable`.
    """
    from transforms.perceive.subtitles import left_out, read_subtitles
    from transforms.read.identify import subtitles_bytes
    from transforms.remote.uris import is_remote

    if not video.subtitles or is_remote(video.subtitles):
        return ""
    name = Path(video.subtitles).name
    lost = left_out(read_subtitles(subtitles_bytes(video.subtitles), name, length_s))
    return lost and f"{name}: {lost}"


def _source(settings: "Dataset", found: "Gathered") -> str:
    from transforms.counted import counted
    from transforms.remote.uris import is_remote

    local = [video.location for video in found.videos if not is_remote(video.location)]
    size = sum(map(os.path.getsize, local))
    remote = f", {len(found.videos) - len(local)} remote (not opened)" if len(local) < len(found.videos) else ""
    subtitled = sum(bool(video.subtitles) for video in found.videos)
    source = settings.source
    named = source.path if source.type == "folder" else source.videos
    videos = counted(len(found.videos), "video")
    return f"{source.type} {named}: {videos}, {size / 1e6:.1f} MB{remote}, {subtitled} with subtitles"


def _questions(settings: "Dataset", found: "Gathered") -> str:
    from transforms.counted import counted

    said = [f"{len(found.questions)} given"] if found.questions else []
    if settings.ask.templates and settings.ask.per_video:
        said.append(f"up to {settings.ask.per_video} per video made from {', '.join(settings.ask.templates)}")
    until = f", until {counted(settings.target.accepted, 'accepted row')}" if settings.target else ""
    return f"{'; '.join(said) or 'none'}; {counted(settings.explore.rollouts, 'rollout')} each{until}"


def _benchmark(benchmark: "Benchmark", files: int) -> str:
    from transforms.counted import counted
    from transforms.curate.video_names import video_keys

    questions, videos = counted(len(benchmark.questions), "question"), counted(len(benchmark.videos), "video")
    counts = f"{benchmark.name}: {questions}, {videos} by name, {files} here"
    nameless = sum(not video_keys(*names) for names in benchmark.videos)
    return f"{counts}; not compared, as mere numbers: {nameless} of the names" if nameless else counts


def _ocr(settings: "Dataset") -> str:
    """Finds the models as a build would."""
    from transforms.engines import build

    engine = build.ocr(settings.perceive.ocr)
    return engine.name if engine else "not read from the picture"


def _asr(settings: "Dataset") -> str:
    """Finds the weights as a build would, which checks their digest."""
    from transforms.engines import build

    asr = settings.perceive.asr
    if asr.type == "none":
        return "not recognised; subtitles beside the videos are read"
    engine = build.asr(asr)
    return f"{engine.name if engine else asr.type}, weights found"


def _teacher(settings: "Dataset") -> str:
    """Makes the client as a build would and looks for its key; nothing is sent."""
    from transforms.engines import build

    teacher = settings.explore.teacher
    build.chat(teacher)
    if teacher.type == "planner":
        return "planner (rule-based, not for training)"
    return _model(teacher)


def _captions(settings: "Dataset") -> str:
    """Makes the client as a build would."""
    from transforms.engines import build

    captions = settings.perceive.captions
    build.captioner(captions)
    return _model(captions.engine) if captions.type == "chat" else "signals (measured facts in words, no model)"


def _verify(settings: "Dataset") -> str:
    """Makes the clients as a build would."""
    from transforms.engines import build

    models = settings.verify.models()
    for model in models.values():
        build.chat(model, "verify")
    return "; ".join(f"{job}: {_model(model)}" for job, model in models.items()) or "by rules; no model is asked"


def _model(model: "ChatModel") -> str:
    if model.type == "local":
        from transforms.engines import gguf

        here = gguf.place(model.model, model.path).is_file()
        weights = "weights found" if here else "weights not here" if model.path else "weights to be fetched (1.1 GB)"
        return f"{model.model} on this machine, {weights}"
    if model.type == "vllm":
        return f"{model.model} by vLLM on this machine, mode {model.mode} (not loaded)"
    name = model.api_key_env
    from transforms.engines.keys import lacks_key

    unset = f"{name} is not set: calls go without a key" if name else "no key"
    if lacks_key(model):
        unset = f"{name or 'api_key_env'} is not set: no call can be made, only replies in the work folder can be used"
    key = f"key in {name}" if os.environ.get(name) else unset
    return f"{model.model} at {model.base_url} (not contacted), {key}"


def _frames(settings: "Dataset") -> str:
    from transforms.media import by_decord

    return "decord, where it is exact" if settings.ground.decoder == "decord" and by_decord.identity() else "PyAV"


def _retrieval(settings: "Dataset") -> str:
    """Makes the client, or finds the model, as a build would; nothing is sent."""
    from transforms.engines import build

    retrieval, web = settings.explore.retrieval, settings.explore.web_search
    build.embed(retrieval)
    of_web = f"; the web by {web.url} (not contacted)" if web else ""
    if retrieval.type == "bm25" or retrieval.type == "minilm":
        return f"{retrieval.type}, on this machine{of_web}"
    return f"{retrieval.model} at {retrieval.base_url} (not contacted){of_web}"


def _release(name: str, entry: "LoadedEntry", out: Path) -> None:
    """Tells of a release that is there already, as far as that can be known without reading the videos.

    Raises:
        SettingsError: `version_taken`, it was made from something else, `no_release`, something else is in the way;
            `bad_out`, as `require_place` says.
    """
    from runners.already import already_built
    from runners.building import is_trial
    from runners.fingerprint import parts_without_inputs
    from runners.release_place import refuse_leftovers, require_place

    release = out / name / entry.settings.version
    require_place(release.parent)
    if is_trial(entry):
        return
    refuse_leftovers(release)
    if there := already_built(release, lambda: parts_without_inputs(entry.settings)):
        _tell("release", there)


def _rejects(found: "Gathered") -> None:
    if not found.rejected:
        return
    print(_indent(f"{len(found.rejected)} of {found.units} inputs would be rejected:"))
    for row in found.rejected[:SHOWN_REJECTS]:
        print(_indent(f"  {row.id}: {row.detail}" if row.id not in row.detail else f"  {row.detail}"))
    if len(found.rejected) > SHOWN_REJECTS:
        print(_indent(f"  ... and {len(found.rejected) - SHOWN_REJECTS} more: mend these, and check again"))


def _tell(topic: str, text: str) -> None:
    print(f"  {topic:<10} {text}")


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
