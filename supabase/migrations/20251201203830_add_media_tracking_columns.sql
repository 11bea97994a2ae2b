-- Checksums, the archive and the log of analyses, as the first users' libraries have them.

alter table public.post_media
  add column if not exists md5_sum text,
  add column if not exists archive_url text,
  add column if not exists ai_analysis_log jsonb;

alter table public.post_media alter column ai_analysis_status set default 'not_started';
alter table public.post_media drop constraint if exists post_media_ai_analysis_status_check;

update public.post_media
set ai_analysis_status = 'not_started'
where ai_analysis_status is null
   or ai_analysis_status not in ('not_started', 'started', 'completed', 'failed');

alter table public.post_media add constraint post_media_ai_analysis_status_check
  check (ai_analysis_status in ('not_started', 'started', 'completed', 'failed'));

create index if not exists idx_media_md5_sum on public.post_media (md5_sum);
create index if not exists idx_media_archive_url on public.post_media (archive_url)
  where archive_url is not null;

comment on column public.post_media.md5_sum is 'MD5 checksum of the media file for integrity verification';
comment on column public.post_media.archive_url is 'S3 URL for archived copy of media';
comment on column public.post_media.ai_analysis_log is 'Detailed log of AI analysis attempts and results';
