-- Bytes that lay beside an export, and hashes that a source states of its bytes.

-- Which media have no bytes yet that are held anywhere.
create or replace function public.media_without_bytes(p_media_ids text[]) returns table (media_id text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    select m.media_id
    from public.post_media m
    left join public.media_blobs b on b.sha256 = m.sha256
    where m.media_id = any (p_media_ids) and m.download_status <> 'ready' and b.archive_url is null;
end
$$;

-- Says that the bytes of media are durably in the cache, taken from files beside their export. A download of
-- them that is under way becomes stale. Other bytes than those a media had before are not taken for them.
-- Other media of the same sources that wait for their bytes get them too.
create or replace function public.take_in_media(p_files jsonb, p_actor text default 'import')
returns table (media_id text, result text)
language plpgsql volatile security definer set search_path = '' as $$
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
  perform private.require_service();
  -- Posts, then bytes, then media, as everybody who changes them.
  perform private.lock_posts_of(_media_ids || _others);
  perform from public.media_blobs b
  where b.sha256 = any (array(select f ->> 'sha256' from jsonb_array_elements(p_files) f))
  order by b.sha256 for no key update;
  perform from public.post_media m where m.media_id = any (_media_ids) order by m.media_id for no key update;
  _files := array(
    select f
    from jsonb_populate_recordset(null::private.captured_file, p_files) f
    join public.post_media m using (media_id)
    where m.download_status <> 'ready'
      and coalesce(m.sha256 = f.sha256, true) and coalesce(m.md5_sum = f.md5_sum, true));
  _incidents := private.store_blobs(_files, p_actor);

  with taken as (
    update public.post_media m
    set sha256 = b.sha256, md5_sum = b.md5_sum, local_file_path = f.local_file_path,
      file_size = b.byte_size, mime_type = b.mime_type, media_type = f.media_type,
      width = b.width, height = b.height, archive_url = coalesce(b.archive_url, m.archive_url),
      download_status = 'ready', outcome = 'ok', error = null, claim = null, updated_at = now(),
      ai_analysis_log = private.append_log(m.ai_analysis_log, 'media_taken_in', 'success', null,
        jsonb_build_object('file_size', b.byte_size, 'mime_type', b.mime_type))
    from unnest(_files) f
    join public.media_blobs b on b.sha256 = f.sha256
    where m.media_id = f.media_id
    returning m.*
  )
  insert into public.media_events
    (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
  select 'media_taken_in', p_actor, t.media_id, t.post_id, t.sha256, t.media_id,
    jsonb_build_object('file_size', t.file_size, 'mime_type', t.mime_type, 'from', 'beside the export'),
    t.workspace_id
  from taken t
  order by t.media_id;

  if _others <> '{}' then
    perform private.share_bytes(array(
      select m.media_id from public.post_media m
      where m.media_id = any (_others) and m.download_status in ('pending', 'failed')
    ), p_actor);
  end if;
  return query
    select i.media_id, case
        when f.media_id is not null then case when i.media_id = any (_incidents) then 'incident' else 'ok' end
        when m.download_status = 'ready' then 'held'
        else 'other_bytes'
      end
    from unnest(_media_ids) i(media_id)
    join public.post_media m using (media_id)
    left join unnest(_files) f using (media_id);
end
$$;

-- Says why media were not taken in from beside their export. One with a link waits for its download as before.
create or replace function public.miss_media(p_missed jsonb, p_actor text default 'import')
returns table (media_id text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  perform private.lock_posts_of(array(select f ->> 'media_id' from jsonb_array_elements(p_missed) f));
  return query
    with missed as (
      update public.post_media m
      set error = f.error, outcome = case when m.media_url is null then f.outcome end, updated_at = now()
      from jsonb_to_recordset(p_missed) f(media_id text, outcome text, error text)
      where m.media_id = f.media_id
        and m.error is distinct from f.error
        and case when m.media_url is null then m.download_status = 'failed'
          else m.download_status = 'pending' and m.outcome is null end
      returning m.*
    ),
    logged as (
      insert into public.media_events
        (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
      select 'media_not_taken_in', p_actor, s.media_id, s.post_id, s.sha256, s.media_id,
        jsonb_build_object('error', s.error), s.workspace_id
      from missed s
      order by s.media_id
    )
    select s.media_id from missed s;
end
$$;

-- Tells of bytes that are not those which their source states the hash of, whatever way they came. They are
-- kept, because they are what there is, but never without that word.
create or replace function private.compare_stated_hash() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  new.error := 'These are not the bytes that its source states: their SHA-256 is another.';
  if (new.sha256, new.metadata ->> 'stated_sha256')
    is distinct from (old.sha256, old.metadata ->> 'stated_sha256') then
    perform private.append_event(new, 'stated_hash_differs', 'database',
      jsonb_build_object('stated_sha256', new.metadata ->> 'stated_sha256'));
  end if;
  return new;
end
$$;

create trigger post_media_stated_hash
  before update on public.post_media
  for each row
  when (new.download_status = 'ready' and new.metadata ->> 'stated_sha256' <> new.sha256)
  execute function private.compare_stated_hash();

revoke all on function public.media_without_bytes, public.take_in_media, public.miss_media
  from public, anon, authenticated;
grant execute on function public.media_without_bytes, public.take_in_media, public.miss_media to service_role;
