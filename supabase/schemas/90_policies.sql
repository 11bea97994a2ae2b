-- Who may touch which row without the functions: members their workspaces' rows, the service all, anon none.

revoke execute on all functions in schema private from public;
grant execute on function private.is_service, private.readable_workspaces, private.editable_workspaces,
  private.owned_workspaces to authenticated, service_role;

do $$
declare
  _table text;
begin
  foreach _table in array array[
    'workspaces', 'workspace_members', 'posts', 'post_media', 'media_blobs', 'ai_analyses', 'media_events',
    'profiles', 'tags', 'profile_tags', 'post_tags', 'action_queue', 'download_runs', 'data_downloads'
  ] loop
    execute format('alter table public.%I enable row level security', _table);
    execute format('revoke all on public.%I from public, anon, authenticated', _table);
    execute format('grant all on public.%I to service_role', _table);
    execute format('create policy service_all on public.%I to service_role using (true) with check (true)',
      _table);
  end loop;

  -- A row belongs to a workspace, and its members see it.
  foreach _table in array array[
    'posts', 'post_media', 'media_events', 'profiles', 'tags', 'profile_tags', 'post_tags', 'action_queue',
    'download_runs', 'data_downloads'
  ] loop
    execute format('create policy member_read on public.%I for select to authenticated'
      ' using (workspace_id = any (array(select unnest(private.readable_workspaces()))))', _table);
  end loop;

  -- Owners and editors change what people write. What the system finds out is written by functions only.
  foreach _table in array array[
    'posts', 'post_media', 'profiles', 'tags', 'profile_tags', 'post_tags', 'action_queue'
  ] loop
    execute format('create policy editor_write on public.%I to authenticated'
      ' using (workspace_id = any (array(select unnest(private.editable_workspaces()))))'
      ' with check (workspace_id = any (array(select unnest(private.editable_workspaces()))))', _table);
  end loop;
end
$$;

grant select, insert, update, delete
  on public.profiles, public.tags, public.profile_tags, public.post_tags, public.action_queue
  to authenticated;
grant select, delete, update (is_read, is_marked) on public.posts to authenticated;
grant select on public.media_events, public.download_runs, public.data_downloads, public.workspaces,
  public.workspace_members, public.ai_analyses to authenticated;

-- All but where the archive is.
grant select (
  media_id, post_id, media_type, media_url, local_file_path, file_size, mime_type, width, height,
  ai_analysis_status, ai_analysis, ai_analyzed_at, created_at, updated_at, md5_sum, ai_analysis_log, sha256,
  role, position, alt_text, source_identity, provider_media_id, download_status, outcome, error, attempts,
  url_expires_at, workspace_id, owner_user_id, source_type, enhancement_type, original_media_id, metadata
), update (alt_text, metadata), delete on public.post_media to authenticated;
grant select (
  sha256, md5_sum, byte_size, mime_type, width, height, duration_ms, phash, proof, archived_at, verified_at,
  created_at, pinned_at
) on public.media_blobs to authenticated;

-- Bytes and their analyses belong to whoever has a media with them.
create policy member_read on public.media_blobs for select to authenticated
  using (exists (select from public.post_media m where m.sha256 = media_blobs.sha256));
create policy member_read on public.ai_analyses for select to authenticated
  using (exists (select from public.post_media m where m.sha256 = ai_analyses.sha256));

create policy member_read on public.workspaces for select to authenticated
  using (workspace_id = any (array(select unnest(private.readable_workspaces()))));

-- Owners decide by functions who is in.
create policy member_read on public.workspace_members for select to authenticated
  using (workspace_id = any (array(select unnest(private.readable_workspaces()))));
create policy owner_rename on public.workspaces for update to authenticated
  using (workspace_id = any (array(select unnest(private.owned_workspaces()))))
  with check (workspace_id = any (array(select unnest(private.owned_workspaces()))));
grant update (name) on public.workspaces to authenticated;

-- PostgREST reads the catalogue again.
notify pgrst, 'reload schema';
