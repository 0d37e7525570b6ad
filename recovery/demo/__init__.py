"""Nodes that are played from fixtures: the demonstration's, and the doubles of tests and benchmarks."""
