-- What media show, as tags of their analyses, to narrow posts by. The analysis of a media is any text, as old
-- libraries have it: one that holds no list of tags has no labels.

create table private.media_labels (
  media_id text not null references public.post_media (media_id) on delete cascade on update cascade,
  label text not null,
  post_id text not null references public.posts (post_id) on delete cascade on update cascade,
  workspace_id uuid not null,
  primary key (media_id, label)
);

create index idx_media_labels_label on private.media_labels (label, post_id, workspace_id);
create index idx_media_labels_post on private.media_labels (post_id);

comment on table private.media_labels is 'The tags of the analyses of media, in small letters; kept by triggers';

-- The tags of an analysis, in small letters; at most 50.
create or replace function private.labels_of(p_analysis text) returns setof text
language plpgsql immutable set search_path = '' as $$
declare
  _tags jsonb;
begin
  begin
    _tags := p_analysis::jsonb -> 'tags';
  exception when data_exception or statement_too_complex then
    return;  -- an answer that is no JSON
  end;
  if jsonb_typeof(_tags) = 'array' then
    return query
      select distinct left(lower(btrim(t #>> '{}')), 100)
      from jsonb_path_query(_tags, '$[0 to 49]') t
      where jsonb_typeof(t) = 'string' and btrim(t #>> '{}') <> '';
  end if;
end
$$;

create or replace function private.keep_labels() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  delete from private.media_labels l where l.media_id = new.media_id;
  insert into private.media_labels (media_id, label, post_id, workspace_id)
  select new.media_id, l, new.post_id, new.workspace_id
  from private.labels_of(new.ai_analysis) l
  where new.post_id is not null;
  return null;
end
$$;

create trigger post_media_labels_added
  after insert on public.post_media
  for each row when (new.ai_analysis is not null) execute function private.keep_labels();
create trigger post_media_labels_changed
  after update of ai_analysis, post_id, workspace_id on public.post_media
  for each row when ((old.ai_analysis, old.post_id, old.workspace_id)
    is distinct from (new.ai_analysis, new.post_id, new.workspace_id))
  execute function private.keep_labels();

-- Posts some media of which shows one of some things.
create or replace function private.label_sql(p_labels text[]) returns text
language sql immutable set search_path = '' as $$
  select format('exists (select from private.media_labels l where l.post_id = p.post_id'
    ' and l.label = any (%L::text[]))', p_labels)
$$;

insert into private.media_labels (media_id, label, post_id, workspace_id)
select m.media_id, l, m.post_id, m.workspace_id
from public.post_media m
cross join lateral private.labels_of(m.ai_analysis) l
where m.ai_analysis is not null and m.post_id is not null;

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
    when 'shows' then
      return format($sql$
        select l.label as value, count(distinct l.post_id) as count
        from private.media_labels l
        where %s
        group by l.label
      $sql$, case when p_filter @? '$.words ? (@ != null)' or jsonb_array_length(coalesce(p_filter -> 'terms', '[]')) > 0
        then format('l.post_id in (select p.post_id %s)', _from) else 'l.workspace_id = any ($1)' end);
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

revoke all on function public.count_above from public, anon;
grant execute on function public.count_above to authenticated, service_role;

revoke execute on all functions in schema private from public;
