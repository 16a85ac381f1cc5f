"""One row per step, in text alone, as LongVideo-R1 trains: what the model has just been shown, what came before, and
what it says next. Pictures are left out, and the opening tells how long the video is and not of its frames; what a
tool says of the frames it shows tells their times."""

from dataclasses import replace

from schemas.settings import Write
from schemas.trajectory import Trajectory
from transforms.dialects.strings import IMAGE
from transforms.write.exports.base import Export, Row, first_trained, rendered
from transforms.write.exports.looks import without_frames
from transforms.write.rows import marks


def rows(trajectory: Trajectory, settings: Write) -> list[Row]:
    opened = replace(
        trajectory, turns=(trajectory.turns[0], without_frames(trajectory.turns[1]), *trajectory.turns[2:])
    )
    (_, system), *spoken = ((role, text.replace(IMAGE, "")) for role, text in rendered(opened, settings).messages)
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
