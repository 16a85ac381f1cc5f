"""What verifiers that ask models may cost: from nothing, where no trajectory comes that far, to all of them."""

from dataclasses import dataclass

from pipelines.plan import defaults
from pipelines.plan.estimate import Need, cost
from pipelines.plan.ranges import NONE, Range
from schemas.settings import Dataset
from transforms.engines.prices import rates_of

_PROMPT_BYTES = Range(700.0, 1800.0)
"""Our prompts with a question in them."""
_TOLD_BYTES = Range(200.0, 12_000.0)
"""A conversation as a judge reads it, or what its tools told: up to eight looks."""
_PICTURE_TOKENS = Range(85.0, 1500.0)
"""Of a grounded frame, over what providers count."""
_THUMBNAIL_TOKENS = Range(64.0, 300.0)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Calls per question (`once`) or per trajectory, with how many frames or thumbnails, and whether all that was told
    goes along."""

    calls: int
    once: bool = False
    frames: int = 0
    thumbnails: int = 0
    told: bool = False


def needs(settings: Dataset, questions: Range, rollouts: Range) -> dict[str, Need]:
    """What each model under `verify` may need, by its key. Nothing of it is looked up in the store."""
    return {key: _need(settings, key, questions, rollouts) for key in settings.verify.models()}


def _need(settings: Dataset, key: str, questions: Range, rollouts: Range) -> Need:
    most = {"need": _of_need, "answerer": _of_answerer, "judge": _of_judge}[key](settings)
    model = settings.verify.models()[key]
    chosen = getattr(settings.verify, key)
    calls = prompt = 0.0
    for one in most:
        # A reply that is not of the form it should have is asked for once more.
        count = 2 * one.calls * (questions if one.once else rollouts).high
        size = _PROMPT_BYTES.high + (_TOLD_BYTES.high if one.told else 0)
        pictures = one.frames * _PICTURE_TOKENS.high + one.thumbnails * _THUMBNAIL_TOKENS.high
        calls += count
        prompt += count * (size / defaults.BYTES_PER_TOKEN.low + pictures)
    said = calls * max(defaults.FEWEST_REPLY_TOKENS, chosen.max_tokens / 4)
    needed = Need(Range(0, calls), Range(0, prompt), Range(0, said), NONE)
    rates = rates_of(model)
    return Need(needed.calls, needed.prompt_tokens, needed.completion_tokens, cost(needed, rates) if rates else None)


def _of_need(settings: Dataset) -> list[_Asked]:
    need, ground = settings.verify.need, settings.ground
    assert need is not None, "it is asked of models that are named"
    shown = {"question": 0, "options": 0, "overview": ground.overview_frames, "thumbnails": 0}
    views = [
        _Asked(need.tries, True, shown[view], need.thumbnails if view == "thumbnails" else 0) for view in need.without
    ]
    return views + ([_Asked(1, False, ground.frames_per_trajectory)] if need.evidence else [])


def _of_answerer(settings: Dataset) -> list[_Asked]:
    answerer, ground = settings.verify.answerer, settings.ground
    assert answerer is not None, "it is asked of models that are named"
    looks = [_Asked(1, False, ground.frames_per_trajectory, told=True)]
    return looks + ([_Asked(1, False, ground.frames_per_call)] if answerer.visible else [])


def _of_judge(settings: Dataset) -> list[_Asked]:
    judge = settings.verify.judge
    assert judge is not None, "it is asked of models that are named"
    whole = _Asked(int(judge.consistency) + bool(judge.criteria), told=True)
    if not judge.answers:
        return [whole]
    # The teacher's answer, and those of the models that answer beside it.
    verify = settings.verify
    blind = verify.need.tries * len(verify.need.without) if verify.need else 0
    beside = int(verify.need is not None and verify.need.evidence) + int(verify.answerer is not None)
    return [whole, _Asked(1 + beside), _Asked(blind, once=True)]
