-- Search by meaning: what posts say and show as vectors, made by a model outside of the database and compared by
-- the extension pgvector. Where there is no such extension everything else works, and these functions say so.
--
-- A post's own text with its tags is one text, and what each of its media shows is another. Each text is embedded
-- once for a model, however many posts have it.

-- Models in use. For one that nobody used for 30 days nothing is noted any more.
create table private.meaning_models (
  model text primary key,
  dimensions integer not null constraint meaning_models_dimensions_check check (dimensions between 1 and 4000),
  used_at timestamptz not null default now()
);

create table private.post_meanings (
  post_id text not null references public.posts (post_id) on delete cascade,
  media_id text not null default '',
  text_hash bytea not null,
  primary key (post_id, media_id)
);
create index idx_post_meanings_text on private.post_meanings (text_hash);

comment on column private.post_meanings.media_id is 'Whose text it is; empty for the post''s own';
comment on column private.post_meanings.text_hash is 'SHA-256 of the text as it is embedded';

-- Posts whose texts are to be looked at again for a model.
create table private.meaning_due (
  post_id text not null references public.posts (post_id) on delete cascade,
  model text not null references private.meaning_models (model) on delete cascade,
  changed_at timestamptz not null default clock_timestamp(),
  taken_at timestamptz,
  primary key (post_id, model)
);
create index idx_meaning_due on private.meaning_due (model, taken_at nulls first);

-- Where the extension is; null where it is not, or older than 0.7, which has no vectors of half precision.
create or replace function private.vector_schema() returns text
language sql stable set search_path = '' as $$
  select n.nspname::text
  from pg_catalog.pg_extension e
  join pg_catalog.pg_namespace n on n.oid = e.extnamespace
  where e.extname = 'vector' and to_regtype(format('%I.halfvec', n.nspname)) is not null
$$;

-- Makes the table of vectors, and the extension that it needs, where that can be had; tells whether there is one.
-- Supabase has its extensions in a schema of that name.
create or replace function private.make_meanings() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if private.vector_schema() is null
    and exists (select from pg_catalog.pg_available_extensions a where a.name = 'vector')
  then
    begin
      create schema if not exists extensions;
      grant usage on schema extensions to anon, authenticated, service_role;
      create extension if not exists vector schema extensions;
    exception when insufficient_privilege then
      return false;
    end;
  end if;
  if private.vector_schema() is null then
    return false;
  end if;
  execute format('create table if not exists private.meanings ('
    'text_hash bytea not null, model text not null references private.meaning_models (model) on delete cascade,'
    ' meaning %I.halfvec not null, primary key (text_hash, model))', private.vector_schema());
  return true;
end
$$;

select private.make_meanings();

create or replace function private.require_meanings() returns text
language plpgsql stable set search_path = '' as $$
begin
  if to_regclass('private.meanings') is null or private.vector_schema() is null then
    raise exception using errcode = '0A000',
      message = 'The database has no extension pgvector (0.7 or later), so there is no search by meaning.',
      hint = 'Install pgvector on the server, then run: social-tui search --index';
  end if;
  return private.vector_schema();
end
$$;

-- The texts of posts as they are embedded. Of longer ones models see only the beginning.
create or replace function private.meaning_texts(p_post_ids text[])
returns table (post_id text, media_id text, body text)
language sql stable set search_path = '' as $$
  select t.post_id, t.media_id,
    left(btrim(regexp_replace(string_agg(t.body, '. ' order by t.place), '\s+', ' ', 'g')), 2000)
  from (
    select p.post_id, '' as media_id, p.text_content as body, 0 as place
    from public.posts p
    where p.post_id = any (p_post_ids)
    union all
    select m.post_id, coalesce(m.media_id, ''), m.body,
      array_position(array['tag', 'alt', 'described', 'read', 'label'], m.field)
    from private.media_texts(p_post_ids) m
  ) t
  where t.body ~ '\w'
  group by t.post_id, t.media_id
$$;

create or replace function private.note_due(p_post_ids text[]) returns void
language sql volatile set search_path = '' as $$
  insert into private.meaning_due as d (post_id, model)
  select i, m.model
  from unnest(p_post_ids) i
  cross join private.meaning_models m
  where m.used_at > now() - interval '30 days'
  on conflict (post_id, model) do update set changed_at = clock_timestamp(), taken_at = null
$$;

create or replace function private.note_new_meanings() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if exists (select from private.meaning_models) then
    perform private.note_due(array(select n.post_id from added n));
  end if;
  return null;
end
$$;

create or replace function private.note_changed_meaning() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.note_due(array[new.post_id]);
  return null;
end
$$;

-- What a post's media show and its tags are part of its words.
create trigger posts_meaning_added
  after insert on public.posts referencing new table as added
  for each statement execute function private.note_new_meanings();
create trigger posts_meaning_changed after update of search on public.posts
  for each row when (old.search is distinct from new.search)
  execute function private.note_changed_meaning();

-- A text that no post has any more leaves nothing behind.
create or replace function private.forget_meanings() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if to_regclass('private.meanings') is not null then
    delete from private.meanings e
    using (select distinct o.text_hash from removed o) r
    where e.text_hash = r.text_hash
      and not exists (select from private.post_meanings p where p.text_hash = r.text_hash);
  end if;
  return null;
end
$$;

create trigger post_meanings_forget_changed
  after update on private.post_meanings referencing old table as removed
  for each statement execute function private.forget_meanings();
create trigger post_meanings_forget_removed
  after delete on private.post_meanings referencing old table as removed
  for each statement execute function private.forget_meanings();

-- Begins to keep the meanings of a model, or goes on after a long time: then all posts are looked at.
create or replace function public.start_meanings(p_model text, p_dimensions integer)
returns table (waiting bigint)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _known private.meaning_models;
begin
  perform private.require_service();
  perform private.make_meanings();
  perform private.require_meanings();
  perform pg_advisory_xact_lock(hashtextextended('social_tui.meanings', 0));
  select * into _known from private.meaning_models m where m.model = p_model;
  if _known.dimensions <> p_dimensions then
    delete from private.meaning_models m where m.model = p_model;
  end if;
  if _known.model is null or _known.dimensions <> p_dimensions
    or _known.used_at < now() - interval '29 days'
  then
    insert into private.meaning_models as m (model, dimensions) values (p_model, p_dimensions)
    on conflict (model) do update set used_at = now();
    execute format('create index if not exists %1$I on private.meanings'
      ' using hnsw ((meaning::%2$I.halfvec(%3$s)) %2$I.halfvec_cosine_ops)'
      ' where model = %4$L and %2$I.vector_dims(meaning) = %3$s',
      format('idx_meanings_%s_%s', left(md5(p_model), 12), p_dimensions), private.vector_schema(), p_dimensions,
      p_model);
    insert into private.meaning_due (post_id, model) select p.post_id, p_model from public.posts p
    on conflict do nothing;
  elsif _known.used_at < now() - interval '1 day' then
    update private.meaning_models m set used_at = now() where m.model = p_model;
  end if;
  return query
    select count(*) from (select from private.meaning_due d where d.model = p_model limit 1000001) d;
end
$$;

-- Lends posts whose texts are to be embedded, with those texts that no vector is there for. Who takes them and dies
-- leaves them to others after five minutes.
create or replace function public.take_meanings(p_model text, p_limit integer default 100)
returns table (post_id text, changed_at timestamptz, texts jsonb)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _taken text[];
  _changed timestamptz[];
begin
  perform private.require_service();
  perform private.require_meanings();
  with due as (
    select d.post_id
    from private.meaning_due d
    where d.model = p_model and (d.taken_at is null or d.taken_at < now() - interval '5 minutes')
    order by d.taken_at nulls first
    limit private.page_size(p_limit)
    for update skip locked
  ),
  taken as (
    update private.meaning_due d set taken_at = now()
    from due
    where d.model = p_model and d.post_id = due.post_id
    returning d.post_id, d.changed_at
  )
  select array_agg(t.post_id), array_agg(t.changed_at) into _taken, _changed from taken t;
  delete from private.post_meanings o
  where o.post_id = any (_taken) and not exists (
    select from private.meaning_texts(_taken) t where t.post_id = o.post_id and t.media_id = o.media_id);
  insert into private.post_meanings as o (post_id, media_id, text_hash)
  select t.post_id, t.media_id, sha256(convert_to(t.body, 'UTF8')) from private.meaning_texts(_taken) t
  on conflict (post_id, media_id) do update set text_hash = excluded.text_hash
  where o.text_hash <> excluded.text_hash;
  return query
    select i.post_id, i.changed_at, coalesce((
      select jsonb_agg(jsonb_build_object('text_hash', encode(x.text_hash, 'hex'), 'body', t.body))
      from private.meaning_texts(array[i.post_id]) t
      cross join lateral (values (sha256(convert_to(t.body, 'UTF8')))) x(text_hash)
      where not exists (
        select from private.meanings e where e.text_hash = x.text_hash and e.model = p_model)), '[]')
    from unnest(_taken, _changed) i(post_id, changed_at);
end
$$;

-- Keeps vectors, and settles the posts that they were made for, unless these changed meanwhile or a vector that was
-- there when they were taken is gone with the post that had it.
create or replace function public.store_meanings(p_model text, p_posts jsonb, p_meanings jsonb)
returns table (stored integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _stored integer;
begin
  perform private.require_service();
  execute format('insert into private.meanings (text_hash, model, meaning)'
    ' select decode(m.text_hash, ''hex''), $1, m.vector::%I.halfvec'
    ' from jsonb_to_recordset($2) m(text_hash text, vector text)'
    ' where exists (select from private.post_meanings p where p.text_hash = decode(m.text_hash, ''hex''))'
    ' order by m.text_hash on conflict do nothing', private.require_meanings())
  using p_model, p_meanings;
  get diagnostics _stored = row_count;
  delete from private.meaning_due d
  using jsonb_to_recordset(p_posts) p(post_id text, changed_at timestamptz)
  where d.post_id = p.post_id and d.model = p_model and d.changed_at = p.changed_at
    and not exists (
      select from private.post_meanings o
      where o.post_id = d.post_id and not exists (
        select from private.meanings e where e.text_hash = o.text_hash and e.model = p_model));
  return query select _stored;
end
$$;

-- How far a model has come among the posts that the caller may see: "unavailable" without the extension, "new" before
-- posts are embedded with it at all, else "kept". It is asked at every search, so no more than 10,001 are counted.
create or replace function public.meaning_state(p_model text) returns table (state text, waiting bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _readable uuid[] := private.require_reader();
begin
  return query
    select case
        when to_regclass('private.meanings') is null or private.vector_schema() is null then 'unavailable'
        when exists (select from private.meaning_models m where m.model = p_model) then 'kept'
        else 'new'
      end,
      (select count(*) from (
        select from private.meaning_due d join public.posts p using (post_id)
        where d.model = p_model and p.workspace_id = any (_readable)
        limit 10001) w);
end
$$;

-- The posts whose texts are nearest to a vector, best first, each by its nearest text. Few posts of a filter are all
-- compared; else the index gives the nearest texts, and of those the ones whose posts a filter keeps.
create or replace function private.rank_meaning(
  p_model text, p_vector text, p_filter jsonb, p_workspaces uuid[], p_limit integer
) returns table (post_id text, media_id text, place integer, distance double precision)
language plpgsql stable set search_path = '' set random_page_cost = 1.1 as $$
declare
  _most_compared constant integer := 5000;
  _schema text := private.require_meanings();
  _dimensions integer := (select m.dimensions from private.meaning_models m where m.model = p_model);
  _filter text := private.filter_sql(coalesce(p_filter, '{}'));
  _distance text;
  _posts text[];
  _from text;
begin
  if _dimensions is null then
    return;
  end if;
  _distance := format('e.meaning::%1$I.halfvec(%2$s) operator(%1$I.<=>) %3$L::%1$I.halfvec(%2$s)',
    _schema, _dimensions, p_vector);
  execute format('select array(select p.post_id from public.posts p where p.workspace_id = any ($1) and %s'
    ' limit %s)', _filter, _most_compared + 1)
  into _posts using p_workspaces;
  _from := format('from private.meanings e join private.post_meanings l using (text_hash)'
    ' join public.posts p using (post_id) where e.model = %L and %I.vector_dims(e.meaning) = %s',
    p_model, _schema, _dimensions);
  if cardinality(_posts) <= _most_compared then
    _from := format('select l.post_id, l.media_id, %s as distance %s and l.post_id = any ($1)',
      _distance, _from);
  else
    perform set_config('hnsw.ef_search', least(greatest(2 * p_limit, 100), 1000)::text, true);
    perform set_config('hnsw.iterative_scan', 'relaxed_order', true)
    from pg_catalog.pg_extension x
    where x.extname = 'vector' and string_to_array(x.extversion, '.')::int[] >= '{0,8}';
    _from := format('select l.post_id, l.media_id, %1$s as distance %2$s and p.workspace_id = any ($2) and %3$s'
      ' order by %1$s limit %4$s', _distance, _from, _filter, 2 * p_limit);
  end if;
  return query execute format($statement$
    select n.post_id, nullif(n.media_id, ''), row_number() over (order by n.distance, n.post_id)::integer,
      n.distance
    from (select distinct on (c.post_id) c.* from (%s) c order by c.post_id, c.distance, c.media_id) n
    order by n.distance, n.post_id
    limit $3
  $statement$, _from) using _posts, p_workspaces, p_limit;
end
$$;

-- Searches by meaning; p_vector is "[0.1,…]" by the same model as the posts' texts.
create or replace function public.search_meaning(
  p_model text, p_vector text, p_filter jsonb default null, p_limit integer default 50
) returns table (
  post_id text, media_id text, score double precision, words_place integer, substring_place integer,
  meaning_place integer, distance double precision)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select r.post_id, r.media_id, 1 - r.distance, null::integer, null::integer, r.place, r.distance
    from private.rank_meaning(p_model, p_vector, p_filter, _workspaces, private.page_size(p_limit)) r
    order by r.place;
end
$$;

-- Searches by words, by substring and by meaning, and fuses the three rankings by the sum of 1 / (60 + place):
-- Cormack, Clarke & Buettcher 2009, "Reciprocal rank fusion" (https://doi.org/10.1145/1571941.1572114).
create or replace function public.search_hybrid(
  p_words text, p_model text, p_vector text, p_filter jsonb default null, p_limit integer default 50
) returns table (
  post_id text, media_id text, score double precision, words_place integer, substring_place integer,
  meaning_place integer, distance double precision)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _each constant integer := 200;
  _filter jsonb := coalesce(p_filter, '{}');
  _workspaces uuid[] := private.require_reader();
begin
  return query
    with ranked as (
      select 'words' as by, r.post_id, null as media_id, r.place, null::double precision as distance
      from private.rank_words(p_words, _filter, _workspaces, _each) r
      union all
      select 'substring', r.post_id, null, r.place, null
      from private.rank_substring(p_words, _filter, _workspaces, _each) r
      union all
      select 'meaning', r.post_id, r.media_id, r.place, r.distance
      from private.rank_meaning(p_model, p_vector, _filter, _workspaces, _each) r
    )
    select r.post_id, max(r.media_id), sum(1.0 / (60 + r.place))::double precision,
      min(r.place) filter (where r.by = 'words'), min(r.place) filter (where r.by = 'substring'),
      min(r.place) filter (where r.by = 'meaning'), min(r.distance)
    from ranked r
    group by r.post_id
    order by 3 desc, r.post_id
    limit private.page_size(p_limit);
end
$$;

revoke all on function public.meaning_state, public.search_meaning, public.search_hybrid from public, anon;
grant execute on function public.meaning_state, public.search_meaning, public.search_hybrid
  to authenticated, service_role;
revoke all on function public.start_meanings, public.take_meanings, public.store_meanings
  from public, anon, authenticated;
grant execute on function public.start_meanings, public.take_meanings, public.store_meanings to service_role;

revoke execute on all functions in schema private from public;
