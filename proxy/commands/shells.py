"""The command's tree as completion scripts, for bash, zsh and fish.

Each script finds out which command the words before the cursor are, and then offers what may follow it; all that it
needs is written into it, so that a key press never waits for Python.

Source: bash(1), programmable completion; zshcompsys(1) and zshcompwid(1); fish's `complete` (read 2026-11-21).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from proxy.commands.tree import Command, Option

PROGRAM: Final = "firstbyte"

_BASH: Final = """\
_firstbyte() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} at='' skip='' word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ -n $skip ]]; then skip=''; continue; fi
        case "$at $word" in
@VALUED@) skip=1 ;;
@COMMANDS@) at="${at:+$at }$word" ;;
        esac
    done
    local IFS=$'\\n'
    COMPREPLY=()
    if [[ -n $skip ]]; then
        case "$at $before" in
@VALUES@
        esac
        return
    fi
    case "$at" in
@WORDS@
    esac
}
complete -F _firstbyte firstbyte
"""

_ZSH: Final = """\
#compdef firstbyte
_firstbyte() {
    local at='' skip='' word before=${words[CURRENT-1]}
    local -a offered
    for word in ${words[2,CURRENT-1]}; do
        if [[ -n $skip ]]; then skip=''; continue; fi
        case "$at $word" in
@VALUED@) skip=1 ;;
@COMMANDS@) at="${at:+$at }$word" ;;
        esac
    done
    if [[ -n $skip ]]; then
        case "$at $before" in
@VALUES@
        esac
        return
    fi
    case "$at" in
@WORDS@
    esac
    _describe 'firstbyte' offered
}
if [[ ${funcstack[1]} == _firstbyte ]]; then _firstbyte "$@"; else compdef _firstbyte firstbyte; fi
"""

_FISH: Final = """\
function __firstbyte_at
    set -l at
    set -l skip
    for word in (commandline -opc)[2..-1]
        if test -n "$skip"
            set skip
            continue
        end
        switch "$at $word"
@VALUED@
                set skip 1
@COMMANDS@
                set at (string trim "$at $word")
        end
    end
    test "$at" = "$argv"
end
complete -c firstbyte -f
@WORDS@
"""


def bash(tree: Command) -> str:
    """For bash 3.2 and newer: to be sourced."""
    values = (
        f"{_keys(command, option)}) {_bash_reply(list(option.words), option.files)}"
        for command, option in _offering(tree)
    )
    words = (
        f"{_quoted(' '.join(command.path))}) {_bash_reply(_offered(command), _takes_files(command))}"
        for command in tree.walk()
    )
    return _filled(_BASH, tree, values, words)


def _bash_reply(words: list[str], files: bool) -> str:  # noqa: FBT001 (a fact of the row)
    listed = "\\n".join(words)
    known = f"$(compgen -W $'{listed}' -- \"$current\")" if words else ""
    if not files:
        return f"COMPREPLY=({known})"
    paths = '$(compgen -f -- "$current")'
    return f"COMPREPLY=({' '.join(filter(None, (known, paths)))}); compopt -o filenames 2>/dev/null"


def zsh(tree: Command) -> str:
    """For zsh: to be sourced after `compinit`, or kept as `_firstbyte` in a folder of `fpath`."""
    values = (
        f"{_keys(command, option)}) {_zsh_value(option)}" for command, option in _offering(tree)
    )
    words = (
        f"{_quoted(' '.join(command.path))}) {'_files; ' if _takes_files(command) else ''}"
        f"offered=({_zsh_words(command)})"
        for command in tree.walk()
    )
    return _filled(_ZSH, tree, values, words)


def _zsh_words(command: Command) -> str:
    return " ".join(_quoted(f"{name}:{said}") for name, said in _described(command))


def _zsh_value(option: Option) -> str:
    return "_files" if option.files else f"compadd -- {' '.join(map(_quoted, option.words))}"


def fish(tree: Command) -> str:
    """For fish: to be sourced, or kept as `firstbyte.fish` in `~/.config/fish/completions`."""
    lines = [line for command in tree.walk() for line in _fish_lines(command)]
    valued = " ".join(_quoted(key) for key in _value_keys(tree))
    commands = " ".join(_quoted(key) for key in _command_keys(tree))
    script = _FISH.replace("@VALUED@", f"            case {valued}")
    script = script.replace("@COMMANDS@", f"            case {commands}")
    return script.replace("@WORDS@", "\n".join(lines))


def _fish_lines(command: Command) -> Iterator[str]:
    here = f"complete -c {PROGRAM} -n {_fish_quoted(' '.join(('__firstbyte_at', *command.path)))}"
    for each in command.commands:
        yield f"{here} -a {each.path[-1]} -d {_fish_quoted(_plain(each.help))}"
    for option in command.options:
        words = f" -a {_fish_quoted(' '.join(option.words))}" if option.words else ""
        if not option.names:
            if words or option.files:
                yield f"{here}{' -F' if option.files else words}"
            continue
        flags = "".join(
            f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}"
            for name in option.names
        )
        value = (" -r -F" if option.files else f" -x{words}") if option.takes else ""
        yield f"{here}{flags}{value} -d {_fish_quoted(_plain(option.help))}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _filled(script: str, tree: Command, values: Iterator[str], words: Iterator[str]) -> str:
    """A script of bash or zsh, whose patterns are the same.

    Args:
        script: With its slots.
        tree: The commands.
        values: For each option whose value is known, what is offered, as an arm of a `case`.
        words: The same for each command.
    """
    valued = "|".join(_quoted(key) for key in _value_keys(tree))
    commands = "|".join(_quoted(key) for key in _command_keys(tree))
    for slot, text in (
        ("@VALUED@", f"            {valued}"),
        ("@COMMANDS@", f"            {commands}"),
        ("@VALUES@", "\n".join(f"            {arm} ;;" for arm in values)),
        ("@WORDS@", "\n".join(f"        {arm} ;;" for arm in words)),
    ):
        script = script.replace(slot, text)
    return script


def _valued(tree: Command) -> Iterator[tuple[Command, Option]]:
    """Every option that a value follows, with its command."""
    for command in tree.walk():
        for option in command.options:
            if option.takes and option.names:
                yield command, option


def _offering(tree: Command) -> Iterator[tuple[Command, Option]]:
    """Those for whose value something can be offered."""
    return ((command, option) for command, option in _valued(tree) if option.words or option.files)


def _takes_files(command: Command) -> bool:
    """Whether a value by itself is a file."""
    return any(option.files for option in command.options if not option.names)


def _value_keys(tree: Command) -> Iterator[str]:
    for command, option in _valued(tree):
        for name in option.names:
            yield f"{' '.join(command.path)} {name}"


def _command_keys(tree: Command) -> Iterator[str]:
    for command in tree.walk():
        if command.path:
            yield f"{' '.join(command.path[:-1])} {command.path[-1]}"


def _keys(command: Command, option: Option) -> str:
    return "|".join(_quoted(f"{' '.join(command.path)} {name}") for name in option.names)


def _described(command: Command) -> Iterator[tuple[str, str]]:
    """What may follow a command, each with a line about it."""
    for each in command.commands:
        yield each.path[-1], _plain(each.help)
    for option in command.options:
        for word in () if option.names else option.words:
            yield word, ""
        for name in option.names:
            yield name, _plain(option.help)


def _offered(command: Command) -> list[str]:
    return [name for name, _ in _described(command)]


def _plain(text: str) -> str:
    """Help on one line."""
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


SHELLS: Final[Mapping[str, Callable[[Command], str]]] = {"bash": bash, "zsh": zsh, "fish": fish}
