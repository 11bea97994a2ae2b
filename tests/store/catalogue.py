"""What a database holds, as text that can be compared: everything that a schema file may say."""

from __future__ import annotations

import psycopg

SCHEMAS = ("public", "private", "jobs")

_QUERIES = {
    "schemas": """
        select n.nspname, coalesce(n.nspacl::text, ''), ''
        from pg_namespace n where n.nspname = any (%s)
    """,
    "tables": """
        select c.oid::regclass::text, c.relkind::text,
          concat_ws(' ', c.relrowsecurity, c.relforcerowsecurity,
            (select string_agg(a::text, ',' order by a::text) from unnest(c.relacl) a),
            obj_description(c.oid, 'pg_class'))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any (%s) and c.relkind in ('r', 'v', 'S', 'c')
    """,
    "columns": """
        select c.oid::regclass::text, a.attname,
          concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
            pg_get_expr(d.adbin, d.adrelid),
            (select string_agg(x::text, ',' order by x::text) from unnest(a.attacl) x),
            col_description(c.oid, a.attnum))
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where n.nspname = any (%s) and c.relkind in ('r', 'v', 'c') and a.attnum > 0 and not a.attisdropped
    """,
    "column order": """
        select c.oid::regclass::text, '',
          string_agg(a.attname, ',' order by a.attnum)
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any (%s) and c.relkind in ('r', 'v', 'c') and a.attnum > 0 and not a.attisdropped
        group by c.oid
    """,
    "constraints": """
        select c.conrelid::regclass::text, c.conname,
          concat_ws(' ', pg_get_constraintdef(c.oid), c.convalidated)
        from pg_constraint c join pg_namespace n on n.oid = c.connamespace
        where n.nspname = any (%s)
    """,
    "indexes": """
        select i.tablename, i.indexname, i.indexdef from pg_indexes i where i.schemaname = any (%s)
    """,
    "views": """
        select v.viewname, '', pg_get_viewdef((v.schemaname || '.' || v.viewname)::regclass)
        from pg_views v where v.schemaname = any (%s)
    """,
    "functions": """
        select p.oid::regprocedure::text, pg_get_functiondef(p.oid),
          concat_ws(' ', (select string_agg(a::text, ',' order by a::text) from unnest(p.proacl) a),
            obj_description(p.oid, 'pg_proc'))
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = any (%s) and p.prokind = 'f'
    """,
    "triggers": """
        select t.tgrelid::regclass::text, t.tgname, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
        from pg_trigger t
        join pg_class c on c.oid = t.tgrelid
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any (%s) and not t.tgisinternal
    """,
    "policies": """
        select p.tablename, p.policyname,
          concat_ws(' ', p.permissive, p.roles::text, p.cmd, p.qual, p.with_check)
        from pg_policies p where p.schemaname = any (%s)
    """,
    "comments": """
        select c.conrelid::regclass::text, c.conname, obj_description(c.oid, 'pg_constraint')
        from pg_constraint c join pg_namespace n on n.oid = c.connamespace
        where n.nspname = any (%s) and obj_description(c.oid, 'pg_constraint') is not null
    """,
}


def read_catalogue(url: str) -> dict[str, str]:
    """Read a database's catalogue: what each object is, by its kind and name."""
    found: dict[str, str] = {}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set search_path = ''")
        for kind, query in _QUERIES.items():
            for owner, name, text in connection.execute(query.encode(), [list(SCHEMAS)]):
                found[f"{kind}: {owner} {name}"] = text or ""
    return found
