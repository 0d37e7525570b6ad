"""Options that many commands share, and what they stand for.

Knows: names and help of options. Must not know: what the rooms do with them.
"""

from __future__ import annotations

import getpass
import os
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

if TYPE_CHECKING:
    from recovery.config import Config
    from recovery.scan.cluster import Cluster
    from recovery.scan.processes import Processes

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]
ConfigFile = Annotated[
    str | None, typer.Option("--config", help="Configuration file (or RECOVERY_CONFIG).")
]
Actor = Annotated[
    str | None, typer.Option("--actor", help="Who does this (default: the system's user).")
]
NetworkName = Annotated[
    str | None, typer.Option("--network", help="Network code, name, alias or CAIP-2 id.")
]
User = Annotated[str | None, typer.Option("--user", help="The customer's id.")]
ClaimedAddress = Annotated[str | None, typer.Option("--address", help="The deposit address used.")]
ClaimedMemo = Annotated[str | None, typer.Option("--memo", help="The memo or tag used.")]
ClaimedAsset = Annotated[
    str | None, typer.Option("--asset", help="The asset, as the customer says.")
]
ClaimedAmount = Annotated[
    str | None, typer.Option("--amount", help="Whole coins, as typed: compared, never believed.")
]
ReturnTo = Annotated[str | None, typer.Option("--return-to", help="Where to send it back.")]
ReturnMemo = Annotated[str | None, typer.Option("--return-memo", help="Memo of that address.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the trail.")]
ClusterAddress = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="Scheduler of a Dask cluster that looks."),
]
ProcessCount = Annotated[
    int,
    typer.Option(
        "--processes", min=1, max=64, help="Look in so many processes; each keeps one core busy."
    ),
]
CaseId = Annotated[str, typer.Argument(metavar="ID", help="The case's id.")]
TxHash = Annotated[str, typer.Argument(metavar="HASH", help="Transaction hash or explorer URL.")]


class Settings:
    """What was given before the command's name, and what every document of the command must say."""

    config_path: ClassVar[str | None] = None
    profiles: ClassVar[dict[str, str]] = {}


def open_executor(
    address: str | None, processes: int, config: Config
) -> AbstractContextManager[Cluster | Processes | None]:
    """The cluster that was named, or processes of this machine; None is this process alone."""
    if address is not None and processes > 1:
        from recovery.errors import BadInput

        raise BadInput(
            "two-executors",
            "a cluster's workers are counted where they are started",
            hint="give --cluster or --processes; `dask worker --nworkers N` starts more of them",
            where="--processes",
        )
    if address is not None:
        from recovery.scan.cluster import open_cluster

        return open_cluster(address, config)
    if processes > 1:
        from recovery.scan.processes import open_processes

        return open_processes(processes, config)
    return nullcontext()


def read_config(path: str | None) -> Config:
    """The configuration; a development profile in force is said on stderr, and in the document."""
    from recovery.config import load_config

    config = load_config(path or Settings.config_path)
    Settings.profiles = {str(code): profile for code, profile in config.profiles().items()}
    for code, profile in Settings.profiles.items():
        typer.echo(f"note: {code} runs with the development profile {profile!r}", err=True)
    return config


def name_actor(actor: str | None) -> str:
    """The given actor, else the operating system's user."""
    if actor is not None:
        return actor
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
