-- What embedding by a service costs, in the budgets of analyses: held before a request goes out, settled after it.
create table private.embedding_charges (
  charge_id bigint generated always as identity primary key,
  model text not null,
  periods text[] not null,
  held_microdollars bigint not null,
  spent_microdollars bigint not null default 0,
  unsure_microdollars bigint not null default 0,
  input_tokens bigint,
  asked_at timestamptz not null default now(),
  settled_at timestamptz,
  user_id uuid default auth.uid()
);
create index idx_embedding_charges_open on private.embedding_charges (asked_at) where settled_at is null;
create index idx_embedding_charges_user on private.embedding_charges (user_id, asked_at);

create or replace function private.settle_charge(
  p_charge private.embedding_charges, p_spent bigint, p_unsure bigint, p_tokens bigint
) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform private.settle_money(p_charge.periods, p_charge.held_microdollars, p_spent, p_unsure);
  update private.embedding_charges c
  set spent_microdollars = p_spent, unsure_microdollars = p_unsure, input_tokens = p_tokens, settled_at = now()
  where c.charge_id = p_charge.charge_id;
end
$$;

-- What the embeddings that somebody asked for today (UTC) cost, may have cost, or may cost still.
create or replace function private.charged_today(p_user_id uuid) returns bigint
language sql stable set search_path = '' as $$
  select coalesce(sum(case when c.settled_at is null then c.held_microdollars
    else c.spent_microdollars + c.unsure_microdollars end), 0)::bigint
  from private.embedding_charges c
  where c.user_id = p_user_id and c.asked_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'
$$;

-- Holds the most that a request may cost; see private.hold_budget. What was held by who died meanwhile may have been
-- billed. A member only ever embeds questions, which cost fractions of a cent: those of a day (UTC) may come to ten
-- cents, whatever caps the member names, so that nobody can spend or hold what the others have left.
create or replace function public.hold_embedding(p_model text, p_budget jsonb) returns table (charge_id bigint)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _most_of_members constant bigint := 100000;
  _most bigint := (p_budget ->> 'most')::bigint;
  _periods text[] := private.budget_periods(p_budget ->> 'run');
  _lapsed private.embedding_charges[];
begin
  perform private.require_editor();
  if _most is null or _most < 0 then
    raise exception using errcode = '22023', message = 'What a request may cost is not below nothing.';
  end if;
  _lapsed := array(
    select c from private.embedding_charges c
    where c.settled_at is null and c.asked_at < now() - interval '15 minutes'
    order by c.charge_id
    for update skip locked);
  -- Those of yesterday and of today in one order: two orders would be a deadlock at midnight.
  perform private.lock_budgets(_periods || array(select unnest(l.periods) from unnest(_lapsed) l));
  perform private.settle_charge(l, 0, l.held_microdollars, null) from unnest(_lapsed) l;
  -- The budgets are locked, so that no other charge of the same member comes between.
  if not private.is_service() and _most > _most_of_members - private.charged_today(auth.uid()) then
    raise exception using errcode = '53400',
      message = 'The questions that a member has embedded may cost up to $0.10 a day, and so much is not left',
      hint = 'Search without meaning, or wait for another day (UTC).';
  end if;
  perform private.hold_money('Embedding the next texts', _most, _periods, p_budget -> 'caps');
  return query
    insert into private.embedding_charges (model, periods, held_microdollars) values (p_model, _periods, _most)
    returning charge_id;
end
$$;

-- Members settle their own charges, and at most with what is held for them.
create or replace function public.settle_embedding(
  p_charge_id bigint, p_spent bigint, p_unsure bigint, p_tokens bigint default null
) returns table (settled boolean)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _charge private.embedding_charges;
  _is_service boolean := private.is_service();
  _most bigint;
begin
  perform private.require_editor();
  select c.* into _charge from private.embedding_charges c
  where c.charge_id = p_charge_id and c.settled_at is null and (_is_service or c.user_id = auth.uid())
  for update;
  if _charge.charge_id is not null then
    _most := case when not _is_service then _charge.held_microdollars end;
    perform private.settle_charge(
      _charge, greatest(least(p_spent, _most), 0), greatest(least(p_unsure, _most), 0), p_tokens);
  end if;
  return query select _charge.charge_id is not null;
end
$$;

revoke all on function public.hold_embedding, public.settle_embedding from public, anon;
grant execute on function public.hold_embedding, public.settle_embedding to authenticated, service_role;

revoke execute on all functions in schema private from public;
