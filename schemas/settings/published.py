"""`published`: known flaws of published data, made again on purpose."""

from pydantic import Field

from schemas.settings.base import Settings


class Published(Settings):
    """Known flaws of published data, made again on purpose; see docs/published.md."""

    keep_wrong: bool = Field(
        default=False,
        description="Of a question without an accepted rollout, one with a wrong answer is trained on (VideoThinker).",
    )
    keep_unfinished: bool = Field(
        default=False,
        description="Or one that ended without an answer (LongVideo-R1 keeps what ran out of tries).",
    )
    validation_is_train: bool = Field(
        default=False,
        description="The RL rows of `train` stand in `validation` too (LongVideo-R1, whose two files are the same).",
    )

    @property
    def keeps(self) -> frozenset[str]:
        """Codes of rollouts that may be trained on although they were not accepted."""
        return frozenset(
            code for code, on in (("wrong_answer", self.keep_wrong), ("no_answer", self.keep_unfinished)) if on
        )
