"""Reading a CSV file as the outer contract defines it: UTF-8, a header row, one record a line.

Knows: encodings, quotes, headers, line numbers. Must not know: what any column means. Cells are
text and nothing else: a cell that begins with ``=`` is that text.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from recovery.errors import BadInput, ManyProblems, Problem

MAX_LINE_BYTES = 100_000
"""No honest record is longer; a file without line ends must not fill the memory."""

MAX_PROBLEMS = 1_000
"""Bad lines that are told apart; more are counted, nobody reads them one by one."""

_LITERAL = frozenset({"memo"})
"""Columns whose spaces at the ends are part of the value: a memo counts exactly as registered."""

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_NOT_UTF8 = re.compile("[\ud800-\udfff]")


class Problems:
    """Bad lines, collected until the whole file was read; then all are raised together."""

    def __init__(self, path: Path, kind: str) -> None:
        self._path = path
        self._kind = kind
        self._found: dict[int, str] = {}
        self._uncounted = 0

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, line: int, text: str) -> None:
        if len(self._found) < MAX_PROBLEMS:
            self._found.setdefault(line, text)
        else:
            self._uncounted += 1

    def raise_if_any(self) -> None:
        if not self._found:
            return
        listed = [Problem(f"{self._path}:{n}", t) for n, t in sorted(self._found.items())]
        if self._uncounted:
            listed.append(Problem(f"{self._path}", f"and {self._uncounted} more bad lines"))
        raise ManyProblems(
            "bad-import",
            f"{self._path.name} has bad lines; nothing was imported",
            tuple(listed),
            hint=f"docs/operator.md describes the columns of {self._kind}",
        )


class CsvFile:
    """One pass over a file. ``sha256`` is that of the bytes read so far."""

    def __init__(
        self,
        path: Path,
        *,
        required: tuple[str, ...],
        optional: tuple[str, ...],
        problems: Problems,
    ) -> None:
        self._path = path
        self._required = required
        self._known = (*required, *optional)
        self._problems = problems
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Line number and cells by column; bad lines go to the problems, the reading goes on.

        A column that the file does not have is no key of the cells. Raises `BadInput` where the
        file can't be read, has no usable header, or breaks off inside quotes.
        """
        try:
            with self._path.open("rb") as file:
                yield from self._rows(file)
        except OSError as error:
            raise BadInput(
                "unreadable-file",
                f"can't read {self._path}: {error.strerror or error}",
                where=str(self._path),
            ) from None
        except csv.Error as error:
            raise BadInput(
                "bad-csv",
                f"line {self._line}: {error}",
                hint="quotes go around a whole cell and are doubled inside it; lines end in LF or CRLF",
                where=f"{self._path}:{self._line}",
            ) from None

    def _rows(self, file: BinaryIO) -> Iterator[tuple[int, dict[str, str]]]:
        self._line = 1
        reader = csv.reader(self._lines(file), strict=True)
        header = next((cells for cells in reader if cells), None)
        if header is None:
            raise BadInput(
                "empty-file",
                f"{self._path.name} is empty",
                hint=f"the first line names the columns: {', '.join(self._known)}",
                where=str(self._path),
            )
        columns = self._parse_header(header)
        literal = [column for column in columns if column in _LITERAL]
        self._line = reader.line_num + 1
        for cells in reader:
            line, self._line = self._line, reader.line_num + 1
            if not cells:  # an empty line
                continue
            wrong = self._find_fault(cells, len(columns))
            if wrong:
                self._problems.add(line, wrong)
                continue
            row = dict(zip(columns, map(str.strip, cells), strict=True))
            for column in literal:
                row[column] = cells[columns.index(column)]
            yield line, row

    def _lines(self, file: BinaryIO) -> Iterator[str]:
        """Lines as text; bytes that are not UTF-8 become surrogates, which `_find_fault` finds."""
        number = 0
        while raw := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(raw) > MAX_LINE_BYTES:
                raise BadInput(
                    "bad-csv",
                    f"line {number} is longer than {MAX_LINE_BYTES} bytes",
                    hint="lines end in LF or CRLF",
                    where=f"{self._path}:{number}",
                )
            self._hash.update(raw)
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            yield raw.decode("utf-8", "surrogateescape")

    @staticmethod
    def _find_fault(cells: list[str], columns: int) -> str:
        if len(cells) != columns:
            return f"has {len(cells)} cells, the header {columns} (cells are separated by commas)"
        text = "".join(cells)
        if text.isprintable():
            return ""
        if _NOT_UTF8.search(text):
            return "is not UTF-8"
        found = _UNPRINTABLE.search(text)
        return f"holds the control character U+{ord(found[0]):04X}" if found else ""

    def _parse_header(self, header: list[str]) -> list[str]:
        if wrong := self._find_fault(header, len(header)):
            raise BadInput(
                "bad-header",
                f"the header {wrong}",
                hint="save the file as CSV in UTF-8",
                where=f"{self._path}:1",
            )
        columns = [name.strip().lower() for name in header]
        faults = [
            f"there is no column {n!r}{self._near(n)}" for n in columns if n not in self._known
        ]
        faults += [
            f"column {n!r} stands twice" for n in dict.fromkeys(columns) if columns.count(n) > 1
        ]
        faults += [f"column {name!r} is missing" for name in self._required if name not in columns]
        if faults:
            raise BadInput(
                "bad-header",
                f"the header is wrong: {'; '.join(faults)}",
                hint=f"columns: {', '.join(self._known)} (required: {', '.join(self._required)})",
                where=f"{self._path}:1",
            )
        return columns

    def _near(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._known, n=1, cutoff=0.5)
        return f", did you mean {near[0]!r}?" if near else ""
