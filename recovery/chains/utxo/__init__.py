"""BTC, LTC, DOGE, BCH, DASH, ZEC: transactions whose outputs pay locking scripts."""
