-- What surrounds the list of posts: how many there are, where its pages begin, what one could filter by, and
-- the same posts as pictures. What is counted may take long: it keeps to one processor, so that rows come beside
-- it, and has memory for the places of all posts that it finds.

-- The posts of a filter, whose predicate this is, each with a weight: the sum of these is their number. Posts are
-- counted in an index without ids, but posts in flight are known by their ids. So these are counted by the bits of
-- their states among all, as the words of outcomes are, then taken off again and counted as they are.
create or replace function private.weighed_sql(p_filter jsonb, p_sql text) returns text
language plpgsql stable set search_path = '' as $$
declare
  _posts constant text := 'select p.media_facts, p.platform, p.post_type, p.media_total, %s as weight'
    ' from public.posts p where p.workspace_id = any ($1) and %s';
  _rough text := p_sql;
  _in_flight text;
begin
  if p_filter @? '$.terms[*].field ? (@ == "status")' then
    _rough := private.filter_sql(p_filter || jsonb_build_object('terms', (
      select jsonb_agg(case t ->> 'field' when 'status' then t || '{"field": "outcome"}' else t end)
      from jsonb_array_elements(p_filter -> 'terms') t)));
  end if;
  if _rough = p_sql then
    return format(_posts, 1, p_sql);
  end if;
  select ' and p.post_id = any (' || quote_literal(array_agg(f.post_id)) || ')' into _in_flight
  from private.posts_in_flight() f;
  return format(_posts, 1, _rough) || ' union all ' || format(_posts, -1, _rough) || _in_flight
    || ' union all ' || format(_posts, 1, p_sql) || _in_flight;
end
$$;

-- How many posts a filter finds, and, where that is asked, how many media they have: for that the posts must be
-- read, while their number is often in an index.
create or replace function public.count_posts(p_filter jsonb default '{}', p_with_media boolean default false)
returns table (total bigint, media bigint)
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
set work_mem = '64MB' set max_parallel_workers_per_gather = 0 as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query execute format('select coalesce(sum(p.weight), 0), %s from (%s) p',
    case when p_with_media then 'coalesce(sum(p.media_total * p.weight), 0)::bigint' else 'null::bigint' end,
    private.weighed_sql(p_filter, private.filter_sql(p_filter)))
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

-- The values of a facet whose words are facts of media, and how many of some posts have each. Posts in flight
-- have the bit of what is pending.
create or replace function private.facts_facet_sql(p_filter jsonb, p_sql text, p_facet text) returns text
language plpgsql stable set search_path = '' as $$
declare
  _sql text := format($sql$
    select w.word as value, f.count
    from (select p.media_facts, sum(p.weight) as count from (%s) p group by p.media_facts) f
    join unnest(%L::text[]) w(word) on f.media_facts & private.fact_bit(w.word) <> 0
  $sql$, private.weighed_sql(p_filter, p_sql), private.fact_words(p_facet));
begin
  if p_facet = 'status' then
    _sql := _sql || (
      select format($sql$
        union all
        select 'downloading', count(*) from public.posts p
        where p.workspace_id = any ($1) and p.post_id = any (%1$L) and %3$s
        union all
        select 'pending', -count(*) from public.posts p
        where p.workspace_id = any ($1) and p.post_id = any (%2$L) and %3$s
      $sql$, array_agg(f.post_id), array_agg(f.post_id) filter (where 'pending' <> all (f.states)), p_sql)
      from private.posts_in_flight() f);
  end if;
  return format('select s.value, sum(s.count)::bigint as count from (%s) s group by 1', _sql);
end
$$;

-- The values of one facet among the posts of a filter, and how many posts each has: the most frequent first.
-- Each can be a term of a filter.
create or replace function private.facet_sql(p_filter jsonb, p_facet text) returns text
language plpgsql stable set search_path = '' as $$
declare
  _filter text := private.filter_sql(p_filter);
  _from text := 'from public.posts p where p.workspace_id = any ($1) and ' || _filter;
begin
  case p_facet
    when 'platform' then
      return format('select coalesce(p.platform, ''linkedin'') as value, sum(p.weight) as count from (%s) p'
        ' group by 1', private.weighed_sql(p_filter, _filter));
    when 'type' then
      return format('select p.post_type as value, sum(p.weight) as count from (%s) p'
        ' where p.post_type is not null group by 1', private.weighed_sql(p_filter, _filter));
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
    when 'shows' then
      return format($sql$
        select l.label as value, count(distinct l.post_id) as count
        from private.media_labels l
        where %s
        group by l.label
      $sql$, case when p_filter @? '$.words ? (@ != null)' or jsonb_array_length(coalesce(p_filter -> 'terms', '[]')) > 0
        then format('l.post_id in (select p.post_id %s)', _from) else 'l.workspace_id = any ($1)' end);
    when 'has', 'status', 'outcome' then
      return private.facts_facet_sql(p_filter, _filter, p_facet);
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
  return query execute format('select f.value, f.count from (%s) f where f.count > 0'
    ' order by f.count desc, f.value limit $2',
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
  elsif p_field in ('platform', 'type', 'tag', 'shows') then
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

-- How many posts stand before a place in an order, and how many media these have, so that the gallery can begin
-- at a post.
create or replace function public.count_above(
  p_at jsonb, p_filter jsonb default '{}', p_sort text default 'newest'
) returns table (posts bigint, media bigint)
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1 as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query execute format('select count(*), coalesce(sum(p.media_total), 0)::bigint from public.posts p'
    ' where p.workspace_id = any ($1) and %s and %s',
    private.after_sql(p_sort, p_at, true, false), private.filter_sql(p_filter))
  using _workspaces;
end
$$;

revoke all on function public.count_posts, public.post_anchors, public.facet_posts, public.suggest_values,
  public.list_gallery, public.count_above from public, anon;
grant execute on function public.count_posts, public.post_anchors, public.facet_posts, public.suggest_values,
  public.list_gallery, public.count_above to authenticated, service_role;
