// A fake of GitHub, an OAuth App or (--expiring) a GitHub App, built from recorded shapes (GitHub's documentation of both flows).
//
// Its quirks: answers are form-encoded unless JSON is asked for; errors come with status 200; scopes have commas between them; who
// has consented once sees no page again; PKCE only with S256, and optional; tokens of an OAuth App never expire, those of a GitHub
// App after eight hours, with a refresh token that is good once; the API answers nobody without a User-Agent, and knows only tokens
// of the app that asks (404 for others). No OpenID Connect.
import { back, digits, empty, html, json, now, person, random, uuid } from './core.mjs';

const HELP = 'https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/';
const HOURS = 3600;
/** A personal access token: good for `GET /user`, and of no app. */
const FOREIGN = 'ghp_aTokenOfSomebodyElsesApp0000000000000';

export function github(fake) {
  const { client, origin, options } = fake;
  const app = options.expiring;

  function authorize(request) {
    const { query } = request;
    const get = (name) => query.get(name) ?? undefined;
    if (get('client_id') !== client.id) return html(404, '<title>Page not found</title>');
    const fail = (error, description) => back(client.redirectUri, { error, error_description: description, error_uri: `${HELP}#${error}`, state: get('state') });
    if (get('redirect_uri') && get('redirect_uri') !== client.redirectUri) return fail('redirect_uri_mismatch', 'The redirect_uri MUST match the registered callback URL for this application.');
    if (get('code_challenge') && get('code_challenge_method') !== 'S256') return fail('invalid_request', 'code_challenge_method must be S256');
    // A GitHub App has permissions instead.
    const scopes = app ? [] : (get('scope') ?? '').split(/[ ,]+/).filter(Boolean);
    return fake.signIn(request, (login) => back(client.redirectUri, {
      code: fake.keep(fake.codes, Buffer.from(random(24), 'base64url').toString('hex').slice(0, 20), { login, scopes, challenge: get('code_challenge'), expires: now() + 600 }),
      state: get('state'),
    }), () => fail('access_denied', 'The user has denied your application access.'));
  }

  function token(request) {
    const { form, headers } = request;
    // Without JSON in Accept the same is form-encoded; always with status 200.
    const answer = (body) => ((headers.accept ?? '').includes('application/json') ? json(200, body)
      : { status: 200, body: String(new URLSearchParams(body)), headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } });
    const fail = (error, description) => answer({ error, error_description: description, error_uri: `${HELP}#${error.replaceAll('_', '-')}` });
    if (form.get('client_id') !== client.id || form.get('client_secret') !== client.secret) return fail('incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.');
    if (form.get('grant_type') === 'refresh_token') {
      const record = fake.refresh.get(form.get('refresh_token'));
      if (!app || !fake.lives(record)) return fail('bad_refresh_token', 'The refresh token passed is incorrect or expired.');
      fake.revoke(record.family);
      return answer(tokens(record));
    }
    const record = fake.spend(form.get('code'));
    if (!record) return fail('bad_verification_code', 'The code passed is incorrect or expired.');
    if (form.get('redirect_uri') && form.get('redirect_uri') !== client.redirectUri) return fail('redirect_uri_mismatch', 'The redirect_uri MUST match the registered callback URL for this application.');
    if (!fake.proven(record, form)) return fail('bad_verification_code', 'The code passed is incorrect or expired.');
    return answer(tokens(record));
  }

  function tokens({ login, scopes }) {
    const record = { login, scopes, family: random(8), created: now() };
    if (!app) return { access_token: fake.keep(fake.access, `gho_${random(27)}`, record), token_type: 'bearer', scope: scopes.join(',') };
    return {
      access_token: fake.keep(fake.access, `ghu_${random(27)}`, { ...record, expires: now() + 8 * HOURS }), expires_in: 8 * HOURS,
      refresh_token: fake.keep(fake.refresh, `ghr_${random(57)}`, { ...record, expires: now() + 4392 * HOURS }), refresh_token_expires_in: 4392 * HOURS,
      token_type: 'bearer', scope: '',
    };
  }

  const problem = (status, message) => json(status, { message, documentation_url: 'https://docs.github.com/rest', status: String(status) });
  const profile = (login) => ({
    login, id: Number(digits(login, 8)), node_id: `U_${login}`, avatar_url: `https://avatars.example/${login}`, html_url: `${origin}/${login}`, type: 'User', site_admin: false,
  });

  /** `check` is a route of the API, for whoever names itself. */
  const api = (route) => (request, groups) => {
    if (!request.headers['user-agent']) return html(403, 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).');
    return route(request, groups);
  };

  const ofApp = (handler) => api(async (request, { id }) => {
    const way = await fake.authenticated({ headers: request.headers, form: new URLSearchParams() });
    if (way !== 'basic' || id !== client.id) return problem(id === client.id ? 401 : 404, id === client.id ? 'Requires authentication' : 'Not Found');
    let given;
    try {
      given = JSON.parse(request.body).access_token;
    } catch {
      return problem(400, 'Problems parsing JSON');
    }
    if (!given) return problem(422, 'Validation Failed');
    const record = fake.access.get(given);
    if (!fake.lives(record)) return problem(404, 'Not Found');
    return handler(given, record);
  });

  const check = ofApp((given, record) => json(200, {
    id: 1, url: `${origin}/authorizations/1`, app: { name: 'ours', url: 'https://ours.example', client_id: client.id }, token: given,
    hashed_token: uuid(given), token_last_eight: given.slice(-8), note: null, note_url: null, fingerprint: null,
    created_at: new Date(record.created * 1000).toISOString(), updated_at: new Date().toISOString(), scopes: record.scopes,
    expires_at: record.expires ? new Date(record.expires * 1000).toISOString() : null, user: profile(record.login),
  }));
  const forget = ofApp((given, { family }) => { fake.revoke(family); return empty(204); });

  const ofUser = (handler) => api(({ headers }) => {
    const given = headers.authorization?.replace(/^(Bearer|token) /i, '');
    const record = given === FOREIGN ? { login: 'linus', scopes: ['user'] } : fake.access.get(given);
    return fake.lives(record) ? handler(record) : problem(401, 'Bad credentials');
  });
  const scoped = ({ scopes }) => (app ? {} : { 'x-oauth-scopes': scopes.join(', '), 'x-accepted-oauth-scopes': '' });
  // The address on the profile is a choice of the user's, and mostly nothing.
  const user = ofUser((record) => json(200, { ...profile(record.login), name: person(record.login).name, email: null, company: null }, scoped(record)));
  const emails = ofUser((record) => {
    if (options['no-emails']) return app ? problem(403, 'Resource not accessible by integration') : problem(404, 'Not Found');
    if (!app && !record.scopes.some((scope) => ['user', 'user:email'].includes(scope))) return problem(404, 'Not Found');
    const { email } = person(record.login);
    return json(200, [
      { email: `unproven-${email}`, primary: false, verified: false, visibility: null },
      { email, primary: true, verified: true, visibility: 'private' },
      { email: `${record.login}@users.noreply.github.com`, primary: false, verified: true, visibility: null },
    ], scoped(record));
  });

  const API = '(?:/api/v3)?';
  return {
    issuer: origin, foreign: FOREIGN,
    urls: { authorize: `${origin}/login/oauth/authorize`, token: `${origin}/login/oauth/access_token`, userinfo: `${origin}/api/v3` },
    routes: {
      'GET|POST /login/oauth/authorize': authorize, 'POST /login/oauth/access_token': token,
      [`POST ${API}/applications/(?<id>[^/]+)/token`]: check, [`DELETE ${API}/applications/(?<id>[^/]+)/token`]: forget,
      [`GET ${API}/user`]: user, [`GET ${API}/user/emails`]: emails,
      'GET /.well-known/oauth-authorization-server/login/oauth': () => json(200, {
        issuer: `${origin}/login/oauth`, authorization_endpoint: `${origin}/login/oauth/authorize`, token_endpoint: `${origin}/login/oauth/access_token`,
        response_types_supported: ['code'], grant_types_supported: ['authorization_code', 'refresh_token'], code_challenge_methods_supported: ['S256'],
      }),
    },
  };
}
