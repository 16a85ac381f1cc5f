"""Builds whose work other processes do: the same bytes, and what must not differ between the processes."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import fsspec
import pytest

from pipelines import elsewhere
from pipelines.elsewhere import SHARED, divided, leave_mark, same_ground, smallest
from pipelines.identities import engine_identities
from runners import building, fingerprint
from runners.building import build_release
from runners.cli import main
from runners.commands.build import RUNNERS
from runners.models import require_divisible
from runners.portable import job_error, options, portable
from runners.settings_file import load_dataset_entry, load_run_block
from runners.where import HERE, Where, run_here
from schemas.clusters import DockerWorkers, ExternalWorkers, LoopbackWorkers, PortableSettings
from schemas.codec import canonical
from schemas.errors import EngineError, SettingsError, StoppedError
from schemas.release import ReleaseInfo
from schemas.settings import Dataset, Limits, OpenAISettings, Runner, RunSettings
from tests.builds import contents, told_samples
from transforms.store import Store

MODELS = {
    "version": "1.0.0",
    "source": {"type": "folder", "path": "videos"},
    "explore": {
        "teacher": {"type": "openai", "model": "m", "limits": {"in_flight": 32, "requests_per_minute": 100}},
        "retrieval": {"type": "openai", "model": "e", "limits": {"in_flight": 8}},
    },
}


def test_the_command_knows_the_runners_that_the_settings_know() -> None:
    assert Runner.__args__ == RUNNERS  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", ["dask", "DaskRunner"])
def test_dask_is_refused_with_the_reason(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "demo", "--runner", word]) == 2
    assert "gives wrong results without a word" in capsys.readouterr().err


def test_limits_are_divided_among_processes_and_nothing_else_is() -> None:
    entry = Dataset.model_validate(MODELS)
    assert smallest(entry) == 8
    shared = divided(entry, 4)
    assert isinstance(shared.explore.teacher, OpenAISettings)
    assert shared.explore.teacher.limits == Limits(in_flight=8, requests_per_minute=25)
    assert shared.explore.retrieval.limits == Limits(in_flight=2)
    out = {"explore": {"teacher": {"limits"}, "retrieval": {"limits"}}}
    assert shared.model_dump(exclude=out) == entry.model_dump(exclude=out)
    assert smallest(Dataset.model_validate({**MODELS, "explore": {}})) is None
    own = Dataset.model_validate({**MODELS, "explore": {"teacher": {"type": "vllm", "model": "in each process"}}})
    assert (smallest(own), divided(own, 4)) == (None, own)


FORMS = {
    "portable": (
        PortableSettings(job_endpoint="h:1", environment=LoopbackWorkers()),
        ["--job_endpoint=h:1", "--environment_type=LOOPBACK"],
    ),
    "flink": (
        PortableSettings(job_endpoint="h:1", processes=6),
        [
            *("--job_endpoint=h:1", "--environment_type=EXTERNAL", "--environment_config=localhost:50000"),
            *("--sdk_worker_parallelism=1", "--environment_cache_millis=600000", "--parallelism=6"),
        ],
    ),
    "spark": (
        PortableSettings(job_endpoint="h:1", environment=DockerWorkers(image="r/frametrail:1")),
        [
            *("--job_endpoint=h:1", "--environment_type=DOCKER", "--environment_config=r/frametrail:1"),
            *("--sdk_worker_parallelism=1", "--environment_cache_millis=600000"),
        ],
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_a_form_sets(form: str) -> None:
    settings, wanted = FORMS[form]
    assert options(form, settings) == wanted


def test_a_service_that_is_not_there_is_refused() -> None:
    with pytest.raises(
        SettingsError, match=r"--runner spark needs the job service's address: --job-endpoint HOST:PORT"
    ):
        portable("spark", PortableSettings())
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(SettingsError, match=rf"nobody answers at localhost:{port} \(Connection refused\)"):
        portable("flink", PortableSettings(job_endpoint=f"localhost:{port}"))


RUN_BLOCKS = {
    "no block": ("", PortableSettings()),
    "an empty block": ("run:\n", PortableSettings()),
    "a block": (
        "run:\n  portable:\n    job_endpoint: flink.example:8099\n    environment: {address: pool:50001}\n",
        PortableSettings(job_endpoint="flink.example:8099", environment=ExternalWorkers(address="pool:50001")),
    ),
}


@pytest.mark.parametrize(("text", "wanted"), RUN_BLOCKS.values(), ids=RUN_BLOCKS.keys())
def test_the_block_of_a_settings_file(text: str, wanted: PortableSettings, tmp_path: Path) -> None:
    file = tmp_path / "datasets.yaml"
    file.write_text(f"datasets:\n  a: {{like: demo, version: 1.0.0}}\n{text}")
    assert load_run_block(file).portable == wanted
    assert load_dataset_entry("a", file).settings.version == "1.0.0"


WRONG_BLOCKS = {
    "no block": ("run: 3", r":3: run: must be a block"),
    "another key": (
        "run: {portable: {jobendpoint: a:1}}",
        r":3: run.portable.jobendpoint: unknown key; did you mean `job_endpoint`\?",
    ),
    "no port": ("run: {portable: {job_endpoint: flink}}", r":3: run.portable.job_endpoint: must be HOST:PORT"),
    "another environment": (
        "run: {portable: {environment: {type: dokcer, image: a:1}}}",
        r":3: run.portable.environment.type: there is no type 'dokcer'; did you mean `docker`\?",
    ),
    "an image that moves": (
        "run: {portable: {environment: {type: docker, image: r/frametrail:latest}}}",
        r"run.portable.environment.image: must name one image for good",
    ),
}


@pytest.mark.parametrize(("text", "told"), WRONG_BLOCKS.values(), ids=WRONG_BLOCKS.keys())
def test_a_wrong_block_is_told_with_its_place(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "datasets.yaml"
    file.write_text(f"datasets:\n  a: {{like: demo, version: 1.0.0}}\n{text}\n")
    with pytest.raises(SettingsError, match=told):
        load_run_block(file)


def test_a_process_with_another_store_or_other_code_is_found_out(tmp_path: Path) -> None:
    entry = Dataset.model_validate({**MODELS, "perceive": {"asr": {"type": "none"}}})
    engines = tuple((job, canonical(identity)) for job, identity in engine_identities(entry).items())
    info = ReleaseInfo("a", "1.0.0", "f" * 64, "0.1.0", elsewhere.code_digest(), engines)
    shared = str(tmp_path / "shared")
    mark = leave_mark(info.code, Store(shared))
    out = tmp_path / "out"
    out.mkdir()
    (out / SHARED).touch()
    with pytest.raises(EngineError, match="other_code: a worker has other code"):
        same_ground("video", replace(info, code="0" * 64), entry, shared, mark, str(out))
    another = tuple((job, '"another"' if job == "ocr" else identity) for job, identity in engines)
    with pytest.raises(EngineError, match=r'other_engines: .* \(ocr {.*rapidocr.*}, not "another"\): install'):
        same_ground("video", replace(info, engines=another), entry, shared, mark, str(out))
    with pytest.raises(EngineError, match="other_store: a worker does not see the store .*/elsewhere: give a --work"):
        same_ground("video", info, entry, str(tmp_path / "elsewhere"), mark, str(out))
    with pytest.raises(EngineError, match="other_out: a worker does not see .*/another, where the release is built"):
        same_ground("video", info, entry, shared, mark, str(tmp_path / "another"))
    assert same_ground("video", info, entry, shared, mark, str(out)) == "video"
    bucket = "memory://in-place/a/1.0.0"
    assert same_ground("video", info, entry, shared, mark, bucket, in_place=True) == "video"
    fsspec.filesystem("memory").pipe("/in-place/b/1.0.0/manifest.json", b"{}")
    with pytest.raises(EngineError, match=r"already_built: memory://in-place/b/1.0.0 is a finished release"):
        same_ground("video", info, entry, shared, mark, "memory://in-place/b/1.0.0", in_place=True)


def test_what_ended_a_job() -> None:
    text = "Traceback (most recent call last):\n  File x\nValueError: no [while running 'Read/Hash']\n\n"
    error = job_error(text)
    assert isinstance(error, StoppedError)
    assert error.detail.startswith("the job failed: ValueError: no [while running 'Read/Hash']\n")
    for step in ("", " [while running 'SameGround']"):
        ground = job_error(f"{text}schemas.errors.EngineError: other_code{step}: install the same\n\nmore\n")
        assert isinstance(ground, SettingsError)
        assert (ground.code, ground.detail) == ("other_code", "install the same")


REFUSED = {
    "a budget": ({"budget_usd": 2.0}, 2, "a budget is exact in one process"),
    "fewer calls than processes": ({}, 9, "9 worker processes cannot share a limit of 8"),
}


@pytest.mark.parametrize(("changes", "processes", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_what_only_one_process_can_keep_is_refused(changes: dict[str, float], processes: int, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        require_divisible(Dataset.model_validate(MODELS), RunSettings(**changes), processes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortableSettings]:
    """A job service and a pool of workers, each in a process of its own."""
    logs = tmp_path_factory.mktemp("cluster")
    with socket.create_server(("localhost", 0)) as one, socket.create_server(("localhost", 0)) as other:
        ports = [int(free.getsockname()[1]) for free in (one, other)]
    service = "apache_beam.runners.portability.local_job_service_main", "--port", str(ports[0])
    pool = "apache_beam.runners.worker.worker_pool_main", "--service_port", str(ports[1])
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    started = []
    for name, words in (("service", service), ("pool", pool)):
        with (logs / f"{name}.txt").open("w") as log:
            started.append(
                subprocess.Popen([sys.executable, "-m", *words], stdout=log, stderr=log, env=environment, cwd=logs)
            )
    try:
        for port in ports:
            _wait_for(port)
        yield PortableSettings(
            job_endpoint=f"localhost:{ports[0]}", environment=ExternalWorkers(address=f"localhost:{ports[1]}")
        )
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        try:
            socket.create_connection(("localhost", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"nothing listens at port {port}")


def built(folder: Path, name: str, where: Where, overrides: Sequence[str] = ()) -> dict[str, bytes]:
    """The contents of a release that is built with a store of its own."""
    entry = load_dataset_entry("told", folder / "datasets.yaml", list(overrides))
    run = RunSettings(workers=2, work=str(folder / f"work-{name}"), out=str(folder / f"out-{name}"))
    result = build_release(entry, run, "told", where)
    assert result.accepted > 0
    return contents(result.release)


@pytest.mark.heavy
def test_the_same_bytes_in_this_process_with_bundles_played_again_and_in_others(
    tmp_path: Path, cluster: PortableSettings
) -> None:
    told_samples(tmp_path / "told", "    ask: {per_video: 4}\n")
    here = built(tmp_path / "told", "here", HERE)
    assert {path.split("/")[0] for path in here} >= {"sft", "rl", "trajectories"}
    thrice = Where(partial(run_here, more=["--direct_runner_bundle_repeat=3"]))
    assert built(tmp_path / "told", "thrice", thrice) == here
    assert built(tmp_path / "told", "elsewhere", portable("portable", cluster)) == here


@pytest.mark.heavy
def test_a_target_is_met_by_other_processes_too(tmp_path: Path, cluster: PortableSettings) -> None:
    told_samples(tmp_path / "told", "    ask: {per_video: 4}\n")
    target = ["target.accepted=5"]
    assert built(tmp_path / "told", "elsewhere", portable("portable", cluster), target) == built(
        tmp_path / "told", "here", HERE, target
    )


@pytest.mark.heavy
def test_workers_that_differ_end_the_job_before_anything_is_computed(
    tmp_path: Path, cluster: PortableSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_samples(tmp_path / "told", "")
    for part, name, value, told in (
        (building, "leave_mark", "0" * 64, "other_store: a worker does not see the store"),
        (fingerprint, "code_digest", "1" * 64, "other_code: a worker has other code"),
        (building, "SHARED", "unseen", "other_out: a worker does not see"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(part, name, value if name == "SHARED" else lambda *_, value=value: value)
            with pytest.raises(SettingsError, match=told):
                built(tmp_path / "told", "elsewhere", portable("portable", cluster))
    work = tmp_path / "told" / "work-elsewhere"
    assert {path.name for path in (work / "store").iterdir()} <= {"sha256", "blob"}
    shutil.rmtree(work)
