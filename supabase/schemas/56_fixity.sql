-- What proves the copies of bytes, what takes a proof away, and which copies are proven again next.

alter table public.media_blobs
  add column archive_checked_at timestamptz,
  add column read_back_at timestamptz,
  add column faulty_url text,
  add column fixity_cache_at timestamptz,
  add column fixity_archive_at timestamptz;

comment on column public.media_blobs.archive_checked_at is
  'When the archived copy was last found right, by its checksum or by reading it; archived_at is when it was made';
comment on column public.media_blobs.read_back_at is 'When the archived copy was last read again and hashed right';
comment on column public.media_blobs.faulty_url is
  'Where an archived copy was found missing or damaged; counts while archive_url is null';
comment on column public.media_blobs.fixity_cache_at is 'When the fixity of the cached file was last in hand';
comment on column public.media_blobs.fixity_archive_at is 'When the fixity of the archived copy was last in hand';

create index idx_media_blobs_address on public.media_blobs (coalesce(archive_url, faulty_url) collate "C")
  where coalesce(archive_url, faulty_url) is not null;
create index idx_media_blobs_cache_proof on public.media_blobs
  (coalesce(greatest(verified_at, fixity_cache_at), '-infinity'::timestamptz));
create index idx_media_blobs_archive_proof on public.media_blobs
  (coalesce(greatest(archived_at, archive_checked_at, fixity_archive_at), '-infinity'::timestamptz))
  where archive_url is not null;

-- How many bytes were read on a day to prove copies again.
create table private.fixity_days (
  day date primary key,
  byte_size bigint not null
);

-- The bytes that the archive has, or had until that was found to be wrong; with p_is_archived false all that
-- are held anywhere.
create or replace function public.archived_blobs(
  p_filter jsonb default null, p_is_archived boolean default true, p_after text default null,
  p_limit integer default 500
) returns table (
  sha256 text, md5_sum text, byte_size bigint, mime_type text, local_file_path text, archive_url text,
  proof text, archived_at timestamptz, verified_at timestamptz, media_id text, faulty_url text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _post_ids text[];
begin
  perform private.require_service();
  _post_ids := private.posts_for(null, p_filter, null, private.require_reader());
  return query
    select b.sha256, b.md5_sum, b.byte_size, b.mime_type, f.local_file_path, b.archive_url, b.proof,
      b.archived_at, b.verified_at, f.media_id, case when b.archive_url is null then b.faulty_url end
    from public.media_blobs b
    cross join lateral (
      select
        (array_agg(m.media_id
          order by m.created_at, private.role_rank(m.role), m.position, m.media_id))[1] as media_id,
        min(m.local_file_path) as local_file_path
      from public.post_media m
      where m.sha256 = b.sha256
      having count(*) > 0
    ) f
    where (coalesce(b.archive_url, b.faulty_url) is not null
        or (not p_is_archived and f.local_file_path is not null))
      and (p_after is null or b.sha256 > p_after)
      and (_post_ids is null or exists (
        select from public.post_media m where m.sha256 = b.sha256 and m.post_id = any (_post_ids)))
    order by b.sha256
    limit private.page_size(p_limit);
end
$$;

-- Where the archive should have copies, in the order of their addresses, or those of some addresses.
create or replace function public.archive_addresses(
  p_after text default null, p_addresses text[] default null, p_limit integer default 500
) returns table (address text, sha256 text, md5_sum text, byte_size bigint, media_id text, is_proven boolean)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    select coalesce(b.archive_url, b.faulty_url) collate "C", b.sha256, b.md5_sum, b.byte_size, (
        select min(m.media_id) from public.post_media m where m.sha256 = b.sha256),
      b.archive_url is not null
    from public.media_blobs b
    where coalesce(b.archive_url, b.faulty_url) collate "C" > coalesce(p_after, '')
      and (p_addresses is null or coalesce(b.archive_url, b.faulty_url) collate "C" = any (p_addresses))
    order by 1
    limit private.page_size(p_limit);
end
$$;

-- Says of many archived copies at once that they are right, of those that are where they were looked at.
create or replace function public.record_archive_checks(
  p_checks jsonb, p_method text, p_actor text default 'worker'
) returns table (recorded integer)
language plpgsql volatile security definer set search_path = '' as $$
declare
  _sha256 text[];
begin
  perform private.require_service();
  if p_method is null or p_method not in ('server_checksum', 'read_back') then
    raise exception using errcode = '22023', message = format('%L proves no archived copy.', p_method);
  end if;
  perform from public.media_blobs b
  where b.sha256 in (select c ->> 'sha256' from jsonb_array_elements(p_checks) c)
  order by b.sha256
  for no key update;
  with checked as (
    update public.media_blobs b
    set archive_checked_at = now(),
      read_back_at = case p_method when 'read_back' then now() else b.read_back_at end,
      proof = case p_method when 'read_back' then 'read_back' else b.proof end
    from jsonb_to_recordset(p_checks) c(sha256 text, archive_url text)
    where b.sha256 = c.sha256 and b.archive_url = c.archive_url
    returning b.sha256
  )
  select array_agg(c.sha256) into _sha256 from checked c;
  insert into public.media_events
    (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
  select 'archive_verified', p_actor, m.media_id, m.post_id, m.sha256, m.media_id,
    jsonb_build_object('method', p_method), m.workspace_id
  from public.post_media m
  where m.sha256 = any (_sha256)
  order by m.media_id;
  return query select coalesce(cardinality(_sha256), 0);
end
$$;

-- Says that the archive does not have the right bytes where it should, unless they are elsewhere meanwhile.
-- Where they should be stays written down, so that they are looked for and put back there. Media that only
-- the archive had wait for their source, and without a link nothing is left to try.
create or replace function public.lose_archived(
  p_sha256 text, p_archive_url text, p_result text, p_actor text default 'worker'
) returns table (sha256 text, is_lost boolean)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  if p_result is null or p_result not in ('missing', 'damaged') then
    raise exception using errcode = '22023', message = format('%L takes no proof away.', p_result);
  end if;
  perform private.lock_posts_with(p_sha256);
  update public.media_blobs b
  set archive_url = null, proof = 'cached', archived_at = null, archive_checked_at = null, read_back_at = null,
    faulty_url = p_archive_url
  where b.sha256 = p_sha256 and b.archive_url = p_archive_url;
  if not found then
    return query select p_sha256, false;
    return;
  end if;
  with changed as (
    update public.post_media m
    set archive_url = null, updated_at = now(),
      download_status = case when m.download_status = 'pending' and m.media_url is null then 'failed'
        else m.download_status end,
      outcome = case when m.download_status <> 'pending' then m.outcome
        when m.media_url is null then 'deleted' end,
      error = case when m.download_status = 'pending' then format('The archived copy was %s.', p_result)
        else m.error end
    where m.sha256 = p_sha256
    returning m.media_id, m.post_id, m.workspace_id
  )
  insert into public.media_events
    (event, actor, media_id, post_id, sha256, correlation_id, workspace_id)
  select 'archive_' || p_result, p_actor, c.media_id, c.post_id, p_sha256, c.media_id, c.workspace_id
  from changed c;
  return query select p_sha256, true;
end
$$;

-- What proves the copies of a media's bytes, since when, and who found it.
create or replace function public.proofs_of(p_media_id text)
returns table (copy_in text, method text, proved_at timestamptz, proved_by text, user_id uuid)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    with proof as (
      select p.copy_in, p.method, p.proved_at, p.events
      from public.post_media m
      join public.media_blobs b on b.sha256 = m.sha256
      cross join lateral (values
        ('cache', 'local_hash', case when m.local_file_path is not null then b.verified_at end,
          array['media_verified', 'media_downloaded', 'media_recalled', 'media_shared']),
        ('archive', 'server_checksum',
          case when b.proof = 'archived' then greatest(b.archived_at, b.archive_checked_at) end,
          array['media_archived', 'archive_verified']),
        ('archive', 'read_back',
          case when b.proof = 'read_back' then coalesce(b.read_back_at, b.archived_at) end,
          array['media_archived', 'archive_verified'])
      ) p(copy_in, method, proved_at, events)
      where m.media_id = p_media_id and m.workspace_id = any (_workspaces) and p.proved_at is not null
    )
    select p.copy_in, p.method, p.proved_at, e.actor, e.user_id
    from proof p
    left join lateral (
      select e.actor, e.user_id
      from public.media_events e
      where e.media_id = p_media_id and e.event = any (p.events)
        and (e.event <> 'archive_verified' or e.details ->> 'method' = p.method)
      order by e.id desc
      limit 1
    ) e on true
    order by p.proved_at;
end
$$;

-- Takes the copies whose proof is oldest, to be proven again: cached files to be hashed, archived copies to be
-- read, and, where the day's bytes are used up, archived copies whose checksum the store tells for nothing.
-- Whoever takes them and dies leaves them to others after an hour. What exceeds the day by its last copy is
-- taken all the same, or a large one would never be.
create or replace function public.take_fixity(
  p_daily_bytes bigint, p_days integer, p_head_is_free boolean default true, p_spent bigint default 0,
  p_limit integer default 16
) returns table (
  copy_in text, method text, sha256 text, md5_sum text, byte_size bigint, mime_type text, local_file_path text,
  archive_url text, proof text, archived_at timestamptz, verified_at timestamptz, media_id text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _most_seen constant integer := 1000;
  _due timestamptz := now() - make_interval(days => p_days);
  _today date := (now() at time zone 'UTC')::date;
  _left bigint;
  _taken integer := 0;
  _item record;
  _local_path text;
  _first_media text;
begin
  perform private.require_service();
  perform pg_advisory_xact_lock(hashtextextended('social_tui.fixity', 0));
  insert into private.fixity_days as d (day, byte_size) values (_today, p_spent)
  on conflict (day) do update set byte_size = d.byte_size + excluded.byte_size
  returning p_daily_bytes - d.byte_size into _left;
  delete from private.fixity_days d where d.day < _today - 31;
  for _item in
    select due.copy_in, b.*
    from (
      (select 'cache' as copy_in, b.sha256,
          coalesce(greatest(b.verified_at, b.fixity_cache_at), '-infinity'::timestamptz) as due_at
        from public.media_blobs b
        where coalesce(greatest(b.verified_at, b.fixity_cache_at), '-infinity'::timestamptz) < _due
        order by 3 limit _most_seen)
      union all
      (select 'archive', b.sha256,
          coalesce(greatest(b.archived_at, b.archive_checked_at, b.fixity_archive_at), '-infinity'::timestamptz)
        from public.media_blobs b
        where b.archive_url is not null
          and coalesce(greatest(b.archived_at, b.archive_checked_at, b.fixity_archive_at),
            '-infinity'::timestamptz) < _due
        order by 3 limit _most_seen)
    ) due
    join public.media_blobs b on b.sha256 = due.sha256
    order by due.due_at, b.sha256, due.copy_in
  loop
    exit when _taken = least(p_limit, 500);
    select min(m.local_file_path), min(m.media_id) into _local_path, _first_media
    from public.post_media m
    where m.sha256 = _item.sha256;
    if _first_media is null or (_item.copy_in = 'cache' and _local_path is null) then
      -- There is no such file: it is not looked at again for as long as one that was proven.
      update public.media_blobs b
      set fixity_cache_at = case _item.copy_in when 'cache' then now() else b.fixity_cache_at end,
        fixity_archive_at = case _item.copy_in when 'cache' then b.fixity_archive_at else now() end
      where b.sha256 = _item.sha256;
      continue;
    end if;
    continue when _left <= 0 and not (_item.copy_in = 'archive' and p_head_is_free);
    update public.media_blobs b
    set fixity_cache_at =
        case _item.copy_in when 'cache' then _due + interval '1 hour' else b.fixity_cache_at end,
      fixity_archive_at =
        case _item.copy_in when 'cache' then b.fixity_archive_at else _due + interval '1 hour' end
    where b.sha256 = _item.sha256;
    _taken := _taken + 1;
    return query select _item.copy_in,
      case when _item.copy_in = 'cache' then 'local_hash' when _left > 0 then 'read_back'
        else 'server_checksum' end,
      _item.sha256, _item.md5_sum, _item.byte_size, _item.mime_type, _local_path, _item.archive_url,
      _item.proof, _item.archived_at, _item.verified_at, _first_media;
    if _left > 0 then
      _left := _left - _item.byte_size;
      update private.fixity_days d set byte_size = d.byte_size + _item.byte_size where d.day = _today;
    end if;
  end loop;
end
$$;

revoke all on function public.proofs_of from public, anon;
grant execute on function public.proofs_of to authenticated, service_role;

revoke all on function public.archived_blobs, public.archive_addresses, public.record_archive_checks,
  public.lose_archived, public.take_fixity from public, anon, authenticated;
grant execute on function public.archived_blobs, public.archive_addresses, public.record_archive_checks,
  public.lose_archived, public.take_fixity to service_role;
