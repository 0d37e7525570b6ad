"""The economics of abuse: how many claims are taken, which cases belong together, and what a reviewer should look at.

Nothing here decides about a deposit. A limit asks a claimant to come back later; a score sends a
case past a person before it is quoted. Neither is ever shown to the claimant, and neither changes
a verdict, a fee or a refusal.
"""
