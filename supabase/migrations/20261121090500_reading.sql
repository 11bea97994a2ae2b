-- What the screens and scripts read: posts, the change feed and the figures.

create view private.post_view as
select
  p.post_id, p.urn, coalesce(p.platform, 'linkedin') as platform, p.posted_at_timestamp,
  p.author_username, p.author_name, coalesce(p.text_content, '') as text_content, p.post_type, p.url,
  p.reactions, p.comments, p.reposts,
  coalesce(p.is_read, false) as is_read, coalesce(p.is_marked, false) as is_marked,
  p.media_total, p.media_ready, p.media_failed, p.media_archived, p.media_analyzed
from public.posts p;

-- A line of the list: the key says where it stands there.
create view private.post_line as select v.*, null::jsonb as key from private.post_view v;

-- One post whole, with its media in its order.
create view private.post_detail as
select
  v.*, p.full_urn, p.raw_json, p.first_seen_at, p.created_at, p.updated_at, (
    select coalesce(json_agg(m order by private.role_rank(m.role), m.position), '[]')
    from private.media_view m
    where m.post_id = p.post_id
  ) as media
from public.posts p
join private.post_view v using (post_id);

-- Reads a search as people write it: words, "phrases", or, -without. The last word counts with whatever it
-- begins, so that results come while it is typed; not when it is to be left out, or a quote has ended it.
-- Of a word with several parts (a-b) each part counts so. Only what websearch_to_tsquery wrote itself is
-- read as a query again.
create or replace function private.search_query(p_query text) returns tsquery
language sql immutable parallel safe set search_path = '' as $$
  select case
    when w.last <> '' and right(w.whole, length(w.last)) = w.last
      and right(w.whole, length(w.last) + 1) not like '!%'
    then (left(w.whole, -length(w.last))
      || regexp_replace(w.last, $re$('(?:[^']|'')*')$re$, '\1:*', 'g'))::tsquery
    else w.whole::tsquery
  end
  from (
    select websearch_to_tsquery('simple', p_query)::text as whole,
      phraseto_tsquery('simple', coalesce(substring(p_query from '[^\s"]+$'), ''))::text as last
  ) w
$$;

-- A page of the list after a key, or before it when going backward; then, without a key, the last page. Pages
-- of the file are mostly in memory, so that one anywhere is not four times as dear as the next one.
create or replace function public.list_posts(
  p_filter jsonb default '{}', p_sort text default 'newest', p_after jsonb default null,
  p_backward boolean default false, p_offset integer default 0, p_limit integer default 200
) returns setof private.post_line
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1 as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query execute format('select v.*, n.key from (%s) n join private.post_view v using (post_id) order by %s',
    private.page_sql(p_filter, p_sort, p_after, p_backward), private.order_sql('n', p_sort, false))
  using _workspaces, greatest(coalesce(p_offset, 0), 0), private.page_size(p_limit);
end
$$;

-- The same pages, each post whole.
create or replace function public.export_posts(
  p_filter jsonb default '{}', p_sort text default 'newest', p_after jsonb default null,
  p_limit integer default 100
) returns table (post json, key jsonb)
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query execute format(
    'select to_json(v), n.key from (%s) n join private.post_detail v using (post_id) order by %s',
    private.page_sql(p_filter, p_sort, p_after, false), private.order_sql('n', p_sort, false))
  using _workspaces, 0, private.page_size(p_limit);
end
$$;

create or replace function public.get_post(p_post_id text) returns setof private.post_detail
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select v.* from private.post_detail v
    join public.posts p using (post_id)
    where p.post_id = p_post_id and p.workspace_id = any (_workspaces);
end
$$;

-- The change feed, by transaction and id. A transaction's events are listed once every transaction that
-- began before it is over: what commits late is never behind a position that somebody has passed.
create or replace function public.changes_after(p_seq text default null, p_limit integer default 500)
returns table (seq text, event text, media_id text, post_id text, at timestamptz)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _txid xid8 := coalesce(split_part(p_seq, '.', 1), '0')::xid8;
  _id bigint := coalesce(split_part(p_seq, '.', 2), '0')::bigint;
begin
  return query
    select e.txid::text || '.' || e.id::text, e.event, e.media_id, e.post_id, e.at
    from unnest(_workspaces) w
    cross join lateral (
      select *
      from public.media_events e
      where e.workspace_id = w
        and (e.txid, e.id) > (_txid, _id)
        and e.txid < pg_snapshot_xmin(pg_current_snapshot())
      order by e.txid, e.id
      limit private.page_size(p_limit)
    ) e
    order by e.txid, e.id
    limit private.page_size(p_limit);
end
$$;

create or replace function public.latest_change() returns table (seq text, at timestamptz)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select e.txid::text || '.' || e.id::text, e.at
    from unnest(_workspaces) w
    cross join lateral (
      select e.txid, e.id, e.at
      from public.media_events e
      where e.workspace_id = w and e.txid < pg_snapshot_xmin(pg_current_snapshot())
      order by e.txid desc, e.id desc
      limit 1
    ) e
    order by e.txid desc, e.id desc
    limit 1;
end
$$;

-- What each analysis cost, and for whom: the author of the first post that shows those bytes.
create or replace function private.analyses_by_profile(p_workspaces uuid[])
returns table (author_username text, media bigint, analyses bigint, tokens bigint, cost_microdollars bigint)
language sql stable set search_path = '' as $$
  select f.author_username, sum(f.media)::bigint, count(*),
    sum(coalesce(a.input_tokens, 0) + coalesce(a.output_tokens, 0))::bigint,
    sum(coalesce(a.cost_microdollars, 0))::bigint
  from public.ai_analyses a
  cross join lateral (
    select (array_agg(p.author_username order by m.created_at, m.media_id))[1] as author_username,
      count(*) as media
    from public.post_media m
    left join public.posts p using (post_id)
    where m.sha256 = a.sha256 and m.workspace_id = any (p_workspaces)
    having count(*) > 0
  ) f
  group by f.author_username
$$;

create or replace function public.read_statistics() returns table (
  posts bigint, media bigint, blobs bigint, download_success_rate double precision,
  cache_hit_rate double precision, mean_download_ms double precision, local_bytes bigint,
  archived_bytes bigint, queue_depth jsonb, queues_paused jsonb, media_by_status jsonb, failures_by_outcome jsonb,
  analyses_by_status jsonb, ai_tokens bigint, ai_cost_microdollars bigint, ai_by_profile jsonb)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
  with media_rows as (
    select m.download_status, m.outcome, coalesce(m.ai_analysis_status, 'not_started') as analysis, count(*) as n
    from public.post_media m
    where m.workspace_id = any (_workspaces)
    group by 1, 2, 3
  ),
  bytes as (
    select b.byte_size, b.proof, f.is_local
    from (
      select m.sha256, bool_or(m.local_file_path is not null) as is_local
      from public.post_media m
      where m.sha256 is not null and m.workspace_id = any (_workspaces)
      group by m.sha256
    ) f
    join public.media_blobs b using (sha256)
  ),
  happened as (
    select
      avg((e.details ->> 'elapsed_ms')::double precision) filter (where e.event = 'media_downloaded') as mean_ms,
      count(*) filter (where e.event = 'media_accessed') as accesses,
      count(*) filter (where e.event = 'media_accessed' and e.details ->> 'source' = 'cache') as hits
    from public.media_events e
    where e.event in ('media_downloaded', 'media_accessed') and e.workspace_id = any (_workspaces)
  ),
  profiles as (
    select * from private.analyses_by_profile(_workspaces)
  )
  select
    (select count(*) from public.posts p where p.workspace_id = any (_workspaces)),
    (select coalesce(sum(r.n), 0)::bigint from media_rows r),
    (select count(*) from bytes),
    (select sum(r.n) filter (where r.download_status = 'ready')
        / nullif(sum(r.n) filter (where r.download_status in ('ready', 'failed')), 0)
      from media_rows r)::double precision,
    h.hits::double precision / nullif(h.accesses, 0),
    h.mean_ms,
    (select coalesce(sum(b.byte_size) filter (where b.is_local), 0)::bigint from bytes b),
    (select coalesce(sum(b.byte_size) filter (where b.proof <> 'cached'), 0)::bigint from bytes b),
    (select coalesce(jsonb_object_agg(q.kind, q.n), '{}') from (
      select c.kind, sum(c.count) as n from public.count_jobs() c
      where c.status in ('todo', 'doing') group by c.kind) q),
    (select coalesce(jsonb_agg(l.kind), '[]') from public.list_lanes() l where l.paused_at is not null),
    (select coalesce(jsonb_object_agg(q.status, q.n), '{}') from (
      select r.download_status as status, sum(r.n) as n from media_rows r group by 1) q),
    (select coalesce(jsonb_object_agg(q.outcome, q.n), '{}') from (
      select r.outcome, sum(r.n) as n from media_rows r where r.download_status = 'failed' group by 1) q),
    (select coalesce(jsonb_object_agg(q.status, q.n), '{}') from (
      select r.analysis as status, sum(r.n) as n from media_rows r group by 1) q),
    (select coalesce(sum(p.tokens), 0)::bigint from profiles p),
    (select coalesce(sum(p.cost_microdollars), 0)::bigint from profiles p),
    (select coalesce(jsonb_agg(q order by q.cost_microdollars desc, q.tokens desc, q.author_username), '[]')
      from (select * from profiles p order by p.cost_microdollars desc, p.tokens desc, p.author_username
        limit 500) q)
  from happened h;
end
$$;

revoke all on function public.list_posts, public.export_posts, public.get_post,
  public.changes_after, public.latest_change, public.read_statistics from public, anon;
grant execute on function public.list_posts, public.export_posts, public.get_post,
  public.changes_after, public.latest_change, public.read_statistics to authenticated, service_role;
