"""Tron."""
