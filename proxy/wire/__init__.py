"""Bytes to frames: knows framing, and nothing of language models."""
