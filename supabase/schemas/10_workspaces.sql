-- Workspaces, their members, and who is calling.
--
-- Functions in schema public are what the app calls. Each begins by asking private.require_reader(),
-- require_editor() or require_service(), then filters by workspace itself, because under row level
-- security an operator that is not leakproof (full-text search) cannot use its index.

create schema if not exists private;
grant usage on schema private to authenticated, service_role;

create table public.workspaces (
  workspace_id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now()
);

create table public.workspace_members (
  workspace_id uuid not null references public.workspaces (workspace_id) on delete cascade,
  user_id uuid not null,
  role text not null constraint workspace_members_role_check check (role in ('owner', 'editor', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);

create index idx_workspace_members_user on public.workspace_members (user_id);

-- Everything that a library without accounts holds belongs to this one.
insert into public.workspaces (workspace_id, name)
values ('00000000-0000-0000-0000-000000000001', 'default')
on conflict (workspace_id) do nothing;

-- A new id in the style of AWS: 17 hexadecimal digits. The first 5 count seconds, and start anew after 12 days: ids
-- that are made together stand together in every index, so that an import works on few pages however large the
-- library is. The other 12 are random, which an id is so that it is unique: it gives no right to anything. Without a
-- search_path of its own, so that it is inlined: an import makes many.
create or replace function private.generate_aws_id(p_prefix text) returns text
language sql volatile as $$
  select p_prefix || '-' || lpad(to_hex(date_part('epoch', clock_timestamp())::bigint & 1048575), 5, '0')
    || lpad(to_hex((random() * 281474976710655)::bigint), 12, '0')
$$;

-- Whether the caller is the service: a direct database session of the owner, of a worker whose login is
-- a member of service_role, or PostgREST on behalf of the service key. PostgREST sets the role for its
-- transaction, and a security definer function does not change that setting.
create or replace function private.is_service() returns boolean
language sql stable security definer set search_path = '' as $$
  select pg_has_role(c.role, current_user, 'USAGE') or pg_has_role(c.role, 'service_role', 'USAGE')
  from (
    select case current_setting('role')
      when 'none' then session_user
      else current_setting('role')::name
    end as role
  ) c
$$;

-- The workspace that the caller chose for this session or request; null without a choice. It only narrows what
-- a member may do: whoever names another's workspace is a member of none.
create or replace function private.chosen_workspace() returns uuid
language sql stable set search_path = '' as $$
  select coalesce(
    nullif(current_setting('social_tui.workspace', true), ''),
    nullif(current_setting('request.headers', true), '')::json ->> 'x-social-tui-workspace')::uuid
$$;

create or replace function private.readable_workspaces() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select case
    when private.is_service() then array(select w.workspace_id from public.workspaces w)
    else array(
      select m.workspace_id from public.workspace_members m
      where m.user_id = auth.uid()
        and m.workspace_id = coalesce((select private.chosen_workspace()), m.workspace_id)
    )
  end
$$;

create or replace function private.editable_workspaces() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select case
    when private.is_service() then array(select w.workspace_id from public.workspaces w)
    else array(
      select m.workspace_id from public.workspace_members m
      where m.user_id = auth.uid() and m.role in ('owner', 'editor')
        and m.workspace_id = coalesce((select private.chosen_workspace()), m.workspace_id)
      order by m.created_at, m.workspace_id
    )
  end
$$;

create or replace function private.owned_workspaces() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select array(
    select m.workspace_id from public.workspace_members m
    where m.user_id = auth.uid() and m.role = 'owner'
  )
$$;

create or replace function private.require_reader() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.readable_workspaces();
begin
  if cardinality(_workspaces) = 0 then
    raise exception using errcode = '42501',
      message = 'You are not a member of any workspace.',
      hint = 'Sign in, or ask the owner of a workspace to add you.';
  end if;
  return _workspaces;
end
$$;

create or replace function private.require_editor() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.editable_workspaces();
begin
  if cardinality(_workspaces) = 0 then
    raise exception using errcode = '42501',
      message = 'You may not change anything in any workspace.',
      hint = 'Ask the owner of a workspace to make you an editor.';
  end if;
  return _workspaces;
end
$$;

-- Only who holds the bytes can say what they are; a member who could would reach other workspaces'
-- bytes by naming their hash.
create or replace function private.require_service() returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if not private.is_service() then
    raise exception using errcode = '42501',
      message = 'Only a worker may record this.',
      hint = 'Workers connect with DATABASE_URL.';
  end if;
end
$$;

-- Where new rows go without a choice: the service writes to the default workspace, a member to the first one
-- that lets them write.
create or replace function private.target_workspace(p_editable uuid[]) returns uuid
language sql stable security definer set search_path = '' as $$
  select case
    when private.is_service() then
      coalesce(private.chosen_workspace(), '00000000-0000-0000-0000-000000000001')
    else p_editable[1]
  end
$$;

create or replace function private.page_size(p_limit integer) returns integer
language sql immutable set search_path = '' as $$
  select least(greatest(coalesce(p_limit, 500), 1), 500)
$$;
