"""Traces to a collector, where the operator wants them: the standard variables of OpenTelemetry switch them on.

They need the extra `otel`. Without it, and without the variables, nothing of it is loaded.

Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/,
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ (read 2026-11-21).
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping
from typing import Final, Protocol

from proxy.config.schema import Config
from proxy.core.clock import Clock
from proxy.core.facts import Fact

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Either of them says where the collector is."""
DISABLED: Final = "OTEL_SDK_DISABLED"
EXPORTER: Final = "OTEL_TRACES_EXPORTER"
_log: Final = logging.getLogger("firstbyte.traces")


class Spans(Protocol):
    """An observer that sends a span for each call and each try."""

    def on(self, fact: Fact) -> None:
        """Take note."""
        ...

    def adopt(self, config: Config) -> None:
        """Name things by this configuration from now on."""
        ...

    def samples(self, trace: int) -> bool:
        """Whether a trace that begins here, with this id, is kept."""
        ...

    def close(self) -> None:
        """Send what is left, for a moment at the most."""
        ...


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether the variables ask for traces."""
    disabled = environ.get(DISABLED, "").strip().lower() == "true"
    exporters = environ.get(EXPORTER, "").strip().lower()
    return (
        any(environ.get(name) for name in ENDPOINTS) and not disabled and exporters in ("", "otlp")
    )


def spans(config: Config, clock: Clock, environ: Mapping[str, str]) -> Spans | None:
    """Whoever sends traces; None where nobody wants them, or the extra is not installed, which is told.

    Args:
        config: What is in force.
        clock: Time.
        environ: The environment; the library reads the rest of its variables by itself.
    """
    if not is_wanted(environ):
        return None
    try:
        # Loaded by name, so that nobody else pays for a library that takes a fifth of a second to load.
        otel = importlib.import_module("proxy.watch.otel")
    except ModuleNotFoundError as error:
        _log.warning(
            "traces are asked for, and %s is not installed: pip install 'firstbyte[otel]'",
            error.name,
        )
        return None
    sender: Spans = otel.sender(config, clock)
    return sender
