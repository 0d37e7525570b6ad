"""How a command speaks: JSON for programs, tables and colour for a person, plain text for a pipe.

Knows: stdout and stderr. Must not know: what the documents mean.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer

from recovery.errors import RecoveryError


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def show(document: Mapping[str, Any], *, as_json: bool, person: Callable[[], None]) -> None:
    """The document for a program, or what ``person`` prints."""
    from recovery.commands.options import Settings

    if as_json:
        said = {"profiles": dict(Settings.profiles)} if Settings.profiles else {}
        print_json({**document, **said})
    else:
        person()


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
    """A table for a terminal, a block for each row where it is too narrow; tabs for a pipe.

    Cells are never broken: an id or a hash that is split can't be copied.
    """
    if not sys.stdout.isatty():
        print_lines(["\t".join(headers), *("\t".join(map(_harmless, row)) for row in rows)])
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    lines = [headers, *([_printable(_one_line(cell)) for cell in row] for row in rows)]
    width = sum(max(len(line[i]) for line in lines) + 3 for i in range(len(headers))) + 1
    if width > console.width:
        for row in rows:
            named = zip(headers[1:], row[1:], strict=True)
            print_facts(_one_line(row[0]) or "-", [(name, cell) for name, cell in named if cell])
        return
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for header in headers:
        table.add_column(header, no_wrap=True)
    for line in lines[1:]:
        # Text, never markup: a token's symbol or a memo may hold square brackets
        table.add_row(*map(Text, line))
    console.print(table)


def print_lines(lines: Sequence[str]) -> None:
    for line in lines:
        sys.stdout.write(_printable(line) + "\n")


def print_facts(title: str, facts: Sequence[tuple[str, str]]) -> None:
    """A heading and aligned name-value lines."""
    width = max((len(name) for name, _ in facts), default=0)
    heading = typer.style(title, bold=True) if sys.stdout.isatty() else title
    sys.stdout.write(heading + "\n")
    print_lines([f"  {name.ljust(width)}  {_one_line(value)}" for name, value in facts])


def _harmless(text: str) -> str:
    """One line that a spreadsheet takes as text: it would run a cell that begins like a formula."""
    line = _one_line(text)
    number = line[1:].replace(".", "", 1).isdigit()
    formula = line[:1] in ("=", "+", "@") or (line[:1] == "-" and len(line) > 1 and not number)
    return f"'{line}" if formula else line


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _printable(text: str) -> str:
    """Without control characters: chain text must not drive the reader's terminal."""
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def fail(error: RecoveryError, *, as_json: bool) -> int:
    """Print the error where its reader looks; returns the exit code."""
    if as_json:
        from recovery.documents import print_error

        print_json(print_error(error))
    colour = sys.stderr.isatty()
    label = typer.style("error", fg="red", bold=True) if colour else "error"
    lines = [_printable(line) for line in error.text.split("\n")]
    typer.echo(f"{label} [{error.reference}]: " + "\n".join(lines), err=True)
    if error.hint:
        typer.echo(f"  hint: {_printable(error.hint)}", err=True)
    return error.exit_code


def fail_unexpectedly(bug: Exception, *, as_json: bool) -> int:
    """An error of ours: the trace goes to stderr for the report, the code is 4."""
    import traceback

    traceback.print_exception(bug)
    error = RecoveryError(
        "internal-error",
        f"this is a bug in recovery: {type(bug).__name__}",
        hint="please report it with the trace on stderr; nothing half-done was stored",
    )
    return fail(error, as_json=as_json)
