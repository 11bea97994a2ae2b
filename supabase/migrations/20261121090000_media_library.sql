-- The media library: workspaces, the unique bytes behind media, the ledger of analyses and the audit log.
-- Older libraries are brought along; no value of theirs is lost.

-- Workspaces, their members, and who is calling.
--
-- Functions in schema public are what the app calls. Each begins by asking private.require_reader(),
-- require_editor() or require_service(), then filters by workspace itself, because under row level
-- security an operator that is not leakproof (full-text search) cannot use its index.

create schema if not exists private;
grant usage on schema private to authenticated, service_role;

create table public.workspaces (
  workspace_id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now()
);

create table public.workspace_members (
  workspace_id uuid not null references public.workspaces (workspace_id) on delete cascade,
  user_id uuid not null,
  role text not null constraint workspace_members_role_check check (role in ('owner', 'editor', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);

create index idx_workspace_members_user on public.workspace_members (user_id);

-- Everything that a library without accounts holds belongs to this one.
insert into public.workspaces (workspace_id, name)
values ('00000000-0000-0000-0000-000000000001', 'default')
on conflict (workspace_id) do nothing;

-- A new id in the style of AWS: 17 random digits. Of a version 4 UUID, digits 13 and 17 are fixed
-- (RFC 9562, section 5.4), so the first 12 and the last 5 are taken. Without a search_path of its own, so
-- that it is inlined: an import makes many.
create or replace function private.generate_aws_id(p_prefix text) returns text
language sql volatile as $$
  select p_prefix || '-' || overlay(replace(gen_random_uuid()::text, '-', '') placing '' from 13 for 15)
$$;

-- Whether the caller is the service: a direct database session of the owner, of a worker whose login is
-- a member of service_role, or PostgREST on behalf of the service key. PostgREST sets the role for its
-- transaction, and a security definer function does not change that setting.
create or replace function private.is_service() returns boolean
language sql stable security definer set search_path = '' as $$
  select pg_has_role(c.role, current_user, 'USAGE') or pg_has_role(c.role, 'service_role', 'USAGE')
  from (
    select case current_setting('role')
      when 'none' then session_user
      else current_setting('role')::name
    end as role
  ) c
$$;

-- The workspace that the caller chose for this session or request; null without a choice. It only narrows what
-- a member may do: whoever names another's workspace is a member of none.
create or replace function private.chosen_workspace() returns uuid
language sql stable set search_path = '' as $$
  select coalesce(
    nullif(current_setting('social_tui.workspace', true), ''),
    nullif(current_setting('request.headers', true), '')::json ->> 'x-social-tui-workspace')::uuid
$$;

create or replace function private.readable_workspaces() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select case
    when private.is_service() then array(select w.workspace_id from public.workspaces w)
    else array(
      select m.workspace_id from public.workspace_members m
      where m.user_id = auth.uid()
        and m.workspace_id = coalesce((select private.chosen_workspace()), m.workspace_id)
    )
  end
$$;

create or replace function private.editable_workspaces() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select case
    when private.is_service() then array(select w.workspace_id from public.workspaces w)
    else array(
      select m.workspace_id from public.workspace_members m
      where m.user_id = auth.uid() and m.role in ('owner', 'editor')
        and m.workspace_id = coalesce((select private.chosen_workspace()), m.workspace_id)
      order by m.created_at, m.workspace_id
    )
  end
$$;

create or replace function private.owned_workspaces() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select array(
    select m.workspace_id from public.workspace_members m
    where m.user_id = auth.uid() and m.role = 'owner'
  )
$$;

create or replace function private.require_reader() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.readable_workspaces();
begin
  if cardinality(_workspaces) = 0 then
    raise exception using errcode = '42501',
      message = 'You are not a member of any workspace.',
      hint = 'Sign in, or ask the owner of a workspace to add you.';
  end if;
  return _workspaces;
end
$$;

create or replace function private.require_editor() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
declare
  _workspaces uuid[] := private.editable_workspaces();
begin
  if cardinality(_workspaces) = 0 then
    raise exception using errcode = '42501',
      message = 'You may not change anything in any workspace.',
      hint = 'Ask the owner of a workspace to make you an editor.';
  end if;
  return _workspaces;
end
$$;

-- Only who holds the bytes can say what they are; a member who could would reach other workspaces'
-- bytes by naming their hash.
create or replace function private.require_service() returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if not private.is_service() then
    raise exception using errcode = '42501',
      message = 'Only a worker may record this.',
      hint = 'Workers connect with DATABASE_URL.';
  end if;
end
$$;

-- Where new rows go without a choice: the service writes to the default workspace, a member to the first one
-- that lets them write.
create or replace function private.target_workspace(p_editable uuid[]) returns uuid
language sql stable security definer set search_path = '' as $$
  select case
    when private.is_service() then
      coalesce(private.chosen_workspace(), '00000000-0000-0000-0000-000000000001')
    else p_editable[1]
  end
$$;

create or replace function private.page_size(p_limit integer) returns integer
language sql immutable set search_path = '' as $$
  select least(greatest(coalesce(p_limit, 500), 1), 500)
$$;

-- Posts and what belongs to them.

update public.posts set created_at = coalesce(created_at, first_seen_at, now()) where created_at is null;
update public.posts set updated_at = created_at where updated_at is null;
update public.posts set platform = 'linkedin' where platform is null;

alter table public.posts
  add column workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  add column owner_user_id uuid,
  add column author_name text,
  add column reactions bigint,
  add column comments bigint,
  add column reposts bigint,
  add column views bigint,
  add column search tsvector generated always as (
    to_tsvector('simple',
      left(coalesce(author_name, '') || ' ' || coalesce(author_username, '') || ' '
        || coalesce(text_content, ''), 200000))
  ) stored,
  add column media_total integer not null default 0,
  add column media_ready integer not null default 0,
  add column media_failed integer not null default 0,
  add column media_archived integer not null default 0,
  add column media_analyzed integer not null default 0,
  add column media_facts integer not null default 0,
  add column link_dies_at timestamptz,
  add column import_key text,
  add column is_partial boolean not null default false,
  add column has_link boolean not null generated always as (
    coalesce(text_content like '%://%' and text_content ~* 'https?://', false)
  ) stored,
  add column media_state smallint not null generated always as (
    case
      when media_total = 0 then 4
      when media_failed > 0 then 0
      when media_archived = media_total then 3
      when media_ready = media_total then 2
      else 1
    end
  ) stored,
  add column age bigint not null generated always as (
    -greatest(coalesce(posted_at_timestamp, -9223372036854775807), -9223372036854775807)
  ) stored,
  add column engagement_rank bigint not null generated always as (
    -(least(greatest(coalesce(reactions, 0), 0), 1000000000000000)
      + least(greatest(coalesce(comments, 0), 0), 1000000000000000)
      + least(greatest(coalesce(reposts, 0), 0), 1000000000000000))
  ) stored,
  add column author_key text collate "C" not null generated always as (
    left(lower(coalesce(nullif(author_name, ''), author_username, '')), 200) || E'\t'
      || left(lower(coalesce(author_username, '')), 200)
  ) stored,
  alter column platform set not null,
  drop constraint if exists posts_urn_key,
  add constraint posts_identity_key unique (urn, platform);

-- One index an order of the list. All end with newest first, then the id, all ascending, so that one row
-- comparison finds the place after any post.
create index idx_posts_newest on public.posts (age, post_id) include (workspace_id);
create index idx_posts_engagement on public.posts (engagement_rank, age, post_id) include (workspace_id);
create index idx_posts_author on public.posts (author_key, age, post_id) include (workspace_id);
create index idx_posts_state on public.posts (media_state, age, post_id) include (workspace_id);
-- Small, and enough for counting and for most facets.
create index idx_posts_facets on public.posts (workspace_id, media_facts, platform, post_type, media_total);
create index idx_posts_search on public.posts using gin (search);
create index idx_posts_marked on public.posts (age, post_id) include (workspace_id) where is_marked;
create index idx_posts_unread on public.posts (age, post_id) include (workspace_id) where is_read is not true;
create index idx_posts_url on public.posts using hash (url);
create index idx_posts_linked on public.posts (post_id) where has_link;
-- With the workspace, so that posts are counted without being read.
create index idx_posts_expiry on public.posts (link_dies_at, workspace_id) where link_dies_at is not null;
create index idx_posts_reactions on public.posts (reactions, workspace_id);
create index idx_posts_comments on public.posts (comments, workspace_id);
create index idx_posts_reposts on public.posts (reposts, workspace_id);
create index idx_posts_views on public.posts (views, workspace_id) where views is not null;
create index idx_posts_first_seen on public.posts (first_seen_at, workspace_id);

comment on column public.posts.urn is
  'The id of the post on its platform, with which it is the identity; full_urn of a repost can name the original, so it is no key';
comment on column public.posts.raw_json is 'The post as its newest export tells it, byte for byte';
comment on column public.posts.import_key is
  'Digest of the newest export as it was understood: importing the same again has nothing to do';
comment on column public.posts.is_partial is 'Whether only copies inside other posts were imported';
comment on column public.posts.posted_at_timestamp is 'Milliseconds since 1970-01-01 UTC';
comment on column public.posts.media_facts is
  'What is true of some of its media, as the bits of private.media_bits; kept by triggers, as the counts are';
comment on column public.posts.link_dies_at is
  'When the first link of its media that are not captured dies; kept by triggers';
comment on column public.posts.media_state is
  'Order of the list by state: 0 some media failed, 1 some to download, 2 all ready, 3 all archived, 4 no media';
comment on column public.posts.age is 'Orders newest first: minus posted_at_timestamp, the undated last';
comment on column public.posts.engagement_rank is
  'Orders the most reactions, comments and reposts first: minus their sum';
comment on column public.posts.author_key is
  'Orders by author: name, or else username; a tab; username; in small letters';

alter table public.download_runs
  add column workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  add column report jsonb;

alter table public.data_downloads
  add column workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  add column content_hash text,
  add column comments bigint,
  add column reposts bigint,
  add column views bigint;

create index idx_data_downloads_post on public.data_downloads (post_id, content_hash);
create index idx_data_downloads_run on public.data_downloads (run_id);

comment on table public.data_downloads is 'One snapshot of a post per distinct export of it';
comment on column public.data_downloads.content_hash is
  'SHA-256 of what the raw JSON says, in hexadecimal: layout and order of names do not count';
comment on column public.data_downloads.raw_json is
  'The raw JSON once a newer one has replaced it in posts; until then null';

alter table public.profiles
  add column workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id);
alter table public.tags
  add column workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  drop constraint tags_name_key,
  add constraint tags_name_key unique (workspace_id, name);
alter table public.profile_tags
  add column workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id);
alter table public.post_tags
  add column workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id);
create index idx_post_tags_tag on public.post_tags (tag_id, post_id);

-- A client's tagging is of one workspace: foreign keys see the rows of all, and what a post is tagged with is
-- searched, and may hold it.
create or replace function private.keep_tags_at_home() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not private.is_service() and exists (
    select from come t
    left join public.posts p on p.post_id = t.post_id
    left join public.tags g on g.tag_id = t.tag_id
    where t.workspace_id <> p.workspace_id or t.workspace_id <> g.workspace_id
  ) then
    raise exception using errcode = '42501', message = 'A post takes tags of its own workspace only.';
  end if;
  return null;
end
$$;

create trigger post_tags_at_home_added
  after insert on public.post_tags referencing new table as come
  for each statement execute function private.keep_tags_at_home();
create trigger post_tags_at_home_changed
  after update on public.post_tags referencing new table as come
  for each statement execute function private.keep_tags_at_home();
alter table public.action_queue
  add column workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id);

create table public.media_blobs (
  sha256 text primary key constraint media_blobs_sha256_check check (sha256 ~ '^[0-9a-f]{64}$'),
  md5_sum text not null constraint media_blobs_md5_sum_check check (md5_sum ~ '^[0-9a-f]{32}$'),
  byte_size bigint not null,
  mime_type text not null,
  width integer,
  height integer,
  duration_ms bigint,
  phash text,
  archive_url text,
  proof text not null default 'cached'
    constraint media_blobs_proof_check check (proof in ('cached', 'archived', 'read_back')),
  archived_at timestamptz,
  archive_error text,
  verified_at timestamptz,
  marks jsonb,
  created_at timestamptz not null default now(),
  constraint media_blobs_archive_check check ((proof = 'cached') = (archive_url is null))
);

-- Not unique: other bytes with the same MD5 are an incident, and both are kept.
create index idx_media_blobs_md5_sum on public.media_blobs (md5_sum);

comment on column public.media_blobs.archive_error is 'Why the last try to archive them failed; null once one succeeded';
comment on column public.media_blobs.marks is
  'What the file says of how it was made (C2PA, XMP): a claim of the file; null while nobody looked';
comment on column public.media_blobs.proof is
  'How well a copy is known: cached (while a media names a local file), archived (a checksum was compared), read_back (the bytes were)';

-- Media of older libraries. What their words for states and types do not cover is kept in metadata.

alter table public.post_media
  alter column post_id drop not null,
  alter column media_url drop not null,
  add column sha256 text references public.media_blobs (sha256),
  add column role text not null default 'main'
    constraint post_media_role_check check (role in ('main', 'thumbnail', 'article', 'reshared', 'avatar')),
  add column position integer not null default 0 constraint post_media_position_check check (position >= 0),
  add column alt_text text,
  add column source_identity text,
  add column provider_media_id text,
  add column download_status text not null default 'pending'
    constraint post_media_download_status_check
    check (download_status in ('pending', 'downloading', 'ready', 'failed')),
  add column outcome text constraint post_media_outcome_check
    check (outcome in ('ok', 'expired', 'deleted', 'auth', 'rate_limited', 'blocked', 'too_large',
      'not_media', 'network')),
  add column error text,
  add column attempts integer not null default 0,
  add column claim text,
  add column url_expires_at timestamptz,
  add column workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  add column owner_user_id uuid,
  add column source_type text not null default 'post'
    constraint post_media_source_type_check
    check (source_type in ('post', 'upload', 'whatsapp', 'playground', 'enhanced', 'stock')),
  add column enhancement_type text,
  add column original_media_id text references public.post_media (media_id) on delete set null,
  add column metadata jsonb not null default '{}';

-- The second migration did this already, but its check may have been lifted since.
alter table public.post_media alter column ai_analysis_status set default 'not_started';
alter table public.post_media drop constraint if exists post_media_ai_analysis_status_check;
update public.post_media
set ai_analysis_status = 'not_started',
  metadata = case
    when ai_analysis_status in ('pending', 'analyzing') then metadata
    else metadata || jsonb_strip_nulls(jsonb_build_object('old_ai_analysis_status', ai_analysis_status))
  end
where ai_analysis_status is null
  or ai_analysis_status not in ('not_started', 'started', 'completed', 'failed');
alter table public.post_media add constraint post_media_ai_analysis_status_check
  check (ai_analysis_status in ('not_started', 'started', 'completed', 'failed'));

update public.post_media
set media_type = case
    when mime_type like 'image/%' then 'image'
    when mime_type like 'video/%' then 'video'
    when mime_type like 'audio/%' then 'audio'
    else 'document'
  end,
  metadata = metadata || jsonb_build_object('old_media_type', media_type)
where media_type not in ('image', 'video', 'audio', 'document');
alter table public.post_media drop constraint if exists post_media_media_type_check;
alter table public.post_media add constraint post_media_media_type_check
  check (media_type in ('image', 'video', 'audio', 'document'));

-- Media without a post were possible, though nothing made any: they count as uploads.
update public.post_media set source_type = 'upload' where post_id is null;
update public.post_media set created_at = coalesce(created_at, updated_at, now()) where created_at is null;
update public.post_media set updated_at = created_at where updated_at is null;

-- The order of a post's media was not written down; the order of their making is the best there is. The
-- next import of the post puts it right.
update public.post_media m
set position = o.position
from (
  select media_id, row_number() over (partition by post_id order by created_at, media_id) - 1 as position
  from public.post_media
) o
where m.media_id = o.media_id and o.position > 0;

-- Every old media is pending, also one with a path and an MD5. 'ready' says that the bytes are on disk and
-- hash right, and a migration cannot look at the disk. Path and MD5 stay, so that capturing can take the file
-- that hashes right without any network. The same holds for archive_url: it was written without a check, so
-- it is no proof; archiving gives one.
alter table public.post_media
  add constraint post_media_place_key unique (post_id, role, position),
  add constraint post_media_post_check check (post_id is not null or source_type <> 'post'),
  add constraint post_media_ready_check
    check (download_status <> 'ready' or (sha256 is not null and local_file_path is not null));

create index idx_media_sha256 on public.post_media (sha256) where sha256 is not null;
create index idx_media_source_identity on public.post_media (source_identity)
  where source_identity is not null;
create index idx_media_not_ready on public.post_media (download_status, media_id)
  where download_status <> 'ready';
create index idx_media_original on public.post_media (original_media_id)
  where original_media_id is not null;

comment on column public.post_media.download_status is
  'ready only while the bytes named by sha256 are at local_file_path, as far as was last verified';
comment on column public.post_media.source_identity is
  'What stays the same when a link is signed anew: the URL without its signature';
comment on column public.post_media.claim is
  'The download attempt that holds this row; a later claim makes an earlier one stale';
comment on column public.post_media.local_file_path is 'Relative to the cache root';

create table public.ai_analyses (
  analysis_id text primary key,
  sha256 text not null references public.media_blobs (sha256),
  provider text not null,
  model text not null,
  prompt_version text not null,
  schema_version text not null,
  detail text not null,
  state text not null default 'reserved'
    constraint ai_analyses_state_check check (state in ('reserved', 'sent', 'received', 'parsed', 'failed')),
  input_tokens bigint,
  output_tokens bigint,
  cost_microdollars bigint,
  raw_answer text,
  other_answers jsonb not null default '[]',
  parsed_result jsonb,
  error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  sent_at timestamptz,
  received_at timestamptz,
  finished_at timestamptz,
  constraint ai_analyses_question_key
    unique (sha256, provider, model, prompt_version, schema_version, detail)
);

comment on table public.ai_analyses is
  'The ledger: one row per unique bytes and way of asking, reserved before anything is sent';
comment on column public.ai_analyses.other_answers is
  'Answers that were paid for too: what could not be read, or came when another one was in use';

-- No foreign keys: what happened stays written when the media itself is gone.
create table public.media_events (
  id bigint generated always as identity primary key,
  txid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp(),
  event text not null,
  actor text not null,
  user_id uuid default auth.uid(),
  media_id text,
  post_id text,
  sha256 text,
  job_id bigint,
  correlation_id text,
  details jsonb not null default '{}',
  workspace_id uuid not null
);

create index idx_media_events_feed on public.media_events (txid, id);
create index idx_media_events_workspace on public.media_events (workspace_id, txid, id);
create index idx_media_events_media on public.media_events (media_id, id) where media_id is not null;
-- What is about no media is looked up by its moment when the log is copied into another database.
create index idx_media_events_others on public.media_events (at) where media_id is null;

comment on table public.media_events is 'The audit log: rows are added, never changed or removed';
comment on column public.media_events.correlation_id is
  'Follows one media through import, job, download, archive and analysis: its media_id';

create or replace function private.refuse_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception using errcode = '42501',
    message = 'The audit log is append-only.',
    hint = 'Rows of media_events are never changed or removed.';
end
$$;

create trigger media_events_append_only
  before update or delete or truncate on public.media_events
  for each statement execute function private.refuse_change();
alter table public.media_events enable always trigger media_events_append_only;

-- A wake-up for whoever listens; the change feed says what happened.
create or replace function private.notify_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_notify('social_tui', '');
  return null;
end
$$;

create trigger media_events_notify
  after insert on public.media_events
  for each statement execute function private.notify_change();

-- Appends one event about one media, in the transaction of what it records.
create or replace function private.append_event(
  p_media public.post_media, p_event text, p_actor text, p_details jsonb default '{}'
) returns void
language sql volatile set search_path = '' as $$
  insert into public.media_events
    (event, actor, media_id, post_id, sha256, job_id, correlation_id, details, workspace_id)
  values
    (p_event, p_actor, p_media.media_id, p_media.post_id, p_media.sha256, (p_details ->> 'job_id')::bigint,
      p_media.media_id, p_details, p_media.workspace_id)
$$;

-- One entry of post_media.ai_analysis_log, appended to the entries before. Without a search_path of its own, so
-- that it is inlined.
create or replace function private.append_log(
  p_log jsonb, p_event text, p_status text, p_model text, p_details jsonb
) returns jsonb
language sql volatile as $$
  select case jsonb_typeof(p_log)
      when 'array' then p_log
      when 'object' then jsonb_build_array(p_log)
      else '[]'
    end
    || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
      'timestamp', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'event', p_event, 'status', p_status, 'model', p_model, 'details', p_details)))
$$;

-- Where the archive is stays with the service: clients see that there is a copy, not the bucket and key.
-- Without a search_path of its own, so that it is inlined.
create or replace function private.shown_archive_url(p_url text) returns text
language sql stable as $$
  select case
    when p_url is null then null
    when private.is_service() then p_url
    else split_part(p_url, ':', 1) || ':'
  end
$$;

create or replace function private.role_rank(p_role text) returns integer
language sql immutable set search_path = '' as $$
  select array_position(array['main', 'thumbnail', 'article', 'reshared', 'avatar'], p_role)
$$;

-- A media as the app sees it: its row with what is known of its bytes.
create view private.media_view as
select
  m.media_id, m.post_id, m.media_type, m.media_url, m.role, m.position, m.alt_text,
  m.download_status, m.outcome,
  -- The words name bucket and key, which are not for clients.
  coalesce(m.error, case when b.archive_error is null or private.is_service() then b.archive_error
    else 'It could not be archived.' end) as error,
  m.attempts, m.url_expires_at,
  m.local_file_path, m.file_size, m.mime_type, m.width, m.height, b.duration_ms,
  m.md5_sum, m.sha256,
  private.shown_archive_url(coalesce(b.archive_url, m.archive_url)) as archive_url,
  case when b.proof <> 'cached' or m.local_file_path is not null then b.proof end as proof,
  b.archived_at, b.verified_at,
  coalesce(m.ai_analysis_status, 'not_started') as ai_analysis_status, m.ai_analysis, m.ai_analyzed_at,
  case jsonb_typeof(m.ai_analysis_log)
    when 'array' then m.ai_analysis_log
    when 'object' then jsonb_build_array(m.ai_analysis_log)
  end as ai_analysis_log,
  m.created_at, m.updated_at,
  m.source_type, m.source_identity, m.provider_media_id, m.metadata, m.workspace_id, b.marks
from public.post_media m
left join public.media_blobs b on b.sha256 = m.sha256;
