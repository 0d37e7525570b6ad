"""The Cosmos Hub."""
