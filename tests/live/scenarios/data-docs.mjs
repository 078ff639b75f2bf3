// The SQL that the documentation shows does what it says, on the real server: docs/sql/*.sql, run as a project's owner.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { IDS, ownKeys } from '../lib/keys.mjs';
import { skip } from '../lib/postgres.mjs';
import { startPostgrest } from '../lib/postgrest.mjs';

const SQL = ['docs/sql/notes.sql', 'docs/sql/access-token-hook.sql', 'docs/sql/rls-client-id.sql'];
const LISTED = crypto.randomUUID(), UNLISTED = crypto.randomUUID();
const MCP = 'https://app.example/mcp';
const ENDS = [];
let rest, keys;

before(async () => {
  if (skip) return;
  rest = await startPostgrest({ after: (stop) => ENDS.unshift(stop) }, SQL);
  keys = await ownKeys();
  await rest.trust(keys.jwks);
  await rest.psql(`
    insert into auth.users (id, email) values ('${IDS.ada}', 'ada@example.com'), ('${IDS.linus}', 'linus@example.com');
    insert into mcp_private.allowed_clients values ('${LISTED}', 'live test');
    insert into public.notes (user_id, title) values ('${IDS.ada}', 'of ada'), ('${IDS.linus}', 'of linus');
    insert into public.payments (user_id, amount) values ('${IDS.ada}', 1)`);
});
after(async () => { for (const stop of ENDS) await stop(); });

/** One request as a user, through a client or (undefined) the user's own app. */
async function as(user, client, path, { method = 'GET', row, claims = {}, prefer = 'return=representation' } = {}) {
  const token = await keys.token(IDS[user], { ...(client && { client_id: client }), ...claims });
  const response = await fetch(rest.url + path, {
    method, headers: { authorization: `Bearer ${token}`, prefer, 'content-type': 'application/json' }, body: row && JSON.stringify(row),
  });
  return { status: response.status, body: await response.json() };
}
const titles = async (...who) => (await as(...who, '/notes?select=title&order=id')).body.map(({ title }) => title);

test('notes.sql: a session reads, adds, changes and removes its own rows', { skip }, async () => {
  assert.deepEqual(await titles('ada', undefined), ['of ada']);
  const added = await as('ada', undefined, '/notes', { method: 'POST', row: { title: 'new' } });
  assert.deepEqual([added.status, added.body[0].user_id, added.body[0].done], [201, IDS.ada, false]);
  const at = `/notes?id=eq.${added.body[0].id}`;
  assert.equal((await as('ada', undefined, at, { method: 'PATCH', row: { done: true } })).body[0].done, true);
  assert.equal((await as('ada', undefined, at, { method: 'DELETE' })).body.length, 1);
});

test("notes.sql: another's rows cannot be read, taken, given away, changed or removed", { skip }, async () => {
  assert.deepEqual(await titles('linus', undefined), ['of linus']);
  const forged = await as('linus', undefined, '/notes', { method: 'POST', row: { title: 'x', user_id: IDS.ada } });
  assert.deepEqual([forged.status, forged.body.code], [403, '42501']);
  assert.match(forged.body.message, /row-level security/);
  const given = await as('linus', undefined, '/notes?title=eq.of%20linus', { method: 'PATCH', row: { user_id: IDS.ada } });
  assert.deepEqual([given.status, given.body.code], [403, '42501']);
  for (const method of ['PATCH', 'DELETE']) {
    const blocked = await as('linus', undefined, '/notes?title=eq.of%20ada', { method, row: method === 'PATCH' ? { title: 'mine' } : undefined });
    assert.deepEqual(blocked, { status: 200, body: [] }, method);
  }
});

test('notes.sql: nothing without signing in', { skip }, async () => {
  const response = await fetch(`${rest.url}/notes`);
  assert.deepEqual([response.status, (await response.json()).code], [401, '42501']);
});

test('rls-client-id.sql, allow-list: a listed client reads, an unlisted one finds nothing', { skip }, async () => {
  assert.deepEqual(await titles('ada', LISTED), ['of ada']);
  assert.deepEqual(await titles('ada', UNLISTED), []);
  assert.deepEqual(await titles('ada', undefined), ['of ada']);
});

test('rls-client-id.sql, allow-list: the list itself is out of reach', { skip }, async () => {
  const list = await as('ada', LISTED, '/allowed_clients', {});
  assert.equal(list.status, 404);
  await assert.rejects(() => rest.psql('set role authenticated; select * from mcp_private.allowed_clients'), /permission denied for table allowed_clients/);
});

test('rls-client-id.sql, read-only agent: a listed client changes nothing, the own session does', { skip }, async () => {
  const added = await as('ada', LISTED, '/notes', { method: 'POST', row: { title: 'by the agent' } });
  assert.deepEqual([added.status, added.body.code], [403, '42501']);
  assert.deepEqual(await as('ada', LISTED, '/notes?title=eq.of%20ada', { method: 'PATCH', row: { done: true } }), { status: 200, body: [] });
  assert.deepEqual(await as('ada', LISTED, '/notes?title=eq.of%20ada', { method: 'DELETE' }), { status: 200, body: [] });
  assert.equal((await as('ada', undefined, '/notes?title=eq.of%20ada', { method: 'PATCH', row: { done: true } })).body.length, 1);
});

test('rls-client-id.sql, sensitive table: no client sees a row, the own session does', { skip }, async () => {
  for (const client of [LISTED, UNLISTED]) assert.deepEqual(await as('ada', client, '/payments'), { status: 200, body: [] });
  assert.equal((await as('ada', undefined, '/payments')).body.length, 1);
  assert.deepEqual((await as('linus', undefined, '/payments')).body, []);
});

// What Supabase Auth does at each token: one call in its own transaction, as supabase_auth_admin.
const REQUIRED = ['aud', 'exp', 'iat', 'sub', 'email', 'phone', 'role', 'aal', 'session_id', 'is_anonymous'];
function event({ user = IDS.ada, client, session = crypto.randomUUID(), method = 'oauth_provider/authorization_code' }) {
  return {
    metadata: { uuid: crypto.randomUUID(), time: new Date().toISOString(), name: 'customize-access-token' }, user_id: user, authentication_method: method,
    claims: {
      iss: 'https://project.supabase.co/auth/v1', aud: 'authenticated', exp: 2_000_000_000, iat: 1_999_996_400, sub: user, email: 'ada@example.com', phone: '',
      app_metadata: { provider: 'email' }, user_metadata: {}, role: 'authenticated', aal: 'aal1', amr: [{ method, timestamp: 1_999_996_400 }],
      session_id: session, is_anonymous: false, ...(client && { client_id: client, scope: 'email' }),
    },
  };
}
const literal = (text) => `'${text.replaceAll("'", "''")}'`;
async function hook(input) {
  const { claims } = JSON.parse(await rest.psql(`select public.bind_token_to_resource(${literal(JSON.stringify(input))}::jsonb)`, { user: 'supabase_auth_admin' }));
  for (const name of REQUIRED) assert.ok(name in claims, `${name} is missing`);
  return claims;
}
const approve = (client, resource, { user = IDS.ada, status = 'approved', ago = 0 } = {}) => rest.psql(`
  insert into auth.oauth_authorizations (client_id, user_id, resource, status, approved_at)
  values ('${client}', '${user}', ${resource === null ? 'null' : literal(resource)}, '${status}', now() - interval '${ago} seconds')`);
const forgetApprovals = () => rest.psql('delete from auth.oauth_authorizations');

test('access-token-hook.sql: the resource is in aud when a token is issued and after every refresh', { skip }, async () => {
  const client = crypto.randomUUID(), session = crypto.randomUUID();
  await approve(client, MCP);
  const issued = await hook(event({ client, session }));
  assert.deepEqual([issued.aud, issued.resource], [['authenticated', MCP], MCP]);
  // Supabase Auth removes the row when the code has been exchanged.
  await forgetApprovals();
  for (let refresh = 0; refresh < 2; refresh++) {
    assert.deepEqual((await hook(event({ client, session, method: 'token_refresh' }))).aud, ['authenticated', MCP]);
  }
  const { aud, resource, ...others } = issued;
  const { aud: before, ...asGiven } = event({ client, session }).claims;
  assert.deepEqual(others, asGiven, 'nothing else changes');
});

test('access-token-hook.sql: sessions of the own app are left alone', { skip }, async () => {
  for (const method of ['password', 'token_refresh', 'oauth', 'otp', 'anonymous']) {
    const given = event({ method });
    assert.deepEqual(await hook(given), given.claims, method);
  }
});

test('access-token-hook.sql: only an approval of this user, for this client, with a resource counts', { skip }, async () => {
  const client = crypto.randomUUID();
  await approve(crypto.randomUUID(), MCP);
  await approve(client, MCP, { user: IDS.linus });
  await approve(client, MCP, { status: 'denied' });
  assert.equal((await hook(event({ client }))).aud, 'authenticated');
  await approve(client, 'https://old.example/mcp', { ago: 60 });
  await approve(client, MCP);
  assert.deepEqual((await hook(event({ client }))).aud, ['authenticated', MCP], 'the newest');
  await forgetApprovals();
  await approve(client, null);
  assert.equal((await hook(event({ client }))).aud, 'authenticated', 'a client that did not ask');
  assert.equal((await hook(event({ client, method: 'token_refresh' }))).aud, 'authenticated', 'an unknown session');
});

test('access-token-hook.sql: nobody but Supabase Auth calls it or reads its table', { skip }, async () => {
  for (const role of ['anon', 'authenticated', 'service_role']) {
    await assert.rejects(() => rest.psql(`set role ${role}; select public.bind_token_to_resource('{}')`), /permission denied for function/, role);
    await assert.rejects(() => rest.psql(`set role ${role}; select * from mcp_private.session_resource`), /permission denied for (schema|table)/, role);
  }
});

test('access-token-hook.sql: PostgREST takes the bound token, and not one without "authenticated"', { skip }, async () => {
  const reads = (aud) => as('ada', LISTED, '/notes?select=title', { claims: { aud } });
  assert.equal((await reads(['authenticated', MCP])).status, 200);
  const refused = await reads([MCP]);
  assert.deepEqual([refused.status, refused.body.code, refused.body.message], [401, 'PGRST301', 'JWTNotInAudience']);
});
