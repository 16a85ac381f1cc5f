"""The exports by name. A new one is a small file and one line here, and its name in `schemas/settings.py`."""

from schemas.settings import ExportName
from transforms.write.exports import (
    alpaca,
    artifacts,
    clips,
    crops,
    direct,
    pairs,
    reflection,
    rl_forms,
    rllm,
    sharegpt,
    swift,
    tasks,
    trl,
)
from transforms.write.exports.base import Export

EXPORTS: dict[ExportName, Export] = {
    "swift": swift.EXPORT,
    "sharegpt": sharegpt.EXPORT,
    "trl": trl.EXPORT,
    "alpaca": alpaca.EXPORT,
    "rllm": rllm.EXPORT,
    "crops": crops.EXPORT,
    "pairs": pairs.EXPORT,
    "clips": clips.EXPORT,
    "direct": direct.EXPORT,
    "qa": tasks.QA,
    "grounding": tasks.GROUNDING,
    "artifacts": artifacts.EXPORT,
    "reflection": reflection.EXPORT,
    "rl_videoseal": rl_forms.VIDEOSEAL,
    "rl_longvideoagent": rl_forms.LONGVIDEOAGENT,
    "rl_video_o3": rl_forms.VIDEO_O3,
}
