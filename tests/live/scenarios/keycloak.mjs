// A real Keycloak, which somebody started elsewhere: keycloak/README.md.
import { test } from 'node:test';
import { ENDPOINT, keycloak, REALM, toldOf } from '../lib/keycloak.mjs';
import { inRemoteMode } from '../lib/remote.mjs';

const {
  KEYCLOAK_URL, KEYCLOAK_LIVE_REALM: realm = REALM, KEYCLOAK_LIVE_LISTEN: listen = new URL(ENDPOINT).host, KEYCLOAK_LIVE_PASSWORD: password,
} = process.env;
const server = KEYCLOAK_URL?.replace(/\/+$/, '');

const scenarios = inRemoteMode({
  ...keycloak,
  users: keycloak.users.map((user) => ({ ...user, password })),
  // The realm's mapper names one endpoint.
  listen,
  open: async () => ({ issuer: `${server}/realms/${realm}`, env: toldOf(server, realm) }),
});
if (server) for (const { name, run } of scenarios) test(name, run);
else test(`${scenarios.length} scenarios with a real Keycloak`, { skip: 'set KEYCLOAK_URL, see tests/live/keycloak/README.md' });
