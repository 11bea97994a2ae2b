-- What analyses that are paid for may cost. Before a request goes out, the most that it may cost is held in the
-- budgets of its day, its month and its run; when the answer is in, what it did cost takes that place. A request
-- without an answer may have been billed: it stays counted, told apart.

create table private.ai_budgets (
  period text primary key
    constraint ai_budgets_period_check check (period ~ '^(day|month|run) .'),
  requests bigint not null default 0,
  spent_microdollars bigint not null default 0,
  held_microdollars bigint not null default 0,
  unsure_microdollars bigint not null default 0,
  updated_at timestamptz not null default now()
);

comment on table private.ai_budgets is
  'What analyses cost by day and month (UTC) and by run, in millionths of a dollar';
comment on column private.ai_budgets.held_microdollars is 'The most that requests under way may cost';
comment on column private.ai_budgets.unsure_microdollars is
  'The most that requests without an answer may have cost';

alter table public.ai_analyses
  add column budget_periods text[] not null default '{}',
  add column held_microdollars bigint not null default 0,
  add column unsure_microdollars bigint not null default 0;

-- The budgets that a request counts in, in the order in which they are locked.
create or replace function private.budget_periods(p_run text) returns text[]
language sql stable set search_path = '' as $$
  select array_remove(array[
    to_char(now() at time zone 'UTC', '"day" YYYY-MM-DD'),
    to_char(now() at time zone 'UTC', '"month" YYYY-MM'),
    'run ' || p_run
  ], null)
$$;

create or replace function private.lock_budgets(p_periods text[]) returns void
language sql volatile set search_path = '' as $$
  insert into private.ai_budgets (period) select i from unnest(p_periods) i order by i on conflict do nothing;
  select from private.ai_budgets b where b.period = any (p_periods) order by b.period for update
$$;

-- Holds the most that a request may cost in its budgets, unless a cap is in the way.
create or replace function private.hold_money(p_what text, p_most bigint, p_periods text[], p_caps jsonb)
returns void
language plpgsql volatile set search_path = '' as $$
declare
  _budget record;
begin
  perform private.lock_budgets(p_periods);
  for _budget in
    select split_part(b.period, ' ', 1) as kind,
      (p_caps ->> split_part(b.period, ' ', 1))::bigint as cap,
      b.spent_microdollars + b.held_microdollars + b.unsure_microdollars as used
    from private.ai_budgets b
    where b.period = any (p_periods)
    order by b.period
  loop
    if _budget.used + p_most > _budget.cap then
      raise exception using errcode = '53400', message = format(
        '%s may cost up to $%s, and of the $%s for this %s there are $%s left', p_what,
        trim_scale(round(p_most / 1e6, 6)), trim_scale(round(_budget.cap / 1e6, 6)), _budget.kind,
        trim_scale(round(greatest(_budget.cap - _budget.used, 0) / 1e6, 6)));
    end if;
  end loop;
  update private.ai_budgets b
  set requests = b.requests + 1, held_microdollars = b.held_microdollars + p_most, updated_at = now()
  where b.period = any (p_periods);
end
$$;

-- Holds the most that a request may cost, or refuses when that would be more than a cap. The rows of its periods
-- are locked, so that of many askers at once none exceeds it. p_budget is {"most", "run", "caps": {"day", …}}.
create or replace function private.hold_budget(p_analysis public.ai_analyses, p_budget jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  _most bigint := coalesce((p_budget ->> 'most')::bigint, 0);
  _periods text[] := private.budget_periods(p_budget ->> 'run');
begin
  if p_analysis.held_microdollars > 0 then
    -- Those of yesterday and of today in one order: two orders would be a deadlock at midnight.
    perform private.lock_budgets(p_analysis.budget_periods || _periods);
    perform private.settle_budget(p_analysis, 0, 0);
  end if;
  if _most = 0 then
    return;
  end if;
  perform private.hold_money('The next analysis', _most, _periods, p_budget -> 'caps');
  update public.ai_analyses a
  set budget_periods = _periods, held_microdollars = _most, unsure_microdollars = 0
  where a.analysis_id = p_analysis.analysis_id;
end
$$;

-- Puts what a request did cost, or may have cost, in the place of what was held for it. An answer that comes after
-- it was given up takes the place of what it may have cost.
create or replace function private.settle_budget(
  p_analysis public.ai_analyses, p_spent bigint, p_unsure bigint
) returns void
language plpgsql volatile set search_path = '' as $$
declare
  _periods text[] := p_analysis.budget_periods;
  _held bigint := p_analysis.held_microdollars;
  _unsure bigint := case when p_spent > 0 and _held = 0 then p_analysis.unsure_microdollars else 0 end;
begin
  if _held = 0 and p_spent = 0 and p_unsure = 0 then
    return;
  end if;
  if _periods = '{}' then
    _periods := private.budget_periods(null);
  end if;
  perform private.lock_budgets(_periods);
  update private.ai_budgets b
  set held_microdollars = b.held_microdollars - _held,
    spent_microdollars = b.spent_microdollars + p_spent,
    unsure_microdollars = b.unsure_microdollars + p_unsure - _unsure,
    requests = b.requests - case when p_spent = 0 and p_unsure = 0 then 1 else 0 end,
    updated_at = now()
  where b.period = any (_periods);
  update public.ai_analyses a
  set held_microdollars = 0, unsure_microdollars = case when _held > 0 then p_unsure when _unsure > 0 then 0
    else a.unsure_microdollars end
  where a.analysis_id = p_analysis.analysis_id;
end
$$;

-- The budgets as far as a reader may see them: they serve all workspaces, so only who sees every one that has members
-- sees them whole, and others what the analyses of their own media came to.
create or replace function private.budgets_of(p_readable uuid[]) returns table (
  period text, requests bigint, spent_microdollars bigint, held_microdollars bigint, unsure_microdollars bigint)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
begin
  if private.is_service()
    or not exists (select from public.workspace_members m where m.workspace_id <> all (p_readable))
  then
    return query
      select b.period, b.requests, b.spent_microdollars, b.held_microdollars, b.unsure_microdollars
      from private.ai_budgets b;
  else
    return query
      select i.period, count(*), coalesce(sum(a.cost_microdollars), 0)::bigint,
        sum(a.held_microdollars)::bigint, sum(a.unsure_microdollars)::bigint
      from public.ai_analyses a
      cross join unnest(a.budget_periods) i(period)
      where exists (
        select from public.post_media m where m.sha256 = a.sha256 and m.workspace_id = any (p_readable))
      group by i.period;
  end if;
end
$$;

-- What analyses cost today and this month, and may cost still.
create or replace function public.ai_spending() returns table (
  period text, requests bigint, spent_microdollars bigint, held_microdollars bigint, unsure_microdollars bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _readable uuid[] := private.require_reader();
begin
  return query
    select split_part(i.period, ' ', 1), coalesce(b.requests, 0), coalesce(b.spent_microdollars, 0),
      coalesce(b.held_microdollars, 0), coalesce(b.unsure_microdollars, 0)
    from unnest(private.budget_periods(null)) i(period)
    left join private.budgets_of(_readable) b on b.period = i.period
    order by i.period;
end
$$;

-- How much there is to analyse, with what was analysed otherwise where that is meant too: media, the unique bytes behind
-- them, how many of these were answered before in the same words, how many of the others are PDFs, and what such
-- answers took so far.
create or replace function public.estimate_analyses(
  p_question jsonb, p_media_ids text[] default null, p_post_ids text[] default null, p_filter jsonb default null,
  p_except text[] default null, p_retry_failed boolean default false, p_outdated boolean default false
) returns table (
  media bigint, blobs bigint, answered bigint, requests bigint, documents bigint, examples bigint,
  mean_input_tokens bigint, mean_output_tokens bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _editable uuid[] := private.require_editor();
  _post_ids text[] := private.posts_for(p_post_ids, p_filter, p_except, _editable);
begin
  return query
    with work as (
      select w.media_id, w.sha256
      from private.work_for('analyze', p_media_ids, _post_ids, p_retry_failed or p_media_ids is not null, _editable,
        null, null) w
      where w.is_eligible
      union
      select o.media_id, o.sha256
      from private.outdated_work(case when p_outdated then p_question end, p_media_ids, _post_ids, _editable) o
    ),
    asked as (
      select w.sha256, bool_or(a.raw_answer is not null) as is_answered
      from (select distinct sha256 from work) w
      left join public.ai_analyses a on a.sha256 = w.sha256 and a.provider = p_question ->> 'provider'
        and a.model = p_question ->> 'model' and a.prompt_version = p_question ->> 'prompt_version'
        and a.schema_version = p_question ->> 'schema_version' and a.detail = p_question ->> 'detail'
      group by w.sha256
    ),
    examples as (
      select a.input_tokens, a.output_tokens
      from public.ai_analyses a
      where a.provider = p_question ->> 'provider' and a.model = p_question ->> 'model'
        and a.prompt_version = p_question ->> 'prompt_version' and a.detail = p_question ->> 'detail'
        and a.input_tokens is not null and a.output_tokens is not null
        and jsonb_array_length(a.other_answers) = 0
      order by a.received_at desc
      limit 1000
    )
    select (select count(*) from work), (select count(*) from asked),
      (select count(*) from asked k where k.is_answered),
      (select count(*) from asked k where k.is_answered is not true),
      (select count(*) from asked k join public.media_blobs b on b.sha256 = k.sha256
        where k.is_answered is not true and b.mime_type = 'application/pdf'),
      count(*), round(avg(e.input_tokens))::bigint, round(avg(e.output_tokens))::bigint
    from examples e;
end
$$;

revoke all on function public.ai_spending, public.estimate_analyses from public, anon;
grant execute on function public.ai_spending, public.estimate_analyses to authenticated, service_role;

revoke execute on all functions in schema private from public;
grant execute on function private.is_service, private.readable_workspaces, private.editable_workspaces,
  private.owned_workspaces to authenticated, service_role;

-- PostgREST reads the catalogue again.
notify pgrst, 'reload schema';
