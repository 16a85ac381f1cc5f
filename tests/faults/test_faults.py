"""Every kind of fault is caught by the verifier meant for it, on a drawn video; `make truth` does it on the samples."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.settings import Answerer, Criterion, Judge, Need, OpenAISettings, Verify
from schemas.span import Span
from schemas.trajectory import Turn
from tests.engines.chat_server import serving
from tests.faults.examiner import examiner
from tests.faults.kinds import FREE, Kind
from tests.faults.kinds_asked import ASKED, PENALTY
from tests.faults.kinds_looks import LOOKS, cropped, descended, inspected
from tests.faults.right import accepted, build_samples
from tests.faults.table import against, tabulate
from tests.faults.tools import call_of, insert, recall
from tests.verify.cases import SIGN, right_case
from transforms.engines.build import bare_chat
from transforms.engines.ocr import RapidOcr
from transforms.verify.case import Case
from transforms.verify.exam import Examiners
from transforms.verify.registry import ASKED as EXAMINED
from transforms.verify.registry import examine, verify

OCR = RapidOcr()


def test_there_are_enough_kinds() -> None:
    names = [kind.name for kind in (*FREE, *LOOKS, *ASKED)]
    assert len(names) == len(set(names)) == 69 + 9


@pytest.mark.parametrize("kind", FREE, ids=lambda kind: kind.name)
def test_a_fault_is_caught_by_the_verifier_meant_for_it(kind: Kind, tmp_path: Path) -> None:
    case = right_case(tmp_path, OCR)
    assert against(case) == set()
    planted = kind.plant(case)
    if planted is None:
        pytest.skip("the drawn trajectory has no place for it; the samples have (test_faults_in_the_samples)")
    assert kind.verifier in against(planted)
    assert verify(planted).status in ("filter", "fail")


@pytest.mark.parametrize("right", [cropped, inspected, descended])
def test_nobody_is_against_a_right_crop_or_a_sure_look(right: Callable[[Case], Case], tmp_path: Path) -> None:
    assert against(right(right_case(tmp_path, OCR))) == set()


def test_a_window_may_be_asked_for_finer_than_spans_are_written(tmp_path: Path) -> None:
    case = recall(inspected(right_case(tmp_path, OCR)), 2, start_s=20.0004, end_s=23.9996)
    assert against(case) == set()


@pytest.mark.parametrize("kind", LOOKS, ids=lambda kind: kind.name)
def test_a_fault_of_a_look_is_caught_by_the_verifier_meant_for_it(kind: Kind, tmp_path: Path) -> None:
    planted = kind.plant(right_case(tmp_path, OCR))
    assert planted is not None
    assert kind.verifier in against(planted)
    assert verify(planted).status in ("filter", "fail")


@pytest.mark.heavy
def test_faults_in_the_samples(tmp_path: Path) -> None:
    build_samples(tmp_path)
    rows, untouched, alarms = tabulate(FREE, accepted(tmp_path, OCR), most=10)
    assert untouched > 100
    assert alarms == {}
    assert {row.kind.name: row.planted - row.caught for row in rows} == {kind.name: 0 for kind in FREE}
    assert min(row.planted for row in rows) >= 3


def test_a_wrong_zoom_followed_by_a_right_one_is_wanted(tmp_path: Path) -> None:
    """Searching, and finding that it is elsewhere, is what a model has to learn."""
    case = right_case(tmp_path, OCR)
    wrong = Turn(
        "assistant",
        "",
        "The overview may show it at 5 s.",
        (call_of("w", "temporal_zoom", start_s=4.0, end_s=8.0),),
    )
    shown = Turn("tool", call_id="w", look_text="1 frame at 5.00 s.", spans=(Span(4.0, 8.0),), frame_refs=(0,))
    assert against(insert(case, 2, wrong, shown)) == set()


# ---- what asks models


@pytest.fixture
def examined(tmp_path: Path) -> Iterator[tuple[Case, Examiners]]:
    """A right trajectory about a sign, and a model that reads signs to ask about it."""
    with serving((200, examiner)) as server:
        engine = OpenAISettings(model="reader", base_url=server.url, api_key_env="")
        rubric = (
            Criterion(name="names it", description=f'It has the words "{SIGN}".', weight=5),
            Criterion(name="thin air", description=f'It has the words "{PENALTY}".', weight=-3),
        )
        settings = Verify(
            need=Need(engine=engine), answerer=Answerer(engine=engine), judge=Judge(engine=engine, criteria=rubric)
        )
        case = replace(right_case(tmp_path, OCR), settings=settings)
        chat = bare_chat(engine)
        yield case, Examiners(chat, chat, chat, thumbnails=(case.trajectory.frames[0].sha256,))


def codes(case: Case, examiners: Examiners) -> dict[str, str]:
    """Verifier → code of all that ask a model and are against it, each asked whatever the others say."""

    async def each() -> dict[str, str]:
        verdicts = [await check(case, examiners) for _, check in EXAMINED]
        return {one.verifier: one.code for one in verdicts if one.outcome != "accept"}

    return asyncio.run(each())


def test_nobody_who_is_asked_is_against_the_right_one(examined: tuple[Case, Examiners]) -> None:
    case, examiners = examined
    assert codes(case, examiners) == {}
    alive = replace(case, trajectory=verify(case))
    done = asyncio.run(examine(alive, examiners))
    assert (done.status, [one.verifier for one in done.verdicts[-7:]]) == ("accept", [name for name, _ in EXAMINED])
    assert {one.verifier: one.measure for one in done.verdicts[-7:]} == {
        "other_words": None,
        "sufficient": 1.0,
        "answerer": 1.0,
        "visible": 1.0,
        "need": 0.0,
        "consistent": 1.0,
        "rubric": 1.0,
    }


@pytest.mark.parametrize("kind", ASKED, ids=lambda kind: kind.name)
def test_a_fault_that_a_model_catches(kind: Kind, examined: tuple[Case, Examiners]) -> None:
    case, examiners = examined
    planted = kind.plant(case)
    assert planted is not None
    assert kind.verifier in codes(planted, examiners)


def test_thumbnails_that_tell_it(examined: tuple[Case, Examiners]) -> None:
    case, examiners = examined
    telling = replace(examiners, thumbnails=(case.trajectory.frames[1].sha256,))
    # The sign of 320 x 180 is readable as a thumbnail of 64 tokens.
    assert codes(case, telling) == {"need": "answerable_from_thumbnails"}
