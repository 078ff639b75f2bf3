// The suite `keycloak` against a FAKE (servers/keycloak.mjs): it shows that the scenarios work and that the program takes tokens of this
// shape, not that Keycloak issues them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { PASSWORD } from '../lib/browser.mjs';
import { ENDPOINT, keycloak, REALM, SCOPES, toldOf } from '../lib/keycloak.mjs';
import { live } from '../lib/paths.mjs';
import { readyLine, start } from '../lib/process.mjs';
import { inRemoteMode } from '../lib/remote.mjs';

const scenarios = inRemoteMode({
  ...keycloak,
  async open(t, [endpoint]) {
    const server = await start('keycloak-fake', [process.execPath, path.join(live, 'servers/keycloak.mjs'), '--audience', endpoint], { ready: readyLine });
    t.after(server.stop);
    return { issuer: server.value.issuer, env: toldOf(server.value.origin) };
  },
});
for (const { name, run } of scenarios) test(name, run);

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
