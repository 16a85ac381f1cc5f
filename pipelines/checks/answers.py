"""Checks of what was decided about rollouts: verdicts, and which answers are right."""

from collections import defaultdict
from collections.abc import Iterator

from pipelines.checks.release import Release
from transforms.answers import grade
from transforms.curate.choose import BLIND, Tried, against, pass_rate
from transforms.verify import answer, need, other_words
from transforms.verify.registry import ASKED, COSTLY, FREE

Key = tuple[str, str]
"""Video and question: question ids are unique only within their video."""


def verdicts(release: Release) -> Iterator[str]:
    """Every trajectory that was good enough to be chosen has the consent of all verifiers; of those that ask models
    where the entry names any."""
    wanted = [name for name, _ in (*FREE, *COSTLY)]
    if release.settings.verify.models():
        wanted += [name for name, _ in ASKED]
    for where, row in release.rows("trajectories", ["status", "code", "verdicts"]):
        accepting = {verdict["verifier"] for verdict in row["verdicts"] if verdict["outcome"] == "accept"}
        # The code of a blind run may be that of another rollout's.
        others = row["code"].startswith(BLIND) and len(accepting) == len(row["verdicts"])
        if row["status"] == "accept" or row["code"] in ("not_best", "out_of_band") or others:
            missing = [name for name in wanted if name not in accepting]
            if missing:
                yield f"{where}: it lacks the consent of {', '.join(missing)}"


def answers(release: Release) -> Iterator[str]:
    """Every accepted answer is right, each is right or wrong by the thresholds of config.yaml, and so say its verdicts.

    An open answer that is right in other words was read so by a judge, who is not asked again.
    """
    settings = release.settings.verify
    judged = settings.judge is not None and settings.judge.answers
    for where, trajectory in release.trajectories():
        right = grade(trajectory.question, trajectory.answer, settings).right
        verdicts = {verdict.verifier: verdict.outcome for verdict in trajectory.verdicts}
        last = other_words if judged and trajectory.question.kind == "open" else answer
        answer_is = f"{where}: its answer {trajectory.answer[:80]!r} is"
        if trajectory.right != right and not (judged and trajectory.question.kind == "open" and trajectory.right):
            yield f"{answer_is} {'right' if right else 'wrong'}, and its record says otherwise"
        elif trajectory.status == "accept" and not trajectory.right:
            yield f"{answer_is} accepted, but not right"
        elif trajectory.right and "filter" in (verdicts.get(answer.NAME), verdicts.get(other_words.NAME)):
            yield f"{answer_is} right, its verdict errs"
        elif not trajectory.right and verdicts.get(last.NAME) == "accept":
            yield f"{answer_is} wrong, its verdict errs"


def unwanted_questions(release: Release) -> dict[Key, str]:
    """Questions that are nothing to train on, and the code of why, as their trajectories have it."""
    settings, rates = release.settings, pass_rates(release)
    codes: dict[Key, set[str]] = defaultdict(set)
    tried_blind: set[Key] = set()
    for _, row in release.rows("trajectories", ["video.id", "question.id", "verdicts"]):
        key = row["video"]["id"], row["question"]["id"]
        codes[key] |= {verdict["code"] for verdict in row["verdicts"] if verdict["outcome"] == "filter"}
        if any(one["verifier"] == need.NAME and one["outcome"] != "fail" for one in row["verdicts"]):
            tried_blind.add(key)
    wants_blind = settings.verify.need is not None
    found = {
        key: against(rates.get(key), of, settings.curate.band, key in tried_blind if wants_blind else None)
        for key, of in codes.items()
    }
    return {key: code for key, code in found.items() if code}


def pass_rates(release: Release) -> dict[Key, float | None]:
    """The pass rate of every question with a finished rollout."""
    tried: dict[Key, list[bool]] = defaultdict(list)
    for _, row in release.rows("trajectories", ["video.id", "question.id", "right"]):
        tried[row["video"]["id"], row["question"]["id"]].append(row["right"])
    return {key: pass_rate([Tried("", 0, False, right, 0, 0) for right in of]) for key, of in tried.items()}
