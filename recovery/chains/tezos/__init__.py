"""Tezos."""
