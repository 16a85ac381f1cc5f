"""Splits are by group or video, never by question: over a random corpus, through the step that writes them."""

import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from schemas.refs import Curated, Perceived, Posed
from schemas.settings import Curate
from schemas.source import Question, Video
from transforms.curate.transform import CurateQuestion


def test_no_video_and_no_group_is_in_two_splits(tmp_path: Path) -> None:
    drawn = random.Random(7)
    settings = Curate(splits={"train": 0.6, "validation": 0.2, "test": 0.2})
    curate = CurateQuestion(settings, False, str(tmp_path))
    of_video, of_group = defaultdict(set), defaultdict(set)
    for n in range(600):
        group = f"channel {drawn.randrange(150)}" if drawn.random() < 0.7 else ""
        video = Video(f"{drawn.getrandbits(64):x}", f"{n}.mp4", f"/here/{n}.mp4", group=group)
        for number in range(drawn.randrange(1, 6)):
            posed = Posed(Perceived(video, "ab", 1.0), Question(f"q{number}", video.id, "Who?", "open", "x"))
            groups: dict[str, Iterable[Any]] = {"posed": [posed], "explored": [], "verified": [], "rejected": []}
            (curated,) = curate.do(((video.id, f"q{number}"), groups))
            assert isinstance(curated, Curated)
            of_video[video.id].add(curated.split)
            of_group[group or video.id].add(curated.split)
    assert {len(splits) for splits in (*of_video.values(), *of_group.values())} == {1}
    shares = [next(iter(splits)) for splits in of_group.values()]
    assert {name: round(shares.count(name) / len(shares), 1) for name in settings.splits} == settings.splits
