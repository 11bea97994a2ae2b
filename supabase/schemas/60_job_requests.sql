-- Work asked for: which media need it and can have it, and how it is queued.
--
-- The queue is procrastinate's, in schema jobs: its own tables and functions come from the installed
-- package, and are hardened by supabase/jobs, before this. Here is the way in for people, who need no
-- access to it.

-- For the fetch of a job, which asks whether an earlier one has the same lock.
create index if not exists social_tui_jobs_lock_idx on jobs.procrastinate_jobs (lock)
  where status in ('todo', 'doing');

grant usage on schema jobs to service_role;
grant all on all tables in schema jobs to service_role;
grant all on all sequences in schema jobs to service_role;
grant execute on all functions in schema jobs to service_role;

create or replace function private.require_kind(p_kind text) returns void
language plpgsql immutable set search_path = '' as $$
begin
  if p_kind is null or p_kind not in ('download', 'verify', 'archive', 'analyze') then
    raise exception using errcode = '22023', message = format('%L is no kind of job.', p_kind);
  end if;
end
$$;

-- Whether a link leads to a host, or to one below it. Without a search_path of its own, so that it is inlined.
create or replace function private.is_at_host(p_url text, p_host text) returns boolean
language sql immutable as $$
  select '.' || split_part(split_part(split_part(lower(p_url), '//', 2), '/', 1), ':', 1)
    like '%.' || replace(replace(replace(lower(p_host), '\', '\\'), '%', '\%'), '_', '\_')
$$;

-- What a request for work concerns: the media in question, whether each needs the work and can have it,
-- and the key under which it is queued at most once. What left the cache because the archive has it is
-- downloaded for those only who name it. Verifying and archiving concern the bytes, so one media stands for
-- all that have them. Downloads go by how soon the link dies; after those, links that do not say; last, links
-- that are dead by their own word, which bring bytes only by chance. Without a search_path of its own, so that
-- it is inlined and what is asked for reaches the indexes.
create or replace function private.work_for(
  p_kind text, p_media_ids text[], p_post_ids text[], p_retry_failed boolean, p_editable uuid[],
  p_media_type text, p_host text
) returns table (
  media_id text, post_id text, sha256 text, workspace_id uuid, is_eligible boolean,
  lock text, queueing_lock text, priority integer, created_at timestamptz)
language sql stable as $$
  select
    m.media_id, m.post_id, m.sha256, m.workspace_id,
    coalesce(case p_kind
      when 'download' then
        (m.media_url is not null or b.proof <> 'cached')
        and (m.download_status in ('pending', 'downloading')
          or (m.download_status = 'failed' and p_retry_failed))
        and (m.outcome is distinct from 'ok' or p_media_ids is not null or p_post_ids is not null)
      when 'verify' then m.sha256 is not null and m.local_file_path is not null
      when 'archive' then m.download_status = 'ready' and b.proof = 'cached'
      when 'analyze' then
        (m.download_status = 'ready' or (m.download_status = 'pending' and m.outcome = 'ok'))
        and m.media_type in ('image', 'video', 'document')
        and (coalesce(m.ai_analysis_status, 'not_started') = 'not_started'
          or (m.ai_analysis_status in ('started', 'failed') and p_retry_failed))
    end, false),
    case when p_kind <> 'download' then p_kind || ':' || m.sha256 end,
    p_kind || ':' || case when p_kind in ('verify', 'archive') then m.sha256 else m.media_id end,
    case
      when p_kind <> 'download' then 0
      when m.url_expires_at is null then -2000000000
      when m.url_expires_at <= now() then -2100000000
      else greatest(-(extract(epoch from m.url_expires_at) / 60)::bigint, -1999999999)::integer
    end,
    m.created_at
  from public.post_media m
  left join public.media_blobs b on b.sha256 = m.sha256
  where m.workspace_id = any (p_editable)
    and (p_media_ids is null or m.media_id = any (p_media_ids))
    and (p_post_ids is null or m.post_id = any (p_post_ids))
    and (p_media_type is null or m.media_type = p_media_type)
    and (p_host is null or private.is_at_host(m.media_url, p_host))
    -- Of all media those that are there, or archived, need no look; of named ones it is told that they did not
    -- need it.
    and (p_kind <> 'download' or p_media_ids is not null or p_post_ids is not null
      or m.download_status <> 'ready')
    and (p_kind <> 'archive' or p_media_ids is not null or p_post_ids is not null or b.proof = 'cached')
$$;

-- A request that went out and whose worker died stays 'sent': it may have been paid for, so it is sent
-- again only when somebody asks for these media by name. What is in a batch is not given up: its answer comes
-- with that.
create or replace function private.give_up_sent_analyses(p_sha256 text[], p_actor text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  _analysis_id text;
begin
  for _analysis_id in
    select a.analysis_id from public.ai_analyses a
    where a.sha256 = any (p_sha256) and a.state = 'sent' and a.batch_id is null
      and not exists (
        select from jobs.procrastinate_jobs j
        where j.lock = 'analyze:' || a.sha256 and j.status in ('todo', 'doing'))
    order by a.analysis_id
  loop
    perform private.end_analysis(_analysis_id, 'No answer came back; it may have been charged.', p_actor);
  end loop;
end
$$;

-- The posts that a request names: by id, or all of a filter but some.
create or replace function private.posts_for(
  p_post_ids text[], p_filter jsonb, p_except text[], p_workspaces uuid[]
) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  _post_ids text[] := p_post_ids;
begin
  if p_filter is not null then
    execute format('select array(select p.post_id from public.posts p where p.workspace_id = any ($1)'
      ' and ($2 is null or p.post_id = any ($2)) and ($3 is null or p.post_id <> all ($3))'
      ' and p.media_total > 0 and %s)', private.filter_sql(p_filter))
    into _post_ids
    using p_workspaces, p_post_ids, p_except;
  end if;
  return _post_ids;
end
$$;

-- Queues work in one transaction with what it concerns: media, the media of posts, of a filter's posts, or
-- everything. Named media are taken even if they failed before. p_outdated is how analyses are asked for now: then
-- media that were analysed otherwise are taken too.
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

revoke all on function public.request_jobs from public, anon;
grant execute on function public.request_jobs to authenticated, service_role;
