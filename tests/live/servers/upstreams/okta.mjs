// A fake of Okta's custom authorization server `default`, or (--org) the organization's own, built from recorded shapes.
//
// Its quirks: `scp` in access tokens is a list, `scope` in the answer a text; the subject is the login in an access token and the
// user's id in an ID token; a scope that is not configured is refused, and so is everybody where there is no access policy; `state` is
// required; client_secret_basic; registration is advertised, and wants an API token. Access tokens of the organization's own server
// look like others and are nobody's business.
import { back, html, json, now, person, random, uuid } from './core.mjs';

const SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'device_sso'];
const LIFETIME = 3600;
const userId = (login) => `00u${uuid(login).replaceAll('-', '').slice(0, 17)}`;

export function okta(fake) {
  const { client, origin, options } = fake;
  const issuer = options.org ? origin : `${origin}/oauth2/default`;
  const base = options.org ? '/oauth2/v1' : '/oauth2/default/v1';
  const refuse = (error, description, status = 400) => json(status, { error, error_description: description });
  const page = (text) => html(400, `<title>400</title><h1>400</h1><p>Your request resulted in an error. ${text}</p>`);

  function authorize(request) {
    const get = (name) => request.query.get(name) ?? undefined;
    if (get('client_id') !== client.id) return page("Invalid value for 'client_id' parameter.");
    if (get('redirect_uri') !== client.redirectUri) return page("The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.");
    const fail = (error, description) => back(client.redirectUri, { state: get('state'), error, error_description: description });
    if (!get('state')) return fail('invalid_request', "The authentication request has an invalid 'state' parameter.");
    if (get('response_type') !== 'code') return fail('unsupported_response_type', 'The response type is not supported by the authorization server.');
    if (!get('scope')) return fail('invalid_scope', "The authorization server resource does not have any configured default scopes, 'scope' must be provided.");
    const scopes = get('scope').split(' ');
    if (scopes.some((scope) => !SCOPES.includes(scope))) return fail('invalid_scope', 'One or more scopes are not configured for the authorization server resource.');
    if (get('code_challenge') && get('code_challenge_method') !== 'S256') return fail('invalid_request', "The value for 'code_challenge_method' must be 'S256'.");
    if (options['no-policy']) return fail('access_denied', 'Policy evaluation failed for this request, please check the policy configurations.');
    return fake.signIn(request, (login) => back(client.redirectUri, {
      code: fake.keep(fake.codes, random(32), { login, scopes, nonce: get('nonce'), challenge: get('code_challenge'), expires: now() + 60 }), state: get('state'),
    }), () => fail('access_denied', 'The resource owner or authorization server denied the request.'));
  }

  async function token(request) {
    const { form } = request;
    const way = await fake.authenticated(request, [`${origin}${base}/token`, issuer]);
    if (way !== (options['client-key'] ? 'private_key_jwt' : 'basic')) {
      return refuse('invalid_client', way ? "The client's token_endpoint_auth_method does not match." : 'The client secret supplied for a confidential client is invalid.', 401);
    }
    if (form.get('grant_type') === 'refresh_token') {
      const record = fake.refresh.get(form.get('refresh_token'));
      if (!fake.lives(record)) {
        // Somebody has a copy.
        if (record?.spent) fake.revoke(record.family);
        return refuse('invalid_grant', 'The refresh token is invalid or expired.');
      }
      Object.assign(record, { revoked: true, spent: true });
      return answer(record);
    }
    if (form.get('grant_type') !== 'authorization_code') return refuse('unsupported_grant_type', 'The authorization grant type is not supported by the authorization server.');
    const record = fake.spend(form.get('code'));
    if (!record) return refuse('invalid_grant', 'The authorization code is invalid or has expired.');
    if (form.get('redirect_uri') !== client.redirectUri) return refuse('invalid_grant', "The 'redirect_uri' does not match the redirection URI used in the authorization request.");
    if (!fake.proven(record, form)) return refuse('invalid_grant', 'PKCE verification failed.');
    return answer({ ...record, family: random(8), authTime: now() });
  }

  async function answer({ login, scopes, nonce, family, authTime }) {
    const { email, name } = person(login);
    const record = { login, scopes, family, authTime };
    const access = await fake.sign({
      ver: 1, jti: `AT.${random(30)}`, iss: issuer, aud: options.org ? origin : 'api://default', iat: now(), exp: now() + LIFETIME,
      cid: client.id, uid: userId(login), scp: scopes, auth_time: authTime, sub: email,
    });
    fake.keep(fake.access, access, { ...record, expires: now() + LIFETIME });
    const id = scopes.includes('openid') ? await fake.sign({
      sub: userId(login), ver: 1, iss: issuer, aud: client.id, iat: now(), exp: now() + LIFETIME, jti: `ID.${random(30)}`, amr: ['pwd'], idp: '00o1',
      nonce, auth_time: authTime, at_hash: random(16),
      ...(scopes.includes('profile') && { name, preferred_username: email }), ...(scopes.includes('email') && { email, email_verified: true }),
    }) : undefined;
    const refresh = scopes.includes('offline_access') ? fake.keep(fake.refresh, random(32), { ...record }) : undefined;
    return json(200, { token_type: 'Bearer', expires_in: LIFETIME, access_token: access, scope: scopes.join(' '), refresh_token: refresh, id_token: id });
  }

  const checked = (handler) => async (request) => (await fake.authenticated(request, [issuer]) ? handler(request) : refuse('invalid_client', 'Invalid value for client credentials.', 401));

  const introspect = checked(({ form }) => {
    const record = fake.access.get(form.get('token')) ?? fake.refresh.get(form.get('token'));
    if (!fake.lives(record)) return json(200, { active: false });
    const { email } = person(record.login);
    return json(200, { active: true, scope: record.scopes.join(' '), username: email, exp: record.expires, sub: email, client_id: client.id, iss: issuer, uid: userId(record.login) });
  });
  const revoke = checked(({ form }) => {
    const record = fake.access.get(form.get('token')) ?? fake.refresh.get(form.get('token'));
    if (record) fake.revoke(record.family);
    return json(200, {});
  });

  const document = () => json(200, {
    issuer, authorization_endpoint: `${origin}${base}/authorize`, token_endpoint: `${origin}${base}/token`, userinfo_endpoint: `${origin}${base}/userinfo`,
    registration_endpoint: `${origin}/oauth2/v1/clients`, jwks_uri: `${origin}${base}/keys`,
    response_types_supported: ['code', 'id_token', 'code id_token', 'code token', 'id_token token', 'code id_token token'],
    response_modes_supported: ['query', 'fragment', 'form_post', 'okta_post_message'],
    grant_types_supported: ['authorization_code', 'implicit', 'refresh_token', 'password', 'urn:ietf:params:oauth:grant-type:device_code'],
    subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'], scopes_supported: SCOPES,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
    claims_supported: ['ver', 'jti', 'iss', 'aud', 'iat', 'exp', 'cid', 'uid', 'scp', 'sub'], code_challenge_methods_supported: ['S256'],
    introspection_endpoint: `${origin}${base}/introspect`, revocation_endpoint: `${origin}${base}/revoke`, end_session_endpoint: `${origin}${base}/logout`,
  });
  const path = new URL(issuer).pathname.replace(/\/$/, '');
  return {
    issuer,
    urls: { token: `${origin}${base}/token`, introspect: `${origin}${base}/introspect`, revoke: `${origin}${base}/revoke` },
    routes: {
      [`GET|POST ${base}/authorize`]: authorize, [`POST ${base}/token`]: token, [`POST ${base}/introspect`]: introspect, [`POST ${base}/revoke`]: revoke,
      [`GET ${base}/keys`]: () => json(200, fake.jwks),
      [`GET ${path}/.well-known/openid-configuration`]: document, [`GET /.well-known/oauth-authorization-server${path}`]: document,
      'POST /oauth2/v1/clients': () => json(403, { errorCode: 'E0000005', errorSummary: 'Invalid session', errorCauses: [] }),
    },
  };
}
