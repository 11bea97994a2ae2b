-- Importing posts: stored with their media, all together, or one by one where that is refused.

-- What became of a post; what is told of its media is only written, which json takes less for than jsonb.
create type private.imported_post as (
  "position" integer,
  post_id text,
  result text,
  reason text,
  media json,
  content_hash text
);

-- The references of posts that are new, or of those that were there.
create or replace function private.references_in(
  p_posts private.post_to_store[], p_places private.post_in_place[], p_is_new boolean
) returns private.media_to_store[]
language sql stable set search_path = '' as $$
  select array(
    select r
    from unnest(p_places) l
    join unnest(p_posts) n using (ordinal)
    cross join lateral private.references_of(l.post_id, l.workspace_id, l.is_newest, n.media) r
    where l.is_new = p_is_new)
$$;

-- Stores posts with their media, all or none. An export that says something else than the one before replaces
-- it. It does not if it is known to be older: because it was imported before and replaced since, or because
-- its links die earlier. Then it adds what is missing and changes nothing else, so that importing the same
-- files again, in any order, changes no row. What each is made from stays apart: whoever takes the posts out of
-- their array would copy it every time.
create or replace function private.store_posts(
  p_run_id text, p_items jsonb, p_raw_json text[], p_editable uuid[], p_workspace uuid
) returns table (ordinal integer, post_id text, result text, media json, content_hash text)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  _posts private.post_to_store[];
  _places private.post_in_place[];
  _new text[];
  _is_all_new boolean;
  _changed text[] := '{}';
  _fault text;
begin
  _posts := array(
    select (n.ordinality, n.platform, n.urn, n.full_urn, n.posted_at_timestamp, n.author_username,
      n.author_name, n.text_content, left(n.post_type, 200), n.url, n.reactions, n.comments, n.reposts, n.views,
      n.stats, n.media, n.source_file_path, n.inside, n.unnest, private.generate_aws_id('p')
    )::private.post_to_store
    from rows from (
      jsonb_populate_recordset(null::private.post_to_store, p_items), unnest(private.content_hashes(p_raw_json))
    ) with ordinality n
    order by n.ordinality
  );
  _fault := (
    select case when count(*) > 1 then 'An id comes twice.' else 'The post has no id, platform or raw JSON.' end
    from unnest(_posts) n
    group by n.urn, n.platform
    having count(*) > 1 or coalesce(n.urn, '') = '' or coalesce(n.platform, '') = ''
      or bool_or(n.content_hash is null)
    limit 1);
  if _fault is not null then
    raise exception using errcode = '22023', message = _fault;
  end if;

  _new := private.add_posts(_posts, p_raw_json, p_workspace);
  _is_all_new := cardinality(_new) = cardinality(_posts);
  _places := array(
    select (n.ordinal, n.new_id, p_workspace, true, false, true, true, n.content_hash)::private.post_in_place
    from unnest(_posts) n
    where _is_all_new or n.new_id = any (_new));
  if not _is_all_new then
    _places := _places || private.place_posts(
      array(select n from unnest(_posts) n where n.new_id <> all (_new)), p_editable);
    _changed := private.update_posts(_posts, p_raw_json, _places);
  end if;

  insert into public.data_downloads (download_id, post_id, run_id, downloaded_at, total_reactions,
    comments, reposts, views, stats_json, raw_json, source_file_path, workspace_id, content_hash)
  select private.generate_aws_id('dl'), l.post_id, p_run_id, clock_timestamp(),
    case when n.inside is null and n.reactions is not null then least(n.reactions, 2147483647) end,
    case when n.inside is null then n.comments end, case when n.inside is null then n.reposts end,
    case when n.inside is null then n.views end, n.stats::text,
    case when not l.is_newest then p_raw_json[n.ordinal] end, n.source_file_path, l.workspace_id, l.content_hash
  from unnest(_places) l
  join unnest(_posts) n using (ordinal)
  where not l.is_known and (l.is_new or n.inside is null);

  return query
    with stored as (
      select m.post_id,
        bool_or(m.is_changed) as has_changed,
        json_agg(json_build_array(m.media_id, m.role, m.position, m.result, m.dies_at) order by m.ordinal) as media
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
      coalesce(s.media, '[]'),
      case
        when l.is_newest then l.content_hash
        else (select p.content_hash from public.posts p where p.post_id = l.post_id)
      end
    from unnest(_places) l
    left join stored s using (post_id);
end
$$;

-- Tells whether an error concerns more than the post that met it: deadlock, lost disk and the like.
create or replace function private.is_general_error(p_sqlstate text) returns boolean
language sql immutable set search_path = '' as $$
  select left(p_sqlstate, 2) in ('40', '53', '57', '58', 'XX')
$$;

-- Stores posts together, or one by one when that is refused: to tell which it was, or because an id comes
-- twice and the later export of the post must follow the earlier.
create or replace function private.try_posts(
  p_run_id text, p_items jsonb, p_raw_json text[], p_first integer, p_editable uuid[], p_workspace uuid
) returns setof private.imported_post
language plpgsql volatile set search_path = '' as $$
declare
  _item record;
begin
  return query
    select p_first + s.ordinal - 1, s.post_id, s.result, null::text, s.media, s.content_hash
    from private.store_posts(p_run_id, p_items, p_raw_json, p_editable, p_workspace) s;
exception when others then
  if private.is_general_error(sqlstate) then
    raise;
  end if;
  if jsonb_array_length(p_items) = 1 then
    -- Messages about a value quote it; a reason does not quote posts.
    return query select p_first, null::text, 'rejected', left(case
      when sqlstate like '22%' then regexp_replace(sqlerrm, '".*"', '…') else sqlerrm end, 300), '[]'::json, null::text;
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

-- Links the posts of a batch that stand inside others with these.
create or replace function private.link_items(p_items jsonb, p_editable uuid[]) returns void
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  perform private.link_posts(array_agg(o.post_id), array_agg(i.relation), array_agg(p.post_id))
  from jsonb_to_recordset(p_items) n(platform text, urn text, inside jsonb)
  cross join jsonb_to_recordset(n.inside) i(platform text, urn text, relation text)
  join public.posts p on (p.urn, p.platform) = (n.urn, n.platform)
  join public.posts o on (o.urn, o.platform) = (i.urn, i.platform)
  where n.inside is not null
    and o.workspace_id = any (p_editable) and p.workspace_id = any (p_editable)
  having count(*) > 0;
end
$$;

-- Stores up to 500 posts in one transaction. One that is refused is told as rejected, with the reason;
-- the others go on. A dry run does the same and takes it back. What each post is made from comes beside it: as
-- a part of the JSON its signs would be escaped and read once more. Of each media its id, role, position, what
-- became of it, and when its link dies are told.
create or replace function public.import_posts(
  p_run_id text, p_posts jsonb, p_raw_json text[], p_dry_run boolean default false
)
returns table ("position" integer, post_id text, result text, reason text, media json, content_hash text)
language plpgsql volatile security definer set search_path = '' set jit = off
  -- Processes beside this one would be given all posts as text.
  set max_parallel_workers_per_gather = 0
  -- Or each statement is planned anew for the posts themselves, five times before one plan serves for all.
  set plan_cache_mode = force_generic_plan
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
    select r.position, r.post_id, r.result, r.reason, r.media, r.content_hash
    from unnest(_results) r
    order by 1;
end
$$;

revoke all on function public.import_posts from public, anon;
grant execute on function public.import_posts to authenticated, service_role;
