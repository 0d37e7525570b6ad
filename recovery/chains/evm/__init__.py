"""Ethereum and the chains that speak its JSON-RPC."""
