// A generic authorization server whose tokens are bound to the resource (RFC 8707, RFC 9068).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signIn } from '../clients/sign-in.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startIssuer } from '../lib/issuer.mjs';
import { startLatch } from '../lib/latch.mjs';
import { challenge, modern } from '../lib/raw.mjs';
import { asking, inRemoteMode } from '../lib/remote.mjs';
import { grace, linus } from '../lib/users.mjs';

const told = ({ issuer, origin }) => ({
  LATCH_ISSUER: issuer, LATCH_JWKS_URI: `${origin}/jwks`, LATCH_ALGORITHMS: 'ES256', LATCH_SCOPES: 'openid email',
});

const scenarios = inRemoteMode({
  provider: 'custom',
  users: [grace, linus],
  async open(t) {
    const issuer = await startIssuer(t, { mode: 'rfc8707' });
    return { issuer: issuer.issuer, env: told(issuer) };
  },
  idToken: 'typ_mismatch',
  audienceFix: /see LATCH_AUDIENCE/,
  unbound: { reason: 'opaque_token', fix: /see LATCH_INTROSPECT_URL/ },
});
for (const { name, run } of scenarios) test(name, run);

test('a token that a client asked for with another `resource` is refused', async (t) => {
  const latch = await startLatch(t, told(await startIssuer(t, { mode: 'rfc8707' }))), { endpoint } = latch;
  const provider = {
    ...asking.resource('http://127.0.0.1:9/other'),
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
