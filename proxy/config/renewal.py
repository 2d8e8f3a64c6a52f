"""Takes the configuration anew while a process runs, all of it or nothing, and says what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from proxy.config.changes import check_exposure, too_late
from proxy.config.problems import ConfigError
from proxy.config.schema import Config

_log: Final = logging.getLogger("firstbyte")


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload came to."""

    source: str = ""
    """The file that was read, empty where there is none."""
    problems: tuple[str, ...] = ()
    """Why the old configuration stays in force; empty where the new one is."""
    warnings: tuple[str, ...] = ()
    """What an operator should know of the new one."""

    def tell(self) -> None:
        """Say it in the log; of a reload that went well, once it is in force."""
        for problem in self.problems:
            _log.error("not reloaded: %s", problem)
        if self.problems:
            return
        # As loud as a warning: whoever sent the signal looks here for what became of it.
        _log.warning("reloaded %s", self.source or "from the environment")
        for warning in self.warnings:
            _log.warning("%s", warning)


class Renewal:
    """Reads again what a process started with.

    Args:
        began: What it started with.
        load: Loads it anew.
    """

    def __init__(self, began: Config, load: Callable[[], Config]) -> None:
        self._began = began
        self._load = load

    def read(self) -> tuple[Config | None, Reloaded]:
        """The new configuration, or None where it cannot be used, and what is to be said of it."""
        try:
            config = self._load()
            check_exposure(self._began, config)
        except ConfigError as error:
            return None, Reloaded(problems=tuple(map(str, error.problems)))
        late = too_late(self._began, config)
        sentence = f"{', '.join(late)}: what changed here takes effect at the next start"
        return config, Reloaded(
            config.source, warnings=(*config.warnings, *([sentence] if late else ()))
        )
