"""Alembic's entry: runs on the connection that `storage.schema` hands it."""

from alembic import context

from storage import (
    backup_tables,  # noqa: F401 - its table joins the others
    channel_tables,  # noqa: F401 - so do these
    deletion_tables,  # noqa: F401 - so do these
    desk_tables,  # noqa: F401 - so do these
    door_tables,  # noqa: F401 - and these
    key_tables,  # noqa: F401 - and these
    need_tables,  # noqa: F401 - and these
    pair_tables,  # noqa: F401 - and these
    plan_tables,  # noqa: F401 - and these
    policy_tables,  # noqa: F401 - and these
    register_tables,  # noqa: F401 - and these
    safe_tables,  # noqa: F401 - so do these
    tables,
    team_tables,  # noqa: F401 - and these
    wait_tables,  # noqa: F401 - and these
)

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=tables.metadata,
    render_as_batch=False,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
