"""Questions rewarded for the answer, as VideoTemp-o3's plugin reads them."""

from transforms.write.exports.tasks import QA as EXPORT

__all__ = ["EXPORT"]
