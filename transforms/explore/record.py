"""A finished rollout as a trajectory in caption space."""

import prompts
from schemas.codec import canonical, digest
from schemas.settings import Explore
from schemas.source import Question
from schemas.trajectory import Lineage, Source, Trajectory
from transforms.engines.chat import Chat
from transforms.explore.loop import PROMPTS, Rollout, rollout_seed
from transforms.tools.registry import grounded_tools_json


def record(
    rollout: Rollout,
    index: int,
    right: bool,
    question: Question,
    video: Source,
    settings: Explore,
    chat: Chat,
    release: Lineage,
) -> Trajectory:
    """The record of one rollout. `release` names the dataset, its version and fingerprint; the rest is filled in."""
    lineage = Lineage(
        release.dataset,
        release.version,
        release.fingerprint,
        canonical(chat.identity),
        tuple(f"{name}={prompts.load(name).digest}" for name in PROMPTS),
        rollout_seed(settings, question, index),
        index,
    )
    return Trajectory(
        id=trajectory_id(video.id, question.id, index),
        video=video,
        question=question,
        tools_json=grounded_tools_json(settings.tools),
        turns=rollout.turns,
        frames=(),
        answer=rollout.answer,
        right=right,
        status="filter" if rollout.code else "open",
        code=rollout.code,
        verdicts=(),
        lineage=lineage,
        prompt_tokens=rollout.prompt_tokens,
        completion_tokens=rollout.completion_tokens,
    )


def trajectory_id(video_id: str, question_id: str, index: int) -> str:
    """Short, and the same in every build: the question's id made short by a digest, and the rollout's index."""
    return f"{digest('trajectory', video_id, question_id)[:16]}-{index:02d}"
