-- The queue kind by kind: how much waits, how fast it goes, whether it is paused and how many run at once; and how
-- far running jobs have come.

-- One row a kind, for the queue as a whole: workers serve all workspaces and take the next job whosever it is. Were
-- one workspace paused, they would step over all its jobs at every fetch.
create table private.job_lanes (
  kind text primary key
    constraint job_lanes_kind_check check (kind in ('download', 'verify', 'archive', 'analyze')),
  paused_at timestamptz,
  concurrency integer constraint job_lanes_concurrency_check check (concurrency between 1 and 64)
);
comment on column private.job_lanes.concurrency is
  'Jobs at once in each worker; null for what the worker''s own settings say';

insert into private.job_lanes (kind) values ('download'), ('verify'), ('archive'), ('analyze');

-- How far running downloads have come, told about once a second by each worker for all of its jobs. Not logged:
-- after a crash no job runs.
create unlogged table private.job_progress (
  job_id bigint primary key,
  worker_id bigint not null,
  received_bytes bigint not null,
  expected_bytes bigint
);

-- For the lists of what runs and of what failed, for what is tried again later, and for the rate.
create index if not exists social_tui_jobs_status_idx on jobs.procrastinate_jobs (status, id)
  where status in ('doing', 'failed');
create index if not exists social_tui_jobs_open_idx on jobs.procrastinate_jobs (queue_name, status)
  where status in ('todo', 'doing', 'failed');
create index if not exists social_tui_jobs_later_idx on jobs.procrastinate_jobs (scheduled_at, id)
  where status = 'todo' and scheduled_at is not null;
create index if not exists social_tui_events_ended_idx on jobs.procrastinate_events (at)
  where type in ('succeeded', 'failed');

create or replace function public.list_lanes()
returns table (kind text, paused_at timestamptz, concurrency integer)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_reader();
  return query
    select l.kind, l.paused_at, l.concurrency
    from private.job_lanes l
    order by array_position(array['download', 'verify', 'archive', 'analyze'], l.kind);
end
$$;

-- How many jobs of a kind are open or failed. All are counted through indexes alone, and those that are due are
-- the ones that wait less those that wait for later: to look at each of half a million takes seven times as long.
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

-- The same, of the jobs on media of some workspaces.
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

-- What is in the queue of each kind: jobs that are due, that are tried again later, that run, that failed; and
-- how many ended a minute, over the last five.
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

-- A page of one part of the queue after a key, or, going backward without a key, from its end. What waits is in
-- the order in which it is fetched, what is tried again later by that time, what failed newest first.
create or replace function public.list_queue(
  p_part text, p_after jsonb default null, p_backward boolean default false, p_offset integer default 0,
  p_limit integer default 200
) returns table (
  job_id bigint, kind text, status text, media_id text, post_id text, attempts integer, priority integer,
  scheduled_at timestamptz, created_at timestamptz, started_at timestamptz, ended_at timestamptz,
  abort_requested boolean, worker_id bigint, outcome text, error text,
  media_type text, media_url text, author_username text, author_name text, text_content text,
  received_bytes bigint, expected_bytes bigint, key jsonb)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _is_service boolean := private.is_service();
  _is_part text;
  _is_after text;
  _order text;
  _job_ids bigint[];
begin
  case p_part
    when 'running' then
      _is_part := $q$j.status = 'doing'$q$;
      _is_after := $q$j.id > ($1 ->> 'id')::bigint$q$;
      _order := 'j.id asc';
    when 'waiting' then
      _is_part := $q$j.status = 'todo' and coalesce(j.scheduled_at <= now(), true)$q$;
      _is_after := $q$j.priority <= ($1 ->> 'priority')::integer
        and (j.priority < ($1 ->> 'priority')::integer or j.id > ($1 ->> 'id')::bigint)$q$;
      _order := 'j.priority desc, j.id asc';
    when 'later' then
      _is_part := $q$j.status = 'todo' and j.scheduled_at > now()$q$;
      _is_after := $q$(j.scheduled_at, j.id) > (($1 ->> 'at')::timestamptz, ($1 ->> 'id')::bigint)$q$;
      _order := 'j.scheduled_at asc, j.id asc';
    when 'failed' then
      _is_part := $q$j.status = 'failed'$q$;
      _is_after := $q$j.id < ($1 ->> 'id')::bigint$q$;
      _order := 'j.id desc';
    else
      raise exception using errcode = '22023', message = format('%L is no part of the queue.', p_part);
  end case;
  if p_backward then
    _order := replace(replace(replace(_order, ' asc', ' >'), ' desc', ' asc'), ' >', ' desc');
  end if;
  execute format($q$
    select array(
      select j.id from jobs.procrastinate_jobs j
      where %s and ($1 is null or %s)
        and j.task_name in ('social_tui.download', 'social_tui.verify', 'social_tui.archive', 'social_tui.analyze')
        and ($2 or exists (
          select from public.post_media m
          where m.media_id = j.args ->> 'media_id' and m.workspace_id = any ($3)))
      order by %s offset $4 limit $5)$q$, _is_part, _is_after, _order)
  into _job_ids
  using p_after, _is_service, _workspaces, greatest(coalesce(p_offset, 0), 0), private.page_size(p_limit);

  return query
    select t.*, m.media_type, m.media_url, p.author_username, p.author_name,
      left(p.text_content, 300), g.received_bytes, g.expected_bytes,
      jsonb_build_object('id', t.job_id, 'priority', t.priority, 'at', t.scheduled_at)
    from private.tell_jobs(_job_ids) t
    left join public.post_media m on m.media_id = t.media_id
    left join public.posts p on p.post_id = m.post_id
    left join private.job_progress g on g.job_id = t.job_id and g.worker_id = t.worker_id
    order by array_position(_job_ids, t.job_id) * case when p_backward then -1 else 1 end;
end
$$;

-- Takes what workers tell of their running jobs, and forgets those that run no more. Nobody is woken for it.
create or replace function public.tell_progress(p_progress jsonb) returns table (taken integer)
language plpgsql volatile security definer set search_path = '' as $$
declare
  _taken integer;
begin
  perform private.require_service();
  delete from private.job_progress g
  where not exists (
    select from jobs.procrastinate_jobs j
    where j.id = g.job_id and j.status = 'doing' and j.worker_id = g.worker_id);
  insert into private.job_progress (job_id, worker_id, received_bytes, expected_bytes)
  select j.id, j.worker_id, t.received_bytes, t.expected_bytes
  from jsonb_to_recordset(p_progress) t(
    job_id bigint, worker_id bigint, received_bytes bigint, expected_bytes bigint)
  join jobs.procrastinate_jobs j on j.id = t.job_id and j.status = 'doing' and j.worker_id = t.worker_id
  on conflict (job_id) do update
  set worker_id = excluded.worker_id, received_bytes = excluded.received_bytes,
    expected_bytes = excluded.expected_bytes;
  get diagnostics _taken = row_count;
  return query select _taken;
end
$$;

-- Who may steer the queue: it serves all workspaces, so only who may change every one that has members.
create or replace function private.require_steering() returns void
language plpgsql stable security definer set search_path = '' as $$
declare
  _editable uuid[] := private.require_editor();
begin
  if exists (select from public.workspace_members m where m.workspace_id <> all (_editable)) then
    raise exception using errcode = '42501',
      message = 'The queue serves workspaces that you may not change.',
      hint = 'Ask whoever runs the workers.';
  end if;
end
$$;

create or replace function private.log_steering(p_event text, p_kind text, p_details jsonb, p_actor text)
returns void
language sql volatile set search_path = '' as $$
  insert into public.media_events (event, actor, details, workspace_id)
  values (p_event, p_actor, jsonb_build_object('kind', p_kind) || p_details,
    private.target_workspace(private.editable_workspaces()))
$$;

-- Pauses a kind, or has it go on. What runs ends; nothing else of the kind begins anywhere.
create or replace function public.pause_jobs(
  p_kind text, p_is_paused boolean default true, p_actor text default 'app'
) returns table (kind text, paused_at timestamptz, concurrency integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_steering();
  perform private.require_kind(p_kind);
  update private.job_lanes l
  set paused_at = case when p_is_paused then now() end
  where l.kind = p_kind and (l.paused_at is not null) <> p_is_paused;
  if found then
    perform private.log_steering(case when p_is_paused then 'jobs_paused' else 'jobs_resumed' end,
      p_kind, '{}', p_actor);
    perform private.wake_workers(p_kind);
  end if;
  return query select l.* from private.job_lanes l where l.kind = p_kind;
end
$$;

-- Says how many jobs of a kind run at once in each worker; null leaves it to the worker's settings.
create or replace function public.set_job_concurrency(
  p_kind text, p_concurrency integer, p_actor text default 'app'
) returns table (kind text, paused_at timestamptz, concurrency integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_steering();
  perform private.require_kind(p_kind);
  if p_concurrency not between 1 and 64 then
    raise exception using errcode = '22023', message = 'Between 1 and 64 jobs of a kind may run at once.';
  end if;
  update private.job_lanes l
  set concurrency = p_concurrency
  where l.kind = p_kind and l.concurrency is distinct from p_concurrency;
  if found then
    perform private.log_steering('jobs_concurrency_set', p_kind,
      jsonb_build_object('concurrency', p_concurrency), p_actor);
    perform private.wake_workers(p_kind);
  end if;
  return query select l.* from private.job_lanes l where l.kind = p_kind;
end
$$;

revoke all on function public.list_lanes, public.read_queues, public.list_queue, public.pause_jobs,
  public.set_job_concurrency from public, anon;
grant execute on function public.list_lanes, public.read_queues, public.list_queue, public.pause_jobs,
  public.set_job_concurrency to authenticated, service_role;

revoke all on function public.tell_progress from public, anon, authenticated;
grant execute on function public.tell_progress to service_role;
