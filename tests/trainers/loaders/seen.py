"""What a trainer made of a row, told in the same form for all of them."""

import json
import sys
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

PAD = "<|image_pad|>"


def seen(tokenizer: Any, ids: Sequence[int], trained: Sequence[bool], grids: Sequence[Sequence[int]]) -> dict[str, Any]:
    """`text` with one pad for each picture, the `trained` stretches of it, how many `pictures` came along, and whether
    each has as many tokens in the text as it needs: its `grids` are patches by time, height and width, four a token."""
    pad = tokenizer.convert_tokens_to_ids(PAD)
    runs = [(token, len(list(run))) for token, run in groupby(ids)]
    one_pad = [token for token, count in runs for _ in range(1 if token == pad else count)]
    stretches = groupby(zip(trained, ids, strict=True), key=lambda pair: pair[0])
    return {
        "text": tokenizer.decode(one_pad),
        "trained": [tokenizer.decode([token for _, token in stretch]) for wanted, stretch in stretches if wanted],
        "pictures": len(grids),
        "fits": [count for token, count in runs if token == pad] == [t * h * w // 4 for t, h, w in grids],
    }


def tell(load: Callable[..., Any]) -> None:
    """Calls `load` with the words of the command line but the first, which names the file for what it returns."""
    out, *words = sys.argv[1:]
    told = load(*words)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(told, file)
