-- Batches: many requests that an AI service answers within a day for half the price. What goes into one is reserved in
-- the ledger and held in the budgets first. Each step is written down before the next one begins, so that a batch that
-- was left at any of them is taken up there: nothing is sent that nobody reckons with, and nothing twice.
--   reserved  nothing has gone out
--   uploaded  the service has the file of requests, and does nothing with it
--   creating  the batch is being ordered: it may be there already, and is looked for before it is ordered again
--   created   the service works on it, or is done
--   finished  no request of it is open

create table private.ai_batches (
  batch_id text primary key,
  state text not null default 'reserved'
    constraint ai_batches_state_check check (state in ('reserved', 'uploaded', 'creating', 'created', 'finished')),
  provider text not null,
  model text not null,
  prompt_version text not null,
  schema_version text not null,
  detail text not null,
  input_file_id text,
  service_id text,
  service_status text,
  output_file_id text,
  error_file_id text,
  requests integer not null default 0,
  answered integer not null default 0,
  failed integer not null default 0,
  cost_microdollars bigint not null default 0,
  unsure_microdollars bigint not null default 0,
  error text,
  is_cancelled boolean not null default false,
  claim text,
  claimed_until timestamptz,
  next_look_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  ordered_at timestamptz,
  expires_at timestamptz,
  finished_at timestamptz
);

comment on table private.ai_batches is 'Requests that were, or are to be, answered together for half the price';
comment on column private.ai_batches.service_id is 'What the service calls it';
comment on column private.ai_batches.claim is 'Who has it in hand until claimed_until';

alter table public.ai_analyses add column batch_id text references private.ai_batches (batch_id);

comment on column public.ai_analyses.batch_id is 'The batch that it is an open request of';

create index ai_analyses_batch_idx on public.ai_analyses (batch_id, analysis_id) where batch_id is not null;
create index ai_batches_open_idx on private.ai_batches (next_look_at) where state <> 'finished';

-- How many of some requests, the first ones, the caps leave room for by what each may cost; the rows of their periods
-- stay locked.
create or replace function private.room_in_budgets(p_budget jsonb, p_mosts bigint[]) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  _periods text[] := private.budget_periods(p_budget ->> 'run');
  _left bigint;
begin
  if 0 = all (p_mosts) then
    return cardinality(p_mosts);
  end if;
  perform private.lock_budgets(_periods);
  select min((p_budget -> 'caps' ->> split_part(b.period, ' ', 1))::bigint
    - b.spent_microdollars - b.held_microdollars - b.unsure_microdollars) into _left
  from private.ai_budgets b
  where b.period = any (_periods);
  return (
    select count(*) from (
      select sum(i.most) over (order by i.place) as total from unnest(p_mosts) with ordinality i(most, place)) t
    where t.total <= _left or _left is null);
end
$$;

-- What a batch can ask about: unique bytes of the media in question of which nobody asked the same yet, or in vain
-- without an answer that is kept. A kept one is read again first, which a batch is not for. What failed since p_since
-- did so by the same request.
create or replace function private.bytes_to_ask_about(
  p_question jsonb, p_media_ids text[], p_post_ids text[], p_retry boolean, p_editable uuid[],
  p_outdated boolean, p_since timestamptz, p_limit integer
) returns text[]
language sql stable set search_path = '' as $$
  select array(
    select w.sha256
    from (
      select i.sha256, i.created_at
      from private.work_for('analyze', p_media_ids, p_post_ids, p_retry, p_editable, null, null) i
      where i.is_eligible
      union all
      select o.sha256, o.created_at
      from private.outdated_work(case when p_outdated then p_question end, p_media_ids, p_post_ids, p_editable) o
    ) w
    left join public.ai_analyses a on a.sha256 = w.sha256 and a.provider = p_question ->> 'provider'
      and a.model = p_question ->> 'model' and a.prompt_version = p_question ->> 'prompt_version'
      and a.schema_version = p_question ->> 'schema_version' and a.detail = p_question ->> 'detail'
    where w.sha256 is not null
      and (a.analysis_id is null or (a.state = 'failed' and a.raw_answer is null and a.batch_id is null
        and (p_since is null or a.finished_at < p_since)))
    group by w.sha256
    order by min(w.created_at), w.sha256
    limit p_limit)
$$;

-- Reserves a batch of requests, as many as there are, as one may hold and as the caps leave room for. Locked are the
-- ledger's rows, then the budgets, then posts, as everywhere.
create or replace function public.reserve_ai_batch(
  p_claim text, p_question jsonb, p_budget jsonb, p_media_ids text[] default null, p_post_ids text[] default null,
  p_filter jsonb default null, p_except text[] default null, p_retry_failed boolean default false,
  p_outdated boolean default false, p_since timestamptz default null, p_most_requests integer default 5000, p_actor text default 'worker'
) returns table (batch_id text, requests integer, left_out integer, at timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[];
  _post_ids text[];
  _retry boolean := p_retry_failed or p_media_ids is not null;
  _batch_id text := private.generate_aws_id('bat');
  _asked text[];
  _own text[];
  _mosts bigint[];
  _count integer;
begin
  perform private.require_service();
  _editable := private.require_editor();
  _post_ids := private.posts_for(p_post_ids, p_filter, p_except, _editable);
  if _retry then
    perform private.give_up_sent_analyses(array(
      select w.sha256
      from private.work_for('analyze', p_media_ids, _post_ids, _retry, _editable, null, null) w
      where w.is_eligible
    ), p_actor);
  end if;
  _asked := private.bytes_to_ask_about(p_question, p_media_ids, _post_ids, _retry, _editable, p_outdated,
    p_since, p_most_requests);
  insert into private.ai_batches
    (batch_id, provider, model, prompt_version, schema_version, detail, claim, claimed_until)
  select _batch_id, q.provider, q.model, q.prompt_version, q.schema_version, q.detail, p_claim,
    now() + interval '2 minutes'
  from jsonb_to_record(p_question)
    q(provider text, model text, prompt_version text, schema_version text, detail text);
  insert into public.ai_analyses
    (analysis_id, sha256, provider, model, prompt_version, schema_version, detail, batch_id)
  select private.generate_aws_id('ana'), i.sha256, b.provider, b.model, b.prompt_version, b.schema_version, b.detail,
    b.batch_id
  from unnest(_asked) with ordinality i(sha256, place)
  join private.ai_batches b on b.batch_id = _batch_id
  order by i.place
  on conflict on constraint ai_analyses_question_key do nothing;
  -- Somebody may have begun with one meanwhile: then it is theirs.
  update public.ai_analyses a
  set batch_id = _batch_id
  from (
    select o.analysis_id
    from public.ai_analyses o
    join private.ai_batches b on b.batch_id = _batch_id
    where o.sha256 = any (_asked) and o.state = 'failed' and o.raw_answer is null and o.batch_id is null
      and (o.provider, o.model, o.prompt_version, o.schema_version, o.detail)
        = (b.provider, b.model, b.prompt_version, b.schema_version, b.detail)
    order by o.analysis_id
    for update of o skip locked
  ) f
  where a.analysis_id = f.analysis_id;

  -- Of a document more than one page is sent.
  select coalesce(array_agg(a.analysis_id order by a.analysis_id), '{}'),
    coalesce(array_agg(
      coalesce((p_budget ->> case b.mime_type when 'application/pdf' then 'most_of_document' else 'most' end)::bigint, 0)
      order by a.analysis_id), '{}')
  into _own, _mosts
  from public.ai_analyses a
  join public.media_blobs b on b.sha256 = a.sha256
  where a.batch_id = _batch_id;
  _count := private.room_in_budgets(p_budget, _mosts);
  delete from public.ai_analyses a where a.analysis_id = any (_own[_count + 1:]) and a.state = 'reserved';
  update public.ai_analyses a set batch_id = null where a.analysis_id = any (_own[_count + 1:]);
  if _count = 0 then
    delete from private.ai_batches b where b.batch_id = _batch_id;
    return query select null::text, 0, cardinality(_own), now();
    return;
  end if;
  if 0 < any (_mosts) then
    update private.ai_budgets b
    set requests = b.requests + _count, updated_at = now(),
      held_microdollars = b.held_microdollars + (select sum(i) from unnest(_mosts[:_count]) i)
    where b.period = any (private.budget_periods(p_budget ->> 'run'));
  end if;
  update public.ai_analyses a
  set state = 'reserved', error = null, finished_at = null, updated_at = clock_timestamp(),
    budget_periods = private.budget_periods(p_budget ->> 'run'), held_microdollars = i.most,
    last_unsure_microdollars = 0
  from unnest(_own, _mosts) i(analysis_id, most)
  where a.batch_id = _batch_id and a.analysis_id = i.analysis_id;
  update private.ai_batches b set requests = _count where b.batch_id = _batch_id;
  perform from public.posts p
  where p.post_id = any (array(
    select m.post_id from public.ai_analyses a join public.post_media m on m.sha256 = a.sha256
    where a.batch_id = _batch_id))
  order by p.post_id
  for no key update;
  perform private.start_media_analysis(a, null, p_actor) from public.ai_analyses a where a.batch_id = _batch_id;
  return query select _batch_id, _count, cardinality(_own) - _count, now();
end
$$;

-- A batch that the caller has in hand, for two minutes more.
create or replace function private.hold_batch(p_batch_id text, p_claim text) returns private.ai_batches
language plpgsql volatile set search_path = '' as $$
declare
  _batch private.ai_batches;
begin
  update private.ai_batches b
  set claimed_until = now() + interval '2 minutes'
  where b.batch_id = p_batch_id and b.claim = p_claim
  returning * into _batch;
  if not found then
    raise exception using errcode = '55000',
      message = format('Somebody else has the batch %s in hand by now, or there is none.', p_batch_id);
  end if;
  return _batch;
end
$$;

-- Takes the batch that is to be looked at next, or a named one, unless somebody has it in hand.
create or replace function public.take_ai_batch(p_claim text, p_batch_id text default null)
returns setof private.ai_batches
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.require_service();
  return query
    update private.ai_batches b
    set claim = p_claim, claimed_until = now() + interval '2 minutes'
    from (
      select d.batch_id from private.ai_batches d
      where d.state <> 'finished' and (d.claimed_until is null or d.claimed_until < now())
        and case when p_batch_id is null then d.next_look_at <= now() else d.batch_id = p_batch_id end
      order by d.next_look_at, d.batch_id
      limit 1
      for update skip locked
    ) d
    where b.batch_id = d.batch_id
    returning b.*;
end
$$;

-- The open requests of a batch in the order of its file, each with a media that has the bytes.
create or replace function public.ai_batch_requests(
  p_batch_id text, p_claim text, p_after text default '', p_limit integer default 200
) returns table (analysis_id text, media_id text, state text, raw_answer text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  perform private.hold_batch(p_batch_id, p_claim);
  return query
    select a.analysis_id, m.media_id, a.state, a.raw_answer
    from public.ai_analyses a
    left join lateral (
      select o.media_id from public.post_media o where o.sha256 = a.sha256
      order by o.download_status = 'ready' desc, o.media_id limit 1
    ) m on true
    where a.batch_id = p_batch_id and a.analysis_id > p_after
    order by a.analysis_id
    limit private.page_size(p_limit);
end
$$;

-- Writes down how far a batch is. Before it is ordered, all of its requests are told to be sent. p_wait_seconds, where
-- it is given, lets go of it until then.
create or replace function public.mark_ai_batch(
  p_batch_id text, p_claim text, p_state text, p_facts jsonb default '{}', p_wait_seconds double precision default null
) returns setof private.ai_batches
language plpgsql volatile security definer set search_path = '' as $$
declare
  _batch private.ai_batches;
begin
  perform private.require_service();
  _batch := private.hold_batch(p_batch_id, p_claim);
  if p_state <> _batch.state and (_batch.state, p_state) not in (
    ('reserved', 'uploaded'), ('uploaded', 'creating'), ('creating', 'created'), ('created', 'uploaded')
  ) then
    raise exception using errcode = '55000',
      message = format('The batch %s is %s, and cannot be %s now.', p_batch_id, _batch.state, p_state);
  end if;
  if p_state = 'creating' and _batch.state <> p_state then
    update public.ai_analyses a
    set state = 'sent', sent_at = clock_timestamp(), updated_at = clock_timestamp()
    where a.batch_id = p_batch_id and a.state = 'reserved';
  end if;
  return query
    update private.ai_batches b
    set state = p_state,
      input_file_id = coalesce(p_facts ->> 'input_file_id', b.input_file_id),
      service_id = case when p_state = 'uploaded' then null else coalesce(p_facts ->> 'service_id', b.service_id) end,
      service_status = coalesce(p_facts ->> 'service_status', b.service_status),
      output_file_id = coalesce(p_facts ->> 'output_file_id', b.output_file_id),
      error_file_id = coalesce(p_facts ->> 'error_file_id', b.error_file_id),
      expires_at = coalesce((p_facts ->> 'expires_at')::timestamptz, b.expires_at),
      error = p_facts ->> 'error',
      ordered_at = case when p_state = 'creating' and b.state <> p_state then now() else b.ordered_at end,
      next_look_at = now() + make_interval(secs => coalesce(p_wait_seconds, 0)),
      claim = case when p_wait_seconds is null then b.claim end,
      claimed_until = case when p_wait_seconds is null then b.claimed_until end
    where b.batch_id = p_batch_id
    returning b.*;
end
$$;

-- Moves what does not go into the file of a batch into a new batch, before the file goes out. Nobody has that in hand.
create or replace function public.split_ai_batch(p_batch_id text, p_claim text, p_after text)
returns setof private.ai_batches
language plpgsql volatile security definer set search_path = '' as $$
declare
  _batch private.ai_batches;
  _rest text := private.generate_aws_id('bat');
  _moved integer;
begin
  perform private.require_service();
  _batch := private.hold_batch(p_batch_id, p_claim);
  if _batch.state <> 'reserved' then
    raise exception using errcode = '55000', message = format('The batch %s went out already.', p_batch_id);
  end if;
  insert into private.ai_batches
    (batch_id, provider, model, prompt_version, schema_version, detail, is_cancelled)
  values (_rest, _batch.provider, _batch.model, _batch.prompt_version, _batch.schema_version, _batch.detail,
    _batch.is_cancelled);
  update public.ai_analyses a set batch_id = _rest where a.batch_id = p_batch_id and a.analysis_id > p_after;
  get diagnostics _moved = row_count;
  update private.ai_batches b
  set requests = case b.batch_id when _rest then _moved else b.requests - _moved end
  where b.batch_id in (p_batch_id, _rest);
  return query select b.* from private.ai_batches b where b.batch_id = _rest;
end
$$;

revoke all on function public.reserve_ai_batch, public.take_ai_batch, public.ai_batch_requests,
  public.mark_ai_batch, public.split_ai_batch from public, anon, authenticated;
grant execute on function public.reserve_ai_batch, public.take_ai_batch, public.ai_batch_requests,
  public.mark_ai_batch, public.split_ai_batch to service_role;
