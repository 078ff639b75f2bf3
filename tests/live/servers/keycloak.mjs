// A FAKE of Keycloak: oidc-provider with Keycloak's paths, keys and tokens, as docs and captures describe them. It is not the real thing;
// `KEYCLOAK_URL=… tests/live/run keycloak` runs the same scenarios against that.
//
//   node servers/keycloak.mjs --audience URL [--realm mcp]
//
// As there, a realm's audience comes from a mapper (keycloak/mcp-realm.json) and `resource` is ignored; the keys begin with one for
// encryption; access tokens have the header typ `JWT` and are told from ID tokens by the claim `typ`; and a client that registers with a
// `scope` loses what is default in the realm, the audience too, unless it asked for the scope that brings it.
// Not as there: pages, error bodies, and refresh tokens, which are opaque here.
//
// Prints {"ready":true,"origin":…,"issuer":…} when it listens.
import crypto from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const { values: options } = parseArgs({ options: { audience: { type: 'string' }, realm: { type: 'string', default: 'mcp' } } });
const prefix = `/realms/${options.realm}`;
/** The client scope with the audience mapper. */
const TOOLS = 'mcp:tools';

const server = http.createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;
const issuer = origin + prefix;

async function key(kid, alg, use) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const more = { kid, alg, use };
  return { secret: { ...(await exportJWK(privateKey)), ...more }, published: { ...(await exportJWK(publicKey)), ...more } };
}
const keys = [await key('enc', 'RSA-OAEP', 'enc'), await key('sig', 'RS256', 'sig')];

const uuid = (name) => crypto.createHash('sha1').update(name).digest('hex').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-5$3-a$4-$5');
const person = (name) => ({
  email: `${name}@example.com`, email_verified: true, name: `${name} Example`, preferred_username: name, given_name: name, family_name: 'Example',
});

const scopes = ['openid', 'offline_access', 'email', 'profile', TOOLS];
const provider = new Provider(issuer, {
  routes: {
    authorization: '/protocol/openid-connect/auth', token: '/protocol/openid-connect/token', jwks: '/protocol/openid-connect/certs',
    userinfo: '/protocol/openid-connect/userinfo', registration: '/clients-registrations/openid-connect',
  },
  jwks: { keys: [keys[1].secret] },
  cookies: { keys: [crypto.randomUUID()], short: { path: '/' }, long: { path: '/' } },
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  scopes,
  claims: { openid: ['sub', 'typ'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username', 'given_name', 'family_name'] },
  clientDefaults: { token_endpoint_auth_method: 'none' },
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
  ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 86400, IdToken: 300, Interaction: 600, RefreshToken: 1800, Session: 36000 },
  features: {
    devInteractions: { enabled: true }, // a login form that takes any name, then a consent form
    registration: { enabled: true, idFactory: () => crypto.randomUUID() },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => `${origin}/default`,
      useGrantedResource: () => true,
      // The client's `resource` is not listened to: shapeAccessToken names the audience.
      getResourceServerInfo: () => ({ scope: scopes.join(' '), accessTokenTTL: 300, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  formats: { customizers: { jwt: shapeAccessToken } },
  findAccount: (ctx, name) => ({ accountId: name, claims: () => ({ sub: uuid(name), typ: 'ID', ...person(name) }) }),
});
provider.on('server_error', (ctx, error) => console.error('server_error', error));

function shapeAccessToken(ctx, token, jwt) {
  const { client } = ctx.oidc;
  const granted = (token.scope ?? '').split(' ');
  const { exp, iat, iss } = jwt.payload;
  const { email, email_verified, ...profile } = person(token.accountId);
  jwt.header = { typ: 'JWT' };
  jwt.payload = {
    exp, iat, jti: `onrtac:${crypto.randomUUID()}`, iss,
    aud: client.scope === undefined || granted.includes(TOOLS) ? [options.audience, 'account'] : 'account',
    sub: uuid(token.accountId), typ: 'Bearer', azp: token.clientId, sid: crypto.randomUUID(), acr: '1',
    realm_access: { roles: ['offline_access', 'default-roles-mcp'] }, resource_access: { account: { roles: ['view-profile'] } },
    scope: token.scope, ...(granted.includes('email') && { email, email_verified }), ...(granted.includes('profile') && profile),
  };
}

const oidc = provider.callback();
server.on('request', async (request, response) => {
  const [path] = request.url.split('?', 1);
  if (path === `/.well-known/oauth-authorization-server${prefix}`) request.url = `${prefix}/.well-known/openid-configuration`;
  if (path === `${prefix}/protocol/openid-connect/certs`) {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache' });
    return response.end(JSON.stringify({ keys: keys.map(({ published }) => published) }));
  }
  if (!request.url.startsWith(`${prefix}/`)) {
    response.writeHead(404, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ error: 'Unable to find matching target resource method' }));
  }
  if (path === `${prefix}/clients-registrations/openid-connect` && request.method === 'POST') {
    // `openid` is no client scope there: whoever may sign in may ask for it.
    const { scope, ...metadata } = JSON.parse(await text(request));
    request.body = { ...metadata, ...(scope && { scope: [...new Set(['openid', ...scope.split(' ')])].join(' ') }) };
  }
  request.originalUrl = request.url;
  request.url = request.url.slice(prefix.length);
  return oidc(request, response);
});

process.once('SIGTERM', () => { server.close(() => process.exit(0)); server.closeAllConnections(); });
console.log(JSON.stringify({ ready: true, origin, issuer }));
