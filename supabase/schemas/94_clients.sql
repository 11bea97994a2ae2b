-- What a client without a database login asks before anything else: whether it and the library fit together.

-- The migrations that the library has, and the functions that change nothing, which a client that only reads
-- keeps to: it cannot tell PostgreSQL to refuse the others.
create or replace function public.library_terms()
returns table (versions text[], reading_functions text[])
language plpgsql stable security definer set search_path = '' as $$
begin
  if not private.is_service() then
    perform private.require_person();
  end if;
  return query select
    array(select m.version from supabase_migrations.schema_migrations m order by 1),
    array(
      select p.proname::text from pg_catalog.pg_proc p
      where p.pronamespace = 'public'::regnamespace and p.provolatile <> 'v'
      order by 1
    );
end
$$;

revoke all on function public.library_terms from public, anon;
grant execute on function public.library_terms to authenticated, service_role;
