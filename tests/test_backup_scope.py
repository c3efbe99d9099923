"""Nobody adds a table without deciding whether a back-up may hold it."""

import importlib
import pkgutil

import storage
from storage import tables
from storage.backup_scope import APART, KEPT, OMITTED


def test_every_table_is_kept_omitted_or_apart_and_only_one_of_them() -> None:
    for module in pkgutil.iter_modules(storage.__path__):
        if not module.ispkg:
            importlib.import_module(f"storage.{module.name}")
    kept = [table for names in KEPT.values() for table in names]
    assert sorted([*kept, *OMITTED, *APART]) == sorted(tables.metadata.tables)
