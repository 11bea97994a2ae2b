-- Media references of posts: which row each is, and at which place it stands. All work on many posts at once: a
-- statement a post would take ten times as long.

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

-- The references of one post, in their order. Without a search_path of its own, so that it is inlined.
create or replace function private.references_of(
  p_post_id text, p_workspace uuid, p_is_newest boolean, p_media private.media_to_store[]
) returns setof private.media_to_store
language sql stable as $$
  select n.ordinality, p_post_id, p_workspace, p_is_newest, null, null::integer, n.role, n.position,
    n.media_type, n.url, n.width, n.height, n.alt_text, n.provider_media_id, n.source_identity,
    n.url_expires_at, n.stated_sha256
  from unnest(p_media) with ordinality n
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
