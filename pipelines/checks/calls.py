"""The check of the replies that a release carries."""

from collections.abc import Iterator

from pipelines.checks.release import Release
from schemas.chat import ChatReply
from schemas.codec import digest, from_json
from transforms.calls import value_of, wrong_call
from transforms.engines.chat import split_answer
from transforms.store import step_of


def calls(release: Release) -> Iterator[str]:
    """Where config.yaml wants them, calls/ holds memos of replies, with one for the answer of every record."""
    wanted = release.settings.write.calls
    if not wanted:
        yield from (f"{release.relative(path)}: config.yaml wants no calls" for path in release.shards("calls"))
        return
    answers: set[str] = set()
    for where, row in release.rows("calls"):
        wrong = wrong_call(row["id"], row["entry_json"])
        if wrong:
            yield f"{where}: {wrong}"
        elif step_of(row["id"]) == "chat" and (value := value_of(row["entry_json"])):
            answers.add(digest(split_answer(from_json(ChatReply, value).text)[1]))
    for where, row in release.rows("trajectories", ["answer"]):
        if row["answer"] and digest(row["answer"]) not in answers:
            yield f"{where}: no reply in calls/ gives its answer"
