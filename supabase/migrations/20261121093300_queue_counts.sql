-- The queue is counted through an index alone.

create index if not exists social_tui_jobs_open_idx on jobs.procrastinate_jobs (queue_name, status)
  where status in ('todo', 'doing', 'failed');

create or replace function private.count_queue(p_kind text)
returns table (waiting bigint, later bigint, running bigint, failed bigint)
language sql stable set search_path = '' as $$
  select w.count - l.count, l.count,
    (select count(*) from jobs.procrastinate_jobs j where j.queue_name = p_kind and j.status = 'doing'),
    (select count(*) from jobs.procrastinate_jobs j where j.queue_name = p_kind and j.status = 'failed')
  from (select count(*) from jobs.procrastinate_jobs j where j.queue_name = p_kind and j.status = 'todo') w
  cross join (
    select count(*) from jobs.procrastinate_jobs j
    where j.queue_name = p_kind and j.status = 'todo' and j.scheduled_at > now()) l
$$;

create or replace function private.count_queue_of(p_kind text, p_workspaces uuid[])
returns table (waiting bigint, later bigint, running bigint, failed bigint)
language sql stable set search_path = '' as $$
  select count(*) filter (where j.status = 'todo' and coalesce(j.scheduled_at <= now(), true)),
    count(*) filter (where j.status = 'todo' and j.scheduled_at > now()),
    count(*) filter (where j.status = 'doing'),
    count(*) filter (where j.status = 'failed')
  from jobs.procrastinate_jobs j
  where j.queue_name = p_kind and j.status in ('todo', 'doing', 'failed')
    and exists (
      select from public.post_media m
      where m.media_id = j.args ->> 'media_id' and m.workspace_id = any (p_workspaces))
$$;

create or replace function public.read_queues() returns table (
  kind text, waiting bigint, later bigint, running bigint, failed bigint, ended_per_minute double precision,
  paused_at timestamptz, concurrency integer)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _is_service boolean := private.is_service();
begin
  return query
    select l.kind, c.waiting, c.later, c.running, c.failed, coalesce(r.ended, 0) / 5.0::double precision, l.paused_at, l.concurrency
    from public.list_lanes() l
    cross join lateral (
      select * from private.count_queue(l.kind) where _is_service
      union all
      select * from private.count_queue_of(l.kind, _workspaces) where not _is_service
    ) c
    left join (
      select j.queue_name, count(*) as ended
      from jobs.procrastinate_events e
      join jobs.procrastinate_jobs j on j.id = e.job_id
      where e.type in ('succeeded', 'failed') and e.at > now() - interval '5 minutes'
        and j.task_name in ('social_tui.download', 'social_tui.verify', 'social_tui.archive', 'social_tui.analyze')
        and (_is_service or exists (
          select from public.post_media m
          where m.media_id = j.args ->> 'media_id' and m.workspace_id = any (_workspaces)))
      group by j.queue_name
    ) r on r.queue_name = l.kind;
end
$$;

revoke execute on all functions in schema private from public;
