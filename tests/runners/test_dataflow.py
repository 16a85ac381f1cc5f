"""Builds on Dataflow: what is refused before anything is staged, and the job as the service would get it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import pytest
from apache_beam.portability.api import beam_runner_api_pb2 as proto
from fsspec.implementations.memory import MemoryFileSystem
from google.cloud import storage

from pipelines.build import Job
from pipelines.code import code_digest
from runners import building
from runners import dataflow as module
from runners.cli import main
from runners.dataflow import job_name, options, require_installed, require_remote, submit, wait_for
from runners.dataflow_fit import require_fit
from runners.hints import Needs, as_hints, needs
from runners.settings_file import LoadedEntry, load_run_block
from runners.wheel import built_wheel
from runners.worker_secrets import set_secrets, told_by_boot
from schemas.clusters import DataflowSettings, Gpu
from schemas.errors import SettingsError, StoppedError
from schemas.release import ReleaseInfo
from schemas.settings import Dataset, RunSettings
from schemas.source import Question, Video
from tests.builds import ROOT
from tests.runners.google_double import BUCKET, Dataflow, dataflow, google_storage
from transforms.read.gather import Gathered
from transforms.write.manifest import build_manifest

BLOCK: dict[str, Any] = {
    "project": "my-project",
    "region": "europe-west4",
    "temp_location": f"gs://{BUCKET}/temp",
    "image": "europe-docker.pkg.dev/my-project/frametrail/worker:0.1.0",
    "service_account": "worker@my-project.iam.gserviceaccount.com",
    "machine_type": "n2-highmem-8",
    "disk_gb": 120,
    "workers": 3,
    "max_workers": 8,
    "gpu": {"type": "nvidia-l4", "machine_type": "g2-standard-8"},
    "labels": {"team": "video", "run": "first"},
    "subnetwork": "regions/europe-west4/subnetworks/inner",
    "public_ips": False,
    "secrets": {"OPENAI_API_KEY": "projects/my-project/secrets/openai/versions/1"},
}
SETTINGS = DataflowSettings.model_validate(BLOCK)

ENTRY: dict[str, Any] = {
    "version": "1.0.0",
    "source": {"type": "folder", "path": "videos"},
    "perceive": {
        "captions": {"type": "chat", "engine": {"type": "vllm", "model": "seeing", "tensor_parallel_size": 2}}
    },
    "explore": {"teacher": {"type": "openai", "model": "teacher"}},
}
RUN = RunSettings(runner="dataflow", out=f"gs://{BUCKET}/out", work=f"gs://{BUCKET}/work")


def file_with(tmp_path: Path, **changes: Any) -> Path:
    block = {key: value for key, value in {**BLOCK, **changes}.items() if value is not None}
    file = tmp_path / "datasets.yaml"
    file.write_text(json.dumps({"run": {"dataflow": block}, "datasets": {"a": {"like": "demo", "version": "1.0.0"}}}))
    return file


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no project": ({"project": None}, r"run.dataflow.project: is missing; write `project: ...` \(Id of the project"),
    "no region": ({"region": None}, "run.dataflow.region: is missing"),
    "a zone": ({"region": "europe-west4-a"}, "run.dataflow.region: "),
    "no temp": ({"temp_location": None}, "run.dataflow.temp_location: is missing"),
    "a folder": ({"temp_location": "/tmp/x"}, "must lie in a bucket, such as gs://my-bucket/frametrail, not '/tmp/x'"),
    "no image": ({"image": None}, "run.dataflow.image: is missing"),
    "no tag": ({"image": "r/frametrail"}, "image: must name one image for good, by a tag or a digest"),
    "latest": ({"image": "r/frametrail:latest"}, "image: must name one image for good, by a tag or a digest"),
    "a person": ({"service_account": "me@gmail.com"}, "run.dataflow.service_account: "),
    "fewer at most": ({"workers": 9}, "run.dataflow.max_workers: must be at least workers: 9"),
    "a label": ({"labels": {"Team": "x"}}, "Team=x cannot be a label: up to 63 of a-z"),
    "a network": ({"subnetwork": "inner"}, "run.dataflow.subnetwork: "),
    "no machine": ({"machine_type": "big"}, "run.dataflow.machine_type: "),
    "a slip": ({"regoin": "x"}, "run.dataflow.regoin: unknown key; did you mean `region`?"),
    "a key written out": (
        {"secrets": {"OPENAI_API_KEY": "sk-very-secret"}},
        "OPENAI_API_KEY must name a version in Secret Manager, such as projects/p/secrets/openai/versions/1",
    ),
}


@pytest.mark.parametrize(("changes", "told"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_or_missing_option_is_refused_with_its_place(
    changes: dict[str, Any], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_with(tmp_path, **changes)
    assert main(["build", "a", "-c", str(file), "--runner", "dataflow"]) == 2
    said = capsys.readouterr().err
    assert told.replace("\\", "") in said
    assert "datasets.yaml:1" in said
    assert "sk-very-secret" not in said


def test_no_block_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "datasets.yaml"
    file.write_text("datasets:\n  a: {like: demo, version: 1.0.0}\n")
    assert main(["build", "a", "-c", str(file), "--runner", "dataflow"]) == 2
    assert "--runner dataflow needs a block in" in capsys.readouterr().err


def test_a_whole_block_is_read_with_its_defaults(tmp_path: Path) -> None:
    assert load_run_block(file_with(tmp_path)).dataflow == SETTINGS
    least = {name: BLOCK[name] for name in ("project", "region", "temp_location", "image")}
    settings = DataflowSettings.model_validate(least)
    assert (settings.staging, settings.cpus) == (f"gs://{BUCKET}/temp/staging", 8)
    assert settings.model_copy(update={"machine_type": "n2-custom-12-32768"}).cpus == 12


UNFIT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "out here": ({}, {"out": "releases"}, "--out: must lie in a bucket, such as gs://my-bucket/..., not 'releases'"),
    "work here": ({}, {"work": ".frametrail"}, "--work: must lie in a bucket"),
    "a budget": ({}, {"budget_usd": 3.0}, "a budget is exact in one process"),
    "a target": ({"target": {"accepted": 5}}, {}, "target: is counted out in rounds"),
    "llama.cpp": ({"explore": {"teacher": {"type": "local"}}}, {}, "explore.teacher: llama.cpp on the CPUs"),
    "no secret": (
        {"explore": {"teacher": {"type": "gemini", "model": "m"}}},
        {},
        "explore.teacher.api_key_env: workers have no variable GEMINI_API_KEY: add `secrets: {GEMINI_API_KEY:",
    ),
    "a server here": (
        {"explore": {"teacher": {"type": "openai", "model": "m", "base_url": "http://127.0.0.1:8000/v1"}}},
        {},
        "explore.teacher: http://127.0.0.1:8000/v1 is each worker itself",
    ),
}


@pytest.mark.parametrize(("entry", "run", "told"), UNFIT.values(), ids=UNFIT.keys())
def test_what_cannot_work_there_is_refused(entry: dict[str, Any], run: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        require_fit(Dataset.model_validate({**ENTRY, **entry}), RUN.model_copy(update=run), SETTINGS)
    assert told in caught.value.detail
    require_fit(Dataset.model_validate(ENTRY), RUN, SETTINGS)


def test_a_model_in_the_workers_needs_a_gpu_and_a_template_a_bucket() -> None:
    with pytest.raises(SettingsError) as caught:
        require_fit(Dataset.model_validate(ENTRY), RUN, SETTINGS.model_copy(update={"gpu": None}), "/tmp/template")
    assert [line.split(":")[0] for line in caught.value.detail.splitlines()] == [
        "--template-location",
        "perceive.captions.engine",
    ]


def test_videos_of_this_machine_are_refused() -> None:
    there = Video("a", "a.mp4", "gs://b/a.mp4", subtitles="gs://b/a.srt")
    require_remote([there])
    with pytest.raises(SettingsError, match=r"1 files of 2 videos lie on this machine.*such as /here/b.mp4: copy them"):
        require_remote([there, Video("b", "b.mp4", "/here/b.mp4")])
    with pytest.raises(SettingsError, match=r"such as /here/a.srt"):
        require_remote([replace(there, subtitles="/here/a.srt")])


def test_what_is_not_installed_is_told_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "gcsfs" else name)
    with pytest.raises(SettingsError, match=r"needs more packages: pip install 'frametrail\[dataflow\]'"):
        require_installed()


def test_names_of_jobs() -> None:
    assert job_name("video_thinker", "1.0.0+ab12cd34") == "frametrail-video-thinker-1-0-0-ab12cd34"


def test_which_steps_need_what() -> None:
    entry = Dataset.model_validate(ENTRY)
    asked = needs(entry, 8)
    assert asked["Perceive/ReadScreens"] == Needs(ram_gb=5.5)
    assert asked["Perceive/CaptionClips"] == asked["Explore/RollOut"] == Needs(gpus=2)
    assert "Verify/Examine" not in asked
    bare = Dataset.model_validate(
        {**ENTRY, "perceive": {"ocr": {"type": "none"}, "asr": {"type": "none"}}, "explore": {}}
    )
    assert needs(bare, 8) == {}
    deaf = Dataset.model_validate({**ENTRY, "perceive": {"asr": {"type": "none"}}, "explore": {}})
    assert set(needs(deaf, 4).values()) == {Needs(ram_gb=4.0)}
    assert as_hints(Needs(4.0), None) == {"min_ram": "4GB"}
    assert as_hints(Needs(gpus=1), Gpu(type="nvidia-tesla-t4")) == {
        "accelerator": "type:nvidia-tesla-t4;count:1;install-nvidia-driver"
    }


SECRET_OPTIONS = [
    {"options": {"worker_secrets": ["A_KEY=projects/p/secrets/a/versions/1"]}},
    {"beam:option:worker_secrets:v1": ["A_KEY=projects/p/secrets/a/versions/1"]},
]


@pytest.mark.parametrize("told", SECRET_OPTIONS)
def test_a_worker_reads_the_secrets_that_its_options_name(told: dict[str, Any]) -> None:
    environment: dict[str, str] = {}
    set_secrets(json.dumps(told), environment, lambda name: f"what lies at {name}")
    assert environment == {"A_KEY": "what lies at projects/p/secrets/a/versions/1"}

    def refused(name: str) -> str:
        raise PermissionError("403 with details")

    with pytest.raises(RuntimeError, match=r"secrets/a/versions/1 for A_KEY cannot be read \(PermissionError\)"):
        set_secrets(json.dumps(told), environment, refused)
    set_secrets(json.dumps({"options": {}}), {}, refused)


def test_a_worker_finds_its_options_in_a_file_or_in_its_environment(tmp_path: Path) -> None:
    """Beam's boot program says by a file what no environment is long enough for."""
    file = tmp_path / "pipeline_options.json"
    file.write_text(json.dumps(SECRET_OPTIONS[0]))
    assert told_by_boot({"PIPELINE_OPTIONS_FILE": str(file)}) == file.read_text()
    assert told_by_boot({"PIPELINE_OPTIONS_FILE": str(file), "PIPELINE_OPTIONS": "{}"}) == file.read_text()
    assert told_by_boot({"PIPELINE_OPTIONS": "{}"}) == "{}"
    assert told_by_boot({}) == ""
    with pytest.raises(FileNotFoundError):
        told_by_boot({"PIPELINE_OPTIONS_FILE": str(tmp_path / "gone.json")})


@pytest.mark.parametrize("variable", ["PIPELINE_OPTIONS", "PIPELINE_OPTIONS_FILE"])
def test_importing_it_in_a_worker_reads_the_secrets(variable: str, tmp_path: Path) -> None:
    """Here Secret Manager cannot be reached, so that the worker must not start."""
    text = json.dumps(SECRET_OPTIONS[0])
    file = tmp_path / "pipeline_options.json"
    file.write_text(text)
    told = str(file) if variable.endswith("FILE") else text
    done = subprocess.run(
        [sys.executable, "-c", "import runners.worker_secrets"],
        cwd=ROOT,
        env={**os.environ, variable: told, "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "none.json")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "the secret projects/p/secrets/a/versions/1 for A_KEY cannot be read" in done.stderr


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[storage.Bucket]:
    pytest.importorskip("google.cloud.dataflow_v1beta3", reason="needs the extra dataflow: make test-dataflow")
    with google_storage(tmp_path_factory.mktemp("google")) as made:
        yield made


@pytest.fixture
def service() -> Iterator[Dataflow]:
    with dataflow() as double:
        yield double


@pytest.fixture
def wheel(tmp_path: Path) -> str:
    """Stands for the wheel: it is staged as it is."""
    path = tmp_path / "frametrail-0.1.0-py3-none-any.whl"
    path.write_bytes(b"a wheel")
    return str(path)


def job() -> Job:
    """The real pipeline's job, with two videos in the bucket."""
    video = Video("v", "v.mp4", f"gs://{BUCKET}/v.mp4", "ab" * 32)
    return Job(
        settings=Dataset.model_validate(ENTRY),
        info=ReleaseInfo("a", "1.0.0", "f" * 64, "0.1.0", code_digest()),
        videos=(video,),
        questions=(Question("q", "v", "How many?", "count", 2.0),),
        rejected=(),
        units=2,
        store=f"gs://{BUCKET}/work/store",
        folder=f"gs://{BUCKET}/out/a/1.0.0",
        workers=8,
        calls=32,
        elsewhere=8,
        mark="0" * 64,
    )


def submitted(service: Dataflow, wheel: str, template: str = "") -> Any:
    more = [f"--dataflow_endpoint={service.url}", "--no_auth"]
    return submit(job(), SETTINGS.model_copy(update={"package": wheel}), "frametrail-a-1-0-0", template, more)


def staged(bucket: storage.Bucket, url: str) -> bytes:
    assert url.startswith(f"gs://{BUCKET}/")
    data: bytes = bucket.blob(url.removeprefix(f"gs://{BUCKET}/")).download_as_bytes()
    return data


def hints_of(pipeline: proto.Pipeline) -> dict[str, dict[str, str]]:
    """Step → hints, of every step that is a leaf and has an environment."""
    transforms, environments = pipeline.components.transforms, pipeline.components.environments
    return {
        one.unique_name: {urn: value.decode() for urn, value in environments[one.environment_id].resource_hints.items()}
        for one in transforms.values()
        if one.environment_id and not one.subtransforms
    }


@pytest.mark.heavy
def test_the_job_as_the_service_gets_it(bucket: storage.Bucket, service: Dataflow, wheel: str) -> None:
    result = submitted(service, wheel)
    assert result.job_id() == "job-1"
    assert service.asked[0] == "POST /v1b3/projects/my-project/locations/europe-west4/jobs"
    (sent,) = service.jobs
    assert sent["name"] == "frametrail-a-1-0-0"
    assert sent["labels"] == {"team": "video", "run": "first"}
    environment = sent["environment"]
    assert environment["serviceAccountEmail"] == "worker@my-project.iam.gserviceaccount.com"
    (pool,) = environment["workerPools"]
    assert (pool["machineType"], pool["diskSizeGb"], pool["numWorkers"]) == ("n2-highmem-8", 120, 3)
    assert pool["autoscalingSettings"]["maxNumWorkers"] == 8
    assert pool["subnetwork"] == "regions/europe-west4/subnetworks/inner"
    assert pool["ipConfiguration"] == 2  # WORKER_IP_PRIVATE
    assert {one["containerImage"] for one in pool["sdkHarnessContainerImages"]} == {BLOCK["image"]}
    packages = {one["name"]: one["location"] for one in pool["packages"]}
    assert set(packages) == {"frametrail-0.1.0-py3-none-any.whl", "extra_packages.txt"}
    location = packages["frametrail-0.1.0-py3-none-any.whl"].replace("storage.googleapis.com/", "gs://")
    assert staged(bucket, location) == b"a wheel"

    told = environment["sdkPipelineOptions"]["options"]
    assert told["worker_secrets"] == ["OPENAI_API_KEY=projects/my-project/secrets/openai/versions/1"]
    assert "runners.worker_secrets" in told["beam_plugins"]
    assert "no_use_multiple_sdk_containers" in told["experiments"]

    hints = hints_of(proto.Pipeline.FromString(staged(bucket, told["pipelineUrl"])))
    gpu = {"beam:resources:accelerator:v1": "type:nvidia-l4;count:2;machine_type:g2-standard-8;install-nvidia-driver"}
    assert {step.split("/Window")[0] for step, found in hints.items() if found == gpu} == {
        "Perceive/CaptionClips",
        "Perceive/SumUp",
        "Explore/RollOut",
    }
    assert {
        step.split("/Window")[0]: found for step, found in hints.items() if found and found != gpu
    } == dict.fromkeys(
        ("Scan/Scan", "Perceive/ReadScreens", "Perceive/HearSpeech", "Perceive/Assemble", "Verify/Verify"),
        {"beam:resources:min_ram_bytes:v1": "5500000000"},
    )
    assert hints["SameGround"] == {}


@pytest.mark.heavy
def test_a_job_that_fails_is_told_with_its_page(bucket: storage.Bucket, service: Dataflow, wheel: str) -> None:
    service.state = "JOB_STATE_FAILED"
    result = submitted(service, wheel)
    with pytest.raises(StoppedError, match=r"job_failed: the job (failed|ended)[\s\S]*https://console"):
        wait_for(result, "https://console")
    service.state = "JOB_STATE_DONE"
    wait_for(submitted(service, wheel), "https://console")


@pytest.mark.heavy
def test_a_template_is_written_and_no_job_is_started(bucket: storage.Bucket, service: Dataflow, wheel: str) -> None:
    submitted(service, wheel, f"gs://{BUCKET}/templates/a")
    assert service.jobs == []
    template = json.loads(bucket.blob("templates/a").download_as_bytes())
    assert template["environment"]["workerPools"][0]["machineType"] == "n2-highmem-8"
    assert "sk-" not in json.dumps(template)


@pytest.mark.heavy
def test_the_wheel_holds_the_code_that_is_running(tmp_path: Path) -> None:
    import zipfile

    path = built_wheel(str(tmp_path))
    with zipfile.ZipFile(path) as file:
        assert "runners/worker_secrets.py" in file.namelist()
        assert not [name for name in file.namelist() if name.startswith("tests/")]
        file.extractall(tmp_path / "installed")
    found = subprocess.run(
        [sys.executable, "-c", "from pipelines.code import code_digest; print(code_digest())"],
        cwd=tmp_path / "installed",
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == code_digest()
    with pytest.raises(SettingsError, match="no wheel can be made: name the wheel"):
        built_wheel(str(tmp_path), tmp_path)


def test_options_leave_out_what_is_empty() -> None:
    bare = DataflowSettings.model_validate(
        {name: BLOCK[name] for name in ("project", "region", "temp_location", "image")}
    )
    told = options(bare, "frametrail-a", "x.whl")
    assert "--extra_package=x.whl" in told
    assert not [word for word in told if word.startswith(("--service_account", "--subnetwork", "--labels", "--beam"))]


class InMemory(MemoryFileSystem):
    """Stands for the bucket where our own code reads and writes it: the emulator serves one connection at a time."""

    protocol = ("gs",)
    store: dict[str, Any] = {}
    pseudo_dirs = [""]


@pytest.fixture
def in_memory() -> Iterator[None]:
    before = fsspec.registry.get("gs", None)
    fsspec.register_implementation("gs", InMemory, clobber=True)
    yield
    InMemory.store.clear()
    fsspec.register_implementation("gs", before or "gcsfs.GCSFileSystem", clobber=True)


ENDS = {
    "well": ({}, 0, ["manifest.json", "report.json"]),
    "a server was down": ({"unreachable": 2}, 1, ["manifest.failed.json", "report.json"]),
    "without its end": ({}, 3, ["report.json"]),
}


@pytest.mark.heavy
@pytest.mark.parametrize(("failed", "code", "left"), ENDS.values(), ids=ENDS.keys())
def test_a_build_from_the_command_to_its_end(
    failed: dict[str, int],
    code: int,
    left: list[str],
    in_memory: None,
    bucket: storage.Bucket,
    service: Dataflow,
    wheel: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The job's own work is left out: the double writes what a release has."""
    video = Video("v", "v.mp4", f"gs://{BUCKET}/v.mp4", "ab" * 32)
    asked = Question("q", "v", "How many?", "count", 2.0)
    monkeypatch.setattr(module, "gather", lambda entry: Gathered((video,), (asked,), (), 2))
    monkeypatch.setattr(building, "_identified", lambda videos, store, workers: (videos, ()))
    made: list[tuple[LoadedEntry, building.Inputs]] = []
    read = building.read_inputs

    def noted(entry: LoadedEntry, *more: Any) -> building.Inputs:
        made.append((entry, read(entry, *more)))
        return made[-1][1]

    monkeypatch.setattr(building, "read_inputs", noted)
    monkeypatch.setattr(module, "submit", partial(submit, more=[f"--dataflow_endpoint={service.url}", "--no_auth"]))
    monkeypatch.chdir(tmp_path)
    out = f"gs://{BUCKET}/out"
    release = f"{out}/a/1.0.0"

    def worked(method: str, path: str, body: bytes) -> dict[str, Any]:
        row: dict[str, Any] = {"in": 2, "out": 2 - sum(failed.values()), "filtered": {}, "failed": failed}
        report = {"stages": dict.fromkeys(("read", "explore"), row)}
        InMemory().pipe(f"{release}/report.json", json.dumps(report).encode())
        info = building.release_info(made[-1][0].settings, "a", "1.0.0", made[-1][1].made_from)
        for name in left:
            if name.startswith("manifest"):
                InMemory().pipe(f"{release}/{name}", build_manifest(info, []).encode())
        return answered(method, path, body)

    answered = service.answer
    monkeypatch.setattr(service, "answer", worked)
    file = file_with(tmp_path, package=wheel)
    words = ["build", "a", "-c", str(file), "--runner", "dataflow"]
    places = ["--out", out, "--work", f"gs://{BUCKET}/work"]
    assert main([*words, *places]) == code
    said = capsys.readouterr()
    if code == 3:
        assert f"{release} has no manifest.json; see https://console" in said.err
        return
    assert said.out.startswith(f"built {release}" if code == 0 else f"kept as {release}"), said.err
    found = sorted(name.rsplit("/", 1)[1] for name in InMemory.store if release in name)
    assert found == left
    assert service.jobs[0]["name"] == "frametrail-a-1-0-0"
    assert ("is no version" in said.out) == bool(code)
    again = main([*words, *places])
    said = capsys.readouterr()
    assert again == code
    assert said.out.startswith("nothing to do" if code == 0 else "kept as")
    if code == 0:
        with monkeypatch.context() as patched:
            patched.setattr(building, "is_trial", lambda entry, limit: False)
            assert main([*words, *places, "--set", "ask.per_video=3"]) == 2
        said = capsys.readouterr()
        assert f"{release} was built from other settings" in said.err
        assert f"gcloud storage rm -r {release}" in said.err
