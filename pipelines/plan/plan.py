"""What a build will do and cost, from what is known before it: pure figures, as ranges."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipelines.plan import defaults
from pipelines.plan.beside import inspections, searches
from pipelines.plan.estimate import Item, Need, basis, made_of_others, need, pieces
from pipelines.plan.examiners import needs
from pipelines.plan.look import Seen
from pipelines.plan.ranges import NONE, Range, exactly, total
from pipelines.plan.replay import Replayed
from pipelines.plan.survey import Survey
from schemas.settings import Dataset, Explore, Served
from schemas.source import Video
from transforms.engines.prices import Rates, rates_of

RULES = Rates(0.0, 0.0, 0.0, "rules, no model")


@dataclass(frozen=True, slots=True)
class Bill:
    """A model of one stage: what it still has to do and cost. `held_calls` are those whose replies the store has.

    `model` is `planner` for the rules, which cost nothing. `rates` is None where nobody knows the price.
    """

    stage: str
    model: str
    address: str
    rates: Rates | None
    held_calls: int
    need: Need
    basis: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` of video are those of the `videos` that can be used; `refused` counts by code what cannot. `notes` are
    sentences for a person."""

    videos: int
    seconds: float
    refused: Mapping[str, int]
    items: tuple[Item, ...]
    bills: tuple[Bill, ...]
    notes: tuple[str, ...]


def plan(settings: Dataset, found: Survey) -> Plan:
    """The plan of a build by what was found of its source."""
    chosen, explore, asked = settings.perceive, settings.explore, found.asked
    good = [one for one in found.seen if not one.refused]
    rest = [one for one in good if one.video.id not in asked]
    readable = sum(_readable(one.video, settings) for one in rest)
    others = made_of_others([one.made for one in asked.values()], readable, settings.ask)
    others += exactly(sum(found.given.get(one.video.id, 0) for one in rest))
    questions = sum(one.questions for one in asked.values())
    rollouts = [rollout for one in asked.values() for rollout in one.rollouts]
    unknown = others * exactly(explore.rollouts)
    finished = sum(not rollout.next_bytes for rollout in rollouts)
    how = basis(len(asked), 0, len(rest))
    items = (
        Item("read", "videos", exactly(len(good)), sum(_scanned(one) for one in good), "their files"),
        pieces("clips", good, lambda one: one.clips, lambda one: defaults.clips(one.length_s, chosen)),
        pieces("screens", good, lambda one: one.screens, lambda one: defaults.screens(one.length_s, chosen)),
        pieces(
            "speech chunks",
            good,
            lambda one: one.chunks,
            lambda one: defaults.chunks(one.length_s, chosen, bool(one.video.subtitles)),
        ),
        Item("ask", "questions", exactly(questions) + others, questions, how),
        Item("explore", "rollouts", exactly(len(rollouts)) + unknown, finished, how),
        *searches(explore, rollouts, unknown),
    )
    bill = _teacher(explore, rollouts, unknown)
    looked = _inspector(explore, rollouts, unknown)
    examined = _examiners(settings, exactly(questions) + others, exactly(len(rollouts)) + unknown)
    refused = Counter([*(one.refused for one in found.seen if one.refused), *(row.code for row in found.rejected)])
    seconds = sum(one.length_s for one in good)
    notes = _notes(found, explore, bill, looked, examined)
    return Plan(len(good), seconds, dict(sorted(refused.items())), items, (bill, *looked, *examined), notes)


def usd(bills: Sequence[Bill]) -> Range | None:
    """US dollars of all that is still to be paid; None where a model has calls to make at an unknown price."""
    costs = [bill.need.usd for bill in bills if bill.need.calls.high]
    return None if any(cost is None for cost in costs) else total(cost for cost in costs if cost is not None)


def _scanned(seen: Seen) -> bool:
    return seen.clips.count is not None and not seen.sampled


def _readable(video: Video, settings: Dataset) -> bool:
    """Whether questions can be made of a video at all: something of it is read or heard."""
    return settings.perceive.ocr.type != "none" or settings.perceive.asr.type != "none" or bool(video.subtitles)


def _teacher(explore: Explore, rollouts: Sequence[Replayed], unknown: Range) -> Bill:
    teacher, held_calls = explore.teacher, sum(one.calls for one in rollouts)
    if isinstance(teacher, Served):
        rates = rates_of(teacher)
        needed, how = need(rollouts, unknown, explore, rates)
        return Bill("explore", teacher.model, teacher.address(), rates, held_calls, needed, how)
    needed, how = need(rollouts, unknown, explore, RULES)
    needed = replace(needed, prompt_tokens=NONE, completion_tokens=NONE)  # rules read no tokens
    return Bill("explore", teacher.type, "", RULES, held_calls, needed, how)


def _inspector(explore: Explore, rollouts: Sequence[Replayed], unknown: Range) -> tuple[Bill, ...]:
    """The model that looks at windows, where the entry names one."""
    if explore.inspector is None:
        return ()
    model, held_calls = explore.inspector.engine, sum(one.inspector.calls for one in rollouts)
    rates = rates_of(model)
    needed, how = inspections(explore.inspector, explore.max_turns, rollouts, unknown, rates)
    return (Bill("explore", model.model, model.address(), rates, held_calls, needed, how),)


def _examiners(settings: Dataset, questions: Range, rollouts: Range) -> tuple[Bill, ...]:
    """The models that verifiers ask; what the store holds of it is not looked up."""
    models = settings.verify.models()
    return tuple(
        Bill("verify", models[key].model, models[key].address(), rates_of(models[key]), 0, needed, "defaults")
        for key, needed in needs(settings, questions, rollouts).items()
    )


def _notes(
    found: Survey, explore: Explore, bill: Bill, looked: Sequence[Bill], examined: Sequence[Bill]
) -> tuple[str, ...]:
    notes = []
    if found.no_teacher:
        notes.append(f"the teacher cannot be made, so none of its replies were looked up: {found.no_teacher}")
    if bill.rates is None:
        notes.append(f"the price of {bill.model} is not known; give it as `price` under explore.teacher")
    for one in looked:
        if one.rates is None:
            notes.append(f"the price of {one.model} is not known; give it as `price` under explore.inspector.engine")
    if explore.web_search is not None:
        notes.append("searches of the web are counted, and nothing is known of what they cost: no sum holds it")
    for one in examined:
        if one.rates is None:
            notes.append(f"the price of {one.model} is not known; give it as `price` where it stands under verify")
    if examined:
        notes.append(
            "verifiers ask models only about trajectories that no rule was against: from none of them to all; what the"
            " store holds of it is not taken off"
        )
    if bill.rates is not RULES and bill.basis == "defaults":
        notes.append("a build with --limit 2 makes this narrower: the plan then goes by its rollouts")
    return tuple(notes)
