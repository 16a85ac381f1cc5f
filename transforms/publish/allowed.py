"""What stands against publishing a release at all."""

import re
from collections.abc import Iterable, Mapping

from schemas.errors import SettingsError
from transforms.publish.facts import Facts
from transforms.publish.files import Outgoing

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_REPOSITORY = re.compile(r"(?!-)[\w-]{1,96}/(?![-.])(?!.*(--|\.\.))[\w.-]{1,96}(?<![-.])(?<!\.git)", re.ASCII)
_SECRET_BYTES = 8
"""A shorter value is no secret, and would be found everywhere."""


def check_version(version: str) -> None:
    """Raises:
    SettingsError: it is a trial.
    """
    if not _VERSION.fullmatch(version):
        raise SettingsError(
            "trial",
            f"{version} is a trial (--limit, --set or -dev), which the next build may replace; build the entry itself,"
            " with a version such as 1.0.0, and publish that",
        )


def check_folder(name: str) -> None:
    """Raises:
    SettingsError: a build left it there because too much failed; the manifest inside looks like that of a version.
    """
    if name.endswith(".failed"):
        raise SettingsError(
            "failed",
            f"{name} is what a build in which something failed has left; the same build tries again, and what it then"
            f" makes lies in {name.removesuffix('.failed')}",
        )


def check_repository(id: str) -> None:
    """Raises:
    SettingsError: the Hub can have no repository of that name.
    """
    if not _REPOSITORY.fullmatch(id):
        raise SettingsError(
            "bad_repository",
            f"{id!r} cannot be a repository: give ORG/NAME, each of letters, digits, `-`, `_` and, in NAME, `.`",
        )


def check_facts(facts: Facts, planner_allowed: bool) -> None:
    """Raises:
    SettingsError: a video has no licence, or the rows are the planner's and nobody said that this is meant.
    """
    without = facts.licences.get("", 0)
    if without and not facts.licence:
        raise SettingsError(
            "no_licence",
            f"{without} of {sum(facts.licences.values())} videos come without a licence, so nobody could know what they"
            " may do with their frames; name it where they come from (`license` in the source or in the lines of its"
            " manifest), or for the dataset (`write.license`), raise the version and build again",
        )
    if facts.planner and not planner_allowed:
        raise SettingsError(
            "planner",
            f"the teacher of {facts.planner_rows} SFT rows is the rule-based planner: they show the machinery and are"
            " not for training; to publish them all the same, marked as such, add --not-for-training",
        )


def check_secrets(files: Iterable[Outgoing], secrets: Mapping[str, str]) -> None:
    """Looks for the values of `secrets` (name → value) in what is text; tables hold what models and videos say.

    Raises:
        SettingsError: one is in a file; the message names the file and the name, not the value.
    """
    values = {name: value.encode() for name, value in secrets.items() if len(value) >= _SECRET_BYTES}
    for file in files:
        if file.path.endswith((".md", ".json", ".yaml")):
            data = file.source if isinstance(file.source, bytes) else file.source.read_bytes()  # type: ignore[union-attr]
            for name, value in values.items():
                if value in data:
                    raise SettingsError(
                        "secret", f"{file.path} holds the value of {name}; take it out of the settings and build again"
                    )
