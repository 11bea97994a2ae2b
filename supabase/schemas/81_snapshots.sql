-- What the exports of a post said of its engagement, import by import.

-- The newest snapshots of a post that tell a figure, the oldest of them first.
create or replace function public.list_snapshots(p_post_id text, p_limit integer default 500)
returns table (
  downloaded_at timestamptz, reactions bigint, comments bigint, reposts bigint, views bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select n.downloaded_at, n.total_reactions::bigint, n.comments, n.reposts, n.views
    from (
      select d.*
      from public.data_downloads d
      where d.post_id = p_post_id
        and d.workspace_id = any (_workspaces)
        and coalesce(d.total_reactions, d.comments, d.reposts, d.views) is not null
      order by d.downloaded_at desc, d.download_id desc
      limit private.page_size(p_limit)
    ) n
    order by n.downloaded_at, n.download_id;
end
$$;

revoke all on function public.list_snapshots from public, anon;
grant execute on function public.list_snapshots to authenticated, service_role;
