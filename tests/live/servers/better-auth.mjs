// The real Better Auth on loopback, as an application would embed it: its MCP plugin (an OAuth provider with open registration, PKCE and
// resource-bound tokens), a login page and a consent page. Its database is Node's own SQLite, in memory.
//
//   node servers/better-auth.mjs --resource URL [--resource URL…] [--alg EdDSA|ES256|RS256]
//
// EdDSA is what Better Auth signs with unless told otherwise. The one addition to the defaults is the claim `email` in access tokens:
// without it they say who signed in by id only.
//
// Users are those of lib/users.mjs, with the password that lib/browser.mjs types.
// Prints {"ready":true,"origin":…,"issuer":…,"users":{email: id}} when it listens. Keys and users are new at every start.
import { once } from 'node:events';
import http from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { mcp } from '@better-auth/mcp';
import { oauthProviderAuthServerMetadata, oauthProviderOpenIdConfigMetadata } from '@better-auth/oauth-provider';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';
import { PASSWORD } from '../lib/browser.mjs';
import { grace, linus } from '../lib/users.mjs';

const { values: options } = parseArgs({ options: { resource: { type: 'string', multiple: true }, alg: { type: 'string', default: 'EdDSA' } } });
const [resource, ...others] = options.resource;
const BASE_PATH = '/api/auth';

// The issuer names the port, so listen first.
const server = http.createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;

const settings = {
  baseURL: origin, basePath: BASE_PATH, secret: 'only for tests, only on loopback, 0123456789', trustedOrigins: [origin],
  database: new DatabaseSync(':memory:'), telemetry: { enabled: false }, rateLimit: { enabled: false },
  emailAndPassword: { enabled: true },
  // What the plugin asks for: the JWT plugin's own `/token` and header are not OAuth.
  disabledPaths: ['/token'],
  plugins: [
    jwt({ jwks: { keyPairConfig: { alg: options.alg } }, disableSettingJwtHeader: true }),
    mcp({
      loginPage: '/login', consentPage: '/consent', resource, resources: others, clientRegistrationDefaultResources: others,
      allowDynamicClientRegistration: true, allowUnauthenticatedClientRegistration: true,
      customAccessTokenClaims: ({ user }) => ({ email: user?.email }),
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
};
await (await getMigrations(settings)).runMigrations();
const auth = betterAuth(settings);
const users = {};
for (const { email, login } of [grace, linus]) {
  const { user } = await auth.api.signUpEmail({ body: { email, name: login, password: PASSWORD } });
  users[email] = user.id;
}

/** A path of Better Auth on the user's behalf: what a login page's script does. Returns where to go next. */
async function act(path, body, request, response) {
  const headers = { 'content-type': 'application/json', origin, cookie: request.headers.cookie ?? '' };
  const answer = await auth.handler(new Request(`${origin}${BASE_PATH}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }));
  for (const cookie of answer.headers.getSetCookie()) response.appendHeader('set-cookie', cookie);
  const said = await answer.text();
  const to = answer.headers.get('location') ?? next(said);
  if (!answer.ok && !to) throw new Error(`${path}: ${answer.status} ${said}`);
  return to;
}

function next(said) {
  const { url, redirect_uri: uri } = JSON.parse(said);
  return url ?? uri;
}

const FIELDS = {
  '/login': '<input name="login"><input name="password" type="password">',
  '/consent': '<input name="accept" type="hidden" value="true">',
};

/** The application's two pages. The query is Better Auth's, signed; it comes back to it as it is. */
async function page(request, response, { pathname, search }) {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html');
    return response.end(`<!doctype html><title>${pathname}</title><form method="post">${FIELDS[pathname]}<button>go on</button></form>`);
  }
  const form = new URLSearchParams(await text(request));
  const oauth_query = search.slice(1);
  const to = pathname === '/login'
    ? await act('/sign-in/email', { email: `${form.get('login')}@example.com`, password: form.get('password'), oauth_query }, request, response)
    : await act('/oauth2/consent', { accept: form.get('accept') === 'true', oauth_query }, request, response);
  response.writeHead(302, { location: to ?? `${origin}${BASE_PATH}/oauth2/authorize?${oauth_query}` }).end();
}

const documents = {
  'oauth-authorization-server': oauthProviderAuthServerMetadata(auth),
  'openid-configuration': oauthProviderOpenIdConfigMetadata(auth),
};
const handler = toNodeHandler(auth);

server.on('request', async (request, response) => {
  const url = new URL(request.url, origin);
  // Better Auth answers scripts otherwise than browsers. Ours cannot help saying `cors`, since it is made of Node's fetch.
  if (request.headers.accept?.startsWith('text/html')) request.headers['sec-fetch-mode'] = 'navigate';
  try {
    if (url.pathname in FIELDS) return await page(request, response, url);
    // RFC 8414 §3.1: the well-known name before the issuer's path. These the plugin leaves to the application.
    const [, name] = /^\/\.well-known\/([\w-]+)\/api\/auth$/.exec(url.pathname) ?? [];
    if (!(name in documents)) return await handler(request, response);
    const document = await documents[name](new Request(url));
    return response.writeHead(document.status, Object.fromEntries(document.headers)).end(await document.text());
  } catch (error) {
    console.error(error);
    return response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
  }
});

process.once('SIGTERM', () => { server.close(() => process.exit(0)); server.closeAllConnections(); });
console.log(JSON.stringify({ ready: true, origin, issuer: `${origin}${BASE_PATH}`, users }));
