"""One plain function per cause, by section of docs/causes.md; the order is in `recovery.classify.decide`.

A rule takes `Facts` and returns a verdict where it holds, else None. Its docstring's first sentence
is the why that ``recovery explain`` prints.
"""
