"""`firstbyte check`: is the configuration right, and can everything in it serve?"""

import argparse
import asyncio
from typing import Final

from proxy.commands.live import Heard, ask_all
from proxy.commands.verb import Verb, add_config_options, load_config, status_of
from proxy.config.problems import ConfigError
from proxy.config.schema import Alias, Config
from proxy.core import jsons
from proxy.core.shape import Json

FORMATS: Final = ("text", "json")


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    add_config_options(parser)
    parser.add_argument(
        "--live",
        action="store_true",
        help="also ask every target of every alias for a word, which costs a few tokens each",
    )
    parser.add_argument(
        "--format", choices=FORMATS, default=FORMATS[0], help="how to say it (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """0: right and every alias can serve; 1: right, but an alias has no usable target; 78: wrong."""
    as_json = arguments.format == "json"
    try:
        config = load_config(arguments, listens=True)
    except ConfigError as error:
        if not as_json:
            raise
        print(jsons.encode_sorted(refused(error), indent=2))
        return status_of(error)
    heard = asyncio.run(ask_all(config)) if arguments.live else ()
    dead = unusable(config, heard)
    if as_json:
        print(jsons.encode_sorted(record(config, dead, heard), indent=2))
    else:
        _print(config, dead, heard)
    return 1 if dead else 0


def _print(config: Config, dead: list[str], heard: tuple[Heard, ...]) -> None:
    for warning in config.warnings:
        print(f"warning: {warning}")
    for each in heard:
        print(f"{'ok' if each.ok else 'fail':4}  {each.target}: {each.message}")
    why = "no target of it answers" if heard else "no target of it can be used now"
    for name in dead:
        print(f"models.{name}: {why}")
    where = config.source or "no configuration file; providers by their key variables"
    usable = sum(not provider.off for provider in config.providers.values())
    print(
        f"{where}: {usable} of {_count(len(config.providers), 'provider')} usable, "
        f"{_count(len(config.models), 'model')}"
    )


def record(config: Config, dead: list[str], heard: tuple[Heard, ...]) -> Json:
    """For programs: what `--format json` prints of a configuration that is right."""
    return {
        "ok": not dead,
        "source": config.source or None,
        "errors": [],
        "warnings": list(config.warnings),
        "unusable": dead,
        "providers": {name: each.off or "usable" for name, each in config.providers.items()},
        "models": list(config.models),
        "live": [{"target": each.target, "ok": each.ok, "message": each.message} for each in heard],
    }


def refused(error: ConfigError) -> Json:
    """For programs: what is wrong with a configuration, by place and path."""
    return {
        "ok": False,
        "errors": [
            {
                "file": each.file,
                "line": each.line or None,
                "column": each.column or None,
                "path": each.path,
                "message": each.message,
            }
            for each in error.problems
        ],
    }


def unusable(config: Config, heard: tuple[Heard, ...] = ()) -> list[str]:
    """The aliases of which no target can serve.

    Args:
        config: What is in force.
        heard: What targets said when they were asked; one that was not asked counts as well.
    """
    mute = {each.target for each in heard if not each.ok}
    return [alias.name for alias in config.models.values() if not _usable(config, alias, mute)]


def _usable(config: Config, alias: Alias, mute: set[str]) -> bool:
    return any(
        (ref.provider not in config.providers or not config.providers[ref.provider].off)
        and f"{ref.provider}/{ref.model}" not in mute
        for ref in alias.refs
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


VERB: Final = Verb(
    "check",
    "check the configuration: exit 0 well, 1 something cannot serve, 78 wrong",
    configure,
    run,
)
