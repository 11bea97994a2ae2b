-- What the exports of a post said of its engagement, import by import.

-- The newest 500 snapshots of a post that tell a figure, the oldest of them first.
create or replace function private.snapshots_of(p_post_id text)
returns table (
  downloaded_at timestamptz, reactions bigint, comments bigint, reposts bigint, views bigint)
language sql stable set search_path = '' as $$
  select n.downloaded_at, n.total_reactions, n.comments, n.reposts, n.views
  from (
    select d.*
    from public.data_downloads d
    where d.post_id = p_post_id
      and coalesce(d.total_reactions, d.comments, d.reposts, d.views) is not null
    order by d.downloaded_at desc, d.download_id desc
    limit 500
  ) n
  order by n.downloaded_at, n.download_id
$$;
