-- Binds the access tokens of OAuth clients to the MCP server they were asked for.
--
-- Supabase's OAuth server accepts RFC 8707's `resource` at /authorize and forgets it: `aud` is always "authenticated", so a
-- token for one MCP server works at every other one of the project. This hook adds the resource to `aud`, also when the
-- token is refreshed. Run it in the SQL editor, then switch it on: Authentication → Hooks → Customize Access Token (JWT)
-- Claims → public.bind_token_to_resource. Tell the MCP server to insist, with its own URL:
--
--   LATCH_AUDIENCE=https://your.app/mcp  LATCH_AUDIENCE_ALSO=authenticated
--
-- Know this first:
--  * A hook decides about every token of the project, the ones of your own app included. If it raises an error, nobody can
--    sign in. Try it on a branch or a copy.
--  * "authenticated" stays in `aud`, and stays first: Supabase Auth reads the first value, PostgREST looks for this one. So
--    the token still opens your project's own APIs as this user; the hook is about which MCP server takes it.
--  * It relies on auth.oauth_authorizations, which Supabase may change. Where that row has no resource, the token stays as
--    it was, and an MCP server that insists refuses it.
--  * If one client lets one user approve two servers within the same moment, the newest approval counts for both.

create schema if not exists mcp_private;

-- A refresh does not know what was approved, so the session remembers.
create table if not exists mcp_private.session_resource (
  session_id uuid primary key,
  resource text not null,
  created_at timestamptz not null default now()
);
alter table mcp_private.session_resource enable row level security;

create or replace function public.bind_token_to_resource(event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  claims jsonb := event -> 'claims';
  client text := claims ->> 'client_id';
  session uuid := (claims ->> 'session_id')::uuid;
  wanted text;
begin
  -- Your app's own sessions have no client.
  if coalesce(client, '') = '' then
    return event;
  end if;

  if event ->> 'authentication_method' = 'oauth_provider/authorization_code' then
    select a.resource into wanted
    from auth.oauth_authorizations a
    where a.client_id = client::uuid
      and a.user_id = (event ->> 'user_id')::uuid
      and a.status = 'approved'
    order by a.approved_at desc nulls last
    limit 1;
    if coalesce(wanted, '') <> '' then
      insert into mcp_private.session_resource as known (session_id, resource)
      values (session, wanted)
      on conflict (session_id) do update set resource = excluded.resource;
    end if;
  else
    select known.resource into wanted
    from mcp_private.session_resource known
    where known.session_id = session;
  end if;

  if coalesce(wanted, '') = '' then
    return event;
  end if;
  -- What is returned replaces all claims, so change only what is ours.
  return jsonb_set(event, '{claims}', claims || jsonb_build_object(
    'aud', jsonb_build_array('authenticated', wanted),
    'resource', wanted
  ));
end
$$;

-- Supabase Auth calls it, and nobody else may.
grant usage on schema mcp_private to supabase_auth_admin;
grant select, insert, update on mcp_private.session_resource to supabase_auth_admin;
create policy "the hook" on mcp_private.session_resource
  for all to supabase_auth_admin using (true) with check (true);
revoke execute on function public.bind_token_to_resource from public, anon, authenticated, service_role;
grant execute on function public.bind_token_to_resource to supabase_auth_admin;

-- Sessions end; run this now and then, or schedule it with pg_cron:
--   delete from mcp_private.session_resource r where not exists (select from auth.sessions s where s.id = r.session_id);
