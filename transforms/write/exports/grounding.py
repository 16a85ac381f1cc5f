"""Questions for a span, rewarded by IoU, as VideoTemp-o3's plugin reads them."""

from transforms.write.exports.tasks import GROUNDING as EXPORT

__all__ = ["EXPORT"]
