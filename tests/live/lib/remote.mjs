// The scenarios of an identity provider in remote mode. They are the same for each of them, real or fake; a description says how the
// program is told of it, how its users sign in, and where it differs.
import assert from 'node:assert/strict';
import * as py from '../clients/py.mjs';
import { signIn, tokensFor, whoami } from '../clients/sign-in.mjs';
import * as ts1 from '../clients/ts1.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startLatch } from './latch.mjs';
import { freePort } from './process.mjs';
import { challenge, modern } from './raw.mjs';

const SDKS = { 'SDK 1.x': ts1, 'SDK 2.x': ts2 };
const urlOf = (address) => `http://${address}/mcp`;

/** Members of a provider (clients/memory.mjs) for clients that want something else than our metadata suggests. */
export const asking = {
  /** `openid` brings an ID token; the challenge need not ask for it. */
  openid: { redirectToAuthorization(url) { addOpenid(url); this.authorizationUrl = url; } },
  /** What an application with a loopback redirect URI is. SDK 1.x leaves it to the application, and Better Auth insists on it. */
  native: { type: 'native' },
  /** An endpoint that is not ours, or none. */
  resource: (resource) => ({ validateResourceURL: async () => resource && new URL(resource) }),
  /** An authorization server of our metadata that is not the first. */
  issuer: (issuer) => {
    let discovery = { authorizationServerUrl: issuer };
    return { discoveryState: () => discovery, saveDiscoveryState(found) { discovery = found; } };
  },
};

/** A client that asks for nothing gets what the server chooses, which has it with those that we know of. */
function addOpenid({ searchParams }) {
  const scopes = searchParams.get('scope')?.split(' ');
  if (scopes) searchParams.set('scope', [...new Set(['openid', ...scopes])].join(' '));
}

/** Waits for the newest refusal to have this reason, and its line in the log to say this. */
async function refusedSaying(latch, reason, says) {
  await latch.refused(reason);
  const line = latch.err.findLast((line) => line.includes(`"reason":"${reason}"`));
  assert.match(line, says);
}

/**
 * The tests, for the suite's file to declare: a test counts for the file that declares it.
 *
 * @typedef {object} Server
 * @property {Record<string, string>} env what the program is told
 * @property {string} issuer the value of `iss`
 * @property {(url: string, user: object) => Promise<unknown>} [browser] how a user signs in, if not by forms
 *
 * @param {object} o
 * @param {string} o.provider as in `whoami`
 * @param {(t: object, endpoints: string[]) => Promise<Server>} o.open starts the server, or finds the one that is running;
 *   `endpoints` are the two that tokens are asked for
 * @param {object[]} o.users two of them
 * @param {string} [o.listen] where the program must listen, if the server knows of one endpoint only
 * @param {boolean} [o.bound] whether tokens are for one endpoint only
 * @param {string} o.idToken the reason with which an ID token is refused
 * @param {RegExp} o.audienceFix what the log says about a token for another endpoint
 * @param {{ reason: string, fix: RegExp }} [o.unbound] about one that was asked for without `resource`, where that makes a difference
 * @returns {{ name: string, run: (t: object) => Promise<void> }[]}
 */
export function inRemoteMode({ provider, open, users: [first, second], listen, bound = true, idToken, audienceFix, unbound }) {
  const scenarios = [];
  const scenario = (name, play) => scenarios.push({ name, run: (t) => begin(t, play) });
  const begin = async (t, play) => {
    const here = listen ?? `127.0.0.1:${await freePort()}`, there = `127.0.0.1:${await freePort()}`;
    const server = await open(t, [urlOf(here), urlOf(there)]);
    const start = (address, env) => startLatch(t, { ...server.env, ...env }, { listen: address });
    const latch = await start(here);
    await play({
      ...server, latch, endpoint: latch.endpoint, how: { browser: server.browser, provider: asking.native },
      again: async (env) => { await latch.stop(); return start(here, env); },
      elsewhere: () => start(there),
    });
  };
  const isThem = (identity, user, issuer) => {
    assert.deepEqual([identity.user.email, identity.provider, identity.issuer], [user.email, provider, issuer]);
  };

  const clients = [{ name: 'SDK 1.x', sdk: ts1 }, ...ts2.MODES.map(({ name, mode }) => ({ name: `SDK 2.x, ${name},`, sdk: ts2, mode }))];
  for (const { name, sdk, mode } of clients) {
    scenario(`${name} signs in by itself`, async ({ endpoint, issuer, how }) => {
      const { client } = await signIn(sdk, endpoint, first, { ...how, mode });
      isThem(await whoami(client), first, issuer);
      await client.close();
    });
  }

  scenario('Python client signs in by itself, and refreshes', async ({ endpoint, issuer, how }) => {
    const seen = await py.signIn(endpoint, first, { ...how, refresh: true });
    isThem(seen.whoami, first, issuer);
    isThem(seen.again, first, issuer);
    assert.ok(seen.renewed, 'another access token');
  });

  for (const [name, sdk] of Object.entries(SDKS)) {
    scenario(`${name} refreshes by itself`, async ({ endpoint, issuer, how }) => {
      const { client, provider } = await signIn(sdk, endpoint, first, how);
      await client.close();
      const { access_token: before } = provider.current;
      assert.ok(provider.current.refresh_token, 'a refresh token');
      provider.current = { ...provider.current, access_token: `${before.slice(0, -8)}AAAAAAAA` };
      // With a page to visit this would fail: nobody visits it.
      const again = await sdk.connect(sdk.transport(endpoint, provider));
      isThem(await whoami(again), first, issuer);
      assert.notEqual(provider.current.access_token, before);
      await again.close();
    });
  }

  scenario('two users are told apart', async ({ endpoint, issuer, how }) => {
    const [hers, his] = [await signIn(ts2, endpoint, first, how), await signIn(ts2, endpoint, second, how)];
    const [she, he] = [await whoami(hers.client), await whoami(his.client)];
    isThem(she, first, issuer);
    isThem(he, second, issuer);
    assert.notEqual(she.user.id, he.user.id);
    await Promise.all([hers.client.close(), his.client.close()]);
  });

  scenario(bound ? 'a token for another endpoint is refused' : 'a token got at another endpoint is good here too: this server binds none', async (o) => {
    const { access_token: token } = await tokensFor(ts2, o.endpoint, first, o.how);
    const other = await o.elsewhere();
    const answer = await modern(other.endpoint, token, 'tools/list');
    if (!bound) return assert.equal(answer.status, 200, answer.text);
    assert.deepEqual([answer.status, challenge(answer).error], [401, 'invalid_token']);
    return refusedSaying(other, 'aud_mismatch', audienceFix);
  });

  scenario('neither an ID token nor a refresh token opens anything', async ({ endpoint, latch, how }) => {
    const tokens = await tokensFor(ts2, endpoint, first, { ...how, provider: { ...asking.native, ...asking.openid } });
    assert.ok(tokens.id_token && tokens.refresh_token, 'there are both');
    assert.equal((await modern(endpoint, tokens.access_token, 'tools/list')).status, 200);
    assert.equal((await modern(endpoint, tokens.refresh_token, 'tools/list')).status, 401);
    assert.equal((await modern(endpoint, tokens.id_token, 'tools/list')).status, 401);
    await latch.refused(idToken);
  });

  if (unbound) {
    scenario('a token that was asked for without `resource` is refused, and the log says how to mend it', async ({ endpoint, latch, how }) => {
      let token;
      const provider = { ...asking.resource(undefined), saveTokens(tokens) { this.current = tokens; token = tokens.access_token; } };
      // The client gets its token and is refused with it.
      await assert.rejects(() => signIn(ts2, endpoint, first, { ...how, provider }));
      assert.ok(token, 'the server gave a token');
      assert.equal((await modern(endpoint, token, 'tools/list')).status, 401);
      await refusedSaying(latch, unbound.reason, unbound.fix);
    });
  }

  scenario('of two clients, the one in LATCH_CLIENT_IDS enters', async (o) => {
    const [{ provider: known, client }, other] = [await signIn(ts2, o.endpoint, first, o.how), await tokensFor(ts2, o.endpoint, first, o.how)];
    await client.close();
    const latch = await o.again({ LATCH_CLIENT_IDS: known.client.client_id });
    assert.equal((await modern(latch.endpoint, known.current.access_token, 'tools/list')).status, 200);
    const answer = await modern(latch.endpoint, other.access_token, 'tools/list');
    // Signing in again would change nothing, so there is no challenge.
    assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [403, null]);
    await latch.refused('client_not_allowed');
  });
  return scenarios;
}
