-- Seals: a chain of hashes over the audit log, in which a removed or changed event shows.
--
-- A seal covers the events that were visible and not covered yet, by their ids, so whoever adds events waits for
-- nobody. Its hash is over the text of each, in the order of their ids, and over the hash of the seal before.

create table private.audit_seals (
  seal_no bigint primary key,
  sealed_at timestamptz not null,
  event_ids int8multirange not null,
  events integer not null,
  fingerprints bytea not null,
  hash text not null constraint audit_seals_hash_check check (hash ~ '^[0-9a-f]{64}$'),
  settled_txid xid8 not null,
  settled_id bigint not null,
  constraint audit_seals_hash_key unique (hash)
);

create index idx_audit_seals_event_ids on private.audit_seals using gist (event_ids);

comment on column private.audit_seals.fingerprints is
  'The first 4 bytes of the hash of each event, by which a changed one is told from its neighbours';
comment on column private.audit_seals.settled_txid is
  'Every event up to here, by transaction and id, is covered by this seal or one before; no part of the hash';

create trigger audit_seals_append_only
  before update or delete or truncate on private.audit_seals
  for each statement execute function private.refuse_change();
alter table private.audit_seals enable always trigger audit_seals_append_only;

-- What of an event is sealed, as JSON. The number of its transaction is not: another server counts its own.
-- Moments are in UTC without a zone, which JSON writes alike whatever the session is set to. Without a search_path
-- of its own, so that it is inlined.
create or replace function private.event_text(p_event public.media_events) returns text
language sql stable as $$
  select json_build_array(
    p_event.id, p_event.at at time zone 'UTC', p_event.event, p_event.actor, p_event.user_id, p_event.media_id,
    p_event.post_id, p_event.sha256, p_event.job_id, p_event.correlation_id, p_event.details,
    p_event.workspace_id)::text
$$;

-- Range by range, because the whole log in the order of its ids is no way to a seal's ten thousand.
create or replace function private.event_hashes(p_ids int8multirange) returns table (id bigint, hash bytea)
language sql stable set search_path = '' as $$
  select e.id, e.hash
  from unnest(p_ids) r(ids)
  cross join lateral (
    select e.id, sha256(convert_to(private.event_text(e), 'UTF8')) as hash
    from public.media_events e
    where e.id >= lower(r.ids) and e.id < upper(r.ids)
    order by e.id
  ) e
$$;

create or replace function private.seal_hash(p_seal private.audit_seals, p_before text, p_events bytea)
returns text
language sql stable set search_path = '' as $$
  select encode(sha256(convert_to(json_build_array(
    'social-tui audit seal 1', p_seal.seal_no, p_before, p_seal.sealed_at at time zone 'UTC',
    p_seal.event_ids::text, p_seal.events, encode(p_events, 'hex'))::text, 'UTF8')), 'hex')
$$;

-- The ids of the next events to be covered, and up to where all are then. A transaction that may still commit is
-- waited for by order (txid, id). Where transactions are numbered lower than what is covered, the library came
-- from another server: then their numbers tell nothing, and every visible event that no seal covers is next.
-- Nothing is sorted, so that of a million events that wait no more are read than are sealed.
create or replace function private.next_to_seal(p_last private.audit_seals, p_limit integer)
returns table (event_ids int8multirange, events integer, settled_txid xid8, settled_id bigint)
language plpgsql volatile set search_path = '' set enable_sort = off as $$
#variable_conflict use_column
declare
  _settled xid8 := pg_snapshot_xmin(pg_current_snapshot());
  _txid xid8 := coalesce(p_last.settled_txid, '0');
  _came_from_elsewhere boolean := _settled < _txid;
begin
  if _came_from_elsewhere then
    return query
      with next as (
        select e.id from public.media_events e
        where not exists (select from private.audit_seals s where s.event_ids @> e.id)
        order by e.id
        limit p_limit
      )
      select coalesce(range_agg(int8range(n.id, n.id, '[]')), '{}'), count(*)::integer,
        case when count(*) < p_limit then _settled else _txid end, 0::bigint
      from next n;
  else
    return query
      with next as (
        select e.txid, e.id from public.media_events e
        where (e.txid, e.id) > (_txid, coalesce(p_last.settled_id, 0)) and e.txid < _settled
          and not exists (select from private.audit_seals s where s.event_ids @> e.id)
        order by e.txid, e.id
        limit p_limit
      )
      select range_agg(int8range(n.id, n.id, '[]')), count(*)::integer,
        case when count(*) < p_limit then _settled else max(n.txid) end,
        case when count(*) < p_limit then 0 else (array_agg(n.id order by n.txid desc, n.id desc))[1] end
      from next n
      having count(*) > 0;
  end if;
end
$$;

-- Seals at most so many events, and says whether there may be more. Nothing comes back where all are sealed.
create or replace function public.seal_events(p_limit integer default 10000)
returns table (seal_no bigint, sealed_at timestamptz, events integer, hash text, has_more boolean)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _limit integer := least(greatest(p_limit, 1), 10000);
  _last private.audit_seals;
  _seal private.audit_seals;
  _events bytea;
begin
  perform private.require_service();
  -- One at a time. Who adds events or reads seals is not held up.
  lock table private.audit_seals in share row exclusive mode;
  select * into _last from private.audit_seals s order by s.seal_no desc limit 1;
  select n.* into _seal.event_ids, _seal.events, _seal.settled_txid, _seal.settled_id
  from private.next_to_seal(_last, _limit) n;
  if not found then
    return;
  end if;
  _seal.seal_no := coalesce(_last.seal_no, 0) + 1;
  _seal.sealed_at := clock_timestamp();
  select coalesce(string_agg(substr(h.hash, 1, 4), '' order by h.id), ''),
    sha256(coalesce(string_agg(h.hash, '' order by h.id), ''))
  into _seal.fingerprints, _events
  from private.event_hashes(_seal.event_ids) h;
  _seal.hash := private.seal_hash(_seal, coalesce(_last.hash, ''), _events);
  insert into private.audit_seals select _seal.*;
  return query select _seal.seal_no, _seal.sealed_at, _seal.events, _seal.hash, _seal.events = _limit;
end
$$;

-- The first event of a seal that is gone or has another text than when it was sealed.
create or replace function private.first_misfit(p_seal private.audit_seals)
returns table (fault text, event_id bigint)
language sql stable set search_path = '' as $$
  select case when h.id is null then 'event_missing' else 'event_changed' end, i.id
  from (
    select n.id, row_number() over (order by n.id)::integer as place
    from unnest(p_seal.event_ids) r(ids), generate_series(lower(r.ids), upper(r.ids) - 1) n(id)
  ) i
  left join private.event_hashes(p_seal.event_ids) h using (id)
  where h.id is null or substr(p_seal.fingerprints, 4 * i.place - 3, 4) <> substr(h.hash, 1, 4)
  order by i.id
  limit 1
$$;

-- Seals in their order, computed again, each with what does not fit in it: 'seal_missing' (the one before it is
-- gone), 'event_missing', 'event_changed', or 'seal_changed' (its events fit, and it does not follow from them
-- and the seal before).
create or replace function public.check_seals(p_after bigint default 0, p_limit integer default 10)
returns table (
  seal_no bigint, sealed_at timestamptz, events integer, hash text, fault text, event_id bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _before text := '';
  _expected bigint := p_after + 1;
  _seal private.audit_seals;
  _found integer;
  _events bytea;
begin
  perform private.require_service();
  select s.hash into _before from private.audit_seals s where s.seal_no = p_after;
  for _seal in
    select * from private.audit_seals s where s.seal_no > p_after order by s.seal_no
    limit private.page_size(p_limit)
  loop
    select _seal.seal_no, _seal.sealed_at, _seal.events, _seal.hash
    into seal_no, sealed_at, events, hash;
    fault := null;
    event_id := null;
    select count(*)::integer, sha256(coalesce(string_agg(h.hash, '' order by h.id), ''))
    into _found, _events
    from private.event_hashes(_seal.event_ids) h;
    if _seal.seal_no <> _expected then
      fault := 'seal_missing';
    elsif _found <> _seal.events
      or private.seal_hash(_seal, coalesce(_before, ''), _events) <> _seal.hash then
      select m.fault, m.event_id into fault, event_id from private.first_misfit(_seal) m;
      fault := coalesce(fault, 'seal_changed');
    end if;
    return next;
    _before := _seal.hash;
    _expected := _seal.seal_no + 1;
  end loop;
end
$$;

-- How many events no seal covers: those that wait for theirs, and those that cannot, because when the last seal
-- was made, every event of their transactions was there and they were not.
create or replace function public.unsealed_events()
returns table (events bigint, waiting bigint, slipped_in bigint, first_slipped_in bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _covered int8multirange := (select coalesce(range_agg(s.event_ids), '{}') from private.audit_seals s);
  _last private.audit_seals;
  _is_here boolean;
begin
  perform private.require_service();
  select * into _last from private.audit_seals s order by s.seal_no desc limit 1;
  _is_here := coalesce(_last.settled_txid <= pg_snapshot_xmin(pg_current_snapshot()), false);
  return query
    select count(*), count(*) filter (where not e.is_covered and not e.is_late),
      count(*) filter (where not e.is_covered and e.is_late),
      min(e.id) filter (where not e.is_covered and e.is_late)
    from (
      select e.id, _covered @> e.id as is_covered,
        _is_here and (e.txid, e.id) <= (_last.settled_txid, _last.settled_id) as is_late
      from public.media_events e
    ) e;
end
$$;

-- The last seal: its hash says everything that the log held when it was made.
create or replace function public.audit_head()
returns table (seal_no bigint, sealed_at timestamptz, hash text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    select s.seal_no, s.sealed_at, s.hash from private.audit_seals s order by s.seal_no desc limit 1;
end
$$;

revoke all on function public.seal_events, public.check_seals, public.unsealed_events, public.audit_head
  from public, anon, authenticated;
grant execute on function public.seal_events, public.check_seals, public.unsealed_events, public.audit_head
  to service_role;

revoke execute on all functions in schema private from public;

-- PostgREST reads the catalogue again.
notify pgrst, 'reload schema';
