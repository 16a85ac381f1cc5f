"""The exports by name. A new one is a file here and a line in `schemas/names.py`."""

from importlib import import_module

from schemas import names
from transforms.write.exports.base import Export

EXPORTS: dict[str, Export] = {name: import_module(f"{__package__}.{name}").EXPORT for name in names.EXPORTS}
