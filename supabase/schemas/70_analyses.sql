-- The ledger of AI analyses. The states of a media go not_started, started, then completed or failed;
-- failed goes to started again; nothing else.

-- Media with these bytes (or one of them) whose analysis begins.
create or replace function private.start_media_analysis(
  p_analysis public.ai_analyses, p_media_id text, p_actor text
) returns void
language sql volatile set search_path = '' as $$
  with started as (
    update public.post_media m
    set ai_analysis_status = 'started', updated_at = now(),
      ai_analysis_log = private.append_log(
        m.ai_analysis_log, 'ai_analysis_started', 'success', p_analysis.model, null)
    where m.sha256 = p_analysis.sha256
      and (p_media_id is null or m.media_id = p_media_id)
      and coalesce(m.ai_analysis_status, 'not_started') in ('not_started', 'failed')
    returning m.media_id, m.post_id, m.sha256, m.workspace_id
  )
  insert into public.media_events
    (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
  select 'ai_analysis_started', p_actor, s.media_id, s.post_id, s.sha256, s.media_id,
    jsonb_build_object('analysis_id', p_analysis.analysis_id, 'model', p_analysis.model), s.workspace_id
  from started s
$$;

-- Gives a parsed analysis to the media with these bytes (or one of them), and tells to how many. One that
-- came after the request began is started first.
create or replace function private.complete_media_analysis(
  p_analysis public.ai_analyses, p_media_id text, p_actor text
) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  _details jsonb := jsonb_build_object(
    'analysis_id', p_analysis.analysis_id,
    'tokens_used', coalesce(p_analysis.input_tokens, 0) + coalesce(p_analysis.output_tokens, 0),
    'cost_microdollars', p_analysis.cost_microdollars,
    'analysis_time_ms', round(extract(epoch from p_analysis.received_at - p_analysis.sent_at) * 1000));
  _changed integer;
begin
  perform private.lock_posts_with(p_analysis.sha256);
  perform private.start_media_analysis(p_analysis, p_media_id, p_actor);
  with completed as (
    update public.post_media m
    set ai_analysis_status = 'completed', ai_analysis = p_analysis.parsed_result::text,
      ai_analyzed_at = now(), updated_at = now(),
      ai_analysis_log = private.append_log(
        m.ai_analysis_log, 'ai_analysis_completed', 'success', p_analysis.model, _details)
    where m.sha256 = p_analysis.sha256
      and (p_media_id is null or m.media_id = p_media_id)
      and (m.ai_analysis_status = 'started'
        or m.ai_analysis is distinct from p_analysis.parsed_result::text)
    returning m.media_id, m.post_id, m.sha256, m.workspace_id
  ),
  logged as (
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
    select 'ai_analysis_completed', p_actor, c.media_id, c.post_id, c.sha256, c.media_id,
      _details || jsonb_build_object('model', p_analysis.model), c.workspace_id
    from completed c
  )
  select count(*) into _changed from completed;
  return _changed;
end
$$;

-- Ends an analysis as failed, with the media that wait for it, and tells how many. One that is parsed
-- stays so. A request that went out and was not answered counts as spent, unless nothing was billed for sure.
create or replace function private.end_analysis(
  p_analysis_id text, p_error text, p_actor text, p_maybe_billed boolean default true
) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  _analysis public.ai_analyses;
  _changed integer;
begin
  select * into _analysis from public.ai_analyses a
  where a.analysis_id = p_analysis_id and a.state <> 'parsed' for update;
  if not found then
    return 0;
  end if;
  perform private.settle_budget(_analysis, 0,
    case when _analysis.state = 'sent' and p_maybe_billed then _analysis.held_microdollars else 0 end);
  update public.ai_analyses a
  set state = 'failed', error = p_error, finished_at = now(), updated_at = clock_timestamp()
  where a.analysis_id = p_analysis_id;
  with failed as (
    update public.post_media m
    set ai_analysis_status = 'failed', updated_at = now(),
      ai_analysis_log = private.append_log(m.ai_analysis_log, 'ai_analysis_failed', 'error',
        _analysis.model, jsonb_build_object('error', p_error))
    where m.sha256 = _analysis.sha256 and m.ai_analysis_status = 'started'
    returning m.media_id, m.post_id, m.sha256, m.workspace_id
  ),
  logged as (
    insert into public.media_events
      (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
    select 'ai_analysis_failed', p_actor, f.media_id, f.post_id, f.sha256, f.media_id,
      jsonb_build_object('analysis_id', p_analysis_id, 'model', _analysis.model, 'error', p_error),
      f.workspace_id
    from failed f
  )
  select count(*) into _changed from failed;
  return _changed;
end
$$;

create or replace function private.require_analysis(p_analysis_id text) returns public.ai_analyses
language plpgsql volatile set search_path = '' as $$
declare
  _analysis public.ai_analyses;
begin
  select * into _analysis from public.ai_analyses a where a.analysis_id = p_analysis_id for update;
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no analysis %L.', p_analysis_id);
  end if;
  return _analysis;
end
$$;

-- Adds an answer to those that are kept besides the one in use; none adds nothing.
create or replace function private.with_answer(
  p_answers jsonb, p_raw_answer text, p_received_at timestamptz, p_error text
) returns jsonb
language sql stable set search_path = '' as $$
  select case when p_raw_answer is null then p_answers
    else p_answers || jsonb_build_object(
      'raw_answer', p_raw_answer, 'received_at', p_received_at, 'error', p_error) end
$$;

-- What private.work_for would say of media that are analysed, but by other words, by another model or in another shape
-- than are asked for now. Each keeps what it has until the new analysis is there.
create or replace function private.outdated_work(
  p_question jsonb, p_media_ids text[], p_post_ids text[], p_editable uuid[]
) returns table (
  media_id text, post_id text, sha256 text, workspace_id uuid, is_eligible boolean,
  lock text, queueing_lock text, priority integer, created_at timestamptz)
language sql stable set search_path = '' as $$
  select m.media_id, m.post_id, m.sha256, m.workspace_id, true, 'analyze:' || m.sha256, 'analyze:' || m.media_id, 0,
    m.created_at
  from public.post_media m
  where p_question is not null and m.workspace_id = any (p_editable) and m.ai_analysis_status = 'completed'
    and (p_media_ids is null or m.media_id = any (p_media_ids))
    and (p_post_ids is null or m.post_id = any (p_post_ids))
    and m.sha256 is not null and m.media_type in ('image', 'video', 'document')
    and (m.download_status = 'ready' or (m.download_status = 'pending' and m.outcome = 'ok'))
    and not exists (
      select from public.ai_analyses a
      where a.sha256 = m.sha256 and a.provider = p_question ->> 'provider' and a.model = p_question ->> 'model'
        and a.prompt_version = p_question ->> 'prompt_version' and a.schema_version = p_question ->> 'schema_version'
        and a.detail = p_question ->> 'detail' and a.state = 'parsed' and a.parsed_result::text = m.ai_analysis)
$$;

-- Asks whose turn it is. The ledger row is locked, so that of two askers one gets it. Whoever has it, and
-- shows no sign of life for five seconds before sending or after receiving, loses it to the next: sending
-- twice is not possible, because only one can go on to sent, and only within the budget. What was sent and not
-- answered, or is in a batch, is not granted again. An answer that could not be read comes back with the reason,
-- to be read again before another one is paid for.
create or replace function public.reserve_analysis(
  p_media_id text, p_provider text, p_model text, p_prompt_version text, p_schema_version text,
  p_detail text, p_actor text default 'worker', p_budget jsonb default '{}'
) returns table (
  analysis_id text, state text, granted boolean, raw_answer text, error text, parsed_result jsonb, batch_id text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _media public.post_media;
  _analysis public.ai_analyses;
  _granted boolean := true;
begin
  perform private.require_service();
  -- Not locked: finishing an analysis locks the ledger row first, and its media after that.
  select * into _media from public.post_media m where m.media_id = p_media_id;
  if not found then
    raise exception using errcode = 'P0002', message = format('There is no media %L.', p_media_id);
  end if;
  if _media.download_status <> 'ready' then
    raise exception using errcode = '55000',
      message = format('The bytes of %s are not there to be analysed.', p_media_id),
      hint = 'Download the media first.';
  end if;

  insert into public.ai_analyses as a
    (analysis_id, sha256, provider, model, prompt_version, schema_version, detail)
  values (private.generate_aws_id('ana'), _media.sha256, p_provider, p_model, p_prompt_version,
    p_schema_version, p_detail)
  on conflict on constraint ai_analyses_question_key do nothing
  returning * into _analysis;
  if not found then
    select * into strict _analysis from public.ai_analyses a
    where (a.sha256, a.provider, a.model, a.prompt_version, a.schema_version, a.detail)
      = (_media.sha256, p_provider, p_model, p_prompt_version, p_schema_version, p_detail)
    for update;
    _granted := _analysis.batch_id is null
      and (_analysis.state = 'failed'
        or (_analysis.state in ('reserved', 'received')
          and _analysis.updated_at < clock_timestamp() - interval '5 seconds'));
    if _granted then
      update public.ai_analyses a
      set state = case when a.raw_answer is null then 'reserved' else 'received' end,
        error = case when a.raw_answer is not null then a.error end,
        finished_at = null, updated_at = clock_timestamp()
      where a.analysis_id = _analysis.analysis_id
      returning * into _analysis;
    end if;
  end if;

  if _granted then
    if _analysis.state = 'reserved' then
      perform private.hold_budget(_analysis, p_budget);
    end if;
    perform private.start_media_analysis(_analysis, null, p_actor);
  elsif _analysis.state = 'parsed' then
    perform private.complete_media_analysis(_analysis, p_media_id, p_actor);
  end if;
  return query select _analysis.analysis_id, _analysis.state, _granted, _analysis.raw_answer, _analysis.error,
    _analysis.parsed_result, _analysis.batch_id;
end
$$;

-- The request goes out: the first one, or another one in place of a kept answer that cannot be used. That
-- answer is named, so that no other one can be set aside.
create or replace function public.mark_analysis_sent(
  p_analysis_id text, p_unusable text default null, p_budget jsonb default '{}'
) returns table (analysis_id text, state text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _analysis public.ai_analyses;
begin
  perform private.require_service();
  _analysis := private.require_analysis(p_analysis_id);
  -- Who reserved it and was silent for long may find that a batch took it over.
  if _analysis.batch_id is not null then
    raise exception using errcode = '55000',
      message = format('The analysis %s is asked for by a batch; nothing must be sent.', p_analysis_id);
  end if;
  if _analysis.state <> 'reserved'
    and not (_analysis.state = 'received' and coalesce(_analysis.raw_answer = p_unusable, false)) then
    raise exception using errcode = '55000',
      message = format('The analysis %s is %s already; nothing must be sent.', p_analysis_id, _analysis.state);
  end if;
  -- Held already where it was known beforehand that a request may follow.
  if _analysis.state = 'received' or _analysis.held_microdollars = 0 then
    perform private.hold_budget(_analysis, p_budget);
  end if;
  return query
    update public.ai_analyses a
    set state = 'sent', sent_at = clock_timestamp(), raw_answer = null, received_at = null, error = null,
      other_answers = private.with_answer(a.other_answers, a.raw_answer, a.received_at, a.error),
      updated_at = clock_timestamp()
    where a.analysis_id = p_analysis_id
    returning a.analysis_id, a.state;
end
$$;

-- Saves an answer as it came. What it cost is added even when it comes too late to be used, and no answer
-- is lost to a later one. The same answer again is a call whose reply was lost: it counts once.
create or replace function public.store_analysis_answer(
  p_analysis_id text, p_raw_answer text, p_input_tokens bigint default null,
  p_output_tokens bigint default null, p_cost_microdollars bigint default null
) returns table (analysis_id text, state text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _analysis public.ai_analyses;
begin
  perform private.require_service();
  _analysis := private.require_analysis(p_analysis_id);
  if _analysis.state in ('received', 'parsed') and _analysis.raw_answer = p_raw_answer then
    return query select _analysis.analysis_id, _analysis.state;
    return;
  end if;
  -- An answer that does not say what it took counts as the most that it may have cost.
  perform private.settle_budget(_analysis, coalesce(p_cost_microdollars, _analysis.held_microdollars), 0);
  return query
    update public.ai_analyses a
    set input_tokens = coalesce(a.input_tokens + p_input_tokens, a.input_tokens, p_input_tokens),
      output_tokens = coalesce(a.output_tokens + p_output_tokens, a.output_tokens, p_output_tokens),
      cost_microdollars =
        coalesce(a.cost_microdollars + p_cost_microdollars, a.cost_microdollars, p_cost_microdollars),
      other_answers = case a.state
        when 'parsed' then private.with_answer(a.other_answers, p_raw_answer, clock_timestamp(), null)
        else private.with_answer(a.other_answers, a.raw_answer, a.received_at, a.error) end,
      raw_answer = case a.state when 'parsed' then a.raw_answer else p_raw_answer end,
      error = null,
      state = case a.state when 'parsed' then 'parsed' else 'received' end,
      received_at = case a.state when 'parsed' then a.received_at else clock_timestamp() end,
      updated_at = clock_timestamp()
    where a.analysis_id = p_analysis_id
    returning a.analysis_id, a.state;
end
$$;

create or replace function public.complete_analysis(
  p_analysis_id text, p_parsed jsonb, p_actor text default 'worker'
) returns table (analysis_id text, changed integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _analysis public.ai_analyses;
begin
  perform private.require_service();
  _analysis := private.require_analysis(p_analysis_id);
  if _analysis.state not in ('received', 'parsed') then
    raise exception using errcode = '55000',
      message = format('The analysis %s has no answer to complete it.', p_analysis_id);
  end if;
  if _analysis.state = 'received' then
    update public.ai_analyses a
    set state = 'parsed', parsed_result = p_parsed, error = null, finished_at = now(),
      updated_at = clock_timestamp()
    where a.analysis_id = p_analysis_id
    returning * into _analysis;
  end if;
  return query
    select p_analysis_id, private.complete_media_analysis(_analysis, null, p_actor);
end
$$;

create or replace function public.fail_analysis(
  p_analysis_id text, p_error text, p_actor text default 'worker', p_maybe_billed boolean default true
) returns table (analysis_id text, changed integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform private.require_service();
  perform private.require_analysis(p_analysis_id);
  return query select p_analysis_id, private.end_analysis(p_analysis_id, p_error, p_actor, p_maybe_billed);
end
$$;

revoke all on function public.reserve_analysis, public.mark_analysis_sent, public.store_analysis_answer,
  public.complete_analysis, public.fail_analysis from public, anon, authenticated;
grant execute on function public.reserve_analysis, public.mark_analysis_sent, public.store_analysis_answer,
  public.complete_analysis, public.fail_analysis to service_role;
