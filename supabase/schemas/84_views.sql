-- Saved views: a name for a filter with its order and columns, shared by a workspace.

create table public.saved_views (
  view_id text primary key,
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  owner_user_id uuid,
  name text not null constraint saved_views_name_check check (length(name) between 1 and 100),
  filter text not null default '' constraint saved_views_filter_check check (length(filter) <= 1000),
  sort text not null default 'newest'
    constraint saved_views_sort_check check (sort in ('newest', 'oldest', 'engagement', 'author', 'state')),
  columns jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint saved_views_name_key unique (workspace_id, name)
);

comment on column public.saved_views.filter is 'As it was typed: relative times are read anew each time';

alter table public.saved_views enable row level security;
revoke all on public.saved_views from public, anon, authenticated;
grant all on public.saved_views to service_role;
grant select on public.saved_views to authenticated;
create policy service_all on public.saved_views to service_role using (true) with check (true);
create policy member_read on public.saved_views for select to authenticated
  using (workspace_id = any (array(select unnest(private.readable_workspaces()))));

create or replace function public.list_views() returns setof public.saved_views
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select v.* from public.saved_views v
    where v.workspace_id = any (_workspaces)
    order by lower(v.name), v.view_id
    limit private.page_size(500);
end
$$;

-- Saves a view under its name; one that has the name already is replaced.
create or replace function public.save_view(
  p_name text, p_filter text, p_sort text default 'newest', p_columns jsonb default '[]'
) returns setof public.saved_views
language plpgsql volatile security definer set search_path = '' as $$
declare
  _editable uuid[] := private.require_editor();
  _workspace uuid := private.target_workspace(_editable);
begin
  if not exists (select from public.saved_views v where v.workspace_id = _workspace and v.name = p_name)
    and (select count(*) from public.saved_views v where v.workspace_id = _workspace) >= 500
  then
    raise exception using errcode = '22023', message = 'There are 500 saved views already.',
      hint = 'Delete one first.';
  end if;
  return query
    insert into public.saved_views (view_id, workspace_id, owner_user_id, name, filter, sort, columns)
    values (private.generate_aws_id('view'), _workspace, auth.uid(), p_name, p_filter, p_sort, p_columns)
    on conflict (workspace_id, name) do update
    set filter = excluded.filter, sort = excluded.sort, columns = excluded.columns, updated_at = now()
    returning *;
end
$$;

create or replace function public.delete_view(p_view_id text) returns setof public.saved_views
language plpgsql volatile security definer set search_path = '' as $$
declare
  _editable uuid[] := private.require_editor();
begin
  return query
    delete from public.saved_views v
    where v.view_id = p_view_id and v.workspace_id = any (_editable)
    returning v.*;
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no saved view %L.', p_view_id);
  end if;
end
$$;

revoke all on function public.list_views, public.save_view, public.delete_view from public, anon;
grant execute on function public.list_views, public.save_view, public.delete_view to authenticated, service_role;
