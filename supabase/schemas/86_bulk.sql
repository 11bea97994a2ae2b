-- Changes of many posts at once, and taking them back.

-- One row per part of a change and workspace: a change of very many posts comes in parts.
create table public.post_changes (
  id bigint generated always as identity primary key,
  change_id text not null,
  workspace_id uuid not null references public.workspaces (workspace_id),
  change text not null
    constraint post_changes_change_check
    check (change in ('mark', 'unmark', 'read', 'unread', 'tag', 'untag')),
  value text,
  post_ids text[] not null,
  removed jsonb,
  actor text not null,
  user_id uuid default auth.uid(),
  created_at timestamptz not null default now(),
  undone_at timestamptz
);

create index idx_post_changes_change on public.post_changes (change_id);

comment on column public.post_changes.post_ids is 'The posts that it really changed, which undoing changes back';
comment on column public.post_changes.removed is 'The rows of post_tags that it removed, as they were';

alter table public.post_changes enable row level security;
revoke all on public.post_changes from public, anon, authenticated;
grant all on public.post_changes to service_role;
grant select on public.post_changes to authenticated;
create policy service_all on public.post_changes to service_role using (true) with check (true);
create policy member_read on public.post_changes for select to authenticated
  using (workspace_id = any (array(select unnest(private.readable_workspaces()))));

-- Whether a post is not yet as a change makes it, as a predicate over alias p. $1 are workspaces, $4 tags.
create or replace function private.unchanged_sql(p_change text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case p_change
    when 'mark' then 'p.is_marked is not true'
    when 'unmark' then 'p.is_marked'
    when 'read' then 'p.is_read is not true'
    when 'unread' then 'p.is_read'
    when 'tag' then 'not exists (select from public.post_tags t where t.post_id = p.post_id and t.tag_id = any ($4))'
    when 'untag' then 'exists (select from public.post_tags t where t.post_id = p.post_id and t.tag_id = any ($4))'
  end;
end
$$;

-- The ids of the tags with a name in workspaces; makes it in the first one when it has to be there.
create or replace function private.tags_named(p_name text, p_workspaces uuid[], p_make boolean) returns text[]
language plpgsql volatile set search_path = '' as $$
begin
  if coalesce(btrim(p_name), '') = '' or length(p_name) > 100 then
    raise exception using errcode = '22023', message = 'A tag is a name of 1 to 100 characters.';
  end if;
  if p_make then
    insert into public.tags (tag_id, name, workspace_id)
    select private.generate_aws_id('tag'), btrim(p_name), w
    from unnest(p_workspaces) w
    where not exists (
      select from public.tags t where lower(t.name) = lower(btrim(p_name)) and t.workspace_id = w)
    on conflict (workspace_id, name) do nothing;
  end if;
  return array(
    select t.tag_id from public.tags t
    where lower(t.name) = lower(btrim(p_name)) and t.workspace_id = any (p_workspaces)
    order by t.tag_id);
end
$$;

-- Makes posts as a change has them, and writes down which. They are locked in the order of their ids.
create or replace function private.apply_change(
  p_change_id text, p_change text, p_value text, p_tags text[], p_post_ids text[], p_actor text
) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  _removed jsonb;
begin
  case p_change
    when 'mark', 'unmark' then
      update public.posts p set is_marked = p_change = 'mark', updated_at = now()
      where p.post_id = any (p_post_ids);
    when 'read', 'unread' then
      update public.posts p set is_read = p_change = 'read', updated_at = now()
      where p.post_id = any (p_post_ids);
    when 'tag' then
      insert into public.post_tags (post_tag_id, post_id, tag_id, applied_by, workspace_id)
      select private.generate_aws_id('ptg'), p.post_id, (
          select min(t.tag_id) from public.tags t
          where t.tag_id = any (p_tags) and t.workspace_id = p.workspace_id),
        'user', p.workspace_id
      from public.posts p
      where p.post_id = any (p_post_ids)
      on conflict (post_id, tag_id) do nothing;
    when 'untag' then
      with removed as (
        delete from public.post_tags t
        where t.post_id = any (p_post_ids) and t.tag_id = any (p_tags)
        returning t.*
      )
      select jsonb_agg(r) into _removed from removed r;
  end case;
  insert into public.post_changes (change_id, workspace_id, change, value, post_ids, removed, actor)
  select p_change_id, p.workspace_id, p_change, p_value, array_agg(p.post_id order by p.post_id), (
      select jsonb_agg(r) from jsonb_array_elements(_removed) r
      where r ->> 'workspace_id' = p.workspace_id::text), p_actor
  from public.posts p
  where p.post_id = any (p_post_ids)
  group by p.workspace_id;
  insert into public.media_events (event, actor, details, workspace_id)
  select case p_change when 'mark' then 'posts_marked' when 'unmark' then 'posts_unmarked'
      when 'tag' then 'posts_tagged' when 'untag' then 'posts_untagged' else 'posts_' || p_change end,
    p_actor, jsonb_strip_nulls(jsonb_build_object('change_id', p_change_id, 'posts', count(*), 'tag', p_value)),
    p.workspace_id
  from public.posts p
  where p.post_id = any (p_post_ids)
  group by p.workspace_id;
  return cardinality(p_post_ids);
end
$$;

-- Changes the posts that are named, or those of a filter but some. Posts that are so already are no part of
-- it. One call changes at most 50,000 posts, so that nobody waits long for its locks, and says whether there
-- are more: the caller then goes on with the same change_id.
create or replace function public.change_posts(
  p_change text, p_value text default null, p_post_ids text[] default null, p_filter jsonb default null,
  p_except text[] default null, p_change_id text default null, p_actor text default 'app'
) returns table (change_id text, changed integer, has_more boolean)
language plpgsql volatile security definer set search_path = '' as $$
declare
  _most constant integer := 50000;
  _editable uuid[] := private.require_editor();
  _change_id text := coalesce(p_change_id, private.generate_aws_id('change'));
  _tags text[];
  _post_ids text[];
begin
  if p_change is null or private.unchanged_sql(p_change) is null then
    raise exception using errcode = '22023', message = format('%L is no change of posts.', p_change);
  end if;
  if (p_post_ids is null) = (p_filter is null) then
    raise exception using errcode = '22023', message = 'Either posts or a filter say what to change.';
  end if;
  if exists (
    select from public.post_changes c
    where c.change_id = p_change_id
      and (not c.workspace_id = any (_editable) or c.change <> p_change or c.undone_at is not null)
  ) then
    raise exception using errcode = '22023', message = format('The change %L is another one.', p_change_id);
  end if;
  if p_change in ('tag', 'untag') then
    _tags := private.tags_named(p_value, _editable, false);
  end if;
  execute format(
    'select array(select p.post_id from public.posts p where p.workspace_id = any ($1)'
    ' and ($2 is null or p.post_id = any ($2)) and ($3 is null or p.post_id <> all ($3)) and %s and %s limit $5)',
    private.unchanged_sql(p_change), private.filter_sql(coalesce(p_filter, '{}')))
  into _post_ids
  using _editable, p_post_ids, p_except, _tags, _most;
  -- What others did to them in between counts.
  execute format(
    'with locked as materialized ('
    'select p.post_id, p.is_marked, p.is_read from public.posts p where p.post_id = any ($2)'
    ' order by p.post_id for no key update)'
    ' select array(select p.post_id from locked p where %s)', private.unchanged_sql(p_change))
  into _post_ids
  using _editable, _post_ids, null::text[], _tags;
  if _post_ids = '{}' then
    return query select _change_id, 0, false;
    return;
  end if;
  if p_change = 'tag' then
    _tags := private.tags_named(p_value, array(
      select distinct p.workspace_id from public.posts p where p.post_id = any (_post_ids)), true);
  end if;
  return query
    select _change_id,
      private.apply_change(_change_id, p_change, p_value, _tags, _post_ids, p_actor),
      cardinality(_post_ids) = _most;
end
$$;

-- Takes back one part of a change: posts that it changed, and that are still so, become what they were.
create or replace function private.take_back(p_part public.post_changes) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  _changed integer;
begin
  perform from public.posts p where p.post_id = any (p_part.post_ids) order by p.post_id for no key update;
  case p_part.change
    when 'mark', 'unmark' then
      update public.posts p set is_marked = p_part.change = 'unmark', updated_at = now()
      where p.post_id = any (p_part.post_ids) and coalesce(p.is_marked, false) = (p_part.change = 'mark');
    when 'read', 'unread' then
      update public.posts p set is_read = p_part.change = 'unread', updated_at = now()
      where p.post_id = any (p_part.post_ids) and coalesce(p.is_read, false) = (p_part.change = 'read');
    when 'tag' then
      delete from public.post_tags t
      using public.tags g
      where g.tag_id = t.tag_id and lower(g.name) = lower(btrim(p_part.value))
        and t.post_id = any (p_part.post_ids) and t.workspace_id = p_part.workspace_id;
    when 'untag' then
      insert into public.post_tags
      select r.* from jsonb_populate_recordset(null::public.post_tags, p_part.removed) r
      where exists (select from public.posts p where p.post_id = r.post_id)
        and exists (select from public.tags g where g.tag_id = r.tag_id)
      on conflict do nothing;
  end case;
  get diagnostics _changed = row_count;
  return _changed;
end
$$;

-- Takes back what is left of a change, at most 50,000 posts a call, and says whether there is more.
create or replace function public.undo_change(p_change_id text, p_actor text default 'app')
returns table (changed integer, has_more boolean)
language plpgsql volatile security definer set search_path = '' as $$
declare
  _editable uuid[] := private.require_editor();
  _part public.post_changes;
  _changed integer;
begin
  select * into _part from public.post_changes c
  where c.change_id = p_change_id and c.workspace_id = any (_editable)
  order by c.undone_at nulls first, c.id desc
  limit 1
  for update;
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no change %L.', p_change_id);
  end if;
  if _part.undone_at is not null then
    return query select 0, false;
    return;
  end if;
  _changed := private.take_back(_part);
  update public.post_changes c set undone_at = now() where c.id = _part.id;
  insert into public.media_events (event, actor, details, workspace_id)
  values ('change_undone', p_actor, jsonb_build_object('change_id', p_change_id, 'posts', _changed),
    _part.workspace_id);
  return query select _changed, exists (
    select from public.post_changes c
    where c.change_id = p_change_id and c.workspace_id = any (_editable) and c.undone_at is null);
end
$$;

-- The jobs about the media that are named, or about those of the posts that are named or that a filter finds,
-- in one row, because they may be very many.
create or replace function public.jobs_on(
  p_statuses text[], p_media_ids text[] default null, p_post_ids text[] default null,
  p_filter jsonb default null, p_except text[] default null
) returns table (job_ids bigint[])
language plpgsql stable security definer set search_path = '' as $$
declare
  _editable uuid[] := private.require_editor();
  _post_ids text[] := private.posts_for(p_post_ids, p_filter, p_except, _editable);
begin
  if p_media_ids is null and _post_ids is null then
    raise exception using errcode = '22023', message = 'Either media, posts or a filter say which jobs.';
  end if;
  return query
    select coalesce(array_agg(j.job_id order by j.job_id), '{}')
    from private.jobs_of(_editable) j
    where j.status::text = any (p_statuses)
      and (p_media_ids is null or j.media_id = any (p_media_ids))
      and (_post_ids is null or j.post_id = any (_post_ids));
end
$$;

revoke all on function public.change_posts, public.undo_change, public.jobs_on from public, anon;
grant execute on function public.change_posts, public.undo_change, public.jobs_on
  to authenticated, service_role;
