// A fake of Google's OAuth endpoints, built from recorded shapes (Google's OpenID Connect documentation and recorded answers).
//
// Its quirks: access tokens are opaque; `scope` is required, and comes back with URIs for `email` and `profile`; a refresh token only
// with access_type=offline, and then only at the first consent or with prompt=consent; it never changes; tokeninfo writes numbers and
// booleans as strings. Faults of the authorization request are pages, not redirects.
import { back, digits, html, json, now, person, random } from './core.mjs';

/** As it stands in ID tokens, wherever the fake listens. */
const ISSUER = 'https://accounts.google.com';
const URIS = { email: 'https://www.googleapis.com/auth/userinfo.email', profile: 'https://www.googleapis.com/auth/userinfo.profile' };
const LIFETIME = 3599;

const page = (error, text) => html(400, `<title>Error 400: ${error}</title><h1>Access blocked: Authorization Error</h1><p>${text}</p><p>Error 400: ${error}</p>`);
const refuse = (error, description, status = 400) => json(status, { error, error_description: description });

export function google(fake) {
  const { client, origin, options } = fake;

  function authorize(request) {
    const { query } = request;
    const get = (name) => query.get(name) ?? undefined;
    if (get('client_id') !== client.id) return page('invalid_client', 'The OAuth client was not found.');
    if (get('redirect_uri') !== client.redirectUri) return page('redirect_uri_mismatch', 'redirect_uri');
    if (get('response_type') !== 'code') return page('invalid_request', 'Required parameter is missing: response_type');
    if (!get('scope')) return page('invalid_request', 'Missing required parameter: scope');
    if (get('resource')) return page('invalid_request', 'Parameter not allowed for this message type: resource');
    if (get('code_challenge') && !['S256', 'plain', undefined].includes(get('code_challenge_method'))) return page('invalid_request', 'Invalid parameter value for code_challenge_method: Not a valid code_challenge_method');
    const asked = get('scope').split(' ');
    const scope = asked.map((name) => URIS[name] ?? name).join(' ');
    return fake.signIn(request, (login) => {
      const offline = get('access_type') === 'offline' && (!request.consentedBefore || (get('prompt') ?? '').split(' ').includes('consent'));
      const code = fake.keep(fake.codes, `4/0A${random(52)}`, { login, scope, offline, nonce: get('nonce'), challenge: get('code_challenge'), expires: now() + 600 });
      return back(client.redirectUri, {
        state: get('state'), code, scope: [...new Set([...asked.filter((name) => URIS[name]), ...scope.split(' ')])].join(' '), authuser: '0', hd: options.hd, prompt: 'consent',
      });
    }, () => back(client.redirectUri, { error: 'access_denied', state: get('state') }));
  }

  async function token(request) {
    const { form } = request;
    if (!['basic', 'post'].includes(await fake.authenticated(request))) return refuse('invalid_client', 'Unauthorized', 401);
    if (form.get('grant_type') === 'refresh_token') {
      const record = fake.refresh.get(form.get('refresh_token'));
      if (!fake.lives(record)) return refuse('invalid_grant', 'Token has been expired or revoked.');
      return answer(record);
    }
    if (form.get('grant_type') !== 'authorization_code') return refuse('unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type')}`);
    const record = fake.spend(form.get('code'));
    if (!record) return refuse('invalid_grant', 'Malformed auth code.');
    if (form.get('redirect_uri') !== client.redirectUri) return refuse('redirect_uri_mismatch', 'Bad Request');
    if (!fake.proven(record, form)) return refuse('invalid_grant', form.has('code_verifier') ? 'Invalid code verifier.' : 'Missing code verifier.');
    const family = random(8);
    const refresh = record.offline ? fake.keep(fake.refresh, `1//0${random(70)}`, { login: record.login, scope: record.scope, family }) : undefined;
    return answer({ ...record, family }, refresh);
  }

  async function answer({ login, scope, nonce, family }, refresh) {
    const access = fake.keep(fake.access, `ya29.a0${random(140)}`, { login, scope, family, expires: now() + LIFETIME, offline: Boolean(refresh) });
    const scopes = scope.split(' ');
    const { email, name, picture } = person(login);
    const id = scopes.includes('openid') ? await fake.sign({
      iss: ISSUER, azp: client.id, aud: client.id, sub: digits(login, 21), hd: options.hd,
      ...(scopes.includes(URIS.email) && { email, email_verified: true }), at_hash: random(16), nonce,
      ...(scopes.includes(URIS.profile) && { name, picture, given_name: login, family_name: 'Example' }), iat: now(), exp: now() + 3600,
    }, { typ: 'JWT' }) : undefined;
    return json(200, { access_token: access, expires_in: LIFETIME, refresh_token: refresh, scope, token_type: 'Bearer', id_token: id });
  }

  const bearer = ({ headers, query }) => headers.authorization?.replace(/^Bearer /i, '') ?? query.get('access_token');

  function tokeninfo(request) {
    const record = fake.access.get(bearer(request));
    if (!fake.lives(record)) return refuse('invalid_token', 'Invalid Value');
    return json(200, {
      azp: client.id, aud: client.id, sub: digits(record.login, 21), scope: record.scope, exp: String(record.expires),
      expires_in: String(record.expires - now()), email: person(record.login).email, email_verified: 'true', access_type: record.offline ? 'offline' : 'online',
    });
  }

  function userinfo(request) {
    const record = fake.access.get(bearer(request));
    if (!fake.lives(record)) return refuse('invalid_request', 'Invalid Credentials', 401);
    const { email, name, picture } = person(record.login);
    return json(200, { sub: digits(record.login, 21), name, given_name: record.login, picture, email, email_verified: true, hd: options.hd });
  }

  function revoke({ form, query }) {
    const given = form.get('token') ?? query.get('token');
    const record = fake.refresh.get(given) ?? fake.access.get(given);
    if (!fake.lives(record)) return refuse('invalid_token', 'Token expired or revoked');
    fake.revoke(record.family);
    return json(200, {});
  }

  return {
    issuer: ISSUER,
    urls: { authorize: `${origin}/o/oauth2/v2/auth`, token: `${origin}/token`, jwks: `${origin}/oauth2/v3/certs`, revoke: `${origin}/revoke` },
    routes: {
      'GET|POST /o/oauth2/v2/auth': authorize, 'POST /token': token, 'POST|GET /revoke': revoke, 'GET /tokeninfo': tokeninfo, 'GET /v1/userinfo': userinfo,
      'GET /oauth2/v3/certs': () => json(200, fake.jwks, { 'cache-control': 'public, max-age=19800, must-revalidate, no-transform' }),
    },
  };
}
