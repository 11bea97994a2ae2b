-- Search over all that posts say and show. The vector of a post was derived from its own text; from now on
-- triggers keep it, so that what its media show and its tags are in it. What is there is kept as it is.
alter table public.posts alter column search drop expression;

comment on column public.posts.search is
  'The words of all that the post says and shows, weighted by where they stand; kept by triggers';

-- Search: one vector a post over all that it says and shows, kept by triggers, and the rankings over it.
--
-- Weights: D is what the post itself says (text and author), A our tags, B alternative texts and what an
-- analysis names (tags, objects, brands), C what it reads and describes. So a post without media texts has the
-- vector of its own words as they are, and those with them keep it and add theirs.

-- Text as it is searched: without accents, so that "cafe" finds "café"; with signs like quotes, dashes and emoji
-- apart from words, which PostgreSQL takes for letters where the locale is C. What takes its parts together again
-- (Korean, Japanese) is composed again. Plain ASCII is passed on as it is.
create or replace function private.folded(p_text text) returns text
language plpgsql immutable parallel safe set search_path = '' as $$
begin
  if octet_length(p_text) = length(p_text) then
    return p_text;
  end if;
  if p_text ~ '[\u00c0-\u024f\u0300-\u036f\u0370-\u03ff\u1e00-\u1fff]' then
    p_text := regexp_replace(normalize(p_text, NFD), '[\u0300-\u036f]+', '', 'g');
    if p_text ~ '[\u1100-\u11ff\u3099]' then
      p_text := normalize(p_text, NFC);
    end if;
    if p_text ~ '[øØłŁđĐıħĦŧŦ]' then
      p_text := translate(p_text, 'øØłŁđĐıħĦŧŦ', 'oOlLdDihHtT');
    end if;
  end if;
  if p_text ~ '[\u0080-\u00bf\u2000-\u206f\u3000-\u303f\ufe00-\ufe0f\uff00-\uff0f\uff1a-\uff20]' then
    p_text := regexp_replace(replace(p_text, '’', ''''),
      '[\u0080-\u00bf\u2000-\u206f\u3000-\u303f\ufe00-\ufe0f\uff00-\uff0f\uff1a-\uff20]+', ' ', 'g');
  end if;
  if p_text ~ '[\u2190-\u2bff\U0001f000-\U0001faff]' then
    p_text := regexp_replace(p_text, '([\u2190-\u2bff\U0001f000-\U0001faff])', ' \1 ', 'g');
  end if;
  return p_text;
end
$$;

-- Without a search_path of its own, so that it is inlined.
create or replace function private.own_words(p_author_name text, p_author_username text, p_text text)
returns tsvector
language sql immutable parallel safe as $$
  select to_tsvector('simple', private.folded(left(
    coalesce(p_author_name, '') || ' ' || coalesce(p_author_username, '') || ' ' || coalesce(p_text, ''),
    200000)))
$$;

-- Reads a search as people write it: words, "phrases", or, -without, begin*. The last word counts with whatever
-- it begins, so that results come while it is typed; not when it is to be left out, or a quote has ended it.
-- Of a word with several parts (a-b) each part counts so. Only what websearch_to_tsquery wrote itself is
-- read as a query again. It knows no star: one is carried through it as letters.
create or replace function private.search_query(p_query text) returns tsquery
language sql immutable parallel safe set search_path = '' as $$
  select regexp_replace(case
    when w.last <> '' and right(w.whole, length(w.last)) = w.last
      and right(w.whole, length(w.last) + 1) not like '!%'
    then left(w.whole, -length(w.last))
      || regexp_replace(w.last, $re$('(?:[^']|'')*')$re$, '\1:*', 'g')
    else w.whole
  end, $re$([^'])zqxstarxqz'(:\*)?$re$, '\1'':*', 'g')::tsquery
  from (
    select regexp_replace(left(private.folded(p_query), 5000), '(\w)\*', '\1zqxstarxqz', 'g') as typed
  ) t
  cross join lateral (
    select websearch_to_tsquery('simple', t.typed)::text as whole,
      phraseto_tsquery('simple', coalesce(substring(t.typed from '[^\s"]+$'), ''))::text as last
  ) w
$$;

-- The words that a search asks for, each enough: what to mark, and where it was found.
create or replace function private.any_word(p_query tsquery) returns tsquery
language sql immutable parallel safe set search_path = '' as $$
  select coalesce(string_agg(m[1], ' | '), '')::tsquery
  from regexp_matches(querytree(p_query), $re$('(?:[^']|'')*'(?::\*)?)$re$, 'g') m
$$;

-- An analysis as JSON; what an older library wrote as words is a description.
create or replace function private.analysis_of(p_analysis text) returns jsonb
language plpgsql immutable parallel safe set search_path = '' as $$
declare
  _analysis jsonb;
begin
  begin
    _analysis := p_analysis::jsonb;
  exception when data_exception or program_limit_exceeded then
    return jsonb_build_object('description', p_analysis);
  end;
  return case jsonb_typeof(_analysis) when 'object' then _analysis else '{}' end;
end
$$;

-- A list of words in an analysis as one line. Without a search_path of its own, so that it is inlined.
create or replace function private.listed(p_analysis jsonb, p_name text) returns text
language sql immutable parallel safe as $$
  select nullif(translate(p_analysis ->> p_name, '[]"', ''), '')
$$;

-- What posts show: one row for each text of a media, and one for all our tags of a post.
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
    ('described', m.analysis ->> 'description')
  ) f(field, body)
  where f.body <> ''
$$;

-- Each word of any post once, so that parts of words are looked for among some hundred thousand words and not
-- in a million texts. Nobody waits for anybody here: two who meet the same new word at once both write it.
-- Words of posts that were deleted stay, and find nothing. Of a longer word the first 120 letters are noted. In the
-- order of bytes, so that the words that begin alike stand together.
create table private.search_words (word text collate "C" not null);
create index idx_search_words on private.search_words (word);

-- All pairs and threes of neighbouring letters.
create or replace function private.grams(p_word text) returns text[]
language sql immutable parallel safe set search_path = '' as $$
  select array_agg(distinct substr(p_word, i, n))
  from generate_series(1, length(p_word) - 1) i
  cross join generate_series(2, 3) n
  where i + n - 1 <= length(p_word)
$$;

create index idx_search_words_grams on private.search_words using gin (private.grams(word));

create or replace function private.learn_words(p_words text[]) returns void
language sql volatile set search_path = '' set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off as $$
  insert into private.search_words (word)
  select w.word
  from (select distinct left(unnest(p_words), 120) as word) w
  where length(w.word) >= 2
    and not exists (select from private.search_words s where s.word = w.word)
$$;

-- Brings the vectors of posts up to their media texts and tags. The posts are locked first, in the order of
-- their ids: what another transaction writes about them meanwhile is then read too.
create or replace function private.refresh_words(p_post_ids text[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  _words text[];
begin
  perform from public.posts p where p.post_id = any (p_post_ids) order by p.post_id for no key update;
  with texts as (
    select t.post_id,
      setweight(to_tsvector('simple', private.folded(left(coalesce(
        string_agg(t.body, ' ') filter (where t.field = 'tag'), ''), 10000))), 'A')
      || setweight(to_tsvector('simple', private.folded(left(coalesce(
        string_agg(t.body, ' ') filter (where t.field in ('alt', 'label')), ''), 50000))), 'B')
      || setweight(to_tsvector('simple', private.folded(left(coalesce(
        string_agg(t.body, ' ') filter (where t.field in ('read', 'described')), ''), 50000))), 'C') as words
    from private.media_texts(p_post_ids) t
    group by t.post_id
  ),
  changed as (
    update public.posts p set search = n.search
    from (
      select o.post_id, ts_filter(o.search, '{d}') || coalesce(t.words, '') as search, t.words
      from public.posts o
      left join texts t using (post_id)
      where o.post_id = any (p_post_ids)
    ) n
    where p.post_id = n.post_id and p.search is distinct from n.search
    returning n.words
  )
  select array_agg(distinct w.word) into _words
  from changed c
  cross join lateral unnest(tsvector_to_array(c.words)) w(word);
  if _words is not null then
    perform private.learn_words(_words);
  end if;
end
$$;

create or replace function private.set_own_words() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  new.search := private.own_words(new.author_name, new.author_username, new.text_content);
  return new;
end
$$;

-- After the update, and seldom: a trigger before it would have every change of counts and marks derive all
-- generated columns anew.
create or replace function private.change_own_words() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _own tsvector := private.own_words(new.author_name, new.author_username, new.text_content);
begin
  update public.posts p set search = _own || ts_filter(p.search, '{a,b,c}') where p.post_id = new.post_id;
  perform private.learn_words(tsvector_to_array(_own));
  return null;
end
$$;

create or replace function private.learn_added_words() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.learn_words(array(
    select distinct w from added n cross join lateral unnest(tsvector_to_array(n.search)) w));
  return null;
end
$$;

create or replace function private.note_media_words() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _post_ids text[];
begin
  case tg_op
    when 'INSERT' then
      _post_ids := array(
        select distinct n.post_id from added n where n.alt_text is not null or n.ai_analysis is not null);
    when 'DELETE' then
      _post_ids := array(
        select distinct o.post_id from removed o where o.alt_text is not null or o.ai_analysis is not null);
    else
      _post_ids := array(
        select distinct i.post_id
        from removed o
        join added n using (media_id)
        cross join lateral (values (o.post_id), (n.post_id)) i(post_id)
        where (o.post_id, o.alt_text, o.ai_analysis) is distinct from (n.post_id, n.alt_text, n.ai_analysis));
  end case;
  if _post_ids <> '{}' then
    perform private.refresh_words(_post_ids);
  end if;
  return null;
end
$$;

create or replace function private.note_tag_words() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if tg_op <> 'INSERT' then
    perform private.refresh_words(array(select distinct o.post_id from removed o));
  end if;
  if tg_op <> 'DELETE' then
    perform private.refresh_words(array(select distinct n.post_id from added n));
  end if;
  return null;
end
$$;

create or replace function private.rename_tag_words() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.refresh_words(array(select t.post_id from public.post_tags t where t.tag_id = new.tag_id));
  return null;
end
$$;

create trigger posts_words_set before insert on public.posts
  for each row when (new.search is null) execute function private.set_own_words();
create trigger posts_words_learned
  after insert on public.posts referencing new table as added
  for each statement execute function private.learn_added_words();
create trigger posts_words_changed
  after update of author_name, author_username, text_content on public.posts
  for each row
  when ((old.author_name, old.author_username, old.text_content)
    is distinct from (new.author_name, new.author_username, new.text_content))
  execute function private.change_own_words();
create trigger post_media_words_added
  after insert on public.post_media referencing new table as added
  for each statement execute function private.note_media_words();
create trigger post_media_words_changed
  after update on public.post_media referencing old table as removed new table as added
  for each statement execute function private.note_media_words();
create trigger post_media_words_removed
  after delete on public.post_media referencing old table as removed
  for each statement execute function private.note_media_words();
create trigger post_tags_words_added
  after insert on public.post_tags referencing new table as added
  for each statement execute function private.note_tag_words();
create trigger post_tags_words_changed
  after update on public.post_tags referencing old table as removed new table as added
  for each statement execute function private.note_tag_words();
create trigger post_tags_words_removed
  after delete on public.post_tags referencing old table as removed
  for each statement execute function private.note_tag_words();
create trigger tags_words_renamed after update of name on public.tags
  for each row when (old.name is distinct from new.name) execute function private.rename_tag_words();

-- What is stored already: the words of the posts themselves anew only where they are written otherwise now.
update public.posts p set search = private.own_words(p.author_name, p.author_username, p.text_content)
where octet_length(concat(p.author_name, p.author_username, p.text_content))
  > length(concat(p.author_name, p.author_username, p.text_content));
insert into private.search_words (word)
select distinct left(w.word, 120)
from public.posts p
cross join lateral unnest(tsvector_to_array(p.search)) w(word)
where length(w.word) >= 2;
select private.refresh_words(array(
  select m.post_id from public.post_media m
  where m.post_id is not null and (m.alt_text is not null or m.ai_analysis is not null)
  union
  select t.post_id from public.post_tags t));

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

-- What a search finds, as the screens and scripts show it: a page of posts with where the words stand.

create view private.search_line as
select v.*, null::double precision as rank, null::text[] as matched, null::text as excerpt,
  null::text as excerpt_of, null::text as media_id, null::boolean as is_substring, null::boolean as is_capped,
  null::jsonb as key
from private.post_view v;

-- Marks the hits of a text, U+E000 before and U+E001 behind each; what a text itself has of these is taken out.
-- Words with accents are marked too: those of the text whose plain form the query finds.
create or replace function private.marked(p_body text, p_query tsquery, p_literal text) returns text
language plpgsql stable set search_path = '' as $$
declare
  _body text := regexp_replace(translate(left(p_body, 5000), E'\ue000\ue001', ''), '\s+', ' ', 'g');
  _query tsquery := p_query;
  _at integer;
begin
  if p_literal is not null then
    _at := strpos(lower(_body), p_literal);
    if _at = 0 then
      return left(_body, 200);
    end if;
    return case when _at > 60 then '… ' else '' end || substr(_body, greatest(_at - 60, 1), least(_at - 1, 60))
      || E'\ue000' || substr(_body, _at, length(p_literal)) || E'\ue001'
      || substr(_body, _at + length(p_literal), 120);
  end if;
  if octet_length(_body) > length(_body) then
    select coalesce(_query || string_agg(quote_literal(replace(l.word, '\', '\\')), ' | ')::tsquery, _query)
    into _query
    from unnest(tsvector_to_array(to_tsvector('simple', _body))) l(word)
    where octet_length(l.word) > length(l.word) and private.own_words(null, null, l.word) @@ p_query;
  end if;
  return ts_headline('simple', _body, _query,
    E'StartSel=\ue000, StopSel=\ue001, MaxWords=35, MinWords=20');
end
$$;

-- Where the words of a search stand in posts: the places in the order in which they tell most, and an excerpt
-- of the first. With p_is_substring the search is looked for as it is typed.
create or replace function private.search_excerpts(p_words text, p_post_ids text[], p_is_substring boolean)
returns table (post_id text, matched text[], excerpt text, excerpt_of text, media_id text)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
  _any tsquery := private.any_word(private.search_query(p_words));
  _literal text := case when p_is_substring then private.literal_of(p_words) end;
begin
  return query
    with own as (
      select p.post_id, p.text_content,
        concat_ws(' · ', nullif(p.author_name, ''), p.author_username) as author,
        ts_filter(p.search, '{d}') @@ _any as is_hit
      from public.posts p
      where p.post_id = any (p_post_ids)
    ),
    texts as (
      select o.post_id, null::text as media_id, f.field, f.body, f.place, f.is_hit
      from own o
      cross join lateral (
        select _literal is null and o.is_hit and private.own_words(o.author, null, null) @@ _any as is_author
      ) a
      cross join lateral (values
        ('text', o.text_content, 1, case when not a.is_author then o.is_hit end),
        ('author', o.author, 7, a.is_author)
      ) f(field, body, place, is_hit)
      where f.body <> ''
      union all
      select t.post_id, t.media_id, t.field, t.body,
        array_position(array['text', 'tag', 'alt', 'label', 'described', 'read'], t.field), null
      from private.media_texts(p_post_ids) t
    ),
    hits as (
      select t.*, row_number() over (partition by t.post_id order by t.place) as first
      from texts t
      where case
        when _literal is not null then strpos(lower(t.body), _literal) > 0
          or strpos(lower(private.folded(t.body)), lower(private.folded(_literal))) > 0
        else coalesce(t.is_hit, private.own_words(null, null, left(t.body, 50000)) @@ _any) end
    ),
    found as (
      select h.post_id, array_agg(distinct h.field) as matched from hits h group by h.post_id
    )
    select o.post_id, coalesce(f.matched, '{}'),
      coalesce(private.marked(h.body, _any, _literal), left(t.body, 200)), coalesce(h.field, 'text'), h.media_id
    from unnest(p_post_ids) o(post_id)
    left join found f using (post_id)
    left join hits h on h.post_id = o.post_id and h.first = 1
    left join texts t on t.post_id = o.post_id and t.field = 'text';
end
$$;

-- Posts that were found in some other way, in the order in which they are named, with where the words stand.
create or replace function public.found_posts(p_words text, p_post_ids text[])
returns setof private.search_line
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  _workspaces uuid[] := private.require_reader();
  _post_ids text[] := array(
    select p.post_id from public.posts p
    where p.post_id = any (p_post_ids[1:500]) and p.workspace_id = any (_workspaces));
begin
  return query
    select v.*, null::double precision, e.matched, e.excerpt, e.excerpt_of, e.media_id, false, false, null::jsonb
    from private.search_excerpts(p_words, _post_ids, false) e
    join private.post_view v using (post_id)
    order by array_position(p_post_ids, v.post_id);
end
$$;

-- The posts that show the same picture as a media, or one that looks alike, and its own: the most alike first.
create or replace function private.rank_similar(
  p_media_id text, p_filter jsonb, p_workspaces uuid[], p_limit integer
) returns table (post_id text, media_id text, distance integer)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
  _media public.post_media;
  _phash bigint;
begin
  select * into _media from public.post_media m
  where m.media_id = p_media_id and m.workspace_id = any (p_workspaces);
  select b.phash into _phash from public.media_blobs b where b.sha256 = _media.sha256;
  return query execute
    'select s.post_id, s.media_id, s.distance from ('
    'select distinct on (m.post_id) m.post_id, m.media_id, a.distance, p.age'
    ' from (select $1 as sha256, 0 as distance union all'
    '   select b.sha256, n.distance from private.near_phashes($2) n'
    '   join public.media_blobs b on (b.phash & 65535) = (n.phash & 65535) and b.phash = n.phash'
    '   where b.phash is not null and b.sha256 <> $1) a'
    ' join public.post_media m using (sha256) join public.posts p on p.post_id = m.post_id'
    ' where m.workspace_id = $3 and ' || private.filter_sql(p_filter)
    || ' order by m.post_id, a.distance, m.position) s order by s.distance, s.age, s.post_id limit $4'
  using _media.sha256, _phash, _media.workspace_id, p_limit;
end
$$;

-- Hits in their order as lines, each with the key from which the next page goes on.
create or replace function private.hit_lines(
  p_words text, p_post_ids text[], p_ranks double precision[], p_ages bigint[], p_media_ids text[],
  p_is_substring boolean, p_is_capped boolean
) returns setof private.search_line
language sql stable set search_path = '' as $$
  select v.*, h.rank, e.matched || case when h.media_id is null then '{}' else '{similar}'::text[] end,
    e.excerpt, e.excerpt_of, coalesce(h.media_id, e.media_id), p_is_substring, p_is_capped,
    jsonb_build_array(p_is_substring, -h.rank, h.age, h.post_id)
  from unnest(p_post_ids, p_ranks, p_ages, p_media_ids) with ordinality h(post_id, rank, age, media_id, place)
  join private.search_excerpts(p_words, p_post_ids, p_is_substring) e using (post_id)
  join private.post_view v using (post_id)
  order by h.place
$$;

-- A page of what is found, the best first: by words; behind them, where words give less than a page, the posts
-- in which the search stands as a piece of text (is_substring); with p_similar only posts with a picture like
-- that of the media, the most alike first. is_capped tells that so many posts have the words that only the
-- newest were ranked. Nothing that is typed is an error.
create or replace function public.search_posts(
  p_query text, p_filter jsonb default '{}', p_similar text default null, p_after jsonb default null,
  p_limit integer default 50
) returns setof private.search_line
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
set jit = off as $$
declare
  _workspaces uuid[] := private.require_reader();
  _size integer := private.page_size(p_limit);
  _words text := coalesce(p_query, '');
  _query tsquery := private.search_query(_words);
  _post_ids text[];
  _ranks double precision[];
  _ages bigint[];
  _media_ids text[];
  _is_capped boolean;
begin
  if not coalesce((p_after ->> 0)::boolean, false) then
    select array_agg(f.post_id), array_agg(f.rank), array_agg(f.age), array_agg(f.media_id),
      coalesce(bool_or(f.is_capped), false)
    into _post_ids, _ranks, _ages, _media_ids, _is_capped
    from (
      select f.* from (
        select r.post_id, r.rank, r.age, r.media_id, r.is_capped
        from private.rank_words(_words, p_filter, _workspaces, 2000) r
        where p_similar is null
        union all
        select s.post_id, 1 - s.distance / 64.0, p.age, s.media_id, false
        from private.rank_similar(p_similar, p_filter, _workspaces, 2000) s
        join public.posts p using (post_id)
        where p_similar is not null and (numnode(_query) = 0 or p.search @@ _query)
      ) f
      where p_after is null or (-f.rank, f.age, f.post_id)
        > ((p_after ->> 1)::double precision, (p_after ->> 2)::bigint, p_after ->> 3)
      order by f.rank desc, f.age, f.post_id
      limit _size
    ) f;
    return query select * from private.hit_lines(_words, _post_ids, _ranks, _ages, _media_ids, false, _is_capped);
    _size := _size - coalesce(cardinality(_post_ids), 0);
    p_after := null;
  end if;
  if _size > 0 and p_similar is null and _words !~* '(^|\s)(-|or\s)|\*' then
    select array_agg(f.post_id), array_agg(f.rank), array_agg(f.age), array_agg(f.media_id)
    into _post_ids, _ranks, _ages, _media_ids
    from (
      select s.post_id, s.rank, s.age, s.media_id
      from private.rank_substring(_words, p_filter, _workspaces, 500) s
      join public.posts p using (post_id)
      where not p.search @@ _query
        and (p_after is null or (s.age, s.post_id) > ((p_after ->> 2)::bigint, p_after ->> 3))
      order by s.age, s.post_id
      limit _size
    ) f;
    return query select * from private.hit_lines(_words, _post_ids, _ranks, _ages, _media_ids, true, false);
  end if;
end
$$;

revoke all on function public.search_posts, public.found_posts from public, anon;
grant execute on function public.search_posts, public.found_posts to authenticated, service_role;

revoke execute on all functions in schema private from public;
grant execute on function private.is_service, private.readable_workspaces, private.editable_workspaces,
  private.owned_workspaces to authenticated, service_role;

-- PostgREST reads the catalogue again.
notify pgrst, 'reload schema';
