"""No step's code changes behind its VERSION's back."""

import json

import pytest

from tests.step_versions import LOCK, STEPS, bare_tree, current
from transforms.write import seal

MEMOS = {
    "speech": ("vad", "asr"),
    "captions": ("caption", "closer", "summary", "names"),
    # Its turns are memos of `chat`, by an engine whose identity holds its VERSION.
    "planner": (),
}
"""Names of the memos of the steps that are not called as their memos are."""


@pytest.mark.parametrize("step", STEPS)
def test_code_and_version_change_together(step: str) -> None:
    locked = json.loads(LOCK.read_text(encoding="utf-8"))[step]
    now = current()[step]
    if now["code"] != locked["code"] and now["version"] == locked["version"]:
        module, _ = STEPS[step]
        pytest.fail(
            f"the code of the step {step!r} changed, but {module}.VERSION is still {now['version']!r}: raise it if an"
            " answer can change, then run `python -m tests.step_versions`"
        )
    assert now == locked, "run `python -m tests.step_versions` to lock the new version"


def test_comments_and_docstrings_do_not_count() -> None:
    assert bare_tree('"""a"""\ndef f():\n    "b"\n    return 1  # c\n') == bare_tree("def f():\n    return 1\n")
    assert bare_tree("x = 1") != bare_tree("x = 2")


def test_a_report_knows_the_stage_of_every_memo() -> None:
    memos = {memo for step in STEPS for memo in MEMOS.get(step, (step,))}
    assert set(seal.STEPS) == memos
    assert set(seal.STEPS.values()) <= set(seal.UNITS)
