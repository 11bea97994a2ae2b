-- Downloads of media: taken, ended with bytes or without, or given back; and bytes shared instead, where another
-- media of the same source has them.

-- Gives media the bytes that another media of the same workspace and source has: no second download.
create or replace function private.share_bytes(p_media_ids text[], p_actor text) returns integer
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
  _shared integer;
begin
  with shared as (
    update public.post_media m
    set sha256 = s.sha256, md5_sum = s.md5_sum, local_file_path = s.local_file_path,
      file_size = s.file_size, mime_type = s.mime_type, media_type = s.media_type,
      width = s.width, height = s.height, archive_url = s.archive_url,
      download_status = 'ready', outcome = 'ok', error = null, claim = null, updated_at = now(),
      ai_analysis_log = private.append_log(m.ai_analysis_log, 'media_downloaded', 'success', null,
        jsonb_build_object('file_size', s.file_size, 'mime_type', s.mime_type, 'shared_from', s.media_id))
    from public.post_media w
    cross join lateral (
      select * from public.post_media o
      where o.source_identity = w.source_identity
        and o.workspace_id = w.workspace_id
        and o.download_status = 'ready'
      order by o.updated_at desc, o.media_id
      limit 1
    ) s
    where w.media_id = m.media_id
      and m.media_id = any (p_media_ids)
      and m.download_status <> 'ready'
      and (m.sha256 is null or m.sha256 = s.sha256)
      and (m.md5_sum is null or m.md5_sum = s.md5_sum)
    returning m.*, s.media_id as shared_from
  ),
  logged as (
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
    select 'media_shared', p_actor, s.media_id, s.post_id, s.sha256, s.media_id,
      jsonb_build_object('shared_from', s.shared_from), s.workspace_id
    from shared s
  )
  select count(*) into _shared from shared;
  return _shared;
end
$$;

-- What works on a batch of downloads is called with other ids each time: planning it anew would take longer
-- than the work, hence the generic plans. They are often made while few bytes are held, and would read all of them
-- from end to end later: "offset 0", and no scans of tables, have each looked up by itself.

-- Takes media for downloading. Whoever claimed one before, and is still at it, becomes stale. What another
-- media of the same source has is shared instead; returns what is left to download.
create or replace function private.claim_media(p_media_ids text[], p_claim text, p_actor text)
returns text[]
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
  _claimed text[];
begin
  perform private.lock_posts_of(p_media_ids);
  perform private.share_bytes(p_media_ids, p_actor);
  with claimed as (
    update public.post_media m
    set download_status = 'downloading', claim = p_claim, attempts = m.attempts + 1, updated_at = now()
    where m.media_id = any (p_media_ids) and m.download_status <> 'ready'
    returning m.*
  ),
  logged as (
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
    select 'download_started', p_actor, c.media_id, c.post_id, c.sha256, c.media_id,
      jsonb_build_object('attempt', c.attempts), c.workspace_id
    from claimed c
  )
  select coalesce(array_agg(c.media_id), '{}') into _claimed from claimed c;
  return _claimed;
end
$$;

create or replace function public.claim_downloads(
  p_media_ids text[], p_claim text, p_actor text default 'worker'
) returns setof private.media_view
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off as $$
declare
  _claimed text[];
begin
  perform private.require_service();
  _claimed := private.claim_media(p_media_ids, p_claim, p_actor);
  return query
    select m.*
    from unnest(_claimed) c(media_id)
    cross join lateral (select * from private.media_view v where v.media_id = c.media_id offset 0) m;
end
$$;

-- A captured file with what its media was before.
create type private.captured_file as (
  media_id text,
  claim text,
  sha256 text,
  md5_sum text,
  byte_size bigint,
  mime_type text,
  media_type text,
  width integer,
  height integer,
  duration_ms bigint,
  local_file_path text,
  declared_mime_type text,
  elapsed_ms bigint,
  plain_http boolean,
  old_media_type text,
  old_sha256 text,
  old_md5_sum text,
  old_archive_url text,
  old_ai_analysis text,
  is_other boolean
);

-- Writes down the unique bytes of captured files. Returns the media for whose MD5 other bytes are held as well:
-- an incident, because MD5 names the files of the cache.
create or replace function private.store_blobs(p_files private.captured_file[], p_actor text) returns text[]
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan
set enable_seqscan = off as $$
declare
  _incidents text[];
begin
  insert into public.media_blobs
    (sha256, md5_sum, byte_size, mime_type, width, height, duration_ms, verified_at)
  select distinct on (f.sha256)
    f.sha256, f.md5_sum, f.byte_size, f.mime_type, f.width, f.height, f.duration_ms, now()
  from unnest(p_files) f
  order by f.sha256
  on conflict (sha256) do update
  set width = coalesce(media_blobs.width, excluded.width),
    height = coalesce(media_blobs.height, excluded.height),
    duration_ms = coalesce(media_blobs.duration_ms, excluded.duration_ms),
    verified_at = excluded.verified_at;

  with incidents as (
    select f.media_id, f.md5_sum, f.sha256, array_agg(b.sha256) as held
    from unnest(p_files) f
    cross join lateral (
      select * from public.media_blobs o where o.md5_sum = f.md5_sum and o.sha256 <> f.sha256 offset 0) b
    group by 1, 2, 3
  ),
  logged as (
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
    select 'md5_incident', p_actor, m.media_id, m.post_id, m.sha256, m.media_id,
      jsonb_build_object('md5_sum', i.md5_sum, 'sha256', i.sha256, 'held_sha256', to_jsonb(i.held)),
      m.workspace_id
    from incidents i
    join public.post_media m using (media_id)
  )
  select coalesce(array_agg(i.media_id), '{}') into _incidents from incidents i;
  return _incidents;
end
$$;

-- Says that the bytes of media are durably in the cache. Bytes that differ from those a media had (the source
-- changed, after the first copy was lost) make its analysis and its archived copy void: both stay with the
-- first bytes and in the audit log. Other media of the same sources that wait for their bytes get them too.
-- Of what is given, only that counts whose claim still holds.
create or replace function private.finish_media(p_files jsonb, p_actor text)
returns table (media_id text, result text)
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan
set enable_seqscan = off as $$
#variable_conflict use_column
declare
  _media_ids text[] := array(select f ->> 'media_id' from jsonb_array_elements(p_files) f);
  _others text[] := array(
    select o.media_id
    from public.post_media m
    join public.post_media o on o.source_identity = m.source_identity and o.media_id <> m.media_id
    where m.media_id = any (_media_ids) and o.download_status in ('pending', 'failed'));
  _files private.captured_file[];
  _incidents text[];
begin
  -- Posts, then bytes, then media, as whoever imports, verifies or archives them: two orders would be a
  -- deadlock. The posts of those that will share the bytes too.
  perform private.lock_posts_of(_media_ids || _others);
  perform from public.media_blobs b
  where b.sha256 = any (array(select f ->> 'sha256' from jsonb_array_elements(p_files) f))
  order by b.sha256 for no key update;
  perform from public.post_media m where m.media_id = any (_media_ids) order by m.media_id for no key update;
  _files := array(
    select row(f.media_id, f.claim, f.sha256, f.md5_sum, f.byte_size, f.mime_type, f.media_type, f.width,
      f.height, f.duration_ms, f.local_file_path, f.declared_mime_type, nullif(f.elapsed_ms, 0),
      coalesce(f.plain_http, false), m.media_type, m.sha256, m.md5_sum, m.archive_url, m.ai_analysis,
      coalesce(m.sha256 <> f.sha256, m.md5_sum <> f.md5_sum, false))::private.captured_file
    from jsonb_populate_recordset(null::private.captured_file, p_files) f
    join public.post_media m on m.media_id = f.media_id and m.claim = f.claim
    where m.media_id = any (_media_ids) and m.download_status = 'downloading');
  _incidents := private.store_blobs(_files, p_actor);

  -- Bytes that were held already took no transfer, and count in no mean of them: their time is left out.
  update public.post_media m
  set sha256 = b.sha256, md5_sum = b.md5_sum, local_file_path = f.local_file_path,
    file_size = b.byte_size, mime_type = b.mime_type, media_type = f.media_type,
    width = b.width, height = b.height,
    archive_url = case when f.is_other then b.archive_url else coalesce(b.archive_url, m.archive_url) end,
    download_status = 'ready', outcome = 'ok', error = null, claim = null, updated_at = now(),
    ai_analysis_status = case when f.is_other then 'not_started' else m.ai_analysis_status end,
    ai_analysis = case when not f.is_other then m.ai_analysis end,
    ai_analyzed_at = case when not f.is_other then m.ai_analyzed_at end,
    ai_analysis_log = private.append_log(m.ai_analysis_log, 'media_downloaded', 'success', null,
      jsonb_build_object('file_size', b.byte_size, 'mime_type', b.mime_type, 'download_time_ms', f.elapsed_ms))
  from unnest(_files) f
  cross join lateral (select * from public.media_blobs o where o.sha256 = f.sha256 offset 0) b
  where m.media_id = f.media_id;

  insert into public.media_events (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
  select e.event, p_actor, m.media_id, m.post_id, m.sha256, m.media_id, e.details, m.workspace_id
  from unnest(_files) f
  join public.post_media m on m.media_id = f.media_id
  cross join lateral (values
    (1, 'media_changed', jsonb_build_object(
      'previous_sha256', f.old_sha256, 'previous_md5_sum', f.old_md5_sum,
      'previous_archive_url', f.old_archive_url, 'previous_ai_analysis', f.old_ai_analysis)),
    (2, 'media_downloaded', jsonb_build_object(
      'file_size', m.file_size, 'mime_type', m.mime_type, 'media_type', f.old_media_type,
      'declared_mime_type', f.declared_mime_type, 'elapsed_ms', f.elapsed_ms,
      'plain_http', f.plain_http, 'attempt', m.attempts))
  ) e(turn, event, details)
  where f.is_other or e.event <> 'media_changed'
  order by m.media_id, e.turn;

  if _others <> '{}' then
    perform private.share_bytes(array(
      select m.media_id from public.post_media m
      where m.media_id = any (_others) and m.download_status in ('pending', 'failed')
    ), p_actor);
  end if;
  return query
    select i.media_id,
      case when f.media_id is null then 'stale' when i.media_id = any (_incidents) then 'incident' else 'ok' end
    from unnest(_media_ids) i(media_id)
    left join unnest(_files) f on f.media_id = i.media_id;
end
$$;

create or replace function public.finish_download(
  p_media_id text, p_claim text, p_file jsonb, p_actor text default 'worker'
) returns table (media_id text, result text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    select * from private.finish_media(jsonb_build_array(
      p_file || jsonb_build_object('media_id', p_media_id, 'claim', p_claim)), p_actor);
end
$$;

-- Says why media have no bytes; returns those whose claim still held. Told as of the transaction, like the end
-- of a job that it settles: the list of jobs finds by it why one failed.
create or replace function private.fail_media(p_failures jsonb, p_actor text) returns text[]
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
  _failed text[];
begin
  if exists (select from jsonb_array_elements(p_failures) f where f ->> 'outcome' = 'ok') then
    raise exception using errcode = '22023', message = 'A download that failed cannot have ended ok.';
  end if;
  perform private.lock_posts_of(array(select f ->> 'media_id' from jsonb_array_elements(p_failures) f));
  with failed as (
    update public.post_media m
    set download_status = 'failed', outcome = f.outcome, error = f.error, claim = null, updated_at = now()
    from jsonb_to_recordset(p_failures) f(media_id text, claim text, outcome text, error text)
    where m.media_id = f.media_id and m.claim = f.claim and m.download_status = 'downloading'
    returning m.*
  ),
  logged as (
    insert into public.media_events
      (at, event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
    select now(), 'download_failed', p_actor, f.media_id, f.post_id, f.sha256, f.media_id,
      jsonb_build_object('outcome', f.outcome, 'error', f.error, 'attempt', f.attempts), f.workspace_id
    from failed f
  )
  select coalesce(array_agg(f.media_id), '{}') into _failed from failed f;
  return _failed;
end
$$;

create or replace function public.fail_download(
  p_media_id text, p_claim text, p_outcome text, p_error text, p_actor text default 'worker'
) returns table (media_id text, applied boolean)
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.require_service();
  return query
    select p_media_id, p_media_id = any (private.fail_media(jsonb_build_array(jsonb_build_object(
      'media_id', p_media_id, 'claim', p_claim, 'outcome', p_outcome, 'error', p_error)), p_actor));
end
$$;

-- Gives claimed media back because the work was stopped, which is no attempt; returns those whose claim held.
create or replace function private.release_media(p_claims jsonb, p_actor text) returns text[]
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
  _released text[];
begin
  perform private.lock_posts_of(array(select c ->> 'media_id' from jsonb_array_elements(p_claims) c));
  with released as (
    update public.post_media m
    set download_status = 'pending', claim = null, attempts = greatest(m.attempts - 1, 0), updated_at = now()
    from jsonb_to_recordset(p_claims) c(media_id text, claim text)
    where m.media_id = c.media_id and m.claim = c.claim and m.download_status = 'downloading'
    returning m.*
  ),
  logged as (
    insert into public.media_events (event, actor, media_id, post_id, sha256, correlation_id, workspace_id)
    select 'download_released', p_actor, r.media_id, r.post_id, r.sha256, r.media_id, r.workspace_id
    from released r
  )
  select coalesce(array_agg(r.media_id), '{}') into _released from released r;
  return _released;
end
$$;

create or replace function public.release_download(
  p_media_id text, p_claim text, p_actor text default 'worker'
) returns table (media_id text, applied boolean)
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.require_service();
  return query
    select p_media_id, p_media_id = any (private.release_media(jsonb_build_array(jsonb_build_object(
      'media_id', p_media_id, 'claim', p_claim)), p_actor));
end
$$;

revoke all on function public.claim_downloads, public.finish_download, public.fail_download,
  public.release_download from public, anon, authenticated;
grant execute on function public.claim_downloads, public.finish_download, public.fail_download,
  public.release_download to service_role;
