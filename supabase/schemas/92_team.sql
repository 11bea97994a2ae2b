-- Workspaces for people: who is invited, who is in and as what. And nothing is open that a project of Supabase
-- opens by default.

-- By which people know each other; as it was verified when they came in.
alter table public.workspace_members add column email text;

create table private.invitations (
  invitation_id text primary key default private.generate_aws_id('inv'),
  workspace_id uuid not null references public.workspaces (workspace_id) on delete cascade,
  email text not null,
  role text not null constraint invitations_role_check check (role in ('owner', 'editor', 'viewer')),
  invited_by uuid default auth.uid(),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint invitations_workspace_email_key unique (workspace_id, email)
);

create index idx_invitations_email on private.invitations (email);

-- A workspace that had an owner keeps one, whoever takes the last one away. The row of the workspace is locked, so
-- that of two owners who leave at once the second one is asked to stay.
create or replace function private.keep_an_owner() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform from public.workspaces w
  where w.workspace_id in (select o.workspace_id from gone o where o.role = 'owner')
  order by w.workspace_id for update;
  if exists (
    select from public.workspaces w
    where w.workspace_id in (select o.workspace_id from gone o where o.role = 'owner')
      and not exists (
        select from public.workspace_members m where m.workspace_id = w.workspace_id and m.role = 'owner')
  ) then
    raise exception using errcode = '23514',
      message = 'A workspace keeps its last owner.',
      hint = 'Make somebody else an owner first.';
  end if;
  return null;
end
$$;

create trigger workspace_members_keep_an_owner_update after update on public.workspace_members
  referencing old table as gone for each statement execute function private.keep_an_owner();
create trigger workspace_members_keep_an_owner_delete after delete on public.workspace_members
  referencing old table as gone for each statement execute function private.keep_an_owner();

create or replace function private.require_person() returns uuid
language plpgsql stable security definer set search_path = '' as $$
begin
  if auth.uid() is null then
    raise exception using errcode = '42501',
      message = 'Nobody is signed in.',
      hint = 'Sign in with your own account.';
  end if;
  return auth.uid();
end
$$;

-- The caller's e-mail address as whoever signs people in has verified it; null if it is not. Never what people can
-- write about themselves: Supabase keeps that in raw_user_meta_data. Where there is no table of people, the claims
-- of the token say it (OpenID Connect Core 1.0, section 5.1).
create or replace function private.verified_email() returns text
language plpgsql stable security definer set search_path = '' as $$
declare
  _email text;
begin
  if to_regclass('auth.users') is not null then
    execute 'select u.email from auth.users u where u.id = $1 and u.email_confirmed_at is not null'
    into _email using auth.uid();
  elsif auth.jwt() ->> 'email_verified' = 'true' then
    _email := auth.jwt() ->> 'email';
  end if;
  return lower(_email);
end
$$;

-- The workspace that a call about the team concerns: the chosen one, else the caller's only one. The service takes
-- the default one without a choice.
create or replace function private.team_workspace(p_as_owner boolean) returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  _chosen uuid := private.chosen_workspace();
  _found uuid[];
begin
  if private.is_service() then
    _found := array(
      select w.workspace_id from public.workspaces w
      where w.workspace_id = coalesce(_chosen, '00000000-0000-0000-0000-000000000001'));
  else
    _found := array(
      select m.workspace_id from public.workspace_members m
      where m.user_id = auth.uid() and (m.role = 'owner' or not p_as_owner)
        and m.workspace_id = coalesce(_chosen, m.workspace_id));
  end if;
  if cardinality(_found) = 0 then
    raise exception using errcode = '42501',
      message = case when p_as_owner then 'Only an owner of the workspace may do this.'
        else 'You are not a member of this workspace.' end,
      hint = 'Ask an owner of the workspace.';
  elsif cardinality(_found) > 1 then
    raise exception using errcode = '22023',
      message = 'You are in several workspaces.',
      hint = 'Choose one: social-tui team use NAME';
  end if;
  return _found[1];
end
$$;

-- Of people the log holds their ids only.
create or replace function private.log_team(p_workspace uuid, p_event text, p_actor text, p_details jsonb)
returns void
language sql volatile set search_path = '' as $$
  insert into public.media_events (event, actor, details, workspace_id)
  values (p_event, p_actor, jsonb_strip_nulls(p_details), p_workspace)
$$;

create or replace function private.require_role(p_role text) returns void
language plpgsql immutable set search_path = '' as $$
begin
  if p_role is null or p_role not in ('owner', 'editor', 'viewer') then
    raise exception using errcode = '22023', message = format('%L is no role in a workspace.', p_role),
      hint = 'There are owner, editor and viewer.';
  end if;
end
$$;

-- Puts somebody on the list of a workspace, or changes as what and until when.
create or replace function private.invite(
  p_workspace uuid, p_email text, p_role text, p_days integer, p_actor text
) returns private.invitations
language plpgsql volatile set search_path = '' as $$
declare
  _invitation private.invitations;
begin
  perform private.require_role(p_role);
  if p_days is null or p_days not between 1 and 90 then
    raise exception using errcode = '22023', message = 'An invitation holds for 1 to 90 days.';
  end if;
  if p_email is null or length(p_email) > 254
    or trim(p_email) !~ '^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$'
  then
    raise exception using errcode = '22023', message = format('%L is no e-mail address.', left(p_email, 80));
  end if;
  if exists (
    select from public.workspace_members m
    where m.workspace_id = p_workspace and m.email = lower(trim(p_email))
  ) then
    raise exception using errcode = '23505', message = 'This person is in the workspace already.',
      hint = 'To change what they may do: social-tui team role';
  end if;
  insert into private.invitations (workspace_id, email, role, expires_at)
  values (p_workspace, lower(trim(p_email)), p_role, now() + make_interval(days => p_days))
  on conflict (workspace_id, email) do update
  set role = excluded.role, expires_at = excluded.expires_at, invited_by = excluded.invited_by,
    created_at = now()
  returning * into _invitation;
  perform private.log_team(p_workspace, 'member_invited', p_actor,
    jsonb_build_object('invitation_id', _invitation.invitation_id, 'role', p_role));
  return _invitation;
end
$$;

-- The workspaces of the caller, whichever is chosen.
create or replace function public.list_workspaces()
returns table (workspace_id uuid, name text, role text, members bigint, created_at timestamptz, is_chosen boolean)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _is_service boolean := private.is_service();
begin
  if not _is_service then
    perform private.require_person();
  end if;
  return query
    select w.workspace_id, w.name, m.role,
      (select count(*) from public.workspace_members c where c.workspace_id = w.workspace_id), w.created_at,
      coalesce(w.workspace_id = private.chosen_workspace(), false)
    from public.workspaces w
    left join public.workspace_members m on m.workspace_id = w.workspace_id and m.user_id = auth.uid()
    where _is_service or m.user_id is not null
    order by w.created_at, w.workspace_id
    limit 500;
end
$$;

-- Makes a workspace. Its maker is its owner; the service invites one. Whoever owns none may not: on a project that
-- lets anybody sign up, a stranger's workspace would be served by the team's workers, and at its cost.
create or replace function public.create_workspace(
  p_name text, p_owner_email text default null, p_actor text default 'app'
) returns table (workspace_id uuid, name text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspace uuid := gen_random_uuid();
  _name text := trim(p_name);
begin
  if not private.is_service() and not exists (
    select from public.workspace_members m where m.user_id = auth.uid() and m.role = 'owner'
  ) then
    raise exception using errcode = '42501',
      message = 'Only who owns a workspace may make another.',
      hint = 'Ask whoever looks after the database for one.';
  end if;
  if _name is null or length(_name) not between 1 and 100 or _name ~ '[[:cntrl:]]' then
    raise exception using errcode = '22023', message = 'A workspace has a name of 1 to 100 characters.';
  end if;
  insert into public.workspaces (workspace_id, name) values (_workspace, _name);
  if not private.is_service() then
    insert into public.workspace_members (workspace_id, user_id, role, email)
    values (_workspace, auth.uid(), 'owner', private.verified_email());
  end if;
  perform private.log_team(_workspace, 'workspace_created', p_actor, '{}');
  if p_owner_email is not null then
    perform private.invite(_workspace, p_owner_email, 'owner', 14, p_actor);
  end if;
  return query select _workspace, _name;
end
$$;

-- Who is in the workspace; owners see whom they invited as well.
create or replace function public.list_team() returns table (
  state text, role text, email text, user_id uuid, is_me boolean, since timestamptz, expires_at timestamptz)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspace uuid := private.team_workspace(false);
  _is_owner boolean := private.is_service() or _workspace = any (private.owned_workspaces());
begin
  return query
    select 'member', m.role, m.email, m.user_id, coalesce(m.user_id = auth.uid(), false), m.created_at,
      null::timestamptz
    from public.workspace_members m
    where m.workspace_id = _workspace
    union all
    select case when i.expires_at > now() then 'invited' else 'expired' end, i.role, i.email, null, false,
      i.created_at, i.expires_at
    from private.invitations i
    where i.workspace_id = _workspace and _is_owner
    order by 1 desc, 6, 3
    limit 500;
end
$$;

create or replace function public.invite_member(
  p_email text, p_role text default 'viewer', p_days integer default 14, p_actor text default 'app'
) returns table (email text, role text, expires_at timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  return query
    select i.email, i.role, i.expires_at
    from private.invite(private.team_workspace(true), p_email, p_role, p_days, p_actor) i;
end
$$;

-- Lets the caller into every workspace that invites their verified address. Whoever is in stays what they are.
create or replace function public.accept_invitations(p_actor text default 'app')
returns table (workspace_id uuid, name text, role text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _user uuid := private.require_person();
  _email text := private.verified_email();
begin
  return query
    with taken as (
      delete from private.invitations i where i.email = _email and i.expires_at > now()
      returning i.workspace_id, i.role, i.invitation_id, i.invited_by
    ),
    joined as (
      insert into public.workspace_members (workspace_id, user_id, role, email)
      select t.workspace_id, _user, t.role, _email from taken t
      on conflict (workspace_id, user_id) do nothing
      returning workspace_id, role
    ),
    logged as (
      insert into public.media_events (event, actor, details, workspace_id)
      select 'member_joined', p_actor, jsonb_strip_nulls(jsonb_build_object(
        'invitation_id', t.invitation_id, 'invited_by', t.invited_by, 'role', j.role)), t.workspace_id
      from joined j join taken t using (workspace_id)
    )
    select w.workspace_id, w.name, j.role
    from joined j join public.workspaces w using (workspace_id)
    order by w.created_at, w.workspace_id;
end
$$;

-- A member by e-mail address or id.
create or replace function private.find_member(p_workspace uuid, p_who text) returns public.workspace_members
language sql stable set search_path = '' as $$
  select m from public.workspace_members m
  where m.workspace_id = p_workspace and (m.email = lower(trim(p_who)) or m.user_id::text = lower(trim(p_who)))
  order by m.user_id::text = lower(trim(p_who)) desc, m.created_at
  limit 1
$$;

-- Changes what a member, or somebody invited, may do.
create or replace function public.change_role(p_who text, p_role text, p_actor text default 'app')
returns table (state text, role text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspace uuid := private.team_workspace(true);
  _member public.workspace_members := private.find_member(_workspace, p_who);
  _invitation text;
begin
  perform private.require_role(p_role);
  if _member.user_id is not null then
    update public.workspace_members m set role = p_role
    where m.workspace_id = _workspace and m.user_id = _member.user_id;
  else
    update private.invitations i set role = p_role
    where i.workspace_id = _workspace and i.email = lower(trim(p_who))
    returning i.invitation_id into _invitation;
    if _invitation is null then
      raise exception using errcode = 'P0002', message = 'Nobody in the workspace is called that.';
    end if;
  end if;
  perform private.log_team(_workspace, 'member_role_changed', p_actor, jsonb_build_object(
    'member', _member.user_id, 'invitation_id', _invitation, 'from', _member.role, 'role', p_role));
  return query select case when _invitation is null then 'member' else 'invited' end, p_role;
end
$$;

-- Takes somebody out, or an invitation back; without a name the caller leaves.
create or replace function public.remove_member(p_who text default null, p_actor text default 'app')
returns table (removed text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspace uuid := private.team_workspace(p_who is not null);
  _member public.workspace_members := private.find_member(_workspace, coalesce(p_who, auth.uid()::text));
  _invitation text;
begin
  if _member.user_id is not null then
    delete from public.workspace_members m
    where m.workspace_id = _workspace and m.user_id = _member.user_id;
  else
    delete from private.invitations i
    where i.workspace_id = _workspace and i.email = lower(trim(p_who))
    returning i.invitation_id into _invitation;
    if _invitation is null then
      raise exception using errcode = 'P0002', message = 'Nobody in the workspace is called that.';
    end if;
  end if;
  perform private.log_team(_workspace,
    case when _invitation is not null then 'invitation_revoked' when p_who is null then 'member_left'
      else 'member_removed' end,
    p_actor, jsonb_build_object('member', _member.user_id, 'invitation_id', _invitation));
  return query select case when _invitation is null then 'member' else 'invitation' end;
end
$$;

-- Who is signed in is a person, whatever the app says of itself.
alter table public.media_events
  add constraint media_events_actor_check check (user_id is null or actor <> 'worker');

-- There everything new in schema public is granted to anon and authenticated at once.
revoke all on all sequences in schema public from public, anon, authenticated;

revoke all on function public.list_workspaces, public.create_workspace, public.list_team, public.invite_member,
  public.accept_invitations, public.change_role, public.remove_member from public, anon;
grant execute on function public.list_workspaces, public.create_workspace, public.list_team, public.invite_member,
  public.accept_invitations, public.change_role, public.remove_member to authenticated, service_role;

revoke execute on all functions in schema private from public;
