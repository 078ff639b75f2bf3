// The fake identity providers by themselves: each has the quirks it is there for. And what looks for leaks finds them.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { assertNothingLeaked } from '../lib/proxy.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const CALLBACK = 'https://ours.example/auth/callback';
const VERIFIER = crypto.randomBytes(32).toString('base64url');
const PKCE = { code_challenge: crypto.createHash('sha256').update(VERIFIER).digest('base64url'), code_challenge_method: 'S256' };

/** The answer to an authorization request, after `login` pressed a button, if there is one: a page, or the parameters of the callback. */
async function authorize(provider, path, parameters, { login = 'grace', cookie } = {}) {
  const query = new URLSearchParams({ client_id: provider.client.id, redirect_uri: CALLBACK, response_type: 'code', state: 's', ...PKCE, ...parameters });
  const url = `${provider.origin}${path}?${query}`;
  let response = await fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {} });
  const asked = response.status === 200;
  if (asked) response = await fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ login }) });
  const location = response.headers.get('location');
  const page = await response.text();
  if (!location) return { page, status: response.status };
  assert.ok(location.startsWith(CALLBACK), location);
  return { ...Object.fromEntries(new URL(location).searchParams), asked, cookie: response.headers.get('set-cookie')?.split(';')[0] };
}

async function post(provider, path, form, { how = 'post', headers = {} } = {}) {
  const { id, secret } = provider.client;
  const encode = (part) => String(new URLSearchParams({ x: part })).slice(2);
  const response = await fetch(`${provider.origin}${path}`, {
    method: 'POST',
    headers: { ...headers, ...(how === 'basic' && { authorization: `Basic ${btoa(`${encode(id)}:${encode(secret)}`)}` }) },
    body: new URLSearchParams({ ...form, ...(how === 'post' && { client_id: id, client_secret: secret }) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, text, ...(isJson ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text))) };
}

const exchange = (code, more) => ({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER, ...more });
const renewal = (token, more) => ({ grant_type: 'refresh_token', refresh_token: token, ...more });

/** Of any number of exchanges at once, one succeeds. */
async function goodOnce(provider, path, code, { more, ...how } = {}) {
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(provider, path, exchange(code, more), how)));
  const good = answers.filter(({ access_token: token }) => token);
  assert.equal(good.length, 1);
  return good[0];
}

async function idToken(provider, keys, token, issuer) {
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${provider.origin}${keys}`)), { issuer, audience: provider.client.id, algorithms: ['RS256'] });
  return payload;
}

test('Google', async (t) => {
  const google = await startUpstream(t, 'google', CALLBACK, { hd: 'example.com' });
  const at = '/o/oauth2/v2/auth', scope = 'openid email profile';
  assert.match((await authorize(google, at, {})).page, /Missing required parameter: scope/);
  assert.match((await authorize(google, at, { scope, redirect_uri: `${CALLBACK}/` })).page, /redirect_uri_mismatch/);

  const online = await authorize(google, at, { scope });
  const { refresh_token: none } = await goodOnce(google, '/token', online.code);
  assert.equal(none, undefined, 'no refresh token without access_type=offline');

  const offline = await authorize(google, at, { scope, access_type: 'offline', prompt: 'consent', nonce: 'n' });
  assert.equal((await post(google, '/token', exchange(offline.code, { code_verifier: 'x'.repeat(43) }))).error_description, 'Invalid code verifier.');
  const again = await authorize(google, at, { scope, access_type: 'offline', prompt: 'consent', nonce: 'n' });
  const tokens = await goodOnce(google, '/token', again.code);
  assert.match(tokens.access_token, /^ya29\.[^.]*$/);
  assert.equal(tokens.scope, 'openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile');
  const id = await idToken(google, '/oauth2/v3/certs', tokens.id_token, 'https://accounts.google.com');
  assert.deepEqual([id.nonce, id.email, id.hd, id.sub.length], ['n', 'grace@example.com', 'example.com', 21]);

  const info = await (await fetch(`${google.origin}/tokeninfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } })).json();
  assert.ok(Object.values(info).every((value) => typeof value === 'string'), JSON.stringify(info));
  const renewed = await post(google, '/token', renewal(tokens.refresh_token));
  assert.ok(renewed.access_token && renewed.refresh_token === undefined, 'the refresh token stays the same');
  assert.equal(decodeJwt(renewed.id_token).nonce, undefined);
  await google.control({ removed: ['grace'] });
  assert.equal((await post(google, '/token', renewal(tokens.refresh_token))).error, 'invalid_grant');
});

test('GitHub, an OAuth App', async (t) => {
  const github = await startUpstream(t, 'github', CALLBACK);
  const at = '/login/oauth/authorize', to = '/login/oauth/access_token', headers = { accept: 'application/json' };
  const first = await authorize(github, at, { scope: 'read:user user:email' });
  const second = await authorize(github, at, { scope: 'read:user user:email' }, { cookie: first.cookie });
  assert.equal(second.asked, false, 'who consented once is not asked again');
  assert.equal((await authorize(github, at, { redirect_uri: 'https://other.example/' })).error, 'redirect_uri_mismatch');
  assert.equal((await authorize(github, at, { code_challenge_method: 'plain' })).error, 'invalid_request');

  const wrong = await post(github, to, exchange('wrong'), { headers });
  assert.deepEqual([wrong.status, wrong.error], [200, 'bad_verification_code']);
  const plain = await post(github, to, exchange(first.code));
  assert.ok(plain.text.startsWith('access_token=gho_') && plain.scope === 'read:user,user:email', 'form-encoded');
  const tokens = await goodOnce(github, to, second.code, { headers });
  assert.equal(tokens.refresh_token ?? tokens.expires_in, undefined, 'never expires');

  const { id, secret } = github.client;
  const ask = (path, more) => fetch(`${github.origin}/api/v3${path}`, { ...more, headers: { 'user-agent': 'test', ...more?.headers } });
  const check = (token, method = 'POST') => ask(`/applications/${id}/token`, {
    method, body: JSON.stringify({ access_token: token }), headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
  });
  const ours = await (await check(tokens.access_token)).json();
  assert.deepEqual([ours.app.client_id, ours.user.login, ours.scopes], [id, 'grace', ['read:user', 'user:email']]);
  assert.equal((await check(github.foreign)).status, 404, "another app's token");
  const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });
  assert.equal((await (await ask('/user', bearer(github.foreign))).json()).login, 'linus', 'which is good all the same');
  const emails = await (await ask('/user/emails', bearer(tokens.access_token))).json();
  assert.equal(emails.find(({ primary, verified }) => primary && verified).email, 'grace@example.com');
  assert.equal((await ask('/user', { headers: { ...bearer(tokens.access_token).headers, 'user-agent': '' } })).status, 403, 'no User-Agent');
  assert.equal((await check(tokens.access_token, 'DELETE')).status, 204);
  assert.equal((await check(tokens.access_token)).status, 404);
});

test('GitHub, a GitHub App', async (t) => {
  const github = await startUpstream(t, 'github', CALLBACK, { expiring: true });
  const to = '/login/oauth/access_token', headers = { accept: 'application/json' };
  const { code } = await authorize(github, '/login/oauth/authorize', {});
  const tokens = await goodOnce(github, to, code, { headers });
  assert.deepEqual([tokens.access_token.slice(0, 4), tokens.expires_in, tokens.scope], ['ghu_', 28800, '']);
  const renewed = await post(github, to, renewal(tokens.refresh_token), { headers });
  assert.ok(renewed.refresh_token !== tokens.refresh_token && renewed.access_token);
  const reused = await post(github, to, renewal(tokens.refresh_token), { headers });
  assert.deepEqual([reused.status, reused.error], [200, 'bad_refresh_token']);
});

test('Okta', async (t) => {
  const okta = await startUpstream(t, 'okta', CALLBACK);
  const at = '/oauth2/default/v1/authorize', to = '/oauth2/default/v1/token', scope = 'openid profile email offline_access';
  assert.equal((await authorize(okta, at, {})).error, 'invalid_scope');
  assert.equal((await authorize(okta, at, { scope: 'openid mcp:tools' })).error, 'invalid_scope');
  const { code } = await authorize(okta, at, { scope, nonce: 'n' });
  assert.equal((await post(okta, to, exchange(code))).error, 'invalid_client', 'the secret belongs into the header');
  const tokens = await goodOnce(okta, to, code, { how: 'basic' });
  assert.equal(tokens.scope, scope);
  assert.deepEqual(decodeJwt(tokens.access_token).scp, scope.split(' '));
  const id = await idToken(okta, '/oauth2/default/v1/keys', tokens.id_token, okta.issuer);
  assert.ok(id.sub.startsWith('00u') && id.nonce === 'n');
  const renewed = await post(okta, to, renewal(tokens.refresh_token), { how: 'basic' });
  assert.equal((await post(okta, to, renewal(tokens.refresh_token), { how: 'basic' })).error, 'invalid_grant');
  assert.equal((await post(okta, to, renewal(renewed.refresh_token), { how: 'basic' })).error, 'invalid_grant', 'its successor neither');

  const strict = await startUpstream(t, 'okta', CALLBACK, { 'no-policy': true });
  assert.equal((await authorize(strict, at, { scope })).error, 'access_denied');
  const org = await startUpstream(t, 'okta', CALLBACK, { org: true });
  assert.equal((await (await fetch(`${org.origin}/.well-known/openid-configuration`)).json()).issuer, org.origin);
});

test('Entra', async (t) => {
  const entra = await startUpstream(t, 'entra', CALLBACK, { tenant: 'organizations' });
  const at = '/organizations/oauth2/v2.0/authorize', to = '/organizations/oauth2/v2.0/token', scope = 'openid profile email offline_access';
  const document = await (await fetch(`${entra.issuer}/.well-known/openid-configuration`)).json();
  assert.equal(document.issuer, `${entra.origin}/{tenantid}/v2.0`);
  assert.equal(document.code_challenge_methods_supported, undefined);
  assert.match((await authorize(entra, at, {})).page, /AADSTS900144/);
  assert.match((await authorize(entra, at, { scope, resource: 'https://ours.example/mcp' })).error_description, /AADSTS9010010/);
  const { code } = await authorize(entra, at, { scope, nonce: 'n' });
  assert.ok(code.length > 1190, 'codes are long');
  assert.match((await post(entra, to, exchange(code))).error_description, /AADSTS28003/);
  assert.match((await post(entra, to, exchange(code, { scope, resource: 'x' }))).error_description, /AADSTS9010010/);
  const tokens = await goodOnce(entra, to, code, { more: { scope } });
  const id = await idToken(entra, '/organizations/discovery/v2.0/keys', tokens.id_token, `${entra.origin}/${entra.tid}/v2.0`);
  assert.ok(id.ver === '2.0' && id.tid === entra.tid && id.oid && id.oid !== id.sub && id.nonce === 'n');
  const renewed = await post(entra, to, renewal(tokens.refresh_token, { scope }));
  assert.ok(renewed.refresh_token !== tokens.refresh_token);
  assert.ok((await post(entra, to, renewal(tokens.refresh_token, { scope }))).access_token, 'the old one stays good');
  const app = decodeJwt((await post(entra, to, { grant_type: 'client_credentials', scope: `api://${entra.client.id}/.default` })).access_token);
  assert.ok(app.idtyp === 'app' && app.roles && !app.scp);
});

test('Auth0', async (t) => {
  const audience = 'https://api.example/';
  const auth0 = await startUpstream(t, 'auth0', CALLBACK, { audience });
  const scope = 'openid profile email offline_access';
  assert.ok(auth0.issuer.endsWith('/'));
  const opaque = await goodOnce(auth0, '/oauth/token', (await authorize(auth0, '/authorize', { scope, resource: audience })).code);
  assert.equal(opaque.access_token.split('.').length, 5, '`resource` counts for nothing');
  const tokens = await goodOnce(auth0, '/oauth/token', (await authorize(auth0, '/authorize', { scope, audience, resource: 'https://other.example', nonce: 'n' })).code);
  assert.deepEqual(decodeJwt(tokens.access_token).aud, [audience, `${auth0.origin}/userinfo`]);
  assert.equal((await idToken(auth0, '/.well-known/jwks.json', tokens.id_token, auth0.issuer)).nonce, 'n');
  const renewed = await post(auth0, '/oauth/token', renewal(tokens.refresh_token));
  const reused = await post(auth0, '/oauth/token', renewal(tokens.refresh_token));
  assert.deepEqual([reused.status, reused.error], [403, 'invalid_grant']);
  assert.equal((await post(auth0, '/oauth/token', renewal(renewed.refresh_token))).error, 'invalid_grant', 'its successor neither');
  assert.equal((await post(auth0, '/oauth/token', exchange('x'), { how: 'none' })).error, 'access_denied', 'said of our client');
  const encrypted = await startUpstream(t, 'auth0', CALLBACK, { audience, encrypted: true });
  const jwe = await goodOnce(encrypted, '/oauth/token', (await authorize(encrypted, '/authorize', { scope, audience })).code);
  assert.equal(jwe.access_token.split('.').length, 5);
});

test('a leak is found wherever it is', async () => {
  const SECRETS = ['code-of-upstream', 'ya29.of-upstream', 'secret + /= of ours there'];
  const world = () => ({
    front: { traffic: [
      { method: 'GET', url: '/auth/callback?code=code-of-upstream', headers: {}, body: '', status: 302, answerHeaders: { location: 'http://client/?code=our-code', 'set-cookie': ['latch-sign-1=our-cookie; Path=/'] }, answered: '' },
      { method: 'POST', url: '/token', headers: {}, body: '', status: 200, answerHeaders: {}, answered: '{"access_token":"our-access","refresh_token":"our-refresh"}' },
    ] },
    upstream: { seen: async () => ({ issued: SECRETS }) }, settings: { LATCH_KEYS: 'seal=our-key' }, latches: [{ out: [], err: ['ready'] }],
  });
  await assertNothingLeaked(world());
  const payload = (claims) => Buffer.from(JSON.stringify(claims)).toString('base64url');
  const leaks = [
    ({ front: { traffic: [callback] } }) => { callback.answerHeaders.location += '&code=code-of-upstream'; },
    ({ front: { traffic: [callback] } }) => { callback.answerHeaders.location += `&s=${encodeURIComponent(SECRETS[2])}`; },
    ({ front: { traffic: [callback] } }) => { callback.answerHeaders['set-cookie'].push('x=ya29.of-upstream'); },
    ({ front: { traffic: [, token] } }) => { token.answered += 'ya29.of-upstream'; },
    ({ front: { traffic: [, token] } }) => { token.url += '?t=ya29.of-upstream'; },
    ({ front: { traffic: [, token] } }) => { token.answered = `{"access_token":"eyJh.${payload({ t: SECRETS[1] })}.sig"}`; },
    ...[...SECRETS, 'our-code', 'our-cookie', 'our-access', 'our-refresh', 'our-key'].map((secret) => ({ latches: [latch] }) => { latch.err.push(`a line with ${secret}`); }),
  ];
  for (const leak of leaks) {
    const leaking = world();
    leak(leaking);
    await assert.rejects(() => assertNothingLeaked(leaking), /has (our|the upstream's)/, String(leak));
  }
});
