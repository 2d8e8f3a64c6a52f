"""The whole configuration, declared once: every key with its kind, its default and what it does."""
