"""The page docs/truth/frames.md: the text of page.md with what was found."""

from collections.abc import Sequence
from pathlib import Path

from tests.exactness.check import Result

PAGE = Path(__file__).resolve().parents[2] / "docs" / "truth" / "frames.md"

TEXT = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")


def page(results: Sequence[Result]) -> str:
    read = [result for result in results if not result.refused]
    taken = [result for result in read if not result.decord_refused]
    reasons = list(dict.fromkeys(result.decord_refused for result in read if result.decord_refused))
    return TEXT.format(
        files=len(results),
        read=len(read),
        asked=sum(result.asked for result in read),
        by_pass=sum(result.by_pass for result in read),
        by_seek=sum(result.by_seek for result in read),
        spans=sum(result.spans for result in read),
        by_spread=sum(result.by_spread for result in read),
        decord_files=len(taken),
        by_decord=sum(result.by_decord for result in taken),
        decord_asked=sum(result.asked for result in taken),
        refused=len(results) - len(read),
        rows="\n".join(_row(result, reasons) for result in results),
        reasons="\n".join(f"{number}. {reason}" for number, reason in enumerate(reasons, 1)),
    )


def _row(result: Result, reasons: list[str]) -> str:
    case, asked = result.case, result.asked
    by_pass, by_decord = _of(result.by_pass, asked), _of(result.by_decord, asked)
    if result.refused:
        by_pass = by_decord = f"refused: `{result.refused.split(':')[0]}`"
    elif result.decord_refused:
        by_decord = f"refused ({reasons.index(result.decord_refused) + 1})"
    cells = (
        case.container,
        case.codec,
        case.trait,
        result.frames,
        asked,
        by_pass,
        _of(result.by_seek, asked),
        by_decord,
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _of(right: int, asked: int) -> str:
    return "all" if right == asked else str(right)
