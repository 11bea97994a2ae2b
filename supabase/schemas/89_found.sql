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

-- How often a picture, or one that looks alike, was used in the posts that a search finds: in how many posts, by how
-- many authors, and first in which; posts of an unknown day come last. No row where it was never used.
create or replace function public.picture_use(
  p_media_id text, p_query text default null, p_filter jsonb default '{}'
) returns table (
  posts bigint, authors bigint, first_post_id text, first_author text, first_posted_at bigint)
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1 set jit = off as $$
declare
  _workspaces uuid[] := private.require_reader();
  _query tsquery := private.search_query(coalesce(p_query, ''));
begin
  return query
    with used as (
      select p.*
      from private.rank_similar(p_media_id, p_filter, _workspaces, null) s
      join public.posts p using (post_id)
      where numnode(_query) = 0 or p.search @@ _query
    )
    select c.posts, c.authors, f.post_id, coalesce(nullif(f.author_name, ''), f.author_username),
      f.posted_at_timestamp
    from (
      select count(*) as posts,
        count(distinct (u.platform, coalesce(nullif(lower(u.author_username), ''), u.author_key))) as authors
      from used u
    ) c
    cross join lateral (
      select * from used u order by u.posted_at_timestamp, u.post_id limit 1
    ) f;
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

revoke all on function public.search_posts, public.found_posts, public.picture_use from public, anon;
grant execute on function public.search_posts, public.found_posts, public.picture_use
  to authenticated, service_role;
