-- The beginning of a download is no change of its post.

create or replace function private.fact_bit(p_word text) returns integer
language sql immutable as $$
  select case p_word
    when 'image' then 1 when 'video' then 2 when 'audio' then 4 when 'document' then 8
    when 'pending' then 16 when 'ready' then 64 when 'failed' then 128
    when 'ok' then 256 when 'expired' then 512 when 'deleted' then 1024 when 'auth' then 2048
    when 'rate_limited' then 4096 when 'blocked' then 8192 when 'too_large' then 16384
    when 'not_media' then 32768 when 'network' then 65536
  end
$$;

create or replace function private.media_bits(
  p_type text, p_status text, p_outcome text, p_is_archived boolean, p_is_analyzed boolean
) returns integer
language sql immutable as $$
  select private.fact_bit(p_type) | private.fact_bit(replace(p_status, 'downloading', 'pending'))
    | coalesce(private.fact_bit(p_outcome), 0)
    | case when p_is_archived then 131072 else 262144 end
    | case when p_is_analyzed then 524288 else 0 end
$$;

create or replace function private.count_changed_media() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _post_ids text[] := array(
    select i.post_id
    from removed o
    join added n using (media_id)
    cross join lateral (values (o.post_id), (n.post_id)) i(post_id)
    where (o.post_id, o.media_type, replace(o.download_status, 'downloading', 'pending'), o.outcome, o.sha256,
          o.url_expires_at, o.ai_analysis_status = 'completed')
        is distinct from
        (n.post_id, n.media_type, replace(n.download_status, 'downloading', 'pending'), n.outcome, n.sha256,
          n.url_expires_at, n.ai_analysis_status = 'completed')
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

create or replace function private.facts_sql(p_any integer, p_none integer) returns text
language sql stable set search_path = '' as $$
  select coalesce('p.media_facts = any (' || quote_literal(array_agg(f order by f)) || '::integer[])', 'false')
  from private.fact_values() f
  where f & p_any <> 0 and f & p_none = 0
$$;

create or replace function private.posts_in_flight() returns table (post_id text, facts integer, states text[])
language sql stable set search_path = '' set enable_seqscan = off as $$
  select p.post_id, p.media_facts,
    array(select m.download_status from public.post_media m where m.post_id = p.post_id)
  from public.posts p
  where p.post_id in (select m.post_id from public.post_media m where m.download_status = 'downloading')
$$;

create or replace function private.status_sql(p_words text[]) returns text
language plpgsql stable set search_path = '' as $$
declare
  _bits integer := coalesce(private.bits_of(p_words), 0);
  _wrong text[];
  _missed text[];
begin
  select array_agg(f.post_id) filter (where f.facts & _bits <> 0 and not f.states && p_words),
    array_agg(f.post_id) filter (where f.facts & _bits = 0 and f.states && p_words)
  into _wrong, _missed
  from private.posts_in_flight() f;
  return private.facts_sql(_bits, 0)
    || coalesce(' and p.post_id <> all (' || quote_literal(_wrong) || ')', '')
    || coalesce(' or p.post_id = any (' || quote_literal(_missed) || ')', '');
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
    when 'local' then private.facts_sql(64, 16 | 128)
  end;
end
$$;

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
    when 'status' then private.status_sql(p_values)
    when 'outcome' then private.facts_sql(private.bits_of(p_values), 0)
    when 'tag' then private.tag_sql(p_values)
    when 'shows' then private.label_sql(_small)
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

-- Posts in flight have the bit of what is pending.
update public.posts set media_facts = (media_facts & ~32) | 16 where (media_facts & 32) <> 0;

revoke execute on all functions in schema private from public;
