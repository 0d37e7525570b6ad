"""Polkadot's Asset Hub."""
