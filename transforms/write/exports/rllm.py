"""rLLM's tasks: a free dict for every question, which its agents and rewards read by key."""

from schemas.codec import canonical
from schemas.settings import Write
from transforms.write.exports.base import Export, Row

_EXTRA = (
    *("question_id", "kind", "origin", "evidence_json"),
    *("video_uri", "video_sha256", "duration_s", "fps", "license", "rollouts"),
)


def rows(asked: Row, settings: Write) -> list[Row]:
    """Of an RL row. A pass rate is not among it: of a question that nobody finished there is none to tell.

    Choices are a JSON list in a string: where no question of a file has any, loaders could not tell their type.
    """
    return [
        {
            "id": asked["id"],
            "question": asked["problem"],
            "images": list(asked["images"]),
            "ground_truth": asked["answer"],
            "data_source": asked["data_source"],
            "video_id": asked["video_id"],
            "system": asked["prompt"][0]["content"],
            "choices_json": canonical(asked["extra_info"]["choices"]),
            **{key: asked["extra_info"][key] for key in _EXTRA},
        }
    ]


EXPORT = Export("question", rows, "rLLM")
