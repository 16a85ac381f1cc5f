"""What an export is: the rows of a release in the form that one trainer takes, as JSON lines in a folder of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.settings import Loss, Write
from schemas.trajectory import Trajectory
from transforms.dialects.registry import said_in, spell
from transforms.dialects.strings import Rendered

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Export:
    """One form, and who takes it.

    `rows` makes plain rows, with pictures named by their digests under `images`, of one `source`: a chosen trajectory,
    the RL row of a question, or the finished rollouts of a question. `llama_factory` is what dataset_info.json says of
    its files; empty where LLaMA-Factory does not read them.
    """

    source: Literal["trajectory", "question", "rollouts"]
    rows: Callable[[Any, Write], list[Row]]
    used_by: str
    says_loss: bool = False
    llama_factory: Row = field(default_factory=dict)


def rendered(trajectory: Trajectory, settings: Write) -> Rendered:
    """The conversation in strings, word for word as in `sft/`.

    Raises:
        InputError: `untrainable_turn`, it cannot be spelled.
    """
    return spell(said_in(trajectory, settings.dialect), trajectory, settings.dialect)


def first_trained(loss: Loss, rounds: int) -> int:
    """Index of the first round that is trained."""
    return {"all": 0, "last_round": rounds - 1, "last_two_rounds": max(0, rounds - 2)}[loss]
