// An authorization server whose access tokens only it can read (RFC 7662), and which binds them to the resource (RFC 8707).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as py from '../clients/py.mjs';
import { signIn, tokensFor, whoami } from '../clients/sign-in.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startIssuer } from '../lib/issuer.mjs';
import { startLatch } from '../lib/latch.mjs';
import { challenge, modern } from '../lib/raw.mjs';
import { grace } from '../lib/users.mjs';

// RFC 6749 §2.3.1 has something to encode here.
const client = { id: 'our:resource-server', secret: 'canary hunter2+/%&=', redirectUri: 'http://127.0.0.1/unused' };

async function start(t, env = {}) {
  const issuer = await startIssuer(t, { mode: 'rfc8707', tokens: 'opaque', client });
  const latch = await startLatch(t, {
    LATCH_ISSUER: issuer.issuer, LATCH_INTROSPECT_URL: `${issuer.origin}/token/introspection`, LATCH_INTROSPECT_CLIENT_ID: client.id,
    LATCH_INTROSPECT_CLIENT_SECRET: client.secret, LATCH_INTROSPECT_CACHE: '0', LATCH_SCOPES: 'email', ...env,
  });
  return { issuer, latch, endpoint: latch.endpoint };
}

const whoIs = (endpoint, token) => modern(endpoint, token, 'tools/call', { params: { name: 'whoami', arguments: {} } });

for (const { name, mode } of ts2.MODES) {
  test(`SDK 2.x, ${name}, signs in`, async (t) => {
    const { endpoint, issuer, latch } = await start(t);
    const { client: connected, provider } = await signIn(ts2, endpoint, grace, { mode });
    const seen = await whoami(connected);
    assert.deepEqual([seen.user.id, seen.issuer, seen.audience], [grace.login, issuer.issuer, [endpoint]]);
    assert.ok(!provider.current.access_token.includes('.'), 'the token is a JWT');
    assert.equal(seen.clientId, provider.client.client_id);
    await connected.close();
    for (const line of [...latch.out, ...latch.err]) {
      for (const secret of [client.secret, 'canary', provider.current.access_token]) assert.ok(!line.includes(secret), 'a secret is in the log');
    }
  });
}

test('Python client signs in', async (t) => {
  const { endpoint } = await start(t);
  const seen = await py.signIn(endpoint, grace);
  assert.equal(seen.whoami.user.id, grace.login);
});

test('a token that was revoked at the issuer is refused', async (t) => {
  const { endpoint, issuer, latch } = await start(t);
  const { client: connected, provider } = await signIn(ts2, endpoint, grace);
  const token = provider.current.access_token;
  assert.equal((await whoIs(endpoint, token)).status, 200);
  const revoked = await fetch(`${issuer.origin}/token/revocation`, {
    method: 'POST', body: new URLSearchParams({ token, token_type_hint: 'access_token', client_id: provider.client.client_id }),
  });
  assert.equal(revoked.status, 200, await revoked.text());
  const refused = await whoIs(endpoint, token);
  assert.equal(refused.status, 401);
  assert.equal(challenge(refused).error, 'invalid_token');
  await latch.refused('inactive_token');
  await connected.close().catch(() => {});
});

test('refresh tokens, ID tokens and made-up ones are refused', async (t) => {
  const { endpoint, latch } = await start(t, { LATCH_SCOPES: 'openid email' });
  const tokens = await tokensFor(ts2, endpoint, grace);
  assert.ok(tokens.refresh_token, 'the issuer gave no refresh token');
  assert.equal((await whoIs(endpoint, tokens.refresh_token)).status, 401);
  // The issuer says `active` of it, and not what it is; but it is for nobody.
  await latch.refused('aud_missing');
  if (tokens.id_token) assert.equal((await whoIs(endpoint, tokens.id_token)).status, 401);
  assert.equal((await whoIs(endpoint, 'made-up')).status, 401);
  await latch.refused('inactive_token');
});

test('a token for another resource is refused', async (t) => {
  const { endpoint, latch } = await start(t);
  let elsewhere;
  const provider = {
    validateResourceURL: async () => new URL('http://127.0.0.1:9/other'),
    saveTokens(tokens) { this.current = tokens; elsewhere = tokens.access_token; },
  };
  await assert.rejects(() => signIn(ts2, endpoint, grace, { provider }));
  assert.ok(elsewhere, 'the issuer gave a token');
  assert.equal((await whoIs(endpoint, elsewhere)).status, 401);
  await latch.refused('aud_mismatch');
});

test('the secret may be in the form', async (t) => {
  const { endpoint } = await start(t, { LATCH_INTROSPECT_CLIENT_AUTH: 'post' });
  await (await signIn(ts2, endpoint, grace)).client.close();
});

test('our own fault and the issuer\'s absence are 503', async (t) => {
  const { endpoint, issuer, latch } = await start(t);
  const wrong = await startLatch(t, {
    LATCH_ISSUER: issuer.issuer, LATCH_INTROSPECT_URL: `${issuer.origin}/token/introspection`, LATCH_INTROSPECT_CLIENT_ID: client.id,
    LATCH_INTROSPECT_CLIENT_SECRET: 'wrong',
  });
  const refused = await whoIs(wrong.endpoint, 'any');
  assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [503, null]);
  await wrong.refused('introspection_unavailable');
  await issuer.stop();
  const down = await whoIs(endpoint, 'any');
  assert.deepEqual([down.status, down.headers.get('retry-after')], [503, '5']);
  await latch.refused('introspection_unavailable');
});
