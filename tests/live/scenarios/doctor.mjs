// `latch doctor` against real servers: a project without a fault, and one fault at a time. Each is named, with its fix.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { tokensFor } from '../clients/sign-in.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { DECLARATION } from '../lib/data.mjs';
import { doctor } from '../lib/doctor.mjs';
import { startIssuer } from '../lib/issuer.mjs';
import { startLatch } from '../lib/latch.mjs';
import { freePort } from '../lib/process.mjs';
import { skip, startPostgrest } from '../lib/postgrest.mjs';
import { modern } from '../lib/raw.mjs';
import { grace } from '../lib/users.mjs';
import { forward, PUBLISHABLE_KEY } from '../servers/gateway.mjs';

const WRONG_KEY = 'sb_publishable_canary_of_another_project';
const SECRET = 'canary-canary-canary-canary-canary-canary';
const DATA = `version = 1
[tables.notes.columns]
id = "bigint"
title = "text"
[views.open_tasks.columns]
id = "bigint"
[functions.add]
returns = "integer"
arguments = { a = "integer", b = "integer" }
`;
const PROJECT = ['configuration', 'project', 'clock', 'discovery', 'issuer', 'keys', 'registration', 'gateway'];
const ENDS = [];
let rest;

before(async () => { if (!skip) rest = await startPostgrest({ after: (stop) => ENDS.unshift(stop) }); });
after(async () => { for (const stop of ENDS) await stop(); });

/** A project with this fault, and the variables that describe it. */
async function project(t, fault = {}) {
  const issuer = await startIssuer(t, { mode: 'supabase', rest, ...fault });
  return { issuer, env: { SUPABASE_URL: issuer.origin, SUPABASE_PUBLISHABLE_KEY: PUBLISHABLE_KEY, LATCH_DATA: DATA } };
}

/** Runs it, and makes sure that whatever it found, no key is shown. */
async function examine(env) {
  const seen = await doctor(env);
  for (const key of [PUBLISHABLE_KEY, WRONG_KEY, SECRET]) assert.ok(!seen.all.includes(key), `a key is shown:\n${seen.all}`);
  return seen;
}

/** These checks, and no others, fail (or with `warn`, warn): name → what cause and fix say. */
function finds({ code, all, checks }, expected, label = 'fail') {
  const found = checks.filter((check) => check.label === label);
  assert.deepEqual(found.map(({ name }) => name), Object.keys(expected), all);
  for (const { name, text } of found) {
    const [cause, fix] = text.split('\nfix: ');
    assert.ok(cause && fix, `${name} has no cause or no fix:\n${all}`);
    for (const [part, words] of [[cause, expected[name].cause], [fix, expected[name].fix]]) assert.match(part, words);
  }
  assert.equal(code, checks.some((check) => check.label === 'fail') ? 1 : 0, all);
}
const labels = ({ checks }, wanted) => checks.filter(({ label }) => label === wanted).map(({ name }) => name);

test('nothing wrong, and the endpoint is served: every check is ok', { skip }, async (t) => {
  const { env } = await project(t);
  const { endpoint } = await startLatch(t, env);
  const seen = await examine({ ...env, MCP_URL: endpoint });
  assert.equal(seen.code, 0, seen.all);
  assert.deepEqual(labels(seen, 'ok'), [...PROJECT, 'table', 'table', 'public URL'], seen.all);
  assert.deepEqual(labels(seen, 'skip'), ['functions'], seen.all);
  assert.match(seen.all, /Nothing is wrong/);
});

test('RS256 keys are as good', { skip }, async (t) => {
  const { env } = await project(t, { alg: 'RS256' });
  const seen = await examine(env);
  assert.equal(seen.code, 0, seen.all);
  assert.match(seen.checks.find(({ name }) => name === 'keys').text, /RS256/);
});

for (const [registration, cause] of [['refused', /oauth_dynamic_client_registration_disabled/], ['off', /names no registration_endpoint/]]) {
  test(`registration ${registration}`, { skip }, async (t) => {
    const seen = await examine((await project(t, { registration })).env);
    finds(seen, { registration: { cause, fix: /Allow Dynamic OAuth Apps[^]*register the client/ } });
    assert.equal(labels(seen, 'ok').length, PROJECT.length - 1 + 2, 'the other checks are made');
  });
}

test('the OAuth server is off', { skip }, async (t) => {
  const seen = await examine((await project(t, { oauth: 'off' })).env);
  finds(seen, { discovery: { cause: /OAuth server is off.*feature_disabled/, fix: /Authentication → OAuth Server: switch it on/ } });
  assert.deepEqual(labels(seen, 'skip'), ['issuer', 'registration', 'functions', 'public URL'], seen.all);
});

test('a project that signs with HS256; with its secret all is well, and the endpoint lets its users in', { skip }, async (t) => {
  const { env } = await project(t, { alg: 'HS256', secret: SECRET });
  finds(await examine(env), { keys: { cause: /key set is empty.*HS256/, fix: /JWT Keys: migrate.*SUPABASE_JWT_SECRET/ } });
  const mended = { ...env, SUPABASE_JWT_SECRET: SECRET };
  const seen = await examine(mended);
  assert.equal(seen.code, 0, seen.all);
  const { endpoint } = await startLatch(t, mended);
  const { access_token: token } = await tokensFor(ts2, endpoint, grace);
  assert.equal(JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).alg, 'HS256');
  assert.equal((await modern(endpoint, token, 'tools/list')).status, 200);
});

test('another issuer behind the URL, as with a custom domain: the fix that is named works', { skip }, async (t) => {
  const { issuer, env } = await project(t);
  const domain = http.createServer((request, response) => forward(request, response, { hostname: '127.0.0.1', port: issuer.port }, () => response.destroy()));
  t.after(() => { domain.close(); domain.closeAllConnections(); });
  await new Promise((listening) => domain.listen(0, '127.0.0.1', listening));
  const seen = await examine({ ...env, SUPABASE_URL: `http://127.0.0.1:${domain.address().port}` });
  finds(seen, { issuer: { cause: new RegExp(`tokens say iss "${issuer.issuer}"`), fix: new RegExp(`set SUPABASE_URL=${issuer.origin} `) } });
  const [, mended] = seen.all.match(/fix: set SUPABASE_URL=(\S+)/);
  assert.equal((await examine({ ...env, SUPABASE_URL: mended })).code, 0);
});

test('no apikey: with tables a failure, without them a warning', { skip }, async (t) => {
  const { env: { SUPABASE_PUBLISHABLE_KEY, ...env } } = await project(t);
  const said = { cause: /No API key found in request: SUPABASE_PUBLISHABLE_KEY is not set/, fix: /API Keys: copy the key.*sb_publishable_/ };
  const seen = await examine(env);
  finds(seen, { gateway: said });
  assert.deepEqual(labels(seen, 'skip'), ['tables', 'functions', 'public URL'], seen.all);
  finds(await examine({ ...env, LATCH_DATA: '' }), { gateway: said }, 'warn');
});

test("another project's apikey", { skip }, async (t) => {
  const { env } = await project(t);
  const seen = await examine({ ...env, SUPABASE_PUBLISHABLE_KEY: WRONG_KEY });
  finds(seen, { gateway: { cause: /Invalid API key.*not one of this project/, fix: /of the project in SUPABASE_URL/ } });
});

test('a secret key is no apikey: nothing is sent anywhere', { skip }, async (t) => {
  const { env } = await project(t);
  const seen = await examine({ ...env, SUPABASE_PUBLISHABLE_KEY: 'sb_secret_canary' });
  finds(seen, { configuration: { cause: /SUPABASE_PUBLISHABLE_KEY/, fix: /publishable/ } });
  assert.ok(!seen.all.includes('canary') && seen.checks.length === 1, seen.all);
});

test('a self-hosted gateway that wants an apikey of everybody', { skip }, async (t) => {
  const { env } = await project(t, { walled: true });
  const seen = await examine(env);
  finds(seen, { discovery: { cause: /gateway does not let clients read the metadata.*No API key found/, fix: /without an apikey/ } });
  // The mirror shows the metadata; nothing mends the registration but the gateway.
  const mirrored = await examine({ ...env, LATCH_MIRROR_METADATA: 'on' });
  finds(mirrored, { registration: { cause: /registration is closed/, fix: /without an apikey/ } });
});

test('the key set is not served', { skip }, async (t) => {
  const down = await examine((await project(t, { keys: 'down' })).env);
  finds(down, { keys: { cause: /jwks\.json answers 503/, fix: /status in the dashboard[^]*LATCH_JWKS/ } });
  const gone = await examine((await project(t, { keys: 'gone' })).env);
  finds(gone, { keys: { cause: /jwks\.json gives no answer/, fix: /network[^]*LATCH_JWKS/ } });
  for (const seen of [down, gone]) assert.equal(labels(seen, 'ok').length, PROJECT.length - 1 + 2, seen.all);
});

test('nobody there: the endpoint is checked all the same', { skip }, async (t) => {
  const { issuer, env } = await project(t);
  const { endpoint } = await startLatch(t, env);
  await issuer.stop();
  const seen = await examine({ ...env, MCP_URL: endpoint });
  finds(seen, { project: { cause: /cannot be reached: .*refused/i, fix: /spelling of SUPABASE_URL.*network and DNS/ } });
  assert.deepEqual(labels(seen, 'ok'), ['configuration', 'public URL'], seen.all);
});

test('the database is gone', { skip }, async (t) => {
  const gone = await startPostgrest(t);
  const { env } = await project(t, { rest: gone });
  await gone.stop();
  finds(await examine(env), { gateway: { cause: /answers 503/, fix: /status in the dashboard/ } });
});

test('what is declared and is not there: table, column, schema', { skip }, async (t) => {
  const { env } = await project(t);
  const declared = (section) => examine({ ...env, LATCH_DATA: `version = 1\n${section}` });
  finds(await declared('[tables.notes]\ntable = "note"\n[tables.notes.columns]\nid = "bigint"'),
    { table: { cause: /note is not a table or view/, fix: /LATCH_DATA[^]*reload schema/ } });
  finds(await declared('[tables.notes.columns]\nid = "bigint"\ntitel = "text"'),
    { table: { cause: /notes has no column.*titel/, fix: /LATCH_DATA/ } });
  finds(await declared('[tables.notes]\nschema = "secrets"\n[tables.notes.columns]\nid = "bigint"'),
    { table: { cause: /secrets\.notes: its schema is not exposed/, fix: /Exposed schemas/ } });
});

test('whether the data API handles preferences strictly', { skip }, async (t) => {
  const { env } = await project(t);
  const changes = DATA.replace('[tables.notes.columns]', '[tables.notes]\nactions = ["select", "delete"]\nkey = "id"\n[tables.notes.columns]');
  const seen = await examine({ ...env, LATCH_DATA: changes });
  assert.match(seen.checks.find(({ name }) => name === 'bounds').text, /handled strictly/, seen.all);
});

test('many tables, and names that hurt: what is not there is found, nothing else is', { skip }, async (t) => {
  const { env } = await project(t);
  const seen = await examine({ ...env, LATCH_DATA: DECLARATION });
  const failed = seen.checks.filter(({ label }) => label === 'fail').map(({ text }) => text.split('\n')[0]);
  assert.equal(failed.length, 3, seen.all);
  for (const [at, words] of [/^note is not a table/, /^notes has no column.*titel/, /^secret\.notes: its schema/].entries()) assert.match(failed[at], words);
  assert.deepEqual(labels(seen, 'warn'), [], seen.all);
  assert.match(seen.checks.find(({ name }) => name === 'functions').text, /not checked: \d+ declared/);
});

test('the public URL: nothing there yet, something else, another project', { skip }, async (t) => {
  const { issuer, env } = await project(t);
  const port = await freePort();
  const nothing = await examine({ ...env, MCP_URL: `http://127.0.0.1:${port}/mcp` });
  finds(nothing, { 'public URL': { cause: /nothing answers at http:\/\/127[^]*refused/i, fix: /before the first start[^]*run the doctor again/ } }, 'warn');
  assert.equal(labels(nothing, 'ok').length, PROJECT.length + 2, 'the other checks are made');
  finds(await examine({ ...env, MCP_URL: `${issuer.origin}/mcp` }), { 'public URL': { cause: /answers 404/, fix: /proxy/ } });
  const other = await startIssuer(t, { mode: 'supabase' });
  const { endpoint } = await startLatch(t, { SUPABASE_URL: other.origin });
  finds(await examine({ ...env, MCP_URL: endpoint }), { 'public URL': { cause: new RegExp(other.issuer), fix: /same variables/ } });
});
