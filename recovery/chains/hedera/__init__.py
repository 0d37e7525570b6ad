"""Hedera."""
