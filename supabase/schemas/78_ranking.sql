-- The rankings of a search: by words, and as the piece of text that it is.

-- About how many posts a statement finds, as the planner believes. Volatile, because others must not explain.
create or replace function private.estimated_rows(p_statement text, p_workspaces uuid[], p_query tsquery)
returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  _plan jsonb;
begin
  execute 'explain (format json) ' || p_statement into _plan using p_workspaces, p_query;
  return (_plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric;
end
$$;

-- The posts of a search, best first; whole words count twice what begins so. Up to 1,000 that are found are all
-- ranked, of more the newest 1,000; of very many the newest 500, which the index of that order gives without
-- reading the others.
create or replace function private.rank_words(
  p_words text, p_filter jsonb, p_workspaces uuid[], p_limit integer
) returns table (
  post_id text, media_id text, place integer, rank double precision, age bigint, is_capped boolean)
language plpgsql stable set search_path = '' set random_page_cost = 1.1 set jit = off as $$
declare
  _query tsquery := private.search_query(p_words);
  _exact tsquery := websearch_to_tsquery('simple', left(private.folded(p_words), 5000));
  _from text := 'from public.posts p where p.workspace_id = any ($1) and p.search @@ $2 and '
    || private.filter_sql(p_filter);
  _most integer;
begin
  if p_words is null or numnode(_query) = 0 then
    return;
  end if;
  _most := case
    when private.estimated_rows('select ' || _from, p_workspaces, _query) <= 4000 then 1000 else 500 end;
  return query execute format($statement$
    select r.post_id, null::text, row_number() over (order by r.rank desc, r.age, r.post_id)::integer,
      r.rank, r.age, r.total = $4
    from (
      select c.post_id, c.age, count(*) over () as total, round((
        ts_rank_cd('{1, 0.3, 0.6, 0.9}', c.search, $2, 1) * case when c.search @@ $3 then 2 else 1 end
        )::numeric, 3)::double precision as rank
      from (select p.post_id, p.age, p.search %s order by p.age, p.post_id limit $4) c
    ) r
    order by r.rank desc, r.age, r.post_id
    limit $5
  $statement$, _from)
  using p_workspaces, _query, _exact, _most, p_limit;
end
$$;

-- A search as the piece of text that it is, in small letters and without quotes.
create or replace function private.literal_of(p_words text) returns text
language sql immutable parallel safe set search_path = '' as $$
  select lower(btrim(replace(left(p_words, 200), '"', '')))
$$;

-- The parts of a piece of text that can stand in words. Emoji and punctuation do not.
create or replace function private.parts_of(p_literal text) returns text[]
language sql immutable parallel safe set search_path = '' as $$
  select coalesce(array_agg(v), '{}')
  from regexp_split_to_table(lower(private.folded(p_literal)),
    '[\s!-/:-@\[-`{-\u00bf\u2000-\u2bff\u3000-\u303f\ufe00-\ufe0f\U0001f000-\U0001faff]+') v
  where length(v) >= 2
$$;

-- The posts with words that hold each of some parts; of a part that stands in very many words 200 are taken.
create or replace function private.parts_query(p_parts text[]) returns tsquery
language plpgsql stable set search_path = '' set random_page_cost = 1.1 set jit = off as $$
declare
  _part text;
  _words tsquery;
  _query tsquery;
begin
  foreach _part in array p_parts loop
    execute format('select string_agg(quote_literal(replace(w.word, ''\'', ''\\'')), '' | '')::tsquery'
      ' from (select distinct s.word from private.search_words s'
      ' where private.grams(s.word) @> %L::text[] and strpos(s.word, %L) > 0 limit 200) w',
      array(select g from unnest(private.grams(_part)) g where length(g) = least(length(_part), 3)), _part)
    into _words;
    _query := case when _query is null then _words else _query && _words end;
    if _query is null then
      return null;
    end if;
  end loop;
  return _query;
end
$$;

-- The newest posts in which a search stands as it is typed, also inside of words. Where it is more than one part
-- of a word, 500 posts with all its parts are looked into; where it has none (emoji), the texts of the newest
-- 5,000 posts. How many posts have one of some seldom words the planner does not know: so the newest 500 tell
-- whether posts with them are met soon when all are gone through by age, or are better taken from the index.
create or replace function private.rank_substring(
  p_words text, p_filter jsonb, p_workspaces uuid[], p_limit integer
) returns table (
  post_id text, media_id text, place integer, rank double precision, age bigint, is_capped boolean)
language plpgsql stable set search_path = '' set random_page_cost = 1.1 set jit = off
set enable_seqscan = off as $$
declare
  _literal text := private.literal_of(p_words);
  _parts text[] := private.parts_of(_literal);
  _query tsquery := private.parts_query(_parts);
  _from text := 'select p.post_id, p.age, p.text_content, p.author_key from public.posts p'
    ' where p.workspace_id = any ($1) and ' || private.filter_sql(p_filter);
  _is_frequent boolean := true;
begin
  if coalesce(_literal, '') = '' or (_query is null and _parts <> '{}') then
    return;
  end if;
  if _query is not null then
    execute format('select count(*) >= 5 from (select n.search from public.posts n'
      ' where n.workspace_id = any ($1) order by n.age, n.post_id limit 500) n where n.search @@ %L::tsquery', _query)
    into _is_frequent using p_workspaces;
  end if;
  return query execute format($statement$
    select f.post_id, null::text, row_number() over (order by f.age, f.post_id)::integer, 0::double precision,
      f.age, false
    from (
      select p.post_id, p.age from (%s order by p.age%s, p.post_id limit $2) p where %s
      order by p.age, p.post_id
      limit $4
    ) f
    order by f.age, f.post_id
  $statement$,
    _from || case when _query is null then '' else format(' and p.search @@ %L::tsquery', _query) end,
    case when not _is_frequent then ' + 0' end,
    case
      when _parts = array[_literal] then 'true'
      when _parts = '{}' then 'strpos(lower(p.text_content), $3) > 0'
      else $sql$(strpos(lower(p.text_content), $3) > 0 or strpos(p.author_key, $3) > 0
        or strpos(lower(private.folded(p.text_content)), $5) > 0
        or exists (
          select from public.post_media m
          where m.post_id = p.post_id
            and (strpos(lower(m.alt_text), $3) > 0 or strpos(lower(m.ai_analysis), $3) > 0)))$sql$
    end)
  using p_workspaces, case when _query is null then 5000 else 500 end, _literal, p_limit,
    lower(private.folded(_literal));
end
$$;
