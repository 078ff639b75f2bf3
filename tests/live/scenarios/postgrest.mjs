// PostgREST's refusals are what tests/data/postgrest-12 says, from which the component's texts are tested; and the
// gateway in front of it refuses as Supabase's does.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { IDS, ownKeys } from '../lib/keys.mjs';
import { root } from '../lib/paths.mjs';
import { until } from '../lib/process.mjs';
import { startPostgrest } from '../lib/postgrest.mjs';
import { CASES } from '../lib/postgrest-errors.mjs';
import { gateway, PUBLISHABLE_KEY } from '../servers/gateway.mjs';
import { skip } from '../lib/postgres.mjs';

const FIXTURES = path.join(root, 'tests/data/postgrest-12');
const SHOWN = ['www-authenticate', 'content-type', 'content-range'];
const ENDS = [];
let rest, keys;

before(async () => {
  if (skip) return;
  rest = await startPostgrest({ after: (stop) => ENDS.unshift(stop) });
  keys = await ownKeys();
  await rest.trust(keys.jwks);
});
after(async () => { for (const stop of ENDS) await stop(); });

for (const [name, request] of Object.entries(CASES)) {
  test(name, { skip }, async () => same(name, await ask(rest.url, request)));
}

test('an update that row-level security blocks is no error: 200 and no rows', { skip }, async () => {
  const answer = await ask(rest.url, {
    path: '/announcements?select=id&%22id%22=eq.1', method: 'PATCH', body: '{"body":"mine now"}',
    headers: { 'content-type': 'application/json', prefer: 'return=representation,handling=strict' },
  });
  same('row-level-security-no-rows', answer);
});

test('the gateway wants the publishable key, and keeps the OpenAPI document from it', { skip }, async (t) => {
  const server = http.createServer(gateway(rest.url)).listen(0, '127.0.0.1');
  t.after(() => { server.close(); server.closeAllConnections(); });
  await new Promise((listening) => server.once('listening', listening));
  const at = `http://127.0.0.1:${server.address().port}`;
  same('gateway-no-key', await ask(at, { path: '/rest/v1/notes' }));
  same('gateway-bad-key', await ask(at, { path: '/rest/v1/notes', headers: { apikey: 'sb_publishable_other' } }));
  same('gateway-openapi', await ask(at, { path: '/rest/v1/', headers: { apikey: PUBLISHABLE_KEY } }));
  const rows = await ask(at, { path: '/rest/v1/notes?select=title&limit=1', headers: { apikey: PUBLISHABLE_KEY } });
  assert.deepEqual([rows.status, rows.body.length], [200, 1]);
});

test('database gone: 503', { skip }, async () => {
  await rest.stopDatabase();
  // A first answer may still come from a broken connection: PGRST000 or PGRST001, 503 as well.
  same('database-gone', await until('PostgREST notices', async () => {
    const answer = await ask(rest.url, { path: '/notes?select=id' });
    assert.equal(answer.status, 503);
    return answer.body.code === 'PGRST002' && answer;
  }));
});

async function ask(base, { path: at, method = 'GET', headers = {}, body, anonymous, token = {}, spoil = (good) => good }) {
  const authorization = anonymous ? {} : { authorization: `Bearer ${spoil(await keys.token(IDS.ada, token))}` };
  const response = await fetch(base + at, { method, headers: { accept: 'application/json', ...authorization, ...headers }, body });
  const text = await response.text();
  const shown = Object.fromEntries(SHOWN.filter((name) => response.headers.has(name)).map((name) => [name, response.headers.get(name)]));
  return { status: response.status, headers: shown, ...content(text) };
}

function content(text) {
  try {
    return { body: JSON.parse(text) };
  } catch {
    return { text };
  }
}

/** PostgreSQL's details and hints differ between versions; status, code and message are what everything hangs on. */
function same(name, answer) {
  const file = path.join(FIXTURES, `${name}.json`);
  const source = 'PostgREST 12.0.2, PostgreSQL 15';
  if (process.env.RECORD) fs.writeFileSync(file, `${JSON.stringify({ case: name, recorded: true, source, ...answer }, null, 2)}\n`);
  const recorded = JSON.parse(fs.readFileSync(file, 'utf8'));
  assert.deepEqual(essence(answer), essence(recorded));
}

const essence = ({ status, headers, body, text }) => ({
  status, challenge: headers['www-authenticate'], code: body?.code, message: body?.message, rows: Array.isArray(body) ? body : undefined, text,
});
