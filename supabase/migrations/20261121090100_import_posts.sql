-- Import runs, posts and media references.

create type private.post_to_store as (
  platform text,
  urn text,
  full_urn text,
  posted_at_timestamp bigint,
  author_username text,
  author_name text,
  text_content text,
  post_type text,
  url text,
  reactions bigint,
  comments bigint,
  reposts bigint,
  views bigint,
  stats jsonb,
  media jsonb,
  raw_json text,
  source_file_path text
);

create type private.media_to_store as (
  role text,
  "position" integer,
  media_type text,
  url text,
  width integer,
  height integer,
  alt_text text,
  provider_media_id text,
  source_identity text,
  url_expires_at timestamptz
);

-- Adds the references that have no row yet. A place that another media holds is not taken from it: the
-- newcomer goes behind the last one. A reference without a link has failed already, and says so.
create or replace function private.add_media(
  p_post public.posts, p_media jsonb, p_actor text
) returns jsonb
language sql volatile set search_path = '' as $$
  with named as (
    select (r.value ->> 'ordinal')::integer as ordinal, n.*,
      exists (
        select from public.post_media m
        where m.post_id = p_post.post_id and m.role = n.role and m.position = n.position
      ) as is_taken
    from jsonb_array_elements(p_media) r
    cross join jsonb_populate_record(null::private.media_to_store, r.value) n
  ),
  placed as (
    select n.*, private.generate_aws_id('med') as media_id,
      case when n.is_taken
        then greatest(
            max(n.position) over (partition by n.role),
            (select max(m.position) from public.post_media m
              where m.post_id = p_post.post_id and m.role = n.role))
          + row_number() over (partition by n.role, n.is_taken order by n.ordinal)
        else n.position
      end as place
    from named n
  ),
  added as (
    insert into public.post_media (
      media_id, post_id, workspace_id, owner_user_id, media_type, media_url, role, position, alt_text,
      width, height, provider_media_id, source_identity, url_expires_at, download_status, outcome, error)
    select
      p.media_id, p_post.post_id, p_post.workspace_id, auth.uid(), p.media_type, p.url, p.role, p.place,
      p.alt_text, p.width, p.height, p.provider_media_id, p.source_identity, p.url_expires_at,
      case when p.url is null then 'failed' else 'pending' end,
      case when p.url is null then 'auth' end,
      case when p.url is null then 'The export names this media by an id of its platform, without a link.' end
    from placed p
    order by p.ordinal
  ),
  logged as (
    insert into public.media_events (event, actor, media_id, post_id, correlation_id, workspace_id)
    select 'media_imported', p_actor, p.media_id, p_post.post_id, p.media_id, p_post.workspace_id
    from placed p
    order by p.ordinal
  )
  select coalesce(jsonb_agg(jsonb_build_object('ordinal', p.ordinal, 'media_id', p.media_id,
    'role', p.role, 'position', p.position, 'result', 'new')), '[]')
  from placed p
$$;

-- Gives rows of older libraries, and media that were known by their platform's id alone, the identity
-- under which the newest export names them.
create or replace function private.adopt_media(p_post_id text, p_media jsonb, p_is_newest boolean)
returns void
language sql volatile set search_path = '' as $$
  update public.post_media m
  set source_identity = r.source_identity
  from jsonb_populate_recordset(null::private.media_to_store, p_media) r
  where m.post_id = p_post_id
    and m.role = r.role
    and (
      (m.source_identity is null and split_part(m.media_url, '?', 1) = split_part(r.url, '?', 1))
      or (p_is_newest and m.provider_media_id = r.provider_media_id
        and m.source_identity is distinct from r.source_identity)
    )
$$;

-- Puts a post's media in the order of its newest export. Media that it no longer names keep their row
-- and their bytes, behind the others.
create or replace function private.rearrange_media(p_post_id text, p_matched jsonb, p_media jsonb)
returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- Out of the way first: the unique constraint is checked row by row.
  update public.post_media set position = position + 1000000 where post_id = p_post_id;
  update public.post_media m
  set position = (r.value ->> 'position')::integer
  from jsonb_array_elements(p_matched) r
  where m.media_id = r.value ->> 'media_id';
  update public.post_media m
  set position = u.position
  from (
    select m.media_id,
      coalesce((select max(r.position) + 1
          from jsonb_populate_recordset(null::private.media_to_store, p_media) r
          where r.role = m.role), 0)
        + row_number() over (partition by m.role order by m.position) - 1 as position
    from public.post_media m
    where m.post_id = p_post_id and m.position >= 1000000
  ) u
  where m.media_id = u.media_id;
end
$$;

-- Gives held media their fresh link, unless the one they have lives longer. A fresh link gives media
-- that failed for their link another chance.
create or replace function private.refresh_media(p_matched jsonb, p_actor text) returns text[]
language sql volatile set search_path = '' as $$
  with due as (
    select m.media_id, n.url, n.url_expires_at, n.alt_text, n.provider_media_id,
      m.download_status = 'failed' and m.outcome in ('expired', 'deleted', 'auth')
        and m.media_url is distinct from n.url as is_revived
    from jsonb_array_elements(p_matched) r
    cross join jsonb_populate_record(null::private.media_to_store, r.value) n
    join public.post_media m on m.media_id = r.value ->> 'media_id'
    where n.url is not null
      and (m.media_url is distinct from n.url
        or (m.url_expires_at is null and n.url_expires_at is not null))
      and (m.url_expires_at is null or n.url_expires_at is null or n.url_expires_at >= m.url_expires_at)
  ),
  refreshed as (
    update public.post_media m
    set media_url = d.url,
      url_expires_at = d.url_expires_at,
      alt_text = coalesce(d.alt_text, m.alt_text),
      provider_media_id = coalesce(d.provider_media_id, m.provider_media_id),
      download_status = case when d.is_revived then 'pending' else m.download_status end,
      outcome = case when d.is_revived then null else m.outcome end,
      error = case when d.is_revived then null else m.error end,
      attempts = case when d.is_revived then 0 else m.attempts end,
      updated_at = now()
    from due d
    where m.media_id = d.media_id
    returning m.media_id, m.post_id, m.sha256, m.workspace_id, d.is_revived
  ),
  logged as (
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, correlation_id, workspace_id)
    select case when r.is_revived then 'media_revived' else 'media_link_refreshed' end,
      p_actor, r.media_id, r.post_id, r.sha256, r.media_id, r.workspace_id
    from refreshed r
  )
  select coalesce(array_agg(r.media_id) filter (where r.is_revived), '{}') from refreshed r
$$;

-- Gives every media reference of a post its row. A reference is the same media as a row when role and
-- source identity agree; where a post shows the same picture twice, the first is the first. So other
-- bytes at the same place get a row of their own, and those that were there before keep theirs.
-- p_is_newest is false for an export that a newer one has replaced: it adds what is missing only.
create or replace function private.store_media(
  p_post public.posts, p_media jsonb, p_is_newest boolean, p_actor text
) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  _media jsonb;
  _matched jsonb;
  _unmatched jsonb;
  _revived text[] := '{}';
begin
  if jsonb_array_length(coalesce(p_media, '[]')) = 0 then
    return '[]';
  end if;
  -- Two references at one place (a careless export) are told apart: the later goes behind the last.
  select jsonb_agg(r.value || jsonb_build_object('ordinal', r.ordinal, 'position',
    case when r.turn = 1 then r.position else r.last + r.turn end) order by r.ordinal)
  into _media
  from (
    select e.value, e.ordinal, (e.value ->> 'position')::integer as position,
      row_number() over (partition by e.value -> 'role', e.value -> 'position' order by e.ordinal) as turn,
      max((e.value ->> 'position')::integer) over () as last
    from jsonb_array_elements(p_media) with ordinality e (value, ordinal)
  ) r;

  if not exists (select from public.post_media m where m.post_id = p_post.post_id) then
    return private.add_media(p_post, _media, p_actor);
  end if;

  perform private.adopt_media(p_post.post_id, _media, p_is_newest);
  with named as (
    select r.value, n.role, n.source_identity, row_number()
      over (partition by n.role, n.source_identity order by n.position) as turn
    from jsonb_array_elements(_media) r
    cross join jsonb_populate_record(null::private.media_to_store, r.value) n
  ),
  held as (
    select m.media_id, m.role, m.source_identity, m.position, row_number()
      over (partition by m.role, m.source_identity order by m.position) as turn
    from public.post_media m
    where m.post_id = p_post.post_id
  )
  select
    coalesce(jsonb_agg(n.value || jsonb_build_object('media_id', h.media_id, 'place', h.position))
      filter (where h.media_id is not null), '[]'),
    coalesce(jsonb_agg(n.value) filter (where h.media_id is null), '[]')
  into _matched, _unmatched
  from named n
  left join held h using (role, source_identity, turn);

  if p_is_newest then
    if exists (
      select from jsonb_array_elements(_matched) r where r.value -> 'place' <> r.value -> 'position'
    ) or exists (
      select from jsonb_populate_recordset(null::private.media_to_store, _unmatched) n
      join public.post_media m
        on m.post_id = p_post.post_id and m.role = n.role and m.position = n.position
    ) then
      perform private.rearrange_media(p_post.post_id, _matched, _media);
    end if;
    _revived := private.refresh_media(_matched, p_actor);
  end if;

  select jsonb_agg(jsonb_build_object('ordinal', r.value -> 'ordinal', 'media_id', r.value -> 'media_id',
    'role', r.value -> 'role', 'position', r.value -> 'position',
    'result', case when r.value ->> 'media_id' = any (_revived) then 'revived' else 'held' end))
  into _matched
  from jsonb_array_elements(_matched) r;
  if _unmatched <> '[]' then
    _matched := coalesce(_matched, '[]') || private.add_media(p_post, _unmatched, p_actor);
  end if;
  return _matched;
end
$$;

-- Writes down the text of a post before a newer one replaces it: into its snapshot, or into a new one
-- where an older library took none.
create or replace function private.keep_raw_json(p_post public.posts) returns void
language plpgsql volatile set search_path = '' as $$
declare
  _hash text := encode(sha256(convert_to(p_post.raw_json, 'UTF8')), 'hex');
begin
  update public.data_downloads d
  set raw_json = coalesce(d.raw_json, p_post.raw_json)
  where d.post_id = p_post.post_id and d.content_hash = _hash;
  if not found then
    insert into public.data_downloads
      (download_id, post_id, downloaded_at, total_reactions, raw_json, workspace_id, content_hash)
    values (private.generate_aws_id('dl'), p_post.post_id,
      coalesce(p_post.updated_at, p_post.first_seen_at, now()), least(p_post.reactions, 2147483647),
      p_post.raw_json, p_post.workspace_id, _hash);
  end if;
end
$$;

create or replace function private.insert_post(p_post private.post_to_store, p_workspace uuid)
returns setof public.posts
language sql volatile set search_path = '' as $$
  insert into public.posts (
    post_id, platform, urn, full_urn, posted_at_timestamp, author_username, author_name, text_content,
    post_type, url, reactions, comments, reposts, views, raw_json, workspace_id, owner_user_id)
  values (
    private.generate_aws_id('p'), p_post.platform, p_post.urn, p_post.full_urn, p_post.posted_at_timestamp,
    p_post.author_username, p_post.author_name, p_post.text_content, p_post.post_type, p_post.url,
    p_post.reactions, p_post.comments, p_post.reposts, p_post.views, p_post.raw_json, p_workspace, auth.uid())
  on conflict (urn) do nothing
  returning *
$$;

-- Brings a stored post up to a newer export; what the export leaves out stays. Tells whether anything
-- changed.
create or replace function private.update_post(p_old public.posts, p_post private.post_to_store)
returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if p_old.raw_json is not null and p_old.raw_json <> p_post.raw_json then
    perform private.keep_raw_json(p_old);
  end if;
  update public.posts p
  set (full_urn, posted_at_timestamp, author_username, author_name, text_content, post_type, url,
      reactions, comments, reposts, views, raw_json, updated_at)
    = (n.full_urn, n.posted_at_timestamp, n.author_username, n.author_name, n.text_content, n.post_type,
      n.url, n.reactions, n.comments, n.reposts, n.views, p_post.raw_json, now())
  from (
    select
      coalesce(p_post.full_urn, p_old.full_urn) as full_urn,
      coalesce(p_post.posted_at_timestamp, p_old.posted_at_timestamp) as posted_at_timestamp,
      coalesce(p_post.author_username, p_old.author_username) as author_username,
      coalesce(p_post.author_name, p_old.author_name) as author_name,
      coalesce(nullif(p_post.text_content, ''), p_old.text_content) as text_content,
      coalesce(p_post.post_type, p_old.post_type) as post_type,
      coalesce(p_post.url, p_old.url) as url,
      coalesce(p_post.reactions, p_old.reactions) as reactions,
      coalesce(p_post.comments, p_old.comments) as comments,
      coalesce(p_post.reposts, p_old.reposts) as reposts,
      coalesce(p_post.views, p_old.views) as views
  ) n
  where p.post_id = p_old.post_id
    and (p.full_urn, p.posted_at_timestamp, p.author_username, p.author_name, p.text_content,
        p.post_type, p.url, p.reactions, p.comments, p.reposts, p.views, p.raw_json)
      is distinct from (n.full_urn, n.posted_at_timestamp, n.author_username, n.author_name,
        n.text_content, n.post_type, n.url, n.reactions, n.comments, n.reposts, n.views, p_post.raw_json);
  return found;
end
$$;

-- Stores one post with its media. An export of it that was imported before, and replaced since by
-- another, changes nothing that is newer: importing the same files again, in any order, changes no row.
create or replace function private.store_post(
  p_run_id text, p_post private.post_to_store, p_editable uuid[], p_workspace uuid,
  out post_id text, out result text, out media jsonb
)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  _post public.posts;
  _hash text;
  _is_known boolean := false;
  _is_newest boolean := true;
begin
  if coalesce(p_post.urn, '') = '' or coalesce(p_post.platform, '') = '' or p_post.raw_json is null then
    raise exception using errcode = '22023', message = 'The post has no id, platform or raw JSON.';
  end if;
  _hash := encode(sha256(convert_to(p_post.raw_json, 'UTF8')), 'hex');

  select * into _post from public.posts p where p.urn = p_post.urn for no key update;
  if not found then
    select * into _post from private.insert_post(p_post, p_workspace);
    if found then
      result := 'new';
    else  -- another import was faster
      select * into strict _post from public.posts p where p.urn = p_post.urn for no key update;
    end if;
  end if;

  if result is null then
    if not _post.workspace_id = any (p_editable) then
      raise exception using errcode = '42501',
        message = 'The post is in a workspace that you may not change.';
    end if;
    if _post.platform <> p_post.platform then
      raise exception using errcode = '22023',
        message = format('A post of %s has the same id.', _post.platform);
    end if;
    _is_known := exists (
      select from public.data_downloads d where d.post_id = _post.post_id and d.content_hash = _hash);
    _is_newest := not _is_known or _post.raw_json is not distinct from p_post.raw_json;
    result := 'unchanged';
    if _is_newest and private.update_post(_post, p_post) then
      result := 'updated';
    end if;
  end if;

  if not _is_known then
    insert into public.data_downloads (download_id, post_id, run_id, downloaded_at, total_reactions,
      stats_json, source_file_path, workspace_id, content_hash)
    values (private.generate_aws_id('dl'), _post.post_id, p_run_id, clock_timestamp(),
      least(p_post.reactions, 2147483647), p_post.stats::text, p_post.source_file_path,
      _post.workspace_id, _hash);
  end if;
  media := private.store_media(_post, p_post.media, _is_newest, 'import');
  if result = 'unchanged' and jsonb_path_exists(media, '$[*] ? (@.result != "held")') then
    result := 'updated';
  end if;
  post_id := _post.post_id;
end
$$;

create or replace function public.start_run(p_script_name text, p_platform text, p_files jsonb)
returns table (run_id text, started_at timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
begin
  return query
    insert into public.download_runs (run_id, started_at, script_name, platform, system_info, workspace_id)
    values (private.generate_aws_id('run'), now(), p_script_name, p_platform,
      jsonb_build_object('files', p_files)::text, private.target_workspace(_editable))
    returning run_id, started_at;
end
$$;

-- Stores up to 500 posts in one transaction. One that is refused is told as rejected, with the reason;
-- the others go on. A dry run does the same and takes it back.
create or replace function public.import_posts(p_run_id text, p_posts jsonb, p_dry_run boolean default false)
returns table ("position" integer, post_id text, result text, reason text, media jsonb)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
  _workspace uuid := private.target_workspace(_editable);
  _item record;
  _stored record;
  _reason text;
  _results jsonb[] := '{}';
begin
  if jsonb_array_length(p_posts) > 500 then
    raise exception using errcode = '22023', message = 'At most 500 posts can be imported at once.';
  end if;
  if not p_dry_run and not exists (select from public.download_runs r where r.run_id = p_run_id) then
    raise exception using errcode = 'P0002', message = format('There is no import run %L.', p_run_id);
  end if;
  begin
    -- By id, so that two imports of the same posts wait for each other instead of for ever.
    for _item in
      select i.value, i.ordinal - 1 as position
      from jsonb_array_elements(p_posts) with ordinality i (value, ordinal)
      order by i.value ->> 'urn', i.ordinal
    loop
      begin
        select s.post_id, s.result, s.media into _stored
        from private.store_post(p_run_id, jsonb_populate_record(null::private.post_to_store, _item.value),
          _editable, _workspace) s;
        _results := _results || jsonb_build_object('position', _item.position, 'post_id', _stored.post_id,
          'result', _stored.result, 'media', _stored.media);
      exception when others then
        -- Deadlock, lost disk and the like concern the whole chunk, not the post.
        if left(sqlstate, 2) in ('40', '53', '57', '58', 'XX') then
          raise;
        end if;
        -- Messages about a value end with it; a reason does not quote posts.
        _results := _results || jsonb_build_object('position', _item.position, 'result', 'rejected',
          'reason', left(split_part(sqlerrm, ': "', 1), 300), 'media', '[]'::jsonb);
      end;
    end loop;
    if p_dry_run then
      raise exception using errcode = 'DRYRN';
    end if;
  exception when sqlstate 'DRYRN' then
    null;  -- what was written is taken back; the results, held in a variable, stay
  end;

  if not p_dry_run then
    insert into public.media_events (event, actor, details, workspace_id)
    select 'posts_imported', 'import', jsonb_build_object('run_id', p_run_id,
      'new', count(*) filter (where r ->> 'result' = 'new'),
      'updated', count(*) filter (where r ->> 'result' = 'updated')), _workspace
    from unnest(_results) r
    where r ->> 'result' in ('new', 'updated')
    having count(*) > 0;
  end if;
  return query
    select (r ->> 'position')::integer, r ->> 'post_id', r ->> 'result', r ->> 'reason',
      (select coalesce(jsonb_agg(m.value order by (m.value ->> 'ordinal')::integer), '[]')
        from jsonb_array_elements(r -> 'media') m)
    from unnest(_results) r
    order by 1;
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
    select r.value ->> 'media_id', r.value ->> 'role', (r.value ->> 'position')::integer,
      r.value ->> 'result'
    from jsonb_array_elements(private.store_media(_post, p_media, true, p_actor)) r
    order by (r.value ->> 'ordinal')::integer;
end
$$;

create or replace function public.finish_run(
  p_run_id text, p_status text, p_report jsonb, p_error text default null
) returns table (run_id text, completed_at timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
begin
  return query
    update public.download_runs r
    set completed_at = now(), status = p_status, report = p_report, error_message = p_error,
      posts_fetched = (p_report #>> '{posts,read}')::integer,
      posts_new = (p_report #>> '{posts,new}')::integer,
      posts_updated = (p_report #>> '{posts,updated}')::integer
    where r.run_id = p_run_id and r.workspace_id = any (_editable)
    returning r.run_id, r.completed_at;
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no import run %L.', p_run_id);
  end if;
end
$$;

create or replace function public.raw_posts(
  p_start date default null, p_after text default null, p_limit integer default 200
) returns table (post_id text, platform text, urn text, raw_json text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  return query
    select p.post_id, coalesce(p.platform, 'linkedin'), p.urn, p.raw_json
    from public.posts p
    where p.workspace_id = any (_workspaces)
      and p.raw_json is not null
      and (p_after is null or p.post_id > p_after)
      and (p_start is null
        or (coalesce(to_timestamp(p.posted_at_timestamp / 1000.0), p.first_seen_at, p.created_at)
          at time zone 'UTC')::date >= p_start)
    order by p.post_id
    limit private.page_size(p_limit);
end
$$;

revoke all on function public.start_run, public.import_posts, public.import_media, public.finish_run,
  public.raw_posts from public, anon;
grant execute on function public.start_run, public.import_posts, public.import_media, public.finish_run,
  public.raw_posts to authenticated, service_role;
