"""One row per step, in text alone, as LongVideo-R1 trains: what the model has just been shown, what came before, and
what it says next. Pictures are left out; what a tool says of them tells their times."""

from schemas.settings import Write
from schemas.trajectory import Trajectory
from transforms.dialects.strings import IMAGE
from transforms.write.exports.base import Export, Row, first_trained, rendered
from transforms.write.rows import marks


def rows(trajectory: Trajectory, settings: Write) -> list[Row]:
    (_, system), *spoken = ((role, text.replace(IMAGE, "")) for role, text in rendered(trajectory, settings).messages)
    steps = [[shown, said] for (_, shown), (_, said) in zip(spoken[::2], spoken[1::2], strict=True)]
    return [
        {
            "id": trajectory.id,
            "step": at,
            "system": system,
            "instruction": steps[at][0],
            "input": "",
            "output": steps[at][1],
            "history": steps[:at],
            **marks(trajectory),
        }
        for at in range(first_trained(settings.loss, len(steps)), len(steps))
    ]


_COLUMNS = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "system": "system",
    "history": "history",
}

EXPORT = Export(
    "trajectory",
    rows,
    "LLaMA-Factory, `mask_history: true`",
    says_loss=True,
    llama_factory={"formatting": "alpaca", "columns": _COLUMNS},
)
