"""Cases: the life of one claim, from opening to both signatures and the settlement.

`table` is the specification; `plan` turns a check into rows, purely; `desk` has the use-cases.
"""
