// The suite `keycloak` against a FAKE (servers/keycloak.mjs): it shows that the scenarios work and that the program takes tokens of this
// shape, not that Keycloak issues them.
import path from 'node:path';
import { test } from 'node:test';
import { keycloak, toldOf } from '../lib/keycloak.mjs';
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
