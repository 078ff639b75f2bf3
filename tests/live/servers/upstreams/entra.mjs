// A fake of Microsoft Entra ID (v2.0 endpoints), built from recorded shapes: Microsoft's documentation, its discovery documents, and
// errors as people report them.
//
// Its quirks: `resource` is an error (AADSTS9010010); the code exchange wants `scope` (AADSTS28003) for one resource only (AADSTS28000);
// for `common` and `organizations` the issuer in the discovery document is a template; PKCE works and is not advertised; codes have
// some 1,200 characters; access tokens are for Microsoft Graph, and not to be verified, unless a scope of our own API is asked for;
// each refresh brings a new refresh token, and the old one stays good; errors have codes, times and ids; no revocation.
import { back, html, json, now, person, random, uuid } from './core.mjs';

const MANY = ['common', 'organizations', 'consumers'];
const GRAPH = '00000003-0000-0000-c000-000000000000';
const SIGN_IN = ['openid', 'profile', 'email', 'offline_access'];
const LIFETIME = 4211;

export function entra(fake) {
  const { client, origin, options } = fake;
  const { tenant } = options;
  const tid = options['user-tenant'] ?? (MANY.includes(tenant) ? '72f988bf-86f1-41af-91ab-2d7cd011db47' : tenant);
  const issuer = `${origin}/${MANY.includes(tenant) ? '{tenantid}' : tenant}/v2.0`;
  const base = `/${tenant}/oauth2/v2.0`;

  const say = (code, words) => `AADSTS${code}: ${words} Trace ID: ${uuid(random())} Correlation ID: ${uuid(random())} Timestamp: ${new Date().toISOString()}`;
  const refuse = (error, code, words, status = 400) => json(status, {
    error, error_description: say(code, words), error_codes: [code], timestamp: new Date().toISOString(), trace_id: uuid(random()), correlation_id: uuid(random()),
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  });
  const page = (code, words) => html(400, `<title>Sign in to your account</title><h1>Sorry, but we’re having trouble signing you in.</h1><p>${say(code, words)}</p>`);

  /** What is wrong with a list of scopes. */
  function fault(scopes) {
    const resources = new Set(scopes.filter((scope) => !SIGN_IN.includes(scope)).map((scope) => scope.replace(/\/[^/]*$/, '')));
    if (resources.size > 1) return [28000, "Provided value for the input parameter scope is not valid because it contains more than one resource."];
    const [resource] = resources;
    if (resource && ![`api://${client.id}`, 'https://graph.microsoft.com'].includes(resource)) return [650053, 'The application asked for a scope that doesn’t exist on the resource.'];
    return undefined;
  }

  function authorize(request) {
    const get = (name) => request.query.get(name) ?? undefined;
    if (get('client_id') !== client.id) return page(700016, `Application with identifier '${get('client_id')}' was not found in the directory.`);
    if (get('redirect_uri') !== client.redirectUri) return page(50011, 'The redirect URI specified in the request does not match the redirect URIs configured for the application.');
    if (!get('scope')) return page(900144, "The request body must contain the following parameter: 'scope'.");
    const fail = (error, code, words, more) => back(client.redirectUri, { error, error_description: say(code, words), ...more, error_uri: `https://login.microsoftonline.com/error?code=${code}`, state: get('state') });
    if (get('resource')) return fail('invalid_target', 9010010, "The resource parameter provided in the request doesn't match with the requested scopes.");
    if (get('code_challenge') && !['S256', 'plain'].includes(get('code_challenge_method') ?? 'plain')) return fail('invalid_request', 501481, 'The Code_Challenge_Method is not valid.');
    const scopes = get('scope').split(' ');
    const wrong = fault(scopes);
    if (wrong) return fail('invalid_client', ...wrong);
    return fake.signIn(request, (login) => back(client.redirectUri, {
      code: fake.keep(fake.codes, `1.AXoA${random(896)}`, { login, scopes, nonce: get('nonce'), challenge: get('code_challenge'), expires: now() + 600 }),
      state: get('state'), session_state: uuid(random()),
    }), () => fail('access_denied', 65004, 'User declined to consent to access the app.', { error_subcode: 'cancel' }));
  }

  async function token(request) {
    const { form } = request;
    const way = await fake.authenticated(request, [`${origin}${base}/token`]);
    if (!way) return refuse('invalid_client', 7000215, 'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.', 401);
    if (form.has('resource')) return refuse('invalid_target', 9010010, "The resource parameter provided in the request doesn't match with the requested scopes.");
    const scopes = (form.get('scope') ?? '').split(' ').filter(Boolean);
    const wrong = fault(scopes);
    if (wrong) return refuse('invalid_scope', ...wrong);
    if (form.get('grant_type') === 'client_credentials') return appOnly();
    if (form.get('grant_type') === 'refresh_token') {
      const record = fake.refresh.get(form.get('refresh_token'));
      if (!fake.lives(record)) return refuse('invalid_grant', 700082, 'The refresh token has expired due to inactivity, or was revoked.');
      return answer({ ...record, scopes: scopes.length ? scopes : record.scopes });
    }
    if (form.get('grant_type') !== 'authorization_code') return refuse('unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
    if (!scopes.length) return refuse('invalid_request', 28003, 'Provided value for the input parameter scope cannot be empty when requesting an access token using the provided authorization code. Please specify a valid scope.');
    const record = fake.spend(form.get('code'));
    if (!record) return refuse('invalid_grant', 54005, 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.');
    if (form.get('redirect_uri') !== client.redirectUri) return refuse('invalid_grant', 500112, "The reply address does not match the reply address provided when requesting Authorization code.");
    if (!fake.proven(record, form)) return refuse('invalid_grant', 50148, 'The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.');
    return answer({ ...record, scopes });
  }

  async function answer({ login, scopes, nonce }) {
    const { email, name } = person(login);
    const own = scopes.find((scope) => scope.startsWith(`api://${client.id}/`));
    const stamp = { iat: now(), nbf: now(), exp: now() + LIFETIME };
    // Who it is in this tenant (`oid`), and who it is for this client (`sub`).
    const who = { name, oid: uuid(login), preferred_username: email, rh: `1.${random(30)}.`, sub: uuid(`${client.id} ${login}`), tid, uti: random(16), ver: '2.0' };
    const v2 = { aud: client.id, iss: `${origin}/${tid}/v2.0`, ...stamp, azp: client.id, azpacr: '1', ...who, scp: own?.split('/').pop() };
    const v1 = { ...v2, aud: `api://${client.id}`, iss: `https://sts.windows.net/${tid}/`, appid: client.id, upn: email, ver: '1.0', azp: undefined };
    const access = own
      ? await fake.sign(options.v1 ? v1 : v2, { typ: 'JWT' })
      : await fake.sign({ aud: GRAPH, iss: `https://sts.windows.net/${tid}/`, ...stamp, appid: client.id, scp: 'openid profile email', tid, oid: uuid(login) }, { typ: 'JWT', nonce: random(32) });
    fake.keep(fake.access, access, { login, expires: now() + LIFETIME });
    const refresh = scopes.includes('offline_access') ? fake.keep(fake.refresh, `1.AXoA${random(700)}`, { login, scopes }) : undefined;
    const id = scopes.includes('openid') ? await fake.sign({
      aud: client.id, iss: `${origin}/${tid}/v2.0`, iat: now(), nbf: now(), exp: now() + 3600, aio: random(40), ...who, nonce,
      ...(scopes.includes('email') && { email }),
    }, { typ: 'JWT' }) : undefined;
    // `offline_access` is not repeated.
    const scope = scopes.filter((one) => one !== 'offline_access').join(' ');
    return json(200, { token_type: 'Bearer', scope, expires_in: LIFETIME, ext_expires_in: LIFETIME, access_token: access, refresh_token: refresh, id_token: id });
  }

  /** A token of no user. */
  async function appOnly() {
    const access = await fake.sign({
      aud: client.id, iss: `${origin}/${tid}/v2.0`, iat: now(), nbf: now(), exp: now() + 3599, azp: client.id, azpacr: '1', idtyp: 'app',
      oid: uuid(client.id), sub: uuid(client.id), roles: ['Tasks.Read.All'], tid, uti: random(16), ver: '2.0',
    }, { typ: 'JWT' });
    return json(200, { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: access });
  }

  const document = () => json(200, {
    token_endpoint: `${origin}${base}/token`, token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`, response_modes_supported: ['query', 'fragment', 'form_post'], subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'], response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: SIGN_IN, issuer, request_uri_parameter_supported: false, userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
    authorization_endpoint: `${origin}${base}/authorize`, device_authorization_endpoint: `${origin}${base}/devicecode`, http_logout_supported: true,
    frontchannel_logout_supported: true, end_session_endpoint: `${origin}${base}/logout`,
    claims_supported: ['sub', 'iss', 'cloud_instance_name', 'aud', 'exp', 'iat', 'auth_time', 'acr', 'nonce', 'preferred_username', 'name', 'tid', 'ver', 'at_hash', 'c_hash', 'email'],
    kerberos_endpoint: `${origin}/${tenant}/kerberos`, tenant_region_scope: null, cloud_instance_name: 'microsoftonline.com', msgraph_host: 'graph.microsoft.com',
  });
  return {
    issuer: `${origin}/${tenant}/v2.0`, tid, urls: { token: `${origin}${base}/token` },
    routes: {
      [`GET|POST ${base}/authorize`]: authorize, [`POST ${base}/token`]: token, [`GET /${tenant}/v2.0/.well-known/openid-configuration`]: document,
      [`GET /${tenant}/discovery/v2.0/keys`]: () => json(200, {
        keys: fake.jwks.keys.map(({ alg, ...key }) => ({ ...key, x5t: key.kid, x5c: ['MIIC/TCCAeWgAwIBAgI'], issuer: `${origin}/{tenantid}/v2.0` })),
      }),
    },
  };
}
