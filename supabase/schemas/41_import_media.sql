-- Importing media: what the references of posts add to a library, and what they change of media that it holds.

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

-- Adds the references of posts that were added in this transaction. The posts say already what these add up to:
-- to count them once more would take as long as to add them.
create or replace function private.add_counted_media(p_media private.media_to_store[], p_actor text)
returns setof private.media_to_store
language sql volatile set search_path = '' set social_tui.media_are_counted = 'on' as $$
  select * from private.add_media(p_media, p_actor)
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
-- p_new are of posts that are new, which have no media to compare with and count these already.
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
      select r
      from private.references_of(_post.post_id, _post.workspace_id, true,
        array(select n from jsonb_populate_recordset(null::private.media_to_store, p_media) n)) r
    ), '{}', p_actor) s
    order by s.ordinal;
end
$$;

revoke all on function public.import_media from public, anon;
grant execute on function public.import_media to authenticated, service_role;
