// The suite `keycloak` against a FAKE (servers/keycloak.mjs): it shows that the scenarios work and that the program takes tokens of this
// shape, not that Keycloak issues them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { signIn as signInTo } from '../clients/sign-in.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { PASSWORD, signIn } from '../lib/browser.mjs';
import { ENDPOINT, keycloak, REALM, SCOPES, toldOf } from '../lib/keycloak.mjs';
import { startLatch } from '../lib/latch.mjs';
import { live } from '../lib/paths.mjs';
import { readyLine, start } from '../lib/process.mjs';
import { inRemoteMode } from '../lib/remote.mjs';
import { grace } from '../lib/users.mjs';

async function startKeycloak(t, audience) {
  const server = await start('keycloak-fake', [process.execPath, path.join(live, 'servers/keycloak.mjs'), '--audience', audience], { ready: readyLine });
  t.after(server.stop);
  return server.value;
}

const scenarios = inRemoteMode({
  ...keycloak,
  async open(t, [endpoint]) {
    const { origin, issuer } = await startKeycloak(t, endpoint);
    return { issuer, env: toldOf(origin) };
  },
});
for (const { name, run } of scenarios) test(name, run);

test('a client that registers without the scope that has the mapper gets no audience, and the log says what to do', async (t) => {
  const { origin } = await startKeycloak(t, ENDPOINT);
  const latch = await startLatch(t, { ...toldOf(origin), LATCH_SCOPES: 'email' });
  await assert.rejects(() => signInTo(ts2, latch.endpoint, grace));
  await latch.refused('aud_mismatch');
  assert.match(latch.err.findLast((line) => line.includes('aud_mismatch')), keycloak.audienceFix);
});

test('the realm for a real Keycloak has what the scenarios ask for', () => {
  const realm = JSON.parse(fs.readFileSync(path.join(live, 'keycloak/mcp-realm.json'), 'utf8'));
  const named = (list, name) => list.find((each) => each.name === name);
  const policy = (id) => Object.values(realm.components)[0].find(({ providerId, subType }) => providerId === id && subType === 'anonymous').config;
  assert.equal(realm.realm, REALM);
  const [{ protocolMapper, config }] = named(realm.clientScopes, 'mcp:tools').protocolMappers;
  assert.deepEqual([protocolMapper, config['included.custom.audience'], config['access.token.claim']], ['oidc-audience-mapper', ENDPOINT, 'true']);
  for (const scope of SCOPES.split(' ')) {
    assert.ok(policy('allowed-client-templates')['allowed-client-scopes'].includes(scope), `clients may register with ${scope}`);
  }
  for (const scope of realm.defaultDefaultClientScopes) assert.ok(named(realm.clientScopes, scope), `${scope} is there`);
  assert.deepEqual(policy('trusted-hosts')['host-sending-registration-request-must-match'], ['false']);
  assert.deepEqual(realm.users.map(({ username, email }) => ({ login: username, email })), keycloak.users.map(({ login, email }) => ({ login, email })));
  for (const { credentials: [{ value }] } of realm.users) assert.equal(value, PASSWORD);
});

/** Keycloak's forms, cut to what matters: those of its theme since 26, and buttons as inputs, as before. */
const PAGES = {
  '/': `<form id="kc-form-login" onsubmit="login.disabled = true; return true;" action="/authenticate?execution=e&amp;tab_id=t" method="post" novalidate>
    <input id="username" name="username" value="" type="text"><input id="password" name="password" value="" type="password">
    <button type="button" name="show" aria-label="Show password"></button><input type="hidden" name="credentialId">
    <button name="login" id="kc-login" type="submit">Sign In</button></form>`,
  '/authenticate': `<form action="/consent" method="POST"><input type="hidden" name="code" value="c">
    <input name="accept" id="kc-login" type="submit" value="Yes"/><input name="cancel" type="submit" value="No"/></form>`,
  '/consent': 'done',
};

test("Keycloak's own pages are filled in and agreed to", async (t) => {
  const posted = [];
  const server = http.createServer(async (request, response) => {
    if (request.method === 'POST') posted.push([request.url, await text(request)]);
    response.writeHead(200, { 'content-type': 'text/html' }).end(PAGES[request.url.split('?')[0]]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  await signIn(`http://127.0.0.1:${server.address().port}/`, { ...keycloak.users[0], password: 'secret' });
  assert.deepEqual(posted, [
    ['/authenticate?execution=e&tab_id=t', 'username=grace&password=secret&credentialId=&login='], ['/consent', 'code=c&accept=Yes'],
  ]);
});
