"""verl's own settings with what a command line sets in them."""

from typing import Any

from hydra import compose, initialize_config_module


def data_config(name: str, *overrides: str) -> Any:
    """The `data` part of verl's settings `name`; a key that verl does not have is an error."""
    with initialize_config_module("verl.trainer.config", version_base=None):
        return compose(name, overrides=list(overrides)).data
