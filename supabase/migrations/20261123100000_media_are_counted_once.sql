-- What posts show is read once and counted once, and what a post says now is known without being read again.

drop function private.store_posts(text, jsonb, text[], uuid[], uuid);
drop function private.references_of(text, uuid, boolean, jsonb);
drop function private.has_older_links(text, jsonb);
alter type private.post_to_store alter attribute media set data type private.media_to_store[];
alter type private.post_in_place add attribute content_hash text;
alter type private.imported_post add attribute content_hash text;
drop trigger post_media_count_added on public.post_media;

create trigger post_media_count_added
  after insert on public.post_media referencing new table as added
  for each statement when (current_setting('social_tui.media_are_counted', true) is distinct from 'on')
  execute function private.count_added_media();

create or replace function private.references_of(
  p_post_id text, p_workspace uuid, p_is_newest boolean, p_media private.media_to_store[]
) returns setof private.media_to_store
language sql stable as $$
  select n.ordinality, p_post_id, p_workspace, p_is_newest, null, null::integer, n.role, n.position,
    n.media_type, n.url, n.width, n.height, n.alt_text, n.provider_media_id, n.source_identity,
    n.url_expires_at, n.stated_sha256
  from unnest(p_media) with ordinality n
$$;

create or replace function private.add_counted_media(p_media private.media_to_store[], p_actor text)
returns setof private.media_to_store
language sql volatile set search_path = '' set social_tui.media_are_counted = 'on' as $$
  select * from private.add_media(p_media, p_actor)
$$;

create or replace function private.store_media(
  p_media private.media_to_store[], p_new private.media_to_store[], p_actor text
)
returns table (
  ordinal bigint, post_id text, media_id text, role text, "position" integer, result text,
  is_changed boolean, dies_at timestamptz)
language plpgsql volatile set search_path = ''
  -- By the indexes, also where a plan was made when the tables were still empty.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  _media private.media_to_store[] := private.told_apart(p_media);
  _missing private.media_to_store[] := '{}';
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
    _missing := array(
      select m from private.place_media(array(select r from unnest(_media) r where r.media_id is null)) m);
  end if;
  _added := array(select a from private.add_counted_media(private.told_apart(p_new), p_actor) a);
  if _missing <> '{}' then
    _added := _added || array(select a from private.add_media(_missing, p_actor) a);
  end if;
  return query
    select h.ordinal, h.post_id, h.media_id, h.role, h.position,
      case when h.media_id = any (_revived) then 'revived' else 'held' end,
      h.media_id = any (_changed), d.dies_at
    from unnest(_media) h
    join private.link_deaths d using (media_id)
    union all
    select a.ordinal, a.post_id, a.media_id, a.role, a.position, 'new', true,
      case when e.media_id is null then a.url_expires_at end
    from unnest(_added) a
    -- As in private.link_deaths, which need not be asked about media that have no bytes yet.
    left join lateral (
      select o.media_id from public.post_media o
      where o.source_identity = a.source_identity and o.workspace_id = a.workspace_id
        and o.download_status = 'ready'
      limit 1
    ) e on a.url_expires_at is not null;
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
      select r
      from private.references_of(_post.post_id, _post.workspace_id, true,
        array(select n from jsonb_populate_recordset(null::private.media_to_store, p_media) n)) r
    ), '{}', p_actor) s
    order by s.ordinal;
end
$$;

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
      from unnest(n.media) m
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

create or replace function private.has_older_links(p_post_id text, p_media private.media_to_store[])
returns boolean
language sql stable set search_path = '' as $$
  select coalesce(bool_and(r.url_expires_at < m.url_expires_at), false)
  from unnest(p_media) r
  join public.post_media m
    on m.post_id = p_post_id and m.role = r.role and m.source_identity = r.source_identity
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
      end, n.content_hash)::private.post_in_place
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
  p_run_id text, p_items jsonb, p_raw_json text[], p_editable uuid[], p_workspace uuid
) returns table (ordinal integer, post_id text, result text, media json, content_hash text)
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
      n.stats, n.media, p_raw_json[n.ordinality], n.source_file_path, n.inside,
      private.content_hash(p_raw_json[n.ordinality]), private.generate_aws_id('p'))::private.post_to_store
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
    select (n.ordinal, n.new_id, p_workspace, true, false, true, true, n.content_hash)::private.post_in_place
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
    case when n.inside is null then n.views end, n.stats::text, case when not l.is_newest then n.raw_json end,
    n.source_file_path, l.workspace_id, l.content_hash
  from unnest(_places) l
  join unnest(_posts) n using (ordinal)
  where not l.is_known and (l.is_new or n.inside is null);

  return query
    with stored as (
      select m.post_id,
        bool_or(m.is_changed) as has_changed,
        json_agg(json_build_object('media_id', m.media_id, 'role', m.role, 'position', m.position,
          'result', m.result, 'dies_at', m.dies_at) order by m.ordinal) as media
      from private.store_media(
        case when _is_all_new then '{}' else private.references_in(_posts, _places, false) end,
        private.references_in(_posts, _places, true), 'import') m
      group by m.post_id
    )
    select l.ordinal, l.post_id,
      case
        when l.is_new then 'new'
        when l.post_id = any (_changed) or s.has_changed then 'updated'
        else 'unchanged'
      end,
      coalesce(s.media, '[]'),
      case
        when l.is_newest then l.content_hash
        else (select p.content_hash from public.posts p where p.post_id = l.post_id)
      end
    from unnest(_places) l
    left join stored s using (post_id);
end
$$;

create or replace function private.try_posts(
  p_run_id text, p_items jsonb, p_raw_json text[], p_first integer, p_editable uuid[], p_workspace uuid
) returns setof private.imported_post
language plpgsql volatile set search_path = '' as $$
declare
  _item record;
begin
  return query
    select p_first + s.ordinal - 1, s.post_id, s.result, null::text, s.media, s.content_hash
    from private.store_posts(p_run_id, p_items, p_raw_json, p_editable, p_workspace) s;
exception when others then
  if private.is_general_error(sqlstate) then
    raise;
  end if;
  if jsonb_array_length(p_items) = 1 then
    -- Messages about a value quote it; a reason does not quote posts.
    return query select p_first, null::text, 'rejected', left(case
      when sqlstate like '22%' then regexp_replace(sqlerrm, '".*"', '…') else sqlerrm end, 300), '[]'::json, null::text;
    return;
  end if;
  for _item in
    select i.value, i.ordinality from jsonb_array_elements(p_items) with ordinality i
    order by i.value ->> 'urn', i.value ->> 'platform', i.ordinality
  loop
    return query select * from private.try_posts(p_run_id, jsonb_build_array(_item.value),
      p_raw_json[_item.ordinality:_item.ordinality], p_first + _item.ordinality::integer - 1, p_editable,
      p_workspace);
  end loop;
end
$$;

create or replace function public.import_posts(
  p_run_id text, p_posts jsonb, p_raw_json text[], p_dry_run boolean default false
)
returns table ("position" integer, post_id text, result text, reason text, media json, content_hash text)
language plpgsql volatile security definer set search_path = '' set jit = off
  -- Processes beside this one would be given all posts as text.
  set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
  _workspace uuid := private.target_workspace(_editable);
  _results private.imported_post[];
begin
  if jsonb_array_length(p_posts) > 500 then
    raise exception using errcode = '22023', message = 'At most 500 posts can be imported at once.';
  end if;
  if jsonb_array_length(p_posts) is distinct from cardinality(p_raw_json) then
    raise exception using errcode = '22023', message = 'Each post comes with its raw JSON.';
  end if;
  if p_run_id is not null and not p_dry_run
    and not exists (select from public.download_runs r where r.run_id = p_run_id)
  then
    raise exception using errcode = 'P0002', message = format('There is no import run %L.', p_run_id);
  end if;
  begin
    _results := array(select t from private.try_posts(p_run_id, p_posts, p_raw_json, 0, _editable, _workspace) t);
    if jsonb_path_exists(p_posts, '$[*].inside ? (@ != null)') then
      perform private.link_items(p_posts, _editable);
    end if;
    if p_dry_run then
      raise exception using errcode = 'DRYRN';
    end if;
  exception when sqlstate 'DRYRN' then
    null;  -- what was written is taken back; the results, held in a variable, stay
  end;

  if not p_dry_run then
    insert into public.media_events (event, actor, details, workspace_id)
    select 'posts_imported', 'import', jsonb_build_object('run_id', p_run_id,
      'new', count(*) filter (where r.result = 'new'),
      'updated', count(*) filter (where r.result = 'updated')), _workspace
    from unnest(_results) r
    where r.result in ('new', 'updated')
    having count(*) > 0;
  end if;
  return query
    select r.position, r.post_id, r.result, r.reason, r.media, r.content_hash
    from unnest(_results) r
    order by 1;
end
$$;

create or replace function private.learn_added_words() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _added text := (select quote_literal(array_agg(n.post_id)) from added n);
begin
  if _added is not null then
    -- In a fifth of the time that it takes to take the vectors apart. Its query does not see the trigger's rows.
    perform private.learn_words(array(
      select s.word
      from ts_stat(format('select p.search from public.posts p where p.post_id = any (%s)', _added)) s));
  end if;
  return null;
end
$$;

revoke execute on all functions in schema private from public;
