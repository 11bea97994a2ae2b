-- Media one by one and in pages, their downloads, and what happened to them.

create or replace function public.get_media(p_media_id text) returns setof private.media_view
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select * from private.media_view m
    where m.media_id = p_media_id and m.workspace_id = any (_workspaces);
end
$$;

create or replace function public.list_media(
  p_post_id text default null, p_status text default null, p_media_type text default null,
  p_after text default null, p_limit integer default 500
) returns setof private.media_view
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  if p_post_id is null then
    return query
      select * from private.media_view m
      where m.workspace_id = any (_workspaces)
        and (p_after is null or m.media_id > p_after)
        and (p_status is null or m.download_status = p_status)
        and (p_media_type is null or m.media_type = p_media_type)
      order by m.media_id
      limit private.page_size(p_limit);
  else
    return query
      select * from private.media_view m
      where m.post_id = p_post_id and m.workspace_id = any (_workspaces)
        and (p_after is null or (private.role_rank(m.role), m.position) > (
          select private.role_rank(a.role), a.position from public.post_media a where a.media_id = p_after))
        and (p_status is null or m.download_status = p_status)
        and (p_media_type is null or m.media_type = p_media_type)
      order by private.role_rank(m.role), m.position
      limit private.page_size(p_limit);
  end if;
end
$$;

-- Gives media the bytes that another media of the same workspace and source has: no second download.
create or replace function private.share_bytes(p_media_ids text[], p_actor text) returns integer
language plpgsql volatile set search_path = '' as $$
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

-- Takes a media for downloading. Whoever claimed it before, and is still at it, becomes stale.
create or replace function public.claim_download(
  p_media_id text, p_claim text, p_actor text default 'worker'
) returns setof private.media_view
language plpgsql volatile security definer set search_path = '' as $$
declare
  _media public.post_media;
begin
  perform private.require_service();
  perform private.lock_posts_of(array[p_media_id]);
  select * into _media from public.post_media m where m.media_id = p_media_id for no key update;
  if not found or _media.download_status = 'ready'
    or private.share_bytes(array[p_media_id], p_actor) > 0 then
    return;
  end if;
  update public.post_media m
  set download_status = 'downloading', claim = p_claim, attempts = m.attempts + 1, updated_at = now()
  where m.media_id = p_media_id
  returning * into _media;
  perform private.append_event(_media, 'download_started', p_actor,
    jsonb_build_object('attempt', _media.attempts));
  return query select * from private.media_view m where m.media_id = p_media_id;
end
$$;

-- Writes down the unique bytes of a captured file. Tells whether other bytes with the same MD5 are held:
-- an incident, because MD5 names the files of the cache.
create or replace function private.store_blob(p_media public.post_media, p_file jsonb, p_actor text)
returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  _others text[];
begin
  insert into public.media_blobs
    (sha256, md5_sum, byte_size, mime_type, width, height, duration_ms, verified_at)
  values (p_file ->> 'sha256', p_file ->> 'md5_sum', (p_file ->> 'byte_size')::bigint,
    p_file ->> 'mime_type', (p_file ->> 'width')::integer, (p_file ->> 'height')::integer,
    (p_file ->> 'duration_ms')::bigint, now())
  on conflict (sha256) do update
  set width = coalesce(media_blobs.width, excluded.width),
    height = coalesce(media_blobs.height, excluded.height),
    duration_ms = coalesce(media_blobs.duration_ms, excluded.duration_ms),
    verified_at = excluded.verified_at;

  select array_agg(b.sha256) into _others
  from public.media_blobs b
  where b.md5_sum = p_file ->> 'md5_sum' and b.sha256 <> p_file ->> 'sha256';
  if _others is null then
    return false;
  end if;
  perform private.append_event(p_media, 'md5_incident', p_actor, jsonb_build_object(
    'md5_sum', p_file ->> 'md5_sum', 'sha256', p_file ->> 'sha256', 'held_sha256', to_jsonb(_others)));
  return true;
end
$$;

-- Says that a media's bytes are durably in the cache. Bytes that differ from those it had (the source
-- changed, after the first copy was lost) make its analysis and its archived copy void: both stay with
-- the first bytes and in the audit log.
create or replace function public.finish_download(
  p_media_id text, p_claim text, p_file jsonb, p_actor text default 'worker'
) returns table (media_id text, result text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _old public.post_media;
  _media public.post_media;
  _blob public.media_blobs;
  _is_incident boolean;
  _is_other boolean;
  _others text[] := array(
    select o.media_id
    from public.post_media m
    join public.post_media o on o.source_identity = m.source_identity and o.media_id <> m.media_id
    where m.media_id = p_media_id and o.download_status in ('pending', 'failed'));
  -- Bytes that were held already took no transfer, and count in no mean of them.
  _elapsed_ms bigint := nullif((p_file ->> 'elapsed_ms')::bigint, 0);
begin
  perform private.require_service();
  -- Posts, then bytes, then media, as whoever imports, verifies or archives them: two orders would be a
  -- deadlock. The posts of those that will share the bytes too.
  perform private.lock_posts_of(p_media_id || _others);
  perform from public.media_blobs b where b.sha256 = p_file ->> 'sha256' for no key update;
  select * into _old from public.post_media m
  where m.media_id = p_media_id and m.claim = p_claim and m.download_status = 'downloading'
  for no key update;
  if not found then
    return query select p_media_id, 'stale';
    return;
  end if;
  _is_incident := private.store_blob(_old, p_file, p_actor);
  select * into strict _blob from public.media_blobs b where b.sha256 = p_file ->> 'sha256';
  _is_other := coalesce(_old.sha256 <> _blob.sha256, _old.md5_sum <> _blob.md5_sum, false);

  update public.post_media m
  set sha256 = _blob.sha256, md5_sum = _blob.md5_sum, local_file_path = p_file ->> 'local_file_path',
    file_size = _blob.byte_size, mime_type = _blob.mime_type, media_type = p_file ->> 'media_type',
    width = _blob.width, height = _blob.height,
    archive_url = case when _is_other then _blob.archive_url
      else coalesce(_blob.archive_url, m.archive_url) end,
    download_status = 'ready', outcome = 'ok', error = null, claim = null, updated_at = now(),
    ai_analysis_status = case when _is_other then 'not_started' else m.ai_analysis_status end,
    ai_analysis = case when not _is_other then m.ai_analysis end,
    ai_analyzed_at = case when not _is_other then m.ai_analyzed_at end,
    ai_analysis_log = private.append_log(m.ai_analysis_log, 'media_downloaded', 'success', null,
      jsonb_build_object('file_size', _blob.byte_size, 'mime_type', _blob.mime_type,
        'download_time_ms', _elapsed_ms))
  where m.media_id = p_media_id
  returning * into _media;

  if _is_other then
    perform private.append_event(_media, 'media_changed', p_actor, jsonb_build_object(
      'previous_sha256', _old.sha256, 'previous_md5_sum', _old.md5_sum,
      'previous_archive_url', _old.archive_url, 'previous_ai_analysis', _old.ai_analysis));
  end if;
  perform private.append_event(_media, 'media_downloaded', p_actor, jsonb_build_object(
    'file_size', _blob.byte_size, 'mime_type', _blob.mime_type, 'media_type', _old.media_type,
    'declared_mime_type', p_file -> 'declared_mime_type', 'elapsed_ms', _elapsed_ms,
    'plain_http', coalesce((p_file ->> 'plain_http')::boolean, false), 'attempt', _media.attempts));
  perform private.share_bytes(array(
    select m.media_id from public.post_media m
    where m.media_id = any (_others) and m.download_status in ('pending', 'failed')
  ), p_actor);
  return query select p_media_id, case when _is_incident then 'incident' else 'ok' end;
end
$$;

create or replace function public.fail_download(
  p_media_id text, p_claim text, p_outcome text, p_error text, p_actor text default 'worker'
) returns table (media_id text, applied boolean)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _media public.post_media;
begin
  perform private.require_service();
  if p_outcome = 'ok' then
    raise exception using errcode = '22023', message = 'A download that failed cannot have ended ok.';
  end if;
  perform private.lock_posts_of(array[p_media_id]);
  update public.post_media m
  set download_status = 'failed', outcome = p_outcome, error = p_error, claim = null, updated_at = now()
  where m.media_id = p_media_id and m.claim = p_claim and m.download_status = 'downloading'
  returning * into _media;
  if found then
    perform private.append_event(_media, 'download_failed', p_actor, jsonb_build_object(
      'outcome', p_outcome, 'error', p_error, 'attempt', _media.attempts));
    return query select p_media_id, true;
  else
    return query select p_media_id, false;
  end if;
end
$$;

-- Gives a claimed media back because the work was stopped, which is no attempt.
create or replace function public.release_download(
  p_media_id text, p_claim text, p_actor text default 'worker'
) returns table (media_id text, applied boolean)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _media public.post_media;
begin
  perform private.require_service();
  perform private.lock_posts_of(array[p_media_id]);
  update public.post_media m
  set download_status = 'pending', claim = null, attempts = greatest(m.attempts - 1, 0), updated_at = now()
  where m.media_id = p_media_id and m.claim = p_claim and m.download_status = 'downloading'
  returning * into _media;
  if found then
    perform private.append_event(_media, 'download_released', p_actor);
    return query select p_media_id, true;
  else
    return query select p_media_id, false;
  end if;
end
$$;

create or replace function public.record_event(
  p_media_id text, p_event text, p_actor text, p_details jsonb default '{}'
) returns table (media_id text, event text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _media public.post_media;
begin
  if p_event <> 'media_accessed' and not private.is_service() then
    raise exception using errcode = '42501', message = format('Only a worker may record %L.', p_event);
  end if;
  select * into _media from public.post_media m
  where m.media_id = p_media_id and m.workspace_id = any (_workspaces);
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no media %L.', p_media_id);
  end if;
  perform private.append_event(_media, p_event, p_actor, p_details);
  return query select p_media_id, p_event;
end
$$;

create or replace function public.list_events(
  p_media_id text, p_after bigint default null, p_limit integer default 500
) returns table (
  id bigint, at timestamptz, event text, actor text, user_id uuid, media_id text, post_id text,
  sha256 text, job_id bigint, correlation_id text, details jsonb)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select e.id, e.at, e.event, e.actor, e.user_id, e.media_id, e.post_id, e.sha256, e.job_id,
      e.correlation_id, e.details
    from public.media_events e
    where e.media_id = p_media_id
      and e.workspace_id = any (_workspaces)
      and (p_after is null or e.id > p_after)
    order by e.id
    limit private.page_size(p_limit);
end
$$;

revoke all on function public.get_media, public.list_media, public.record_event, public.list_events
  from public, anon;
grant execute on function public.get_media, public.list_media, public.record_event, public.list_events
  to authenticated, service_role;

revoke all on function public.claim_download, public.finish_download, public.fail_download,
  public.release_download from public, anon, authenticated;
grant execute on function public.claim_download, public.finish_download, public.fail_download,
  public.release_download to service_role;
