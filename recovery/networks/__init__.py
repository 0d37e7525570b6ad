"""The 32 networks as data: `networks.toml`, and the registry that loads and checks it."""

from recovery.networks.registry import Finality, Network, Registry, load_registry

__all__ = ["Finality", "Network", "Registry", "load_registry"]
