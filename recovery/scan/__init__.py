"""The scanner: what is watched, which blocks were looked through, what was found there."""
