"""Questions that are answered from the overview, without tools, so that a model learns when it need not look closer
(VideoTemp-o3 trains on such rows beside the others).

The teacher never answered like this, so no thoughts are put in its mouth: the answer is all that is said. And nothing
is taught that the pictures do not bear out: every stretch of evidence must have a frame of the overview in it.
"""

from dataclasses import replace

import prompts
from schemas.settings import Write
from schemas.trajectory import Trajectory, Turn
from transforms.answers import state
from transforms.dialects.said import kept_turns
from transforms.write.exports.base import Export, Row, rendered
from transforms.write.rows import marks


def rows(trajectory: Trajectory, settings: Write) -> list[Row]:
    """One row, or none where the overview does not show what the answer rests on."""
    if not is_shown(trajectory):
        return []
    opening = kept_turns(trajectory.turns)[1]
    turns = (Turn("system", prompts.load("direct_system").text), opening, Turn("assistant"))
    told = replace(trajectory, turns=turns, tools_json="[]", answer=state(trajectory.question))
    spelled = rendered(told, settings)
    return [
        {
            "id": trajectory.id,
            "messages": [{"role": role, "content": content} for role, content in spelled.messages],
            "images": list(spelled.images),
            "timestamp": [[one.span.start_s, one.span.end_s] for one in trajectory.question.evidence],
            **marks(trajectory),
        }
    ]


def is_shown(trajectory: Trajectory) -> bool:
    """Whether a frame of the overview lies in every stretch of evidence, none of which is heard.

    Bounds in time cannot be seen between frames: questions for a span are never among these.
    """
    question = trajectory.question
    overview = [trajectory.frames[ref].pts_s for ref in kept_turns(trajectory.turns)[1].frame_refs]
    return (
        question.kind != "span"
        and bool(question.evidence)
        and all(
            one.modality != "speech" and any(one.span.contains(pts_s) for pts_s in overview)
            for one in question.evidence
        )
    )


EXPORT = Export("solved", rows, "VideoTemp-o3: rows without tool calls")
