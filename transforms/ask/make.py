"""All questions about one video: every template in turn, spread over the video, never one thing too often."""

from collections import Counter
from collections.abc import Callable, Iterator

from schemas.settings import Ask, Template
from schemas.source import Question
from schemas.timeline import Timeline
from transforms.ask import count, order, screen_text, speech, two_hop, when
from transforms.ask.material import Material, gather
from transforms.ask.pick import rank, shuffled

Form = Callable[[Material], Iterator[Question]]

FORMS: dict[Template, tuple[Form, ...]] = {
    "screen_text": screen_text.FORMS,
    "speech": speech.FORMS,
    "order": order.FORMS,
    "count": count.FORMS,
    "when": when.FORMS,
    "two_hop": two_hop.FORMS,
}


def make_questions(timeline: Timeline, settings: Ask) -> tuple[Question, ...]:
    """Up to `settings.per_video` questions, true by construction; the first n are those that a limit of n would give.

    Templates take turns, and within a template its forms. Of the candidates of a form the next one is about what was
    asked about least so far, and lies farthest in time from what the template has asked about.
    """
    if settings.per_video == 0 or not settings.templates:
        return ()
    material = gather(timeline)
    queues = {
        name: [candidates for form in FORMS[name] if (candidates := list(form(material)))]
        for name in shuffled(dict.fromkeys(settings.templates), timeline.video_id, "templates")
    }
    chosen: dict[str, Question] = {}
    used: Counter[str] = Counter()
    times: dict[Template, list[float]] = {name: [] for name in queues}
    while any(queues.values()) and len(chosen) < settings.per_video:
        for name, forms in queues.items():
            if not forms or len(chosen) == settings.per_video:
                continue
            candidates = forms.pop(0)
            best = min(candidates, key=lambda question: _preference(question, used, times[name], timeline.duration_s))
            candidates.remove(best)
            if candidates:
                forms.append(candidates)
            if best.id not in chosen:
                chosen[best.id] = best
                used.update(piece.text for piece in best.evidence)
                times[name].append(_middle(best))
    return tuple(chosen.values())


def _preference(question: Question, used: Counter[str], times: list[float], duration_s: float) -> tuple[int, int, int]:
    """Smallest first: how often its evidence was used, how near it is to what was asked (in twentieths), its hash."""
    distance = min((abs(_middle(question) - t) for t in times), default=duration_s)
    nearness = -int(20 * distance / duration_s) if duration_s > 0 else 0
    return (max((used[piece.text] for piece in question.evidence), default=0), nearness, rank(question.id))


def _middle(question: Question) -> float:
    return question.evidence[0].span.middle_s
