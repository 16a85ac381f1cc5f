"""RL questions in the columns that LongVideo-R1's verl reads."""

from transforms.write.exports.rl_forms import LONGVIDEO_R1 as EXPORT

__all__ = ["EXPORT"]
