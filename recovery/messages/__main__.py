"""``make messages``: every catalogue with the English texts of today."""

from recovery.messages.catalogue import bring_up_to_date, write_catalogue
from recovery.messages.languages import ENGLISH, LANGUAGES

for tag in LANGUAGES:
    if tag != ENGLISH:
        write_catalogue(tag, bring_up_to_date(tag))
