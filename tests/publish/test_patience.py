"""What is tried again, and what is told at once."""

import json

import httpx2
import pytest
from huggingface_hub.errors import HfHubHTTPError

from schemas.errors import SettingsError, StoppedError
from transforms.publish.patience import Passing, Patience, passing


def answered(status: int, **headers: str) -> HfHubHTTPError:
    request = httpx2.Request("GET", "http://127.0.0.1/api")
    return HfHubHTTPError("no", response=httpx2.Response(status, headers=headers, request=request))


def wrapped(cause: Exception) -> Exception:
    """As huggingface_hub wraps what broke an upload."""
    try:
        raise RuntimeError("Error while uploading 'x' to the Hub.") from cause
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    "error, found",
    [
        (answered(503), Passing("HTTP 503")),
        (answered(429, **{"retry-after": "12"}), Passing("HTTP 429", True, 12.0)),
        (answered(429, ratelimit='"api";r=0;t=50'), Passing("HTTP 429", True, 50.0)),
        (answered(429, ratelimit='"api";r=3;t=50'), Passing("HTTP 429", True, 0.0)),
        (answered(400), None),
        (answered(403), None),
        (wrapped(answered(500)), Passing("HTTP 500")),
        (wrapped(answered(403)), None),
        (httpx2.ConnectError("no"), Passing("ConnectError")),
        (wrapped(httpx2.WriteError("no")), Passing("WriteError")),
        (ConnectionResetError(), Passing("ConnectionResetError")),
        (json.JSONDecodeError("no", "<html>", 0), Passing("something that is not the Hub's")),
        (RuntimeError("xet gave up"), Passing("a transfer that broke")),
        (NotImplementedError(), None),
        (FileNotFoundError("a.parquet"), None),
        (ValueError("Invalid metadata in README.md"), None),
    ],
)
def test_what_may_pass(error: Exception, found: Passing | None) -> None:
    assert passing(error) == found


def test_what_will_not_pass_is_tried_once() -> None:
    tried: list[int] = []

    def step() -> None:
        tried.append(1)
        raise answered(403)

    with pytest.raises(SettingsError, match="no_access"):
        Patience(lambda line: None, sleep=lambda s: None)(step)
    assert tried == [1]


def test_a_rate_limit_costs_no_try_but_time() -> None:
    waits: list[float] = []

    def step() -> None:
        raise answered(429, **{"retry-after": "300"})

    with pytest.raises(StoppedError, match="HTTP 429"):
        Patience(lambda line: None, tries=2, most_s=1500, sleep=waits.append)(step)
    assert waits == [300.0] * 5


def test_every_step_has_its_own_tries() -> None:
    left = [answered(500)] * 3
    patience = Patience(lambda line: None, tries=4, sleep=lambda s: None)

    def step() -> str:
        if left:
            raise left.pop()
        return "done"

    assert patience(step) == "done"
    left.extend([answered(500)] * 3)
    assert patience(step) == "done"
