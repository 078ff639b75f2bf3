-- What a Supabase project has before its owner writes a line: roles, the auth schema, the role PostgREST logs in with.
-- PostgreSQL 15 or newer, no extensions. Run as superuser on an empty database of a throw-away cluster.
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
create role supabase_auth_admin login noinherit;
-- Whom the SQL editor speaks as. There it is called postgres and is no superuser either.
create role dashboard login createrole bypassrls;
grant anon, authenticated, service_role to dashboard;
do $$ begin execute format('grant create on database %I to dashboard', current_database()); end $$;
grant all on schema public to dashboard with grant option;
grant anon, authenticated, service_role to authenticator;
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';

grant usage on schema public to anon, authenticated, service_role;

create schema auth;
grant usage on schema auth to anon, authenticated, service_role, supabase_auth_admin;

create table auth.users (
  id uuid primary key default gen_random_uuid(),
  email text unique
);
-- The columns an access-token hook reads (supabase/auth, table oauth_authorizations).
create table auth.oauth_authorizations (
  id uuid primary key default gen_random_uuid(),
  authorization_id text not null unique default replace(gen_random_uuid()::text, '-', ''),
  client_id uuid not null,
  user_id uuid references auth.users (id) on delete cascade,
  redirect_uri text not null default 'http://127.0.0.1/callback',
  scope text not null default 'email',
  resource text,
  status text not null default 'pending' check (status in ('pending', 'approved', 'denied', 'expired')),
  authorization_code text unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '10 minutes',
  approved_at timestamptz
);
create table auth.sessions (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade
);
grant usage on schema auth to dashboard;
grant select, references on all tables in schema auth to dashboard;
alter table auth.users owner to supabase_auth_admin;
alter table auth.oauth_authorizations owner to supabase_auth_admin;
alter table auth.sessions owner to supabase_auth_admin;

create function auth.jwt() returns jsonb language sql stable as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb
$$;
create function auth.uid() returns uuid language sql stable as $$
  select nullif(auth.jwt() ->> 'sub', '')::uuid
$$;
create function auth.role() returns text language sql stable as $$
  select auth.jwt() ->> 'role'
$$;
