-- Pictures: where the gallery can be entered, and which pictures are the same or look alike.

-- The key before some positions of the gallery, each behind the last media of a post: about one for every
-- p_every media. Of very many, only every second, third … is given, so that they are one page too.
create or replace function public.gallery_anchors(
  p_filter jsonb default '{}', p_sort text default 'newest', p_every integer default 1000
) returns table ("position" bigint, key jsonb)
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
set work_mem = '64MB' set max_parallel_workers_per_gather = 0 as $$
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query execute format($statement$
    with places as materialized (
      select o.position, %s || '{"media": [2147483647, 2147483647]}' as key
      from (
        select p.%s, p.media_total, sum(p.media_total) over (order by %s) as position
        from public.posts p where p.workspace_id = any ($1) and p.media_total > 0 and %s
      ) o
      join lateral (select o.*) p on true
      where o.position / $2 <> (o.position - o.media_total) / $2
    ),
    counted as (
      select l.*, row_number() over (order by l.position) as place, count(*) over () as total from places l
    )
    select c.position, c.key from counted c
    where c.place %% ((c.total + 499) / 500) = 0
    order by c.position
  $statement$,
    private.key_sql(p_sort), array_to_string(private.sort_columns(p_sort), ', p.'),
    private.order_sql('p', p_sort, false), private.filter_sql(p_filter))
  using _workspaces, greatest(coalesce(p_every, 1000), 1);
end
$$;

-- Says what the bytes look like; the first to say so is believed. Whoever looks at them may draw the small
-- picture that tells it, but of those who may only read it is not taken.
create or replace function public.record_phash(p_sha256 text, p_phash bigint)
returns table (sha256 text, phash bigint)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  update public.media_blobs b set phash = p_phash
  where b.sha256 = p_sha256 and b.phash is null and exists (
    select from public.post_media m
    where m.sha256 = p_sha256 and m.workspace_id = any (private.editable_workspaces()));
  return query
    select b.sha256, b.phash from public.media_blobs b
    where b.sha256 = p_sha256 and exists (
      select from public.post_media m where m.sha256 = p_sha256 and m.workspace_id = any (_workspaces));
end
$$;

-- Looks that differ in at most 10 of 64 bits differ in at most 2 of some 16. So the four indexes on 16 bits
-- each are asked for all 137 values that near, and nothing is missed; of two million looks that takes some
-- 30 ms, a look at each of them a second.
create index idx_media_blobs_phash_0 on public.media_blobs ((phash & 65535), phash) where phash is not null;
create index idx_media_blobs_phash_1 on public.media_blobs ((phash >> 16 & 65535), phash)
  where phash is not null;
create index idx_media_blobs_phash_2 on public.media_blobs ((phash >> 32 & 65535), phash)
  where phash is not null;
create index idx_media_blobs_phash_3 on public.media_blobs ((phash >> 48 & 65535), phash)
  where phash is not null;

-- All ways to turn at most two of 16 bits over.
create view private.near_masks as
select 0::bigint as mask
union all
select 1::bigint << i from generate_series(0, 15) i
union all
select 1::bigint << i | 1::bigint << j from generate_series(0, 15) i, generate_series(0, 15) j where i < j;

-- The looks at most 10 bits away, with how many. Put together with the value, because what is not known when
-- it is planned does not reach the indexes.
create or replace function private.near_phashes(p_phash bigint)
returns table (phash bigint, distance integer)
language plpgsql stable set search_path = '' as $$
begin
  if p_phash is null then
    return;
  end if;
  return query execute (
    select string_agg(format(
      'select b.phash, bit_count((b.phash # %1$L::bigint)::bit(64))::integer from private.near_masks k'
        ' join public.media_blobs b on (b.phash%2$s & 65535) = (%1$L::bigint >> %3$s & 65535) # k.mask'
        ' where b.phash is not null and bit_count((b.phash # %1$L::bigint)::bit(64)) <= 10',
      p_phash, case when n > 0 then ' >> ' || 16 * n else '' end, 16 * n), ' union ')
    from generate_series(0, 3) n);
end
$$;

-- A media that shows the same bytes as another one, or looks alike.
create view private.similar_view as
select m.*, p.author_username, p.author_name, p.posted_at_timestamp,
  null::boolean as is_same, null::integer as distance, null::bigint as total
from private.media_view m
join public.posts p using (post_id);

-- Where else the picture of a media is, in the same workspace: of each other post the media with the same
-- bytes, else the one that looks most alike. The same come first, then the more alike; of each kind it is
-- told how many there are.
create or replace function public.similar_media(p_media_id text, p_limit integer default 50)
returns setof private.similar_view
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _media public.post_media;
  _phash bigint;
begin
  select * into _media from public.post_media m
  where m.media_id = p_media_id and m.workspace_id = any (_workspaces);
  if _media.sha256 is null then
    return;
  end if;
  select b.phash into _phash from public.media_blobs b where b.sha256 = _media.sha256;
  return query
    with alike as (
      select _media.sha256 as sha256, true as is_same, 0 as distance
      union all
      select b.sha256, false, n.distance
      from private.near_phashes(_phash) n
      join public.media_blobs b on (b.phash & 65535) = (n.phash & 65535) and b.phash = n.phash
      where b.phash is not null and b.sha256 <> _media.sha256
    ),
    places as (
      select distinct on (m.post_id) m.media_id, a.is_same, a.distance
      from alike a
      join public.post_media m using (sha256)
      where m.workspace_id = _media.workspace_id and m.post_id <> _media.post_id
      order by m.post_id, a.is_same desc, a.distance, private.role_rank(m.role), m.position
    ),
    counted as (
      select l.*, count(*) over (partition by l.is_same) as total, p.age
      from places l
      join public.post_media m using (media_id)
      join public.posts p on p.post_id = m.post_id
    ),
    first as (
      select c.*, row_number() over (partition by c.is_same order by c.distance, c.age, c.media_id) as place
      from counted c
    )
    select v.*, p.author_username, p.author_name, p.posted_at_timestamp, f.is_same, f.distance, f.total
    from first f
    join private.media_view v using (media_id)
    join public.posts p on p.post_id = v.post_id
    where f.place <= private.page_size(p_limit)
    order by f.is_same desc, f.place;
end
$$;

revoke all on function public.gallery_anchors, public.similar_media, public.record_phash from public, anon;
grant execute on function public.gallery_anchors, public.similar_media, public.record_phash
  to authenticated, service_role;
