-- The fleet: which workers are alive, where they take jobs from, and what they do now.

-- A process has a worker of the queue for each kind of job. A row goes with that worker: at the end of the process, or
-- when another finds it silent for too long.
create table private.workers (
  worker_id bigint primary key references jobs.procrastinate_workers (id) on delete cascade,
  process_id text not null,
  name text not null,
  queues text[] not null,
  since timestamptz not null default now(),
  draining_since timestamptz
);

-- Tells whose worker it is. One that was taken for dead meanwhile is not there any more, and is left out.
create or replace function public.enlist_worker(
  p_worker_id bigint, p_process_id text, p_name text, p_queues text[]
) returns table (worker_id bigint)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    insert into private.workers (worker_id, process_id, name, queues)
    select w.id, left(p_process_id, 100), left(p_name, 100), p_queues
    from jobs.procrastinate_workers w
    where w.id = p_worker_id
    on conflict (worker_id) do nothing
    returning worker_id;
end
$$;

-- Tells that a process takes no more jobs, and ends when those that it has are done or put back.
create or replace function public.drain_worker(p_process_id text) returns table (worker_id bigint)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    update private.workers w set draining_since = now()
    where w.process_id = p_process_id and w.draining_since is null
    returning w.worker_id;
end
$$;

-- The processes that serve the queue, by name; of what they do, the jobs that the caller may see.
create or replace function public.list_workers() returns table (
  process_id text, name text, queues text[], since timestamptz, last_heartbeat timestamptz,
  silent_seconds double precision, draining_since timestamptz, running bigint, doing jsonb)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _is_service boolean := private.is_service();
begin
  return query
    select w.process_id, min(w.name), w.queues, min(w.since), max(h.last_heartbeat),
      greatest(extract(epoch from clock_timestamp() - max(h.last_heartbeat)), 0)::double precision,
      min(w.draining_since), coalesce(sum(j.running), 0)::bigint,
      coalesce(jsonb_agg(j.first) filter (where j.first is not null), '[]')
    from private.workers w
    join jobs.procrastinate_workers h on h.id = w.worker_id
    cross join lateral (
      select count(*) as running, (array_agg(jsonb_build_object(
        'job_id', d.id, 'kind', d.queue_name, 'media_id', d.args ->> 'media_id') order by d.id))[1] as first
      from jobs.procrastinate_jobs d
      where d.worker_id = w.worker_id and d.status = 'doing'
        and (_is_service or exists (
          select from public.post_media m
          where m.media_id = d.args ->> 'media_id' and m.workspace_id = any (_workspaces)))
    ) j
    group by w.process_id, w.queues
    order by 2, 1
    limit 500;
end
$$;

revoke all on function public.enlist_worker, public.drain_worker, public.list_workers
  from public, anon, authenticated;
grant execute on function public.enlist_worker, public.drain_worker to service_role;
grant execute on function public.list_workers to authenticated, service_role;
