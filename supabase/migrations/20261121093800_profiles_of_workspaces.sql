-- A profile's name is taken in its own workspace alone. Taken in all of them, it told a member whom others follow.

alter table public.profiles
  drop constraint profiles_username_key,
  add constraint profiles_username_key unique (workspace_id, username);
