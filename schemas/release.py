"""What a release is made of: its name and origin, its files, its shards, and the questions of its RL rows."""

from dataclasses import dataclass
from typing import Any

from schemas.source import Question
from schemas.trajectory import Frame, Source

BENCHMARK = "benchmark "
"""What stands before the name of a benchmark among the inputs of a release."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A finished file: path relative to the release, with forward slashes; `rows` is 0 where there are none."""

    path: str
    bytes: int
    sha256: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Shard:
    """The rows of one file, in order. `path` is relative to the release; `first` is the position of the first row
    among all rows of its split; `refs` are whatever the planner was given to find the rows by."""

    path: str
    first: int
    refs: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """What every part of a release agrees on. Pairs are (name, identity or digest), in any order.

    `engines` are canonical JSON identities, `prompts` and `inputs` sha256 digests; `code` is the digest of our code.
    """

    dataset: str
    version: str
    fingerprint: str
    code_version: str
    code: str
    engines: tuple[tuple[str, str], ...] = ()
    prompts: tuple[tuple[str, str], ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RlQuestion:
    """A question as an RL trainer puts it: the deployed tools, the overview, the right answer to be rewarded.

    `look_text` and `frames` are the overview that opens the conversation, `fps` the video's mean frame rate.
    `pass_rate` is right answers over `rollouts` finished, None when none finished.
    """

    question: Question
    video: Source
    tools_json: str
    system_text: str
    look_text: str
    frames: tuple[Frame, ...]
    fps: float
    pass_rate: float | None
    rollouts: int
    split: str
