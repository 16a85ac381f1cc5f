"""How to load what is in a repository: the part of its card that a reader copies."""

from collections.abc import Mapping, Sequence
from typing import Any

from transforms.publish.files import Outgoing, Repository


def from_parquet(repository: Repository, dataset: str, jsonl: str) -> str:
    """The section for a parquet repository; `jsonl` is the repository beside it, empty when there is none."""
    folder = repository.id.split("/")[1]
    sft, rl = _first_split(repository.files, "sft_parquet"), _first_split(repository.files, "rl")
    at = f'revision="{repository.tag}"'
    lines = [
        f'{config} = load_dataset("{repository.id}", "{config}", split="{_split(paths[0])}", {at})'
        for config, paths in (("sft", sft), ("rl", rl))
        if paths
    ]
    names = ",".join(f"{dataset}_{name}" for name in map(_entry, sft))
    here = [f"{folder}/{path}" for path in sft]
    parts = [
        f"Name the version, `{repository.tag}`, and what you load stays what it is; `main` is the newest one. With"
        " `datasets` (3.6 or later), pictures come as pictures:",
        _code("python", "from datasets import load_dataset", "", *lines),
        "Trainers that take files want them on disk:",
        _download(repository),
    ]
    if sft:
        parts += [
            "verl. Frames make rows long, and verl's own limits are short: SFT stops at a row over `max_length` (1024),"
            " RL at a prompt over `max_prompt_length` (512), or it drops the row without a word where"
            " `filter_overlong_prompts` is set. `image_patch_size` is the model's: 16 for Qwen3-VL, 14 for Qwen2.5-VL."
            " The system message of an RL row lists the tools already; do not let a tool config list them again.",
            _code(
                "",
                f"data.train_files={_hydra(here)} data.messages_key=messages data.max_length=32768"
                " data.max_token_len_per_gpu=32768",
                *(
                    [
                        f"data.train_files={_hydra([f'{folder}/{path}' for path in rl])} data.max_prompt_length=16384"
                        " data.image_patch_size=16"
                    ]
                    if rl
                    else []
                ),
            ),
            "ms-swift; the frames are inside, so no paths are involved. GRPO takes the files of `rl/` in the same way.",
            _code("", f"swift sft --dataset {' '.join(here)}"),
            "LLaMA-Factory, by the `dataset_info.json` of this repository. Rows over `cutoff_len` (2048) are cut"
            " without a word. The template is that of the model, here Qwen3-VL's.",
            _code(
                "",
                f"dataset_dir: {folder}",
                f"dataset: {names}",
                "template: qwen3_vl_nothink",
                "cutoff_len: 32768",
            ),
            "TRL, once each message's content is a list of parts: TRL puts the pictures of messages that are strings"
            " before the first question. Train with `assistant_only_loss=True`.",
            _code("python", _AS_PARTS),
        ]
    parts.append(
        "EasyR1 and OpenRLHF read the same RL rows (`problem`, `answer`, `images`; `prompt`). Foreign text that looked"
        " like markup of a trainer is quoted with a backslash behind its bracket: `<\\image>`."
        + (f" The same rows as JSON lines, with frames as files, are [{jsonl}](/datasets/{jsonl})." if jsonl else "")
    )
    return "\n\n".join(parts)


def from_jsonl(repository: Repository, dataset: str, parquet: str) -> str:
    """The section for a jsonl repository beside `parquet`."""
    folder = repository.id.split("/")[1]
    sft = _first_split(repository.files, "sft", ".jsonl")
    names = ",".join(f"{dataset}_{name}" for name in map(_entry, sft))
    local = " ".join(path.removeprefix("sft/") for path in sft)
    parts = [
        f"The rows of [{parquet}](/datasets/{parquet}) as JSON lines. Their frames, and what else they name, travel in"
        " tar files, which are unpacked once, where they lie:",
        _download(repository, f'for tar in {folder}/*.tar; do tar -xf "$tar" -C {folder}; done'),
        "Image paths in `sft/*.jsonl` are then relative to `sft/`, in the other folders to the folder of this card.",
    ]
    if sft:
        parts += [
            "ms-swift takes image paths as relative to the working directory, so start it inside `sft/`, or set"
            " `ROOT_IMAGE_DIR` to that folder.",
            _code("", f"cd {folder}/sft && swift sft --dataset {local}"),
            "LLaMA-Factory takes them as relative to `media_dir`, which is `dataset_dir` unless it is set. Rows over"
            " `cutoff_len` (2048) are cut without a word. The template is that of the model, here Qwen3-VL's.",
            _code(
                "",
                f"dataset_dir: {folder}/sft",
                f"dataset: {names}",
                "template: qwen3_vl_nothink",
                "cutoff_len: 32768",
            ),
        ]
    parts.append(f"verl, TRL and `datasets` load {parquet}, which has the frames inside.")
    return "\n\n".join(parts)


def llama_factory(files: Sequence[Outgoing], dataset: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """dataset_info.json of a parquet repository: LLaMA-Factory's name, file and `form` for every SFT file with rows."""
    paths = [file.path for file in files if file.path.startswith("sft_parquet/") and file.rows]
    return {f"{dataset}_{_entry(path)}": {"file_name": path, **form} for path in paths}


def _first_split(files: Sequence[Outgoing], folder: str, ext: str = ".parquet") -> list[str]:
    """The files with rows of the split to train on, or of the first there is."""
    inside = [file.path for file in files if file.path.startswith(f"{folder}/") and file.rows]
    paths = [path for path in inside if path.endswith(ext)]
    splits = sorted(map(_split, paths), key=lambda split: (split != "train", split))
    return sorted(path for path in paths if _split(path) == splits[0])


def _split(path: str) -> str:
    return path.rsplit("/", 1)[1].split("-")[0]


def _entry(path: str) -> str:
    """The part of LLaMA-Factory's name that says which file it is; a split of one file has no number."""
    split, number, _, count = path.rsplit("/", 1)[1].split(".")[0].split("-")
    return f"{split}_{number}" if int(count) > 1 else split


def _download(repository: Repository, *more: str) -> str:
    folder = repository.id.split("/")[1]
    line = f"hf download {repository.id} --repo-type dataset --revision {repository.tag} --local-dir {folder}"
    return _code("bash", line, *more)


def _hydra(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"[{','.join(paths)}]"


def _code(language: str, *lines: str) -> str:
    return "\n".join([f"```{language}", *lines, "```"])


_AS_PARTS = """def as_parts(content):
    pairs = [({"type": "image"}, {"type": "text", "text": text}) for text in content.split("<image>")]
    return [part for pair in pairs for part in pair][1:]


def in_parts(messages):
    return {"messages": [{"role": one["role"], "content": as_parts(one["content"])} for one in messages]}


sft = sft.map(in_parts, input_columns=["messages"])"""
