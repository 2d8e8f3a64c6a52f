"""Simulated providers that speak the native protocols over real sockets."""
