"""The fixed Arrow schemas of a release's parquet files.

Every field is explicit, and what a row promises to have is declared non-null. Two exceptions follow from Hugging Face
`datasets`: it takes the schema's own `Image` feature only where the column's type equals its nullable storage type, so
`images` is nullable in Arrow and held to non-null by `check_row` and by the audit; and the feature is spelled the old
way (`Sequence`), because 3.6 does not know `List` while 4.0 to 5.2 know both.
There are no free dicts: an Arrow union of structs would add null arguments that models then learn.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from schemas.settings import GROUNDED_TOOLS, Dialect

_IMAGES = json.dumps({"info": {"features": {"images": {"feature": {"_type": "Image"}, "_type": "Sequence"}}}})


def _need(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


def _struct(**fields: pa.DataType) -> pa.DataType:
    return pa.struct([_need(name, kind) for name, kind in fields.items()])


def _list(kind: pa.DataType) -> pa.DataType:
    return pa.list_(_need("element", kind))


_TEXT, _INT, _REAL, _BOOL = pa.string(), pa.int64(), pa.float64(), pa.bool_()
_BOX = _struct(x0=_REAL, y0=_REAL, x1=_REAL, y1=_REAL)
_SPAN = _struct(start_s=_REAL, end_s=_REAL)
_MESSAGES = _list(_struct(role=_TEXT, content=_TEXT))
_IMAGE_LIST = pa.field("images", pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())])))

SFT = pa.schema(
    [
        _need("id", _TEXT),
        _need("messages", _MESSAGES),
        _IMAGE_LIST,
        _need("question_id", _TEXT),
        _need("kind", _TEXT),
        _need("origin", _TEXT),
        _need("answer", _TEXT),
        _need("video_id", _TEXT),
        _need("video_uri", _TEXT),
        _need("video_sha256", _TEXT),
        _need("duration_s", _REAL),
        _need("license", _TEXT),
        _need("teacher", _TEXT),
        _need("for_training", _BOOL),
        _need("kept_although", _TEXT),
        _need("rollout", _INT),
        _need("pass_rate", _REAL),
        _need("split", _TEXT),
        _need("fingerprint", _TEXT),
        _need("schema_version", _TEXT),
    ],
    metadata={"huggingface": _IMAGES},
)

_CREATE = _struct(create_kwargs=_struct(video_id=_TEXT, video_uri=_TEXT, video_sha256=_TEXT))


def rl_tools(dialect: Dialect) -> tuple[str, ...]:
    """The tools that RL rows fill `tools_kwargs` for, as the model calls them, whether a question may use them or not:
    a key that only some rows have becomes null in the others, and verl then calls the tool with None. So a new tool is
    a new SCHEMA_VERSION."""
    return tuple(dialect.tools[name].name or name if name in dialect.tools else name for name in GROUNDED_TOOLS)


def rl_schema(dialect: Dialect) -> pa.Schema:
    """The schema of RL rows, whose `tools_kwargs` are keyed by what the model calls the tools."""
    return pa.schema(
        [
            _need("id", _TEXT),
            _need("data_source", _TEXT),
            _need("agent_name", _TEXT),
            _need("ability", _TEXT),
            _need("prompt", _MESSAGES),
            _need("messages", _MESSAGES),
            _need("problem", _TEXT),
            _need("answer", _TEXT),
            _need("solution", _TEXT),
            _IMAGE_LIST,
            _need("reward_model", _struct(style=_TEXT, ground_truth=_TEXT)),
            _need(
                "extra_info",
                pa.struct(
                    [
                        _need("split", _TEXT),
                        _need("index", _INT),
                        _need("need_tools_kwargs", _BOOL),
                        _need("tool_selection", _list(_TEXT)),
                        _need("tools_kwargs", pa.struct([_need(name, _CREATE) for name in rl_tools(dialect)])),
                        _need("question_id", _TEXT),
                        _need("kind", _TEXT),
                        _need("origin", _TEXT),
                        _need("choices", _list(_TEXT)),
                        _need("answer_json", _TEXT),
                        _need("evidence_json", _TEXT),
                        _need("video_id", _TEXT),
                        _need("video_uri", _TEXT),
                        _need("video_sha256", _TEXT),
                        _need("duration_s", _REAL),
                        _need("fps", _REAL),
                        _need("license", _TEXT),
                        pa.field("pass_rate", _REAL),
                        _need("rollouts", _INT),
                    ]
                ),
            ),
            _need("video_id", _TEXT),
            _need("split", _TEXT),
            _need("fingerprint", _TEXT),
            _need("schema_version", _TEXT),
        ],
        metadata={"huggingface": _IMAGES},
    )


_EVIDENCE = pa.struct(
    [_need("span", _SPAN), pa.field("box", _BOX), _need("modality", _TEXT), _need("text", _TEXT)],
)
_QUESTION = _struct(
    id=_TEXT,
    video_id=_TEXT,
    text=_TEXT,
    kind=_TEXT,
    answer_json=_TEXT,
    choices=_list(_TEXT),
    evidence=_list(_EVIDENCE),
    origin=_TEXT,
    meta_json=_TEXT,
)
_TURN = _struct(
    role=_TEXT,
    text=_TEXT,
    reasoning=_TEXT,
    calls=_list(_struct(id=_TEXT, name=_TEXT, arguments_json=_TEXT)),
    call_id=_TEXT,
    read_text=_TEXT,
    look_text=_TEXT,
    spans=_list(_SPAN),
    item_ids=_list(_TEXT),
    frame_refs=_list(_INT),
    error=_BOOL,
)
_FRAME = pa.struct(
    [
        _need("sha256", _TEXT),
        _need("pts_s", _REAL),
        pa.field("box", _BOX),
        _need("width", _INT),
        _need("height", _INT),
    ]
)
_VERDICT = pa.struct(
    [
        _need("verifier", _TEXT),
        _need("outcome", _TEXT),
        _need("code", _TEXT),
        _need("detail", _TEXT),
        pa.field("measure", _REAL),
        _need("reason", _TEXT),
    ]
)

TRAJECTORIES = pa.schema(
    [
        _need("id", _TEXT),
        _need("video", _struct(id=_TEXT, uri=_TEXT, sha256=_TEXT, duration_s=_REAL, license=_TEXT, group=_TEXT)),
        _need("question", _QUESTION),
        _need("tools_json", _TEXT),
        _need("turns", _list(_TURN)),
        _need("frames", _list(_FRAME)),
        _need("answer", _TEXT),
        _need("right", _BOOL),
        _need("status", _TEXT),
        _need("code", _TEXT),
        _need("verdicts", _list(_VERDICT)),
        _need(
            "lineage",
            _struct(
                dataset=_TEXT,
                version=_TEXT,
                fingerprint=_TEXT,
                teacher=_TEXT,
                prompts=_list(_TEXT),
                seed=_INT,
                rollout=_INT,
            ),
        ),
        _need("split", _TEXT),
        _need("prompt_tokens", _INT),
        _need("completion_tokens", _INT),
        _need("schema_version", _TEXT),
    ]
)

_ITEM: dict[str, pa.DataType] = {"id": _TEXT, "span": _SPAN, "text": _TEXT}
_READ: dict[str, pa.DataType] = {"score": _REAL, "sure": _BOOL, "engine": _TEXT}

TIMELINES = pa.schema(
    [
        _need("id", _TEXT),
        _need("sha256", _TEXT),
        _need("duration_s", _REAL),
        _need("width", _INT),
        _need("height", _INT),
        _need("frames", _INT),
        _need("has_audio", _BOOL),
        _need("shots", _list(_struct(id=_TEXT, span=_SPAN))),
        _need("clips", _list(_struct(id=_TEXT, span=_SPAN))),
        _need("lines", _list(_struct(**_ITEM, box=_BOX, **_READ))),
        _need("speech", _list(_struct(**_ITEM, words=_list(_struct(text=_TEXT, span=_SPAN, score=_REAL)), **_READ))),
        _need("captions", _list(_struct(**_ITEM, level=_TEXT, **_READ))),
        _need(
            "entities",
            _list(_struct(id=_TEXT, kind=_TEXT, name=_TEXT, mentions=_list(_TEXT), spans=_list(_SPAN), engine=_TEXT)),
        ),
        _need("license", _TEXT),
        _need("fingerprint", _TEXT),
        _need("schema_version", _TEXT),
    ]
)

REJECTS = pa.schema(
    [
        _need("key", _TEXT),
        _need("stage", _TEXT),
        _need("code", _TEXT),
        _need("outcome", _TEXT),
        _need("unit", _TEXT),
        _need("id", _TEXT),
        _need("detail", _TEXT),
        _need("video_id", _TEXT),
        _need("question_id", _TEXT),
        _need("trajectory_id", _TEXT),
        _need("line", _INT),
        _need("dataset", _TEXT),
        _need("fingerprint", _TEXT),
        _need("schema_version", _TEXT),
    ]
)

CALLS = pa.schema(
    [
        _need("id", _TEXT),
        _need("entry_json", _TEXT),
        _need("fingerprint", _TEXT),
        _need("schema_version", _TEXT),
    ]
)

SCHEMAS: dict[str, pa.Schema] = {
    "sft_parquet": SFT,
    "rl": rl_schema(Dialect()),
    "trajectories": TRAJECTORIES,
    "timelines": TIMELINES,
    "rejects": REJECTS,
    "calls": CALLS,
}
"""Folder of a release → the schema of every parquet file in it. `calls` is there only where it is wanted."""


def schema_of(folder: str, dialect: Dialect) -> pa.Schema:
    """The schema of a folder's files in a release whose rows are in that dialect."""
    return rl_schema(dialect) if folder == "rl" else SCHEMAS[folder]


KEYS = {folder: "key" if folder == "rejects" else "id" for folder in SCHEMAS}
"""Folder → the column that names a row: unique, and ascending through the shards of a split."""


def leaf_columns(schema: pa.Schema) -> list[str]:
    """Paths of the parquet columns, as `use_dictionary` names them."""
    return [path for field in schema for path in _leaves(field.name, field.type)]


def _leaves(path: str, kind: pa.DataType) -> Iterator[str]:
    if pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves(f"{path}.{field.name}", field.type)
    elif pa.types.is_list(kind):
        yield from _leaves(f"{path}.list.element", kind.value_type)
    else:
        yield path


def check_row(row: Mapping[str, Any], schema: pa.Schema) -> None:
    """Holds a row to the schema before Arrow sees it: Arrow drops unknown keys and fills missing ones with null.

    Raises:
        ValueError: a key is missing or unknown, or a value is None where the schema promises one; the path is named.
    """
    _check_struct("", row, list(schema))


def _check_struct(path: str, value: Mapping[str, Any], fields: list[pa.Field]) -> None:
    names = [field.name for field in fields]
    if set(value) != set(names):
        odd = sorted(set(value) ^ set(names))
        raise ValueError(f"a row and its schema differ at {path or 'the top'}: {', '.join(odd)}")
    for field in fields:
        _check_value(f"{path}.{field.name}" if path else field.name, value[field.name], field)


def _check_value(path: str, value: Any, field: pa.Field) -> None:
    if value is None:
        if not field.nullable or path.startswith("images"):
            raise ValueError(f"{path} is None, but every row has one")
    elif pa.types.is_struct(field.type):
        _check_struct(path, value, list(field.type))
    elif pa.types.is_list(field.type):
        for item in value:
            _check_value(path, item, field.type.value_field)
