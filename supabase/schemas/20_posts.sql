-- Posts and what belongs to them.

create table public.posts (
  post_id text primary key,
  urn text not null unique,
  full_urn text,
  platform text default 'linkedin',
  posted_at_timestamp bigint,
  author_username text,
  text_content text,
  post_type text,
  url text,
  raw_json text,
  first_seen_at timestamptz default now(),
  is_read boolean default false,
  is_marked boolean default false,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  owner_user_id uuid,
  author_name text,
  reactions bigint,
  comments bigint,
  reposts bigint,
  views bigint,
  search tsvector generated always as (
    to_tsvector('simple',
      left(coalesce(author_name, '') || ' ' || coalesce(author_username, '') || ' '
        || coalesce(text_content, ''), 200000))
  ) stored
);

create index idx_posts_newest on public.posts (posted_at_timestamp desc nulls last, post_id desc);
create index idx_posts_search on public.posts using gin (search);
create index idx_posts_workspace on public.posts (workspace_id);

comment on column public.posts.urn is
  'The id of the post on its platform; full_urn of a repost can name the original, so it is no key';
comment on column public.posts.raw_json is 'The post as its newest export tells it, byte for byte';
comment on column public.posts.posted_at_timestamp is 'Milliseconds since 1970-01-01 UTC';

create table public.download_runs (
  run_id text primary key,
  started_at timestamptz not null,
  completed_at timestamptz,
  status text default 'running',
  script_name text,
  platform text default 'linkedin',
  posts_fetched integer default 0,
  posts_new integer default 0,
  posts_updated integer default 0,
  error_message text,
  system_info text,
  created_at timestamptz default now(),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  report jsonb
);

create table public.data_downloads (
  download_id text primary key,
  post_id text references public.posts (post_id) on delete cascade,
  run_id text references public.download_runs (run_id) on delete set null,
  downloaded_at timestamptz not null,
  total_reactions integer default 0,
  stats_json text,
  raw_json text,
  source_file_path text,
  created_at timestamptz default now(),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  content_hash text
);

create index idx_data_downloads_post on public.data_downloads (post_id, content_hash);
create index idx_data_downloads_run on public.data_downloads (run_id);

comment on table public.data_downloads is 'One snapshot of a post per distinct export of it';
comment on column public.data_downloads.content_hash is
  'SHA-256 of what the raw JSON says, in hexadecimal: layout and order of names do not count';
comment on column public.data_downloads.raw_json is
  'The raw JSON once a newer one has replaced it in posts; until then null';

create table public.profiles (
  profile_id text primary key,
  username text not null unique,
  name text not null,
  platform text default 'linkedin',
  is_active boolean default true,
  notes text,
  post_count integer default 0,
  last_synced_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id)
);

create table public.tags (
  tag_id text primary key,
  name text not null unique,
  description text,
  color text default 'cyan',
  created_at timestamptz default now(),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id)
);

create table public.profile_tags (
  profile_tag_id text primary key,
  profile_id text references public.profiles (profile_id) on delete cascade,
  tag_id text references public.tags (tag_id) on delete cascade,
  created_at timestamptz default now(),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  unique (profile_id, tag_id)
);

create table public.post_tags (
  post_tag_id text primary key,
  post_id text references public.posts (post_id) on delete cascade,
  tag_id text references public.tags (tag_id) on delete cascade,
  confidence real,
  applied_by text default 'ai',
  system_notes text,
  created_at timestamptz default now(),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  unique (post_id, tag_id)
);

create table public.action_queue (
  action_id text primary key,
  post_id text references public.posts (post_id) on delete cascade,
  action_type text not null,
  action_params text,
  status text default 'queued',
  priority integer default 0,
  scheduled_for timestamptz,
  executed_at timestamptz,
  user_notes text,
  system_notes text,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id)
);
