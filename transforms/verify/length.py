"""The conversation fits what it is trained with. Over-long ones are filtered, never cut: a cut row teaches to stop."""

from math import ceil

from schemas.trajectory import Trajectory, Verdict
from transforms.tools.tokens import PIXELS_PER_TOKEN
from transforms.verify.case import Case, accept, filtered

NAME = "length"

BYTES_PER_TOKEN = 3.0
"""UTF-8 bytes of a conversation per token, from below: over 40 rows of the samples Qwen2.5's tokenizer took 3.5, and
3.02 in the row where it took least."""


def check(case: Case) -> Verdict:
    frames, tokens = sum(len(turn.frame_refs) for turn in case.turns), length_of(case)
    if frames > case.settings.max_frames:
        detail = f"{frames} frames are shown, more than verify.max_frames: {case.settings.max_frames}"
        return filtered(NAME, "too_many_frames", detail, float(frames))
    if tokens > case.settings.max_tokens:
        detail = f"about {tokens} tokens, more than verify.max_tokens: {case.settings.max_tokens}"
        return filtered(NAME, "too_long", detail, float(tokens))
    return accept(NAME, float(tokens))


def length_of(case: Case) -> int:
    """About how many tokens the rendered conversation takes; a picture counts each time it is shown."""
    texts = [case.trajectory.tools_json, case.said]
    texts += [part for turn in case.turns if turn.role != "assistant" for part in (turn.text, turn.look_text)]
    texts += [call.name + call.arguments_json for call in case.calls]
    words = sum([len(text) if text.isascii() else len(text.encode()) for text in texts]) / BYTES_PER_TOKEN
    return ceil(words + _pixels(case.trajectory, case) / PIXELS_PER_TOKEN)


def _pixels(trajectory: Trajectory, case: Case) -> int:
    shown = [trajectory.frames[ref] for turn in case.turns for ref in turn.frame_refs]
    return sum([frame.width * frame.height for frame in shown])
