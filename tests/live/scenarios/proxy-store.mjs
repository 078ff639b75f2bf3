// What the build with a key-value store adds to the proxy: tokens can be called back, and nobody uses a refresh token twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorize, token } from '../lib/flow.mjs';
import { assertNothingLeaked, startProxy } from '../lib/proxy.mjs';
import { challenge, http, modern } from '../lib/raw.mjs';
import { grace } from '../lib/users.mjs';

const withStore = (t, kind, more) => startProxy(t, kind, { args: ['--keyvalue'], ...more });
const metadata = async ({ origin }) => (await http(`${origin}/.well-known/oauth-authorization-server`)).json;
const works = async ({ endpoint }, access) => (await modern(endpoint, access, 'tools/list')).status;

test('without a store nothing pretends to be revocable', async (t) => {
  const proxy = await startProxy(t, 'google');
  assert.equal((await metadata(proxy)).revocation_endpoint, undefined);
  assert.equal((await token(proxy.origin, {}, '/revoke')).status, 404);
});

for (const [kind, format] of [['google', 'sealed'], ['okta', 'jwt'], ['github', 'sealed'], ['oidc', 'sealed']]) {
  test(`${kind}, ${format}: a revoked token is of no use at once, neither here nor there`, async (t) => {
    const proxy = await withStore(t, kind, { env: { LATCH_TOKEN_FORMAT: format } });
    const { redeem, renew, client } = await authorize(proxy.origin, grace);
    const { json: tokens } = await redeem();
    const { json: other } = await (await authorize(proxy.origin, grace)).redeem();
    assert.equal(await works(proxy, tokens.access_token), 200);
    assert.equal((await metadata(proxy)).revocation_endpoint, `${proxy.origin}/revoke`);

    const foreign = await token(proxy.origin, { token: tokens.refresh_token, client_id: (await authorize(proxy.origin, grace)).client }, '/revoke');
    assert.equal(foreign.status, 200, 'nobody learns whether it was one');
    assert.equal(await works(proxy, tokens.access_token), 200, "and another client's hand does nothing");

    assert.equal((await token(proxy.origin, { token: tokens.refresh_token, client_id: client }, '/revoke')).status, 200);
    const refused = await modern(proxy.endpoint, tokens.access_token, 'tools/list');
    assert.deepEqual([refused.status, challenge(refused).error], [401, 'invalid_token']);
    const renewal = await renew(tokens.refresh_token);
    assert.deepEqual([renewal.status, renewal.json.error], [400, 'invalid_grant']);
    assert.equal(await works(proxy, other.access_token), 200, 'the other sign-in is another grant');
    const { requests } = await proxy.upstream.seen();
    if (requests) assert.ok(requests.some(({ method, path, status }) => (path.endsWith('/revoke') || method === 'DELETE') && status < 300), 'the upstream was told');
    await assertNothingLeaked(proxy);
  });
}

for (const kind of ['google', 'auth0']) {
  test(`${kind}: who refreshes ten times at once gets one answer, and who comes later with the old token ends the grant`, async (t) => {
    const proxy = await withStore(t, kind);
    const { redeem, renew } = await authorize(proxy.origin, grace);
    const { json: first } = await redeem();
    const answers = await Promise.all(Array.from({ length: 10 }, () => renew(first.refresh_token)));
    assert.deepEqual(answers.map(({ status }) => status), Array(10).fill(200), JSON.stringify(answers.map(({ text }) => text.slice(0, 100))));
    assert.equal(new Set(answers.map(({ json }) => json.refresh_token)).size, 1, 'the same answer');
    const { json: second } = answers[0];
    const third = await renew(second.refresh_token);
    assert.equal(third.status, 200);
    assert.equal((await renew(first.refresh_token)).json.error, 'invalid_grant', 'a token of long ago');
    assert.equal((await renew(third.json.refresh_token)).json.error, 'invalid_grant', 'and so its successors are over');
    assert.equal(await works(proxy, third.json.access_token), 401);
    const renewals = (await proxy.upstream.seen()).requests.filter(({ form }) => form.grant_type === 'refresh_token');
    assert.equal(renewals.length, 2, 'the upstream was asked once for each');
    await assertNothingLeaked(proxy);
  });
}

test('a code that comes twice ends what was given for it', async (t) => {
  const proxy = await withStore(t, 'google');
  const { redeem, renew } = await authorize(proxy.origin, grace);
  const answers = await Promise.all(Array.from({ length: 100 }, redeem));
  const good = answers.filter(({ status }) => status === 200);
  assert.equal(good.length, 1, JSON.stringify(answers.map(({ status }) => status)));
  assert.equal(await works(proxy, good[0].json.access_token), 401);
  assert.equal((await renew(good[0].json.refresh_token)).json.error, 'invalid_grant');
});
