-- What a Supabase project has and plain PostgreSQL lacks, made only where it is absent, so that the same
-- migrations run on both. Definitions follow the hosted ones: https://github.com/supabase/postgres
-- (migrations/db/init-scripts).

do $bootstrap$
declare
  missing text;
begin
  foreach missing in array array['anon', 'authenticated', 'service_role'] loop
    if to_regrole(missing) is null then
      begin
        execute format('create role %I nologin noinherit', missing);
        if missing = 'service_role' then
          execute 'alter role service_role bypassrls';
        end if;
      exception
        -- Roles belong to the whole server: another database's bootstrap was first.
        when duplicate_object or unique_violation then null;
      end;
    end if;
  end loop;
end
$bootstrap$;

grant usage on schema public to anon, authenticated, service_role;

do $bootstrap$
begin
  if to_regnamespace('auth') is null then
    create schema auth;
    grant usage on schema auth to anon, authenticated, service_role;
  end if;

  if to_regprocedure('auth.uid()') is null then
    create function auth.uid() returns uuid language sql stable as $$
      select coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
      )::uuid
    $$;
  end if;

  if to_regprocedure('auth.role()') is null then
    create function auth.role() returns text language sql stable as $$
      select coalesce(
        nullif(current_setting('request.jwt.claim.role', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
      )
    $$;
  end if;

  if to_regprocedure('auth.jwt()') is null then
    create function auth.jwt() returns jsonb language sql stable as $$
      select coalesce(
        nullif(current_setting('request.jwt.claim', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')
      )::jsonb
    $$;
  end if;
end
$bootstrap$;
