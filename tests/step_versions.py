"""Which code decides what each memoised step answers, and the digest of that code.

A memo is found again by its step's VERSION, not by the code. When code changes that can change an answer, VERSION must
be raised, or old answers would pass for new ones. `python -m tests.step_versions` writes the lock file anew: run it
after raising the VERSION, or when the change cannot change an answer.
"""

import ast
import hashlib
import importlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = Path(__file__).with_suffix(".json")

STEPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sha256": ("transforms.read.identify", ("transforms/read/identify.py",)),
    "scan": (
        "transforms.perceive.scan",
        (
            "transforms/perceive/scan.py",
            "transforms/perceive/shots.py",
            "transforms/perceive/bounds.py",
            "transforms/perceive/clips.py",
            "transforms/perceive/screens.py",
            "transforms/perceive/strokes.py",
            "transforms/media/*.py",
        ),
    ),
    "ocr": (
        "transforms.perceive.ocr",
        (
            "transforms/perceive/ocr.py",
            "transforms/engines/ocr.py",
            "transforms/engines/ocr_paddle.py",
            "transforms/engines/columns.py",
        ),
    ),
    "speech": (
        "transforms.perceive.speech",
        (
            "transforms/perceive/speech.py",
            "transforms/perceive/chunks.py",
            "transforms/engines/asr.py",
            "transforms/engines/asr_whisper.py",
        ),
    ),
    "captions": (
        "transforms.engines.captions_chat",
        (
            "transforms/engines/captions_chat.py",
            "transforms/engines/ask_once.py",
            "transforms/engines/context.py",
            "transforms/engines/structured.py",
            "transforms/engines/chat.py",
            "transforms/engines/chat_openai.py",
        ),
    ),
    "chat": (
        "transforms.explore.loop",
        (
            "transforms/explore/loop.py",
            "transforms/engines/chat.py",
            "transforms/engines/chat_gemini.py",
            "transforms/engines/chat_openai.py",
            "transforms/engines/gemini_files.py",
        ),
    ),
    "inspect": (
        "transforms.engines.inspector",
        (
            "transforms/engines/inspector.py",
            "transforms/engines/ask_once.py",
            "transforms/engines/context.py",
            "transforms/engines/structured.py",
        ),
    ),
    "embed": (
        "transforms.engines.embed_vectors",
        (
            "transforms/engines/embed_vectors.py",
            "transforms/engines/embed_gemini.py",
            "transforms/engines/embed_minilm.py",
            "transforms/engines/embed_openai.py",
        ),
    ),
    "web": ("transforms.engines.web", ("transforms/engines/web.py", "transforms/engines/web_http.py")),
    "planner": (
        "transforms.engines.chat_planner",
        (
            "transforms/engines/chat_planner.py",
            "transforms/engines/planner/*.py",
            "transforms/numbers.py",
            "transforms/text.py",
        ),
    ),
    "frame": ("transforms.frame_store", ("transforms/frame_store.py", "transforms/media/*.py")),
    "clip": ("transforms.clip_store", ("transforms/clip_store.py", "transforms/media/*.py")),
    "exam": (
        "transforms.verify.exam",
        (
            "transforms/verify/exam.py",
            "transforms/engines/ask_once.py",
            "transforms/engines/structured.py",
        ),
    ),
    "same": (
        "transforms.same_answer",
        (
            "transforms/same_answer.py",
            "transforms/engines/ask_once.py",
            "transforms/engines/structured.py",
        ),
    ),
    "reread": (
        "transforms.verify.reread",
        (
            "transforms/verify/reread.py",
            "transforms/engines/ocr.py",
            "transforms/engines/ocr_paddle.py",
            "transforms/engines/columns.py",
        ),
    ),
}
"""Step → the module whose VERSION names it, and the files that decide its answer."""


def current() -> dict[str, dict[str, str]]:
    """Step → its VERSION and the digest of its code as it is now."""
    return {
        step: {"version": str(importlib.import_module(module).VERSION), "code": code_digest(patterns)}
        for step, (module, patterns) in STEPS.items()
    }


def code_digest(patterns: tuple[str, ...]) -> str:
    """Digest of the syntax trees: comments, docstrings and layout do not count."""
    trees = [
        [path.relative_to(ROOT).as_posix(), bare_tree(path.read_text(encoding="utf-8"))]
        for pattern in patterns
        for path in sorted(ROOT.glob(pattern))
    ]
    assert trees, f"no file is named by {patterns}"
    return hashlib.sha256(json.dumps(trees).encode()).hexdigest()


def bare_tree(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_docstring(part)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


if __name__ == "__main__":
    LOCK.write_text(json.dumps(current(), indent=1) + "\n", encoding="utf-8")
    print(f"wrote {LOCK.relative_to(ROOT)}")
