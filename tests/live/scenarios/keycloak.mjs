// A real Keycloak, which somebody started elsewhere: keycloak/README.md.
import { test } from 'node:test';
import { keycloak, REALM, toldOf } from '../lib/keycloak.mjs';
import { inRemoteMode } from '../lib/remote.mjs';

const { KEYCLOAK_URL, KEYCLOAK_LIVE_REALM: realm = REALM, KEYCLOAK_LIVE_LISTEN: listen = '127.0.0.1:8787', KEYCLOAK_LIVE_PASSWORD } = process.env;
const skip = KEYCLOAK_URL ? false : 'set KEYCLOAK_URL, see keycloak/README.md';
const server = KEYCLOAK_URL?.replace(/\/+$/, '');

const scenarios = inRemoteMode({
  ...keycloak,
  users: keycloak.users.map((user) => ({ ...user, password: KEYCLOAK_LIVE_PASSWORD })),
  // The realm's mapper names one endpoint.
  listen,
  open: async () => ({ issuer: `${server}/realms/${realm}`, env: toldOf(server, realm) }),
});
for (const { name, run } of scenarios) test(name, { skip }, run);
