-- Legal holds in the audit log: who looks at the history of a media sees when its post was held, and until when.

-- One event for each media of the posts, or one for a post that has none.
create or replace function private.log_holds(p_event text, p_tags public.post_tags[]) returns void
language sql volatile set search_path = '' as $$
  insert into public.media_events
    (event, actor, media_id, post_id, sha256, correlation_id, details, workspace_id)
  select p_event, 'database', m.media_id, t.post_id, m.sha256, m.media_id,
    jsonb_build_object('tag', g.name), t.workspace_id
  from unnest(p_tags) t
  join public.tags g on g.tag_id = t.tag_id
  left join public.post_media m on m.post_id = t.post_id
  where private.is_hold(g.name)
  order by t.post_id, m.media_id
$$;

-- Whatever way a tag comes to a post or goes from it. Of other tags nothing is looked at but their ids.
create or replace function private.note_holds() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  _holds text[] := array(select g.tag_id from public.tags g where private.is_hold(g.name));
begin
  if _holds <> '{}' and tg_op <> 'INSERT' then
    perform private.log_holds('legal_hold_lifted', array(
      select t::public.post_tags from gone t where t.tag_id = any (_holds)));
  end if;
  if _holds <> '{}' and tg_op <> 'DELETE' then
    perform private.log_holds('legal_hold_set', array(
      select t::public.post_tags from come t where t.tag_id = any (_holds)));
  end if;
  return null;
end
$$;

create trigger post_tags_hold_set
  after insert on public.post_tags referencing new table as come
  for each statement execute function private.note_holds();
create trigger post_tags_hold_lifted
  after delete on public.post_tags referencing old table as gone
  for each statement execute function private.note_holds();
create trigger post_tags_hold_moved
  after update on public.post_tags referencing old table as gone new table as come
  for each statement execute function private.note_holds();

-- A hold is put on posts and taken from them one by one, which is written down, and not by a tag's name.
create or replace function private.keep_hold_tag() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and private.is_hold(old.name) = private.is_hold(new.name) then
    return new;
  end if;
  if (private.is_hold(old.name) or tg_op = 'UPDATE')
    and exists (select from public.post_tags t where t.tag_id = old.tag_id) then
    raise exception using errcode = '42501',
      message = format('Posts are held, or would be, by the name of the tag %L.', old.name),
      hint = 'Take it from its posts first, or give them another one.';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;

create trigger tags_hold_kept
  before delete or update of name on public.tags
  for each row execute function private.keep_hold_tag();
