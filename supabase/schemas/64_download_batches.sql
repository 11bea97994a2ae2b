-- Downloads taken and settled many at a time. A call for each step of each file costs more than the file does: so
-- a worker settles what ended and takes what may begin in one call, and claims what it took in another. The jobs
-- stay one for each media: what is told, cancelled and tried again is each by itself.

-- For the fetch of downloads, which other kinds of jobs would be in the way of, and for the newest request.
create index if not exists social_tui_jobs_downloads_idx on jobs.procrastinate_jobs (priority desc, id)
  where status = 'todo' and queue_name = 'download';
create index if not exists social_tui_jobs_newest_idx
  on jobs.procrastinate_jobs (((args ->> 'asked')::bigint) desc nulls last, priority desc, id)
  where status = 'todo' and queue_name = 'download';

-- Takes some downloads that are due, those first whose links die soonest; of them so many from the newest
-- request, so that an old backlog does not hold up what somebody wants now.
create or replace function private.take_downloads(p_worker_id bigint, p_count integer, p_newest integer)
returns setof bigint
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan as $$
begin
  return query
    update jobs.procrastinate_jobs j
    set status = 'doing', worker_id = p_worker_id
    where j.id = any (array(
      select t.id from jobs.procrastinate_jobs t
      where t.status = 'todo' and t.queue_name = 'download' and (t.scheduled_at is null or t.scheduled_at <= now())
      order by (t.args ->> 'asked')::bigint desc nulls last, t.priority desc, t.id
      limit least(p_newest, p_count)
      for update skip locked))
    returning j.id;
  return query
    update jobs.procrastinate_jobs j
    set status = 'doing', worker_id = p_worker_id
    where j.id = any (array(
      select t.id from jobs.procrastinate_jobs t
      where t.status = 'todo' and t.queue_name = 'download' and (t.scheduled_at is null or t.scheduled_at <= now())
      order by t.priority desc, t.id
      limit greatest(p_count - p_newest, 0)
      for update skip locked))
    returning j.id;
end
$$;

-- How many jobs of a kind may run at once in a worker: none while they are paused.
create or replace function private.may_run(p_kind text, p_at_once integer, p_is_fixed boolean) returns integer
language sql stable set search_path = '' as $$
  select case
    when l.paused_at is not null then 0
    when p_is_fixed then p_at_once
    else coalesce(l.concurrency, p_at_once)
  end
  from private.job_lanes l
  where l.kind = p_kind
$$;

-- Writes down why jobs failed or were put back, where no outcome of their media says so.
create or replace function private.tell_failures(p_kind text, p_ended jsonb, p_actor text) returns void
language sql volatile set search_path = '' as $$
  insert into public.media_events
    (at, event, actor, media_id, post_id, sha256, job_id, correlation_id, details, workspace_id)
  select now(), case e.ended when 'put_back' then 'job_put_back' else private.failure_event(p_kind) end, p_actor,
    m.media_id, m.post_id, m.sha256, e.job_id, m.media_id,
    jsonb_build_object('job_id', e.job_id, 'error', e.error), m.workspace_id
  from jsonb_to_recordset(p_ended) e(job_id bigint, media_id text, ended text, outcome text, error text)
  join public.post_media m on m.media_id = e.media_id
  where e.error is not null and e.outcome is null
  order by e.job_id
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

-- Ends jobs of a worker, and says what became of their media. Media count whose claim still holds, and jobs that
-- are still the worker's.
create or replace function private.settle_downloads(p_worker_id bigint, p_ended jsonb, p_actor text)
returns table (job_id bigint, result text)
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  _results jsonb;
begin
  -- All posts at once, in the order of their ids: one part after the other would be a deadlock.
  perform private.lock_posts_of(array(select e ->> 'media_id' from jsonb_array_elements(p_ended) e));
  select coalesce(jsonb_object_agg(f.media_id, f.result), '{}') into _results
  from private.finish_media(coalesce((
    select jsonb_agg(e -> 'file' || jsonb_build_object('media_id', e -> 'media_id', 'claim', e -> 'claim'))
    from jsonb_array_elements(p_ended) e
    where jsonb_typeof(e -> 'file') = 'object'
  ), '[]'), p_actor) f;
  if exists (select from jsonb_array_elements(p_ended) e where e ->> 'outcome' is not null) then
    perform private.fail_media((
      select jsonb_agg(e) from jsonb_array_elements(p_ended) e where e ->> 'outcome' is not null
    ), p_actor);
  end if;
  if exists (
    select from jsonb_array_elements(p_ended) e where e -> 'file' = 'null' and e ->> 'outcome' is null
  ) then
    perform private.release_media((
      select jsonb_agg(e) from jsonb_array_elements(p_ended) e
      where e -> 'file' = 'null' and e ->> 'outcome' is null
    ), p_actor);
  end if;

  perform private.tell_failures('download', p_ended, p_actor);
  return query
    select e.job_id,
      case when s.job_id is null then 'taken_over' else coalesce(_results ->> e.media_id, 'settled') end
    from jsonb_to_recordset(p_ended) e(job_id bigint, media_id text)
    left join private.settle_jobs(p_worker_id, p_ended) s using (job_id);
end
$$;

-- Settles what ended and takes what may begin now, and a few ahead, unless downloads are paused; tells how many
-- may run at once, and of the jobs that run which of them somebody called off. A worker that was thought dead and
-- forgotten hears so.
create or replace function public.exchange_downloads(
  p_worker_id bigint, p_ended jsonb default '[]', p_at_once integer default 0, p_is_fixed boolean default false,
  p_running integer default 0, p_ahead integer default 0, p_newest integer default 0, p_actor text default 'worker'
) returns table (job_id bigint, event text, media_id text, media_url text, attempts integer, result text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _at_once integer;
  _taken bigint[];
begin
  perform private.require_service();
  if p_ended <> '[]' then
    return query
      select s.job_id, 'settled', null, null, null::integer, s.result
      from private.settle_downloads(p_worker_id, p_ended, p_actor) s;
  end if;
  if not exists (select from jobs.procrastinate_workers w where w.id = p_worker_id) then
    return query select null::bigint, 'forgotten', null, null, null::integer, null;
    return;
  end if;
  return query
    select j.id, 'called_off', null, null, j.attempts, null
    from jobs.procrastinate_jobs j
    where j.worker_id = p_worker_id and j.status = 'doing' and j.abort_requested;
  _at_once := private.may_run('download', p_at_once, p_is_fixed);
  return query select null::bigint, 'limit', null, null, _at_once, null;
  if _at_once = 0 then
    return;
  end if;
  _taken := array(
    select private.take_downloads(p_worker_id, greatest(0, _at_once - p_running) + p_ahead, p_newest));
  return query
    select j.id, 'taken', case j.task_name when 'social_tui.download' then j.args ->> 'media_id' end,
      m.media_url, j.attempts, null
    from jobs.procrastinate_jobs j
    left join public.post_media m on m.media_id = j.args ->> 'media_id'
    where j.id = any (_taken)
    order by j.priority desc, j.id;
end
$$;

revoke all on function public.exchange_downloads from public, anon, authenticated;
grant execute on function public.exchange_downloads to service_role;

-- The media that failed, by outcome.
create or replace function public.count_failures() returns table (outcome text, count bigint)
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select m.outcome, count(*) from public.post_media m
    where m.download_status = 'failed' and m.workspace_id = any (_workspaces)
    group by m.outcome;
end
$$;

revoke all on function public.count_failures from public, anon;
grant execute on function public.count_failures to authenticated, service_role;
