"""Does the database do what the program does not know of?

Whoever may write into it may also plant a trigger, a view or a rule there, which lives on in every
back-up: it drops entries of the log, or writes elsewhere what somebody changes. Beside the triggers
that refuse to change the log and the register there is none.
"""

from sqlalchemy import text

from storage.database import Tx

_REGISTER = ("duties", "disclosures", "exports", "agreements")
_STANDS = frozenset(f"{each}_stand_{deed}" for each in _REGISTER for deed in ("update", "delete"))
ON_SQLITE = _STANDS | {"audit_not_changed", "audit_not_removed"}
ON_POSTGRES = _STANDS | {
    *("audit_stands", "audit_stands_whole"),
    *(f"{each}_{rest}" for each in _REGISTER for rest in ("stand_whole", "goes")),
}
"""Ours, by name."""

_SQLITE = text("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')")
_POSTGRES = text(
    "SELECT t.tgname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE NOT t.tgisinternal AND n.nspname = 'public' AND t.tgenabled IN ('O', 'A')"
    " UNION ALL SELECT c.relname::text FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('v', 'm', 'f') AND n.nspname = 'public'"
    " UNION ALL SELECT r.rulename::text FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'public' AND c.relkind NOT IN ('v', 'm')"
    " UNION ALL SELECT e.evtname::text FROM pg_event_trigger e WHERE e.evtenabled <> 'D'"
)


async def planted(tx: Tx) -> tuple[list[str], list[str]]:
    """The names of what is there and not ours, and of what of ours is missing or switched off."""
    query, ours = (_POSTGRES, ON_POSTGRES) if tx.postgres else (_SQLITE, ON_SQLITE)
    there = [str(name) for name in (await tx.conn.execute(query)).scalars()]
    return sorted(set(there) - ours), sorted(ours - set(there))
