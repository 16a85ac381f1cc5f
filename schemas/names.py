"""The names that an entry of datasets.yaml may use for what lies in a folder of its own: one line here for each.

A file of that name in the folder does the work, and the folder's registry finds it by this line.
"""

TOOLS: dict[str, str] = {
    "clip_retrieval": "clip_retrieval",
    "subtitle_retrieval": "subtitle_retrieval",
    "subtitle_zoom": "subtitle_zoom",
    "caption_zoom": "temporal_zoom",
    "overview": "overview",
    "caption_zoom_fps": "temporal_zoom_fps",
    "caption_zoom_frames": "temporal_zoom_frames",
    "caption_zoom_detail": "temporal_zoom_detail",
    "caption_region": "spatial_zoom",
    "frame_number": "frame_number",
    "frame_time": "frame_time",
    "inspect": "inspect",
    "inspect_node": "inspect_node",
    "get_caption": "get_caption",
    "entity_search": "entity_search",
    "event_grounding": "event_grounding",
    "subtitle_summary": "subtitle_summary",
    "finish": "",
    "web_search": "web_search",
}
"""What a teacher calls a tool: what rows call it, empty for one that is in no row (`transforms/tools/`)."""

SPELLINGS: dict[str, tuple[str, ...]] = {
    "hermes": (),
    "hermes_result": (),
    "hermes_final": (),
    "hermes_clips": (),
    "qwen_xml": (),
    "video_zoom": ("caption_zoom_fps",),
    "grounding": ("caption_zoom_detail",),
    "caption_tree": ("get_caption", "inspect_node"),
    "agents": ("inspect", "event_grounding"),
}
"""A spelling: the tools that it alone has words for, none for all of them (`transforms/dialects/`)."""

EXPORTS: dict[str, bool] = {
    "swift": True,
    "swift_rendered": True,
    "sharegpt": False,
    "trl": False,
    "alpaca": True,
    "rllm": False,
    "crops": False,
    "pairs": False,
    "reflection": False,
    "clips": False,
    "direct": False,
    "qa": False,
    "grounding": False,
    "rl_videoseal": False,
    "rl_longvideoagent": False,
    "rl_longvt": False,
    "rl_longvideo_r1": False,
    "rl_videozoomer": False,
    "rl_video_o3": False,
    "artifacts": False,
}
"""An export: whether it can say which rounds are trained (`transforms/write/exports/`)."""

SPELLED_BY_TRAINERS: tuple[str, ...] = ("swift", "sharegpt")
"""Exports that leave the tags of calls and results to the trainer, which has none for actions."""
