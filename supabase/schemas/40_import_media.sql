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

-- The references of one post. Without a search_path of its own, so that it is inlined.
create or replace function private.references_of(
  p_post_id text, p_workspace uuid, p_is_newest boolean, p_media jsonb
) returns setof private.media_to_store
language sql stable as $$
  select n.ordinality, p_post_id, p_workspace, p_is_newest, null, null::integer, n.role, n.position,
    n.media_type, n.url, n.width, n.height, n.alt_text, n.provider_media_id, n.source_identity,
    n.url_expires_at, n.stated_sha256
  from jsonb_populate_recordset(null::private.media_to_store, p_media) with ordinality n
$$;

-- Tells apart the references of a post that are at one place (a careless export): the later goes behind the
-- last.
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

-- Gives references that have no row yet their place. One that another media holds is not taken from it: the
-- newcomer goes behind the last one.
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

-- Adds references at their places; those of new posts have none but the one that they name. A reference
-- without a link has failed already, and says so.
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

-- Gives every reference its row. An export that a newer one has replaced adds what is missing only. Those in
-- p_new are of posts that are new, which have no media to compare with.
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
    ), '{}', p_actor) s
    order by s.ordinal;
end
$$;

revoke all on function public.import_media from public, anon;
grant execute on function public.import_media to authenticated, service_role;
