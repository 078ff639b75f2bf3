// The program in proxy mode, in front of any of the identity providers there are here, for one scenario.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { PUBLISHABLE_KEY } from '../servers/gateway.mjs';
import { startFront } from './front.mjs';
import { startIssuer } from './issuer.mjs';
import { startLatch } from './latch.mjs';
import { freePort } from './process.mjs';
import { startUpstream } from './upstream.mjs';

/** Our client at oidc-provider. Supabase's ids are UUIDs. */
const CLIENT = { id: '3f0cbe1c-7a3b-4e0f-9d6c-0b8f6a1d2e3f', secret: 'a secret + %41/=:& of ours' };

export const newKeys = () => ['seal', 'client', 'sign'].map((ring) => `${ring}=${crypto.randomBytes(32).toString('base64url')}`).join(';');

const ours = (client) => ({ LATCH_PROXY_CLIENT_ID: client.id, LATCH_PROXY_CLIENT_SECRET: client.secret });
const fake = (kind, settings) => async (t, redirectUri, quirks) => {
  const upstream = await startUpstream(t, kind, redirectUri, quirks);
  return { upstream, env: { LATCH_PROXY: kind, ...ours(upstream.client), ...settings(upstream) } };
};
const real = (kind, mode, settings) => async (t, redirectUri, options) => {
  const upstream = await startIssuer(t, { mode, client: { ...CLIENT, redirectUri }, ...options });
  return { upstream, env: { LATCH_PROXY: kind, ...ours(CLIENT), ...settings(upstream) } };
};
const EVERYTHING = 'openid email profile offline_access';

/** An upstream, and what the program has to be told of it. */
export const UPSTREAMS = {
  oidc: real('oidc', 'oidc', ({ issuer }) => ({ LATCH_PROXY_ISSUER: issuer, LATCH_PROXY_SCOPES: EVERYTHING })),
  oauth2: real('oauth2', 'oidc', ({ issuer, origin }) => ({
    LATCH_PROXY_ISSUER: issuer, LATCH_PROXY_AUTHORIZE_URL: `${origin}/auth`, LATCH_PROXY_TOKEN_URL: `${origin}/token`,
    LATCH_PROXY_INTROSPECT_URL: `${origin}/token/introspection`, LATCH_PROXY_SCOPES: EVERYTHING,
  })),
  supabase: real('supabase', 'supabase', ({ origin }) => ({ SUPABASE_URL: origin })),
  'supabase-legacy': async (t, redirectUri, options) => {
    const upstream = await startIssuer(t, { mode: 'supabase', client: { redirectUri }, ...options });
    return { upstream, env: { LATCH_PROXY: 'supabase-legacy', LATCH_PROXY_PROVIDER: 'google', SUPABASE_URL: upstream.origin, SUPABASE_PUBLISHABLE_KEY: PUBLISHABLE_KEY } };
  },
  google: fake('google', ({ urls }) => ({ LATCH_PROXY_AUTHORIZE_URL: urls.authorize, LATCH_PROXY_TOKEN_URL: urls.token, LATCH_PROXY_JWKS_URL: urls.jwks, LATCH_PROXY_REVOKE_URL: urls.revoke })),
  github: fake('github', ({ origin }) => ({ LATCH_PROXY_ISSUER: origin })),
  okta: fake('okta', ({ issuer }) => ({ LATCH_PROXY_ISSUER: issuer })),
  entra: fake('entra', ({ issuer, tid }) => ({ LATCH_PROXY_ISSUER: issuer, LATCH_PROXY_TENANTS: tid })),
  auth0: fake('auth0', ({ issuer }) => ({ LATCH_PROXY_ISSUER: issuer })),
};

/**
 * The program behind a front that records all that passes, in front of an upstream.
 *
 * @param {object} t everything ends with this test, or with what stands for it
 * @param {keyof UPSTREAMS} kind
 * @param {object} [o]
 * @param {object} [o.quirks] of the upstream
 * @param {Record<string, string>} [o.env] more for the program
 * @param {(origin: string, told: object) => Promise<object>} [o.more] likewise, once the address is known
 * @param {string[]} [o.args] of the program
 * @param {(path: string, instances: string[]) => string} [o.route] which of `instances` gets a request; there are as many as `count`
 */
export async function startProxy(t, kind, { quirks, env = {}, more = () => ({}), args = [], count = 1, route = (path, [only]) => only } = {}) {
  const front = await startFront(t);
  const { upstream, env: told } = await UPSTREAMS[kind](t, `${front.origin}/auth/callback`, quirks);
  const settings = { MCP_URL: front.endpoint, LATCH_KEYS: newKeys(), LATCH_SCOPES: 'email', ...told, ...env, ...await more(front.origin, told) };
  const ports = [], latches = [];
  front.to((path) => route(path, ports.map((port) => `http://127.0.0.1:${port}`)));
  for (let index = 0; index < count; index++) {
    const port = await freePort();
    ports.push(port);
    latches.push(await startLatch(t, settings, { args, listen: `127.0.0.1:${port}` }));
  }
  return { front, origin: front.origin, endpoint: front.endpoint, upstream, settings, latches };
}

/** A value, and how else it may be written. */
const spellings = (secret) => [secret, encodeURIComponent(secret), String(new URLSearchParams({ x: secret })).slice(2), Buffer.from(secret).toString('base64').replace(/=+$/, '')];
const parts = (value) => (/^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(value) ? [Buffer.from(value.split('.')[1], 'base64url').toString()] : []);

/**
 * No secret of the upstream is in anything that passed or was logged, and none of ours in a log. What the upstream itself sends through
 * the browser, to our callback, is its own.
 */
export async function assertNothingLeaked({ front, upstream, settings, latches }) {
  const { issued } = await upstream.seen();
  assert.ok(issued.length >= 2, 'the upstream gave out a code and a token');
  const passed = front.traffic.flatMap(({ method, url, headers, body, status, answerHeaders = {}, answered }) => {
    const callback = url.startsWith('/auth/callback');
    const { referer, ...rest } = headers;
    const texts = { headers: JSON.stringify(rest), body, answerHeaders: Object.values(answerHeaders).flat().join('\n'), answered };
    if (!callback) texts.url = url;
    return Object.entries(texts).map(([what, text]) => ({ what: `${method} ${url.split('?')[0]} ${status}: ${what}`, text }));
  });
  const tokens = front.traffic.flatMap(({ answered }) => [...answered.matchAll(/"(?:access|refresh)_token":"([^"]+)"/g)].map(([, token]) => token));
  for (const token of tokens) for (const text of parts(token)) passed.push({ what: 'inside a token', text });
  const logs = latches.flatMap(({ out, err }) => [...out, ...err]).map((text) => ({ what: `log: ${text.slice(0, 200)}`, text }));

  for (const secret of issued) {
    for (const spelling of spellings(secret)) {
      for (const { what, text } of [...passed, ...logs]) assert.ok(!text.includes(spelling), `${what} has the upstream's ${secret.slice(0, 12)}…`);
    }
  }
  const codes = front.traffic.flatMap(({ answerHeaders }) => [/[?&]code=([^&]+)/.exec(answerHeaders?.location ?? '')?.[1]].filter(Boolean));
  const cookies = front.traffic.flatMap(({ answerHeaders }) => (answerHeaders?.['set-cookie'] ?? []).map((cookie) => cookie.split(/[=;]/)[1])).filter(Boolean);
  const secrets = front.traffic.flatMap(({ answered }) => [...answered.matchAll(/"client_secret":"([^"]+)"/g)].map(([, secret]) => secret));
  const keys = settings.LATCH_KEYS.split(';').map((key) => key.split('=')[1]);
  for (const secret of [...tokens, ...codes, ...cookies, ...secrets, ...keys]) {
    for (const { what, text } of logs) assert.ok(!text.includes(secret), `${what} has our ${secret.slice(0, 12)}…`);
  }
  return { tokens, codes, cookies };
}
