"""What an export is: the rows of a release in the form that one trainer takes, as JSON lines in a folder of its own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.settings import Loss, Write
from schemas.trajectory import Trajectory
from transforms.dialects.registry import said_in, spell
from transforms.dialects.strings import Rendered

Row = dict[str, Any]

Source = Literal["trajectory", "solved", "question", "rollouts", "cut", "told"]
"""What rows are made of: a chosen trajectory; the first one of a question; the RL row of a question; the finished
rollouts of a question that tell right from wrong; a chosen trajectory with its clips (`clips.Shown`); a timeline with
the vectors of its captions (`artifacts.Told`)."""

Blob = Callable[[str], bytes]
"""The bytes of a blob of the store."""


def no_files(source: Any, blob: Blob) -> Iterable[tuple[str, bytes]]:
    return ()


@dataclass(frozen=True, slots=True)
class Export:
    """One form, and who takes it.

    `rows` makes plain rows, with pictures named by their digests under `images`, of one `source`. `files` are those
    that come with it, beside pictures: path in the release, and bytes. `llama_factory` is what dataset_info.json says
    of its files; empty where LLaMA-Factory does not read them. `video_tag` is the placeholder of a video.
    """

    source: Source
    rows: Callable[[Any, Write], list[Row]]
    used_by: str
    says_loss: bool = False
    files: Callable[[Any, Blob], Iterable[tuple[str, bytes]]] = no_files
    llama_factory: Row = field(default_factory=dict)
    video_tag: str = "<video>"


def rendered(trajectory: Trajectory, settings: Write) -> Rendered:
    """The conversation in strings, word for word as in `sft/`.

    Raises:
        InputError: `untrainable_turn`, it cannot be spelled.
    """
    return spell(said_in(trajectory, settings.dialect), trajectory, settings.dialect)


def first_trained(loss: Loss, rounds: int) -> int:
    """Index of the first round that is trained."""
    return {"all": 0, "last_round": rounds - 1, "last_two_rounds": max(0, rounds - 2)}[loss]
