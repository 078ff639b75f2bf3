// The very same component under `jco serve`: it does not depend on our host.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import * as py from '../clients/py.mjs';
import { signIn, tokensFor, whoami } from '../clients/sign-in.mjs';
import * as ts1 from '../clients/ts1.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startIssuer } from '../lib/issuer.mjs';
import { startJco } from '../lib/jco.mjs';
import { root } from '../lib/paths.mjs';
import { challenge, http, modern } from '../lib/raw.mjs';
import { grace } from '../lib/users.mjs';

async function start(t, { isolate, ...issuerOptions } = {}) {
  const issuer = await startIssuer(t, { mode: 'supabase', ...issuerOptions });
  const jco = await startJco(t, { SUPABASE_URL: issuer.origin }, { isolate });
  return { issuer, jco, endpoint: jco.endpoint };
}

test('SDK 1.x and the Python client sign in', async (t) => {
  const { endpoint } = await start(t);
  const { client } = await signIn(ts1, endpoint, grace);
  assert.equal((await whoami(client)).user.email, grace.email);
  await client.close();
  assert.equal((await py.signIn(endpoint, grace)).whoami.user.email, grace.email);
});

for (const alg of ['ES256', 'RS256']) {
  test(`${alg}: SDK 2.x signs in, every mode`, async (t) => {
    const { endpoint } = await start(t, { alg });
    for (const { name, mode, version } of ts2.MODES) {
      const { client } = await signIn(ts2, endpoint, grace, { mode });
      assert.equal((await whoami(client)).user.email, grace.email, name);
      assert.equal(ts2.protocol(client), version, name);
      await client.close();
    }
  });
}

for (const isolate of ['instance', 'worker']) {
  test(`a fresh instance per request (--isolate ${isolate}): sign-in works all the same`, async (t) => {
    const { endpoint } = await start(t, { isolate });
    const { client } = await signIn(ts2, endpoint, grace, { mode: 'auto' });
    assert.equal((await whoami(client)).user.email, grace.email);
    await client.close();
  });
}

test('refusals carry their challenge, and their reason goes to the log', async (t) => {
  const { endpoint, jco } = await start(t);
  const without = await http(endpoint);
  assert.equal(without.status, 401);
  assert.match(challenge(without).resource_metadata, /\/\.well-known\/oauth-protected-resource\/mcp$/);
  await jco.refused('no_token');
  const garbage = await modern(endpoint, 'garbage', 'tools/list');
  assert.deepEqual([garbage.status, challenge(garbage).error], [401, 'invalid_token']);
  await jco.refused('opaque_token');
});

test('keys that were read once serve the next requests, with the issuer down', async (t) => {
  const { endpoint, issuer } = await start(t);
  const { access_token: token } = await tokensFor(ts2, endpoint, grace);
  await modern(endpoint, token, 'tools/list');
  await issuer.stop();
  for (let i = 0; i < 20; i++) assert.equal((await modern(endpoint, token, 'tools/list')).status, 200);
});

test('every case of tests/component, in this host', { timeout: 600_000, skip: process.env.LATCH_BIN ? 'LATCH_BIN is set' : false }, async () => {
  const ours = /^(MCP|SUPABASE|LATCH|NODE_TEST)_/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
  const suite = promisify(execFile)('cargo', ['test', '--quiet', '--workspace', '--test', 'component', '--', '--nocapture'], {
    cwd: root, env: { ...env, LATCH_TEST_HOST: 'node tests/live/jco-serve.mjs' }, maxBuffer: 2 ** 26,
  });
  const { stdout } = await suite.catch(({ stdout, stderr }) => { throw new Error(`${stdout.slice(-6000)}${stderr.slice(-2000)}`); });
  const [, passed] = stdout.match(/test result: ok\. (\d+) passed/);
  const elsewhere = stdout.match(/^\.*not run here: .*$/gm) ?? [];
  console.log(`# tests/component under jco serve: ${passed} passed, of which ${elsewhere.length} need our own host`);
  assert.ok(Number(passed) > elsewhere.length);
});
