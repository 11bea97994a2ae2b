-- Media one by one and in pages, and what happened to them.

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
