-- What a post knows of its media: counts, and which facts are true of some of them. Triggers keep both.
--
-- Locks are taken in one order everywhere, so that nobody waits for whom is waiting for them: posts (by id),
-- then bytes, then media. Whoever changes media locks their posts first, because the triggers will.

-- The bit of a media type, a state or an outcome. That a media is being downloaded has none: the beginning of a
-- download would write the post and all its indexes.
create or replace function private.fact_bit(p_word text) returns integer
language sql immutable as $$
  select case p_word
    when 'image' then 1 when 'video' then 2 when 'audio' then 4 when 'document' then 8
    when 'pending' then 16 when 'ready' then 64 when 'failed' then 128
    when 'ok' then 256 when 'expired' then 512 when 'deleted' then 1024 when 'auth' then 2048
    when 'rate_limited' then 4096 when 'blocked' then 8192 when 'too_large' then 16384
    when 'not_media' then 32768 when 'network' then 65536
  end
$$;

-- The facts of one media as bits; those of a post are the bits of all its media together. Few combinations
-- occur in a library, so "has a video" is one of a short list of values, which an index finds and whose
-- frequency the planner knows. What is being downloaded counts as pending. Without a search_path of its own, so
-- that it is inlined.
create or replace function private.media_bits(
  p_type text, p_status text, p_outcome text, p_is_archived boolean, p_is_analyzed boolean
) returns integer
language sql immutable as $$
  select private.fact_bit(p_type) | private.fact_bit(replace(p_status, 'downloading', 'pending'))
    | coalesce(private.fact_bit(p_outcome), 0)
    | case when p_is_archived then 131072 else 262144 end
    | case when p_is_analyzed then 524288 else 0 end
$$;

-- Counts the media of posts anew. The posts are locked first, in the order of their ids: what another
-- transaction did to their media meanwhile is then counted too.
create or replace function private.count_media(p_post_ids text[]) returns void
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan
  -- A post has few media: to gather their places first takes longer than to read them.
  set enable_bitmapscan = off
as $$
begin
  perform from public.posts p where p.post_id = any (p_post_ids) order by p.post_id for no key update;
  update public.posts p
  set media_total = c.total, media_ready = c.ready, media_failed = c.failed, media_archived = c.archived,
    media_analyzed = c.analyzed, media_facts = c.facts, link_dies_at = c.dies
  from (
    select o.post_id,
      count(m.media_id) as total,
      count(*) filter (where m.download_status = 'ready') as ready,
      count(*) filter (where m.download_status = 'failed') as failed,
      count(*) filter (where b.proof <> 'cached') as archived,
      count(*) filter (where m.ai_analysis_status = 'completed') as analyzed,
      min(m.url_expires_at) filter (
        where m.download_status <> 'ready' and m.outcome is distinct from 'ok') as dies,
      coalesce(bit_or(private.media_bits(m.media_type, m.download_status, m.outcome,
        coalesce(b.proof <> 'cached', false), coalesce(m.ai_analysis_status = 'completed', false))), 0) as facts
    from unnest(p_post_ids) o(post_id)
    left join public.post_media m on m.post_id = o.post_id
    left join public.media_blobs b on b.sha256 = m.sha256
    group by o.post_id
  ) c
  where p.post_id = c.post_id
    and (p.media_total, p.media_ready, p.media_failed, p.media_archived, p.media_analyzed, p.media_facts,
        p.link_dies_at)
      is distinct from (c.total, c.ready, c.failed, c.archived, c.analyzed, c.facts, c.dies);
end
$$;

-- Locks the posts of media. It comes before the first change of media in a transaction.
create or replace function private.lock_posts_of(p_media_ids text[]) returns void
language sql volatile set search_path = '' as $$
  select from public.posts p
  where p.post_id = any (array(select m.post_id from public.post_media m where m.media_id = any (p_media_ids)))
  order by p.post_id
  for no key update
$$;

create or replace function private.lock_posts_with(p_sha256 text) returns void
language sql volatile set search_path = '' as $$
  select from public.posts p
  where p.post_id = any (array(select m.post_id from public.post_media m where m.sha256 = p_sha256))
  order by p.post_id
  for no key update
$$;

create or replace function private.count_added_media() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.count_media(array(select distinct n.post_id from added n where n.post_id is not null));
  return null;
end
$$;

create or replace function private.count_removed_media() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.count_media(array(select distinct o.post_id from removed o where o.post_id is not null));
  return null;
end
$$;

-- In triggers of statements what was and what is are put together by a full join. How many rows they have is
-- guessed from the first statement of a session, often of none: another join could then compare each with each.
create or replace function private.count_changed_media() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _post_ids text[] := array(
    select i.post_id
    from removed o
    full join added n using (media_id)
    cross join lateral (values (o.post_id), (n.post_id)) i(post_id)
    where (o.post_id, o.media_type, replace(o.download_status, 'downloading', 'pending'), o.outcome, o.sha256,
          o.url_expires_at, o.ai_analysis_status = 'completed')
        is distinct from
        (n.post_id, n.media_type, replace(n.download_status, 'downloading', 'pending'), n.outcome, n.sha256,
          n.url_expires_at, n.ai_analysis_status = 'completed')
      and i.post_id is not null
    group by i.post_id
  );
begin
  if _post_ids <> '{}' then
    perform private.count_media(_post_ids);
  end if;
  return null;
end
$$;

create or replace function private.count_proven_media() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _sha256 text[] := array(
    select sha256
    from removed o
    full join added n using (sha256)
    where (o.proof = 'cached') is distinct from (n.proof = 'cached')
  );
begin
  if _sha256 <> '{}' then
    perform private.count_media(array(
      select distinct m.post_id from public.post_media m where m.sha256 = any (_sha256) and m.post_id is not null));
  end if;
  return null;
end
$$;

-- Not for media of posts that were added with them, whose figures an import states at once.
create trigger post_media_count_added
  after insert on public.post_media referencing new table as added
  for each statement when (current_setting('social_tui.media_are_counted', true) is distinct from 'on')
  execute function private.count_added_media();
create trigger post_media_count_changed
  after update on public.post_media referencing old table as removed new table as added
  for each statement execute function private.count_changed_media();
create trigger post_media_count_removed
  after delete on public.post_media referencing old table as removed
  for each statement execute function private.count_removed_media();
create trigger media_blobs_count_proven
  after update on public.media_blobs referencing old table as removed new table as added
  for each statement execute function private.count_proven_media();
