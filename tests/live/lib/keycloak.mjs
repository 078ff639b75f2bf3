// What the scenarios have to know of Keycloak, the real one and the fake.
import { grace, linus } from './users.mjs';

export const REALM = 'mcp';
/** The one that the realm of keycloak/mcp-realm.json issues tokens for. */
export const ENDPOINT = 'http://127.0.0.1:8787/mcp';
/** Both ask for the scope whose mapper names the endpoint: a client that registers with a `scope` has no other. */
export const SCOPES = 'mcp:tools email profile';

export const keycloak = {
  provider: 'keycloak',
  users: [grace, linus],
  idToken: 'id_token',
  audienceFix: /Included Custom Audience is MCP_URL/,
};
export const toldOf = (server, realm = REALM) => ({ KEYCLOAK_SERVER_URL: server, KEYCLOAK_REALM: realm, LATCH_SCOPES: SCOPES });
