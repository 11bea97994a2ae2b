-- Posts know the digest of the export that they follow, in place of one of how it was understood.
alter table public.posts drop column import_key, add column content_hash text;
comment on column public.posts.content_hash is
  'SHA-256 of what raw_json says, in hexadecimal, as data_downloads has it; null where an older library wrote it';

-- Items of exports that the library holds just as they say: to import them again, nothing need be parsed or
-- stored.

-- The key of an item is a digest of its bytes and of what read them, so that another version reads it anew. A
-- migration that changes what importing writes empties this table. No foreign keys: an item whose posts are gone
-- is not held, and no id is given twice.
create table private.imported_items (
  item_key bytea not null,
  workspace_id uuid not null,
  post_ids text[] not null,
  state bytea not null,
  primary key (item_key, workspace_id)
);

comment on column private.imported_items.post_ids is
  'The post of the item, then those that stand inside of it';
comment on column private.imported_items.state is
  'Digest of what the posts and their media say while they are just as the item says; importing it has nothing to do then';

-- Of up to 500 keys of items, in hexadecimal, those that the library holds just so: platform and id of their
-- posts; of their media id, type, role and when the link dies. Media of posts inside others count as reshared.
create or replace function public.find_held(p_keys jsonb)
returns table ("position" integer, posts json, media json)
language plpgsql stable security definer set search_path = ''
  -- By the indexes of ids ("is true" has none), also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
begin
  if jsonb_array_length(p_keys) > 500 then
    raise exception using errcode = '22023', message = 'At most 500 items can be looked up at once.';
  end if;
  return query
    select (k.ordinality - 1)::integer, h.posts, h.media
    from jsonb_array_elements_text(p_keys) with ordinality k(key)
    cross join lateral (
      select e.post_ids, e.state from private.imported_items e
      where e.item_key = decode(k.key, 'hex') and (e.workspace_id = any (_editable)) is true
      limit 1
    ) i
    cross join lateral (
      select
        string_agg(concat_ws(' ', p.post_id, p.content_hash, m.total) || m.says, E'\n' order by o.place) as says,
        -- json, which is only written: jsonb would take half as long again for all of it.
        json_agg(json_build_array(p.platform, p.urn) order by o.place) as posts,
        json_agg(m.media order by o.place) as media
      from unnest(i.post_ids) with ordinality o(post_id, place)
      join public.posts p on p.post_id = o.post_id and (p.workspace_id = any (_editable)) is true
      cross join lateral (
        select count(*) as total,
          coalesce(string_agg(E'\n' || concat_ws(' ', d.media_id, d.role, d.position, d.media_type, d.media_url), ''
            order by d.role collate "C", d.position), '') as says,
          coalesce(json_agg(json_build_array(d.media_id, d.media_type,
            case when o.place = 1 then d.role else 'reshared' end, d.dies_at)), '[]') as media
        from private.link_deaths d
        where d.post_id = p.post_id
      ) m
    ) h
    where sha256(convert_to(h.says, 'UTF8')) = i.state;
end
$$;

-- Notes items that were just imported: key, posts and state of each.
create or replace function public.note_items(p_items jsonb) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  _workspace uuid := private.target_workspace(private.require_editor());
  _noted integer;
begin
  if jsonb_array_length(p_items) > 500 then
    raise exception using errcode = '22023', message = 'At most 500 items can be noted at once.';
  end if;
  -- A note that a crash takes away costs time alone: its item is read again.
  perform set_config('synchronous_commit', 'off', true);
  insert into private.imported_items as i (item_key, workspace_id, post_ids, state)
  select decode(n.key, 'hex'), _workspace, n.post_ids, decode(n.state, 'hex')
  from jsonb_to_recordset(p_items) n(key text, post_ids text[], state text)
  order by n.key  -- so that two imports of the same items wait for each other instead of for ever
  on conflict (item_key, workspace_id) do update
    set post_ids = excluded.post_ids, state = excluded.state
    where (i.post_ids, i.state) is distinct from (excluded.post_ids, excluded.state);
  get diagnostics _noted = row_count;
  return _noted;
end
$$;

revoke all on function public.find_held, public.note_items from public, anon;
grant execute on function public.find_held, public.note_items to authenticated, service_role;

revoke execute on all functions in schema private from public;
grant execute on function private.is_service, private.readable_workspaces, private.editable_workspaces,
  private.owned_workspaces to authenticated, service_role;

-- PostgREST reads the catalogue again.
notify pgrst, 'reload schema';
