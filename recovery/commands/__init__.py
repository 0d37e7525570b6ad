"""The `recovery` command: parse, one call into the rooms, print.

Knows: options, exit codes, output forms. Must not know: any rule of the house. Nothing heavy is
imported before a command runs: `recovery --help` must answer at once.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from recovery.commands import (
    cases,
    consent,
    demo,
    evidence,
    keys,
    notices,
    proofs,
    records,
    report,
    rescan,
    scan,
    serve,
    transitions,
)
from recovery.commands.options import Settings
from recovery.commands.output import fail, fail_unexpectedly
from recovery.errors import BadInput, RecoveryError

app = typer.Typer(
    name="recovery",
    help="Why was this deposit not credited, what does the way back cost, who signs it off?",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def configure(
    config: Annotated[
        str | None, typer.Option("--config", help="Configuration file (or RECOVERY_CONFIG).")
    ] = None,
) -> None:
    """Why was this deposit not credited, what does the way back cost, who signs it off?"""
    Settings.config_path = config
    Settings.profiles = {}


for room in (
    evidence,
    cases,
    transitions,
    consent,
    proofs,
    records,
    demo,
    scan,
    rescan,
    report,
    serve,
    keys,
    notices,
):
    room.register(app)


def _find_command(args: list[str]) -> list[str]:
    """The words of ``args`` that name a command, such as ``key revoke``: as far as they do."""
    named: list[str] = []
    level = typer.main.get_command(app)
    for word in args[2:] if args[0] == "--config" else args:
        commands: dict[str, Any] = getattr(level, "commands", {})
        if word not in commands:
            break
        named.append(word)
        level = commands[word]
    return named


def main(args: list[str] | None = None) -> None:
    """Run the command and exit with the contract's code."""
    sys.exit(run(sys.argv[1:] if args is None else args))


def _refuse_unreadable(args: list[str]) -> None:
    """Bytes that are no UTF-8 arrive as halves of surrogate pairs, which no database stores."""
    for arg in args:
        try:
            arg.encode()
        except UnicodeEncodeError:
            raise BadInput(
                "not-utf-8",
                f"{arg[:80]!a} is not UTF-8 text",
                hint="set the terminal to UTF-8, or pass the text by a file",
            ) from None


_INTERRUPTED = 130


def run(args: list[str]) -> int:
    """Run one command; returns the exit code 0 done, 1 no, 2 bad input, 3 could not ask, 4 bug."""
    as_json = "--json" in args
    if not args:
        app(["--help"], prog_name="recovery", standalone_mode=False)
        return BadInput.exit_code
    try:
        _refuse_unreadable(args)
        code = app(args, prog_name="recovery", standalone_mode=False)
    except RecoveryError as known:
        return fail(known, as_json=as_json)
    except typer.TyperException as usage:
        hint = " ".join(("recovery", *_find_command(args), "--help"))
        wrong = BadInput("bad-usage", usage.format_message(), hint=hint)
        return fail(wrong, as_json=as_json)
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader left; Python would complain while closing stdout
        return 0
    except Exception as bug:  # noqa: BLE001  the outermost edge: exit code 4, never a bare trace
        return fail_unexpectedly(bug, as_json=as_json)
    if code == _INTERRUPTED:  # typer's own answer to Ctrl-C
        sys.stderr.write("interrupted; what was finished is kept\n")
    return code if isinstance(code, int) else 0
