"""Algorand."""
