"""From complete facts to one verdict per transfer, with reasons."""
