-- A new media is given its row in fewer steps, and what became of a post is told in fewer.

create or replace function private.references_of(
  p_post_id text, p_workspace uuid, p_is_newest boolean, p_media jsonb
) returns setof private.media_to_store
language sql stable as $$
  select n.ordinality, p_post_id, p_workspace, p_is_newest, null, null::integer, n.role, n.position,
    n.media_type, n.url, n.width, n.height, n.alt_text, n.provider_media_id, n.source_identity,
    n.url_expires_at, n.stated_sha256
  from jsonb_populate_recordset(null::private.media_to_store, p_media) with ordinality n
$$;

create or replace function private.told_apart(p_media private.media_to_store[])
returns private.media_to_store[]
language plpgsql immutable set search_path = '' as $$
begin
  if not exists (select from unnest(p_media) r group by r.post_id, r.role, r.position having count(*) > 1) then
    return p_media;
  end if;
  return array(
    select (e.ordinal, e.post_id, e.workspace_id, e.is_newest, e.media_id, e.place, e.role,
      case when e.turn = 1 then e.position
        else e.last + 1 + row_number() over (partition by e.post_id, e.role, e.turn > 1 order by e.ordinal)
      end,
      e.media_type, e.url, e.width, e.height, e.alt_text, e.provider_media_id, e.source_identity,
      e.url_expires_at, e.stated_sha256)::private.media_to_store
    from (
      select r.*,
        row_number() over (partition by r.post_id, r.role, r.position order by r.ordinal) as turn,
        max(r.position) over (partition by r.post_id) as last
      from unnest(p_media) r
    ) e
    order by e.post_id, e.ordinal);
end
$$;

create or replace function private.place_media(p_media private.media_to_store[])
returns setof private.media_to_store
language plpgsql stable set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  return query
  with named as (
    select r.*, m.media_id is not null as is_taken
    from unnest(p_media) r
    left join public.post_media m
      on m.post_id = r.post_id and m.role = r.role and m.position = r.position
  )
  select n.ordinal, n.post_id, n.workspace_id, n.is_newest, n.media_id,
    case when n.is_taken
      then greatest(
          max(n.position) over (partition by n.post_id, n.role),
          (select max(m.position) from public.post_media m
            where m.post_id = n.post_id and m.role = n.role))
        + row_number() over (partition by n.post_id, n.role, n.is_taken order by n.ordinal)
      else n.position
    end::integer,
    n.role, n.position, n.media_type, n.url, n.width, n.height, n.alt_text, n.provider_media_id,
    n.source_identity, n.url_expires_at, n.stated_sha256
  from named n;
end
$$;

create or replace function private.add_media(p_media private.media_to_store[], p_actor text)
returns setof private.media_to_store
language plpgsql volatile set search_path = '' as $$
begin
  return query
  with placed as (
    select r.*, private.generate_aws_id('med') as new_id, coalesce(r.place, r.position) as new_place
    from unnest(p_media) r
  ),
  added as (
    insert into public.post_media (
      media_id, post_id, workspace_id, owner_user_id, media_type, media_url, role, position, alt_text,
      width, height, provider_media_id, source_identity, url_expires_at, metadata, download_status, outcome,
      error)
    select
      p.new_id, p.post_id, p.workspace_id, auth.uid(), p.media_type, p.url, p.role, p.new_place,
      p.alt_text, p.width, p.height, p.provider_media_id, p.source_identity, p.url_expires_at,
      case when p.stated_sha256 is null then '{}' else jsonb_build_object('stated_sha256', p.stated_sha256) end,
      case when p.url is null then 'failed' else 'pending' end,
      case when p.url is null then 'auth' end,
      case
        when p.url is not null then null
        when p.provider_media_id is null then 'The export names this media without a usable link.'
        else 'The export names this media by an id of its platform, without a link.'
      end
    from placed p
  ),
  logged as (
    insert into public.media_events (event, actor, media_id, post_id, correlation_id, workspace_id)
    select 'media_imported', p_actor, p.new_id, p.post_id, p.new_id, p.workspace_id
    from placed p
  )
  select p.ordinal, p.post_id, p.workspace_id, p.is_newest, p.new_id, p.new_place, p.role,
    p.position, p.media_type, p.url, p.width, p.height, p.alt_text, p.provider_media_id,
    p.source_identity, p.url_expires_at, p.stated_sha256
  from placed p;
end
$$;

create or replace function private.store_media(
  p_media private.media_to_store[], p_new private.media_to_store[], p_actor text
)
returns table (
  ordinal bigint, post_id text, media_id text, role text, "position" integer, result text,
  is_changed boolean, dies_at timestamptz)
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  _media private.media_to_store[] := private.told_apart(p_media);
  _missing private.media_to_store[] := private.told_apart(p_new);
  _added private.media_to_store[];
  _changed text[];
  _revived text[];
begin
  if _media <> '{}' then
    perform private.adopt_media(_media);
    _media := array(select m from private.match_media(_media) m);
    perform private.rearrange_media(_media);
    select coalesce(array_agg(f.media_id), '{}'),
      coalesce(array_agg(f.media_id) filter (where f.is_revived), '{}')
    into _changed, _revived
    from private.refresh_media(_media, p_actor) f;
    _changed := _changed || private.add_stated_hashes(_media);
    _missing := _missing || array(
      select m from private.place_media(array(select r from unnest(_media) r where r.media_id is null)) m);
  end if;
  _added := array(select a from private.add_media(_missing, p_actor) a);
  return query
    select h.ordinal, h.post_id, h.media_id, h.role, h.position,
      case when h.media_id = any (_revived) then 'revived' else 'held' end,
      h.media_id = any (_changed), d.dies_at
    from unnest(_media) h
    join private.link_deaths d using (media_id)
    union all
    select a.ordinal, a.post_id, a.media_id, a.role, a.position, 'new', true,
      case when e.media_id is null then a.url_expires_at end
    from unnest(_added) a
    -- As in private.link_deaths, which need not be asked about media that have no bytes yet.
    left join lateral (
      select o.media_id from public.post_media o
      where o.source_identity = a.source_identity and o.workspace_id = a.workspace_id
        and o.download_status = 'ready'
      limit 1
    ) e on a.url_expires_at is not null;
end
$$;

drop function public.import_posts(text, jsonb, boolean);
drop function private.try_posts(text, jsonb, integer, uuid[], uuid);
drop function private.store_posts(text, jsonb, uuid[], uuid);

create type private.imported_post as (
  "position" integer,
  post_id text,
  result text,
  reason text,
  media json
);

create or replace function private.store_posts(
  p_run_id text, p_items jsonb, p_editable uuid[], p_workspace uuid
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
      n.stats, n.media, n.raw_json, n.source_file_path, n.inside,
      private.content_hash(n.raw_json), private.generate_aws_id('p'))::private.post_to_store
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
    case when n.inside is null then n.views end, n.stats::text, case when not l.is_newest then n.raw_json end, n.source_file_path,
    l.workspace_id, n.content_hash
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
  p_run_id text, p_items jsonb, p_first integer, p_editable uuid[], p_workspace uuid
) returns setof private.imported_post
language plpgsql volatile set search_path = '' as $$
declare
  _item record;
begin
  return query
    select p_first + s.ordinal - 1, s.post_id, s.result, null::text, s.media
    from private.store_posts(p_run_id, p_items, p_editable, p_workspace) s;
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
      p_first + _item.ordinality::integer - 1, p_editable, p_workspace);
  end loop;
end
$$;

create or replace function public.import_posts(p_run_id text, p_posts jsonb, p_dry_run boolean default false)
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
  if p_run_id is not null and not p_dry_run and not exists (select from public.download_runs r where r.run_id = p_run_id) then
    raise exception using errcode = 'P0002', message = format('There is no import run %L.', p_run_id);
  end if;
  begin
    _results := array(select t from private.try_posts(p_run_id, p_posts, 0, _editable, _workspace) t);
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

revoke execute on all functions in schema private from public;
