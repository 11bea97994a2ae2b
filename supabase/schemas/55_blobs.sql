-- The unique bytes behind media: where they are, and how well that is known.

-- The bytes that are held somewhere, each with its first media and one local file. Without a search_path of
-- its own, so that it is inlined and what is asked for reaches the indexes.
create or replace function private.held_blobs(p_workspaces uuid[])
returns table (
  sha256 text, md5_sum text, byte_size bigint, mime_type text, local_file_path text, archive_url text,
  proof text, archived_at timestamptz, verified_at timestamptz, media_id text)
language sql stable as $$
  select b.sha256, b.md5_sum, b.byte_size, b.mime_type, f.local_file_path,
    private.shown_archive_url(b.archive_url), b.proof, b.archived_at, b.verified_at, f.media_id
  from public.media_blobs b
  cross join lateral (
    select
      (array_agg(m.media_id
        order by m.created_at, private.role_rank(m.role), m.position, m.media_id))[1] as media_id,
      min(m.local_file_path) as local_file_path
    from public.post_media m
    where m.sha256 = b.sha256 and m.workspace_id = any (p_workspaces)
    having count(*) > 0
  ) f
  where f.local_file_path is not null or b.archive_url is not null
$$;

create or replace function public.list_blobs(p_after text default null, p_limit integer default 500)
returns table (
  sha256 text, md5_sum text, byte_size bigint, mime_type text, local_file_path text, archive_url text,
  proof text, archived_at timestamptz, verified_at timestamptz, media_id text)
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select * from private.held_blobs(_workspaces) b
    where p_after is null or b.sha256 > p_after
    order by b.sha256
    limit private.page_size(p_limit);
end
$$;

create or replace function public.blob_for_media(p_media_id text)
returns table (
  sha256 text, md5_sum text, byte_size bigint, mime_type text, local_file_path text, archive_url text,
  proof text, archived_at timestamptz, verified_at timestamptz, media_id text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _sha256 text;
begin
  select m.sha256 into _sha256 from public.post_media m
  where m.media_id = p_media_id and m.workspace_id = any (_workspaces);
  if _sha256 is not null then
    return query select * from private.held_blobs(_workspaces) b where b.sha256 = _sha256;
  end if;
end
$$;

-- What hashing a cached file found. A file that is gone or damaged makes its media pending again; they
-- keep their hashes, which tell what to look for in the archive. Without an archive and without a link
-- there is nothing left to try, and the media says so.
create or replace function public.record_verification(
  p_sha256 text, p_result text, p_actor text default 'worker'
) returns table (sha256 text, changed integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _blob public.media_blobs;
  _media public.post_media;
  _changed integer := 0;
begin
  perform private.require_service();
  if p_result is null or p_result not in ('ok', 'missing', 'damaged') then
    raise exception using errcode = '22023', message = format('%L is no result of a verification.', p_result);
  end if;
  if p_result <> 'ok' then
    perform private.lock_posts_with(p_sha256);
  end if;
  update public.media_blobs b
  set verified_at = case when p_result = 'ok' then now() end
  where b.sha256 = p_sha256
  returning * into _blob;
  if not found then
    raise exception using errcode = 'P0002', message = format('There are no bytes %L.', p_sha256);
  end if;
  for _media in
    select * from public.post_media m
    where m.sha256 = p_sha256 and m.local_file_path is not null
    order by m.media_id
    for no key update
  loop
    if p_result <> 'ok' then
      update public.post_media m
      set local_file_path = null, claim = null, attempts = 0, updated_at = now(),
        download_status = case when m.media_url is null and _blob.proof = 'cached'
          then 'failed' else 'pending' end,
        outcome = case when m.media_url is null and _blob.proof = 'cached' then 'deleted' end,
        error = format('The cached file was %s.', p_result)
      where m.media_id = _media.media_id;
      _changed := _changed + 1;
    end if;
    perform private.append_event(_media, case p_result when 'ok' then 'media_verified'
      else 'media_' || p_result end, p_actor);
  end loop;
  return query select p_sha256, _changed;
end
$$;

-- Says that the archive holds the bytes, checked. A better proof of the same place is never lowered.
create or replace function public.record_archived(
  p_sha256 text, p_archive_url text, p_proof text, p_actor text default 'worker'
) returns table (sha256 text, proof text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _blob public.media_blobs;
begin
  perform private.require_service();
  if p_proof is null or p_proof not in ('archived', 'read_back') then
    raise exception using errcode = '22023', message = format('%L is no proof of an archived copy.', p_proof);
  end if;
  perform private.lock_posts_with(p_sha256);
  perform private.record_copies(jsonb_build_array(jsonb_build_object(
    'sha256', p_sha256, 'archive_url', p_archive_url, 'proof', p_proof)), p_actor);
  select * into _blob from public.media_blobs b where b.sha256 = p_sha256;
  if not found then
    raise exception using errcode = 'P0002', message = format('There are no bytes %L.', p_sha256);
  end if;
  return query select _blob.sha256, _blob.proof;
end
$$;

revoke all on function public.list_blobs, public.blob_for_media from public, anon;
grant execute on function public.list_blobs, public.blob_for_media to authenticated, service_role;

revoke all on function public.record_verification, public.record_archived from public, anon, authenticated;
grant execute on function public.record_verification, public.record_archived to service_role;
