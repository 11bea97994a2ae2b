-- What a post is made from stays beside what is taken out of it, and is hashed with that of all others at once.

drop function private.add_posts(private.post_to_store[], uuid);
drop function private.update_posts(private.post_to_store[], private.post_in_place[]);
alter type private.post_to_store drop attribute raw_json;

create or replace function private.store_media(
  p_media private.media_to_store[], p_new private.media_to_store[], p_actor text
)
returns table (
  ordinal bigint, post_id text, media_id text, role text, "position" integer, result text,
  is_changed boolean, dies_at timestamptz)
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
  -- A media has few of its kind: to gather their places first takes longer than to read them.
  set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
  _media private.media_to_store[] := private.told_apart(p_media);
  _missing private.media_to_store[] := '{}';
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
    _missing := array(
      select m from private.place_media(array(select r from unnest(_media) r where r.media_id is null)) m);
  end if;
  begin
    _added := array(select a from private.add_counted_media(p_new, p_actor) a);
  exception when unique_violation then
    -- Only then, because hardly any export names two media at one place.
    _added := array(select a from private.add_counted_media(private.told_apart(p_new), p_actor) a);
  end;
  if _missing <> '{}' then
    _added := _added || array(select a from private.add_media(_missing, p_actor) a);
  end if;
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

create or replace function private.content_hashes(p_raw_json text[]) returns text[]
language plpgsql immutable strict set search_path = '' as $$
begin
  return array(
    select encode(sha256(convert_to(r.raw_json::jsonb::text, 'UTF8')), 'hex')
    from unnest(p_raw_json) with ordinality r(raw_json, ordinal)
    order by r.ordinal);
exception when data_exception or program_limit_exceeded then
  return array(
    select private.content_hash(r.raw_json)
    from unnest(p_raw_json) with ordinality r(raw_json, ordinal)
    order by r.ordinal);
end
$$;

create or replace function private.add_posts(
  p_posts private.post_to_store[], p_raw_json text[], p_workspace uuid
) returns text[]
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  _added text[];
begin
  with added as (
    insert into public.posts (
      post_id, platform, urn, full_urn, posted_at_timestamp, author_username, author_name, text_content,
      post_type, url, reactions, comments, reposts, views, raw_json, workspace_id, owner_user_id,
      media_total, media_failed, media_facts, link_dies_at, content_hash, is_partial, search)
    select n.new_id, n.platform, n.urn, n.full_urn, n.posted_at_timestamp,
      n.author_username, n.author_name, n.text_content, n.post_type, n.url, n.reactions, n.comments,
      n.reposts, n.views, n.unnest, p_workspace, auth.uid(), c.total, c.failed, c.facts, c.dies,
      n.content_hash, n.inside is not null,
      private.own_words(n.author_name, n.author_username, n.text_content)
    from rows from (unnest(p_posts), unnest(p_raw_json)) n
    cross join lateral (
      select count(*) as total, count(*) filter (where m.url is null) as failed,
        coalesce(bit_or(case
          when m.url is null then private.media_bits(m.media_type, 'failed', 'auth', false, false)
          else private.media_bits(m.media_type, 'pending', null, false, false)
        end), 0) as facts,
        min(m.url_expires_at) as dies
      from unnest(n.media) m
    ) c
    where not exists (select from public.posts p where (p.urn, p.platform) = (n.urn, n.platform))
    order by n.urn, n.platform
    on conflict (urn, platform) do nothing  -- another import was faster
    returning post_id
  )
  select coalesce(array_agg(a.post_id), '{}') into _added from added a;
  return _added;
end
$$;

create or replace function private.update_posts(
  p_posts private.post_to_store[], p_raw_json text[], p_places private.post_in_place[]
) returns text[]
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  _changed text[];
begin
  perform private.keep_raw_json(p_places);
  with changed as (
    update public.posts p
    set (full_urn, posted_at_timestamp, author_username, author_name, text_content, post_type, url,
        reactions, comments, reposts, views, raw_json, is_partial, content_hash,
        updated_at)
      = (n.full_urn, n.posted_at_timestamp, n.author_username, n.author_name, n.text_content, n.post_type,
        n.url, n.reactions, n.comments, n.reposts, n.views, n.raw_json, n.is_partial, n.content_hash,
        now())
    from (
      select o.post_id,
        private.newer(l.is_newest, e.full_urn, o.full_urn) as full_urn,
        private.newer(l.is_newest, e.posted_at_timestamp, o.posted_at_timestamp) as posted_at_timestamp,
        private.newer(l.is_newest, e.author_username, o.author_username) as author_username,
        private.newer(l.is_newest, e.author_name, o.author_name) as author_name,
        coalesce(private.newer(l.is_newest, nullif(e.text_content, ''), nullif(o.text_content, '')),
          o.text_content) as text_content,
        private.newer(l.is_newest, e.post_type, o.post_type) as post_type,
        private.newer(l.is_newest, e.url, o.url) as url,
        private.newer(l.is_newest, case when e.inside is null then e.reactions end, o.reactions) as reactions,
        private.newer(l.is_newest, case when e.inside is null then e.comments end, o.comments) as comments,
        private.newer(l.is_newest, case when e.inside is null then e.reposts end, o.reposts) as reposts,
        private.newer(l.is_newest, case when e.inside is null then e.views end, o.views) as views,
        case when l.is_newest and not l.is_held then p_raw_json[e.ordinal] else o.raw_json end as raw_json,
        o.is_partial and e.inside is not null as is_partial,
        case when l.is_newest then e.content_hash else o.content_hash end as content_hash
      from unnest(p_places) l
      join unnest(p_posts) e using (ordinal)
      join public.posts o using (post_id)
      where not l.is_new
    ) n
    where p.post_id = n.post_id
      and (p.full_urn, p.posted_at_timestamp, p.author_username, p.author_name, p.text_content,
          p.post_type, p.url, p.reactions, p.comments, p.reposts, p.views, p.raw_json, p.is_partial)
        is distinct from (n.full_urn, n.posted_at_timestamp, n.author_username, n.author_name,
          n.text_content, n.post_type, n.url, n.reactions, n.comments, n.reposts, n.views, n.raw_json,
          n.is_partial)
    returning p.post_id
  )
  select coalesce(array_agg(c.post_id), '{}') into _changed from changed c;
  return _changed;
end
$$;

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

revoke execute on all functions in schema private from public;
