"""Decisions without I/O: which targets, and what a failure means."""
