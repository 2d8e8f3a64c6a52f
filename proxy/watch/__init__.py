"""Observers of facts; they listen and are never asked."""
