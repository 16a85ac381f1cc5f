"""What becomes of an error: which failures may pass, and what a bug's row tells."""

import pytest

from schemas.errors import EngineError, InputError
from transforms.refuse import PASSING, refuse


def test_a_permanent_failure_keeps_its_code() -> None:
    for error in (InputError("unreadable", "why"), EngineError("bad_request", "why", lasting=False)):
        row = refuse(error, "perceive", "video", "v", video_id="v")
        assert (row.code, row.detail, row.outcome, row.video_id) == (error.code, "why", "fail", "v")
        assert row.code not in PASSING


@pytest.mark.parametrize(
    ("code", "told"),
    [("unreachable", "unreachable"), ("bad_request", "may_pass"), ("new", "may_pass")],
)
def test_a_transient_failure_always_has_a_code_that_says_so(code: str, told: str) -> None:
    row = refuse(EngineError(code, "HTTP 409", transient=True), "explore", "rollout", "r")
    assert (row.code, row.detail) == (told, "HTTP 409")
    assert row.code in PASSING


def test_a_bug_is_named_and_counts_as_lasting() -> None:
    row = refuse(KeyError("a"), "ground", "trajectory", "t")
    assert (row.code, row.detail) == ("bug", "KeyError: 'a'; this is a bug in frametrail, please report it")
    assert row.code not in PASSING


PATHS = {
    "quoted": ("No such file or directory: '/home/me/my videos/a.mp4'", "No such file or directory: 'a.mp4'"),
    "bare": ("cannot open /tmp/x/y.json: no", "cannot open y.json: no"),
    "spaces": ("cannot open /home/me/my videos/a.mp4", "cannot open my videos/a.mp4"),
    "after a sign": ("path=/srv/store/ab, (/opt/x/y)", "path=ab, (y)"),
    "two": ("'/a/b/c' -> '/a/b/d'", "'c' -> 'd'"),
    "folder": ("in /srv/store/", "in store"),
    "file address": ("file:///data/a/b.mp4", "b.mp4"),
    "none": ("1/2 and/or http://host/v1/chat </s> a / b", "1/2 and/or http://host/v1/chat </s> a / b"),
}


@pytest.mark.parametrize(("said", "kept"), PATHS.values(), ids=PATHS.keys())
def test_a_bug_tells_no_path_of_this_machine(said: str, kept: str) -> None:
    assert refuse(RuntimeError(said), "read", "video", "v").detail.split(";")[0] == f"RuntimeError: {kept}"
