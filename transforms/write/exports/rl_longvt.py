"""RL questions in the columns that LongVT's verl reads."""

from transforms.write.exports.rl_forms import LONGVT as EXPORT

__all__ = ["EXPORT"]
