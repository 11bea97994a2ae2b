-- Items of exports are noted some together, because a row for each took 3 % of a first import.

drop function public.find_held(jsonb);
drop function public.note_items(jsonb);
drop table private.imported_items;

create table private.imported_items (
  group_key bytea not null,
  workspace_id uuid not null,
  items text[] not null,
  state bytea not null,
  primary key (group_key, workspace_id)
);

comment on column private.imported_items.items is
  'The posts of each item: its own, then those that stand inside of it; none of one that has to be read anyhow';
comment on column private.imported_items.state is
  'Digest of what the posts and their media say while they are just as the items say; importing them has nothing to do then';

create or replace function public.find_held(p_keys jsonb)
returns table ("position" integer, posts json)
language plpgsql stable security definer set search_path = ''
  -- By the indexes of ids ("is true" has none), also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
  -- To plan it for the keys themselves takes as long as to look for them.
  set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
begin
  if jsonb_array_length(p_keys) > 500 then
    raise exception using errcode = '22023', message = 'At most 500 groups can be looked up at once.';
  end if;
  return query
    select (k.ordinality - 1)::integer, h.posts
    from jsonb_array_elements_text(p_keys) with ordinality k(key)
    cross join lateral (
      select n.items, n.state from private.imported_items n
      where n.group_key = decode(k.key, 'hex') and (n.workspace_id = any (_editable)) is true
      limit 1
    ) g
    cross join lateral (
      select
        string_agg(concat_ws(' ', p.post_id, p.content_hash, m.total) || m.says, E'\n' order by i.item, o.place)
          as says,
        -- json, which is only written: jsonb would take half as long again for all of it.
        json_agg(json_build_array(i.item - 1, p.platform, p.urn, m.media) order by i.item, o.place) as posts
      from unnest(g.items) with ordinality i(post_ids, item)
      cross join lateral string_to_table(i.post_ids, ' ') with ordinality o(post_id, place)
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
    where sha256(convert_to(h.says, 'UTF8')) = g.state;
end
$$;

create or replace function public.note_items(p_groups jsonb) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  _workspace uuid := private.target_workspace(private.require_editor());
  _noted integer;
begin
  if jsonb_array_length(p_groups) > 500 then
    raise exception using errcode = '22023', message = 'At most 500 groups can be noted at once.';
  end if;
  -- A note that a crash takes away costs time alone: its items are read again.
  perform set_config('synchronous_commit', 'off', true);
  insert into private.imported_items as i (group_key, workspace_id, items, state)
  select decode(n.key, 'hex'), _workspace, n.items, decode(n.state, 'hex')
  from jsonb_to_recordset(p_groups) n(key text, items text[], state text)
  order by n.key  -- so that two imports of the same items wait for each other instead of for ever
  on conflict (group_key, workspace_id) do update
    set items = excluded.items, state = excluded.state
    where (i.items, i.state) is distinct from (excluded.items, excluded.state);
  get diagnostics _noted = row_count;
  return _noted;
end
$$;

revoke all on function public.find_held, public.note_items from public, anon;
grant execute on function public.find_held, public.note_items to authenticated, service_role;
