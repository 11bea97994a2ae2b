-- How often a picture was used is counted where the posts are.

-- How often a picture, or one that looks alike, was used in the posts that a search finds: in how many posts, by how
-- many authors, and first in which; posts of an unknown day come last. No row where it was never used.
create or replace function public.picture_use(
  p_media_id text, p_query text default null, p_filter jsonb default '{}'
) returns table (
  posts bigint, authors bigint, first_post_id text, first_author text, first_posted_at bigint)
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1 set jit = off as $$
declare
  _workspaces uuid[] := private.require_reader();
  _query tsquery := private.search_query(coalesce(p_query, ''));
begin
  return query
    with used as (
      select p.*
      from private.rank_similar(p_media_id, p_filter, _workspaces, null) s
      join public.posts p using (post_id)
      where numnode(_query) = 0 or p.search @@ _query
    )
    select c.posts, c.authors, f.post_id, coalesce(nullif(f.author_name, ''), f.author_username),
      f.posted_at_timestamp
    from (
      select count(*) as posts,
        count(distinct (u.platform, coalesce(nullif(lower(u.author_username), ''), u.author_key))) as authors
      from used u
    ) c
    cross join lateral (
      select * from used u order by u.posted_at_timestamp, u.post_id limit 1
    ) f;
end
$$;

revoke all on function public.picture_use from public, anon;
grant execute on function public.picture_use to authenticated, service_role;

revoke execute on all functions in schema private from public;
