"""The revisions of the database, one file per room and step, run when the store is opened.

A revision is named ``NNNN_room.py`` and its number is its identity: `recovery.store` reads the newest
one off the file names. A revision that was released is never edited; the next one follows it.
"""
