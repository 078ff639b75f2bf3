// How the own apps of a Supabase project sign in: `/authorize?provider=`, with PKCE. It knows no clients, and repeats no `state`.
// Built from recorded shapes; the page stands for the provider's.
import crypto from 'node:crypto';
import { text } from 'node:stream/consumers';
import { NO_KEY } from './gateway.mjs';

const PROVIDER = 'google';
/** Where whoever asks for an address that is not on the list is sent instead. */
const SITE = 'https://site.example/';
const LOGINS = ['ada', 'linus', 'grace'];

/**
 * @param {string} prefix of its paths
 * @param {string} allowed addresses with this beginning are on the list of redirect URLs
 * @param {(login: string) => Promise<string>} sign makes an access token of a user
 * @param {Function} json answers with JSON
 * @returns a function that answers a request, or says that it is not its business
 */
export function legacySignIn(prefix, allowed, sign, json) {
  const codes = new Map(), refresh = new Map();
  const refuse = (response, status, code, msg) => { json(response, status, { code: status, error_code: code, msg }); return true; };

  async function authorize(request, response, query) {
    if (query.get('provider') !== PROVIDER) return refuse(response, 400, 'validation_failed', 'Unsupported provider: provider is not enabled');
    if (!query.get('code_challenge') || query.get('code_challenge_method') !== 's256') return refuse(response, 400, 'validation_failed', 'PKCE flow requires code_challenge_method and code_challenge');
    const login = new URLSearchParams(await text(request)).get('login');
    if (!login) {
      const buttons = LOGINS.map((name) => `<button name="login" value="${name}">${name}@example.com</button>`).join('');
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Sign in</title><form method="post" action="">${buttons}</form>`);
      return true;
    }
    const wanted = query.get('redirect_to') ?? SITE;
    const back = new URL(wanted.startsWith(allowed) ? wanted : SITE);
    const code = crypto.randomUUID();
    codes.set(code, { login, challenge: query.get('code_challenge') });
    back.searchParams.set('code', code);
    response.writeHead(302, { location: back.href }).end();
    return true;
  }

  async function session(response, login, family = {}) {
    const token = crypto.randomBytes(9).toString('base64url');
    refresh.set(token, { login, family });
    const seconds = 3600;
    json(response, 200, {
      access_token: await sign(login), token_type: 'bearer', expires_in: seconds, expires_at: Math.floor(Date.now() / 1000) + seconds, refresh_token: token,
      user: { aud: 'authenticated', role: 'authenticated', email: `${login}@example.com`, app_metadata: { provider: PROVIDER }, user_metadata: {} },
    });
    return true;
  }

  async function exchange(request, response) {
    const { auth_code: code, code_verifier: verifier } = JSON.parse(await text(request));
    const flow = codes.get(code);
    codes.delete(code);
    if (!flow) return refuse(response, 404, 'flow_state_not_found', 'invalid flow state, no valid flow state found');
    const fits = crypto.createHash('sha256').update(verifier ?? '').digest('base64url') === flow.challenge;
    return fits ? session(response, flow.login) : refuse(response, 400, 'bad_code_verifier', 'code challenge does not match previously saved code verifier');
  }

  async function renew(request, response) {
    const { refresh_token: given } = JSON.parse(await text(request));
    const found = refresh.get(given);
    if (!found || found.family.over) return refuse(response, 400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found');
    if (found.spent) {
      found.family.over = true;
      return refuse(response, 400, 'refresh_token_already_used', 'Invalid Refresh Token: Already Used');
    }
    found.spent = true;
    return session(response, found.login, found.family);
  }

  return async (request, response, { pathname, searchParams }) => {
    if (pathname === `${prefix}/authorize`) return authorize(request, response, searchParams);
    const grant = pathname === `${prefix}/token` && { pkce: exchange, refresh_token: renew }[searchParams.get('grant_type')];
    if (!grant) return false;
    if (request.headers.apikey) return grant(request, response);
    json(response, 401, NO_KEY);
    return true;
  };
}
