-- Where posts and media came from and what happened to them, many at once: what evidence bags tell of them.

-- The imports that told of some posts, those of each post oldest first.
create or replace function public.imports_of_posts(p_post_ids text[])
returns table (post_id text, imports json)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select d.post_id, json_agg(json_build_object(
        'run_id', d.run_id, 'downloaded_at', d.downloaded_at, 'source_file_path', d.source_file_path,
        'content_hash', d.content_hash, 'reactions', d.total_reactions, 'comments', d.comments,
        'reposts', d.reposts, 'views', d.views)
      order by d.downloaded_at, d.download_id)
    from public.data_downloads d
    where d.post_id = any (p_post_ids) and d.workspace_id = any (_workspaces)
    group by d.post_id;
end
$$;

-- The audit log of some media, a page at a time; events of media that are gone are still there.
create or replace function public.events_of_media(
  p_media_ids text[], p_after bigint default null, p_limit integer default 500
) returns table (
  id bigint, at timestamptz, event text, actor text, user_id uuid, media_id text, post_id text, sha256 text,
  job_id bigint, correlation_id text, details jsonb)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select e.id, e.at, e.event, e.actor, e.user_id, e.media_id, e.post_id, e.sha256, e.job_id,
      e.correlation_id, e.details
    from public.media_events e
    where e.media_id = any (p_media_ids) and e.workspace_id = any (_workspaces)
      and e.id > coalesce(p_after, 0)
    order by e.id
    limit private.page_size(p_limit);
end
$$;

-- What the ledger holds of some bytes: each question that was asked of them, with its answers.
create or replace function public.analyses_of_bytes(p_sha256 text[])
returns table (sha256 text, analyses json)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select a.sha256, json_agg(to_json(a) order by a.created_at, a.analysis_id)
    from public.ai_analyses a
    where a.sha256 = any (p_sha256) and exists (
      select from public.post_media m where m.sha256 = a.sha256 and m.workspace_id = any (_workspaces))
    group by a.sha256;
end
$$;

revoke all on function public.imports_of_posts, public.events_of_media, public.analyses_of_bytes
  from public, anon;
grant execute on function public.imports_of_posts, public.events_of_media, public.analyses_of_bytes
  to authenticated, service_role;
