"""A vision model for tests: it answers in the shape it is asked for, and sees only the numbers in the pictures."""

import base64
import json
import re
from typing import Any

from tests.engines.chat_server import completion
from tests.strip import read_strip
from transforms.media.picture import decode_jpeg

DENSE = {"caption", "people", "objects", "places"}


def fields(body: dict[str, Any]) -> set[str]:
    """The fields of the object that a request asks for; none when it asks for free text."""
    asked = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
    return set(asked.get("properties", ()))


def text_of(body: dict[str, Any]) -> str:
    """The words of the first message."""
    content = body["messages"][0]["content"]
    return content if isinstance(content, str) else str(content[-1]["text"])


def pictures_of(body: dict[str, Any]) -> list[bytes]:
    """The JPEGs of the first message, out of their data URLs."""
    content = body["messages"][0]["content"]
    urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    assert all(url.startswith("data:image/jpeg;base64,") for url in urls)
    return [base64.b64decode(url.split(",", 1)[1]) for url in urls]


def numbers_of(body: dict[str, Any]) -> list[int | None]:
    """The frame numbers in the pictures of a request."""
    return [read_strip(decode_jpeg(jpeg)) for jpeg in pictures_of(body)]


def seen(body: dict[str, Any]) -> dict[str, Any]:
    """What the model replies: a cook at a stove in each clip, called otherwise in every other one."""
    wanted = fields(body)
    if wanted == DENSE:
        number = (numbers_of(body) or [0])[0]
        cook = "woman in a striped apron" if number == 0 else "cook"
        return {
            "caption": f"A {cook} stirs a pot of thick orange liquid number {number} on a stove.",
            "people": [cook],
            "objects": ["stove"],
            "places": [],
        }
    if wanted == {"shot", "camera"}:
        return {"shot": "close-up", "camera": "pan"}
    if wanted == {"caption"}:
        return {"caption": f"In frame {numbers_of(body)[0]} two wooden spoons lie beside the pot."}
    if wanted == {"groups"}:
        listed = re.findall(r"^(\d+)\. (\w+): (.*) \(part", text_of(body), re.MULTILINE)
        people = [int(n) for n, kind, _ in listed if kind == "person"]
        stoves = [int(n) for n, kind, _ in listed if kind == "object"]
        return {"groups": [people, stoves, [9999, 1]]}
    assert wanted == {"summary"}, wanted
    return {"summary": f"A woman prepares soup in {text_of(body).count('] ')} steps without any hurry."}


def vision(body: dict[str, Any]) -> dict[str, Any]:
    return completion({"content": json.dumps(seen(body))})
