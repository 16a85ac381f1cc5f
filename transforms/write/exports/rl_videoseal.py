"""RL questions in the columns that VideoSEAL's rLLM reads."""

from transforms.write.exports.rl_forms import VIDEOSEAL as EXPORT

__all__ = ["EXPORT"]
