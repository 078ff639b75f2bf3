// A newcomer's first minute: no configuration, the built-in demo issuer, real clients.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as py from '../clients/py.mjs';
import { signIn, whoami } from '../clients/sign-in.mjs';
import * as ts1 from '../clients/ts1.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { chromiumBrowser, executable } from '../lib/chromium.mjs';
import { startLatch } from '../lib/latch.mjs';
import { ada, linus } from '../lib/users.mjs';

test('SDK 1.x signs in and is told who it is', async (t) => {
  const { endpoint } = await startLatch(t);
  const { client } = await signIn(ts1, endpoint, ada);
  assert.equal((await whoami(client)).user.email, ada.email);
  await client.close();
});

for (const { name, mode, version } of ts2.MODES) {
  test(`SDK 2.x, ${name}, signs in and is told who it is`, async (t) => {
    const { endpoint } = await startLatch(t);
    const { client } = await signIn(ts2, endpoint, ada, { mode });
    assert.equal((await whoami(client)).user.email, ada.email);
    assert.equal(ts2.protocol(client), version);
    await client.close();
  });
}

test('Python client signs in and is told who it is', async (t) => {
  const { endpoint } = await startLatch(t);
  const seen = await py.signIn(endpoint, ada);
  assert.equal(seen.whoami.user.email, ada.email);
});

test('two users of one endpoint are told apart', async (t) => {
  const { endpoint } = await startLatch(t);
  const [first, second] = [await signIn(ts2, endpoint, ada), await signIn(ts2, endpoint, linus)];
  assert.equal((await whoami(second.client)).user.email, linus.email);
  assert.equal((await whoami(first.client)).user.email, ada.email);
  const notes = async ({ client }) => (await client.callTool({ name: 'notes_select', arguments: {} })).structuredContent.rows;
  const [hers, his] = [await notes(first), await notes(second)];
  assert.ok(hers.length && his.length, 'both have notes');
  assert.deepEqual(hers.filter(({ id }) => his.some((note) => note.id === id)), [], 'and none in common');
  await Promise.all([first.client.close(), second.client.close()]);
});

test('consent page in real Chromium', { skip: executable() ? false : 'Chromium is not installed' }, async (t) => {
  const { endpoint } = await startLatch(t);
  const inChromium = chromiumBrowser('demo');
  let seen;
  const browser = async (url, user) => { seen = await inChromium(url, user); };
  const { client } = await signIn(ts2, endpoint, linus, { browser, mode: 'auto' });
  assert.equal((await whoami(client)).user.email, linus.email);
  assert.deepEqual(seen, { title: 'Signed in', problems: [] });
  await client.close();
});
