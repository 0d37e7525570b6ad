"""How alembic runs our revisions: on the connection, and in the transaction, that the store holds."""

from alembic import context

from recovery.store import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # SQLite's DDL is transactional too: all revisions or none
)
context.run_migrations()
