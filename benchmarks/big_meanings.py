"""Give a large library vectors as a model would make them, so that it can be searched by meaning.

The vectors gather around a thousand topics, as those of texts do. Each is of another post, so that what is
near are as many posts as vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

MODEL = "benchmark-384"
DIMENSIONS = 384
TOPICS = 1000
TEXTS = 200_000

PREPARE = """
select setseed(0.42);
set maintenance_work_mem = '1GB';
set session_replication_role = replica;
set search_path = public, extensions;
create temporary table topics as
  select n, array_agg(random() + random() + random() - 1.5)::real[]::halfvec as meaning
  from generate_series(0, %(topics)s - 1) n cross join generate_series(1, %(dimensions)s) group by n;
create index on topics (n);
analyze topics;
select public.start_meanings(%(model)s, %(dimensions)s);
truncate private.meaning_due
"""
INDEX = """
select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
from pg_index i where i.indrelid = 'private.meanings'::regclass and not i.indisunique
"""
FILL = """
insert into private.meanings (text_hash, model, meaning)
select sha256(g.n::text::bytea), %(model)s, a.meaning + a.meaning + b.meaning + c.meaning
from generate_series(1, %(texts)s) g(n)
join topics a on a.n = g.n %% %(topics)s
join topics b on b.n = g.n / %(topics)s * 7 %% %(topics)s
join topics c on c.n = g.n * 31::bigint %% 997;
insert into private.post_meanings (post_id, text_hash)
select p.post_id, sha256(p.n::text::bytea)
from (select post_id, row_number() over (order by post_id) as n from public.posts limit %(texts)s) p
"""


def add_meanings(connection: Connection[Any]) -> None:
    """Add the vectors, where they are not there already.

    Args:
        connection: An autocommit connection to a large library.
    """
    values = {"model": MODEL, "dimensions": DIMENSIONS, "topics": TOPICS, "texts": TEXTS}
    if connection.execute("select 1 from private.meaning_models where model = %(model)s", values).fetchone():
        return
    _execute(connection, PREPARE, values)
    indexes = connection.execute(INDEX.encode()).fetchall()
    for name, _ in indexes:
        connection.execute(f"drop index {name}".encode())
    _execute(connection, FILL, values)
    # Built at once, it takes minutes; row by row it would take an hour.
    for _, definition in indexes:
        connection.execute(definition.encode())
    connection.execute("vacuum analyze private.meanings, private.post_meanings")


def _execute(connection: Connection[Any], statements: str, values: dict[str, Any]) -> None:
    """Run statements one by one, because one with values can be only one."""
    for statement in statements.split(";\n"):
        connection.execute(statement.encode(), values)
