"""Arguments that several commands take."""

import argparse
import os
from pathlib import Path


def add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-c",
        "--config",
        metavar="FILE",
        type=Path,
        help="settings file; without it ./datasets.yaml if there is one, else the one bundled with frametrail",
    )


def add_work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--work",
        metavar="DIR",
        type=folder,
        default=".frametrail",
        help="where finished work is kept (default: .frametrail)",
    )


def add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", metavar="N", type=whole(1), default=0, help="only the first N videos by hash of id")


def add_overrides(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        dest="overrides",
        action="append",
        default=[],
        help="change one setting for this run, such as explore.rollouts=4 (repeatable; the value is YAML)",
    )


def add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", metavar="DIR", type=folder, default="releases", help="where releases go (default: releases)"
    )


def add_release(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", metavar="RELEASE", type=Path, help="folder of a finished release, OUT/NAME/VERSION")


def finished_release(path: Path) -> Path:
    """The path, when a finished release lies there.

    Raises:
        SettingsError: it does not; the message names the releases below the path, if any.
    """
    from schemas.errors import SettingsError

    if (path / "manifest.json").is_file():
        return path
    scheme, _, rest = str(path).partition(":/")
    if rest and scheme in ("gs", "s3"):
        copy = "gcloud storage cp -r" if scheme == "gs" else "aws s3 cp --recursive"
        raise SettingsError(
            "no_release", f"a release in a bucket is looked at in a copy: {copy} {scheme}://{rest} COPY"
        )
    if not path.is_dir():
        raise SettingsError("no_release", f"{path} does not exist; a release lies at OUT/NAME/VERSION, see --out")
    below = sorted(file.parent for depth in ("*", "*/*") for file in path.glob(f"{depth}/manifest.json"))
    hint = f"there is {', '.join(map(str, below[:5]))}" if below else "build it first, or again if a build was cut off"
    raise SettingsError("no_release", f"{path} is not a finished release: it has no manifest.json; {hint}")


def folder(text: str) -> str:
    """An argparse type: the path of a folder."""
    if not text:
        raise argparse.ArgumentTypeError("must name a folder, such as . for this one")
    return text


def whole(least: int) -> "type[int]":
    """An argparse type: a whole number from `least` on."""

    class number(int):  # argparse names the type in its message
        def __new__(cls, text: str) -> "number":
            value = super().__new__(cls, text)
            if value < least:
                raise argparse.ArgumentTypeError(f"must be at least {least}, not {text}")
            return value

    return number


def dollars(text: str) -> float:
    """An argparse type: an amount of US dollars, above 0."""
    value = float(text.removeprefix("$"))
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be an amount above 0, not {text}")
    return value


def available_cpus() -> int:
    """The CPUs this process may use, which in a container or under a scheduler are fewer than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux tells
        return os.cpu_count() or 1
