"""Checks of what was decided about rollouts: verdicts, and which answers are right."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from pipelines.checks.release import Release
from schemas.settings import Verify
from schemas.trajectory import Trajectory
from transforms.answers import grade
from transforms.curate.choose import Tried, pass_rate
from transforms.verify import answer, other_words
from transforms.verify.registry import COSTLY, FREE

Key = tuple[str, str]
"""Video and question: question ids are unique only within their video."""


def verdicts(release: Release) -> Iterator[str]:
    """Every trajectory that was good enough to be chosen has the consent of all verifiers that ask no model."""
    for where, row in release.rows("trajectories", ["status", "code", "verdicts"]):
        if row["status"] == "accept" or row["code"] == "not_best":
            accepting = {verdict["verifier"] for verdict in row["verdicts"] if verdict["outcome"] == "accept"}
            missing = [name for name, _ in (*FREE, *COSTLY) if name not in accepting]
            if missing:
                yield f"{where}: it lacks the consent of {', '.join(missing)}"


def answers(release: Release) -> Iterator[str]:
    """Every accepted answer is right by the thresholds of config.yaml, and each verdict on an answer holds again."""
    settings = release.settings.verify
    for where, trajectory in release.trajectories():
        right = _judged(trajectory, settings)
        said = _verdict({verdict.verifier: verdict.outcome for verdict in trajectory.verdicts})
        if settings.judge and settings.judge.answers and trajectory.question.kind == "open" and not right:
            continue  # read as right by a model, which is not asked again
        if trajectory.status == "accept" and not right:
            yield f"{where}: its answer {trajectory.answer[:80]!r} is accepted, but not right"
        elif said is not None and said != right:
            yield f"{where}: its answer {trajectory.answer[:80]!r} is {'right' if right else 'wrong'}, its verdict errs"


def _judged(trajectory: Trajectory, settings: Verify) -> bool:
    return grade(trajectory.question, trajectory.answer, settings).right


def _verdict(outcomes: Mapping[str, str]) -> bool | None:
    """What the verifier of answers said; None when it never came to that."""
    said = outcomes.get(answer.NAME)
    return None if said in (None, "fail") else said == "accept" and outcomes.get(other_words.NAME) != "filter"


def pass_rates(release: Release) -> dict[Key, float | None]:
    """The pass rate of every question with a finished rollout, by the verdicts on its answers.

    A rollout that broke before verification has none; its answer is judged here, as it was when it finished.
    """
    tried: dict[Key, list[bool]] = defaultdict(list)
    for _, row in release.rows("trajectories", ["id", "video.id", "question.id", "verdicts"]):
        right = _verdict({verdict["verifier"]: verdict["outcome"] for verdict in row["verdicts"]})
        if right is None and (trajectory := release.trajectory(row["id"])):
            right = _judged(trajectory, release.settings.verify)
        tried[row["video"]["id"], row["question"]["id"]].append(bool(right))
    return {key: pass_rate([Tried("", 0, False, right, 0, 0) for right in of]) for key, of in tried.items()}
