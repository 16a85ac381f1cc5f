"""The conversation in the strings of its dialect, each message with its `loss`, for ms-swift, which takes plain roles
as they are: so a dialect's own calls and results are trained, in the rounds that are asked for alone."""

from collections.abc import Callable, Sequence

from schemas.settings import Write
from schemas.trajectory import Trajectory
from transforms.answers import state
from transforms.dialects.escape import escape
from transforms.dialects.strings import Message
from transforms.write.exports.base import Export, Row, first_trained, rendered
from transforms.write.rows import marks


def rows(trajectory: Trajectory, settings: Write) -> list[Row]:
    spelled = rendered(trajectory, settings)
    rounds = sum(role == "assistant" for role, _ in spelled.messages)
    first = first_trained(settings.loss, rounds)
    return [
        {
            "id": trajectory.id,
            "messages": with_loss(spelled.messages, lambda n: n >= first),
            "images": list(spelled.images),
            "solution": escape(state(trajectory.question)),
            **marks(trajectory),
        }
    ]


def with_loss(messages: Sequence[Message], trained: Callable[[int], bool]) -> list[Row]:
    """Rendered messages; `trained` says of the model's n-th one whether it is."""
    made: list[Row] = []
    at = 0
    for role, content in messages:
        said = role == "assistant"
        made.append({"role": role, "content": content, "loss": said and trained(at)})
        at += said
    return made


EXPORT = Export("trajectory", rows, "ms-swift, calls in the dialect's own spelling", says_loss=True)
