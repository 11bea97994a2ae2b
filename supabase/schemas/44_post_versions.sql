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
  media private.media_to_store[],
  source_file_path text,
  inside jsonb,
  content_hash text,
  new_id text
);

-- A post that stands inside others says inside which, as objects of platform, urn and relation. Such a copy is
-- often poorer than the post itself: it only adds what is not known yet.

-- A post to store beside its row: whether an export that says the same was imported before, whether the row
-- holds that one, whether it is the newest that is known, and the digest of what it says.
create type private.post_in_place as (
  ordinal integer,
  post_id text,
  workspace_id uuid,
  is_new boolean,
  is_known boolean,
  is_held boolean,
  is_newest boolean,
  content_hash text
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

-- The digests of many, in their order. What fails is told apart only where something does: to be ready for that
-- with each costs as much as the hashing.
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

-- Adds the posts that are not there, and returns their ids. What their media will add up to is said already,
-- so that the triggers have nothing to write when these come: a second version of each post costs as much.
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

-- Tells whether an export is older than one before: all links that both have, and that say so, die earlier.
create or replace function private.has_older_links(p_post_id text, p_media private.media_to_store[])
returns boolean
language sql stable set search_path = '' as $$
  select coalesce(bool_and(r.url_expires_at < m.url_expires_at), false)
  from unnest(p_media) r
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
      end, n.content_hash)::private.post_in_place
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
