-- Archived bytes for who has no credentials for the archive: a member asks, a worker that has some answers, sealed to
-- a key that was made for this one question. No link and no address of the archive stands here in the clear.

-- A question and its answer live a minute at most, under the key that was made for them. Unlogged, so that no
-- replica and no base backup has them.
create unlogged table private.link_requests (
  public_key text primary key,
  sha256 text not null,
  wants text not null constraint link_requests_wants_check check (wants in ('link', 'address')),
  requested_by uuid default auth.uid(),
  expires_at timestamptz not null default now() + interval '1 minute',
  claimed_at timestamptz,
  sealed text,
  refusal text
);

-- Asks for a link to the archived bytes of a media, or for their address in the bucket for who has credentials for it.
create or replace function public.request_link(
  p_media_id text, p_sha256 text, p_wants text, p_public_key text, p_actor text default 'app'
) returns table (expires_at timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _media public.post_media;
  _address text;
begin
  if p_wants is null or p_wants not in ('link', 'address')
    or p_public_key is null or p_public_key !~ '^[0-9a-f]{64}$'
  then
    raise exception using errcode = '22023', message = 'This is no question for a link.';
  end if;
  select * into _media from public.post_media m
  where m.media_id = p_media_id and m.sha256 = p_sha256 and m.workspace_id = any (_workspaces);
  if found then
    select b.archive_url into _address from public.media_blobs b where b.sha256 = p_sha256;
  end if;
  if _address is null then
    raise exception using errcode = 'P0002', message = 'There is no archived copy of these bytes.';
  elsif not starts_with(_address, 's3://') then
    raise exception using errcode = '55000',
      message = 'The archived copy lies in a folder of another machine, to which no link can lead.',
      hint = 'Archive into a bucket that all reach.';
  end if;
  delete from private.link_requests r where r.expires_at < now();
  if (select count(*) from private.link_requests r where r.requested_by is not distinct from auth.uid()) >= 64 then
    raise exception using errcode = '54000', message = 'Too many links are asked for at once.',
      hint = 'Try again in a minute.';
  end if;
  perform private.append_event(_media, 'archive_link_requested', p_actor, jsonb_build_object('wants', p_wants));
  return query
    insert into private.link_requests as r (public_key, sha256, wants) values (p_public_key, p_sha256, p_wants)
    -- Asked again, as when an answer of the network was lost.
    on conflict (public_key) do update set expires_at = r.expires_at
    returning r.expires_at;
end
$$;

-- Gives the answer to who asked, as long as they may see the bytes, and forgets it; no row when there is none any more.
create or replace function public.take_link(p_public_key text)
returns table (state text, sealed text, refusal text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _request private.link_requests;
begin
  select * into _request from private.link_requests r
  where r.public_key = p_public_key and r.requested_by is not distinct from auth.uid() and r.expires_at > now()
    and exists (
      select from public.post_media m where m.sha256 = r.sha256 and m.workspace_id = any (_workspaces));
  if found and _request.sealed is null and _request.refusal is null then
    return query select 'waiting', null::text, null::text;
  elsif found then
    return query
      delete from private.link_requests r where r.public_key = p_public_key
      returning case when r.sealed is null then 'refused' else 'answered' end, r.sealed, r.refusal;
  end if;
end
$$;

-- Gives a worker what is asked of its bucket; what another took and did not answer in ten seconds is given again.
create or replace function public.claim_links(p_bucket text, p_limit integer default 50)
returns table (public_key text, sha256 text, wants text, archive_url text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  delete from private.link_requests r where r.expires_at < now();
  return query
    with open as (
      select q.public_key, b.archive_url
      from private.link_requests q join public.media_blobs b on b.sha256 = q.sha256
      where q.sealed is null and q.refusal is null
        and (q.claimed_at is null or q.claimed_at < now() - interval '10 seconds')
        and starts_with(b.archive_url, 's3://' || p_bucket || '/')
      order by q.expires_at
      limit private.page_size(p_limit)
      for update of q skip locked
    )
    update private.link_requests r set claimed_at = now()
    from open o
    where r.public_key = o.public_key
    returning r.public_key, r.sha256, r.wants, o.archive_url;
end
$$;

create or replace function public.answer_link(p_public_key text, p_sealed text, p_refusal text default null)
returns table (public_key text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    update private.link_requests r set sealed = p_sealed, refusal = p_refusal
    where r.public_key = p_public_key and r.sealed is null and r.refusal is null
    returning r.public_key;
end
$$;

revoke all on function public.request_link, public.take_link, public.claim_links, public.answer_link
  from public, anon, authenticated;
grant execute on function public.request_link, public.take_link to authenticated, service_role;
grant execute on function public.claim_links, public.answer_link to service_role;
