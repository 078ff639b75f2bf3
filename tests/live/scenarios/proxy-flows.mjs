// The flows of the proxy that a client does not choose: instances that share nothing, upstreams and users that say no, one code that many
// redeem, and the pages in a real browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import * as py from '../clients/py.mjs';
import { signIn, whoami } from '../clients/sign-in.mjs';
import * as ts1 from '../clients/ts1.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { signIn as formFiller } from '../lib/browser.mjs';
import { executable, withChromium } from '../lib/chromium.mjs';
import { authorize, token } from '../lib/flow.mjs';
import { assertNothingLeaked, startProxy, UPSTREAMS } from '../lib/proxy.mjs';
import { modern } from '../lib/raw.mjs';
import { ada, grace, linus } from '../lib/users.mjs';

const FAKES = ['google', 'github', 'okta', 'entra', 'auth0'];

for (const format of ['sealed', 'jwt']) {
  test(`two instances share a flow and nothing but the keys, ${format}`, async (t) => {
    const half = { '/register': 0, '/authorize': 1, '/consent': 0, '/auth/callback': 1, '/token': 0 };
    let calls = 0;
    const route = (path, instances) => instances[half[path] ?? calls++ % 2];
    const proxy = await startProxy(t, 'google', { count: 2, route, env: { LATCH_TOKEN_FORMAT: format } });
    const { client } = await signIn(ts2, proxy.endpoint, grace);
    for (let times = 0; times < 4; times++) assert.equal((await whoami(client)).user.email, grace.email);
    await client.close();
    const seen = await py.signIn(proxy.endpoint, grace, { refresh: true });
    assert.ok(seen.renewed && seen.again.user.email === grace.email);
    const [a, b] = ['/register', '/authorize'].map((path) => proxy.front.traffic.find(({ url }) => url.startsWith(path)).instance);
    assert.notEqual(a, b);
    for (const path of ['/consent', '/token']) assert.equal(proxy.front.traffic.find(({ url }) => url === path).instance, a);
    await assertNothingLeaked(proxy);
  });
}

test('a code that a hundred redeem at once is good once', async (t) => {
  const proxy = await startProxy(t, 'google', { count: 2, route: (path, instances) => instances[Math.floor(Math.random() * instances.length)] });
  const { redeem } = await authorize(proxy.origin, grace);
  const answers = await Promise.all(Array.from({ length: 100 }, redeem));
  const good = answers.filter(({ status }) => status === 200);
  assert.equal(good.length, 1, JSON.stringify(answers.map(({ status }) => status)));
  for (const { status, json } of answers) if (status !== 200) assert.deepEqual([status, json.error], [400, 'invalid_grant']);
  assert.equal((await modern(proxy.endpoint, good[0].json.access_token, 'tools/list')).status, 200);
});

test('who declines on our page never gets to the upstream', async (t) => {
  const proxy = await startProxy(t, 'google');
  const { params, state } = await authorize(proxy.origin, { ...grace, presses: 'Cancel' });
  assert.deepEqual([params.error, params.state, params.iss], ['access_denied', state, proxy.origin]);
  assert.deepEqual((await proxy.upstream.seen()).requests, []);
});

for (const [what, kind, quirks] of [['who declines there', 'google', { denies: true }], ['whom no policy lets in', 'okta', { 'no-policy': true }]]) {
  test(`${what} is told so in our words`, async (t) => {
    const proxy = await startProxy(t, kind, { quirks });
    const { params, state } = await authorize(proxy.origin, grace);
    assert.deepEqual([params.error, params.state, params.iss], ['access_denied', state, proxy.origin]);
    assert.doesNotMatch(params.error_description, /policy|denied your/i);
  });
}

test("who is of another tenant gets no token, and Okta's own server is a mistake", async (t) => {
  const entra = await startProxy(t, 'entra', { quirks: { tenant: 'organizations', 'user-tenant': '9188040d-6c67-4c5b-b112-36a304b66dad' }, env: { LATCH_PROXY_TENANTS: '72f988bf-86f1-41af-91ab-2d7cd011db47' } });
  const stranger = await (await authorize(entra.origin, grace)).redeem();
  assert.deepEqual([stranger.status, stranger.json.error], [400, 'invalid_grant']);
  const google = await startProxy(t, 'google', { env: { LATCH_PROXY_TENANTS: 'example.com' } });
  const consumer = await (await authorize(google.origin, grace)).redeem();
  assert.deepEqual([consumer.status, consumer.json.error], [400, 'invalid_grant'], 'an account of no domain');
  const okta = await startProxy(t, 'okta', { quirks: { org: true } });
  const { params } = await authorize(okta.origin, grace);
  assert.equal(params.error, 'server_error');
});

for (const kind of FAKES) {
  test(`${kind}: a refresh token outlives an outage, and not its user`, async (t) => {
    const proxy = await startProxy(t, kind);
    const { redeem, renew } = await authorize(proxy.origin, grace);
    const { json: first } = await redeem();
    await proxy.upstream.control({ down: 503 });
    const during = await renew(first.refresh_token);
    assert.deepEqual([during.status, during.json.error], [503, 'temporarily_unavailable']);
    assert.ok(Number(during.headers.get('retry-after')) > 0);
    await proxy.upstream.control({ down: 0 });
    const { status, json: second } = await renew(first.refresh_token);
    assert.equal(status, 200, JSON.stringify(second));
    await proxy.upstream.control({ removed: [grace.login] });
    const after = await renew(second.refresh_token);
    assert.deepEqual([after.status, after.json.error], [400, 'invalid_grant']);
    await assertNothingLeaked(proxy);
  });

  test(`${kind}: a wrong secret is the operator's fault, not the user's`, async (t) => {
    const proxy = await startProxy(t, kind, { env: { LATCH_PROXY_CLIENT_SECRET: 'not-the-secret' } });
    const { status, json } = await (await authorize(proxy.origin, grace)).redeem();
    assert.deepEqual([status, json.error], [500, 'server_error'], proxy.latches[0].err.at(-1));
  });
}

for (const kind of ['okta', 'entra', 'auth0']) {
  test(`${kind}: private_key_jwt instead of a secret`, async (t) => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const [shown, kept] = await Promise.all([publicKey, privateKey].map(async (key) => JSON.stringify({ ...(await exportJWK(key)), kid: 'ours', alg: 'ES256' })));
    const proxy = await startProxy(t, kind, { quirks: { 'client-key': shown }, env: { LATCH_PROXY_CLIENT_SECRET: '', LATCH_PROXY_CLIENT_KEY: kept } });
    const { redeem, renew } = await authorize(proxy.origin, grace);
    const { status, json } = await redeem();
    assert.equal(status, 200, proxy.latches[0].err.at(-1));
    assert.equal((await renew(json.refresh_token)).status, 200);
  });
}

for (const [name, sdk] of Object.entries({ 'SDK 1.x': ts1, 'SDK 2.x': ts2 })) {
  for (const method of ['client_secret_basic', 'client_secret_post']) {
    test(`${name} gets a secret when it asks for one, and needs it: ${method}`, async (t) => {
      const proxy = await startProxy(t, 'google');
      const { client, provider } = await signIn(sdk, proxy.endpoint, grace, { provider: { method } });
      assert.equal((await whoami(client)).user.email, grace.email);
      provider.current = { ...provider.current, access_token: 'of-yesterday' };
      assert.equal((await whoami(client)).user.email, grace.email);
      await client.close();
      const { client_id: id, client_secret: secret } = provider.client;
      const renew = (more) => token(proxy.origin, { grant_type: 'refresh_token', refresh_token: provider.current.refresh_token, client_id: id, ...more });
      assert.deepEqual([(await renew({})).status, (await renew({ client_secret: 'guessed' })).json.error], [401, 'invalid_client']);
      assert.equal((await renew({ client_secret: secret })).status, 200);
      await assertNothingLeaked(proxy);
    });
  }
}

test('our page comes every time, also where the upstream asks nobody twice', async (t) => {
  const proxy = await startProxy(t, 'github');
  const cookies = new Map();
  const browser = (url, user) => formFiller(url, user, cookies);
  for (let times = 1; times <= 2; times++) {
    assert.ok((await authorize(proxy.origin, grace, { browser })).params.code);
    assert.equal(proxy.front.traffic.filter(({ url }) => url === '/consent').length, times);
  }
  const pages = (await proxy.upstream.seen()).requests.filter(({ path, status }) => path.endsWith('/authorize') && status === 200);
  assert.equal(pages.length, 1, "GitHub's page came once");
  // Nothing of ours is left in the browser.
  assert.deepEqual([...cookies.get(proxy.origin).keys()], []);
});

test('of two upstreams the user chooses one', async (t) => {
  const proxy = await startProxy(t, 'google', {
    more: async (at, google) => {
      const { env: github } = await UPSTREAMS.github(t, `${at}/auth/callback`);
      const named = (kind, told) => Object.fromEntries(Object.entries(told).map(([name, value]) => [name.replace('LATCH_PROXY', `LATCH_PROXY_${kind}`), value]));
      const nameless = Object.fromEntries(Object.keys(google).map((name) => [name, '']));
      const { LATCH_PROXY_GOOGLE: _, LATCH_PROXY_GITHUB: __, ...both } = { ...named('GOOGLE', google), ...named('GITHUB', github) };
      return { ...nameless, ...both, LATCH_PROXY: 'google,github' };
    },
  });
  for (const [label, kind] of [['GitHub', 'github'], ['Google', 'google']]) {
    const { client } = await signIn(ts2, proxy.endpoint, { ...grace, presses: `Continue with ${label}` });
    const { user } = await whoami(client);
    assert.equal(user.email, grace.email);
    assert.ok(user.userId.startsWith(`${kind}|`), user.userId);
    await client.close();
  }
});

test('the pages in real Chromium', { skip: executable() ? false : 'Chromium is not installed' }, async (t) => {
  const proxy = await startProxy(t, 'google', { env: { LATCH_NAME: 'Example Notes' } });
  // Signed in there already: from the button on our page to the client it is redirects only, which a page's `form-action` would stop.
  const silent = await startProxy(t, 'github', { quirks: { silent: 'linus' } });
  await withChromium('proxy', async ({ page, problems, look }) => {
    const press = async (name) => { await page.getByRole('button', { name }).click(); };
    const continues = (user) => async (url) => {
      await page.goto(url);
      if (user) await look('consent');
      await press(/^Continue/);
      if (user) await press(user.email);
      await page.waitForURL((at) => at.pathname === '/callback');
    };
    const first = await authorize(proxy.origin, ada, { name: 'Example Agent', browser: continues(ada) });
    const tokens = await first.redeem();
    assert.equal(tokens.status, 200, tokens.text);
    const again = await authorize(silent.origin, linus, { browser: continues() });
    assert.equal((await again.redeem()).status, 200);
    const denied = await authorize(proxy.origin, ada, {
      browser: async (url) => {
        await page.goto(url);
        await press('Cancel');
        await page.waitForURL((at) => at.pathname === '/callback');
      },
    });
    assert.equal(denied.params.error, 'access_denied');
    assert.deepEqual(problems, [], 'the console');

    assert.equal((await page.goto(`${proxy.origin}/authorize?client_id=unknown`)).status(), 400);
    await look('error');
    // What the browser says of a page with status 400 itself.
    assert.deepEqual(problems.filter((problem) => !/status of 400/.test(problem)), []);
    assert.deepEqual((await page.context().cookies(proxy.origin)).filter(({ name }) => name.startsWith('latch-')), [], 'nothing of ours is left');
  });
  await assertNothingLeaked(proxy);
});
