"""What Alembic runs: all steps in the transaction of the connection that it is given. Knows no URL, sets up no log."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
