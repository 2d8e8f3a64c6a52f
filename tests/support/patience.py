"""Time enough, for tests that ask what happens and not how fast this machine is at the moment."""

PATIENT = 30.0
"""Seconds that a store or a server is given."""
