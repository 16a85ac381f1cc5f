"""The check of flaws that a release has on purpose: each is there because config.yaml asks for it, and says so."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from pipelines.checks.answers import Key
from pipelines.checks.release import Release, Row, split_of
from schemas.settings import Published
from schemas.trajectory import Trajectory, kept_although
from transforms.curate.keep import to_keep


def stands_twice(release: Release, row: Row, split: str) -> bool:
    """Whether an RL row may stand in a split that is not its own."""
    return switches(release).validation_is_train and (row["split"], split) == ("train", "validation")


def published(release: Release) -> Iterator[str]:
    """What is wrong on purpose is only there where `published` of config.yaml asks for it, and as it says."""
    yield from _kept(release, switches(release))
    if switches(release).validation_is_train:
        train, again = (_ids(release, split) for split in ("train", "validation"))
        for id in sorted(train ^ again):
            yield f"rl/: {id} of train does not stand in train and in validation"


def _kept(release: Release, wanted: Published) -> Iterator[str]:
    """A question without an accepted rollout has the one that is kept of it by the rule, and no other question has any;
    the report counts them."""
    of: dict[Key, list[Trajectory]] = defaultdict(list)
    solved: set[Key] = set()
    for _, one in release.trajectories():
        key = one.video.id, one.question.id
        if one.status == "accept":
            solved.add(key)
        elif one.code in wanted.keeps or kept_although(one):
            of[key].append(one)
    unwanted = _lost_questions(release)
    codes: Counter[str] = Counter()
    for key, rollouts in sorted(of.items()):
        due = "" if key in solved or key in unwanted else to_keep(rollouts, wanted)
        for one in rollouts:
            codes[kept_although(one)] += 1
            if bool(kept_although(one)) != (one.id == due):
                yield f"{one.id}: it is {'not ' if one.id == due else ''}kept although {one.code}, against config.yaml"
    del codes[""]
    told = release.report["stages"]["curate"].get("kept", {})
    if told != dict(codes):
        yield f"report.json: curate keeps {told}, trajectories/ has {dict(codes)}"
    there = Counter(row["kept_although"] for _, row in release.rows("sft_parquet", ["kept_although"]))
    del there[""]
    if there != codes:
        yield f"sft_parquet/ has {dict(there)} kept although, trajectories/ has {dict(codes)}"


def _lost_questions(release: Release) -> set[Key]:
    """Questions that are not wanted, whatever their rollouts are worth."""
    rows = release.rows("rejects", ["stage", "outcome", "video_id", "question_id"])
    return {
        (row["video_id"], row["question_id"])
        for _, row in rows
        if (row["stage"], row["outcome"]) == ("write", "filter")
    }


def _ids(release: Release, split: str) -> set[str]:
    """Ids of the RL rows of train that stand in the files of a split."""
    rows = release.rows("rl", ["id", "split"])
    return {row["id"] for where, row in rows if row["split"] == "train" and split_of(where) == split}


def found(release: Release) -> str:
    """What a release has on purpose, in a clause; empty for nothing."""
    told = [f"{n} rows kept although {code}" for code, n in release.report["stages"]["curate"].get("kept", {}).items()]
    if switches(release).validation_is_train:
        told.append(f"the {len(_ids(release, 'validation'))} RL rows of train in validation")
    return ", ".join(told)


def switches(release: Release) -> Published:
    """None of it where the settings cannot be read, which another check tells of."""
    try:
        return release.settings.published
    except (OSError, KeyError, TypeError, ValueError):
        return Published()
