-- Batches of analyses: their answers, their end, and the list of them.

-- Saves answers of a batch as they came. One that is saved already, or that belongs to no open request of it, is
-- passed over: so a file may be read again from its beginning.
create or replace function public.save_ai_batch_answers(p_batch_id text, p_claim text, p_answers jsonb)
returns table (saved integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _open text[];
begin
  perform private.require_service();
  perform private.hold_batch(p_batch_id, p_claim);
  _open := array(
    select a.analysis_id from public.ai_analyses a
    where a.batch_id = p_batch_id and a.state = 'sent'
      and a.analysis_id = any (array(select i ->> 'analysis_id' from jsonb_array_elements(p_answers) i))
    order by a.analysis_id
    for update);
  perform public.store_analysis_answer(
    i.analysis_id, i.raw_answer, i.input_tokens, i.output_tokens, i.cost_microdollars)
  from (
    select distinct on (r.analysis_id) r.*
    from jsonb_to_recordset(p_answers) r(
      analysis_id text, raw_answer text, input_tokens bigint, output_tokens bigint, cost_microdollars bigint)
    where r.analysis_id = any (_open)
  ) i;
  update private.ai_batches b
  set answered = b.answered + cardinality(_open),
    cost_microdollars = b.cost_microdollars + coalesce((
      select sum((i ->> 'cost_microdollars')::bigint) from (
        select distinct on (r ->> 'analysis_id') r as i from jsonb_array_elements(p_answers) r) d
      where i ->> 'analysis_id' = any (_open)), 0)
  where b.batch_id = p_batch_id;
  return query select cardinality(_open);
end
$$;

-- Ends open requests of a batch: with what their answers say, or with the reason why there is none. Null ends all that
-- are left with one reason. Locked are the ledger's rows, then the budgets, then posts, as everywhere.
create or replace function public.end_ai_batch_requests(
  p_batch_id text, p_claim text, p_ended jsonb default null, p_error text default null,
  p_maybe_billed boolean default true, p_actor text default 'worker'
) returns table (ended integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _ended jsonb := p_ended;
  _ids text[];
  _open public.ai_analyses;
  _how jsonb;
  _count integer := 0;
begin
  perform private.require_service();
  perform private.hold_batch(p_batch_id, p_claim);
  _ids := array(
    select a.analysis_id from public.ai_analyses a
    where a.batch_id = p_batch_id and (p_ended is null
      or a.analysis_id = any (array(select i ->> 'analysis_id' from jsonb_array_elements(p_ended) i)))
    order by a.analysis_id
    for update);
  perform private.lock_budgets(array(
    select distinct unnest(a.budget_periods) from public.ai_analyses a where a.analysis_id = any (_ids)));
  perform from public.posts p
  where p.post_id = any (array(
    select m.post_id from public.ai_analyses a join public.post_media m on m.sha256 = a.sha256
    where a.analysis_id = any (_ids)))
  order by p.post_id
  for no key update;
  for _open in
    select * from public.ai_analyses a where a.analysis_id = any (_ids) order by a.analysis_id
  loop
    _how := coalesce((
      select i from jsonb_array_elements(_ended) i where i ->> 'analysis_id' = _open.analysis_id limit 1
    ), jsonb_build_object('error', p_error, 'maybe_billed', p_maybe_billed));
    _count := _count + 1;
    update private.ai_batches b
    set failed = b.failed + case when _how ->> 'error' is null then 0 else 1 end,
      unsure_microdollars = b.unsure_microdollars + case
        when _open.state = 'sent' and _how ->> 'error' is not null and coalesce((_how ->> 'maybe_billed')::boolean, true)
          then _open.held_microdollars
        else 0 end
    where b.batch_id = p_batch_id;
    if _how ->> 'error' is null then
      perform public.complete_analysis(_open.analysis_id, _how -> 'parsed', p_actor);
    else
      perform private.end_analysis(
        _open.analysis_id, _how ->> 'error', p_actor, coalesce((_how ->> 'maybe_billed')::boolean, true));
    end if;
    update public.ai_analyses a set batch_id = null where a.analysis_id = _open.analysis_id;
  end loop;
  return query select _count;
end
$$;

-- Ends a batch, and every request of it that is still open, with the reason.
create or replace function public.finish_ai_batch(
  p_batch_id text, p_claim text, p_error text default null, p_maybe_billed boolean default true,
  p_actor text default 'worker'
) returns table (ended integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _ended integer;
begin
  perform private.require_service();
  select e.ended into _ended
  from public.end_ai_batch_requests(
    p_batch_id, p_claim, null, coalesce(p_error, 'No answer came with the batch.'), p_maybe_billed, p_actor) e;
  update private.ai_batches b
  set state = 'finished', error = case when _ended > 0 then p_error end, finished_at = now(), claim = null, claimed_until = null
  where b.batch_id = p_batch_id;
  return query select _ended;
end
$$;

-- Asks for a batch to be called off; whoever looks at it next does so.
create or replace function public.cancel_ai_batch(p_batch_id text) returns table (changed integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _changed integer;
begin
  perform private.require_service();
  if not exists (select from private.ai_batches b where b.batch_id = p_batch_id) then
    raise exception using errcode = 'P0002', message = format('There is no batch %L.', p_batch_id);
  end if;
  update private.ai_batches b
  set is_cancelled = true, next_look_at = now()
  where b.batch_id = p_batch_id and b.state <> 'finished' and not b.is_cancelled;
  get diagnostics _changed = row_count;
  return query select _changed;
end
$$;

-- The batches, those that are open first, then the newest first.
create or replace function public.list_ai_batches(p_limit integer default 200) returns table (
  batch_id text, state text, model text, service_id text, service_status text, requests integer, answered integer,
  failed integer, held_microdollars bigint, cost_microdollars bigint, unsure_microdollars bigint, error text,
  is_cancelled boolean, created_at timestamptz, ordered_at timestamptz, expires_at timestamptz,
  finished_at timestamptz)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  return query
    select b.batch_id, b.state, b.model, b.service_id, b.service_status, b.requests, b.answered, b.failed,
      coalesce((select sum(a.held_microdollars) from public.ai_analyses a where a.batch_id = b.batch_id), 0)::bigint,
      b.cost_microdollars, b.unsure_microdollars, b.error, b.is_cancelled, b.created_at, b.ordered_at, b.expires_at,
      b.finished_at
    from private.ai_batches b
    order by b.state = 'finished', b.created_at desc, b.batch_id
    limit private.page_size(p_limit);
end
$$;

revoke all on function public.save_ai_batch_answers, public.end_ai_batch_requests, public.finish_ai_batch,
  public.cancel_ai_batch, public.list_ai_batches from public, anon, authenticated;
grant execute on function public.save_ai_batch_answers, public.end_ai_batch_requests, public.finish_ai_batch,
  public.cancel_ai_batch, public.list_ai_batches to service_role;
