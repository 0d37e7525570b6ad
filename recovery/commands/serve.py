"""`serve`: the JSON API and the pages, over HTTP.

Knows: how the server is started. Must not know: what it answers.
"""

from __future__ import annotations

import os
import tempfile
from typing import Annotated

import typer

from recovery.commands.options import ConfigFile, Settings, read_config


def register(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0: a free one.")
    ] = 8000,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Processes that share the work.")
    ] = 1,
    config_file: ConfigFile = None,
) -> int:
    """Serve the JSON API, the customers' pages and the board until it is told to end."""
    import uvicorn

    from recovery.errors import BadInput
    from recovery.store import open_store

    if workers > 1 and port == 0:
        raise BadInput(
            "port-missing", "several workers share one port", hint="name it", where="--port"
        )
    config = read_config(config_file)
    open_store(config.database_url).close()  # migrated once, and a wrong URL is said here
    if config.api.find_secret() is None:
        name = config.api.secret.removeprefix("env:")
        typer.echo(f"note: {name} is not set: receipts have no check word", err=True)
    path = config_file or Settings.config_path
    if path is not None:
        os.environ["RECOVERY_CONFIG"] = os.path.abspath(path)
    with tempfile.TemporaryDirectory(prefix="recovery-metrics") as folder:
        if workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # before anything counts
        uvicorn.run(
            "recovery.api.serving:create_configured_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            proxy_headers=False,  # `api.trusted_proxies` decides whom to believe
            server_header=False,
            access_log=False,  # the service writes its own, without paths and queries
            log_config=None,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=20,
            h11_max_incomplete_event_size=16_384,
        )
    return 0
