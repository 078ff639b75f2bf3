// A real OAuth 2.1 authorization server (oidc-provider) on loopback: PKCE, dynamic registration, refresh rotation.
//
//   node servers/oidc.mjs --mode supabase|rfc8707|oidc [--alg ES256|RS256|HS256] [--port 0] [--registration on|refused|off] [--expired] [--rest URL]
//                         [--tokens jwt|opaque] [--oauth on|off] [--keys on|down|gone] [--walled]
//                         [--client-id ID --redirect-uri URI]
//
// supabase: the paths, the metadata and the access tokens of Supabase Auth; ignores `resource` as that does. Session tokens
//           of the user's own app come from the password grant, or from `/authorize?provider=` (legacy.mjs), which --redirect-uri allows. With --rest, /rest/v1 is the gateway to that PostgREST.
//           HS256 is a project of before 2025: no key is published, tokens are signed with JWT_SECRET. --oauth off: the OAuth server
//           is not switched on. --keys: the key set is answered with 503, or by hanging up. --walled: a gateway in front, as with
//           self-hosting, that wants an `apikey` for everything.
//           What differs: consent pages, some error bodies, and the `iss` in the authorization response.
// rfc8707:  a generic server: `at+jwt` access tokens whose audience is the requested resource.
//           --tokens opaque: it alone can read them, and says so to the known client (introspection); revocation too.
// oidc:     a generic OpenID provider: opaque access tokens, ID tokens that say who it is, introspection, revocation.
//
// --client-id: a client that is known already; confidential with CLIENT_SECRET, which may be sent in a header or in the form. Its refresh
// tokens rotate, and one that is used twice costs the grant. GET /__seen tells every secret that was given out.
//
// Prints {"ready":true,"origin":…,"issuer":…} when it listens. Keys are new at every start, their ids are not.
import crypto from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';
import { gateway, NO_KEY } from './gateway.mjs';
import { legacySignIn } from './legacy.mjs';

const { values: options } = parseArgs({
  options: {
    mode: { type: 'string' },
    alg: { type: 'string', default: 'ES256' },
    port: { type: 'string', default: '0' },
    registration: { type: 'string', default: 'on' },
    expired: { type: 'boolean', default: false },
    rest: { type: 'string' },
    tokens: { type: 'string', default: 'jwt' },
    oauth: { type: 'string', default: 'on' },
    keys: { type: 'string', default: 'on' },
    walled: { type: 'boolean', default: false },
    'client-id': { type: 'string' },
    'redirect-uri': { type: 'string' },
  },
});
const { mode, registration } = options;
const secret = options.alg === 'HS256' && new TextEncoder().encode(process.env.JWT_SECRET);
// ID tokens of public clients need a key pair even there.
const alg = secret ? 'ES256' : options.alg;
if (!['supabase', 'rfc8707', 'oidc'].includes(mode)) throw new Error('--mode supabase|rfc8707|oidc');
const supabase = mode === 'supabase';
const introspects = mode === 'oidc' || options.tokens === 'opaque';
const prefix = supabase ? '/auth/v1' : '';

// The issuer names the port, so listen first.
const server = http.createServer();
server.listen(Number(options.port), '127.0.0.1');
await once(server, 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;
const issuer = origin + prefix;

const SUPABASE_ROUTES = {
  authorization: '/oauth/authorize', token: '/oauth/token', registration: '/oauth/clients/register',
  userinfo: '/oauth/userinfo', jwks: '/.well-known/jwks.json',
};
const SUPABASE_METADATA = {
  issuer,
  authorization_endpoint: `${issuer}/oauth/authorize`,
  token_endpoint: `${issuer}/oauth/token`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  userinfo_endpoint: `${issuer}/oauth/userinfo`,
  ...(registration === 'off' ? {} : { registration_endpoint: `${issuer}/oauth/clients/register` }),
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256', 'HS256', 'ES256'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  code_challenge_methods_supported: ['S256', 'plain'],
  scopes_supported: ['openid', 'profile', 'email', 'phone', 'offline_access'],
};
const OAUTH_DISABLED = { code: 404, error_code: 'feature_disabled', msg: 'OAuth server is disabled' };
const REGISTRATION_DISABLED = {
  code: 403, error_code: 'oauth_dynamic_client_registration_disabled', msg: 'Dynamic client registration is not enabled',
};

// The first key signs; the second is only published, so that a verifier has to choose by `kid`.
const keys = [await signingKey('current'), await signingKey('standby')];
async function signingKey(kid) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
}

const scopes = ['openid', 'offline_access', 'email', 'profile', 'phone'];
const known = options['client-id'] && {
  client_id: options['client-id'], redirect_uris: [options['redirect-uri']], grant_types: ['authorization_code', 'refresh_token'],
  ...(process.env.CLIENT_SECRET
    ? { client_secret: process.env.CLIENT_SECRET, token_endpoint_auth_method: process.env.CLIENT_AUTH ?? 'client_secret_basic' } : {}),
};
const provider = new Provider(issuer, {
  clients: known ? [known] : [],
  rotateRefreshToken: known ? true : undefined,
  // In the code flow an OpenID provider need not say in the ID token what userinfo says (OpenID Connect Core §5.4). Many do.
  conformIdTokenClaims: mode !== 'oidc',
  routes: supabase ? SUPABASE_ROUTES : {},
  jwks: { keys },
  cookies: { keys: [crypto.randomUUID()], short: { path: '/' }, long: { path: '/' } },
  pkce: { required: () => true },
  scopes,
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  clientDefaults: { id_token_signed_response_alg: alg, token_endpoint_auth_method: 'none' },
  enabledJWA: { idTokenSigningAlgValues: [alg] },
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
  ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 86400, IdToken: 3600, Interaction: 600, RefreshToken: 86400, Session: 86400 },
  features: {
    devInteractions: { enabled: true }, // a login form that takes any name, then a consent form
    introspection: { enabled: introspects },
    revocation: { enabled: introspects },
    registration: { enabled: registration !== 'off', idFactory: () => crypto.randomUUID() },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => (supabase ? `${origin}/default` : undefined),
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource) => ({
        scope: scopes.join(' '), audience: supabase ? 'authenticated' : resource,
        accessTokenTTL: 3600, accessTokenFormat: options.tokens, jwt: { sign: secret ? { alg: 'HS256', key: crypto.createSecretKey(secret) } : { alg } },
      }),
    },
  },
  formats: { customizers: { jwt: shapeAccessToken } },
  findAccount: (ctx, name) => ({ accountId: name, claims: () => ({ sub: name, email: email(name), email_verified: true, name }) }),
});
provider.on('server_error', (ctx, error) => console.error('server_error', error));

function shapeAccessToken(ctx, token, jwt) {
  const now = Math.floor(Date.now() / 1000);
  if (supabase) {
    jwt.header = { typ: 'JWT' };
    Object.assign(jwt.payload, sessionClaims(token.accountId, 'oauth_provider/authorization_code'), { client_id: token.clientId, scope: token.scope });
    delete jwt.payload.jti;
  } else {
    jwt.payload.email = email(token.accountId);
  }
  if (options.expired && token.gty === 'authorization_code') Object.assign(jwt.payload, { iat: now - 7200, exp: now - 3600 });
}

function sessionClaims(name, method) {
  return {
    sub: uuid(name), aud: 'authenticated', role: 'authenticated', email: email(name), phone: '',
    app_metadata: { provider: 'email', providers: ['email'] }, user_metadata: {}, aal: 'aal1',
    amr: [{ method, timestamp: Math.floor(Date.now() / 1000) }], session_id: crypto.randomUUID(), is_anonymous: false,
  };
}

/** The answer to the password grant, by which the user's own app signs in: a token without `client_id`. Any password will do. */
async function passwordGrant(request, response) {
  const { email: address } = JSON.parse(await text(request));
  json(response, 200, { access_token: await sessionToken(address.split('@')[0], 'password'), token_type: 'bearer', expires_in: 3600 });
}

/** A token of no client. */
function sessionToken(name, method) {
  const header = secret ? { alg: 'HS256', typ: 'JWT' } : { alg, typ: 'JWT', kid: keys[0].kid };
  return new SignJWT({ iss: issuer, ...sessionClaims(name, method) }).setProtectedHeader(header).setIssuedAt().setExpirationTime('1h').sign(secret || keys[0]);
}

function email(name) {
  return `${name}@example.com`;
}

/** The same UUID for the same name at every start. */
function uuid(name) {
  const hex = crypto.createHash('sha1').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const oidc = provider.callback();

/** Every code and token that was given out, and the secret of the known client. */
const issued = process.env.CLIENT_SECRET ? [process.env.CLIENT_SECRET] : [];
function remember(response) {
  const { end, writeHead } = response;
  let given = {};
  response.writeHead = (status, headers = {}) => writeHead.call(response, status, given = headers);
  const header = (name) => String(given[name] ?? response.getHeader(name) ?? '');
  response.end = (body, ...more) => {
    const code = /[?&]code=([^&]+)/.exec(header('location'))?.[1];
    if (code) issued.push(code);
    if (header('content-type').includes('json') && String(body).includes('access_token')) {
      const { access_token: access, refresh_token: refresh, id_token: id } = JSON.parse(body);
      issued.push(...[access, refresh, id].filter(Boolean));
    }
    return end.call(response, body, ...more);
  };
}
const rest = options.rest && gateway(options.rest);
const legacy = supabase && options['redirect-uri'] && legacySignIn(prefix, options['redirect-uri'], (name) => sessionToken(name, 'oauth'), json);
const DOCUMENTS = ['oauth-authorization-server', 'openid-configuration']
  .flatMap((name) => [`/.well-known/${name}${prefix}`, `${prefix}/.well-known/${name}`]);

server.on('request', async (request, response) => {
  const { pathname, search, searchParams } = new URL(request.url, origin);
  if (pathname === '/__seen') return json(response, 200, { issued });
  remember(response);
  if (options.walled && !request.headers.apikey) return json(response, 401, NO_KEY);
  if (rest && pathname.startsWith('/rest/v1')) return rest(request, response);
  if (options.oauth === 'off' && /oauth-authorization-server|\/oauth\//.test(pathname)) return json(response, 404, OAUTH_DISABLED);
  if (DOCUMENTS.includes(pathname)) {
    if (supabase) return json(response, 200, SUPABASE_METADATA, { 'cache-control': 'public, max-age=600' });
    request.originalUrl = request.url = `/.well-known/openid-configuration${search}`;
    return oidc(request, response);
  }
  if (supabase) {
    if (pathname === `${prefix}/oauth/clients/register`) {
      if (registration !== 'on') return json(response, 403, REGISTRATION_DISABLED, { 'x-sb-error-code': REGISTRATION_DISABLED.error_code });
      // Supabase ignores `scope` here; oidc-provider would hold the client to it.
      const { scope, ...metadata } = JSON.parse(await text(request));
      request.body = metadata;
    }
    if (pathname === `${prefix}/token` && searchParams.get('grant_type') === 'password') return passwordGrant(request, response);
    if (legacy && await legacy(request, response, { pathname, searchParams })) return undefined;
    if (!pathname.startsWith(`${prefix}/`)) return json(response, 404, { error: 'requested path is invalid' });
    if (pathname.endsWith('/jwks.json')) {
      if (options.keys === 'gone') return request.socket.destroy();
      if (options.keys === 'down') return json(response, 503, { message: 'upstream connect error' });
      if (secret) return json(response, 200, { keys: [] });
      response.setHeader('cache-control', 'public, max-age=600');
    }
    request.originalUrl = request.url;
    request.url = request.url.slice(prefix.length);
  }
  return oidc(request, response);
});

function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*', ...headers });
  response.end(JSON.stringify(body));
}

process.once('SIGTERM', () => { server.close(() => process.exit(0)); server.closeAllConnections(); });
console.log(JSON.stringify({ ready: true, origin, issuer }));
