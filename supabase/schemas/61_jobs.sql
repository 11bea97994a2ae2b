-- Jobs in the queue: what is told of them, and how they are tried again, called off and put back.

-- The jobs that the caller may change, with their media. Without a search_path of its own, so that it is
-- inlined and the caller's conditions reach the indexes.
create or replace function private.jobs_of(p_workspaces uuid[])
returns table (
  job_id bigint, kind text, status jobs.procrastinate_job_status, media_id text, post_id text,
  workspace_id uuid)
language sql stable as $$
  select j.id, j.queue_name::text, j.status, j.args ->> 'media_id', m.post_id, m.workspace_id
  from jobs.procrastinate_jobs j
  left join public.post_media m on m.media_id = j.args ->> 'media_id'
  where j.task_name in ('social_tui.download', 'social_tui.verify', 'social_tui.archive', 'social_tui.analyze')
    and (m.workspace_id = any (p_workspaces) or (m.media_id is null and private.is_service()))
$$;

create or replace function private.failure_event(p_kind text) returns text
language sql immutable as $$
  select case p_kind when 'analyze' then 'ai_analysis_failed' else p_kind || '_failed' end
$$;

-- What is told of some jobs. One that failed says why as it was told at its end, whatever became of its media
-- since; one that waits says why it was put back, or why its last try failed.
create or replace function private.tell_jobs(p_job_ids bigint[]) returns table (
  job_id bigint, kind text, status text, media_id text, post_id text, attempts integer, priority integer,
  scheduled_at timestamptz, created_at timestamptz, started_at timestamptz, ended_at timestamptz,
  abort_requested boolean, worker_id bigint, outcome text, error text)
language sql stable set search_path = '' as $$
  select j.id, j.kind, j.status, j.media_id, m.post_id, j.attempts, j.priority, j.scheduled_at,
    t.created_at, t.started_at, case when j.status not in ('todo', 'doing') then t.ended_at end,
    j.abort_requested, j.worker_id,
    coalesce(w.outcome, case when j.kind = 'download' then m.outcome end),
    coalesce(w.error, case when j.kind = 'download' then m.error end)
  from (
    select i.id, i.queue_name::text as kind, i.args ->> 'media_id' as media_id,
      case i.status when 'aborting' then 'aborted' else i.status::text end as status,
      i.attempts, i.priority, i.scheduled_at, i.abort_requested, i.worker_id
    from jobs.procrastinate_jobs i
    where i.id = any (p_job_ids)
  ) j
  left join public.post_media m on m.media_id = j.media_id
  cross join lateral (
    select min(e.at) filter (where e.type = 'deferred') as created_at,
      max(e.at) filter (where e.type = 'started') as started_at,
      max(e.at) filter (where e.type in ('succeeded', 'failed', 'cancelled', 'aborted')) as ended_at
    from jobs.procrastinate_events e
    where e.job_id = j.id
  ) t
  left join lateral (
    select e.details ->> 'outcome' as outcome, e.details ->> 'error' as error
    from public.media_events e
    where e.media_id = j.media_id and e.at >= t.started_at
      and case j.status
        when 'failed' then e.event = private.failure_event(j.kind) and e.at <= t.ended_at
        when 'todo' then (e.event = 'job_put_back' and e.job_id = j.id)
          or (e.event = private.failure_event(j.kind) and j.attempts > 0)
        else false
      end
    order by e.id desc
    limit 1
  ) w on true
$$;

create or replace function public.list_jobs(
  p_status text default null, p_kind text default null, p_before bigint default null,
  p_limit integer default 200
) returns table (
  job_id bigint, kind text, status text, media_id text, post_id text, attempts integer, priority integer,
  scheduled_at timestamptz, created_at timestamptz, started_at timestamptz, ended_at timestamptz,
  abort_requested boolean, worker_id bigint, outcome text, error text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _is_service boolean := private.is_service();
begin
  return query
    select t.* from private.tell_jobs(array(
      select j.id
      from jobs.procrastinate_jobs j
      where j.task_name in ('social_tui.download', 'social_tui.verify', 'social_tui.archive', 'social_tui.analyze')
        and (p_kind is null or j.queue_name = p_kind)
        and (p_status is null or case j.status when 'aborting' then 'aborted' else j.status::text end = p_status)
        and (p_before is null or j.id < p_before)
        and (_is_service or exists (
          select from public.post_media m
          where m.media_id = j.args ->> 'media_id' and m.workspace_id = any (_workspaces)))
      order by j.id desc
      limit private.page_size(p_limit)
    )) t
    order by t.job_id desc;
end
$$;

create or replace function public.count_jobs() returns table (kind text, status text, count bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _is_service boolean := private.is_service();
begin
  return query
    select j.queue_name::text,
      case j.status when 'aborting' then 'aborted' else j.status::text end as status, count(*)
    from jobs.procrastinate_jobs j
    where j.task_name in ('social_tui.download', 'social_tui.verify', 'social_tui.archive', 'social_tui.analyze')
      and (_is_service or exists (
        select from public.post_media m
        where m.media_id = j.args ->> 'media_id' and m.workspace_id = any (_workspaces)))
    group by 1, 2
    order by 1, 2;
end
$$;

create or replace function public.open_jobs(p_kind text) returns table (kind text, count bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _is_service boolean := private.is_service();
begin
  return query
    select p_kind, count(*)
    from jobs.procrastinate_jobs j
    where j.status in ('todo', 'doing') and j.queue_name = p_kind and j.task_name = 'social_tui.' || p_kind
      and (_is_service or exists (
        select from public.post_media m
        where m.media_id = j.args ->> 'media_id' and m.workspace_id = any (_workspaces)));
end
$$;

-- Has the workers look for jobs of a kind. Procrastinate's own trigger wakes them for new jobs only.
create or replace function private.wake_workers(p_kind text) returns void
language sql volatile set search_path = '' as $$
  select pg_notify(c.name, '{"type": "job_inserted", "job_id": 0}')
  from (values ('procrastinate_queue_v1#' || p_kind), ('procrastinate_any_queue_v1')) c(name)
$$;

-- Puts ended jobs back into the queue with all their tries, and has those that wait for their next try be tried
-- now. Of several about the same thing the newest goes, unless that thing is queued already.
create or replace function public.retry_jobs(
  p_job_ids bigint[] default null, p_kind text default null, p_actor text default 'app'
) returns table (changed integer, requested integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
  _ids bigint[];
begin
  perform private.lock_posts_of(array(
    select j.media_id from private.jobs_of(_editable) j
    where j.kind = 'download' and (p_kind is null or p_kind = 'download')
      and (j.job_id = any (p_job_ids) or (p_job_ids is null and j.status = 'failed'))));
  with due as (
    select distinct on (coalesce(j.queueing_lock, j.id::text)) j.id, j.queueing_lock
    from private.jobs_of(_editable) o
    join jobs.procrastinate_jobs j on j.id = o.job_id
    where (p_kind is null or o.kind = p_kind)
      and case when p_job_ids is null then o.status = 'failed'
        else o.job_id = any (p_job_ids) and (o.status in ('failed', 'cancelled', 'aborted', 'aborting')
          or (o.status = 'todo' and j.scheduled_at > now())) end
    order by coalesce(j.queueing_lock, j.id::text), o.status = 'todo' desc, j.id desc
  ),
  retried as (
    update jobs.procrastinate_jobs j
    set status = 'todo', attempts = 0, scheduled_at = null, abort_requested = false, worker_id = null
    from due d
    where j.id = d.id
      and not exists (
        select from jobs.procrastinate_jobs o
        where o.queueing_lock = d.queueing_lock and o.status in ('todo', 'doing') and o.id <> d.id)
    returning j.id
  )
  select coalesce(array_agg(r.id order by r.id), '{}') into _ids from retried r;

  update public.post_media m
  set download_status = 'pending', outcome = null, error = null, attempts = 0, updated_at = now()
  from private.jobs_of(_editable) j
  where j.job_id = any (_ids) and j.kind = 'download' and m.media_id = j.media_id
    and m.download_status = 'failed';
  insert into public.media_events (event, actor, media_id, post_id, job_id, correlation_id, workspace_id)
  select 'job_retried', p_actor, j.media_id, j.post_id, j.job_id, j.media_id,
    coalesce(j.workspace_id, private.target_workspace(_editable))
  from private.jobs_of(_editable) j
  where j.job_id = any (_ids)
  order by j.job_id;
  perform private.wake_workers(k.kind)
  from (select distinct j.kind from private.jobs_of(_editable) j where j.job_id = any (_ids)) k;
  return query select cardinality(_ids), cardinality(p_job_ids);
end
$$;

-- Calls jobs off: a waiting one is cancelled, a running one is asked to stop.
create or replace function public.cancel_jobs(
  p_job_ids bigint[] default null, p_kind text default null, p_actor text default 'app'
) returns table (changed integer, requested integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
  _changed integer;
begin
  with cancelled as (
    update jobs.procrastinate_jobs j
    set status = case j.status when 'todo' then 'cancelled'::jobs.procrastinate_job_status else j.status end,
      abort_requested = j.status = 'doing'
    from private.jobs_of(_editable) o
    where j.id = o.job_id
      and j.status in ('todo', 'doing')
      and not j.abort_requested
      and (p_kind is null or o.kind = p_kind)
      and (p_job_ids is null or o.job_id = any (p_job_ids))
    returning j.id, j.abort_requested, o.media_id, o.post_id, o.workspace_id
  ),
  logged as (
    insert into public.media_events (event, actor, media_id, post_id, job_id, correlation_id, workspace_id)
    select case when c.abort_requested then 'job_abort_requested' else 'job_cancelled' end,
      p_actor, c.media_id, c.post_id, c.id, c.media_id,
      coalesce(c.workspace_id, private.target_workspace(_editable))
    from cancelled c
    order by c.id
  )
  select count(*) into _changed from cancelled;
  return query select _changed, cardinality(p_job_ids);
end
$$;

-- Puts a running job back into the queue as if it had not been tried, unless another worker has it by now:
-- for what neither the job nor its media has a part in, such as a full disk or a worker that is stopped.
create or replace function public.put_back_job(
  p_job_id bigint, p_worker_id bigint default null, p_error text default null, p_actor text default 'worker'
) returns table (job_id bigint, applied boolean)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _media_id text;
  _media public.post_media;
begin
  perform private.require_service();
  update jobs.procrastinate_jobs j
  set status = case when j.abort_requested then 'aborted' else 'todo' end::jobs.procrastinate_job_status,
    worker_id = null
  where j.id = p_job_id and j.status = 'doing' and (j.worker_id is null or j.worker_id = p_worker_id)
  returning j.args ->> 'media_id' into _media_id;
  if not found then
    return query select p_job_id, false;
    return;
  end if;
  select * into _media from public.post_media m where m.media_id = _media_id;
  if p_error is not null and found then
    perform private.append_event(_media, 'job_put_back', p_actor,
      jsonb_build_object('job_id', p_job_id, 'error', p_error));
  end if;
  return query select p_job_id, true;
end
$$;

revoke all on function public.list_jobs, public.count_jobs, public.open_jobs, public.retry_jobs, public.cancel_jobs
  from public, anon;
grant execute on function public.list_jobs, public.count_jobs, public.open_jobs, public.retry_jobs, public.cancel_jobs
  to authenticated, service_role;

revoke all on function public.put_back_job from public, anon, authenticated;
grant execute on function public.put_back_job to service_role;
