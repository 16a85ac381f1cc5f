"""What pictures cost a model."""

PIXELS_PER_TOKEN = 28 * 28
"""Qwen2.5-VL merges 2 x 2 patches of 14 x 14 pixels into one token; Qwen3-VL's are larger, so this is the upper figure.
"""
