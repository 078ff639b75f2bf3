// The real Better Auth as issuer: alone, where the program is told its URL and nothing else, and beside another issuer.
import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { signIn, tokensFor, whoami } from '../clients/sign-in.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startBetterAuth } from '../lib/better-auth.mjs';
import { startFront } from '../lib/front.mjs';
import { startIssuer } from '../lib/issuer.mjs';
import { startLatch } from '../lib/latch.mjs';
import { freePort } from '../lib/process.mjs';
import { challenge, http as ask, modern } from '../lib/raw.mjs';
import { asking, inRemoteMode } from '../lib/remote.mjs';
import { grace, linus } from '../lib/users.mjs';

const scenarios = inRemoteMode({
  provider: 'better_auth',
  users: [grace, linus],
  async open(t, endpoints) {
    const { origin, issuer } = await startBetterAuth(t, endpoints);
    return { issuer, env: { BETTER_AUTH_URL: origin } };
  },
  idToken: 'typ_mismatch',
  audienceFix: /one of the plugin's resources, byte for byte/,
  unbound: { reason: 'opaque_token', fix: /to clients that send no `resource`/ },
});
for (const { name, run } of scenarios) test(name, run);

/** One endpoint for users of two issuers. The keys of both are read through fronts, which tell who was asked. */
async function startWithTwo(t) {
  const listen = `127.0.0.1:${await freePort()}`;
  const better = await startBetterAuth(t, [`http://${listen}/mcp`]);
  const custom = await startIssuer(t, { mode: 'rfc8707' });
  const [betterFront, customFront] = [await startFront(t), await startFront(t)];
  betterFront.to(better.origin);
  customFront.to(custom.origin);
  const latch = await startLatch(t, {
    BETTER_AUTH_URL: better.origin, LATCH_BETTER_AUTH_JWKS_URI: `${betterFront.origin}/api/auth/jwks`,
    LATCH_ISSUER: custom.issuer, LATCH_CUSTOM_JWKS_URI: `${customFront.origin}/jwks`, LATCH_CUSTOM_ALGORITHMS: 'ES256', LATCH_SCOPES: 'email',
  }, { listen });
  return { better, custom, latch, endpoint: latch.endpoint, fronts: [betterFront, customFront] };
}

test('two issuers: the metadata lists both, and users of both are told apart', async (t) => {
  const { better, custom, endpoint } = await startWithTwo(t);
  const { json } = await ask(new URL('/.well-known/oauth-protected-resource/mcp', endpoint));
  assert.deepEqual(json.authorization_servers, [better.issuer, custom.issuer]);

  // By itself a client takes the first; the user of the other chose.
  const hers = await signIn(ts2, endpoint, grace);
  const his = await signIn(ts2, endpoint, grace, { provider: asking.issuer(custom.issuer) });
  const [she, he] = [await whoami(hers.client), await whoami(his.client)];
  assert.deepEqual([she.provider, she.issuer, she.user.id], ['better_auth', better.issuer, better.users[grace.email]]);
  assert.deepEqual([he.provider, he.issuer, he.user.id], ['custom', custom.issuer, grace.login]);
  assert.equal(she.user.email, he.user.email, 'the same address, and not the same user');
  await Promise.all([hers.client.close(), his.client.close()]);
});

test("two issuers: a third one's token is refused without a request to anybody", async (t) => {
  const { endpoint, latch, fronts } = await startWithTwo(t);
  const third = await startIssuer(t, { mode: 'rfc8707' });
  let token;
  const provider = { ...asking.issuer(third.issuer), saveTokens(tokens) { this.current = tokens; token = tokens.access_token; } };
  // The client gets its token and is refused with it.
  await assert.rejects(() => signIn(ts2, endpoint, grace, { provider }));
  assert.ok(token, 'the third issuer gave a token');

  // Whoever asks the third from now on is heard.
  await third.stop();
  const heard = [];
  const listener = http.createServer((request, response) => { heard.push(request.url); response.writeHead(503).end(); }).listen(third.port, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const refused = await modern(endpoint, token, 'tools/list');
  assert.deepEqual([refused.status, challenge(refused).error], [401, 'invalid_token']);
  await latch.refused('iss_mismatch');
  assert.deepEqual([heard, ...fronts.map(({ traffic }) => traffic.map(({ url }) => url))], [[], [], []]);

  // The same endpoint does ask when it has a reason to.
  await tokensFor(ts2, endpoint, grace);
  assert.deepEqual(fronts.map(({ traffic }) => traffic.map(({ url }) => url)), [['/api/auth/jwks'], []]);
});
