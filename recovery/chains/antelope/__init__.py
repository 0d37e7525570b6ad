"""Vaulta, formerly EOS, and the account names of Antelope chains."""
