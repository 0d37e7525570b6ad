"""What a server process runs: the application of the configured database, and its log.

Knows: the environment of a process of the server. Must not know: routes.
"""

from __future__ import annotations

import logging
import sys

from fastapi import FastAPI

from recovery.api.app import create_app
from recovery.config import load_config


def create_configured_app() -> FastAPI:
    """The factory that every process of the server calls (``RECOVERY_CONFIG`` names the file)."""
    if not logging.getLogger().handlers:
        logging.basicConfig(
            stream=sys.stderr,
            level=logging.INFO,
            format="%(asctime)s %(name)s %(levelname)s %(message)s",
        )
        for chatty in ("httpx", "alembic", "httpcore"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        # a line of the log says none of it, and it is looked up for every one
        logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    return create_app(load_config())
