-- The filter language, the orders and facets of the list, saved views and changes of many posts. What posts
-- know of their media is counted once, and kept by triggers from here on.

-- What a post knows of its media: counts, and which facts are true of some of them. Triggers keep both.
--
-- Locks are taken in one order everywhere, so that nobody waits for whom is waiting for them: posts (by id),
-- then bytes, then media. Whoever changes media locks their posts first, because the triggers will.

-- The bit of a media type, a state or an outcome.
create or replace function private.fact_bit(p_word text) returns integer
language sql immutable as $$
  select case p_word
    when 'image' then 1 when 'video' then 2 when 'audio' then 4 when 'document' then 8
    when 'pending' then 16 when 'downloading' then 32 when 'ready' then 64 when 'failed' then 128
    when 'ok' then 256 when 'expired' then 512 when 'deleted' then 1024 when 'auth' then 2048
    when 'rate_limited' then 4096 when 'blocked' then 8192 when 'too_large' then 16384
    when 'not_media' then 32768 when 'network' then 65536
  end
$$;

-- The facts of one media as bits; those of a post are the bits of all its media together. Few combinations
-- occur in a library, so "has a video" is one of a short list of values, which an index finds and whose
-- frequency the planner knows. Without a search_path of its own, so that it is inlined.
create or replace function private.media_bits(
  p_type text, p_status text, p_outcome text, p_is_archived boolean, p_is_analyzed boolean
) returns integer
language sql immutable as $$
  select private.fact_bit(p_type) | private.fact_bit(p_status) | coalesce(private.fact_bit(p_outcome), 0)
    | case when p_is_archived then 131072 else 262144 end
    | case when p_is_analyzed then 524288 else 0 end
$$;

-- Counts the media of posts anew. The posts are locked first, in the order of their ids: what another
-- transaction did to their media meanwhile is then counted too.
create or replace function private.count_media(p_post_ids text[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform from public.posts p where p.post_id = any (p_post_ids) order by p.post_id for no key update;
  update public.posts p
  set media_total = c.total, media_ready = c.ready, media_failed = c.failed, media_archived = c.archived,
    media_analyzed = c.analyzed, media_facts = c.facts, link_dies_at = c.dies
  from (
    select o.post_id,
      count(m.media_id) as total,
      count(*) filter (where m.download_status = 'ready') as ready,
      count(*) filter (where m.download_status = 'failed') as failed,
      count(*) filter (where b.proof <> 'cached') as archived,
      count(*) filter (where m.ai_analysis_status = 'completed') as analyzed,
      min(m.url_expires_at) filter (where m.download_status <> 'ready') as dies,
      coalesce(bit_or(private.media_bits(m.media_type, m.download_status, m.outcome,
        coalesce(b.proof <> 'cached', false), coalesce(m.ai_analysis_status = 'completed', false))), 0) as facts
    from unnest(p_post_ids) o(post_id)
    left join public.post_media m on m.post_id = o.post_id
    left join public.media_blobs b on b.sha256 = m.sha256
    group by o.post_id
  ) c
  where p.post_id = c.post_id
    and (p.media_total, p.media_ready, p.media_failed, p.media_archived, p.media_analyzed, p.media_facts,
        p.link_dies_at)
      is distinct from (c.total, c.ready, c.failed, c.archived, c.analyzed, c.facts, c.dies);
end
$$;

-- Locks the posts of media. It comes before the first change of media in a transaction.
create or replace function private.lock_posts_of(p_media_ids text[]) returns void
language sql volatile set search_path = '' as $$
  select from public.posts p
  where p.post_id = any (array(select m.post_id from public.post_media m where m.media_id = any (p_media_ids)))
  order by p.post_id
  for no key update
$$;

create or replace function private.lock_posts_with(p_sha256 text) returns void
language sql volatile set search_path = '' as $$
  select from public.posts p
  where p.post_id = any (array(select m.post_id from public.post_media m where m.sha256 = p_sha256))
  order by p.post_id
  for no key update
$$;

create or replace function private.count_added_media() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.count_media(array(select distinct n.post_id from added n where n.post_id is not null));
  return null;
end
$$;

create or replace function private.count_removed_media() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.count_media(array(select distinct o.post_id from removed o where o.post_id is not null));
  return null;
end
$$;

create or replace function private.count_changed_media() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _post_ids text[] := array(
    select i.post_id
    from removed o
    join added n using (media_id)
    cross join lateral (values (o.post_id), (n.post_id)) i(post_id)
    where (o.post_id, o.media_type, o.download_status, o.outcome, o.sha256, o.url_expires_at,
          o.ai_analysis_status = 'completed')
        is distinct from
        (n.post_id, n.media_type, n.download_status, n.outcome, n.sha256, n.url_expires_at,
          n.ai_analysis_status = 'completed')
      and i.post_id is not null
    group by i.post_id
  );
begin
  if _post_ids <> '{}' then
    perform private.count_media(_post_ids);
  end if;
  return null;
end
$$;

create or replace function private.count_proven_media() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _post_ids text[] := array(
    select distinct m.post_id
    from removed o
    join added n using (sha256)
    join public.post_media m using (sha256)
    where (o.proof = 'cached') <> (n.proof = 'cached') and m.post_id is not null
  );
begin
  if _post_ids <> '{}' then
    perform private.count_media(_post_ids);
  end if;
  return null;
end
$$;

create trigger post_media_count_added
  after insert on public.post_media referencing new table as added
  for each statement execute function private.count_added_media();
create trigger post_media_count_changed
  after update on public.post_media referencing old table as removed new table as added
  for each statement execute function private.count_changed_media();
create trigger post_media_count_removed
  after delete on public.post_media referencing old table as removed
  for each statement execute function private.count_removed_media();
create trigger media_blobs_count_proven
  after update on public.media_blobs referencing old table as removed new table as added
  for each statement execute function private.count_proven_media();

-- The media that are there already.
select private.count_media(array(select m.post_id from public.post_media m where m.post_id is not null group by 1));

-- The filter language's meaning, and the orders of the list. Statements are put together from fixed pieces
-- and quoted values, so that each combination gets a plan of its own.

-- The values of posts.author_key in their order, each found from the one before through the index, and only
-- as far as the caller reads on: without a search_path of its own, so that it is inlined.
create or replace function private.author_walk() returns table (author_key text, place bigint)
language sql stable as $$
  with recursive walk(author_key, place) as (
    (select p.author_key, 1::bigint from public.posts p order by p.author_key limit 1)
    union all
    select n.author_key, w.place + 1
    from walk w
    cross join lateral (
      select p.author_key from public.posts p where p.author_key > w.author_key order by p.author_key limit 1
    ) n
  )
  select w.author_key, w.place from walk w
$$;

-- The authors whose username is this, or whose name contains it, as values of posts.author_key. Null when there
-- are too many to walk, or too many are found.
create or replace function private.author_keys(p_author text) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  _wanted text := lower(p_author);
  _keys text[] := '{}';
  _author record;
begin
  for _author in select a.author_key as key, a.place from private.author_walk() a loop
    if _author.place > 20000 or cardinality(_keys) > 1000 then
      return null;
    end if;
    if strpos(split_part(_author.key, E'\t', 1), _wanted) > 0
      or split_part(_author.key, E'\t', 2) = _wanted
    then
      _keys := _keys || _author.key;
    end if;
  end loop;
  return case when cardinality(_keys) <= 1000 then _keys end;
end
$$;

-- The values of posts.media_facts that occur, found by walking through the index.
create or replace function private.fact_values() returns setof integer
language sql stable set search_path = '' as $$
  with recursive found as (
    select w.workspace_id, (
      select min(p.media_facts) from public.posts p where p.workspace_id = w.workspace_id) as facts
    from public.workspaces w
    union all
    select f.workspace_id, (
      select min(p.media_facts) from public.posts p
      where p.workspace_id = f.workspace_id and p.media_facts > f.facts)
    from found f
    where f.facts is not null
  )
  select distinct f.facts from found f where f.facts is not null
$$;

-- Posts with at least one of some bits, and none of others.
create or replace function private.facts_sql(p_any integer, p_none integer) returns text
language sql stable set search_path = '' as $$
  select format('p.media_facts = any (%L::integer[])', coalesce(array_agg(f order by f), '{}'))
  from private.fact_values() f
  where f & p_any <> 0 and f & p_none = 0
$$;

create or replace function private.bits_of(p_words text[]) returns integer
language plpgsql stable set search_path = '' as $$
declare
  _bits integer;
begin
  select bit_or(private.fact_bit(w)) into _bits from unnest(p_words) w;
  return _bits;
end
$$;

-- Text as a part of a pattern, in which nothing has a meaning of its own.
create or replace function private.escaped_like(p_text text) returns text
language sql immutable set search_path = '' as $$
  select replace(replace(replace(p_text, '\', '\\'), '%', '\%'), '_', '\_')
$$;

create or replace function private.author_sql(p_author text) returns text
language plpgsql stable set search_path = '' as $$
declare
  _keys text[] := private.author_keys(p_author);
begin
  if cardinality(_keys) = 1 then
    -- So that the index of authors gives the posts in their order.
    return format('p.author_key = %L', _keys[1]);
  elsif _keys is not null then
    return format('p.author_key = any (%L::text[])', _keys);
  end if;
  return format('(strpos(split_part(p.author_key, E''\t'', 1), lower(%1$L)) > 0'
    ' or split_part(p.author_key, E''\t'', 2) = lower(%1$L))', p_author);
end
$$;

create or replace function private.has_sql(p_what text) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case p_what
    when 'image' then private.facts_sql(1, 0)
    when 'video' then private.facts_sql(2, 0)
    when 'audio' then private.facts_sql(4, 0)
    when 'document' then private.facts_sql(8, 0)
    when 'media' then 'p.media_facts <> 0'
    when 'text' then $sql$coalesce(p.text_content, '') <> ''$sql$
    when 'link' then 'p.has_link'
  end;
end
$$;

create or replace function private.is_sql(p_what text) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case p_what
    when 'marked' then 'p.is_marked'
    when 'read' then 'p.is_read'
    when 'unread' then 'p.is_read is not true'
    when 'archived' then private.facts_sql(131072, 262144)
    when 'analyzed' then private.facts_sql(524288, 0)
    when 'failed' then private.facts_sql(128, 0)
    when 'local' then private.facts_sql(64, 16 | 32 | 128)
  end;
end
$$;

-- Digests are compared as ranges, because a pattern reaches an index only under some collations.
create or replace function private.digest_sql(p_column text, p_prefix text) returns text
language plpgsql stable set search_path = '' as $$
begin
  if p_prefix !~ '^[0-9a-fA-F]{4,64}$' then
    raise exception using errcode = '22023', message = format('%L is not the beginning of a digest.', p_prefix);
  end if;
  return format('exists (select from public.post_media m where m.post_id = p.post_id'
    ' and m.%1$I >= %2$L and m.%1$I < %3$L)', p_column, lower(p_prefix), lower(p_prefix) || 'g');
end
$$;

-- A URN ends with the id by which its platform knows the post.
create or replace function private.id_sql(p_id text) returns text
language sql immutable set search_path = '' as $$
  select format('(p.post_id = %1$L or p.urn = any (%2$L::text[]) or p.url = %1$L'
    ' or p.post_id = (select m.post_id from public.post_media m where m.media_id = %1$L))',
    p_id, array[p_id, regexp_replace(p_id, '^urn:.*:', '')])
$$;

create or replace function private.expires_sql(p_operator text, p_value text) returns text
language sql stable set search_path = '' as $$
  select case
    when p_value <> 'none' and p_operator in ('<', '<=') then
      format('p.link_dies_at %s %L', p_operator, p_value::timestamptz)
    else 'exists (select from public.post_media m where m.post_id = p.post_id'
      || ' and m.download_status <> ''ready'' and ' || case
        when p_value = 'none' then 'm.media_url is not null and m.url_expires_at is null)'
        else format('m.url_expires_at %s %L)', p_operator, p_value::timestamptz)
      end
  end
$$;

create or replace function private.tag_sql(p_tags text[]) returns text
language plpgsql stable set search_path = '' as $$
begin
  return format('exists (select from public.post_tags t where t.post_id = p.post_id'
    ' and t.tag_id = any (%L::text[]))', array(
      select t.tag_id from public.tags t where lower(t.name) = any (array(select lower(v) from unnest(p_tags) v))));
end
$$;

-- The time of a term in milliseconds, as posts have it.
create or replace function private.milliseconds(p_time text) returns bigint
language sql stable set search_path = '' as $$
  select (extract(epoch from p_time::timestamptz) * 1000)::bigint
$$;

-- One value of a term as a predicate over alias p; null when the field does not take it.
create or replace function private.value_sql(p_field text, p_operator text, p_value text) returns text
language plpgsql stable set search_path = '' as $$
begin
  if p_field in ('reactions', 'comments', 'reposts', 'views') then
    return format('p.%I %s %s', p_field, p_operator, p_value::numeric);
  end if;
  return case p_field
    when 'author' then private.author_sql(p_value)
    when 'has' then private.has_sql(p_value)
    when 'is' then private.is_sql(p_value)
    when 'expires' then private.expires_sql(p_operator, p_value)
    when 'after' then format('p.age <= %s', -private.milliseconds(p_value))
    when 'before' then format('(p.age > %s and p.posted_at_timestamp is not null)', -private.milliseconds(p_value))
    when 'imported' then format('p.first_seen_at %s %L', p_operator, p_value::timestamptz)
    when 'sha256' then private.digest_sql('sha256', p_value)
    when 'md5' then private.digest_sql('md5_sum', p_value)
    when 'id' then private.id_sql(p_value)
    when 'text' then format('p.text_content ilike %L', '%' || private.escaped_like(p_value) || '%')
  end;
end
$$;

-- A term as a predicate; its values are alternatives.
create or replace function private.term_sql(p_field text, p_operator text, p_values text[]) returns text
language plpgsql stable set search_path = '' as $$
declare
  _small text[] := array(select lower(v) from unnest(p_values) v);
  _sql text;
begin
  if coalesce(cardinality(p_values), 0) = 0 or p_operator is null or p_operator not in ('=', '<', '>', '<=', '>=')
  then
    raise exception using errcode = '22023', message = format('The term %L is not complete.', p_field);
  end if;
  _sql := case p_field
    when 'platform' then format('p.platform = any (%L::text[])', _small)
      || case when 'linkedin' = any (_small) then ' or p.platform is null' else '' end
    when 'type' then format('p.post_type = any (%L::text[])', p_values || _small)
    when 'status' then private.facts_sql(private.bits_of(p_values), 0)
    when 'outcome' then private.facts_sql(private.bits_of(p_values), 0)
    when 'tag' then private.tag_sql(p_values)
    else (
      select case when bool_and(s.sql is not null) then string_agg(s.sql, ' or ') end
      from (select private.value_sql(p_field, p_operator, v) as sql from unnest(p_values) v) s)
  end;
  if _sql is null then
    raise exception using errcode = '22023',
      message = format('There is no field %L in filters, or it does not take this value.', p_field);
  end if;
  return '(' || _sql || ')';
end
$$;

-- A filter as a predicate over alias p of posts. What a post does not say is not so, also when negated.
create or replace function private.filter_sql(p_filter jsonb) returns text
language plpgsql stable set search_path = '' as $$
declare
  _words text := p_filter ->> 'words';
  _sql text := 'true';
  _term record;
  _predicate text;
begin
  if _words is not null then
    _sql := format('p.search @@ %L::tsquery', private.spelled_out(private.search_query(_words)));
  end if;
  if jsonb_array_length(coalesce(p_filter -> 'terms', '[]')) > 100 then
    raise exception using errcode = '22023', message = 'A filter has at most 100 terms.';
  end if;
  for _term in
    select * from jsonb_to_recordset(coalesce(p_filter -> 'terms', '[]'))
      t(field text, operator text, "values" text[], negated boolean)
  loop
    _predicate := private.term_sql(_term.field, coalesce(_term.operator, '='), _term."values");
    _sql := _sql || ' and ' || case
      when not coalesce(_term.negated, false) then _predicate
      when _predicate like '(exists (%' then 'not ' || _predicate
      else _predicate || ' is not true'
    end;
  end loop;
  return _sql;
end
$$;

-- The columns that an order goes by, all in the same direction.
create or replace function private.sort_columns(p_sort text) returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  case p_sort
    when 'newest', 'oldest' then return array['age', 'post_id'];
    when 'engagement' then return array['engagement_rank', 'age', 'post_id'];
    when 'author' then return array['author_key', 'age', 'post_id'];
    when 'state' then return array['media_state', 'age', 'post_id'];
    else raise exception using errcode = '22023', message = format('%L is no order of posts.', p_sort);
  end case;
end
$$;

-- The columns of an order, in a direction, as they stand in "order by".
create or replace function private.order_sql(p_alias text, p_sort text, p_backward boolean) returns text
language sql immutable set search_path = '' as $$
  select string_agg(format('%s.%I%s', p_alias, c.name,
    case when (p_sort = 'oldest') <> p_backward then ' desc' else '' end), ', ' order by c.ordinality)
  from unnest(private.sort_columns(p_sort)) with ordinality c(name)
$$;

-- A post's place in an order, as jsonb.
create or replace function private.key_sql(p_sort text) returns text
language sql immutable set search_path = '' as $$
  select format('jsonb_build_object(''sort'', %L::text, ''at'', jsonb_build_array(%s))', p_sort,
    string_agg('p.' || c.name, ', ' order by c.ordinality))
  from unnest(private.sort_columns(p_sort)) with ordinality c(name)
$$;

-- The posts behind a place in an order (or before it).
create or replace function private.after_sql(p_sort text, p_after jsonb, p_backward boolean, p_or_at boolean)
returns text
language plpgsql immutable set search_path = '' as $$
declare
  _columns text[] := private.sort_columns(p_sort);
begin
  if p_after is null or p_after = 'null' then
    return 'true';
  end if;
  if p_after ->> 'sort' is distinct from p_sort or jsonb_typeof(p_after -> 'at') is distinct from 'array'
    or jsonb_array_length(p_after -> 'at') <> cardinality(_columns)
  then
    raise exception using errcode = '22023', message = 'The place in the list belongs to another order.';
  end if;
  return (
    select format('(%s) %s%s (%s)', string_agg('p.' || _columns[v.ordinality], ', ' order by v.ordinality),
      case when (p_sort = 'oldest') <> p_backward then '<' else '>' end,
      case when p_or_at then '=' else '' end,
      string_agg(format('%L', v.value), ', ' order by v.ordinality))
    from jsonb_array_elements_text(p_after -> 'at') with ordinality v
  );
end
$$;

-- The statement that finds one page of posts through the index of its order: their ids, the columns of the
-- order, and their places. $1 are the workspaces, $2 how many to skip, $3 how many to take.
create or replace function private.page_sql(p_filter jsonb, p_sort text, p_after jsonb, p_backward boolean)
returns text
language sql stable set search_path = '' as $$
  select format(
    'select p.%s, %s as key from public.posts p where p.workspace_id = any ($1) and %s and %s'
      ' order by %s offset $2 limit $3',
    array_to_string(private.sort_columns(p_sort), ', p.'), private.key_sql(p_sort),
    private.after_sql(p_sort, p_after, p_backward, false), private.filter_sql(p_filter),
    private.order_sql('p', p_sort, p_backward))
$$;

-- What surrounds the list of posts: how many there are, where its pages begin, what one could filter by, and
-- the same posts as pictures. What is counted may take long: it keeps to one processor, so that rows come beside
-- it, and has memory for the places of all posts that it finds.

-- How many posts a filter finds, and, where that is asked, how many media they have: for that the posts must be
-- read, while their number is often in an index.
create or replace function public.count_posts(p_filter jsonb default '{}', p_with_media boolean default false)
returns table (total bigint, media bigint)
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
set work_mem = '64MB' set max_parallel_workers_per_gather = 0 as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query execute format(
    'select count(*), %s from public.posts p where p.workspace_id = any ($1) and %s',
    case when p_with_media then 'coalesce(sum(p.media_total), 0)::bigint' else 'null::bigint' end,
    private.filter_sql(p_filter))
  using _workspaces;
end
$$;

-- Where the list can be entered: the key of the post before each position that is a multiple of p_every, so
-- that the page after that key begins there. Of very many, only every second, third … is given, so that they
-- are one page too.
create or replace function public.post_anchors(
  p_filter jsonb default '{}', p_sort text default 'newest', p_every integer default 1000
) returns table ("position" bigint, key jsonb)
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
set work_mem = '64MB' set max_parallel_workers_per_gather = 0 as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query execute format($statement$
    with places as materialized (
      select o.position, %s as key
      from (
        select p.%s, row_number() over (order by %s) as position
        from public.posts p where p.workspace_id = any ($1) and %s
      ) o
      join lateral (select o.*) p on true
      where o.position %% $2 = 0
    ),
    counted as (
      select l.*, row_number() over (order by l.position) as place, count(*) over () as total from places l
    )
    select c.position, c.key from counted c
    where c.place %% ((c.total + 499) / 500) = 0
    order by c.position
  $statement$,
    private.key_sql(p_sort), array_to_string(private.sort_columns(p_sort), ', p.'),
    private.order_sql('p', p_sort, false), private.filter_sql(p_filter))
  using _workspaces, greatest(coalesce(p_every, 1000), 1);
end
$$;

-- The words for bits, to count posts by what is true of some of their media.
create or replace function private.fact_words(p_facet text) returns text[]
language sql immutable set search_path = '' as $$
  select case p_facet
    when 'has' then array['image', 'video', 'audio', 'document']
    when 'status' then array['pending', 'downloading', 'ready', 'failed']
    when 'outcome' then array['ok', 'expired', 'deleted', 'auth', 'rate_limited', 'blocked', 'too_large',
      'not_media', 'network']
  end
$$;

-- The values of one facet among the posts of a filter, and how many posts each has: the most frequent first.
-- Each can be a term of a filter.
create or replace function private.facet_sql(p_filter jsonb, p_facet text) returns text
language plpgsql stable set search_path = '' as $$
declare
  _from text := 'from public.posts p where p.workspace_id = any ($1) and ' || private.filter_sql(p_filter);
begin
  case p_facet
    when 'platform' then
      return 'select coalesce(p.platform, ''linkedin'') as value, count(*) as count ' || _from || ' group by 1';
    when 'type' then
      return 'select p.post_type as value, count(*) as count ' || _from
        || ' and p.post_type is not null group by 1';
    when 'author' then
      return format($sql$
        select coalesce(nullif(split_part(k.author_key, E'\t', 2), ''), split_part(k.author_key, E'\t', 1)) as value,
          sum(k.count)::bigint as count
        from (select p.author_key, count(*) as count %s and p.author_key <> E'\t' group by p.author_key) k
        group by 1
      $sql$, _from);
    when 'tag' then
      return format($sql$
        select g.name as value, sum(t.count)::bigint as count
        from (
          select t.tag_id, count(*) as count from public.post_tags t
          where %s group by t.tag_id
        ) t
        join public.tags g using (tag_id)
        group by g.name
      $sql$, case when p_filter @? '$.words ? (@ != null)' or jsonb_array_length(coalesce(p_filter -> 'terms', '[]')) > 0
        then format('t.post_id in (select p.post_id %s)', _from) else 't.workspace_id = any ($1)' end);
    when 'has', 'status', 'outcome' then
      return format($sql$
        select w.word as value, sum(f.count)::bigint as count
        from (select p.media_facts, count(*) as count %s group by p.media_facts) f
        join unnest(%L::text[]) w(word) on f.media_facts & private.fact_bit(w.word) <> 0
        group by 1
      $sql$, _from, private.fact_words(p_facet));
    else
      raise exception using errcode = '22023', message = format('There is no facet %L.', p_facet);
  end case;
end
$$;

create or replace function public.facet_posts(
  p_filter jsonb default '{}', p_facet text default 'platform', p_limit integer default 50
) returns table (value text, count bigint)
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
set work_mem = '64MB' set max_parallel_workers_per_gather = 0 as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query execute format('select f.value, f.count from (%s) f order by f.count desc, f.value limit $2',
    private.facet_sql(p_filter, p_facet))
  using _workspaces, private.page_size(p_limit);
end
$$;

-- The authors whose name or username begins so; of the first 20,000.
create or replace function private.suggest_authors(p_prefix text, p_workspaces uuid[], p_limit integer)
returns setof text
language plpgsql stable set search_path = '' as $$
declare
  _wanted text := lower(p_prefix);
  _key text;
  _left integer := p_limit;
begin
  for _key in select a.author_key from private.author_walk() a limit 20000 loop
    exit when _left = 0;
    if (starts_with(_key, _wanted) or strpos(split_part(_key, E'\t', 1), ' ' || _wanted) > 0
        or starts_with(split_part(_key, E'\t', 2), _wanted)) and _key <> E'\t'
      and exists (select from public.posts p where p.author_key = _key and p.workspace_id = any (p_workspaces))
    then
      return next coalesce(nullif(split_part(_key, E'\t', 2), ''), split_part(_key, E'\t', 1));
      _left := _left - 1;
    end if;
  end loop;
end
$$;

-- Values of a field that begin so, for completion; counted where counting is cheap.
create or replace function public.suggest_values(
  p_field text, p_prefix text default '', p_limit integer default 20
) returns table (value text, count bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  if p_field = 'author' then
    return query
      select a, null::bigint from private.suggest_authors(p_prefix, _workspaces, private.page_size(p_limit)) a;
  elsif p_field in ('platform', 'type', 'tag') then
    return query
      select f.value, f.count from public.facet_posts('{}', p_field, 500) f
      where starts_with(lower(f.value), lower(p_prefix))
      order by f.count desc, f.value
      limit private.page_size(p_limit);
  else
    raise exception using errcode = '22023', message = format('The values of %L are not suggested.', p_field);
  end if;
end
$$;

-- A media in the gallery: with whose post it is, and its place in the list.
create view private.gallery_view as
select m.*, p.author_username, p.author_name, p.posted_at_timestamp, null::jsonb as key
from private.media_view m
join public.posts p using (post_id);

-- The media of the posts of a filter, in the order of the posts and then in that of each post. A key is a
-- post's, with the role and position of the media.
create or replace function public.list_gallery(
  p_filter jsonb default '{}', p_sort text default 'newest', p_after jsonb default null,
  p_backward boolean default false, p_offset integer default 0, p_limit integer default 200
) returns setof private.gallery_view
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1 as $$
declare
  _workspaces uuid[] := private.require_reader();
  _down text := case when p_backward then ' desc' else '' end;
begin
  return query execute format($statement$
    select v.*, p.author_username, p.author_name, p.posted_at_timestamp, n.key
    from (
      select m.media_id,
        row_number() over (order by %5$s, private.role_rank(m.role)%6$s, m.position%6$s) as place, %1$s
        || jsonb_build_object('media', jsonb_build_array(private.role_rank(m.role), m.position)) as key
      from public.posts p
      join public.post_media m on m.post_id = p.post_id
      where p.workspace_id = any ($1) and p.media_total > 0 and %2$s and (%3$s) and %4$s
      order by %5$s, private.role_rank(m.role)%6$s, m.position%6$s
      offset $2 limit $3
    ) n
    join private.media_view v using (media_id)
    join public.posts p on p.post_id = v.post_id
    order by n.place%6$s
  $statement$,
    private.key_sql(p_sort),
    private.after_sql(p_sort, p_after, p_backward, true),
    private.behind_media_sql(p_sort, p_after, p_backward),
    private.filter_sql(p_filter), private.order_sql('p', p_sort, p_backward), _down)
  using _workspaces, greatest(coalesce(p_offset, 0), 0), private.page_size(p_limit);
end
$$;

-- The media behind a place in the gallery, among those of its post and of the posts behind.
create or replace function private.behind_media_sql(p_sort text, p_after jsonb, p_backward boolean) returns text
language plpgsql immutable set search_path = '' as $$
begin
  if p_after is null or p_after = 'null' then
    return 'true';
  end if;
  if jsonb_typeof(p_after -> 'media') is distinct from 'array' then
    raise exception using errcode = '22023', message = 'The place is not one of the gallery.';
  end if;
  return format('p.post_id <> %L or (private.role_rank(m.role), m.position) %s (%s, %s)',
    p_after -> 'at' ->> -1, case when p_backward then '<' else '>' end,
    (p_after #>> '{media,0}')::integer, (p_after #>> '{media,1}')::integer);
end
$$;

revoke all on function public.count_posts, public.post_anchors, public.facet_posts, public.suggest_values,
  public.list_gallery from public, anon;
grant execute on function public.count_posts, public.post_anchors, public.facet_posts, public.suggest_values,
  public.list_gallery to authenticated, service_role;

-- Saved views: a name for a filter with its order and columns, shared by a workspace.

create table public.saved_views (
  view_id text primary key,
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  owner_user_id uuid,
  name text not null constraint saved_views_name_check check (length(name) between 1 and 100),
  filter text not null default '' constraint saved_views_filter_check check (length(filter) <= 1000),
  sort text not null default 'newest'
    constraint saved_views_sort_check check (sort in ('newest', 'oldest', 'engagement', 'author', 'state')),
  columns jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint saved_views_name_key unique (workspace_id, name)
);

comment on column public.saved_views.filter is 'As it was typed: relative times are read anew each time';

alter table public.saved_views enable row level security;
revoke all on public.saved_views from public, anon, authenticated;
grant all on public.saved_views to service_role;
grant select on public.saved_views to authenticated;
create policy service_all on public.saved_views to service_role using (true) with check (true);
create policy member_read on public.saved_views for select to authenticated
  using (workspace_id = any (array(select unnest(private.readable_workspaces()))));

create or replace function public.list_views() returns setof public.saved_views
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select v.* from public.saved_views v
    where v.workspace_id = any (_workspaces)
    order by lower(v.name), v.view_id
    limit private.page_size(500);
end
$$;

-- Saves a view under its name; one that has the name already is replaced.
create or replace function public.save_view(
  p_name text, p_filter text, p_sort text default 'newest', p_columns jsonb default '[]'
) returns setof public.saved_views
language plpgsql volatile security definer set search_path = '' as $$
declare
  _editable uuid[] := private.require_editor();
  _workspace uuid := private.target_workspace(_editable);
begin
  if not exists (select from public.saved_views v where v.workspace_id = _workspace and v.name = p_name)
    and (select count(*) from public.saved_views v where v.workspace_id = _workspace) >= 500
  then
    raise exception using errcode = '22023', message = 'There are 500 saved views already.',
      hint = 'Delete one first.';
  end if;
  return query
    insert into public.saved_views (view_id, workspace_id, owner_user_id, name, filter, sort, columns)
    values (private.generate_aws_id('view'), _workspace, auth.uid(), p_name, p_filter, p_sort, p_columns)
    on conflict (workspace_id, name) do update
    set filter = excluded.filter, sort = excluded.sort, columns = excluded.columns, updated_at = now()
    returning *;
end
$$;

create or replace function public.delete_view(p_view_id text) returns setof public.saved_views
language plpgsql volatile security definer set search_path = '' as $$
declare
  _editable uuid[] := private.require_editor();
begin
  return query
    delete from public.saved_views v
    where v.view_id = p_view_id and v.workspace_id = any (_editable)
    returning v.*;
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no saved view %L.', p_view_id);
  end if;
end
$$;

revoke all on function public.list_views, public.save_view, public.delete_view from public, anon;
grant execute on function public.list_views, public.save_view, public.delete_view to authenticated, service_role;

-- Changes of many posts at once, and taking them back.

-- One row per part of a change and workspace: a change of very many posts comes in parts.
create table public.post_changes (
  id bigint generated always as identity primary key,
  change_id text not null,
  workspace_id uuid not null references public.workspaces (workspace_id),
  change text not null
    constraint post_changes_change_check
    check (change in ('mark', 'unmark', 'read', 'unread', 'tag', 'untag')),
  value text,
  post_ids text[] not null,
  removed jsonb,
  actor text not null,
  user_id uuid default auth.uid(),
  created_at timestamptz not null default now(),
  undone_at timestamptz
);

create index idx_post_changes_change on public.post_changes (change_id);

comment on column public.post_changes.post_ids is 'The posts that it really changed, which undoing changes back';
comment on column public.post_changes.removed is 'The rows of post_tags that it removed, as they were';

alter table public.post_changes enable row level security;
revoke all on public.post_changes from public, anon, authenticated;
grant all on public.post_changes to service_role;
grant select on public.post_changes to authenticated;
create policy service_all on public.post_changes to service_role using (true) with check (true);
create policy member_read on public.post_changes for select to authenticated
  using (workspace_id = any (array(select unnest(private.readable_workspaces()))));

-- Whether a post is not yet as a change makes it, as a predicate over alias p. $1 are workspaces, $4 tags.
create or replace function private.unchanged_sql(p_change text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case p_change
    when 'mark' then 'p.is_marked is not true'
    when 'unmark' then 'p.is_marked'
    when 'read' then 'p.is_read is not true'
    when 'unread' then 'p.is_read'
    when 'tag' then 'not exists (select from public.post_tags t where t.post_id = p.post_id and t.tag_id = any ($4))'
    when 'untag' then 'exists (select from public.post_tags t where t.post_id = p.post_id and t.tag_id = any ($4))'
  end;
end
$$;

-- The ids of the tags with a name in workspaces; makes it in the first one when it has to be there.
create or replace function private.tags_named(p_name text, p_workspaces uuid[], p_make boolean) returns text[]
language plpgsql volatile set search_path = '' as $$
begin
  if coalesce(btrim(p_name), '') = '' or length(p_name) > 100 then
    raise exception using errcode = '22023', message = 'A tag is a name of 1 to 100 characters.';
  end if;
  if p_make then
    insert into public.tags (tag_id, name, workspace_id)
    select private.generate_aws_id('tag'), btrim(p_name), w
    from unnest(p_workspaces) w
    where not exists (
      select from public.tags t where lower(t.name) = lower(btrim(p_name)) and t.workspace_id = w)
    on conflict (workspace_id, name) do nothing;
  end if;
  return array(
    select t.tag_id from public.tags t
    where lower(t.name) = lower(btrim(p_name)) and t.workspace_id = any (p_workspaces)
    order by t.tag_id);
end
$$;

-- Makes posts as a change has them, and writes down which. They are locked in the order of their ids.
create or replace function private.apply_change(
  p_change_id text, p_change text, p_value text, p_tags text[], p_post_ids text[], p_actor text
) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  _removed jsonb;
begin
  case p_change
    when 'mark', 'unmark' then
      update public.posts p set is_marked = p_change = 'mark', updated_at = now()
      where p.post_id = any (p_post_ids);
    when 'read', 'unread' then
      update public.posts p set is_read = p_change = 'read', updated_at = now()
      where p.post_id = any (p_post_ids);
    when 'tag' then
      insert into public.post_tags (post_tag_id, post_id, tag_id, applied_by, workspace_id)
      select private.generate_aws_id('ptg'), p.post_id, (
          select min(t.tag_id) from public.tags t
          where t.tag_id = any (p_tags) and t.workspace_id = p.workspace_id),
        'user', p.workspace_id
      from public.posts p
      where p.post_id = any (p_post_ids)
      on conflict (post_id, tag_id) do nothing;
    when 'untag' then
      with removed as (
        delete from public.post_tags t
        where t.post_id = any (p_post_ids) and t.tag_id = any (p_tags)
        returning t.*
      )
      select jsonb_agg(r) into _removed from removed r;
  end case;
  insert into public.post_changes (change_id, workspace_id, change, value, post_ids, removed, actor)
  select p_change_id, p.workspace_id, p_change, p_value, array_agg(p.post_id order by p.post_id), (
      select jsonb_agg(r) from jsonb_array_elements(_removed) r
      where r ->> 'workspace_id' = p.workspace_id::text), p_actor
  from public.posts p
  where p.post_id = any (p_post_ids)
  group by p.workspace_id;
  insert into public.media_events (event, actor, details, workspace_id)
  select case p_change when 'mark' then 'posts_marked' when 'unmark' then 'posts_unmarked'
      when 'tag' then 'posts_tagged' when 'untag' then 'posts_untagged' else 'posts_' || p_change end,
    p_actor, jsonb_strip_nulls(jsonb_build_object('change_id', p_change_id, 'posts', count(*), 'tag', p_value)),
    p.workspace_id
  from public.posts p
  where p.post_id = any (p_post_ids)
  group by p.workspace_id;
  return cardinality(p_post_ids);
end
$$;

-- Changes the posts that are named, or those of a filter but some. Posts that are so already are no part of
-- it. One call changes at most 50,000 posts, so that nobody waits long for its locks, and says whether there
-- are more: the caller then goes on with the same change_id.
create or replace function public.change_posts(
  p_change text, p_value text default null, p_post_ids text[] default null, p_filter jsonb default null,
  p_except text[] default null, p_change_id text default null, p_actor text default 'app'
) returns table (change_id text, changed integer, has_more boolean)
language plpgsql volatile security definer set search_path = '' as $$
declare
  _most constant integer := 50000;
  _editable uuid[] := private.require_editor();
  _change_id text := coalesce(p_change_id, private.generate_aws_id('change'));
  _tags text[];
  _post_ids text[];
begin
  if p_change is null or private.unchanged_sql(p_change) is null then
    raise exception using errcode = '22023', message = format('%L is no change of posts.', p_change);
  end if;
  if (p_post_ids is null) = (p_filter is null) then
    raise exception using errcode = '22023', message = 'Either posts or a filter say what to change.';
  end if;
  if exists (
    select from public.post_changes c
    where c.change_id = p_change_id
      and (not c.workspace_id = any (_editable) or c.change <> p_change or c.undone_at is not null)
  ) then
    raise exception using errcode = '22023', message = format('The change %L is another one.', p_change_id);
  end if;
  if p_change in ('tag', 'untag') then
    _tags := private.tags_named(p_value, _editable, false);
  end if;
  execute format(
    'select array(select p.post_id from public.posts p where p.workspace_id = any ($1)'
    ' and ($2 is null or p.post_id = any ($2)) and ($3 is null or p.post_id <> all ($3)) and %s and %s limit $5)',
    private.unchanged_sql(p_change), private.filter_sql(coalesce(p_filter, '{}')))
  into _post_ids
  using _editable, p_post_ids, p_except, _tags, _most;
  -- What others did to them in between counts.
  execute format(
    'with locked as materialized ('
    'select p.post_id, p.is_marked, p.is_read from public.posts p where p.post_id = any ($2)'
    ' order by p.post_id for no key update)'
    ' select array(select p.post_id from locked p where %s)', private.unchanged_sql(p_change))
  into _post_ids
  using _editable, _post_ids, null::text[], _tags;
  if _post_ids = '{}' then
    return query select _change_id, 0, false;
    return;
  end if;
  if p_change = 'tag' then
    _tags := private.tags_named(p_value, array(
      select distinct p.workspace_id from public.posts p where p.post_id = any (_post_ids)), true);
  end if;
  return query
    select _change_id,
      private.apply_change(_change_id, p_change, p_value, _tags, _post_ids, p_actor),
      cardinality(_post_ids) = _most;
end
$$;

-- Takes back one part of a change: posts that it changed, and that are still so, become what they were.
create or replace function private.take_back(p_part public.post_changes) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  _changed integer;
begin
  perform from public.posts p where p.post_id = any (p_part.post_ids) order by p.post_id for no key update;
  case p_part.change
    when 'mark', 'unmark' then
      update public.posts p set is_marked = p_part.change = 'unmark', updated_at = now()
      where p.post_id = any (p_part.post_ids) and coalesce(p.is_marked, false) = (p_part.change = 'mark');
    when 'read', 'unread' then
      update public.posts p set is_read = p_part.change = 'unread', updated_at = now()
      where p.post_id = any (p_part.post_ids) and coalesce(p.is_read, false) = (p_part.change = 'read');
    when 'tag' then
      delete from public.post_tags t
      using public.tags g
      where g.tag_id = t.tag_id and lower(g.name) = lower(btrim(p_part.value))
        and t.post_id = any (p_part.post_ids) and t.workspace_id = p_part.workspace_id;
    when 'untag' then
      insert into public.post_tags
      select r.* from jsonb_populate_recordset(null::public.post_tags, p_part.removed) r
      where exists (select from public.posts p where p.post_id = r.post_id)
        and exists (select from public.tags g where g.tag_id = r.tag_id)
      on conflict do nothing;
  end case;
  get diagnostics _changed = row_count;
  return _changed;
end
$$;

-- Takes back what is left of a change, at most 50,000 posts a call, and says whether there is more.
create or replace function public.undo_change(p_change_id text, p_actor text default 'app')
returns table (changed integer, has_more boolean)
language plpgsql volatile security definer set search_path = '' as $$
declare
  _editable uuid[] := private.require_editor();
  _part public.post_changes;
  _changed integer;
begin
  select * into _part from public.post_changes c
  where c.change_id = p_change_id and c.workspace_id = any (_editable)
  order by c.undone_at nulls first, c.id desc
  limit 1
  for update;
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no change %L.', p_change_id);
  end if;
  if _part.undone_at is not null then
    return query select 0, false;
    return;
  end if;
  _changed := private.take_back(_part);
  update public.post_changes c set undone_at = now() where c.id = _part.id;
  insert into public.media_events (event, actor, details, workspace_id)
  values ('change_undone', p_actor, jsonb_build_object('change_id', p_change_id, 'posts', _changed),
    _part.workspace_id);
  return query select _changed, exists (
    select from public.post_changes c
    where c.change_id = p_change_id and c.workspace_id = any (_editable) and c.undone_at is null);
end
$$;

-- The jobs about the media that are named, or about those of the posts that are named or that a filter finds,
-- in one row, because they may be very many.
create or replace function public.jobs_on(
  p_statuses text[], p_media_ids text[] default null, p_post_ids text[] default null,
  p_filter jsonb default null, p_except text[] default null
) returns table (job_ids bigint[])
language plpgsql stable security definer set search_path = '' as $$
declare
  _editable uuid[] := private.require_editor();
  _post_ids text[] := private.posts_for(p_post_ids, p_filter, p_except, _editable);
begin
  if p_media_ids is null and _post_ids is null then
    raise exception using errcode = '22023', message = 'Either media, posts or a filter say which jobs.';
  end if;
  return query
    select coalesce(array_agg(j.job_id order by j.job_id), '{}')
    from private.jobs_of(_editable) j
    where j.status::text = any (p_statuses)
      and (p_media_ids is null or j.media_id = any (p_media_ids))
      and (_post_ids is null or j.post_id = any (_post_ids));
end
$$;

revoke all on function public.change_posts, public.undo_change, public.jobs_on from public, anon;
grant execute on function public.change_posts, public.undo_change, public.jobs_on
  to authenticated, service_role;

revoke execute on all functions in schema private from public;
grant execute on function private.is_service, private.readable_workspaces, private.editable_workspaces,
  private.owned_workspaces to authenticated, service_role;

-- PostgREST reads the catalogue again.
notify pgrst, 'reload schema';
