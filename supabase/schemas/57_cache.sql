-- What may leave the cache, what left it, and what came back from the archive.

-- Whether a tag is a legal hold: `legal-hold`, or one for each matter, such as `legal-hold:case 17`. The word is
-- fixed, because a hold holds for every machine that shares the library, whatever each is set to.
create or replace function private.is_hold(p_tag text) returns boolean
language sql immutable as $$
  select lower(btrim(p_tag)) = 'legal-hold' or lower(btrim(p_tag)) like 'legal-hold:%'
$$;

create or replace function private.is_held(p_post_id text) returns boolean
language sql stable as $$
  select exists (
    select from public.post_tags t
    join public.tags g on g.tag_id = t.tag_id
    where t.post_id = p_post_id and private.is_hold(g.name))
$$;

-- What keeps bytes in the cache: a hold, that the archive does not have them, checked, that somebody wants them at
-- hand, or a download of them that is under way. Null when they may leave.
create or replace function private.kept_by(p_blob public.media_blobs) returns text
language sql stable as $$
  select case
    when exists (
      select from public.post_media m
      where m.sha256 = p_blob.sha256 and private.is_held(m.post_id)) then 'legal_hold'
    when p_blob.proof = 'cached' then 'not_archived'
    when p_blob.pinned_at is not null then 'pinned'
    when exists (
      select from public.post_media m
      join public.posts p on p.post_id = m.post_id
      where m.sha256 = p_blob.sha256 and p.is_marked) then 'marked'
    when exists (
      select from public.post_media m
      where m.sha256 = p_blob.sha256 and m.download_status = 'downloading') then 'downloading'
  end
$$;

-- The bytes with these MD5 sums, each with what keeps it in the cache.
create or replace function public.cached_blobs(p_md5_sums text[])
returns table (
  sha256 text, md5_sum text, byte_size bigint, archive_url text, local_file_path text, kept_by text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    select b.sha256, b.md5_sum, b.byte_size, b.archive_url, (
      select min(m.local_file_path) from public.post_media m where m.sha256 = b.sha256), private.kept_by(b)
    from public.media_blobs b
    where b.md5_sum = any (p_md5_sums);
end
$$;

-- Says that bytes leave the cache: their media wait again, with the outcome 'ok', which tells those whose
-- bytes the archive has from those that have to be downloaded. The file is removed after, never before.
create or replace function public.evict_blob(
  p_sha256 text, p_actor text default 'worker', p_reason text default 'room'
) returns table (sha256 text, is_evicted boolean)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _blob public.media_blobs;
begin
  perform private.require_service();
  perform private.lock_posts_with(p_sha256);
  select * into _blob from public.media_blobs b where b.sha256 = p_sha256 for no key update;
  if not found or private.kept_by(_blob) is not null then
    return query select p_sha256, false;
    return;
  end if;
  with evicted as (
    update public.post_media m
    set local_file_path = null, download_status = 'pending', outcome = 'ok', error = null, claim = null,
      attempts = 0, updated_at = now()
    where m.sha256 = p_sha256 and m.download_status = 'ready'
    returning m.media_id, m.post_id, m.workspace_id
  )
  insert into public.media_events
    (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
  select 'media_evicted', p_actor, e.media_id, e.post_id, p_sha256, e.media_id,
    jsonb_build_object('reason', p_reason), e.workspace_id
  from evicted e;
  return query select p_sha256, true;
end
$$;

-- Says that bytes are in the cache again, whoever of their media waits for them. What is being downloaded
-- says so itself.
create or replace function public.recall_blob(
  p_sha256 text, p_local_file_path text, p_source text, p_actor text default 'worker'
) returns table (sha256 text, changed integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _changed integer;
begin
  perform private.require_service();
  perform private.lock_posts_with(p_sha256);
  with recalled as (
    update public.post_media m
    set local_file_path = p_local_file_path, file_size = b.byte_size, mime_type = b.mime_type,
      download_status = 'ready', outcome = 'ok', error = null, claim = null, updated_at = now()
    from public.media_blobs b
    where b.sha256 = p_sha256 and m.sha256 = p_sha256
      and (m.download_status in ('pending', 'failed')
        or (m.download_status = 'ready' and m.local_file_path <> p_local_file_path))
    returning m.media_id, m.post_id, m.workspace_id
  ),
  logged as (
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
    select 'media_recalled', p_actor, r.media_id, r.post_id, p_sha256, r.media_id,
      jsonb_build_object('source', p_source), r.workspace_id
    from recalled r
  )
  select count(*) into _changed from recalled;
  return query select p_sha256, _changed;
end
$$;

-- Keeps the bytes of media in the cache whatever room is needed, or lets them leave it again.
create or replace function public.pin_media(
  p_media_ids text[], p_is_pinned boolean default true, p_actor text default 'app'
) returns table (media_id text, sha256 text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
begin
  perform from public.media_blobs b
  where b.sha256 in (
    select m.sha256 from public.post_media m
    where m.media_id = any (p_media_ids) and m.workspace_id = any (_editable))
  order by b.sha256
  for no key update;
  return query
    with chosen as (
      select m.media_id, m.post_id, m.sha256, m.workspace_id from public.post_media m
      where m.media_id = any (p_media_ids) and m.workspace_id = any (_editable) and m.sha256 is not null
    ),
    pinned as (
      update public.media_blobs b set pinned_at = case when p_is_pinned then coalesce(b.pinned_at, now()) end
      where b.sha256 in (select c.sha256 from chosen c) and (b.pinned_at is not null) <> p_is_pinned
      returning b.sha256
    ),
    logged as (
      insert into public.media_events
        (event, actor, media_id, post_id, sha256, correlation_id, workspace_id)
      select case when p_is_pinned then 'media_pinned' else 'media_unpinned' end, p_actor, c.media_id,
        c.post_id, c.sha256, c.media_id, c.workspace_id
      from chosen c join pinned using (sha256)
    )
    select c.media_id, c.sha256 from chosen c order by c.media_id;
end
$$;

-- How many bytes there are, by what keeps them in the cache or has taken them out of it.
create or replace function public.cache_summary()
returns table (
  state text, blobs bigint, byte_size bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    select s.state, count(*), sum(s.byte_size)::bigint
    from (
      select b.byte_size, case
          when not f.is_cached then case when b.proof = 'cached' then 'lost' else 'archive_only' end
          when f.is_held then 'legal_hold'
          when b.proof = 'cached' then 'not_archived'
          when b.pinned_at is not null or f.is_marked then 'kept'
          else 'evictable'
        end as state
      from public.media_blobs b
      join (
        select m.sha256, bool_or(m.local_file_path is not null) as is_cached,
          coalesce(bool_or(p.is_marked), false) as is_marked,
          bool_or(h.post_id is not null) as is_held
        from public.post_media m
        left join public.posts p on p.post_id = m.post_id
        left join (
          select distinct t.post_id from public.post_tags t
          join public.tags g on g.tag_id = t.tag_id
          where private.is_hold(g.name)
        ) h on h.post_id = m.post_id
        where m.sha256 is not null
        group by m.sha256
      ) f on f.sha256 = b.sha256
    ) s
    group by s.state
    order by s.state;
end
$$;

-- The MD5 sums that several bytes have, which are kept apart: of these alone the MD5 does not tell which file
-- is which.
create or replace function public.colliding_md5_sums() returns table (md5_sum text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    select b.md5_sum from public.media_blobs b group by b.md5_sum having count(*) > 1 order by b.md5_sum;
end
$$;

-- Says of many files at once that they are whole; of what is not, record_verification says it one by one.
create or replace function public.record_intact(p_sha256 text[], p_actor text default 'worker')
returns table (verified integer)
language plpgsql volatile security definer set search_path = '' as $$
declare
  _verified integer;
begin
  perform private.require_service();
  perform from public.media_blobs b where b.sha256 = any (p_sha256) order by b.sha256 for no key update;
  update public.media_blobs b set verified_at = now() where b.sha256 = any (p_sha256);
  get diagnostics _verified = row_count;
  insert into public.media_events
    (event, actor, media_id, post_id, sha256, correlation_id, workspace_id)
  select 'media_verified', p_actor, m.media_id, m.post_id, m.sha256, m.media_id, m.workspace_id
  from public.post_media m
  where m.sha256 = any (p_sha256) and m.local_file_path is not null
  order by m.media_id;
  return query select _verified;
end
$$;

revoke all on function public.pin_media from public, anon;
grant execute on function public.pin_media to authenticated, service_role;

revoke all on function public.cached_blobs, public.evict_blob, public.recall_blob, public.cache_summary,
  public.colliding_md5_sums, public.record_intact from public, anon, authenticated;
grant execute on function public.cached_blobs, public.evict_blob, public.recall_blob, public.cache_summary,
  public.colliding_md5_sums, public.record_intact to service_role;
