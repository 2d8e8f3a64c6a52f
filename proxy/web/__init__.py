"""HTTP in and out; the only floor that knows ASGI."""
