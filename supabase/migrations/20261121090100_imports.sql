-- Media references of posts. All work on many posts at once: a statement a post would take ten times as long.

-- A media reference; media_id and place are those of the row that holds it already.
create type private.media_to_store as (
  ordinal bigint,
  post_id text,
  workspace_id uuid,
  is_newest boolean,
  media_id text,
  place integer,
  role text,
  "position" integer,
  media_type text,
  url text,
  width integer,
  height integer,
  alt_text text,
  provider_media_id text,
  source_identity text,
  url_expires_at timestamptz,
  stated_sha256 text
);

-- The references of one post. Two at one place (a careless export) are told apart: the later goes behind
-- the last. Without a search_path of its own, so that it is inlined.
create or replace function private.references_of(
  p_post_id text, p_workspace uuid, p_is_newest boolean, p_media jsonb
) returns setof private.media_to_store
language sql stable as $$
  select e.ordinality, p_post_id, p_workspace, p_is_newest, null, null::integer, e.role,
    (case when e.turn = 1 then e.position else e.last + e.turn end)::integer,
    e.media_type, e.url, e.width, e.height, e.alt_text, e.provider_media_id, e.source_identity,
    e.url_expires_at, e.stated_sha256
  from (
    select n.*,
      row_number() over (partition by n.role, n.position order by n.ordinality) as turn,
      max(n.position) over () as last
    from jsonb_populate_recordset(null::private.media_to_store, p_media) with ordinality n
  ) e
$$;

-- Adds the references that have no row yet. A place that another media holds is not taken from it: the
-- newcomer goes behind the last one. A reference without a link has failed already, and says so.
create or replace function private.add_media(p_media private.media_to_store[], p_actor text)
returns setof private.media_to_store
language plpgsql volatile set search_path = ''
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
  ),
  placed as (
    select n.*, private.generate_aws_id('med') as new_id,
      case when n.is_taken
        then greatest(
            max(n.position) over (partition by n.post_id, n.role),
            (select max(m.position) from public.post_media m
              where m.post_id = n.post_id and m.role = n.role))
          + row_number() over (partition by n.post_id, n.role, n.is_taken order by n.ordinal)
        else n.position
      end as new_place
    from named n
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
  select p.ordinal, p.post_id, p.workspace_id, p.is_newest, p.new_id, p.new_place::integer, p.role,
    p.position, p.media_type, p.url, p.width, p.height, p.alt_text, p.provider_media_id,
    p.source_identity, p.url_expires_at, p.stated_sha256
  from placed p;
end
$$;

-- Gives rows of older libraries, and media that were known by their platform's id alone, the identity
-- under which the newest export names them. Media that were named without a link get theirs from the first
-- export that has a link at their place.
create or replace function private.adopt_media(p_media private.media_to_store[]) returns void
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  update public.post_media m
  set source_identity = r.source_identity
  from unnest(p_media) r
  where m.post_id = r.post_id
    and m.role = r.role
    and (
      (m.source_identity is null and split_part(m.media_url, '?', 1) = split_part(r.url, '?', 1))
      or (r.is_newest and m.provider_media_id = r.provider_media_id
        and m.source_identity is distinct from r.source_identity)
    );
  update public.post_media m
  set source_identity = r.source_identity
  from unnest(p_media) r
  where m.post_id = r.post_id
    and m.role = r.role
    and m.position = r.position
    and r.url is not null
    and m.media_url is null and m.source_identity is null and m.md5_sum is null
    and not exists (
      select from public.post_media o
      where o.post_id = r.post_id and o.role = r.role and o.source_identity = r.source_identity);
end
$$;

-- Finds the row of each reference. They are the same media when role and source identity agree; where a
-- post shows the same picture twice, the first is the first. A reference without a link has no identity: it
-- is the media at its place, unless that is named elsewhere in the newest export.
create or replace function private.match_media(p_media private.media_to_store[])
returns setof private.media_to_store
language plpgsql stable set search_path = ''
  -- By the index, also where a plan was made when the table was still empty.
  set enable_seqscan = off
as $$
begin
  return query
  with named as (
    select r.*, row_number()
      over (partition by r.post_id, r.role, r.source_identity order by r.position) as turn
    from unnest(p_media) r
  ),
  held as (
    select m.media_id, m.post_id, m.role, m.source_identity, m.position, row_number()
      over (partition by m.post_id, m.role, m.source_identity order by m.position) as turn
    from public.post_media m
    where m.post_id = any (array(select distinct r.post_id from unnest(p_media) r))
  ),
  matched as (
    select n.ordinal, n.post_id, h.media_id, h.position
    from named n
    join held h using (post_id, role, source_identity, turn)
  )
  select n.ordinal, n.post_id, n.workspace_id, n.is_newest, coalesce(m.media_id, p.media_id),
    coalesce(m.position, p.position), n.role, n.position, n.media_type, n.url, n.width, n.height,
    n.alt_text, n.provider_media_id, n.source_identity, n.url_expires_at, n.stated_sha256
  from named n
  left join matched m using (post_id, ordinal)
  left join held p
    on n.source_identity is null
    and p.post_id = n.post_id and p.role = n.role and p.position = n.position
    and (not n.is_newest or not exists (select from matched t where t.media_id = p.media_id));
end
$$;

-- Puts the media of posts in the order of their newest export, where that differs. Media that it no longer
-- names keep their row and their bytes, behind the others: bytes are never taken for others because they
-- were at the same place.
create or replace function private.rearrange_media(p_media private.media_to_store[]) returns void
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  _post_ids text[] := array(
    select distinct r.post_id
    from unnest(p_media) r
    left join public.post_media m
      on r.media_id is null and m.post_id = r.post_id and m.role = r.role and m.position = r.position
    where r.is_newest and (r.place <> r.position or m.media_id is not null)
  );
begin
  if _post_ids = '{}' then
    return;
  end if;
  -- Out of the way first: the unique constraint is checked row by row.
  update public.post_media m set position = m.position + 1000000 where m.post_id = any (_post_ids);
  update public.post_media m
  set position = r.position
  from unnest(p_media) r
  where r.post_id = any (_post_ids) and m.media_id = r.media_id;
  update public.post_media m
  set position = u.position
  from (
    select m.media_id,
      coalesce((select max(r.position) + 1 from unnest(p_media) r
          where r.post_id = m.post_id and r.role = m.role), 0)
        + row_number() over (partition by m.post_id, m.role order by m.position) - 1 as position
    from public.post_media m
    where m.post_id = any (_post_ids) and m.position >= 1000000
  ) u
  where m.media_id = u.media_id;
end
$$;

-- Gives held media their fresh link, unless the one they have lives longer. An export that is not the newest
-- has a link to give where there is none, where its own lives longer, and where the other has failed. Media
-- that failed for their link get another chance with one that differs. Returns what changed.
create or replace function private.refresh_media(p_media private.media_to_store[], p_actor text)
returns table (media_id text, is_revived boolean)
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
  with refreshed as (
    update public.post_media m
    set media_url = r.url,
      url_expires_at = r.url_expires_at,
      alt_text = coalesce(r.alt_text, m.alt_text),
      media_type = case when m.sha256 is null and m.md5_sum is null then r.media_type else m.media_type end,
      width = coalesce(m.width, r.width),
      height = coalesce(m.height, r.height),
      provider_media_id = coalesce(r.provider_media_id, m.provider_media_id),
      download_status = case when d.is_revived then 'pending' else m.download_status end,
      outcome = case when d.is_revived then null else m.outcome end,
      error = case when d.is_revived then null else m.error end,
      attempts = case when d.is_revived then 0 else m.attempts end,
      updated_at = now()
    from unnest(p_media) r
    join public.post_media o on o.media_id = r.media_id
    cross join lateral (
      select coalesce(o.download_status = 'failed'
        and (o.media_url is null or o.outcome in ('expired', 'deleted', 'auth'))
        and o.media_url is distinct from r.url, false) as is_revived,
        r.url_expires_at is null or r.url_expires_at > now() as is_lasting
    ) d
    where m.media_id = r.media_id
      and r.url is not null
      and (m.media_url is distinct from r.url
        or (m.url_expires_at is null and r.url_expires_at is not null))
      and (m.media_url is null
        or r.url_expires_at > m.url_expires_at
        or (r.is_newest and r.url_expires_at = m.url_expires_at)
        or (d.is_lasting and (d.is_revived or (r.is_newest
          and (m.url_expires_at is null or m.url_expires_at <= now())))))
    returning m.media_id, m.post_id, m.sha256, m.workspace_id, d.is_revived
  ),
  logged as (
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, correlation_id, workspace_id)
    select case when r.is_revived then 'media_revived' else 'media_link_refreshed' end,
      p_actor, r.media_id, r.post_id, r.sha256, r.media_id, r.workspace_id
    from refreshed r
  )
  select r.media_id, r.is_revived from refreshed r;
end
$$;

-- Gives held media the hash that a later export states of them, where none is known. Returns which.
create or replace function private.add_stated_hashes(p_media private.media_to_store[]) returns text[]
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  _changed text[] := '{}';
begin
  if exists (select from unnest(p_media) r where r.stated_sha256 is not null) then
    with stated as (
      update public.post_media m
      set metadata = m.metadata || jsonb_build_object('stated_sha256', r.stated_sha256), updated_at = now()
      from unnest(p_media) r
      where m.media_id = r.media_id and r.stated_sha256 is not null
        and m.metadata ->> 'stated_sha256' is null
      returning m.media_id
    )
    select coalesce(array_agg(s.media_id), '{}') into _changed from stated s;
  end if;
  return _changed;
end
$$;

-- When the links of media die whose bytes are not held, neither under their row nor under another of the
-- same source.
create view private.link_deaths as
select m.media_id, m.post_id, m.role, m.position, m.media_type, m.media_url,
  case when m.download_status <> 'ready' and coalesce(b.proof, 'cached') = 'cached' and e.media_id is null
    then m.url_expires_at
  end as dies_at
from public.post_media m
left join public.media_blobs b on b.sha256 = m.sha256
-- One look into the index for each: "exists" reads all media that are ready, for every batch.
left join lateral (
  select o.media_id from public.post_media o
  where o.source_identity = m.source_identity and o.workspace_id = m.workspace_id
    and o.download_status = 'ready'
  limit 1
) e on true;

-- Gives every reference its row. An export that a newer one has replaced adds what is missing only. Posts
-- that are new have no media to compare with.
create or replace function private.store_media(
  p_media private.media_to_store[], p_actor text, p_new text[] default '{}'
)
returns table (
  ordinal bigint, post_id text, media_id text, role text, "position" integer, result text,
  is_changed boolean, dies_at timestamptz)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  _media private.media_to_store[] := array(
    select m from unnest(p_media) m where not coalesce(m.post_id = any (p_new), false));
  _missing private.media_to_store[] := array(select m from unnest(p_media) m where m.post_id = any (p_new));
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
    _missing := _missing || array(select m from unnest(_media) m where m.media_id is null);
  end if;
  _added := array(select a from private.add_media(_missing, p_actor) a);
  return query
    select s.ordinal, s.post_id, s.media_id, s.role, s.position, s.result,
      s.result <> 'held' or s.media_id = any (_changed), d.dies_at
    from (
      select h.ordinal, h.post_id, h.media_id, h.role, h.position,
        case when h.media_id = any (_revived) then 'revived' else 'held' end as result
      from unnest(_media) h
      where h.media_id is not null
      union all
      select a.ordinal, a.post_id, a.media_id, a.role, a.position, 'new'
      from unnest(_added) a
    ) s
    join private.link_deaths d using (media_id);
end
$$;

create or replace function public.import_media(p_post_id text, p_media jsonb, p_actor text default 'import')
returns table (media_id text, role text, "position" integer, result text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
  _post public.posts;
begin
  select * into _post from public.posts p
  where p.post_id = p_post_id and p.workspace_id = any (_editable)
  for no key update;
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no post %L.', p_post_id);
  end if;
  return query
    select s.media_id, s.role, s.position, s.result
    from private.store_media(array(
      select r from private.references_of(_post.post_id, _post.workspace_id, true, p_media) r
    ), p_actor) s
    order by s.ordinal;
end
$$;

revoke all on function public.import_media from public, anon;
grant execute on function public.import_media to authenticated, service_role;

-- Posts: which export of one is the newest, and what it changes.

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
  content_hash text
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
      media_total, media_failed, media_facts, link_dies_at, content_hash, is_partial)
    select private.generate_aws_id('p'), n.platform, n.urn, n.full_urn, n.posted_at_timestamp,
      n.author_username, n.author_name, n.text_content, n.post_type, n.url, n.reactions, n.comments,
      n.reposts, n.views, n.raw_json, p_workspace, auth.uid(), c.total, c.failed, c.facts, c.dies,
      n.content_hash, n.inside is not null
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

-- Finds the rows of posts, locked, and refuses those that must not be changed.
create or replace function private.place_posts(
  p_posts private.post_to_store[], p_new text[], p_editable uuid[]
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
    select (n.ordinal, p.post_id, p.workspace_id, k.is_new, k.is_known, k.is_held,
      case
        when k.is_new then true
        when n.inside is not null then false
        else p.is_partial or k.is_held or not (k.is_known or private.has_older_links(p.post_id, n.media))
      end)::private.post_in_place
    from unnest(p_posts) n
    join public.posts p using (urn, platform)
    cross join lateral (select p.post_id = any (p_new) as is_new) i
    cross join lateral (
      select i.is_new,
        not i.is_new and exists (
          select from public.data_downloads d
          where d.post_id = p.post_id and d.content_hash = n.content_hash
        ) as is_known,
        i.is_new or coalesce(
          coalesce(p.content_hash, private.content_hash(p.raw_json)) = n.content_hash, false) as is_held
    ) k
  );
end
$$;

-- Stores posts with their media, all or none. An export that says something else than the one before replaces
-- it. It does not if it is known to be older: because it was imported before and replaced since, or because
-- its links die earlier. Then it adds what is missing and changes nothing else, so that importing the same
-- files again, in any order, changes no row.
create or replace function private.store_posts(
  p_run_id text, p_items jsonb, p_editable uuid[], p_workspace uuid
) returns table (ordinal integer, post_id text, result text, media jsonb)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  _posts private.post_to_store[];
  _places private.post_in_place[];
  _new text[];
  _changed text[] := '{}';
begin
  _posts := array(
    select (n.ordinality, n.platform, n.urn, n.full_urn, n.posted_at_timestamp, n.author_username,
      n.author_name, n.text_content, left(n.post_type, 200), n.url, n.reactions, n.comments, n.reposts, n.views,
      n.stats, n.media, n.raw_json, n.source_file_path, n.inside,
      private.content_hash(n.raw_json))::private.post_to_store
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
  _places := private.place_posts(_posts, _new, p_editable);
  if cardinality(_new) < cardinality(_posts) then
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
        jsonb_agg(jsonb_build_object('media_id', m.media_id, 'role', m.role, 'position', m.position,
          'result', m.result, 'dies_at', m.dies_at) order by m.ordinal) as media
      from private.store_media(array(
        select r
        from unnest(_places) l
        join unnest(_posts) n using (ordinal)
        cross join lateral private.references_of(l.post_id, l.workspace_id, l.is_newest, n.media) r
      ), 'import', _new) m
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
) returns table ("position" integer, post_id text, result text, reason text, media jsonb)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
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
      when sqlstate like '22%' then regexp_replace(sqlerrm, '".*"', '…') else sqlerrm end, 300), '[]'::jsonb;
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
returns table ("position" integer, post_id text, result text, reason text, media jsonb, content_hash text)
language plpgsql volatile security definer set search_path = '' set jit = off
  -- Processes beside this one would be given all posts as text.
  set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
  _workspace uuid := private.target_workspace(_editable);
  _results jsonb[];
begin
  if jsonb_array_length(p_posts) > 500 then
    raise exception using errcode = '22023', message = 'At most 500 posts can be imported at once.';
  end if;
  if p_run_id is not null and not p_dry_run and not exists (select from public.download_runs r where r.run_id = p_run_id) then
    raise exception using errcode = 'P0002', message = format('There is no import run %L.', p_run_id);
  end if;
  begin
    _results := array(
      select to_jsonb(t) from private.try_posts(p_run_id, p_posts, 0, _editable, _workspace) t);
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
      'new', count(*) filter (where r ->> 'result' = 'new'),
      'updated', count(*) filter (where r ->> 'result' = 'updated')), _workspace
    from unnest(_results) r
    where r ->> 'result' in ('new', 'updated')
    having count(*) > 0;
  end if;
  return query
    select (r ->> 'position')::integer, r ->> 'post_id', r ->> 'result', r ->> 'reason', r -> 'media',
      p.content_hash
    from unnest(_results) r
    left join public.posts p on p.post_id = r ->> 'post_id'
    order by 1;
end
$$;

revoke all on function public.import_posts from public, anon;
grant execute on function public.import_posts to authenticated, service_role;

-- Import runs, and the stored texts to read again.

create or replace function public.start_run(p_script_name text, p_platform text, p_files jsonb)
returns table (run_id text, started_at timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
begin
  return query
    insert into public.download_runs (run_id, started_at, script_name, platform, system_info, workspace_id)
    values (private.generate_aws_id('run'), now(), p_script_name, p_platform,
      jsonb_build_object('files', p_files)::text, private.target_workspace(_editable))
    returning run_id, started_at;
end
$$;

create or replace function public.finish_run(
  p_run_id text, p_status text, p_report jsonb, p_error text default null
) returns table (run_id text, completed_at timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
begin
  return query
    update public.download_runs r
    set completed_at = now(), status = p_status, report = p_report, error_message = p_error,
      posts_fetched = (p_report #>> '{posts,read}')::integer,
      posts_new = (p_report #>> '{posts,new}')::integer,
      posts_updated = (p_report #>> '{posts,updated}')::integer
    where r.run_id = p_run_id and r.workspace_id = any (_editable)
    returning r.run_id, r.completed_at;
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no import run %L.', p_run_id);
  end if;
end
$$;

create or replace function public.raw_posts(
  p_start date default null, p_after text default null, p_limit integer default 200
) returns table (post_id text, platform text, urn text, raw_json text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select p.post_id, p.platform, p.urn, p.raw_json
    from public.posts p
    where p.workspace_id = any (_workspaces)
      and p.raw_json is not null
      and (p_after is null or p.post_id > p_after)
      and (p_start is null
        or (coalesce(to_timestamp(p.posted_at_timestamp / 1000.0), p.first_seen_at, p.created_at)
          at time zone 'UTC')::date >= p_start)
    order by p.post_id
    limit private.page_size(p_limit);
end
$$;

revoke all on function public.start_run, public.finish_run, public.raw_posts from public, anon;
grant execute on function public.start_run, public.finish_run, public.raw_posts to authenticated, service_role;

-- Snapshots of older libraries, known by what they say as new ones are.
update public.data_downloads set content_hash = private.content_hash(raw_json) where raw_json is not null;
