-- Archivings taken and settled many at a time, as downloads are: a worker settles what the archive holds by now and
-- takes what may be copied next in one call. A job stands for bytes, whatever media share them, and of one kind of
-- bytes no second can be queued or run; so nobody uploads them twice.

-- For the fetch of archivings, which other kinds of jobs would be in the way of.
create index if not exists social_tui_jobs_archives_idx on jobs.procrastinate_jobs (priority desc, id)
  where status = 'todo' and queue_name = 'archive';

-- For a request to archive everything: what is archived already is no part of it.
create index media_blobs_unarchived_idx on public.media_blobs (sha256) where proof = 'cached';

create or replace function private.take_archives(p_worker_id bigint, p_count integer) returns setof bigint
language sql volatile set search_path = '' as $$
  update jobs.procrastinate_jobs j
  set status = 'doing', worker_id = p_worker_id
  where j.id = any (array(
    select t.id from jobs.procrastinate_jobs t
    where t.status = 'todo' and t.queue_name = 'archive' and (t.scheduled_at is null or t.scheduled_at <= now())
    order by t.priority desc, t.id
    limit p_count
    for update skip locked))
  returning j.id
$$;

-- Says that the archive holds some bytes, checked. A better proof of the same place is never lowered. Their posts
-- are locked before.
create or replace function private.record_copies(p_copies jsonb, p_actor text) returns void
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
  -- So the rows are found one by one: a table of some thousands would else be read whole for each call.
  _sha256s text[] := array(select c ->> 'sha256' from jsonb_array_elements(p_copies) c);
begin
  update public.media_blobs b
  set archive_url = c.archive_url,
    proof = case when b.proof = 'read_back' and b.archive_url = c.archive_url then b.proof else c.proof end,
    archived_at = case when b.archive_url = c.archive_url then b.archived_at else now() end,
    archive_error = null
  from jsonb_to_recordset(p_copies) c(sha256 text, archive_url text, proof text)
  where b.sha256 = any (_sha256s) and b.sha256 = c.sha256;
  -- What was given up, because the archive had lost it, is held again.
  update public.post_media m
  set archive_url = c.archive_url, updated_at = now(),
    download_status = case when m.local_file_path is null and m.download_status = 'failed'
      and m.outcome = 'deleted' then 'pending' else m.download_status end,
    outcome = case when m.local_file_path is null and (m.download_status = 'pending'
      or (m.download_status = 'failed' and m.outcome = 'deleted')) then 'ok' else m.outcome end,
    error = case when m.local_file_path is null and m.download_status in ('pending', 'failed')
      then null else m.error end
  from jsonb_to_recordset(p_copies) c(sha256 text, archive_url text)
  where m.sha256 = any (_sha256s) and m.sha256 = c.sha256;
  insert into public.media_events
    (event, actor, media_id, post_id, sha256, job_id, correlation_id, details, workspace_id)
  select e.event, p_actor, m.media_id, m.post_id, m.sha256, c.job_id, m.media_id, e.details, m.workspace_id
  from jsonb_to_recordset(p_copies) c(job_id bigint, media_id text, sha256 text)
  join public.media_blobs b on b.sha256 = c.sha256
  join public.post_media m on m.sha256 = b.sha256
  cross join lateral (values
    (1, 'media_accessed', jsonb_build_object('source', 'cache', 'purpose', 'archive')),
    (2, 'media_archived', jsonb_build_object('proof', b.proof))
  ) e(turn, event, details)
  where b.sha256 = any (_sha256s) and m.sha256 = any (_sha256s) and (e.turn = 2 or m.media_id = c.media_id)
  order by c.job_id, e.turn, m.media_id;
end
$$;

-- Ends jobs of a worker, and writes down which bytes the archive holds by now, and why it does not hold others. What
-- a worker says of a job that another one has by now does not count: that one finds the object and looks at it.
create or replace function private.settle_archives(p_worker_id bigint, p_ended jsonb, p_actor text)
returns table (job_id bigint, result text)
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  _own bigint[];
  _sha256s text[] := array(select e ->> 'sha256' from jsonb_array_elements(p_ended) e);
  _archived text[] := array(
    select e ->> 'sha256' from jsonb_array_elements(p_ended) e where e ->> 'archive_url' is not null);
begin
  perform from public.posts p
  where p.post_id = any (array(select m.post_id from public.post_media m where m.sha256 = any (_archived)))
  order by p.post_id
  for no key update;
  -- Then the bytes, in the order in which everybody locks them.
  perform from public.media_blobs b where b.sha256 = any (_sha256s) order by b.sha256 for no key update;
  _own := array(select s.job_id from private.settle_jobs(p_worker_id, p_ended) s);
  perform private.record_copies((
    select coalesce(jsonb_agg(e), '[]') from jsonb_array_elements(p_ended) e
    where e ->> 'archive_url' is not null and (e ->> 'job_id')::bigint = any (_own)
  ), p_actor);
  update public.media_blobs b
  set archive_error = e.error
  from jsonb_to_recordset(p_ended) e(job_id bigint, sha256 text, error text)
  where b.sha256 = any (_sha256s) and b.sha256 = e.sha256 and b.proof = 'cached' and e.error is not null and e.job_id = any (_own);
  perform private.tell_failures('archive', p_ended, p_actor);
  return query
    select e.job_id, case when e.job_id = any (_own) then 'settled' else 'taken_over' end
    from jsonb_to_recordset(p_ended) e(job_id bigint);
end
$$;

-- Settles what ended and takes what may begin now, and a few ahead, unless archivings are paused; what was taken
-- comes with its bytes and with whence and when the media came that names the object.
create or replace function public.exchange_archives(
  p_worker_id bigint, p_ended jsonb default '[]', p_at_once integer default 0, p_is_fixed boolean default false,
  p_running integer default 0, p_ahead integer default 0, p_actor text default 'worker'
) returns table (
  job_id bigint, event text, media_id text, media_url text, post_id text, created_at timestamptz,
  attempts integer, result text, blob jsonb)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _at_once integer;
  _taken bigint[];
  _workspaces uuid[];
begin
  perform private.require_service();
  if p_ended <> '[]' then
    return query
      select s.job_id, 'settled', null, null, null, null::timestamptz, null::integer, s.result, null::jsonb
      from private.settle_archives(p_worker_id, p_ended, p_actor) s;
  end if;
  if not exists (select from jobs.procrastinate_workers w where w.id = p_worker_id) then
    return query select
      null::bigint, 'forgotten', null, null, null, null::timestamptz, null::integer, null, null::jsonb;
    return;
  end if;
  return query
    select j.id, 'called_off', null, null, null, null::timestamptz, j.attempts, null, null::jsonb
    from jobs.procrastinate_jobs j
    where j.worker_id = p_worker_id and j.status = 'doing' and j.abort_requested;
  _at_once := private.may_run('archive', p_at_once, p_is_fixed);
  return query select null::bigint, 'limit', null, null, null, null::timestamptz, _at_once, null, null::jsonb;
  if _at_once = 0 then
    return;
  end if;
  _taken := array(select private.take_archives(p_worker_id, greatest(0, _at_once - p_running) + p_ahead));
  if _taken = '{}' then
    return;
  end if;
  _workspaces := private.readable_workspaces();
  return query
    select j.id, 'taken', case j.task_name when 'social_tui.archive' then j.args ->> 'media_id' end,
      n.media_url, n.post_id, n.created_at, j.attempts, null, b.blob
    from jobs.procrastinate_jobs j
    left join public.post_media m on m.media_id = j.args ->> 'media_id'
    left join lateral (
      select o.media_id, to_jsonb(o) as blob from private.held_blobs(_workspaces) o where o.sha256 = m.sha256
    ) b on true
    left join public.post_media n on n.media_id = b.media_id
    where j.id = any (_taken)
    order by j.priority desc, j.id;
end
$$;

revoke all on function public.exchange_archives from public, anon, authenticated;
grant execute on function public.exchange_archives to service_role;
