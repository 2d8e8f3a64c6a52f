"""The one door to providers: bytes out, bytes in, failures named."""
