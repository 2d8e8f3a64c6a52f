"""What a store is given where a test asks what it does: how fast this machine is at the moment is another question."""

PATIENT = 30.0
"""Seconds."""
