"""What only the exchange knows: listings, whose address, credits, withdrawals, screening, prices."""
