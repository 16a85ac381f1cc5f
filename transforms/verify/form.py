"""The record is well formed: a conversation that can be rendered and trained on."""

from schemas.trajectory import Trajectory, Verdict
from transforms.verify.case import Case, accept, failed, filtered

NAME = "form"


def check(case: Case) -> Verdict:
    trajectory = case.trajectory
    fault = _fault(trajectory)
    if fault:
        return failed(NAME, "malformed", fault)
    if not trajectory.answer:
        return filtered(NAME, "no_answer", "the conversation ends without an answer")
    return accept(NAME, float(len(trajectory.turns)))


def _fault(trajectory: Trajectory) -> str:
    turns = trajectory.turns
    if [turn.role for turn in turns[:2]] != ["system", "user"]:
        return "it does not open with a system turn and a user turn"
    if turns[-1].role != "assistant" or turns[-1].calls:
        return "it does not end with an assistant turn that answers"
    for before, turn in zip(turns[1:], turns[2:], strict=False):
        if turn.role == "assistant" and before.role == "assistant":
            return "two assistant turns follow one another"
        if turn.role == "assistant" and len(turn.calls) > 1 and not _answered_by_errors(trajectory, turn.calls[0].id):
            return "a turn makes several calls"
        if turn.role == "tool" and not turn.error and turn.call_id not in [call.id for call in before.calls]:
            return f"a tool turn answers the call {turn.call_id}, which the turn before it did not make"
    refs = [ref for turn in turns for ref in turn.frame_refs]
    if refs and not 0 <= min(refs) <= max(refs) < len(trajectory.frames):
        return "a turn refers to a frame that the record does not have"
    if list(dict.fromkeys(refs)) != list(range(len(trajectory.frames))):
        return "frames are not in the order of their first use, or some are never used"
    return ""


def _answered_by_errors(trajectory: Trajectory, call_id: str) -> bool:
    return any(turn.role == "tool" and turn.call_id == call_id and turn.error for turn in trajectory.turns)
