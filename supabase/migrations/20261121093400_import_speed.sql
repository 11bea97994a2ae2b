-- New posts are not looked up again after they were added, and words are learned in fewer steps.

alter type private.post_to_store add attribute new_id text;

drop function private.place_posts(private.post_to_store[], text[], uuid[]);

create or replace function private.add_posts(p_posts private.post_to_store[], p_workspace uuid)
returns text[]
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  _added text[];
begin
  with added as (
    insert into public.posts (
      post_id, platform, urn, full_urn, posted_at_timestamp, author_username, author_name, text_content,
      post_type, url, reactions, comments, reposts, views, raw_json, workspace_id, owner_user_id,
      media_total, media_failed, media_facts, link_dies_at, content_hash, is_partial, search)
    select n.new_id, n.platform, n.urn, n.full_urn, n.posted_at_timestamp,
      n.author_username, n.author_name, n.text_content, n.post_type, n.url, n.reactions, n.comments,
      n.reposts, n.views, n.raw_json, p_workspace, auth.uid(), c.total, c.failed, c.facts, c.dies,
      n.content_hash, n.inside is not null,
      private.own_words(n.author_name, n.author_username, n.text_content)
    from unnest(p_posts) n
    cross join lateral (
      select count(*) as total, count(*) filter (where m.url is null) as failed,
        coalesce(bit_or(case
          when m.url is null then private.media_bits(m.media_type, 'failed', 'auth', false, false)
          else private.media_bits(m.media_type, 'pending', null, false, false)
        end), 0) as facts,
        min(m.url_expires_at) as dies
      from jsonb_to_recordset(n.media) m(media_type text, url text, url_expires_at timestamptz)
    ) c
    where not exists (select from public.posts p where (p.urn, p.platform) = (n.urn, n.platform))
    order by n.urn, n.platform
    on conflict (urn, platform) do nothing  -- another import was faster
    returning post_id
  )
  select coalesce(array_agg(a.post_id), '{}') into _added from added a;
  return _added;
end
$$;

create or replace function private.place_posts(
  p_posts private.post_to_store[], p_editable uuid[]
) returns private.post_in_place[]
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  -- By id, so that two imports of the same posts wait for each other instead of for ever.
  perform from public.posts p
  where (p.urn, p.platform) in (select n.urn, n.platform from unnest(p_posts) n)
  order by p.post_id
  for no key update;
  if exists (
    select from public.posts p
    join unnest(p_posts) n using (urn, platform)
    where not p.workspace_id = any (p_editable)
  ) then
    raise exception using errcode = '42501',
      message = 'The post is in a workspace that you may not change.';
  end if;
  return array(
    select (n.ordinal, p.post_id, p.workspace_id, false, k.is_known, k.is_held,
      case
        when n.inside is not null then false
        else p.is_partial or k.is_held or not (k.is_known or private.has_older_links(p.post_id, n.media))
      end)::private.post_in_place
    from unnest(p_posts) n
    join public.posts p using (urn, platform)
    cross join lateral (
      select exists (
          select from public.data_downloads d
          where d.post_id = p.post_id and d.content_hash = n.content_hash
        ) as is_known,
        coalesce(coalesce(p.content_hash, private.content_hash(p.raw_json)) = n.content_hash, false) as is_held
    ) k
  );
end
$$;

create or replace function private.store_posts(
  p_run_id text, p_items jsonb, p_editable uuid[], p_workspace uuid
) returns table (ordinal integer, post_id text, result text, media jsonb)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  _posts private.post_to_store[];
  _places private.post_in_place[];
  _new text[];
  _changed text[] := '{}';
begin
  _posts := array(
    select (n.ordinality, n.platform, n.urn, n.full_urn, n.posted_at_timestamp, n.author_username,
      n.author_name, n.text_content, left(n.post_type, 200), n.url, n.reactions, n.comments, n.reposts, n.views,
      n.stats, n.media, n.raw_json, n.source_file_path, n.inside,
      private.content_hash(n.raw_json), private.generate_aws_id('p'))::private.post_to_store
    from jsonb_populate_recordset(null::private.post_to_store, p_items) with ordinality n
  );
  if exists (
    select from unnest(_posts) n
    where coalesce(n.urn, '') = '' or coalesce(n.platform, '') = '' or n.raw_json is null
  ) then
    raise exception using errcode = '22023', message = 'The post has no id, platform or raw JSON.';
  end if;
  if exists (select from unnest(_posts) n group by n.urn, n.platform having count(*) > 1) then
    raise exception using errcode = '22023', message = 'An id comes twice.';
  end if;

  _new := private.add_posts(_posts, p_workspace);
  _places := array(
    select (n.ordinal, n.new_id, p_workspace, true, false, true, true)::private.post_in_place
    from unnest(_posts) n
    where n.new_id = any (_new));
  if cardinality(_new) < cardinality(_posts) then
    _places := _places || private.place_posts(
      array(select n from unnest(_posts) n where n.new_id <> all (_new)), p_editable);
    _changed := private.update_posts(_posts, _places);
  end if;

  insert into public.data_downloads (download_id, post_id, run_id, downloaded_at, total_reactions,
    comments, reposts, views, stats_json, raw_json, source_file_path, workspace_id, content_hash)
  select private.generate_aws_id('dl'), l.post_id, p_run_id, clock_timestamp(),
    case when n.inside is null and n.reactions is not null then least(n.reactions, 2147483647) end,
    case when n.inside is null then n.comments end, case when n.inside is null then n.reposts end,
    case when n.inside is null then n.views end, n.stats::text, case when not l.is_newest then n.raw_json end, n.source_file_path,
    l.workspace_id, n.content_hash
  from unnest(_places) l
  join unnest(_posts) n using (ordinal)
  where not l.is_known and (l.is_new or n.inside is null);

  return query
    with stored as (
      select m.post_id,
        bool_or(m.is_changed) as has_changed,
        jsonb_agg(jsonb_build_object('media_id', m.media_id, 'role', m.role, 'position', m.position,
          'result', m.result, 'dies_at', m.dies_at) order by m.ordinal) as media
      from private.store_media(array(
        select r
        from unnest(_places) l
        join unnest(_posts) n using (ordinal)
        cross join lateral private.references_of(l.post_id, l.workspace_id, l.is_newest, n.media) r
      ), 'import', _new) m
      group by m.post_id
    )
    select l.ordinal, l.post_id,
      case
        when l.is_new then 'new'
        when l.post_id = any (_changed) or s.has_changed then 'updated'
        else 'unchanged'
      end,
      coalesce(s.media, '[]')
    from unnest(_places) l
    left join stored s using (post_id);
end
$$;

create or replace function private.grams(p_word text) returns text[]
language plpgsql immutable parallel safe set search_path = '' as $$
declare
  _grams text[];
begin
  for i in 1 .. length(p_word) - 1 loop
    _grams := _grams || substr(p_word, i, 2) || substr(p_word, i, 3);
  end loop;
  return _grams;
end
$$;

create or replace function private.learn_words(p_words text[]) returns void
language sql volatile set search_path = '' set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off as $$
  insert into private.search_words (word)
  select distinct left(w.word, 120)
  from unnest(p_words) w(word)
  where length(w.word) >= 2
    and not exists (select from private.search_words s where s.word = left(w.word, 120))
$$;

revoke execute on all functions in schema private from public;
