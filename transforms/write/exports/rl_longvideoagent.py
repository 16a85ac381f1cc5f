"""RL questions in the columns that LongVideoAgent's verl reads."""

from transforms.write.exports.rl_forms import LONGVIDEOAGENT as EXPORT

__all__ = ["EXPORT"]
