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
  select coalesce('p.media_facts = any (' || quote_literal(array_agg(f order by f)) || '::integer[])', 'false')
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

-- The posts with media that are being downloaded, which their facts count as pending, and the states of all their
-- media. There are never many; found through indexes, whatever the statistics say.
create or replace function private.posts_in_flight() returns table (post_id text, facts integer, states text[])
language sql stable set search_path = '' set enable_seqscan = off as $$
  select p.post_id, p.media_facts,
    array(select m.download_status from public.post_media m where m.post_id = p.post_id)
  from public.posts p
  where p.post_id in (select m.post_id from public.post_media m where m.download_status = 'downloading')
$$;

-- Posts with media in at least one of some states: those with their bits, but for the posts in flight, each of
-- which is looked at.
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
    when 'local' then private.facts_sql(64, 16 | 128)
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
      || ' and m.download_status <> ''ready'' and m.outcome is distinct from ''ok'' and ' || case
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
