"""Cardano."""
