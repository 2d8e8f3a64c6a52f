"""Tries targets until one speaks."""
