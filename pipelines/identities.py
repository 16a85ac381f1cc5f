"""Who does the work of an entry: part of what a release is made from, and what all processes of a build must share."""

from schemas.settings import Dataset
from transforms.engines import build
from transforms.media import by_decord


def engine_identities(settings: Dataset) -> dict[str, object]:
    """Every engine of an entry by its job, as it enters the keys of its memos; None where there is none."""
    ocr, asr = build.ocr(settings.perceive.ocr), build.asr(settings.perceive.asr)
    inspector = settings.explore.inspector
    return {
        "ocr": ocr.identity if ocr else None,
        "asr": asr.identity if asr else None,
        "captions": build.captioner(settings.perceive.captions).identity,
        "embed": build.embed(settings.explore.retrieval).identity,
        "teacher": build.chat(settings.explore.teacher).identity,
        "inspector": build.chat(inspector.engine).identity if inspector else None,
        "web": build.web(settings.explore.web_search).identity if settings.explore.web_search else None,
        "decoder": by_decord.identity() if settings.ground.decoder == "decord" else None,
        **{job: build.chat(model, "verify").identity for job, model in settings.verify.models().items()},
    }
