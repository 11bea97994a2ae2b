-- What files say of how they were made, read once from the bytes.

-- Bytes in the cache that nobody looked into, and with p_again those that could not be, or whose manifest not.
create or replace function public.blobs_without_marks(
  p_again boolean default false, p_after text default null, p_limit integer default 500
) returns table (sha256 text, mime_type text, media_id text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    select b.sha256, b.mime_type, m.media_id
    from public.media_blobs b
    cross join lateral (
      select min(m.media_id) as media_id from public.post_media m
      where m.sha256 = b.sha256 and m.local_file_path is not null
    ) m
    where (b.marks is null
        or (p_again and (b.marks @> '{"c2pa": {"signature": "unread"}}' or b.marks ? 'error')))
      and (p_after is null or b.sha256 > p_after) and m.media_id is not null
    order by b.sha256
    limit private.page_size(p_limit);
end
$$;

-- Keeps what a file says. That it says something is an event of each of its media.
create or replace function public.record_marks(p_sha256 text, p_marks jsonb, p_actor text default 'worker')
returns table (sha256 text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  update public.media_blobs b set marks = p_marks where b.sha256 = p_sha256 and b.marks is distinct from p_marks;
  if found and p_marks <> '{}' then
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
    select 'marks_read', p_actor, m.media_id, m.post_id, m.sha256, m.media_id, p_marks, m.workspace_id
    from public.post_media m
    where m.sha256 = p_sha256
    order by m.media_id;
  end if;
  return query select p_sha256;
end
$$;

revoke all on function public.blobs_without_marks, public.record_marks from public, anon, authenticated;
grant execute on function public.blobs_without_marks, public.record_marks to service_role;
