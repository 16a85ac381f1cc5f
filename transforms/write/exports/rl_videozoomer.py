"""RL questions in the columns that VideoZoomer's verl reads."""

from transforms.write.exports.rl_forms import VIDEOZOOMER as EXPORT

__all__ = ["EXPORT"]
