"""Make a library as large as they get: ``python -m benchmarks.big_library HOME [POSTS]``.

The real migrations, then rows made by PostgreSQL itself: 400 authors with shares as in life (a few post
most), three platforms, texts of 20 to 60 words of a list, two media a post, states, outcomes, link ends and
tags. Each media has a text: what is in the cache an analysis (a description, tags, what can be read in it),
the others and a third of those an alternative text. Every seventh picture is used again in eight posts or so.
The same HOME can then be opened with ``SOCIAL_TUI_HOME``.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

POSTS = 1_000_000
# So many of ten media are in the cache.
HELD = 6
STEP = 50_000
WORDS = """
time year people way day man thing woman life child world school state family student group country
problem hand part place case week company system program question work government number night point
home water room mother area money story fact month lot right study book eye job word business issue
side kind head house service friend father power hour game line end member law car city community
name president team minute idea kid body information back parent face others level office door
health person art war history party result change morning reason research girl guy moment air
teacher force education engine harbour turbine quarterly figures carbon market election climate
energy release announcement partner customer growth strategy design culture leader product launch
award project
""".split()  # noqa: SIM905 - as text it can be read

# random() is seeded, so that two libraries of a size are the same but for ids and times.
PREPARE = """
create temporary table words as
  select n, word from unnest(%(words)s::text[]) with ordinality w(word, n);
create temporary table authors as
  select g.n, 'author-' || g.n as username, initcap(a.word) || ' ' || initcap(b.word) || ' ' || g.n as name,
    (array['linkedin', 'linkedin', 'linkedin', 'mastodon', 'instagram'])[1 + g.n %% 5] as platform,
    to_tsvector('simple', a.word || ' ' || b.word || ' ' || g.n || ' author-' || g.n) as words
  from generate_series(1, 400) g(n)
  join words a on a.n = 1 + g.n %% 97
  join words b on b.n = 1 + g.n %% 89;
create temporary table texts as
  select n, (
    select string_agg(w.word, ' ')
    from (select (array(select word from words))[1 + floor(power(random(), 2) * 120)::integer] as word
      from generate_series(1, 20 + (n * 7919 %% 41)::integer)) w
    where n > 0
  ) as text
  from generate_series(1, 5000) n;
alter table texts add words tsvector, add alt tsvector, add analysis tsvector;
update texts set words = to_tsvector('simple', text), alt = setweight(to_tsvector('simple', text), 'B'),
  analysis = setweight(to_tsvector('simple', array_to_string((string_to_array(text, ' '))[1:4], ' ')), 'B')
    || setweight(to_tsvector('simple', right(text, 80) || ' ' || left(text, 120)), 'C');
create index on authors (n);
create index on texts (n);
analyze words; analyze authors; analyze texts;
insert into public.tags (tag_id, name) select 'tag-' || lpad(n::text, 17, '0'), t
from unnest(array['election', 'climate', 'to-do', 'evidence', 'seldom', 'weekly', 'check', 'done']::text[])
  with ordinality t(t, n);
"""
INDEXES = """
select c.oid::regclass::text, pg_get_indexdef(c.oid)
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid in
  ('public.posts'::regclass, 'public.post_media'::regclass, 'public.media_blobs'::regclass,
    'private.media_labels'::regclass, 'private.search_words'::regclass) and not i.indisunique
"""
ADD_POSTS = """
insert into public.posts (post_id, urn, full_urn, platform, posted_at_timestamp, author_username,
  author_name, text_content, post_type, url, raw_json, reactions, comments, reposts, views, first_seen_at,
  is_read, is_marked, media_total, media_ready, media_failed, media_archived, media_analyzed, media_facts,
  link_dies_at, search)
select 'p-' || lpad(to_hex(g.n * 2654435761 %% 4294967296), 17, '0'), g.n::text,
  'urn:li:activity:' || g.n, a.platform,
  case when g.n %% 500 > 0 then 1763700000000 - (g.n * 317000) %% 94000000000 - g.n %% 1000 end,
  a.username, a.name, t.text || x.rest,
  case when g.n %% 7 = 0 then 'repost' when g.n %% 3000 = 0 then 'poll' else 'regular' end,
  'https://social.example/posts/' || g.n,
  '{"id":"' || g.n || '","text":"' || t.text || '","author":{"username":"' || a.username || '"},"stats":{}}',
  floor(power(10, 5.5 * random() * random())), floor(power(10, 3 * random() * random())),
  floor(power(10, 2 * random() * random())),
  case when a.platform = 'instagram' then floor(power(10, 6 * random())) end,
  now() - make_interval(secs => (%(posts)s - g.n) * 30), g.n * 7919 %% 1009 %% 5 > 0,
  g.n %% 997 = 0,
  c.total, c.ready, c.failed, c.archived, c.analyzed, c.facts, c.dies,
  a.words || t.words || to_tsvector('simple', x.rest) || h.words || coalesce(l.words, '')
from generate_series(%(first)s::bigint, %(last)s) g(n)
join authors a on a.n = 1 + floor(400 * power(g.n * 2654435761 %% 1000003 / 1000003.0, 3))::integer
join texts t on t.n = 1 + g.n * 31 %% 5000
join words w on w.n = 1 + g.n %% 100
cross join lateral (
  select ' ' || w.word || case when g.n %% 9 = 0 then ' https://example.org/' || g.n else '' end
    || case when g.n %% 20011 = 0 then ' zeppelin' else '' end as rest
) x
left join lateral (
  select setweight(to_tsvector('simple', string_agg(tags.name, ' ')), 'A') as words
  from public.post_tags
  join public.tags using (tag_id)
  where post_id = 'p-' || lpad(to_hex(g.n * 2654435761 %% 4294967296), 17, '0')
) l on true
join (
  select m.post_id, count(*) as total, count(*) filter (where m.download_status = 'ready') as ready,
    count(*) filter (where m.download_status = 'failed') as failed,
    count(*) filter (where m.archive_url is not null) as archived,
    count(*) filter (where m.ai_analysis_status = 'completed') as analyzed,
    min(m.url_expires_at) filter (where m.download_status <> 'ready') as dies,
    bit_or(private.media_bits(m.media_type, m.download_status, m.outcome, m.archive_url is not null,
      m.ai_analysis_status = 'completed')) as facts
  from public.post_media m
  where m.media_id = any (array(
    select 'med-' || lpad(to_hex(i * 2654435761 %% 8589934592), 17, '0')
    from generate_series(2 * %(first)s::bigint - 1, 2 * %(last)s::bigint) i))
  group by m.post_id
) c on c.post_id = 'p-' || lpad(to_hex(g.n * 2654435761 %% 4294967296), 17, '0')
cross join lateral (
  select s.words[1] || s.words[2] as words
  from (
    select array_agg(case when i.n %% 10 < %(held)s then y.analysis else '' end
      || case when i.n %% 3 = 0 or i.n %% 10 >= %(held)s then y.alt else '' end
      || case when i.n %% 20 = 1 and i.n %% 10 < %(held)s
        then setweight(to_tsvector('simple', 'receipt ' || i.n), 'C') else '' end) as words
    from generate_series(2 * g.n - 1, 2 * g.n) i(n)
    join texts y on y.n = 1 + i.n * 13 %% 5000
  ) s
) h
"""
ADD_BYTES = """
insert into public.media_blobs (sha256, md5_sum, byte_size, mime_type, width, height, archive_url, proof,
  archived_at, verified_at, phash)
select encode(sha256(n::text::bytea), 'hex'), md5(n::text), 20000 + n %% 900000, 'image/jpeg', 1200, 628,
  case when n %% 10 between 1 and 4 then 'local:media/' || n end,
  case when n %% 10 between 1 and 4 then 'archived' else 'cached' end,
  case when n %% 10 between 1 and 4 then now() end, now(),
  ('x' || left(md5((case when n %% 7 = 0 then n %% 20000 else n end)::text), 16))::bit(64)::bigint
    # case when n %% 7 = 0 then 1::bigint << (n / 20000 %% 60)::integer else 0 end
from generate_series(2 * %(first)s::bigint - 1, 2 * %(last)s::bigint) n
where n %% 10 < %(held)s
"""
ADD_MEDIA = """
insert into public.post_media (media_id, post_id, media_type, media_url, role, position, source_identity,
  url_expires_at, download_status, outcome, error, attempts, sha256, md5_sum, local_file_path, file_size,
  mime_type, width, height, archive_url, ai_analysis_status, ai_analysis, ai_analyzed_at, alt_text)
select 'med-' || lpad(to_hex(n * 2654435761 %% 8589934592), 17, '0'),
  'p-' || lpad(to_hex((n + 1) / 2 * 2654435761 %% 4294967296), 17, '0'),
  case when n %% 12 = 0 then 'video' when n %% 50 = 1 then 'document' when n %% 40009 = 0 then 'audio'
    else 'image' end,
  'https://media.example/' || n || '.jpg?sig=' || n,
  'main', (n + 1) %% 2, 'https://media.example/' || n || '.jpg',
  case when n %% 11 > 0 then now() + make_interval(mins => ((n * 7919) %% 40000 - 2000)::integer) end,
  s.status,
  case s.status when 'ready' then 'ok' when 'failed' then
    (array['expired', 'deleted', 'auth', 'rate_limited', 'blocked', 'too_large', 'not_media', 'network',
      'expired', 'expired'])[1 + n / 10 %% 10] end,
  case when s.status = 'failed' then 'It failed.' end, case when s.status in ('ready',
  'failed') then 1 else 0 end,
  b.sha256, b.md5_sum, case when b.sha256 is not null then 'media/images/' || b.md5_sum
  || '.jpg' end, b.byte_size,
  b.mime_type, 1200, 628, b.archive_url,
  case when s.status = 'ready' then 'completed' else 'not_started' end,
  case when s.status = 'ready' then json_build_object('description', left(t.text, 120),
    'ocr_text', right(t.text, 80) || case when n %% 20 = 1 then ' receipt ' || n else '' end,
    'tags', (string_to_array(t.text, ' '))[1:3], 'objects', (string_to_array(t.text, ' '))[4:4]) end,
  case when s.status = 'ready' then now() end,
  case when n %% 3 = 0 or s.status <> 'ready' then t.text end
from generate_series(2 * %(first)s::bigint - 1, 2 * %(last)s::bigint) n
cross join lateral (
  select case when n %% 10 < %(held)s then 'ready' when n %% 10 = 6 then 'failed'
    when n %% 40003 = 8 then 'downloading' else 'pending' end as status
) s
join (select x.n as place, x.text from texts x) t on t.place = 1 + n * 13 %% 5000
left join public.media_blobs b on s.status = 'ready' and b.sha256 = encode(sha256(n::text::bytea), 'hex')
order by 2
"""
ADD_TAGS = """
insert into public.post_tags (post_tag_id, post_id, tag_id, applied_by)
select 'ptg-' || lpad(to_hex(n * 8 + t), 17, '0'),
  'p-' || lpad(to_hex(n * 2654435761 %% 4294967296), 17, '0'),
  'tag-' || lpad(t::text, 17, '0'), 'user'
from generate_series(%(first)s::bigint, %(last)s) n
cross join generate_series(1, 8) t
where (n * 31 + t * 7) %% (array[10, 25, 300, 60, 50000, 90, 15, 40])[t] = 0
"""

# What triggers would do besides: labels, and each word once.
ADD_LABELS = """
insert into private.media_labels (media_id, label, post_id, workspace_id)
select m.media_id, l.label, m.post_id, m.workspace_id
from public.post_media m
cross join lateral (select distinct jsonb_array_elements_text(m.ai_analysis::jsonb -> 'tags')) l(label)
where m.media_id = any (array(
  select 'med-' || lpad(to_hex(i * 2654435761 %% 8589934592), 17, '0')
  from generate_series(2 * %(first)s::bigint - 1, 2 * %(last)s::bigint) i))
"""
ADD_VOCABULARY = """
insert into private.search_words (word)
select distinct left(w.word, 120)
from (
  select words from texts union all select analysis from texts union all select words from authors
  union all select to_tsvector('simple', 'zeppelin receipt ' || string_agg(word, ' ')) from words
  union all select to_tsvector('simple', string_agg(name, ' ')) from public.tags
  union all select to_tsvector('simple', 'https://example.org/' || n) from generate_series(9, %(posts)s, 9) n
  union all select to_tsvector('simple', n::text) from generate_series(1, 2 * %(posts)s, 20) n
) v
cross join lateral unnest(tsvector_to_array(v.words)) w(word)
where length(w.word) >= 2
"""


def fill(connection: Connection[Any], posts: int, held: int = HELD) -> None:
    """Add the rows in steps, each a transaction, and let the database look at them.

    Args:
        connection: An autocommit connection to a database with the migrations and no posts.
        posts: How many posts; twice as many media.
        held: How many of ten media are in the cache.
    """
    connection.execute("select setseed(0.42)")
    connection.execute("set synchronous_commit = off")
    connection.execute("set work_mem = '256MB'")
    connection.execute("set maintenance_work_mem = '1GB'")
    # Without triggers and indexes on the way: hours become minutes, and the rows say what triggers would.
    connection.execute("set session_replication_role = replica")
    indexes = connection.execute(INDEXES.encode()).fetchall()
    for name, _ in indexes:
        connection.execute(f"drop index {name}".encode())
    # One statement each: a statement with parameters is only one.
    for statement in PREPARE.split(";\n"):
        if statement.strip():
            connection.execute(statement.encode(), {"words": list(WORDS)})
    for first in range(1, posts + 1, STEP):
        span = {"first": first, "last": min(first + STEP - 1, posts), "posts": posts, "held": held}
        for statement in (ADD_BYTES, ADD_MEDIA, ADD_TAGS, ADD_POSTS, ADD_LABELS):
            connection.execute(statement.encode(), span)
        print(f"{span['last']:,} posts", file=sys.stderr)
    connection.execute(ADD_VOCABULARY.encode(), span)
    for _, definition in indexes:
        connection.execute(definition.encode())
    connection.execute("vacuum analyze")


def ready(work: Path, posts: int = POSTS, held: int = HELD) -> Path:
    """Return such a library that was made before with these migrations; else make it.

    Args:
        work: The folder to keep it in.
        posts: How many posts.
        held: How many of ten media are in the cache, by their rows; there are no files.
    """
    home = work / (f"library-{posts}" if held == HELD else f"library-{posts}-{held}")
    mark = home / "made-with"
    migrations = _migrations_digest()
    if not mark.exists() or mark.read_text() != migrations:
        make(home, posts, held)
        mark.write_text(migrations)
    return home


def _migrations_digest() -> str:
    from social_tui.store.migrations import read_migrations

    return "\n".join(migration.checksum for migration in read_migrations())


def make(home: Path, posts: int, held: int = HELD) -> None:
    """Make a library; one that is there already is thrown away."""
    import psycopg

    from social_tui.store.embedded import EmbeddedServer
    from social_tui.store.migrations import migrate

    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o711, parents=True)
    started = time.perf_counter()
    with EmbeddedServer(home / "database").acquire() as lease:
        migrate(lease.url)
        with psycopg.connect(lease.url, autocommit=True) as connection:
            fill(connection, posts, held)
    print(f"{posts:,} posts in {time.perf_counter() - started:.0f} s", file=sys.stderr)


def main() -> None:
    """Make the library that the command line names."""
    make(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else POSTS)


if __name__ == "__main__":
    main()
