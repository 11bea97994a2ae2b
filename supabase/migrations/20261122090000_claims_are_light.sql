-- What is done for each file that is downloaded is less; above all, the beginning of a download is no change of its
-- post.

alter table public.media_blobs
  drop constraint media_blobs_sha256_check,
  drop constraint media_blobs_md5_sum_check,
  add constraint media_blobs_sha256_check check (length(sha256) = 64 and sha256 !~ '[^0-9a-f]'),
  add constraint media_blobs_md5_sum_check check (length(md5_sum) = 32 and md5_sum !~ '[^0-9a-f]');

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
    full join added n using (media_id)
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

create or replace function private.count_proven_media() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _sha256 text[] := array(
    select sha256
    from removed o
    full join added n using (sha256)
    where (o.proof = 'cached') is distinct from (n.proof = 'cached')
  );
begin
  if _sha256 <> '{}' then
    perform private.count_media(array(
      select distinct m.post_id from public.post_media m where m.sha256 = any (_sha256) and m.post_id is not null));
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

create or replace function public.claim_downloads(
  p_media_ids text[], p_claim text, p_actor text default 'worker'
) returns setof private.media_view
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off as $$
declare
  _claimed text[];
begin
  perform private.require_service();
  _claimed := private.claim_media(p_media_ids, p_claim, p_actor);
  return query
    select m.*
    from unnest(_claimed) c(media_id)
    cross join lateral (select * from private.media_view v where v.media_id = c.media_id offset 0) m;
end
$$;

create or replace function private.store_blobs(p_files private.captured_file[], p_actor text) returns text[]
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan
set enable_seqscan = off as $$
declare
  _incidents text[];
begin
  insert into public.media_blobs
    (sha256, md5_sum, byte_size, mime_type, width, height, duration_ms, verified_at)
  select distinct on (f.sha256)
    f.sha256, f.md5_sum, f.byte_size, f.mime_type, f.width, f.height, f.duration_ms, now()
  from unnest(p_files) f
  order by f.sha256
  on conflict (sha256) do update
  set width = coalesce(media_blobs.width, excluded.width),
    height = coalesce(media_blobs.height, excluded.height),
    duration_ms = coalesce(media_blobs.duration_ms, excluded.duration_ms),
    verified_at = excluded.verified_at;

  with incidents as (
    select f.media_id, f.md5_sum, f.sha256, array_agg(b.sha256) as held
    from unnest(p_files) f
    cross join lateral (
      select * from public.media_blobs o where o.md5_sum = f.md5_sum and o.sha256 <> f.sha256 offset 0) b
    group by 1, 2, 3
  ),
  logged as (
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
    select 'md5_incident', p_actor, m.media_id, m.post_id, m.sha256, m.media_id,
      jsonb_build_object('md5_sum', i.md5_sum, 'sha256', i.sha256, 'held_sha256', to_jsonb(i.held)),
      m.workspace_id
    from incidents i
    join public.post_media m using (media_id)
  )
  select coalesce(array_agg(i.media_id), '{}') into _incidents from incidents i;
  return _incidents;
end
$$;

create or replace function private.finish_media(p_files jsonb, p_actor text)
returns table (media_id text, result text)
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan
set enable_seqscan = off as $$
#variable_conflict use_column
declare
  _media_ids text[] := array(select f ->> 'media_id' from jsonb_array_elements(p_files) f);
  _others text[] := array(
    select o.media_id
    from public.post_media m
    join public.post_media o on o.source_identity = m.source_identity and o.media_id <> m.media_id
    where m.media_id = any (_media_ids) and o.download_status in ('pending', 'failed'));
  _files private.captured_file[];
  _incidents text[];
begin
  -- Posts, then bytes, then media, as whoever imports, verifies or archives them: two orders would be a
  -- deadlock. The posts of those that will share the bytes too.
  perform private.lock_posts_of(_media_ids || _others);
  perform from public.media_blobs b
  where b.sha256 = any (array(select f ->> 'sha256' from jsonb_array_elements(p_files) f))
  order by b.sha256 for no key update;
  perform from public.post_media m where m.media_id = any (_media_ids) order by m.media_id for no key update;
  _files := array(
    select row(f.media_id, f.claim, f.sha256, f.md5_sum, f.byte_size, f.mime_type, f.media_type, f.width,
      f.height, f.duration_ms, f.local_file_path, f.declared_mime_type, nullif(f.elapsed_ms, 0),
      coalesce(f.plain_http, false), m.media_type, m.sha256, m.md5_sum, m.archive_url, m.ai_analysis,
      coalesce(m.sha256 <> f.sha256, m.md5_sum <> f.md5_sum, false))::private.captured_file
    from jsonb_populate_recordset(null::private.captured_file, p_files) f
    join public.post_media m on m.media_id = f.media_id and m.claim = f.claim
    where m.media_id = any (_media_ids) and m.download_status = 'downloading');
  _incidents := private.store_blobs(_files, p_actor);

  -- Bytes that were held already took no transfer, and count in no mean of them: their time is left out.
  update public.post_media m
  set sha256 = b.sha256, md5_sum = b.md5_sum, local_file_path = f.local_file_path,
    file_size = b.byte_size, mime_type = b.mime_type, media_type = f.media_type,
    width = b.width, height = b.height,
    archive_url = case when f.is_other then b.archive_url else coalesce(b.archive_url, m.archive_url) end,
    download_status = 'ready', outcome = 'ok', error = null, claim = null, updated_at = now(),
    ai_analysis_status = case when f.is_other then 'not_started' else m.ai_analysis_status end,
    ai_analysis = case when not f.is_other then m.ai_analysis end,
    ai_analyzed_at = case when not f.is_other then m.ai_analyzed_at end,
    ai_analysis_log = private.append_log(m.ai_analysis_log, 'media_downloaded', 'success', null,
      jsonb_build_object('file_size', b.byte_size, 'mime_type', b.mime_type, 'download_time_ms', f.elapsed_ms))
  from unnest(_files) f
  cross join lateral (select * from public.media_blobs o where o.sha256 = f.sha256 offset 0) b
  where m.media_id = f.media_id;

  insert into public.media_events (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
  select e.event, p_actor, m.media_id, m.post_id, m.sha256, m.media_id, e.details, m.workspace_id
  from unnest(_files) f
  join public.post_media m on m.media_id = f.media_id
  cross join lateral (values
    (1, 'media_changed', jsonb_build_object(
      'previous_sha256', f.old_sha256, 'previous_md5_sum', f.old_md5_sum,
      'previous_archive_url', f.old_archive_url, 'previous_ai_analysis', f.old_ai_analysis)),
    (2, 'media_downloaded', jsonb_build_object(
      'file_size', m.file_size, 'mime_type', m.mime_type, 'media_type', f.old_media_type,
      'declared_mime_type', f.declared_mime_type, 'elapsed_ms', f.elapsed_ms,
      'plain_http', f.plain_http, 'attempt', m.attempts))
  ) e(turn, event, details)
  where f.is_other or e.event <> 'media_changed'
  order by m.media_id, e.turn;

  if _others <> '{}' then
    perform private.share_bytes(array(
      select m.media_id from public.post_media m
      where m.media_id = any (_others) and m.download_status in ('pending', 'failed')
    ), p_actor);
  end if;
  return query
    select i.media_id,
      case when f.media_id is null then 'stale' when i.media_id = any (_incidents) then 'incident' else 'ok' end
    from unnest(_media_ids) i(media_id)
    left join unnest(_files) f on f.media_id = i.media_id;
end
$$;

create or replace function private.note_media_words() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _post_ids text[];
begin
  case tg_op
    when 'INSERT' then
      _post_ids := array(
        select distinct n.post_id from added n where n.alt_text is not null or n.ai_analysis is not null);
    when 'DELETE' then
      _post_ids := array(
        select distinct o.post_id from removed o where o.alt_text is not null or o.ai_analysis is not null);
    else
      _post_ids := array(
        select distinct i.post_id
        from removed o
        full join added n using (media_id)
        cross join lateral (values (o.post_id), (n.post_id)) i(post_id)
        where (o.post_id, o.alt_text, o.ai_analysis) is distinct from (n.post_id, n.alt_text, n.ai_analysis));
  end case;
  if _post_ids <> '{}' then
    perform private.refresh_words(_post_ids);
  end if;
  return null;
end
$$;

create or replace function public.request_jobs(
  p_kind text, p_media_ids text[] default null, p_post_ids text[] default null,
  p_filter jsonb default null, p_except text[] default null,
  p_retry_failed boolean default false, p_actor text default 'app',
  p_media_type text default null, p_host text default null, p_outdated jsonb default null
) returns table (requested integer, already_queued integer, not_eligible integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
  _retry boolean := p_retry_failed or p_media_ids is not null;
  _post_ids text[];
  _touched text[];
  _named integer;
  _eligible integer;
  _requested integer;
begin
  perform private.require_kind(p_kind);
  _post_ids := private.posts_for(p_post_ids, p_filter, p_except, _editable);
  if p_kind = 'download' then
    -- Posts are locked before media, and media of others not touched then. Where another media of the same source has
    -- the bytes, they are shared.
    _touched := array(
      select w.media_id
      from private.work_for(
        p_kind, p_media_ids, _post_ids, _retry, _editable, p_media_type, p_host) w
      join public.post_media m using (media_id)
      where w.is_eligible and m.download_status <> 'ready'
        and (m.download_status = 'failed' or exists (
          select from public.post_media o
          where o.source_identity = m.source_identity and o.workspace_id = m.workspace_id
            and o.download_status = 'ready')));
    perform private.lock_posts_of(_touched);
    perform private.share_bytes(_touched, p_actor);
  elsif p_kind = 'analyze' and _retry then
    perform private.give_up_sent_analyses(array(
      select w.sha256 from private.work_for(
        p_kind, p_media_ids, _post_ids, _retry, _editable, p_media_type, p_host) w
      where w.is_eligible
    ), p_actor);
  end if;

  with outdated as materialized (
    select * from private.outdated_work(p_outdated, p_media_ids, _post_ids, _editable)
    where p_kind = 'analyze'
  ),
  work as materialized (
    select * from private.work_for(
        p_kind, p_media_ids, _post_ids, _retry, _editable, p_media_type, p_host) w
    where not exists (select from outdated o where o.media_id = w.media_id)
    union all
    select * from outdated
  ),
  queued as (
    insert into jobs.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
    select p_kind, 'social_tui.' || p_kind, w.priority, w.lock, w.queueing_lock,
      jsonb_strip_nulls(jsonb_build_object('media_id', w.media_id,
        'asked', case when p_kind = 'download' then (extract(epoch from now()) * 1000)::bigint end))
    from work w
    where w.is_eligible
    order by w.priority desc, w.created_at, w.media_id
    on conflict (queueing_lock) where status in ('todo', 'doing') do nothing
    returning id, args ->> 'media_id' as media_id
  ),
  reopened as (
    update public.post_media m
    set download_status = 'pending', outcome = null, error = null, attempts = 0, updated_at = now()
    from queued q
    where m.media_id = q.media_id and m.media_id = any (_touched) and m.download_status = 'failed'
  ),
  logged as (
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, job_id, correlation_id, workspace_id)
    select p_kind || '_requested', p_actor, w.media_id, w.post_id, w.sha256, q.id, w.media_id, w.workspace_id
    from queued q
    join work w using (media_id)
    order by q.id
  )
  select (select count(*) from work), (select count(*) from work w where w.is_eligible),
    (select count(*) from queued)
  into _named, _eligible, _requested;

  if p_media_ids is not null then
    _named := (select count(distinct i) from unnest(p_media_ids) i);
  end if;
  return query select _requested, _eligible - _requested,
    case when p_media_ids is null and _post_ids is null then 0 else _named - _eligible end;
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

-- Ends jobs of a worker, or puts them back; returns those that were still its own. They lose its number here, where
-- they are written anyway: when the worker leaves, each that has it is written again.
create or replace function private.settle_jobs(p_worker_id bigint, p_ended jsonb) returns table (job_id bigint)
language sql volatile set search_path = '' as $$
  update jobs.procrastinate_jobs j
  set status = case
      when e.ended not in ('again', 'put_back') then e.ended
      when j.abort_requested then 'aborted'
      else 'todo'
    end::jobs.procrastinate_job_status,
    attempts = j.attempts + case e.ended when 'put_back' then 0 else 1 end,
    scheduled_at = case
      when e.wait_seconds is null then j.scheduled_at
      else now() + make_interval(secs => e.wait_seconds)
    end,
    abort_requested = false,
    worker_id = null
  from jsonb_to_recordset(p_ended) e(job_id bigint, ended text, wait_seconds double precision)
  where j.id = any (array(select (o ->> 'job_id')::bigint from jsonb_array_elements(p_ended) o))
    and j.id = e.job_id and j.status = 'doing' and (j.worker_id is null or j.worker_id = p_worker_id)
  returning j.id
$$;

drop function private.has_bytes_elsewhere(public.post_media);

-- Posts in flight have the bit of what is pending.
update public.posts set media_facts = (media_facts & ~32) | 16 where (media_facts & 32) <> 0;

revoke execute on all functions in schema private from public;
