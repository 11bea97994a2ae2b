-- Posts: which export of one is the newest, and what it changes.

-- A post to store; new_id is its id where it is not there yet.
create type private.post_to_store as (
  ordinal integer,
  platform text,
  urn text,
  full_urn text,
  posted_at_timestamp bigint,
  author_username text,
  author_name text,
  text_content text,
  post_type text,
  url text,
  reactions bigint,
  comments bigint,
  reposts bigint,
  views bigint,
  stats jsonb,
  media jsonb,
  raw_json text,
  source_file_path text,
  inside jsonb,
  content_hash text,
  new_id text
);

-- A post that stands inside others says inside which, as objects of platform, urn and relation. Such a copy is
-- often poorer than the post itself: it only adds what is not known yet.

-- A post to store beside its row: whether an export that says the same was imported before, whether the row
-- holds that one, and whether it is the newest that is known.
create type private.post_in_place as (
  ordinal integer,
  post_id text,
  workspace_id uuid,
  is_new boolean,
  is_known boolean,
  is_held boolean,
  is_newest boolean
);

-- What became of a post; what is told of its media is only written, which json takes less for than jsonb.
create type private.imported_post as (
  "position" integer,
  post_id text,
  result text,
  reason text,
  media json
);

-- A digest of what a raw JSON says, the same however it is laid out and its names are ordered. What jsonb has
-- no room for (\u0000, halves of surrogate pairs) is known by its bytes.
create or replace function private.content_hash(p_raw_json text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return encode(sha256(convert_to(p_raw_json::jsonb::text, 'UTF8')), 'hex');
exception when data_exception or program_limit_exceeded then
  return encode(sha256(convert_to(p_raw_json, 'UTF8')), 'hex');
end
$$;

-- Adds the posts that are not there, and returns their ids. What their media will add up to is said already,
-- so that the triggers have nothing to write when these come: a second version of each post costs as much.
create or replace function private.add_posts(p_posts private.post_to_store[], p_workspace uuid)
returns text[]
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
      n.reposts, n.views, n.raw_json, p_workspace, auth.uid(), c.total, c.failed, c.facts, c.dies,
      n.content_hash, n.inside is not null,
      private.own_words(n.author_name, n.author_username, n.text_content)
    from unnest(p_posts) n
    cross join lateral (
      select count(*) as total, count(*) filter (where m.url is null) as failed,
        coalesce(bit_or(case
          when m.url is null then private.media_bits(m.media_type, 'failed', 'auth', false, false)
          else private.media_bits(m.media_type, 'pending', null, false, false)
        end), 0) as facts,
        min(m.url_expires_at) as dies
      from jsonb_to_recordset(n.media) m(media_type text, url text, url_expires_at timestamptz)
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

-- Writes down the text of posts before a newer one replaces it: into its snapshot, or into a new one
-- where an older library took none.
create or replace function private.keep_raw_json(p_places private.post_in_place[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with replaced as (
    select p.post_id, p.raw_json, p.workspace_id, p.reactions, p.comments, p.reposts, p.views, p.updated_at,
      private.content_hash(p.raw_json) as content_hash
    from unnest(p_places) l
    join public.posts p using (post_id)
    where l.is_newest and not l.is_held and p.raw_json is not null
  ),
  kept as (
    update public.data_downloads d
    set raw_json = coalesce(d.raw_json, r.raw_json)
    from replaced r
    where d.post_id = r.post_id and d.content_hash = r.content_hash
    returning d.post_id
  )
  insert into public.data_downloads
    (download_id, post_id, downloaded_at, total_reactions, comments, reposts, views, raw_json, workspace_id,
    content_hash)
  select private.generate_aws_id('dl'), r.post_id, coalesce(r.updated_at, now()),
    case when r.reactions is not null then least(r.reactions, 2147483647) end, r.comments, r.reposts, r.views,
    r.raw_json, r.workspace_id, r.content_hash
  from replaced r
  where not exists (select from kept k where k.post_id = r.post_id);
end
$$;

-- Of what two exports say, the newer counts, as far as it says something. Without a search_path of its own,
-- so that it is inlined.
create or replace function private.newer(p_is_newer boolean, p_export anyelement, p_held anyelement)
returns anyelement
language sql immutable as $$
  select case when p_is_newer then coalesce(p_export, p_held) else coalesce(p_held, p_export) end
$$;

-- Brings stored posts up to their newest export; what the export leaves out stays. An older one adds what is
-- not known yet. Returns the ids of those that changed.
create or replace function private.update_posts(
  p_posts private.post_to_store[], p_places private.post_in_place[]
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
        case when l.is_newest and not l.is_held then e.raw_json else o.raw_json end as raw_json,
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

-- Tells whether an export is older than one before: all links that both have, and that say so, die earlier.
create or replace function private.has_older_links(p_post_id text, p_media jsonb) returns boolean
language sql stable set search_path = '' as $$
  select coalesce(bool_and(r.url_expires_at < m.url_expires_at), false)
  from jsonb_populate_recordset(null::private.media_to_store, p_media) r
  join public.post_media m
    on m.post_id = p_post_id and m.role = r.role and m.source_identity = r.source_identity
$$;

-- Finds the rows of posts that were there, locked, and refuses those that must not be changed.
create or replace function private.place_posts(
  p_posts private.post_to_store[], p_editable uuid[]
) returns private.post_in_place[]
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  -- By id, so that two imports of the same posts wait for each other instead of for ever.
  perform from public.posts p
  where (p.urn, p.platform) in (select n.urn, n.platform from unnest(p_posts) n)
  order by p.post_id
  for no key update;
  if exists (
    select from public.posts p
    join unnest(p_posts) n using (urn, platform)
    where not p.workspace_id = any (p_editable)
  ) then
    raise exception using errcode = '42501',
      message = 'The post is in a workspace that you may not change.';
  end if;
  return array(
    select (n.ordinal, p.post_id, p.workspace_id, false, k.is_known, k.is_held,
      case
        when n.inside is not null then false
        else p.is_partial or k.is_held or not (k.is_known or private.has_older_links(p.post_id, n.media))
      end)::private.post_in_place
    from unnest(p_posts) n
    join public.posts p using (urn, platform)
    cross join lateral (
      select exists (
          select from public.data_downloads d
          where d.post_id = p.post_id and d.content_hash = n.content_hash
        ) as is_known,
        coalesce(coalesce(p.content_hash, private.content_hash(p.raw_json)) = n.content_hash, false) as is_held
    ) k
  );
end
$$;

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
-- files again, in any order, changes no row.
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

-- Tells whether an error concerns more than the post that met it: deadlock, lost disk and the like.
create or replace function private.is_general_error(p_sqlstate text) returns boolean
language sql immutable set search_path = '' as $$
  select left(p_sqlstate, 2) in ('40', '53', '57', '58', 'XX')
$$;

-- Stores posts together, or one by one when that is refused: to tell which it was, or because an id comes
-- twice and the later export of the post must follow the earlier.
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
-- the others go on. A dry run does the same and takes it back.
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
