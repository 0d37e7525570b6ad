"""Work in a process of its own that may take only so much time and memory.

Knows: fork, limits, how a child tells what it was doing when it died. Must not know: what is done.

Python can't stop a C function that never returns (an exponent of a billion made an integer), nor one
that asks for all memory: the system can.
"""

from __future__ import annotations

import mmap
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

MEMORY = 768 * 2**20
"""Bytes more than the parent has: the largest honest answer is 64 MiB of JSON."""

_PAGE = 64 * 1024

Note = Callable[[str], None]


def run_limited(
    work: Callable[[Note], None], *, seconds: float, memory: int = MEMORY
) -> str | None:
    """None where ``work`` returned, else how it ended and the last thing it noted.

    ``seconds`` is of processor time, so that a busy machine is no hang; no child lives ten times as long.
    """
    shared = mmap.mmap(-1, _PAGE)
    pid = os.fork()
    if not pid:
        _work_in_child(work, shared, seconds=seconds, memory=memory)
    _, status = os.waitpid(pid, 0)
    doing = shared[:].rstrip(b"\0").decode("utf-8", "replace")
    shared.close()
    if status == 0:
        return None
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number in (signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM):
            return f"did not end within {seconds:g} s: {doing}"
        return f"died of {signal.Signals(number).name}: {doing}"
    return doing


def _work_in_child(
    work: Callable[[Note], None], shared: mmap.mmap, *, seconds: float, memory: int
) -> None:
    def note(text: str) -> None:
        data = text.encode("utf-8", "replace")[: _PAGE - 1]
        shared[:] = data.ljust(_PAGE, b"\0")

    doing = ""

    def note_and_keep(text: str) -> None:
        nonlocal doing
        doing = text
        note(text)

    code = 1
    try:
        _limit(seconds=seconds, memory=memory)
        work(note_and_keep)
        code = 0
    except MemoryError:
        note(f"took more than {memory // 2**20} MiB: {doing}")
    except BaseException as wrong:  # noqa: BLE001  whatever it is, the parent must read it
        frames = traceback.format_exception(type(wrong), wrong, wrong.__traceback__)
        note(f"{doing}\n{''.join(frames)[-6000:]}")
    finally:
        sys.stdout.flush()
        os._exit(code)


def _limit(*, seconds: float, memory: int) -> None:
    has = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (has + memory, has + memory))
    used = resource.getrusage(resource.RUSAGE_SELF)
    whole = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
