"""Inbound APIs to and from the chat shape; pure."""
