"""Google Cloud Storage on loopback: videos are read from it, the store lies in it, first write wins there too."""

import errno
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import pytest

from runners.bucket_out import Out, out_folder
from runners.places import removal
from schemas.codec import sha256
from schemas.errors import EngineError, InputError, SettingsError
from schemas.source import Terms
from tests.remote.bucket_server import BUCKET, serve
from transforms.remote.download import download, path_of
from transforms.store import Store, was_there

DATA = bytes(range(256)) * 50_000
"""12.8 MB: more than one request."""


@pytest.fixture(scope="module", autouse=True)
def environment() -> Iterator[dict[str, str]]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def bucket(environment: dict[str, str]) -> fsspec.AbstractFileSystem:
    return fsspec.filesystem("gs")


def get(name: str, folder: Path, roots: tuple[str, ...] = (f"gs://{BUCKET}/clips",), most: int = 20_000_000) -> str:
    return download(f"gs://{BUCKET}/{name}", Terms(roots, most), folder, wait=lambda s: None)


def test_an_object_is_fetched_once_and_again_when_it_changed(bucket: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    bucket.pipe_file(f"{BUCKET}/clips/a b.mp4", DATA)
    assert get("clips/a b.mp4", tmp_path) == sha256(DATA)
    assert path_of(tmp_path, sha256(DATA)).read_bytes() == DATA
    assert get("clips/a b.mp4", tmp_path) == sha256(DATA)
    bucket.pipe_file(f"{BUCKET}/clips/a b.mp4", b"other")
    assert get("clips/a b.mp4", tmp_path) == sha256(b"other")


def test_an_object_that_was_begun_goes_on_where_it_was(
    bucket: fsspec.AbstractFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.pipe_file(f"{BUCKET}/clips/long.mp4", DATA)
    asked: list[tuple[int, int]] = []
    kind = type(bucket)
    whole = kind._cat_file

    async def cat_file(self: fsspec.AbstractFileSystem, path: str, start: int, end: int) -> bytes:
        asked.append((start, end))
        if len(asked) == 2:
            raise OSError("the connection broke")
        found: bytes = await whole(self, path, start=start, end=end)
        return found

    monkeypatch.setattr(kind, "_cat_file", cat_file)
    kind.clear_instance_cache()
    assert get("clips/long.mp4", tmp_path) == sha256(DATA)
    assert asked == [(0, 8_000_000), (8_000_000, len(DATA)), (8_000_000, len(DATA))]


@pytest.mark.parametrize(
    ("name", "roots", "most", "code"),
    [
        ("clips/none.mp4", (f"gs://{BUCKET}/clips",), 10, "missing_file"),
        ("clips", (f"gs://{BUCKET}/clips",), 10, "missing_file"),
        ("clips/small.mp4", (f"gs://{BUCKET}/other",), 10, "outside_root"),
        ("clips/small.mp4", (f"gs://{BUCKET}-2",), 10, "outside_root"),
        ("clips/small.mp4", (f"s3://{BUCKET}",), 10, "outside_root"),
        ("clips/small.mp4", (f"gs://{BUCKET}",), 4, "too_large"),
        ("clips/empty.mp4", (f"gs://{BUCKET}",), 10, "empty_file"),
        ("clips/../clips/small.mp4", (f"gs://{BUCKET}",), 10, "dot_segments"),
    ],
)
def test_what_a_bucket_does_not_give(
    bucket: fsspec.AbstractFileSystem, tmp_path: Path, name: str, roots: tuple[str, ...], most: int, code: str
) -> None:
    bucket.pipe_file(f"{BUCKET}/clips/small.mp4", b"small")
    bucket.pipe_file(f"{BUCKET}/clips/empty.mp4", b"")
    with pytest.raises((InputError, EngineError)) as caught:
        get(name, tmp_path, roots, most)
    assert caught.value.code == code, caught.value.detail
    assert not [path for path in tmp_path.glob("??/*") if path.parent.name != "at"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError("Forbidden: https://storage.googleapis.com/x\nno access"), "not_allowed"),
        (401, "not_allowed"),
        (PermissionError("AccessDenied"), "not_allowed"),
        (503, "unreachable"),
        (ValueError("Bad Request: invalid"), "unreachable"),
        (TimeoutError(), "unreachable"),
    ],
)
def test_errors_of_the_packages_are_ours(
    bucket: fsspec.AbstractFileSystem,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | int,
    code: str,
) -> None:
    # Not before the environment of the emulator is set: gcsfs looks at it when it is imported.
    from gcsfs.retry import HttpError

    async def info(self: fsspec.AbstractFileSystem, path: str, **more: object) -> None:
        raise HttpError({"code": error, "message": "no"}) if isinstance(error, int) else error

    monkeypatch.setattr(type(bucket), "_info", info)
    type(bucket).clear_instance_cache()
    with pytest.raises(EngineError) as caught:
        get("clips/small.mp4", tmp_path)
    assert (caught.value.code, caught.value.transient) == (code, True)
    type(bucket).clear_instance_cache()


def test_a_full_disk_is_not_taken_for_a_bucket_that_is_down(
    bucket: fsspec.AbstractFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.pipe_file(f"{BUCKET}/clips/small.mp4", b"small")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(EngineError) as caught:
        get("clips/small.mp4", tmp_path)
    assert (caught.value.code, caught.value.transient) == ("store_full", True)


def test_the_first_write_wins_in_a_bucket(environment: dict[str, str]) -> None:
    stores = [Store(f"gs://{BUCKET}/work/store") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda n: stores[n].memo("chat/00ff", lambda: f"answer {n}"), range(8)))
    assert len(set(said)) == 1
    assert Store(f"gs://{BUCKET}/work/store").memo("chat/00ff", lambda: "too late") == said[0]


def test_a_blob_and_an_error_in_a_bucket(environment: dict[str, str]) -> None:
    store = Store(f"gs://{BUCKET}/work/store")
    name = store.put_blob(DATA)
    assert store.put_blob(DATA) == name == sha256(DATA)
    assert store.blob(name) == DATA
    assert store.blob(name, 1, 3) == DATA[1:3]
    with pytest.raises(InputError, match="store_lost"):
        store.blob(sha256(b"never written"))

    def broken() -> None:
        raise InputError("damaged", "fetch it again")

    with pytest.raises(InputError, match="damaged"):
        store.memo("scan/ee00", broken)
    with pytest.raises(InputError, match="damaged"):
        store.memo("scan/ee00", lambda: 1)


def test_a_torn_entry_in_a_bucket_counts_as_absent(bucket: fsspec.AbstractFileSystem) -> None:
    store = Store(f"gs://{BUCKET}/work/store")
    bucket.pipe_file(f"{BUCKET}/work/store/ocr/ab/abcd", b'{"value": 1')
    assert store.memo("ocr/abcd", lambda: 2) == 2
    assert Store(f"gs://{BUCKET}/work/store").memo("ocr/abcd", lambda: 3) == 2


def test_s3_says_in_its_own_way_that_an_object_is_there() -> None:
    from botocore.exceptions import ClientError
    from s3fs.errors import translate_boto_error

    said = {"Error": {"Code": "PreconditionFailed", "Message": "At least one of the pre-conditions did not hold"}}
    assert was_there(translate_boto_error(ClientError(said, "PutObject")))
    assert not was_there(PermissionError("AccessDenied"))


def build(folder: str, version: str, text: str) -> Path:
    """What a build leaves in its folder."""
    release = Path(folder) / "one" / version
    (release / "sft").mkdir(parents=True, exist_ok=True)
    (release / "sft" / "a.jsonl").write_text(text)
    (release / "manifest.json").write_text(f'{{"files": [], "fingerprint": "{text}"}}')
    return release


def test_a_finished_release_in_a_bucket_is_never_changed(bucket: fsspec.AbstractFileSystem) -> None:
    out = f"gs://{BUCKET}/releases"
    with out_folder(out, "one", "1.0.0") as place:
        assert list(Path(place.folder).rglob("manifest.json")) == []
        place.keep(build(place.folder, "1.0.0", "first"))
    with out_folder(out, "one", "1.0.0") as place:
        assert (Path(place.folder) / "one" / "1.0.0" / "manifest.json").is_file()
        with pytest.raises(SettingsError, match="version_taken"):
            place.keep(build(place.folder, "1.0.0", "second"))
    assert bucket.cat_file(f"{BUCKET}/releases/one/1.0.0/sft/a.jsonl") == b"first"


@pytest.mark.parametrize(("scheme", "command"), [("gs", "gcloud storage rm -r"), ("s3", "aws s3 rm --recursive")])
def test_advice_about_a_folder_is_advice_about_the_bucket(scheme: str, command: str) -> None:
    place = Out("/tmp/frametrail-out-x", f"{scheme}://bucket/out/")
    told = place.tell(f"raise `version`, or {removal('/tmp/frametrail-out-x/one/1.0.0')}")
    assert told == f"raise `version`, or {command} {scheme}://bucket/out/one/1.0.0"


def test_what_was_begun_in_a_bucket_is_finished_and_what_does_not_belong_goes(
    bucket: fsspec.AbstractFileSystem,
) -> None:
    bucket.pipe_file(f"{BUCKET}/half/one/1.0.0/sft/a.jsonl", b"other")
    bucket.pipe_file(f"{BUCKET}/half/one/1.0.0/sft/b.jsonl", b"left over")
    with out_folder(f"gs://{BUCKET}/half/", "one", "1.0.0") as place:
        place.keep(build(place.folder, "1.0.0", "whole"))
    bucket.invalidate_cache()
    assert bucket.find(f"{BUCKET}/half") == [
        f"{BUCKET}/half/one/1.0.0/manifest.json",
        f"{BUCKET}/half/one/1.0.0/sft/a.jsonl",
    ]
    assert bucket.cat_file(f"{BUCKET}/half/one/1.0.0/sft/a.jsonl") == b"whole"


def test_a_manifest_in_a_bucket_cannot_have_files_written_elsewhere(
    bucket: fsspec.AbstractFileSystem,
) -> None:
    """Who else may write to the bucket may not write to this machine."""
    path = f"sft_parquet/{'../' * 20}home/somebody/.profile"
    bucket.pipe_file(f"{BUCKET}/hostile/one/1.0.0/manifest.json", json.dumps({"files": [{"path": path}]}).encode())
    out = f"gs://{BUCKET}/hostile"
    with pytest.raises(SettingsError, match="bad_out: .* outside the release"), out_folder(out, "one", "1.0.0"):
        pass


def test_a_result_that_fell_short_goes_when_the_version_is_there(bucket: fsspec.AbstractFileSystem) -> None:
    out = f"gs://{BUCKET}/again"
    for version in ("1.0.0.failed", "1.0.0"):
        with out_folder(out, "one", "1.0.0") as place:
            place.keep(build(place.folder, version, version))
    bucket.invalidate_cache()
    assert {path.split("/")[3] for path in bucket.find(f"{BUCKET}/again")} == {"1.0.0"}


@pytest.mark.parametrize(
    ("out", "said"),
    [("https://videos.example/out", "https://"), ("gs://b/x", "no bucket"), ("ftp://host/x", "ftp:// is not read")],
)
def test_an_output_that_cannot_be_written_to_is_refused_at_once(out: str, said: str) -> None:
    with pytest.raises(SettingsError, match="bad_out") as caught, out_folder(out, "one", "1.0.0"):
        pass
    assert said in caught.value.detail
