-- Media, the unique bytes behind them, their analyses, and the audit log.

-- A pattern that counts signs takes as long as all else that is done for a row.
create table public.media_blobs (
  sha256 text primary key
    constraint media_blobs_sha256_check check (length(sha256) = 64 and sha256 !~ '[^0-9a-f]'),
  md5_sum text not null
    constraint media_blobs_md5_sum_check check (length(md5_sum) = 32 and md5_sum !~ '[^0-9a-f]'),
  byte_size bigint not null,
  mime_type text not null,
  width integer,
  height integer,
  duration_ms bigint,
  phash bigint,
  archive_url text,
  proof text not null default 'cached'
    constraint media_blobs_proof_check check (proof in ('cached', 'archived', 'read_back')),
  archived_at timestamptz,
  archive_error text,
  verified_at timestamptz,
  marks jsonb,
  created_at timestamptz not null default now(),
  pinned_at timestamptz,
  constraint media_blobs_archive_check check ((proof = 'cached') = (archive_url is null))
);

-- Not unique: other bytes with the same MD5 are an incident, and both are kept.
create index idx_media_blobs_md5_sum on public.media_blobs (md5_sum);

comment on column public.media_blobs.phash is
  'What it looks like: for 8 rows of 9 grey fields, whether each is lighter than the next; from its small picture';
comment on column public.media_blobs.pinned_at is 'Since when they stay in the cache whatever room is needed';
comment on column public.media_blobs.archive_error is 'Why the last try to archive them failed; null once one succeeded';
comment on column public.media_blobs.marks is
  'What the file says of how it was made (C2PA, XMP): a claim of the file; null while nobody looked';
comment on column public.media_blobs.proof is
  'How well a copy is known: cached (while a media names a local file), archived (a checksum was compared), read_back (the bytes were)';

create table public.post_media (
  media_id text primary key,
  post_id text references public.posts (post_id) on delete cascade,
  media_type text not null
    constraint post_media_media_type_check check (media_type in ('image', 'video', 'audio', 'document')),
  media_url text,
  local_file_path text,
  file_size bigint,
  mime_type text,
  width integer,
  height integer,
  ai_analysis_status text default 'not_started'
    constraint post_media_ai_analysis_status_check
    check (ai_analysis_status in ('not_started', 'started', 'completed', 'failed')),
  ai_analysis text,
  ai_analyzed_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  md5_sum text,
  archive_url text,
  ai_analysis_log jsonb,
  sha256 text references public.media_blobs (sha256),
  role text not null default 'main'
    constraint post_media_role_check check (role in ('main', 'thumbnail', 'article', 'reshared', 'avatar')),
  position integer not null default 0 constraint post_media_position_check check (position >= 0),
  alt_text text,
  source_identity text,
  provider_media_id text,
  download_status text not null default 'pending'
    constraint post_media_download_status_check
    check (download_status in ('pending', 'downloading', 'ready', 'failed')),
  outcome text constraint post_media_outcome_check
    check (outcome in ('ok', 'expired', 'deleted', 'auth', 'rate_limited', 'blocked', 'too_large',
      'not_media', 'network')),
  error text,
  attempts integer not null default 0,
  claim text,
  url_expires_at timestamptz,
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  owner_user_id uuid,
  source_type text not null default 'post'
    constraint post_media_source_type_check
    check (source_type in ('post', 'upload', 'whatsapp', 'playground', 'enhanced', 'stock')),
  enhancement_type text,
  original_media_id text references public.post_media (media_id) on delete set null,
  metadata jsonb not null default '{}',
  constraint post_media_place_key unique (post_id, role, position),
  constraint post_media_post_check check (post_id is not null or source_type <> 'post'),
  constraint post_media_ready_check
    check (download_status <> 'ready' or (sha256 is not null and local_file_path is not null))
);

create index idx_media_md5_sum on public.post_media (md5_sum);
create index idx_media_archive_url on public.post_media (archive_url) where archive_url is not null;
create index idx_media_sha256 on public.post_media (sha256) where sha256 is not null;
create index idx_media_source_identity on public.post_media (source_identity)
  where source_identity is not null;
create index idx_media_not_ready on public.post_media (download_status, media_id)
  where download_status <> 'ready';
create index idx_media_original on public.post_media (original_media_id)
  where original_media_id is not null;

comment on column public.post_media.md5_sum is 'MD5 checksum of the media file for integrity verification';
comment on column public.post_media.archive_url is 'S3 URL for archived copy of media';
comment on column public.post_media.ai_analysis_log is 'Detailed log of AI analysis attempts and results';
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
