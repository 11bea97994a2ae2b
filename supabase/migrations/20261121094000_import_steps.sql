-- A new post is stored in fewer steps, and on few pages of the indexes.

drop function private.store_media(private.media_to_store[], text, text[]);

create or replace function private.generate_aws_id(p_prefix text) returns text
language sql volatile as $$
  select p_prefix || '-' || lpad(to_hex(date_part('epoch', clock_timestamp())::bigint & 1048575), 5, '0')
    || lpad(to_hex((random() * 281474976710655)::bigint), 12, '0')
$$;

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

create or replace function private.store_media(
  p_media private.media_to_store[], p_new private.media_to_store[], p_actor text
)
returns table (
  ordinal bigint, post_id text, media_id text, role text, "position" integer, result text,
  is_changed boolean, dies_at timestamptz)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  _media private.media_to_store[] := p_media;
  _missing private.media_to_store[] := p_new;
  _added private.media_to_store[];
  _changed text[];
  _revived text[];
begin
  if _media <> '{}' then
    perform private.adopt_media(_media);
    _media := array(select m from private.match_media(_media) m);
    perform private.rearrange_media(_media);
    select coalesce(array_agg(f.media_id), '{}'),
      coalesce(array_agg(f.media_id) filter (where f.is_revived), '{}')
    into _changed, _revived
    from private.refresh_media(_media, p_actor) f;
    _changed := _changed || private.add_stated_hashes(_media);
    _missing := _missing || array(select m from unnest(_media) m where m.media_id is null);
  end if;
  _added := array(select a from private.add_media(_missing, p_actor) a);
  return query
    select s.ordinal, s.post_id, s.media_id, s.role, s.position, s.result,
      s.result <> 'held' or s.media_id = any (_changed), d.dies_at
    from (
      select h.ordinal, h.post_id, h.media_id, h.role, h.position,
        case when h.media_id = any (_revived) then 'revived' else 'held' end as result
      from unnest(_media) h
      where h.media_id is not null
      union all
      select a.ordinal, a.post_id, a.media_id, a.role, a.position, 'new'
      from unnest(_added) a
    ) s
    join private.link_deaths d using (media_id);
end
$$;

create or replace function public.import_media(p_post_id text, p_media jsonb, p_actor text default 'import')
returns table (media_id text, role text, "position" integer, result text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
  _post public.posts;
begin
  select * into _post from public.posts p
  where p.post_id = p_post_id and p.workspace_id = any (_editable)
  for no key update;
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no post %L.', p_post_id);
  end if;
  return query
    select s.media_id, s.role, s.position, s.result
    from private.store_media(array(
      select r from private.references_of(_post.post_id, _post.workspace_id, true, p_media) r
    ), '{}', p_actor) s
    order by s.ordinal;
end
$$;

create or replace function private.references_in(
  p_posts private.post_to_store[], p_places private.post_in_place[], p_is_new boolean
) returns private.media_to_store[]
language sql stable set search_path = '' as $$
  select array(
    select r
    from unnest(p_places) l
    join unnest(p_posts) n using (ordinal)
    cross join lateral private.references_of(l.post_id, l.workspace_id, l.is_newest, n.media) r
    where l.is_new = p_is_new)
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
  _is_all_new boolean;
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
  _is_all_new := cardinality(_new) = cardinality(_posts);
  _places := array(
    select (n.ordinal, n.new_id, p_workspace, true, false, true, true)::private.post_in_place
    from unnest(_posts) n
    where _is_all_new or n.new_id = any (_new));
  if not _is_all_new then
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
      from private.store_media(
        private.references_in(_posts, _places, false), private.references_in(_posts, _places, true), 'import') m
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

revoke execute on all functions in schema private from public;
