-- What posts are made from is taken beside what they say, and texts that are short anyway are not counted.

drop function public.import_posts(text, jsonb, boolean);
drop function private.try_posts(text, jsonb, integer, uuid[], uuid);
drop function private.store_posts(text, jsonb, uuid[], uuid);

create or replace function private.store_posts(
  p_run_id text, p_items jsonb, p_raw_json text[], p_editable uuid[], p_workspace uuid
) returns table (ordinal integer, post_id text, result text, media json)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  _posts private.post_to_store[];
  _places private.post_in_place[];
  _new text[];
  _is_all_new boolean;
  _changed text[] := '{}';
begin
  _posts := array(
    select (n.ordinality, n.platform, n.urn, n.full_urn, n.posted_at_timestamp, n.author_username,
      n.author_name, n.text_content, left(n.post_type, 200), n.url, n.reactions, n.comments, n.reposts, n.views,
      n.stats, n.media, p_raw_json[n.ordinality], n.source_file_path, n.inside,
      private.content_hash(p_raw_json[n.ordinality]), private.generate_aws_id('p'))::private.post_to_store
    from jsonb_populate_recordset(null::private.post_to_store, p_items) with ordinality n
  );
  if exists (
    select from unnest(_posts) n
    where coalesce(n.urn, '') = '' or coalesce(n.platform, '') = '' or n.raw_json is null
  ) then
    raise exception using errcode = '22023', message = 'The post has no id, platform or raw JSON.';
  end if;
  if exists (select from unnest(_posts) n group by n.urn, n.platform having count(*) > 1) then
    raise exception using errcode = '22023', message = 'An id comes twice.';
  end if;

  _new := private.add_posts(_posts, p_workspace);
  _is_all_new := cardinality(_new) = cardinality(_posts);
  _places := array(
    select (n.ordinal, n.new_id, p_workspace, true, false, true, true)::private.post_in_place
    from unnest(_posts) n
    where _is_all_new or n.new_id = any (_new));
  if not _is_all_new then
    _places := _places || private.place_posts(
      array(select n from unnest(_posts) n where n.new_id <> all (_new)), p_editable);
    _changed := private.update_posts(_posts, _places);
  end if;

  insert into public.data_downloads (download_id, post_id, run_id, downloaded_at, total_reactions,
    comments, reposts, views, stats_json, raw_json, source_file_path, workspace_id, content_hash)
  select private.generate_aws_id('dl'), l.post_id, p_run_id, clock_timestamp(),
    case when n.inside is null and n.reactions is not null then least(n.reactions, 2147483647) end,
    case when n.inside is null then n.comments end, case when n.inside is null then n.reposts end,
    case when n.inside is null then n.views end, n.stats::text, case when not l.is_newest then n.raw_json end,
    n.source_file_path, l.workspace_id, n.content_hash
  from unnest(_places) l
  join unnest(_posts) n using (ordinal)
  where not l.is_known and (l.is_new or n.inside is null);

  return query
    with stored as (
      select m.post_id,
        bool_or(m.is_changed) as has_changed,
        json_agg(json_build_object('media_id', m.media_id, 'role', m.role, 'position', m.position,
          'result', m.result, 'dies_at', m.dies_at) order by m.ordinal) as media
      from private.store_media(
        case when _is_all_new then '{}' else private.references_in(_posts, _places, false) end,
        private.references_in(_posts, _places, true), 'import') m
      group by m.post_id
    )
    select l.ordinal, l.post_id,
      case
        when l.is_new then 'new'
        when l.post_id = any (_changed) or s.has_changed then 'updated'
        else 'unchanged'
      end,
      coalesce(s.media, '[]')
    from unnest(_places) l
    left join stored s using (post_id);
end
$$;

create or replace function private.try_posts(
  p_run_id text, p_items jsonb, p_raw_json text[], p_first integer, p_editable uuid[], p_workspace uuid
) returns setof private.imported_post
language plpgsql volatile set search_path = '' as $$
declare
  _item record;
begin
  return query
    select p_first + s.ordinal - 1, s.post_id, s.result, null::text, s.media
    from private.store_posts(p_run_id, p_items, p_raw_json, p_editable, p_workspace) s;
exception when others then
  if private.is_general_error(sqlstate) then
    raise;
  end if;
  if jsonb_array_length(p_items) = 1 then
    -- Messages about a value quote it; a reason does not quote posts.
    return query select p_first, null::text, 'rejected', left(case
      when sqlstate like '22%' then regexp_replace(sqlerrm, '".*"', '…') else sqlerrm end, 300), '[]'::json;
    return;
  end if;
  for _item in
    select i.value, i.ordinality from jsonb_array_elements(p_items) with ordinality i
    order by i.value ->> 'urn', i.value ->> 'platform', i.ordinality
  loop
    return query select * from private.try_posts(p_run_id, jsonb_build_array(_item.value),
      p_raw_json[_item.ordinality:_item.ordinality], p_first + _item.ordinality::integer - 1, p_editable,
      p_workspace);
  end loop;
end
$$;

create or replace function public.import_posts(
  p_run_id text, p_posts jsonb, p_raw_json text[], p_dry_run boolean default false
)
returns table ("position" integer, post_id text, result text, reason text, media json, content_hash text)
language plpgsql volatile security definer set search_path = '' set jit = off
  -- Processes beside this one would be given all posts as text.
  set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
  _workspace uuid := private.target_workspace(_editable);
  _results private.imported_post[];
begin
  if jsonb_array_length(p_posts) > 500 then
    raise exception using errcode = '22023', message = 'At most 500 posts can be imported at once.';
  end if;
  if jsonb_array_length(p_posts) is distinct from cardinality(p_raw_json) then
    raise exception using errcode = '22023', message = 'Each post comes with its raw JSON.';
  end if;
  if p_run_id is not null and not p_dry_run
    and not exists (select from public.download_runs r where r.run_id = p_run_id)
  then
    raise exception using errcode = 'P0002', message = format('There is no import run %L.', p_run_id);
  end if;
  begin
    _results := array(select t from private.try_posts(p_run_id, p_posts, p_raw_json, 0, _editable, _workspace) t);
    if jsonb_path_exists(p_posts, '$[*].inside ? (@ != null)') then
      perform private.link_items(p_posts, _editable);
    end if;
    if p_dry_run then
      raise exception using errcode = 'DRYRN';
    end if;
  exception when sqlstate 'DRYRN' then
    null;  -- what was written is taken back; the results, held in a variable, stay
  end;

  if not p_dry_run then
    insert into public.media_events (event, actor, details, workspace_id)
    select 'posts_imported', 'import', jsonb_build_object('run_id', p_run_id,
      'new', count(*) filter (where r.result = 'new'),
      'updated', count(*) filter (where r.result = 'updated')), _workspace
    from unnest(_results) r
    where r.result in ('new', 'updated')
    having count(*) > 0;
  end if;
  return query
    select r.position, r.post_id, r.result, r.reason, r.media, p.content_hash
    from unnest(_results) r
    left join public.posts p on p.post_id = r.post_id
    order by 1;
end
$$;

revoke all on function public.import_posts from public, anon;
grant execute on function public.import_posts to authenticated, service_role;

create or replace function private.first_of(p_text text, p_characters integer) returns text
language sql immutable parallel safe as $$
  select case when octet_length(p_text) <= p_characters then p_text else left(p_text, p_characters) end
$$;

create or replace function private.own_words(p_author_name text, p_author_username text, p_text text)
returns tsvector
language sql immutable parallel safe as $$
  select to_tsvector('simple', private.folded(private.first_of(
    coalesce(p_author_name, '') || ' ' || coalesce(p_author_username, '') || ' ' || coalesce(p_text, ''),
    200000)))
$$;

revoke execute on all functions in schema private from public;
