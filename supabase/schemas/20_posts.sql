-- Posts and what belongs to them.

create table public.posts (
  post_id text primary key,
  urn text not null,
  full_urn text,
  platform text not null default 'linkedin',
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
  search tsvector,
  media_total integer not null default 0,
  media_ready integer not null default 0,
  media_failed integer not null default 0,
  media_archived integer not null default 0,
  media_analyzed integer not null default 0,
  media_facts integer not null default 0,
  link_dies_at timestamptz,
  is_partial boolean not null default false,
  has_link boolean not null generated always as (
    coalesce(text_content like '%://%' and text_content ~* 'https?://', false)
  ) stored,
  media_state smallint not null generated always as (
    case
      when media_total = 0 then 4
      when media_failed > 0 then 0
      when media_archived = media_total then 3
      when media_ready = media_total then 2
      else 1
    end
  ) stored,
  age bigint not null generated always as (
    -greatest(coalesce(posted_at_timestamp, -9223372036854775807), -9223372036854775807)
  ) stored,
  engagement_rank bigint not null generated always as (
    -(least(greatest(coalesce(reactions, 0), 0), 1000000000000000)
      + least(greatest(coalesce(comments, 0), 0), 1000000000000000)
      + least(greatest(coalesce(reposts, 0), 0), 1000000000000000))
  ) stored,
  author_key text collate "C" not null generated always as (
    left(lower(coalesce(nullif(author_name, ''), author_username, '')), 200) || E'\t'
      || left(lower(coalesce(author_username, '')), 200)
  ) stored,
  content_hash text,
  constraint posts_identity_key unique (urn, platform)
);

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
comment on column public.posts.content_hash is
  'SHA-256 of what raw_json says, in hexadecimal, as data_downloads has it; null where an older library wrote it';
comment on column public.posts.is_partial is 'Whether only copies inside other posts were imported';
comment on column public.posts.posted_at_timestamp is 'Milliseconds since 1970-01-01 UTC';
comment on column public.posts.search is
  'The words of all that the post says and shows, weighted by where they stand; kept by triggers';
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
  content_hash text,
  comments bigint,
  reposts bigint,
  views bigint
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
  username text not null,
  name text not null,
  platform text default 'linkedin',
  is_active boolean default true,
  notes text,
  post_count integer default 0,
  last_synced_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  constraint profiles_username_key unique (workspace_id, username)
);

create table public.tags (
  tag_id text primary key,
  name text not null,
  description text,
  color text default 'cyan',
  created_at timestamptz default now(),
  workspace_id uuid not null default '00000000-0000-0000-0000-000000000001'
    references public.workspaces (workspace_id),
  constraint tags_name_key unique (workspace_id, name)
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
