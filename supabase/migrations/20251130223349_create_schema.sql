-- The library as its first users have it: every statement tolerates that the table is there.

create table if not exists public.posts (
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
  updated_at timestamptz default now()
);

create table if not exists public.download_runs (
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
  created_at timestamptz default now()
);

create table if not exists public.data_downloads (
  download_id text primary key,
  post_id text references public.posts (post_id) on delete cascade,
  run_id text references public.download_runs (run_id) on delete set null,
  downloaded_at timestamptz not null,
  total_reactions integer default 0,
  stats_json text,
  raw_json text,
  source_file_path text,
  created_at timestamptz default now()
);

create table if not exists public.profiles (
  profile_id text primary key,
  username text not null unique,
  name text not null,
  platform text default 'linkedin',
  is_active boolean default true,
  notes text,
  post_count integer default 0,
  last_synced_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table if not exists public.tags (
  tag_id text primary key,
  name text not null unique,
  description text,
  color text default 'cyan',
  created_at timestamptz default now()
);

create table if not exists public.profile_tags (
  profile_tag_id text primary key,
  profile_id text references public.profiles (profile_id) on delete cascade,
  tag_id text references public.tags (tag_id) on delete cascade,
  created_at timestamptz default now(),
  unique (profile_id, tag_id)
);

create table if not exists public.post_tags (
  post_tag_id text primary key,
  post_id text references public.posts (post_id) on delete cascade,
  tag_id text references public.tags (tag_id) on delete cascade,
  confidence real,
  applied_by text default 'ai',
  system_notes text,
  created_at timestamptz default now(),
  unique (post_id, tag_id)
);

create table if not exists public.action_queue (
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
  updated_at timestamptz default now()
);

create table if not exists public.post_media (
  media_id text primary key,
  post_id text references public.posts (post_id) on delete cascade,
  media_type text not null,
  media_url text not null,
  local_file_path text,
  file_size bigint,
  mime_type text,
  width integer,
  height integer,
  ai_analysis_status text default 'pending',
  ai_analysis text,
  ai_analyzed_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
