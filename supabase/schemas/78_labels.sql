-- What media show, as tags of their analyses, to narrow posts by. The analysis of a media is any text, as old
-- libraries have it: one that holds no list of tags has no labels.

create table private.media_labels (
  media_id text not null references public.post_media (media_id) on delete cascade on update cascade,
  label text not null,
  post_id text not null references public.posts (post_id) on delete cascade on update cascade,
  workspace_id uuid not null,
  primary key (media_id, label)
);

create index idx_media_labels_label on private.media_labels (label, post_id, workspace_id);
create index idx_media_labels_post on private.media_labels (post_id);

comment on table private.media_labels is 'The tags of the analyses of media, in small letters; kept by triggers';

-- The tags of an analysis, in small letters; at most 50.
create or replace function private.labels_of(p_analysis text) returns setof text
language plpgsql immutable set search_path = '' as $$
declare
  _tags jsonb;
begin
  begin
    _tags := p_analysis::jsonb -> 'tags';
  exception when data_exception or statement_too_complex then
    return;  -- an answer that is no JSON
  end;
  if jsonb_typeof(_tags) = 'array' then
    return query
      select distinct left(lower(btrim(t #>> '{}')), 100)
      from jsonb_path_query(_tags, '$[0 to 49]') t
      where jsonb_typeof(t) = 'string' and btrim(t #>> '{}') <> '';
  end if;
end
$$;

create or replace function private.keep_labels() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  delete from private.media_labels l where l.media_id = new.media_id;
  insert into private.media_labels (media_id, label, post_id, workspace_id)
  select new.media_id, l, new.post_id, new.workspace_id
  from private.labels_of(new.ai_analysis) l
  where new.post_id is not null;
  return null;
end
$$;

create trigger post_media_labels_added
  after insert on public.post_media
  for each row when (new.ai_analysis is not null) execute function private.keep_labels();
create trigger post_media_labels_changed
  after update of ai_analysis, post_id, workspace_id on public.post_media
  for each row when ((old.ai_analysis, old.post_id, old.workspace_id)
    is distinct from (new.ai_analysis, new.post_id, new.workspace_id))
  execute function private.keep_labels();

-- Posts some media of which shows one of some things.
create or replace function private.label_sql(p_labels text[]) returns text
language sql immutable set search_path = '' as $$
  select format('exists (select from private.media_labels l where l.post_id = p.post_id'
    ' and l.label = any (%L::text[]))', p_labels)
$$;
