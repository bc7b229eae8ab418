"""What the database itself refuses, whoever asks: the journal is only ever added to, and goes by whole sealed segments.

A row in ``journal_purge`` names an anchor and takes its records away, in one statement. It is refused unless the anchor
covers records that are all there, the oldest ones there are, and the youngest of them is older than 180 days on the
clock of the database: under six months of any calendar. Anchors and purges are never changed and never go.

On PostgreSQL the purge runs as the owner of the tables: no service may delete a record.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_ONLY_ADDED = {"journal": "number", "journal_anchor": "last", "journal_purge": "last"}
_LEAST_S = 180 * 86400
_COVERED = (
    "EXISTS (SELECT 1 FROM journal_purge p JOIN journal_anchor a ON a.last = p.last"
    " WHERE OLD.number BETWEEN a.first AND a.last)"
)
_MINE = "number BETWEEN (SELECT first FROM journal_anchor WHERE last = NEW.last) AND NEW.last"


def _may_go(micros_now: str) -> str:
    """Return the condition under which the records of the anchor ``NEW.last`` may go."""
    whole = f"(SELECT count(*) FROM journal WHERE {_MINE}) = (SELECT last - first + 1 FROM journal_anchor"
    whole += " WHERE last = NEW.last)"
    oldest = f"(SELECT min(number) FROM journal) = (SELECT min(number) FROM journal WHERE {_MINE})"
    return f"{whole} AND {oldest} AND (SELECT max(at) FROM journal WHERE {_MINE}) <= {micros_now} - {_LEAST_S}000000"


def guard(connection: Connection) -> None:
    """Lay the guards, in the place of those of an older version."""
    (_on_sqlite if connection.dialect.name == "sqlite" else _on_postgresql)(connection)


def _on_sqlite(connection: Connection) -> None:
    for table, key in _ONLY_ADDED.items():
        known = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"
        kept = f"NOT {_COVERED}" if table == "journal" else "TRUE"
        for verb, when in (("update", "TRUE"), ("delete", kept), ("insert", known)):  # OR REPLACE fires no DELETE
            _trigger(connection, f"{table}_no_{verb}", f"BEFORE {verb} ON {table} WHEN {when}",
                     "SELECT RAISE(ABORT, 'append only')")  # fmt: skip
    may_go = _may_go("CAST(strftime('%s', 'now') AS INTEGER) * 1000000")
    _trigger(connection, "journal_purge_fair", f"BEFORE INSERT ON journal_purge WHEN coalesce(NOT ({may_go}), TRUE)",
             "SELECT RAISE(ABORT, 'append only')")  # fmt: skip
    _trigger(connection, "journal_purge_goes", "AFTER INSERT ON journal_purge", f"DELETE FROM journal WHERE {_MINE}")


def _trigger(connection: Connection, name: str, when: str, what: str) -> None:
    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} BEGIN {what}; END")


def _on_postgresql(connection: Connection) -> None:
    schema = connection.execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    refuse = "RAISE EXCEPTION 'append only'"
    _function(connection, "append_only", f"BEGIN {refuse}; END")
    _function(connection, "journal_kept", f"BEGIN IF {_COVERED} THEN RETURN OLD; END IF; {refuse}; END")
    may_go = _may_go("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    body = f"BEGIN IF coalesce(NOT ({may_go}), TRUE) THEN {refuse}; END IF;"
    body += f" DELETE FROM journal WHERE {_MINE}; RETURN NULL; END"
    _function(connection, "journal_purged", body, f"SECURITY DEFINER SET search_path = {schema}, pg_temp")
    for table in _ONLY_ADDED:
        for verb in ("update", "delete"):
            what = "journal_kept" if (table, verb) == ("journal", "delete") else "append_only"
            _row_trigger(connection, f"{table}_no_{verb}", f"BEFORE {verb} ON {table}", what)
    _row_trigger(connection, "journal_purge_goes", "AFTER INSERT ON journal_purge", "journal_purged")


def _function(connection: Connection, name: str, body: str, options: str = "") -> None:
    # One percent sign would be a parameter: there is none in these.
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {options} AS $$ {body} $$"
    )


def _row_trigger(connection: Connection, name: str, when: str, function: str) -> None:
    connection.exec_driver_sql(f"CREATE OR REPLACE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION {function}()")
