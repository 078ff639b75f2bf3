// A fake of an Auth0 tenant with a regular web application, built from recorded shapes (Auth0's documentation, a captured discovery
// document).
//
// Its quirks: the issuer ends with a slash; without `audience` the access token is opaque; with one it is a JWT for the API and for
// userinfo, or (--encrypted) a JWE of five parts; `audience` beats `resource`, which counts only with the compatibility profile
// (--compatible); refresh tokens rotate, and a used one costs the whole family; the wrong secret is `access_denied`, and bad codes are
// answered with 403; registration has reached its limit.
import { back, html, json, now, person, random, uuid } from './core.mjs';

const LIFETIME = 86400;
const subject = (login) => `auth0|${uuid(login).replaceAll('-', '').slice(0, 24)}`;

export function auth0(fake) {
  const { client, origin, options } = fake;
  const issuer = `${origin}/`;
  const refuse = (status, error, description) => json(status, { error, error_description: description });
  const page = (words) => html(403, `<title>Oops!, something went wrong</title><h1>Oops!, something went wrong</h1><p>${words}</p>`);

  function authorize(request) {
    const get = (name) => request.query.get(name) ?? undefined;
    if (get('client_id') !== client.id) return page(`Unknown client: ${get('client_id')}`);
    if (get('redirect_uri') !== client.redirectUri) return page('Callback URL mismatch.');
    const fail = (error, description) => back(client.redirectUri, { error, error_description: description, state: get('state') });
    if (get('response_type') !== 'code') return fail('unsupported_response_type', 'Unsupported response type');
    const audience = get('audience') ?? (options.compatible ? get('resource') : undefined);
    if (audience && audience !== options.audience) return fail('access_denied', `Service not found: ${audience}`);
    if (get('code_challenge') && !['S256', 'plain'].includes(get('code_challenge_method') ?? 'plain')) return fail('invalid_request', 'Invalid code_challenge_method');
    const scopes = (get('scope') ?? 'openid profile email').split(' ');
    return fake.signIn(request, (login) => back(client.redirectUri, {
      code: fake.keep(fake.codes, random(32), { login, scopes, audience, nonce: get('nonce'), challenge: get('code_challenge'), expires: now() + 60 }), state: get('state'),
    }), () => fail('access_denied', 'User did not authorize the request'));
  }

  async function token(request) {
    const { form } = request;
    const way = await fake.authenticated(request, [issuer, `${origin}/oauth/token`]);
    if (way !== (options['client-key'] ? 'private_key_jwt' : 'post')) return refuse(401, 'access_denied', 'Unauthorized');
    if (form.get('grant_type') === 'refresh_token') {
      const given = form.get('refresh_token');
      const record = fake.refresh.get(given);
      if (!fake.lives(record)) {
        if (record?.spent) fake.revoke(record.family);
        return refuse(403, 'invalid_grant', 'Unknown or invalid refresh token.');
      }
      if (options['keeps-refresh']) return answer(record, undefined);
      Object.assign(record, { revoked: true, spent: true });
      return answer(record, fake.keep(fake.refresh, `v1.${random(48)}`, { ...record, revoked: false, spent: false }));
    }
    if (form.get('grant_type') !== 'authorization_code') return refuse(403, 'unauthorized_client', `Grant type '${form.get('grant_type')}' not allowed for the client.`);
    const record = fake.spend(form.get('code'));
    if (!record) return refuse(403, 'invalid_grant', 'Invalid authorization code');
    if (form.get('redirect_uri') !== client.redirectUri) return refuse(403, 'invalid_grant', 'The redirect URI is wrong. You sent null, and we expected another.');
    if (!fake.proven(record, form)) return refuse(403, 'invalid_grant', 'Failed to verify code verifier');
    const kept = { login: record.login, scopes: record.scopes, audience: record.audience, family: random(8) };
    const refresh = record.scopes.includes('offline_access') ? fake.keep(fake.refresh, `v1.${random(48)}`, kept) : undefined;
    return answer({ ...kept, nonce: record.nonce }, refresh);
  }

  async function answer({ login, scopes, audience, nonce, family }, refresh) {
    const { email, name, picture } = person(login);
    // Encrypted for the API, or for Auth0 itself: to everybody else both are opaque.
    const jwe = () => `${Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', iss: issuer })).toString('base64url')}..${random(12)}.${random(80)}.${random(16)}`;
    const access = !audience || options.encrypted ? jwe() : await fake.sign({
      iss: issuer, sub: subject(login), aud: scopes.includes('openid') ? [audience, `${origin}/userinfo`] : audience, client_id: client.id,
      iat: now(), exp: now() + LIFETIME, jti: random(16), scope: scopes.join(' '), permissions: ['tool:greet'],
    }, { typ: 'at+jwt' });
    fake.keep(fake.access, access, { login, family, scopes, expires: now() + LIFETIME });
    const id = scopes.includes('openid') ? await fake.sign({
      ...(scopes.includes('profile') && { nickname: login, name, picture, updated_at: new Date().toISOString() }),
      ...(scopes.includes('email') && { email, email_verified: true }),
      iss: issuer, aud: client.id, sub: subject(login), iat: now(), exp: now() + 36000, sid: random(24), nonce,
    }, { typ: 'JWT' }) : undefined;
    return json(200, { access_token: access, refresh_token: refresh, id_token: id, scope: scopes.join(' '), expires_in: LIFETIME, token_type: 'Bearer' });
  }

  async function revoke(request) {
    if (!(await fake.authenticated(request, [issuer]))) return refuse(401, 'invalid_client', 'Client authentication is required');
    const record = fake.refresh.get(request.form.get('token'));
    if (record) fake.revoke(record.family);
    return { status: 200, body: '', headers: {} };
  }

  function userinfo({ headers }) {
    const record = fake.access.get(headers.authorization?.replace(/^Bearer /i, ''));
    if (!fake.lives(record)) return { status: 401, body: 'Unauthorized', headers: { 'content-type': 'text/plain' } };
    const { email, name, picture } = person(record.login);
    return json(200, { sub: subject(record.login), nickname: record.login, name, picture, email, email_verified: true });
  }

  const document = () => json(200, {
    issuer, authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/oauth/token`, device_authorization_endpoint: `${origin}/oauth/device/code`,
    userinfo_endpoint: `${origin}/userinfo`, mfa_challenge_endpoint: `${origin}/mfa/challenge`, jwks_uri: `${origin}/.well-known/jwks.json`,
    registration_endpoint: `${origin}/oidc/register`, revocation_endpoint: `${origin}/oauth/revoke`,
    scopes_supported: ['openid', 'profile', 'offline_access', 'name', 'given_name', 'family_name', 'nickname', 'email', 'email_verified', 'picture', 'created_at', 'identities', 'phone', 'address'],
    response_types_supported: ['code', 'token', 'id_token', 'code token', 'code id_token', 'token id_token', 'code token id_token'],
    code_challenge_methods_supported: ['S256', 'plain'], response_modes_supported: ['query', 'fragment', 'form_post'], subject_types_supported: ['public'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    id_token_signing_alg_values_supported: ['HS256', 'RS256', 'PS256'],
  });
  return {
    issuer, urls: { token: `${origin}/oauth/token`, revoke: `${origin}/oauth/revoke` },
    routes: {
      'GET|POST /authorize': authorize, 'POST /oauth/token': token, 'POST /oauth/revoke': revoke, 'GET /userinfo': userinfo,
      'GET /.well-known/jwks.json': () => json(200, fake.jwks), 'GET /.well-known/openid-configuration': document, 'GET /.well-known/oauth-authorization-server': document,
      'POST /oidc/register': () => json(403, { statusCode: 403, error: 'Forbidden', message: 'You reached the limit of entities of this type for this tenant.', errorCode: 'too_many_entities' }),
    },
  };
}
