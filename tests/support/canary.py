"""Secrets that no output may ever hold; tests use them wherever a secret has to be made up."""

CANARY = "canary-5f0c9a"
"""Stands in every one of them; `tests/conftest.py` looks for it in all that the test run prints."""

PROVIDER_KEY = f"sk-{CANARY}-provider-key-0001"
VIRTUAL_KEY = f"fb-{CANARY}-virtual-key-0002"
CALLERS_KEY = f"sk-{CANARY}-callers-own-0003"
