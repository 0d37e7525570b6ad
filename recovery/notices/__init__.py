"""Word to the customer when a case moves: an outbox written with the change, and what empties it."""
