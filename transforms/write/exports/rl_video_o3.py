"""RL questions in the columns that Video-o3's verl reads."""

from transforms.write.exports.rl_forms import VIDEO_O3 as EXPORT

__all__ = ["EXPORT"]
