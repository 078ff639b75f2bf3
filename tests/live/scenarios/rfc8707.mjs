// A generic authorization server whose tokens are bound to the resource (RFC 8707, RFC 9068).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as py from '../clients/py.mjs';
import { signIn, whoami } from '../clients/sign-in.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startIssuer } from '../lib/issuer.mjs';
import { startLatch } from '../lib/latch.mjs';
import { challenge, modern } from '../lib/raw.mjs';
import { grace } from '../lib/users.mjs';

async function start(t) {
  const issuer = await startIssuer(t, { mode: 'rfc8707' });
  const latch = await startLatch(t, {
    LATCH_ISSUER: issuer.issuer, LATCH_JWKS_URI: `${issuer.origin}/jwks`, LATCH_ALGORITHMS: 'ES256', LATCH_SCOPES: 'email',
  });
  return { latch, endpoint: latch.endpoint };
}

for (const { name, mode } of ts2.MODES) {
  test(`SDK 2.x, ${name}, signs in`, async (t) => {
    const { endpoint } = await start(t);
    const { client } = await signIn(ts2, endpoint, grace, { mode });
    assert.equal((await whoami(client)).user.email, grace.email);
    await client.close();
  });
}

test('Python client signs in', async (t) => {
  const { endpoint } = await start(t);
  const seen = await py.signIn(endpoint, grace);
  assert.equal(seen.whoami.user.email, grace.email);
});

test('a token for another resource is refused', async (t) => {
  const { endpoint, latch } = await start(t);
  const provider = {
    validateResourceURL: async () => new URL('http://127.0.0.1:9/other'),
    saveTokens(tokens) { this.current = tokens; elsewhere = tokens.access_token; },
  };
  let elsewhere;
  // The client gets its token and is refused with it.
  await assert.rejects(() => signIn(ts2, endpoint, grace, { provider }));
  assert.ok(elsewhere, 'the issuer gave a token');
  const refused = await modern(endpoint, elsewhere, 'tools/list');
  assert.equal(refused.status, 401);
  assert.equal(challenge(refused).error, 'invalid_token');
  await latch.refused('aud_mismatch');
});
