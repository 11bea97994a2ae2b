-- Hardens the queue's schema after procrastinate's own SQL was applied to it; running it again changes nothing.

-- Its functions name their tables without a schema: with this they work from any session.
do $harden$
declare
  routine regprocedure;
begin
  for routine in select oid::regprocedure from pg_proc where pronamespace = 'jobs'::regnamespace loop
    execute format('alter function %s set search_path = jobs, pg_catalog', routine);
  end loop;
end
$harden$;

-- One open job per queueing lock, waiting or running. With 'todo' alone, the retry of a running job whose key was
-- queued again meanwhile fails, and the job stays 'doing' (procrastinate-org/procrastinate#1446, #1543, #1050).
do $harden$
begin
  if coalesce(
    pg_get_indexdef(to_regclass('jobs.procrastinate_jobs_queueing_lock_idx_v1')) not like '%doing%', true
  ) then
    drop index if exists jobs.procrastinate_jobs_queueing_lock_idx_v1;
    create unique index procrastinate_jobs_queueing_lock_idx_v1
      on jobs.procrastinate_jobs (queueing_lock) where status in ('todo', 'doing');
  end if;
end
$harden$;

-- Writes down what becomes of jobs as procrastinate's own triggers of these names do, whose functions run for each
-- row; many are queued and taken at once here.
create or replace function jobs.note_new_jobs() returns trigger
  language plpgsql set search_path = jobs, pg_catalog as $$
begin
  insert into procrastinate_events (job_id, type)
  select n.id, 'deferred' from added n where n.status = 'todo';
  return null;
end
$$;

create or replace function jobs.note_status_changes() returns trigger
  language plpgsql set search_path = jobs, pg_catalog as $$
begin
  insert into procrastinate_events (job_id, type)
  select e.job_id, e.type
  from (
    select n.id as job_id, case
        when o.status = 'todo' and n.status = 'doing' then 'started'
        when o.status = 'doing' and n.status = 'todo' then 'deferred_for_retry'
        when o.status = 'doing' and n.status = 'failed' then 'failed'
        when o.status = 'doing' and n.status = 'succeeded' then 'succeeded'
        when o.status = 'todo' and n.status in ('cancelled', 'failed', 'succeeded') then 'cancelled'
        when o.status = 'doing' and n.status = 'aborted' then 'aborted'
        when o.status = 'failed' and n.status = 'todo' then 'retried'
      end::procrastinate_job_event_type as type
    from removed o
    -- Any other join could compare each with each: how many there are is guessed from a session's first statement.
    full join added n using (id)
  ) e
  where e.type is not null;
  return null;
end
$$;

create or replace trigger procrastinate_trigger_status_events_insert_v1
  after insert on jobs.procrastinate_jobs referencing new table as added
  for each statement execute function jobs.note_new_jobs();
create or replace trigger procrastinate_trigger_status_events_update_v1
  after update on jobs.procrastinate_jobs referencing old table as removed new table as added
  for each statement execute function jobs.note_status_changes();

-- Wakes workers once for all jobs of a queue that a statement adds, as procrastinate's own trigger of this name does for
-- each. The number in the message, which is of one of them, is for whoever reads it.
create or replace function jobs.tell_of_new_jobs() returns trigger
  language plpgsql set search_path = jobs, pg_catalog as $$
begin
  perform pg_notify(c.name, json_build_object('type', 'job_inserted', 'job_id', q.job_id)::text)
  from (select n.queue_name, max(n.id) as job_id from added n where n.status = 'todo' group by n.queue_name) q
  cross join lateral (values ('procrastinate_queue_v1#' || q.queue_name), ('procrastinate_any_queue_v1')) c(name);
  return null;
end
$$;

create or replace trigger procrastinate_jobs_notify_queue_job_inserted_v1
  after insert on jobs.procrastinate_jobs referencing new table as added
  for each statement execute function jobs.tell_of_new_jobs();

-- The queue is reached through functions of schema public alone.
revoke all on schema jobs from public, anon, authenticated;
revoke all on all tables in schema jobs from public, anon, authenticated;
revoke all on all sequences in schema jobs from public, anon, authenticated;
revoke all on all functions in schema jobs from public, anon, authenticated;

-- Wakes whoever shows the queue. The worker's poll is an update of no row, hence the look at the rows.
create or replace function jobs.notify_social_tui() returns trigger
  language plpgsql set search_path = jobs, pg_catalog as $$
begin
  if exists (select from changed) then
    perform pg_notify('social_tui', 'jobs');
  end if;
  return null;
end
$$;
revoke all on function jobs.notify_social_tui() from public, anon, authenticated;

create or replace trigger notify_social_tui_insert after insert on jobs.procrastinate_jobs
  referencing new table as changed for each statement execute function jobs.notify_social_tui();
create or replace trigger notify_social_tui_update after update on jobs.procrastinate_jobs
  referencing new table as changed for each statement execute function jobs.notify_social_tui();
create or replace trigger notify_social_tui_delete after delete on jobs.procrastinate_jobs
  referencing old table as changed for each statement execute function jobs.notify_social_tui();
