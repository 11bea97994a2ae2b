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

-- The first characters of a text. Most have not even so many bytes, and need not be counted. Without a
-- search_path of its own, so that it is inlined.
create or replace function private.first_of(p_text text, p_characters integer) returns text
language sql immutable parallel safe as $$
  select case when octet_length(p_text) <= p_characters then p_text else left(p_text, p_characters) end
$$;

-- Without a search_path of its own, so that it is inlined.
create or replace function private.own_words(p_author_name text, p_author_username text, p_text text)
returns tsvector
language sql immutable parallel safe as $$
  select to_tsvector('simple', private.folded(private.first_of(
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

-- Each word of any post once, so that parts of words are looked for among some hundred thousand words and not
-- in a million texts. Nobody waits for anybody here: two who meet the same new word at once both write it.
-- Words of posts that were deleted stay, and find nothing. Of a longer word the first 120 letters are noted. In the
-- order of bytes, so that the words that begin alike stand together.
create table private.search_words (word text collate "C" not null);
create index idx_search_words on private.search_words (word);

-- All pairs and threes of neighbouring letters, some of them twice; null where there are none. In a loop, which
-- costs less than to start a query for each word.
create or replace function private.grams(p_word text) returns text[]
language plpgsql immutable parallel safe set search_path = '' as $$
declare
  _grams text[];
begin
  for i in 1 .. length(p_word) - 1 loop
    _grams := _grams || substr(p_word, i, 2) || substr(p_word, i, 3);
  end loop;
  return _grams;
end
$$;

create index idx_search_words_grams on private.search_words using gin (private.grams(word));

-- Notes the words that are new, each of which is given once.
create or replace function private.learn_words(p_words text[]) returns void
language sql volatile set search_path = '' set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off as $$
  insert into private.search_words (word)
  select distinct left(w.word, 120)
  from unnest(p_words) w(word)
  where length(w.word) >= 2
    and not exists (select from private.search_words s where s.word = left(w.word, 120))
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
declare
  _added text := (select quote_literal(array_agg(n.post_id)) from added n);
begin
  if _added is not null then
    -- In a fifth of the time that it takes to take the vectors apart. Its query does not see the trigger's rows.
    perform private.learn_words(array(
      select s.word
      from ts_stat(format('select p.search from public.posts p where p.post_id = any (%s)', _added)) s));
  end if;
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
        full join added n using (media_id)
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
