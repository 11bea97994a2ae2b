-- What a request may have cost stays counted with its analysis when another one follows; a member's embedded questions
-- are bounded by day; what was only measured is no description that is searched.

alter table public.ai_analyses add column last_unsure_microdollars bigint not null default 0;
update public.ai_analyses a set last_unsure_microdollars = a.unsure_microdollars where a.unsure_microdollars > 0;

comment on column public.ai_analyses.last_unsure_microdollars is
  'The part of unsure_microdollars that its last request is, which a late answer takes the place of';

create index idx_embedding_charges_user on private.embedding_charges (user_id, asked_at);

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
  set budget_periods = _periods, held_microdollars = _most, last_unsure_microdollars = 0
  where a.analysis_id = p_analysis.analysis_id;
end
$$;

-- Puts what a request did cost, or may have cost, in the place of what was held for it in some budgets. Where nothing
-- of it can have been billed, it does not count as a request either.
create or replace function private.settle_money(p_periods text[], p_held bigint, p_spent bigint, p_unsure bigint)
returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform private.lock_budgets(p_periods);
  update private.ai_budgets b
  set held_microdollars = b.held_microdollars - p_held,
    spent_microdollars = b.spent_microdollars + p_spent,
    unsure_microdollars = b.unsure_microdollars + p_unsure,
    requests = b.requests - case when p_spent = 0 and p_unsure = 0 then 1 else 0 end,
    updated_at = now()
  where b.period = any (p_periods);
end
$$;

-- Settles a request of an analysis. An answer that comes after the last one was given up takes the place of what that
-- may have cost; what earlier ones may have cost stays counted.
create or replace function private.settle_budget(
  p_analysis public.ai_analyses, p_spent bigint, p_unsure bigint
) returns void
language plpgsql volatile set search_path = '' as $$
declare
  _held bigint := p_analysis.held_microdollars;
  _last bigint := case when p_spent > 0 and _held = 0 then p_analysis.last_unsure_microdollars else 0 end;
begin
  if _held = 0 and p_spent = 0 and p_unsure = 0 then
    return;
  end if;
  perform private.settle_money(
    case p_analysis.budget_periods when '{}' then private.budget_periods(null) else p_analysis.budget_periods end,
    _held, p_spent, p_unsure - _last);
  update public.ai_analyses a
  set held_microdollars = 0,
    unsure_microdollars = a.unsure_microdollars + p_unsure - _last,
    last_unsure_microdollars = a.last_unsure_microdollars + p_unsure - _last
  where a.analysis_id = p_analysis.analysis_id;
end
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

-- What posts show: one row for each text of a media, and one for all our tags of a post. What a machine measured
-- without understanding it is no description of what can be seen.
create or replace function private.media_texts(p_post_ids text[])
returns table (post_id text, media_id text, field text, body text)
language sql stable set search_path = '' as $$
  select t.post_id, null, 'tag', string_agg(g.name, ', ' order by g.name)
  from public.post_tags t
  join public.tags g using (tag_id)
  where t.post_id = any (p_post_ids)
  group by t.post_id
  union all
  select m.post_id, m.media_id, f.field, f.body
  from (
    select m.post_id, m.media_id, m.alt_text, m.role, m.position,
      case when m.ai_analysis is not null then private.analysis_of(m.ai_analysis) end as analysis
    from public.post_media m
    where m.post_id = any (p_post_ids) and (m.alt_text is not null or m.ai_analysis is not null)
    order by m.post_id, private.role_rank(m.role), m.position
  ) m
  cross join lateral (values
    ('alt', m.alt_text),
    ('label', concat_ws(', ', private.listed(m.analysis, 'tags'), private.listed(m.analysis, 'objects'),
      private.listed(m.analysis, 'brands'))),
    ('read', m.analysis ->> 'ocr_text'),
    ('described', case when not m.analysis ? 'measured' then m.analysis ->> 'description' end)
  ) f(field, body)
  where f.body <> ''
$$;

-- The texts of posts as they are embedded. Of longer ones models see only the beginning.
create or replace function private.meaning_texts(p_post_ids text[])
returns table (post_id text, media_id text, body text)
language sql stable set search_path = '' as $$
  select t.post_id, t.media_id,
    left(btrim(regexp_replace(string_agg(t.body, '. ' order by t.place), '\s+', ' ', 'g')), 2000)
  from (
    select p.post_id, '' as media_id, p.text_content as body, 0 as place
    from public.posts p
    where p.post_id = any (p_post_ids)
    union all
    select m.post_id, coalesce(m.media_id, ''), m.body,
      array_position(array['tag', 'alt', 'described', 'read', 'label'], m.field)
    from private.media_texts(p_post_ids) m
  ) t
  where t.body ~ '\w'
  group by t.post_id, t.media_id
$$;

select private.refresh_words(array(
  select distinct m.post_id from public.post_media m where m.ai_analysis like '%"measured"%' and m.post_id is not null));

revoke execute on all functions in schema private from public;
