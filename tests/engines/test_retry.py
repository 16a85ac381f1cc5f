from datetime import UTC, datetime

import pytest

from schemas.errors import EngineError
from transforms.engines.retry import LONGEST_S, PATIENCE_S, RETRIED, TRIES, next_try_s, retry_after_s
from transforms.refuse import PASSING


def error(code: str, transient: bool = True, retry_after_s: float = 0.0) -> EngineError:
    return EngineError(code, "x", transient, retry_after_s=retry_after_s)


def test_what_is_tried_again_may_pass() -> None:
    assert RETRIED < PASSING


@pytest.mark.parametrize("code", ["not_allowed", "no_credit", "bad_request", "store_full"])
def test_what_needs_a_person_is_not_tried_again(code: str) -> None:
    assert next_try_s(error(code), 1, 0.0, 0.5) is None


def test_what_is_permanent_is_not_tried_again() -> None:
    assert next_try_s(error("server_error", transient=False), 1, 0.0, 0.5) is None


def test_waits_double_and_are_spread_over_half_their_length() -> None:
    least = [next_try_s(error("server_error"), tries, 0.0, 0.0) for tries in range(1, TRIES)]
    most = [next_try_s(error("server_error"), tries, 0.0, 1.0) for tries in range(1, TRIES)]
    assert least == [0.25, 0.5, 1.0, 2.0, 4.0]
    assert most == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert next_try_s(error("server_error"), TRIES, 0.0, 0.5) is None


def test_a_rate_limit_is_waited_out_however_often_it_comes() -> None:
    assert next_try_s(error("rate_limited"), 500, 100.0, 1.0) == LONGEST_S
    assert next_try_s(error("rate_limited"), 3, PATIENCE_S, 0.0) is None


def test_what_the_service_says_is_obeyed() -> None:
    assert next_try_s(error("rate_limited", retry_after_s=20.0), 1, 0.0, 0.0) == 20.0
    assert next_try_s(error("rate_limited", retry_after_s=20.0), 1, 0.0, 1.0) == 22.5
    assert next_try_s(error("server_error", retry_after_s=20.0), 1, 0.0, 0.0) == 20.0
    assert next_try_s(error("rate_limited", retry_after_s=86400.0), 1, 0.0, 0.0) is None
    assert next_try_s(error("server_error", retry_after_s=86400.0), 1, 0.0, 0.0) is None


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, 0.0),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Sat, 28 Nov 2026 10:00:30 GMT"}, 30.0),
        ({"retry-after": "Sat, 28 Nov 2026 09:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "nan"}, 0.0),
        ({"retry-after": "Sat, 28 Nov 2026 10:00:30"}, 0.0),
    ],
)
def test_when_to_come_back(headers: dict[str, str], told: float) -> None:
    assert retry_after_s(headers, datetime(2026, 11, 28, 10, 0, 0, tzinfo=UTC)) == told
