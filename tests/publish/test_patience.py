"""What is tried again, and what is told at once."""

import json

import httpx2
import pytest
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

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
        (wrapped(answered(403, **{"retry-after": "9"})), Passing("HTTP 403 of its storage")),
        (wrapped(answered(400)), Passing("HTTP 400 of its storage")),
        (wrapped(answered(404)), None),
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


def test_a_wait_that_the_hub_names_does_not_grow() -> None:
    waits: list[float] = []

    def step() -> None:
        raise answered(429, **{"retry-after": "1"})

    with pytest.raises(StoppedError):
        Patience(lambda line: None, tries=2, most_s=10, sleep=waits.append)(step)
    assert waits == [1.0] * 10


def test_a_rate_limit_that_names_no_wait_is_not_asked_every_second() -> None:
    waits: list[float] = []

    def step() -> None:
        raise answered(429)

    with pytest.raises(StoppedError, match="HTTP 429"):
        Patience(lambda line: None, tries=2, most_s=200, sleep=waits.append)(step)
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


def once(error: Exception) -> SettingsError:
    """What is made of an error that will not pass."""

    def step() -> None:
        raise error

    def never(seconds: float) -> None:
        raise AssertionError("waited")

    with pytest.raises(SettingsError) as caught:
        Patience(lambda line: None, sleep=never)(step)
    return caught.value


def test_what_the_storage_refuses_for_good_is_told_as_a_refusal() -> None:
    assert once(wrapped(answered(404))).code == "no_access"


def test_an_offline_client_is_told_at_once() -> None:
    assert once(OfflineModeIsEnabled("no")).code == "offline"


def test_a_card_that_the_hub_finds_wrong_is_no_bug_of_ours() -> None:
    told = once(ValueError('Invalid metadata in README.md.\n- "license" must be one of [mit]'))
    assert told.detail == 'the Hub refuses: Invalid metadata in README.md. - "license" must be one of [mit]'


def test_a_signed_address_is_not_told() -> None:
    request = httpx2.Request("PUT", "https://storage.example/a?X-Amz-Signature=s3cret")
    said = f"Client error '409 Conflict' for url '{request.url}' (Request ID: 1)"
    error = HfHubHTTPError(said, response=httpx2.Response(416, request=request))
    told = once(error)
    assert "s3cret" not in told.detail
    assert "for url 'https://storage.example/a' (Request ID: 1)" in told.detail


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
