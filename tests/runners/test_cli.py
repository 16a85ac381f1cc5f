"""The command line: help, exit codes, and what a person is told."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runners import building
from runners.cli import main
from runners.commands import build as build_command
from runners.commands import check as check_command
from runners.fingerprint import fingerprint
from runners.models import models_of, require_known_costs
from runners.outcome import BuildResult
from runners.settings_file import LoadedEntry, load_dataset_entry
from schemas.errors import EngineError, InputError, SettingsError
from schemas.settings import RunSettings
from tests.media.clips import track, write
from tests.trajectories import tiny, write_release
from transforms.counted import counted
from transforms.store import Store
from transforms.write.manifest import build_manifest

ROOT = Path(__file__).resolve().parents[2]
REPORT = {
    "stages": {
        "read": {"in": 3, "out": 2, "filtered": {}, "failed": {"bad_json": 1}},
        "explore": {"in": 9, "out": 6, "filtered": {"no_answer": 3}, "failed": {}},
        "verify": {"in": 6, "out": 4, "filtered": {"wrong_answer": 2}, "failed": {}},
        "curate": {"in": 4, "out": 4, "filtered": {}, "failed": {}},
    }
}

Build = Callable[[LoadedEntry, RunSettings, str], BuildResult]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("video") / "a.mp4"
    write(path, track(5))
    return path.read_bytes()


@pytest.fixture(autouse=True)
def own_folder(video: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a working directory of its own, with one video and an entry `mine` for it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "a.mp4").write_bytes(video)
    Path("datasets.yaml").write_text(
        "datasets:\n  mine:\n    version: 1.0.0\n    description: My own.\n    source: {type: folder, path: videos}\n"
        "    perceive: {asr: {type: none}}\n"
    )


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Build], None]:
    """Puts another function in the place of the build itself."""
    release = tmp_path / "releases" / "mine" / "1.0.0"
    release.mkdir(parents=True)
    (release / "report.json").write_text(json.dumps(REPORT))

    def put(build: Build) -> None:
        monkeypatch.setattr(building, "build_release", lambda entry, run, name, where: build(entry, run, name))

    return put


def result(**changed: object) -> BuildResult:
    values = {
        "release": Path("releases/mine/1.0.0"),
        "nothing_to_do": False,
        "questions": 5,
        "solved": 4,
        "accepted": 4,
        "rejected": 6,
        "failures_over": [],
        "seconds": 61.4,
    }
    return BuildResult(**{**values, **changed})  # type: ignore[arg-type]


def run(*words: str, **options: object) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}  # type: ignore[dict-item]
    return subprocess.run(
        [sys.executable, "-m", "runners.cli", *words], capture_output=True, text=True, env=environment, timeout=60
    )


def test_help_teaches_and_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    for command in ("list", "check", "build", "audit", "view", "import", "schema"):
        assert f"\n    {command} " in told
    assert "frametrail build demo" in told
    assert "3 interrupted,\n            70 unexpected error" in told


@pytest.mark.parametrize("command", ["list", "check", "build", "audit", "view", "import", "schema"])
def test_each_command_explains_itself_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"examples:\n  frametrail {command}" in capsys.readouterr().out


def test_help_answers_at_once() -> None:
    """Processor time, because a loaded machine makes everything wait: 0.08 s measured, 0.5 s promised."""
    code = (
        "import sys, time; from runners.cli import main; main(['--help']); main(['build', '--help']);"
        "heavy = {'apache_beam', 'pydantic', 'pyarrow', 'polars', 'numpy', 'rich', 'ruamel', 'av'} & set(sys.modules);"
        "print('\\n', time.process_time(), *heavy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    seconds, *heavy = done.stdout.splitlines()[-1].split()
    assert heavy == []
    assert float(seconds) < 0.5


def test_version_is_told_with_or_without_installation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("frametrail")


BAD_ARGUMENTS = {
    "no command": ([], "the following arguments are required: COMMAND"),
    "misspelled command": (["biuld", "mine"], "did you mean build?"),
    "unknown command": (["upload"], "invalid choice: 'upload'"),
    "no name": (["build"], "the following arguments are required: NAME"),
    "unknown option": (["build", "mine", "--jobs", "3"], "unrecognized arguments: --jobs 3"),
    "no workers": (["build", "mine", "--workers", "0"], "argument --workers: must be at least 1, not 0"),
    "workers in words": (["build", "mine", "--workers", "two"], "argument --workers: invalid number value: 'two'"),
    "negative limit": (["build", "mine", "--limit", "-1"], "argument --limit: must be at least 1, not -1"),
    "limit of nothing": (["build", "mine", "--limit", "0"], "argument --limit: must be at least 1, not 0"),
    "no place for releases": (["build", "mine", "--out", ""], "argument --out: must name a folder"),
    "no place for work": (["build", "mine", "--work", ""], "argument --work: must name a folder"),
    "unknown runner": (["build", "mine", "--runner", "locl"], "did you mean local?"),
    "unknown dataset": (["build", "mime"], "there is no dataset `mime` in datasets.yaml; did you mean `mine`?"),
    "one of the bundled ones": (["build", "demo"], "bundled ones: write an entry with `like: demo`, or give -c "),
    "no such file": (["build", "mine", "-c", "no.yaml"], "no.yaml does not exist; name another file with -c"),
    "bad --set": (["build", "mine", "--set", "ask.per_vide=3"], "--set ask.per_vide: mine.ask.per_vide: unknown key"),
    "audit of nothing": (["audit", "releases/no"], "releases/no does not exist; a release lies at OUT/NAME/VERSION"),
    "audit of no release": (["audit", "videos"], "videos is not a finished release: it has no manifest.json"),
    "view of no release": (["view", "videos"], "videos is not a finished release: it has no manifest.json"),
    "two things to view": (["view", "videos", "--sample", "1", "--id", "a"], "not allowed with argument"),
}


@pytest.mark.parametrize("words, said", BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS.keys())
def test_bad_arguments_end_with_2_and_a_way_out(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err


def test_list_shows_entries_and_names_broken_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr().out == (
        "datasets in datasets.yaml\n\n"
        "NAME  VERSION  SOURCE         TEACHER  DESCRIPTION\n"
        "mine  1.0.0    folder videos  planner  My own.\n"
    )
    with Path("datasets.yaml").open("a") as file:
        file.write("  other: {like: nobody}\n")
    assert main(["list"]) == 2
    told = capsys.readouterr()
    assert "mine  1.0.0" in told.out
    assert "datasets.yaml:7: other.like: there is no dataset `nobody`" in told.err


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "datasets.yaml"


def test_build_hands_over_settings_and_tells_the_end(
    builds: Callable[[Build], None], capsys: pytest.CaptureFixture[str]
) -> None:
    given: list[tuple[LoadedEntry, RunSettings, str]] = []

    def build(entry: LoadedEntry, run_settings: RunSettings, name: str) -> BuildResult:
        given.append((entry, run_settings, name))
        return result(unused=("videos.jsonl:3: no JSON",))

    builds(build)
    assert main(["build", "mine", "--workers", "3", "--limit", "7", "--work", "w", "--set", "explore.rollouts=4"]) == 0
    ((entry, run_settings, name),) = given
    assert (entry.settings.explore.rollouts, entry.changed, name) == (4, True, "mine")
    assert run_settings == RunSettings(runner="local", workers=3, out="releases", work="w", limit=7)
    assert capsys.readouterr().out == (
        "built releases/mine/1.0.0 in 1 min 1 s\n"
        "  5 questions, 4 accepted rows, 6 rejected\n"
        "       3 x explore/no_answer\n"
        "       2 x verify/wrong_answer\n"
        "       1 x read/bad_json\n"
        "  of no use: videos.jsonl:3: no JSON\n"
        "  read one:      frametrail view releases/mine/1.0.0 --sample 1\n"
        "  see a reject:  frametrail view releases/mine/1.0.0 --reject 1\n"
        "  check it all:  frametrail audit releases/mine/1.0.0\n"
    )


def test_every_reason_is_told_the_most_frequent_first(
    builds: Callable[[Build], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verify = {"in": 40, "out": 4, "filtered": {f"code_{n}": n for n in range(4, 9)}, "failed": {}}
    report = json.dumps({"stages": {**REPORT["stages"], "verify": verify}})
    Path("releases/mine/1.0.0/report.json").write_text(report)
    builds(lambda entry, run_settings, name: result())
    assert main(["build", "mine"]) == 0
    told = capsys.readouterr().out
    codes = "".join(f"       {n} x verify/code_{n}\n" for n in range(8, 3, -1))
    assert f"{codes}       3 x explore/no_answer\n       1 x read/bad_json\n  read one:" in told


def test_what_gave_nothing_is_told_loudly(builds: Callable[[Build], None], capsys: pytest.CaptureFixture[str]) -> None:
    unused = tuple(f"{n}.mp4: not a video" for n in range(7))
    builds(lambda entry, run_settings, name: result(accepted=0, solved=0, unused=unused))
    assert main(["build", "mine"]) == 0
    assert capsys.readouterr().out.endswith(
        "  of no use: 4.mp4: not a video\n"
        "  ... and 2 more inputs\n"
        "  no row was accepted: there is nothing in it to train on\n"
        "  see a reject:  frametrail view releases/mine/1.0.0 --reject 1\n"
        "  check it all:  frametrail audit releases/mine/1.0.0\n"
    )


def test_videos_that_gave_no_row_are_named(builds: Callable[[Build], None], capsys: pytest.CaptureFixture[str]) -> None:
    silent = tuple(f"v{n} (2 x verify/wrong_answer)" for n in range(7))
    builds(lambda entry, run_settings, name: result(without_rows=silent))
    assert main(["build", "mine"]) == 0
    told = capsys.readouterr().out
    assert "  no conversation about: v0 (2 x verify/wrong_answer)\n" in told
    last = "  no conversation about: v4 (2 x verify/wrong_answer)\n"
    assert f"{last}  ... and 2 more videos; report.json names them\n  read one:" in told


def test_rollouts_that_were_not_needed_are_told_apart(
    builds: Callable[[Build], None], capsys: pytest.CaptureFixture[str]
) -> None:
    curate = {"in": 9, "out": 4, "filtered": {"not_best": 4, "out_of_band": 1}, "failed": {}}
    report = json.dumps({"stages": {**REPORT["stages"], "curate": curate}})
    Path("releases/mine/1.0.0/report.json").write_text(report)
    builds(lambda entry, run_settings, name: result(rejected=11))
    assert main(["build", "mine"]) == 0
    told = capsys.readouterr().out
    assert "  5 questions, 4 accepted rows, 7 rejected, 4 not chosen\n       4 x curate/not_best\n" in told


def test_workers_default_to_the_cpus_this_process_may_use(builds: Callable[[Build], None]) -> None:
    given: list[int] = []

    def build(entry: LoadedEntry, run_settings: RunSettings, name: str) -> BuildResult:
        given.append(run_settings.workers)
        return result()

    builds(build)
    assert main(["build", "mine"]) == 0
    assert given == [len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()]


def test_nothing_to_do_is_told(builds: Callable[[Build], None], capsys: pytest.CaptureFixture[str]) -> None:
    builds(lambda entry, run_settings, name: result(nothing_to_do=True))
    assert main(["build", "mine"]) == 0
    assert capsys.readouterr().out.startswith("nothing to do: releases/mine/1.0.0 is already built")


def test_what_is_no_version_ends_with_1(builds: Callable[[Build], None], capsys: pytest.CaptureFixture[str]) -> None:
    builds(lambda entry, run_settings, name: result(failures_over=["3 of 4 failed in read"]))
    assert main(["build", "mine"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("kept as releases/mine/1.0.0, which is no version, after 1 min 1 s\n")
    assert "below what was promised: 3 of 4 failed in read" in told


@pytest.mark.parametrize("least, code", [("0.8", 0), ("0.81", 1)], ids=["kept", "missed"])
def test_the_promised_yield_decides_the_exit_code(builds: Callable[[Build], None], least: str, code: int) -> None:
    builds(lambda entry, run_settings, name: result())
    assert main(["build", "mine", "--set", f"min_yield={least}"]) == code


def test_two_rows_of_one_question_are_one_question(
    builds: Callable[[Build], None], capsys: pytest.CaptureFixture[str]
) -> None:
    builds(lambda entry, run_settings, name: result(questions=2, solved=1, accepted=2))
    assert main(["build", "mine", "--set", "min_yield=0.9"]) == 1
    assert "1 of 2 questions ended in an accepted row, less than min_yield: 0.9" in capsys.readouterr().out


@pytest.mark.parametrize(
    "error", [SettingsError("a", "do this"), EngineError("b", "do this")], ids=["settings", "engine"]
)
def test_our_errors_end_with_2_and_their_detail(
    builds: Callable[[Build], None], error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(entry: LoadedEntry, run_settings: RunSettings, name: str) -> BuildResult:
        raise error

    builds(build)
    assert main(["build", "mine"]) == 2
    assert capsys.readouterr().err == "frametrail: do this\n"


@pytest.mark.parametrize(
    "error",
    [EngineError("unreachable", "do it again", transient=True), InputError("store_lost", "do it again")],
    ids=["engine", "store"],
)
def test_what_no_settings_are_to_blame_for_ends_with_3(
    builds: Callable[[Build], None], error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(entry: LoadedEntry, run_settings: RunSettings, name: str) -> BuildResult:
        raise error

    builds(build)
    assert main(["build", "mine"]) == 3
    assert capsys.readouterr().err == "frametrail: do it again\n"


def test_an_unexpected_error_is_short_and_its_traceback_is_kept(
    builds: Callable[[Build], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def build(entry: LoadedEntry, run_settings: RunSettings, name: str) -> BuildResult:
        raise ZeroDivisionError("by zero\nand more")

    builds(build)
    assert main(["build", "mine", "--work", "w"]) == 70
    assert capsys.readouterr().err == (
        "frametrail: stopped by an unexpected error: ZeroDivisionError: by zero\n"
        "What was finished is kept; the traceback is in w/traceback.txt\n"
    )
    assert "in build\n" in Path("w/traceback.txt").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interruption_ends_with_3_and_says_how_to_resume(
    builds: Callable[[Build], None], number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(entry: LoadedEntry, run_settings: RunSettings, name: str) -> BuildResult:
        try:
            os.kill(os.getpid(), number)
        except KeyboardInterrupt as error:
            raise RuntimeError("KeyboardInterrupt [while running 'Perceive']") from error  # as Beam does
        raise AssertionError("the signal did not arrive")

    builds(build)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert main(["build", "mine", "--set", "ask.per_video=2"]) == 3
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert capsys.readouterr().err == (
        "frametrail: interrupted; what was finished is kept, and the same command resumes:\n"
        "  frametrail build mine --set ask.per_video=2\n"
    )


def test_an_interrupted_process_does_not_wait_for_its_threads() -> None:
    code = (
        "import os, signal, sys, time; from concurrent.futures import ThreadPoolExecutor\n"
        "from runners import building; from runners.cli import main\n"
        "def build(*_):\n"
        "    ThreadPoolExecutor(1).submit(time.sleep, 300)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "building.build_release = build; sys.argv[1:] = ['build', 'mine']; sys.exit(main())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 3
    assert "the same command resumes:\n  frametrail build mine\n" in done.stderr


def test_what_libraries_log_goes_to_a_file(builds: Callable[[Build], None], capsys: pytest.CaptureFixture[str]) -> None:
    def build(entry: LoadedEntry, run_settings: RunSettings, name: str) -> BuildResult:
        import logging
        import warnings

        logging.getLogger("some.library").warning("something odd")
        warnings.warn("something old", DeprecationWarning, stacklevel=1)
        return result()

    builds(build)
    assert main(["build", "mine", "--work", "w"]) == 0
    assert capsys.readouterr().err == ""
    log = Path("w/log-mine.txt").read_text()
    assert "WARNING some.library: something odd\n" in log
    assert main(["build", "mine", "--work", "w"]) == 0
    assert Path("w/log-mine.txt").read_text().startswith(log)


def test_a_work_folder_that_cannot_be_written_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("w").write_text("a file")
    assert main(["build", "mine", "--work", "w"]) == 2
    assert capsys.readouterr().err == "frametrail: cannot write in w (File exists); give another --work\n"


def test_a_foreign_package_of_the_same_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "__init__.py").touch()
    done = run("list", env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
    assert done.returncode == 2
    assert done.stderr == (
        f"frametrail: the package `schemas` is {tmp_path}/schemas/__init__.py, but frametrail needs its own in {ROOT}; "
        "start it from another folder, clear PYTHONPATH, or install it into an environment of its own\n"
    )


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m runners.cli schema | head -1; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")


def test_check_says_what_a_build_would_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "mine", "--set", "explore.rollouts=3"]) == 0
    assert capsys.readouterr().out == (
        "mine 1.0.0  (datasets.yaml)\n"
        "  source     folder videos: 1 video, 0.0 MB, 0 with subtitles\n"
        "  questions  up to 24 per video made from screen_text, speech, order, count, when, two_hop; 3 rollouts each\n"
        "  text       rapidocr\n"
        "  speech     not recognised; subtitles beside the videos are read\n"
        "  captions   signals (measured facts in words, no model)\n"
        "  teacher    planner (rule-based, not for training)\n"
        "  verify     by rules; no model is asked\n"
        "  retrieval  bm25, on this machine\n"
        "  frames     PyAV\n\n"
    )


def test_check_names_who_searches_the_web(capsys: pytest.CaptureFixture[str]) -> None:
    web = "explore.web_search={type: http, url: 'http://localhost:1/find'}"
    assert main(["check", "mine", "--set", "explore.tools=[overview, web_search]", "--set", web]) == 0
    told = "  retrieval  bm25, on this machine; the web by http://localhost:1/find (not contacted)\n"
    assert told in capsys.readouterr().out


def test_check_tells_of_a_release_that_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    entry = load_dataset_entry("mine")
    place = Path("out/mine/1.0.0")
    place.mkdir(parents=True)
    made_from = fingerprint(entry.settings, (), (), ())
    manifest = build_manifest(building.release_info(entry.settings, "mine", "1.0.0", made_from), [])
    (place / "manifest.json").write_text(manifest)
    assert main(["check", "mine"]) == 0
    assert "release" not in capsys.readouterr().out
    assert main(["check", "mine", "--out", "out"]) == 0
    told = "  release    out/mine/1.0.0 is built; unless the source has changed since, there is nothing to do\n"
    assert told in capsys.readouterr().out
    assert main(["check", "mine", "--out", "out", "--set", "explore.rollouts=3"]) == 0
    assert "release" not in capsys.readouterr().out
    (place / "manifest.json").write_text(manifest.replace(made_from.code, "0" * 64))
    assert main(["check", "mine", "--out", "out"]) == 2
    told = capsys.readouterr().out
    assert "cannot build: out/mine/1.0.0 was built from other code (fingerprint" in told
    assert "raise `version` in datasets.yaml, give another --out, or, if nobody uses it, rm -r out/mine/1.0.0" in told


def test_check_says_that_the_place_for_releases_cannot_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    Path("taken").write_text("a file")
    assert main(["check", "mine", "--out", "taken/releases"]) == 2
    told = f"cannot build: cannot write in {Path.cwd()}/taken (Not a directory); give another --out"
    assert told in capsys.readouterr().out
    assert main(["check", "mine", "--out", "not/there/yet"]) == 0
    assert not Path("not").exists()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
@pytest.mark.parametrize("command", ["check", "plan", "build"])
def test_a_file_system_that_takes_no_folder_is_in_the_way(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever may do everything may write in /proc, by its permissions."""
    assert main([command, "mine", "--out", "/proc/x"]) == 2
    told = capsys.readouterr()
    assert re.search(r"cannot write in /proc\S* \(.+\); give another --out", told.out + told.err)


def test_check_lists_what_is_in_the_way(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    overrides = ["source.path=nowhere", "explore.teacher.type=openai", "explore.teacher.model=m"]
    assert main(["check", "mine", *(word for key in overrides for word in ("--set", key))]) == 2
    told = capsys.readouterr().out
    assert f"cannot build: {Path.cwd()}/nowhere is not a folder; correct `source.path`" in told
    assert "(not contacted), OPENAI_API_KEY is not set: no call can be made, only replies in the work folder" in told


CAPTIONED = [
    "perceive.captions.type=chat",
    "perceive.captions.engine.type=openai",
    "perceive.captions.engine.model=eyes",
    "perceive.captions.engine.api_key_env=EYES_KEY",
]


def test_check_tells_of_the_captioner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    options = [word for key in CAPTIONED for word in ("--set", key)]
    monkeypatch.delenv("EYES_KEY", raising=False)
    assert main(["check", "mine", *options]) == 0
    told = capsys.readouterr().out
    assert "eyes at https://api.openai.com/v1 (not contacted), EYES_KEY is not set: no call can be made" in told
    monkeypatch.setenv("EYES_KEY", "canary-4711")
    assert main(["check", "mine", *options, "--set", "perceive.captions.engine.base_url=http://127.0.0.1:1/v1"]) == 0
    told = capsys.readouterr().out
    assert "  captions   eyes at http://127.0.0.1:1/v1 (not contacted), key in EYES_KEY\n" in told
    assert "canary" not in told


def test_a_budget_needs_the_price_of_the_captioner_too() -> None:
    url = "perceive.captions.engine.base_url=https://models.example.org/v1"
    entry = load_dataset_entry("mine", None, [*CAPTIONED, url])
    assert list(models_of(entry.settings)) == ["perceive.captions.engine"]
    with pytest.raises(SettingsError, match="none is known of eyes: .* under perceive.captions.engine"):
        require_known_costs(entry.settings)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ("leave_out=[max_completion_tokens]", "max_completion_tokens"),
        ("extra_body={n: 8, max_tokens: 100000}", "max_tokens, n"),
        ("extra_body={generationConfig: {candidateCount: 4}}", "candidateCount"),
    ],
)
def test_a_budget_needs_a_limit_on_replies(changed: str, named: str) -> None:
    engine = "perceive.captions.engine"
    changes = [f"{engine}.price={{input: 1.0, output: 2.0}}", f"{engine}.{changed}"]
    entry = load_dataset_entry("mine", None, [*CAPTIONED, *changes])
    with pytest.raises(SettingsError, match=f"{engine} changes that by leave_out or extra_body \\({named}\\)"):
        require_known_costs(entry.settings)


def test_check_tells_of_lines_that_would_be_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    Path("videos.jsonl").write_text('{"id": "a", "uri": "videos/a.mp4"}\n{"id": "b", "uri": "videos/b.mp4"}\n')
    Path("datasets.yaml").write_text(
        "datasets:\n  mine:\n    version: 1.0.0\n    source: {type: manifest, videos: videos.jsonl}\n"
        "    perceive: {asr: {type: none}, ocr: {type: none}}\n"
    )
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert "source     manifest videos.jsonl: 1 video," in told
    assert "1 of 2 inputs would be rejected:\n    videos.jsonl:2: there is no file 'videos/b.mp4'" in told


def test_check_names_files_that_are_no_videos(video: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    Path("videos/cut.mp4").write_bytes(video[: len(video) // 2])
    Path("videos/page.mp4").write_text("<!doctype html><html>not here</html>")
    assert main(["check", "mine"]) == 1
    told = capsys.readouterr()
    assert "  source     folder videos: 1 video, 0.0 MB, 0 with subtitles\n" in told.out
    assert (
        "  2 of 3 inputs would be rejected:\n"
        "    cut.mp4: the file is an MP4 whose index (moov) is missing or broken, as when copying was cut off;"
        " fetch it again\n"
        "    page.mp4: the file is an HTML page, probably an error page saved under a video's name;"
        " fetch the video itself\n"
    ) in told.out
    assert told.err == ""


def test_what_is_in_the_way_is_told_before_a_build(capsys: pytest.CaptureFixture[str]) -> None:
    Path("releases/mine/1.0.0").mkdir(parents=True)
    Path("releases/mine/1.0.0/left.txt").write_text("x")
    for command in ("check", "plan", "build"):
        assert main([command, "mine"]) == 2
        told = capsys.readouterr()
        assert "releases/mine/1.0.0 is no finished release (it has no manifest.json)" in told.out + told.err


def test_a_manifest_that_cannot_be_read_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("releases/mine/1.0.0").mkdir(parents=True)
    Path("releases/mine/1.0.0/manifest.json").write_text("{")
    for command in ("check", "plan"):
        assert main([command, "mine"]) == 2
        assert "cannot build: releases/mine/1.0.0/manifest.json cannot be read (Expecting" in capsys.readouterr().out


def test_check_counts_no_questions_about_files_that_are_no_videos(capsys: pytest.CaptureFixture[str]) -> None:
    Path("b.mp4").write_bytes(b"")
    Path("videos.jsonl").write_text('{"id": "a", "uri": "videos/a.mp4"}\n{"id": "b", "uri": "b.mp4"}\n')
    asked = {"text": "How many?", "kind": "count", "answer": 2}
    lines = [json.dumps({"id": f"q{n}", "video_id": video_id, **asked}) for n, video_id in enumerate("aab")]
    Path("questions.jsonl").write_text("\n".join(lines) + "\n")
    source = "source={type: manifest, videos: videos.jsonl, questions: questions.jsonl}"
    assert main(["check", "mine", "--set", source]) == 1
    told = capsys.readouterr().out
    assert "  questions  2 given; " in told
    assert "  2 of 5 inputs would be rejected:\n    b.mp4: the file is empty" in told
    assert "    q2: its video 'b' was turned away; see that video's own row\n" in told


def test_check_tells_of_questions_about_times_beyond_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    Path("videos.jsonl").write_text('{"id": "a", "uri": "videos/a.mp4"}\n')
    asked = {"video_id": "a", "text": "How many?", "kind": "count", "answer": 2}
    spans = ({"start_s": 0.0, "end_s": 0.4}, {"start_s": 7.0, "end_s": 9.0})
    lines = [json.dumps({"id": f"q{n}", **asked, "evidence": [span]}) for n, span in enumerate(spans)]
    Path("questions.jsonl").write_text("\n".join(lines) + "\n")
    source = "source={type: manifest, videos: videos.jsonl, questions: questions.jsonl}"
    assert main(["check", "mine", "--set", source]) == 1
    told = capsys.readouterr().out
    assert "  questions  1 given; " in told
    assert "  1 of 3 inputs would be rejected:\n    q1: evidence 1 is at 7-9 s, but the video ends at 0." in told


def test_check_tells_of_cues_that_are_left_out(video: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    cue = "1\n00:00:00,{start} --> 00:00:00,300\nA word.\n\n"
    Path("videos/a.srt").write_text(cue.format(start="100") + cue.format(start="x"))
    Path("videos/b.mp4").write_bytes(video)
    Path("videos/b.srt").write_text("no cue at all")
    assert main(["check", "mine"]) == 1
    told = capsys.readouterr().out
    assert "  subtitles  a.srt: 1 of 2 cues left out (1 with broken times)\n" in told
    assert "  1 of 2 inputs would be rejected:\n    b.mp4: b.srt, line 1: no cue could be read" in told


def test_check_shows_how_far_it_is_where_there_are_many_videos(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check_command, "MANY", 2)
    for number in range(102):
        Path(f"videos/{number:03}.mp4").write_bytes(b"")
    assert main(["check", "mine"]) == 1
    told = capsys.readouterr()
    empty = "the file is empty (0 bytes); fetch it again\n"
    assert f"  102 of 103 inputs would be rejected:\n    000.mp4: {empty}" in told.out
    assert f"    099.mp4: {empty}    ... and 2 more: mend these, and check again\n" in told.out
    assert "read      103/103  102 rejected\n" in told.err


def test_one_of_a_thing_is_told_as_one() -> None:
    assert [counted(number, "accepted row") for number in (0, 1, 2)] == [
        "0 accepted rows",
        "1 accepted row",
        "2 accepted rows",
    ]


def test_check_of_all_goes_on_after_a_broken_entry(capsys: pytest.CaptureFixture[str]) -> None:
    with Path("datasets.yaml").open("a") as file:
        file.write("  other: {like: nobody}\n  third: {like: mine}\n")
    assert main(["check"]) == 2
    told = capsys.readouterr().out
    assert "datasets.yaml:7: other.like: there is no dataset `nobody`" in told
    assert "third 1.0.0  (datasets.yaml)\n" in told


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    store = Store(folder / "store")
    out = folder / "tiny" / "1.0.0"
    write_release(out, store, tiny(store))
    return out


def test_audit_of_a_good_and_of_a_damaged_release(
    release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", str(release)]) == 0
    assert "FAIL" not in capsys.readouterr().out
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in release.rglob("*"):
        target = damaged / path.relative_to(release)
        target.mkdir() if path.is_dir() else target.write_bytes(path.read_bytes())
    (damaged / "README.md").write_text("another card")
    assert main(["audit", str(damaged)]) == 1
    assert "\nFAIL  digests: README.md" in capsys.readouterr().out


def test_view_shows_a_trajectory_a_reject_and_an_id(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", str(release)]) == 0
    first = capsys.readouterr().out
    assert "accept" in first
    assert main(["view", str(release), "--sample", "1"]) == 0
    assert capsys.readouterr().out == first
    assert main(["view", str(release), "--reject", "1"]) == 0
    assert "reject: " in capsys.readouterr().out
    assert main(["view", str(release), "--id", "nobody"]) == 2
    assert main(["view", str(release), "--reject", "999"]) == 2


def test_a_folder_above_releases_names_them(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", str(release.parent)]) == 2
    assert f"there is {release}\n" in capsys.readouterr().err


def test_the_doctor_tries_what_an_entry_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "datasets.yaml"
    settings.write_text(
        "datasets:\n"
        "  ours:\n"
        "    version: 1.0.0\n"
        "    source: {type: folder, path: .}\n"
        "    perceive: {asr: {type: none}}\n"
        "  taught:\n"
        "    version: 1.0.0\n"
        "    like: ours\n"
        "    explore: {teacher: &m {type: openai, model: m, base_url: 'http://127.0.0.1:9/v1', api_key_env: ''}}\n"
        "    perceive: {captions: {type: chat, engine: *m}}\n",
        encoding="utf-8",
    )
    assert main(["doctor", "ours", "-c", str(settings)]) == 0
    assert "text       ok  rapidocr: read a drawn sign" in capsys.readouterr().out
    assert main(["doctor", "-c", str(settings)]) == 1
    told = capsys.readouterr().out
    assert "text       ok  rapidocr: as above" in told
    assert "captions   NO  openai: http://127.0.0.1:9/v1 did not answer" in told
    assert "teacher    NO  openai: http://127.0.0.1:9/v1 did not answer" in told


def test_what_beam_says_of_bigquery_is_not_logged(tmp_path: Path) -> None:
    with build_command._logged(tmp_path, "mine"):
        logging.warning("apitools not found, and bigquery client libraries are not available")
        logging.warning("something else")
    (line,) = (tmp_path / "log-mine.txt").read_text().splitlines()
    assert line.endswith("WARNING root: something else")
