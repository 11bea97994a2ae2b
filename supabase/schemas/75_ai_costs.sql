-- What analyses cost, and for whom. Bytes that many posts share count for the first of them, so that a sum is what was
-- paid.

alter table public.ai_analyses add column last_unsure_microdollars bigint not null default 0;

comment on column public.ai_analyses.last_unsure_microdollars is
  'The part of unsure_microdollars that its last request is, which a late answer takes the place of';

-- Each analysis with what it cost, what a request of it without an answer may have cost, and the first post that shows
-- the bytes.
create or replace function private.costs_of_analyses(p_workspaces uuid[]) returns table (
  author_username text, post_id text, tokens bigint, cost_microdollars bigint, unsure_microdollars bigint)
language sql stable set search_path = '' as $$
  select f.author_username, f.post_id, coalesce(a.input_tokens, 0) + coalesce(a.output_tokens, 0),
    coalesce(a.cost_microdollars, 0), a.unsure_microdollars
  from public.ai_analyses a
  cross join lateral (
    select p.author_username, m.post_id
    from public.post_media m
    left join public.posts p using (post_id)
    where m.sha256 = a.sha256 and m.workspace_id = any (p_workspaces)
    order by m.created_at, m.media_id
    limit 1
  ) f
$$;

-- The dearest authors or posts, or the last days (UTC). Of days it is the budgets that tell: they know what else was paid
-- for, too, and forget no request without an answer.
create or replace function public.ai_costs(p_by text default 'author', p_limit integer default 10) returns table (
  author_username text, post_id text, day date, requests bigint, tokens bigint, cost_microdollars bigint,
  unsure_microdollars bigint)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
begin
  if p_by not in ('author', 'post', 'day') then
    raise exception using errcode = '22023', message = format('Costs are by author, post or day, not by %L.', p_by);
  elsif p_by = 'day' then
    return query
      select null::text, null::text, substr(b.period, 5)::date, b.requests, null::bigint, b.spent_microdollars,
        b.unsure_microdollars
      from private.budgets_of(_workspaces) b
      where b.period like 'day %'
      order by b.period desc
      limit private.page_size(p_limit);
  else
    return query
      select c.author_username, case p_by when 'post' then c.post_id end, null::date, count(*),
        sum(c.tokens)::bigint, sum(c.cost_microdollars)::bigint, sum(c.unsure_microdollars)::bigint
      from private.costs_of_analyses(_workspaces) c
      group by 1, 2
      order by sum(c.cost_microdollars + c.unsure_microdollars) desc, sum(c.tokens) desc, 1, 2
      limit private.page_size(p_limit);
  end if;
end
$$;

revoke all on function public.ai_costs from public, anon;
grant execute on function public.ai_costs to authenticated, service_role;
