"""Functions that show what a gateway makes of arguments, answers and errors."""

from __future__ import annotations

FUNCTIONS = """
create function public.echo(
  a_text text default null, a_list text[] default null, a_json jsonb default null,
  some_json jsonb[] default null, a_number bigint default null, a_flag boolean default null,
  a_time timestamptz default null, numbers int[] default null, a_real double precision default null,
  raw json default null
) returns table (
  a_text text, a_list text[], a_json jsonb, some_json jsonb[], a_number bigint, a_flag boolean,
  a_time timestamptz, numbers int[], a_real double precision, raw json
) language sql as $$ select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 $$;

create function public.count_to(n int) returns setof int language sql as $$ select generate_series(1, n) $$;
create function public.one_column(n int) returns table (number int) language sql as
  $$ select generate_series(1, n) $$;
create function public.by_name(name text) returns text language sql as $$ select 'name ' || name $$;
create function public.by_name(number int) returns text language sql as $$ select 'number ' || number $$;
create function public.session() returns table (path text, zone text) language sql as
  $$ select current_setting('search_path'), current_setting('timezone') $$;
create function public.refuse(why text, code text) returns void language plpgsql as
  $$ begin raise exception '%', why using hint = 'do this', errcode = code; end $$;
create table public.secrets (secret text primary key);
create function public.remember(secret text) returns void language sql security definer as
  $$ insert into public.secrets values ($1) $$;
create sequence public.tries;
create function public.die() returns void language sql as
  $$ select nextval('public.tries'), pg_terminate_backend(pg_backend_pid()), pg_sleep(60) $$;
create function public.wait_for_lock() returns void language sql as $$ select pg_advisory_xact_lock(1) $$;
create sequence public.meetings;
create function public.meet(mine int, other int) returns text language plpgsql security definer as $$
begin
  perform pg_advisory_xact_lock(7, mine);
  if nextval('public.meetings') <= 2 then
    while (select last_value from public.meetings) < 2 loop perform pg_sleep(0.01); end loop;
  end if;
  perform pg_advisory_xact_lock(7, other);
  return 'met ' || other;
end $$;
"""
