"""The exports by name. A new one is a small file and one line here, and its name in `schemas/settings.py`."""

from schemas.settings import ExportName
from transforms.write.exports import alpaca, crops, pairs, reflection, rllm, sharegpt, swift, tasks, trl
from transforms.write.exports.base import Export

EXPORTS: dict[ExportName, Export] = {
    "swift": swift.EXPORT,
    "sharegpt": sharegpt.EXPORT,
    "trl": trl.EXPORT,
    "alpaca": alpaca.EXPORT,
    "rllm": rllm.EXPORT,
    "crops": crops.EXPORT,
    "pairs": pairs.EXPORT,
    "reflection": reflection.EXPORT,
    **tasks.EXPORTS,
}
