"""Firstbyte: an OpenAI-compatible reverse proxy that fails over before the first byte.

The folders are floors; a file imports its own folder and lower floors only:
    cli -> app -> web -> sim -> engine -> route gate upstream watch -> config store -> codecs surfaces -> wire -> core
`docs/architecture.md` walks one call through them.
"""

__version__ = "0.1.0"
