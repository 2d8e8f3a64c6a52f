"""The house language: shapes, failures, time and JSON. Knows no provider, no HTTP and no file."""
