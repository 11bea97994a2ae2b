-- Links between posts: what a post boosts, quotes, reshares or answers, where its export has the other whole.

create table public.post_links (
  post_id text not null references public.posts (post_id) on delete cascade,
  linked_post_id text not null references public.posts (post_id) on delete cascade,
  relation text not null
    constraint post_links_relation_check check (relation in ('boosted', 'quoted', 'reshared', 'replied_to')),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  created_at timestamptz not null default now(),
  primary key (post_id, linked_post_id, relation)
);

create index idx_post_links_linked on public.post_links (linked_post_id);

comment on table public.post_links is 'What a post does with another one: post_id quotes linked_post_id';

alter table public.post_links enable row level security;
revoke all on public.post_links from public, anon, authenticated;
grant all on public.post_links to service_role;
grant select on public.post_links to authenticated;
create policy service_all on public.post_links to service_role using (true) with check (true);
create policy member_read on public.post_links for select to authenticated
  using (workspace_id = any (array(select unnest(private.readable_workspaces()))));

-- Links posts, one in each place of the three lists, and returns how many links are new. Posts without an id
-- were refused, and one that is its own other is no link. Asks for no right: the caller has.
create or replace function private.link_posts(
  p_post_ids text[], p_relations text[], p_linked_post_ids text[]
) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  _new integer;
begin
  insert into public.post_links (post_id, linked_post_id, relation, workspace_id)
  select distinct p.post_id, l.linked_post_id, l.relation, p.workspace_id
  from unnest(p_post_ids, p_relations, p_linked_post_ids) l(post_id, relation, linked_post_id)
  join public.posts p using (post_id)
  where l.linked_post_id <> l.post_id
    and not exists (
      select from public.post_links o
      where (o.post_id, o.linked_post_id, o.relation) = (l.post_id, l.linked_post_id, l.relation)
    )
  order by p.post_id, l.linked_post_id, l.relation
  on conflict do nothing;  -- another import was faster
  get diagnostics _new = row_count;
  return _new;
end
$$;

-- The posts that a post is linked with: those that it boosts, quotes, reshares or answers ("to"), and those
-- that do so with it ("from"); of each relation the newest 20, with how many there are.
create or replace function private.links_of(p_post_id text, p_workspace uuid)
returns table (direction text, relation text, total bigint, post_id text, platform text, urn text,
  posted_at_timestamp bigint, author_username text, author_name text, text_content text, url text)
language sql stable set search_path = '' as $$
  select n.direction, n.relation, n.total, q.post_id, coalesce(q.platform, 'linkedin'), q.urn,
    q.posted_at_timestamp, q.author_username, q.author_name, left(coalesce(q.text_content, ''), 500), q.url
  from (
    select l.direction, l.relation, l.other,
      count(*) over (partition by l.direction, l.relation) as total,
      row_number() over (partition by l.direction, l.relation order by o.age, o.post_id) as place
    from (
      select 'to' as direction, t.relation, t.linked_post_id as other
      from public.post_links t where t.post_id = p_post_id
      union all
      select 'from', f.relation, f.post_id
      from public.post_links f where f.linked_post_id = p_post_id
    ) l
    join public.posts o on o.post_id = l.other
    where o.workspace_id = p_workspace
  ) n
  join public.posts q on q.post_id = n.other
  where n.place <= 20
  order by n.direction desc, n.relation, n.place
$$;
