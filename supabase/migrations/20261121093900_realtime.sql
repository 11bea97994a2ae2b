-- Wake-ups over Supabase's Realtime, where the database has it: an empty message on a private channel of the workspace. The
-- change feed says what happened, and is looked at in any case.

-- When a workspace was last told to look.
create table private.wake_ups (
  workspace_id uuid primary key references public.workspaces (workspace_id) on delete cascade,
  sent_at timestamptz not null
);

-- Whether the caller may listen on a channel of Realtime: `social_tui:` and the id of one of their workspaces.
create or replace function private.may_listen(p_topic text) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.workspace_members m
    where m.user_id = auth.uid() and p_topic = 'social_tui:' || m.workspace_id)
$$;

-- Wakes the members of the workspaces of new events, once a second at most: a message costs a row, and the project counts
-- those that it delivers. Nobody waits for a lock here, and no failure undoes what it was to tell of.
create or replace function private.wake_members() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  _workspace uuid;
begin
  for _workspace in
    select distinct n.workspace_id from new_rows n
    where not exists (select from private.wake_ups w
      where w.workspace_id = n.workspace_id and w.sent_at > clock_timestamp() - interval '1 second')
  loop
    continue when not pg_try_advisory_xact_lock(hashtextextended('social_tui.wake_ups ' || _workspace, 0));
    begin
      insert into private.wake_ups values (_workspace, clock_timestamp())
      on conflict (workspace_id) do update set sent_at = excluded.sent_at;
      perform realtime.send('{}', 'changed', 'social_tui:' || _workspace, true);
    exception when others then
      raise warning 'No wake-up by Realtime: %', sqlerrm;
    end;
  end loop;
  return null;
end
$$;

-- Realtime asks the policy once, as the person who joins a channel.
do $$
begin
  if to_regprocedure('realtime.send(jsonb,text,text,boolean)') is null then
    return;
  end if;
  create policy social_tui_members on realtime.messages for select to authenticated
    using (extension = 'broadcast' and private.may_listen(realtime.topic()));
  create trigger media_events_wake_members
    after insert on public.media_events referencing new table as new_rows
    for each statement execute function private.wake_members();
exception when insufficient_privilege then
  raise notice 'Realtime is not used: %', sqlerrm;
end
$$;

revoke execute on all functions in schema private from public;
grant execute on function private.may_listen to authenticated;
