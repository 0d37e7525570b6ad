"""Proof that the claimant controls the address a deposit was sent from."""
