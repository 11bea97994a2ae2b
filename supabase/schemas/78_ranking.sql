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

-- A noted word as it stands in a query. One of 120 letters may be the beginning of a longer one.
create or replace function private.quoted_word(p_word text) returns text
language sql immutable parallel safe set search_path = '' as $$
  select '''' || replace(replace(p_word, '\', '\\'), '''', '''''') || ''''
    || case when length(p_word) = 120 then ':*' else '' end
$$;

-- The same search with its beginnings spelled out: each as the words that begin so, where they are at most 50. Of
-- words the index looks up only the posts that it needs; of a beginning it first gathers all of them.
create or replace function private.spelled_out(p_query tsquery) returns tsquery
language sql stable set search_path = '' as $$
  select coalesce(string_agg(coalesce(w.words, t.token[1]), '' order by t.place), '')::tsquery
  from regexp_matches(p_query::text, $re$('(?:[^']|'')*'(?::\*)?|[^']+)$re$, 'g') with ordinality t(token, place)
  cross join lateral (
    select replace(replace(substring(t.token[1] from $re$^'(.*)':\*\Z$re$), '''''', ''''), '\\', '\') as letters
  ) b
  left join lateral (
    select '( ' || string_agg(private.quoted_word(f.word), ' | ') || ' )' as words
    from (
      select b.letters as word
      union
      (select distinct s.word from private.search_words s
      where s.word > b.letters and s.word <= b.letters || repeat(chr(1114111), 120)
      order by s.word
      limit 51)
    ) f
    having count(*) <= 51
  ) w on length(b.letters) < 120
$$;

-- The age up to which about this share of all posts is newer, as the planner knows it; null where it does not.
create or replace function private.age_of_newest(p_share double precision) returns bigint
language sql stable set search_path = '' as $$
  select h.bounds[1 + ceil(p_share * (cardinality(h.bounds) - 1))::integer]
  from (
    select histogram_bounds::text::bigint[] as bounds
    from pg_catalog.pg_stats
    where schemaname = 'public' and tablename = 'posts' and attname = 'age'
  ) h
$$;

-- The posts of a search, best first; whole words count twice what begins so. Up to 1,000 that are found are all
-- ranked, of more the newest 1,000; of very many the newest 500, which the index of that order gives without
-- reading the others. Where it would go far for them, the share of the newest posts that should hold them is
-- searched first, and the others only if it does not.
create or replace function private.rank_words(
  p_words text, p_filter jsonb, p_workspaces uuid[], p_limit integer
) returns table (
  post_id text, media_id text, place integer, rank double precision, age bigint, is_capped boolean)
language plpgsql stable set search_path = '' set random_page_cost = 1.1 set jit = off as $$
declare
  _query tsquery := private.search_query(p_words);
  _found tsquery := private.spelled_out(_query);
  _exact tsquery := websearch_to_tsquery('simple', left(private.folded(p_words), 5000));
  _posts text := 'select p.post_id, p.age, p.search from public.posts p where p.workspace_id = any ($1)'
    ' and p.search @@ $2 and ' || private.filter_sql(p_filter);
  _newest text := ' order by p.age, p.post_id limit $4';
  _rows bigint;
  _most integer;
  _age bigint;
begin
  if p_words is null or numnode(_query) = 0 then
    return;
  end if;
  _rows := private.estimated_rows(_posts, p_workspaces, _found);
  _most := case when _rows <= 4000 then 1000 else 500 end;
  if _rows between 4001 and 100000 then
    _age := private.age_of_newest(1.25 * _most / _rows);
  end if;
  return query execute format($statement$
    select r.post_id, null::text, row_number() over (order by r.rank desc, r.age, r.post_id)::integer,
      r.rank, r.age, r.total = $4
    from (
      select c.post_id, c.age, count(*) over () as total, round((
        ts_rank_cd('{1, 0.3, 0.6, 0.9}', c.search, $6, 1) * case when c.search @@ $3 then 2 else 1 end
        )::numeric, 3)::double precision as rank
      from (%s) c
    ) r
    order by r.rank desc, r.age, r.post_id
    limit $5
  $statement$,
    case
      when _age is null then _posts || _newest
      else format('with newest as materialized (%s) table newest union all (%s)',
        _posts || ' and p.age <= ' || _age || _newest,
        _posts || ' and p.age > ' || _age || ' and (select count(*) from newest) < $4' || _newest
          || ' - (select count(*) from newest)')
    end)
  using p_workspaces, _found, _exact, _most, p_limit, _query;
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

-- The posts with words that hold each of some parts; null where a part stands in none. A part that stands in more
-- than 200 words narrows nothing beside others; where all are such, itself and 200 words of each are taken. A word may
-- be noted more than once.
create or replace function private.parts_query(p_parts text[]) returns tsquery
language plpgsql stable set search_path = '' set random_page_cost = 1.1 set jit = off set enable_seqscan = on as $$
declare
  _part text;
  _words text[];
  _is_cut boolean;
  _seldom text[] := '{}';
  _frequent text[] := '{}';
begin
  foreach _part in array p_parts loop
    execute format('select array_agg(distinct private.quoted_word(w.word)), count(*) > 400 from ('
      'select s.word from private.search_words s'
      ' where private.grams(s.word) @> %L::text[] and strpos(s.word, %L) > 0 limit 401) w',
      array(select g from unnest(private.grams(_part)) g where length(g) = least(length(_part), 3)), _part)
    into _words, _is_cut;
    if _words is null then
      return null;
    elsif cardinality(_words) <= 200 and not _is_cut then
      _seldom := _seldom || array_to_string(_words, ' | ');
    else
      _frequent := _frequent || array_to_string(private.quoted_word(_part) || _words[:200], ' | ');
    end if;
  end loop;
  return nullif('(' || array_to_string(case when _seldom = '{}' then _frequent else _seldom end, ') & (') || ')',
    '()')::tsquery;
end
$$;

-- The newest posts in which a search stands as it is typed, also inside of words. Where it is more than one part
-- of a word, 500 posts with its parts are looked into; where it has none (emoji), the texts of the newest
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
        or (
          select bool_or(strpos(lower(m.alt_text), $3) > 0 or strpos(lower(m.ai_analysis), $3) > 0)
          from public.post_media m
          where m.post_id = p.post_id))$sql$
    end)
  using p_workspaces, case when _query is null then 5000 else 500 end, _literal, p_limit,
    lower(private.folded(_literal));
end
$$;
