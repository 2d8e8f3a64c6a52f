"""Native protocols to and from the chat shape; pure."""
