// mcp-latch as the authorization server in front of every upstream there is: real clients register, are sent through our page and the
// upstream's, call a tool, refresh, and call it again. Nothing of the upstream's gets out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as py from '../clients/py.mjs';
import { signIn, whoami } from '../clients/sign-in.mjs';
import * as ts1 from '../clients/ts1.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startLatch } from '../lib/latch.mjs';
import { assertNothingLeaked, startProxy, UPSTREAMS } from '../lib/proxy.mjs';
import { challenge, http, modern } from '../lib/raw.mjs';
import { grace } from '../lib/users.mjs';

/** Signs in, calls, refreshes, calls again. Every client has its own way to notice that a token is old. */
const CLIENTS = {
  'SDK 1.x': (endpoint) => withSdk(ts1, endpoint),
  'SDK 2.x': (endpoint) => withSdk(ts2, endpoint),
  'SDK 2.x, auto': (endpoint) => withSdk(ts2, endpoint, 'auto'),
  Python: (endpoint) => py.signIn(endpoint, grace, { refresh: true }),
  FastMCP: (endpoint) => py.signInWithFastmcp(endpoint, grace),
};

async function withSdk(sdk, endpoint, mode) {
  const { client, provider } = await signIn(sdk, endpoint, grace, { mode });
  const first = await whoami(client);
  const { access_token: before } = provider.current;
  // As if it had expired: the SDK learns it by a 401.
  provider.current = { ...provider.current, access_token: 'of-yesterday' };
  const again = await whoami(client);
  await client.close();
  return { whoami: first, again, renewed: ![before, 'of-yesterday'].includes(provider.current.access_token) };
}

/** `email`: what is known of the user. */
const VARIANTS = [
  // Introspection says whose token it is, and no address.
  ...Object.keys(UPSTREAMS).map((kind) => ({ kind, email: kind === 'oauth2' ? undefined : grace.email })),
  { kind: 'github', name: 'github, a GitHub App', email: grace.email, quirks: { expiring: true } },
  { kind: 'google', name: 'google, one domain', email: grace.email, quirks: { hd: 'example.com' }, env: { LATCH_PROXY_TENANTS: 'example.com' } },
  { kind: 'entra', name: 'entra, organizations', email: grace.email, quirks: { tenant: 'organizations' } },
  { kind: 'auth0', name: 'auth0, an API', email: grace.email, quirks: { audience: 'https://api.example/' }, env: { LATCH_PROXY_EXTRAS: 'audience=https%3A%2F%2Fapi.example%2F' } },
  { kind: 'supabase', name: 'supabase, RS256', email: grace.email, quirks: { alg: 'RS256' } },
];

for (const format of ['sealed', 'jwt']) {
  for (const { kind, name = kind, email, quirks, env } of VARIANTS) {
    test(`${name}, ${format}: every client signs in, calls, refreshes and calls again; nothing leaks`, async (t) => {
      const proxy = await startProxy(t, kind, { quirks, env: { LATCH_TOKEN_FORMAT: format, ...env } });
      const users = new Set();
      for (const [client, run] of Object.entries(CLIENTS)) {
        const seen = await run(proxy.endpoint).catch((error) => { throw new Error(`${client}: ${error.message}\n${log(proxy)}`, { cause: error }); });
        assert.ok(seen.renewed, `${client}: another token`);
        assert.equal(seen.whoami.user.email, email, client);
        assert.equal(seen.again.user.email, email, client);
        users.add(seen.whoami.user.userId).add(seen.again.user.userId);
      }
      assert.equal(users.size, 1, `one person: ${[...users]}`);
      const scopes = answers(proxy, '/token').map(({ scope }) => scope);
      assert.deepEqual([...new Set(scopes)], ['email'], 'the scope that was asked for is granted');
      const { tokens, codes } = await assertNothingLeaked(proxy);
      if (format === 'jwt') await jwtIsForThisEndpoint(proxy, tokens);
      const longest = Math.max(...proxy.front.traffic.map(({ answerHeaders }) => answerHeaders?.location?.length ?? 0));
      assert.ok(longest < 2000, `a redirect of ${longest} characters`);
      console.log(`proxy: ${name}, ${format}: access token ${tokens[0].length}, code ${Math.max(...codes.map((code) => code.length))}, longest redirect ${longest}`);
      await boundToThisEndpoint(t, proxy);
    });
  }
}

/** What was answered with JSON and success at a path. */
const answers = ({ front }, path) => front.traffic.filter(({ url, status }) => url === path && status < 300).map(({ answered }) => JSON.parse(answered));
const log = ({ latches }) => latches.flatMap(({ err }) => err.slice(-5)).join('\n');

/** RFC 9068, by somebody who has only our published keys. */
async function jwtIsForThisEndpoint({ origin, endpoint, front }) {
  const { access_token: token } = answers({ front }, '/token').at(-1);
  const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL('/jwks', origin)), { issuer: origin, audience: endpoint, typ: 'at+jwt', algorithms: ['ES256'] });
  assert.equal(payload.aud, endpoint, 'byte for byte');
  assert.ok(payload.sub && payload.client_id && payload.jti && protectedHeader.kid);
  assert.ok(payload.exp - payload.iat <= 900);
}

/** Another endpoint with the same keys refuses the tokens. */
async function boundToThisEndpoint(t, proxy) {
  const { access_token: access, refresh_token: refresh } = answers(proxy, '/token').at(-1);
  const { client_id: client } = answers(proxy, '/register').at(-1);
  assert.equal((await modern(proxy.endpoint, access, 'tools/list')).status, 200);
  const { MCP_URL: _, ...env } = proxy.settings;
  const other = await startLatch(t, env);
  const refused = await modern(other.endpoint, access, 'tools/list');
  assert.deepEqual([refused.status, challenge(refused).error], [401, 'invalid_token']);
  const renewal = await http(new URL('/token', other.endpoint), {
    method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh, client_id: client }),
  });
  assert.ok(['invalid_client', 'invalid_grant'].includes(renewal.json.error), renewal.text);
}
