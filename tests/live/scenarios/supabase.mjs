// The same sign-ins against a real OAuth server in Supabase's shape, and what goes wrong there in practice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as py from '../clients/py.mjs';
import { signIn, tokensFor, whoami } from '../clients/sign-in.mjs';
import * as ts1 from '../clients/ts1.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startIssuer } from '../lib/issuer.mjs';
import { startLatch } from '../lib/latch.mjs';
import { challenge, http, modern } from '../lib/raw.mjs';
import { grace } from '../lib/users.mjs';

async function start(t, issuerOptions = {}) {
  const issuer = await startIssuer(t, { mode: 'supabase', ...issuerOptions });
  const latch = await startLatch(t, { SUPABASE_URL: issuer.origin });
  return { issuer, latch, endpoint: latch.endpoint };
}

for (const alg of ['ES256', 'RS256']) {
  test(`${alg}: SDK 1.x signs in`, async (t) => {
    const { endpoint } = await start(t, { alg });
    const { client } = await signIn(ts1, endpoint, grace);
    assert.equal((await whoami(client)).user.email, grace.email);
    await client.close();
  });

  for (const { name, mode } of ts2.MODES) {
    test(`${alg}: SDK 2.x, ${name}, signs in`, async (t) => {
      const { endpoint } = await start(t, { alg });
      const { client } = await signIn(ts2, endpoint, grace, { mode });
      assert.equal((await whoami(client)).user.email, grace.email);
      await client.close();
    });
  }

  test(`${alg}: Python client signs in`, async (t) => {
    const { endpoint } = await start(t, { alg });
    const seen = await py.signIn(endpoint, grace);
    assert.equal(seen.whoami.user.email, grace.email);
  });
}

for (const [name, sdk] of Object.entries({ 'SDK 1.x': ts1, 'SDK 2.x': ts2 })) {
  test(`${name} refreshes an expired token by itself`, async (t) => {
    const { endpoint, latch } = await start(t, { expired: true });
    const issued = [];
    const provider = { saveTokens(tokens) { issued.push(tokens.access_token); this.current = tokens; } };
    const { client } = await signIn(sdk, endpoint, grace, { provider });
    assert.equal((await whoami(client)).user.email, grace.email);
    assert.equal(issued.length, 2, 'one token from the code, one from the refresh');
    await latch.refused('expired');
    await client.close();
  });
}

test('keys change under the same key id: old token 401, new token works, no restart', async (t) => {
  const { issuer, endpoint, latch } = await start(t);
  const before = await tokensFor(ts2, endpoint, grace);
  assert.equal((await modern(endpoint, before.access_token, 'tools/list')).status, 200);

  await issuer.stop();
  await startIssuer(t, { mode: 'supabase', port: issuer.port });
  const after = await tokensFor(ts2, endpoint, grace);
  assert.equal((await modern(endpoint, after.access_token, 'tools/list')).status, 200, 'a token of the new key');
  const refused = await modern(endpoint, before.access_token, 'tools/list');
  assert.equal(refused.status, 401, 'a token of the old key');
  assert.equal(challenge(refused).error, 'invalid_token');
  await latch.refused('bad_signature');
});

test('issuer down: keys that are known keep working', async (t) => {
  const { issuer, endpoint } = await start(t);
  const { access_token: token } = await tokensFor(ts2, endpoint, grace);
  assert.equal((await modern(endpoint, token, 'tools/list')).status, 200);
  await issuer.stop();
  assert.equal((await modern(endpoint, token, 'tools/list')).status, 200);
});

test('issuer down before any key was read: 503 with Retry-After, never 401', async (t) => {
  const { issuer, endpoint, latch } = await start(t);
  const token = await tokenUnseen(t, issuer);
  await issuer.stop();
  const answer = await modern(endpoint, token, 'tools/list');
  assert.equal(answer.status, 503, answer.text);
  assert.ok(Number(answer.headers.get('retry-after')) > 0, 'Retry-After');
  await latch.refused('keys_unavailable');
});

/** A good token that made no endpoint but a helper's read the issuer's keys. */
async function tokenUnseen(t, issuer) {
  const helper = await startLatch(t, { SUPABASE_URL: issuer.origin });
  return (await tokensFor(ts2, helper.endpoint, grace)).access_token;
}

test('an ID token is not an access token', async (t) => {
  const { endpoint, latch } = await start(t);
  // `openid` brings an ID token; the challenge need not ask for it.
  const provider = { redirectToAuthorization(url) { url.searchParams.set('scope', 'openid email'); this.authorizationUrl = url; } };
  const tokens = await tokensFor(ts2, endpoint, grace, { provider });
  assert.ok(tokens.id_token, 'the issuer gave an ID token');
  const refused = await modern(endpoint, tokens.id_token, 'tools/list');
  assert.equal(refused.status, 401);
  await latch.refused('id_token');
});

test("registration refused: the client is shown Supabase's own 403", async (t) => {
  const { endpoint, issuer } = await start(t, { registration: 'refused' });
  const answer = await http(`${issuer.issuer}/oauth/clients/register`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  assert.deepEqual([answer.status, answer.json.error_code], [403, 'oauth_dynamic_client_registration_disabled']);
  for (const attempt of [() => signIn(ts1, endpoint, grace), () => signIn(ts2, endpoint, grace), () => py.signIn(endpoint, grace)]) {
    await assert.rejects(attempt, /oauth_dynamic_client_registration_disabled/);
  }
});

test('registration off, as the metadata says once caches have noticed: the client names the cause', async (t) => {
  const { endpoint } = await start(t, { registration: 'off' });
  for (const sdk of [ts1, ts2]) {
    await assert.rejects(() => signIn(sdk, endpoint, grace), /does not support dynamic client registration/);
  }
});
