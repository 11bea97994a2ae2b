-- Import runs, and the stored texts to read again.

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
    select p.post_id, p.platform, p.urn, p.raw_json
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

revoke all on function public.start_run, public.finish_run, public.raw_posts from public, anon;
grant execute on function public.start_run, public.finish_run, public.raw_posts to authenticated, service_role;
