// What the fake identity providers have in common: one client, a few people, codes that are good once, and a record of everything.
//
// This is a fake for tests, built from recorded shapes; it is no identity provider. Anybody can sign in as anybody.
import crypto from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';

/** Who can sign in, by the button with the e-mail address. */
const LOGINS = ['ada', 'linus', 'grace'];

export const now = () => Math.floor(Date.now() / 1000);
export const random = (bytes = 32) => crypto.randomBytes(bytes).toString('base64url');
const digest = (of) => crypto.createHash('sha256').update(of).digest();
/** The same UUID for the same name at every start. */
export const uuid = (name) => {
  const hex = digest(name).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
/** Decimal digits that are always the same for a name. */
export const digits = (name, count) => `1${BigInt(`0x${digest(name).toString('hex')}`)}`.slice(0, count);

export const person = (login) => ({
  login, email: `${login}@example.com`, name: `${login[0].toUpperCase()}${login.slice(1)} Example`, picture: `https://img.example/${login}.png`,
});

// Answers of a route.
export const json = (status, body, headers = {}) => ({ status, body: JSON.stringify(body), headers: { 'content-type': 'application/json; charset=utf-8', ...headers } });
export const html = (status, body, headers = {}) => ({ status, body: `<!doctype html><link rel=icon href=data:,>${body}`, headers: { 'content-type': 'text/html; charset=utf-8', ...headers } });
export const empty = (status) => ({ status, body: '', headers: {} });
/** Back to the client; parameters without a value are left out. */
export function back(uri, parameters) {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined && value !== null) url.searchParams.set(name, value);
  return { status: 302, body: '', headers: { location: url.href } };
}

/** One provider while it runs. */
export class Fake {
  /** Every code, token and secret that a client of ours must keep to itself. */
  issued = [];
  /** Every request, with its answer. */
  requests = [];
  codes = new Map();
  access = new Map();
  refresh = new Map();
  #removed = new Set();
  #consented = new Set();
  #sessions = new Map();
  #assertions = new Set();
  #down;

  constructor(origin, options, keys) {
    Object.assign(this, { origin, options, keys });
    this.client = { id: options['client-id'], secret: process.env.CLIENT_SECRET, redirectUri: options['redirect-uri'] };
    if (this.client.secret) this.issued.push(this.client.secret);
    // A key set has more keys than the one in use.
    this.jwks = { keys: [keys[1], keys[0]].map(({ kty, n, e, kid }) => ({ kty, use: 'sig', alg: 'RS256', kid, n, e })) };
  }

  async sign(payload, header = {}) {
    const token = await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: this.keys[0].kid, ...header }).sign(this.keys[0]);
    this.issued.push(token);
    return token;
  }

  /** Remembers a code or token under its text. */
  keep(map, value, record) {
    map.set(value, record);
    if (!this.issued.includes(value)) this.issued.push(value);
    return value;
  }

  /** What a code stands for; whoever asks next gets nothing. There is no pause between the two lines: it is good once. */
  spend(code) {
    const record = this.codes.get(code);
    this.codes.delete(code);
    return record && record.expires > now() ? record : undefined;
  }

  /** Whether what a token stands for still holds. */
  lives = (record) => Boolean(record) && !record.revoked && !(record.expires <= now()) && !this.#removed.has(record.login);

  /** Takes back a family of tokens. */
  revoke(family) {
    for (const map of [this.access, this.refresh]) for (const record of map.values()) if (record.family === family) record.revoked = true;
  }

  /**
   * Somebody signs in: silently with a session and an earlier consent, unless `prompt` says otherwise; else on a page with one button
   * for each person, and one to leave.
   *
   * @param {(login: string) => object} finish the answer, once it is known who it is
   * @param {() => object} cancel the answer to whoever leaves
   */
  signIn(request, finish, cancel) {
    const { silent, denies } = this.options;
    const prompt = (request.query.get('prompt') ?? '').split(' ');
    const chosen = request.form.get('login');
    if (chosen === 'cancel' || denies) return cancel();
    const session = /(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
    const known = silent ?? this.#sessions.get(session);
    const asks = prompt.some((word) => ['consent', 'select_account', 'login'].includes(word)) && !silent;
    const login = chosen ?? (known && !asks && (silent || this.#consented.has(known)) ? known : undefined);
    if (!login) {
      const buttons = LOGINS.map((name) => `<p><button name="login" value="${name}">${person(name).email}</button>`).join('');
      return html(200, `<title>Sign in</title><h1>A fake identity provider</h1><form method="post" action="">${buttons}<p><button name="login" value="cancel">Cancel</button></form>`);
    }
    request.consentedBefore = this.#consented.has(login);
    this.#consented.add(login);
    const answer = finish(login);
    if (chosen) {
      const id = random(9);
      this.#sessions.set(id, login);
      answer.headers['set-cookie'] = `session=${id}; Path=/; HttpOnly; SameSite=Lax`;
    }
    return answer;
  }

  /**
   * How a request to the token endpoint proves to be the client's: `basic`, `post` or `private_key_jwt`; undefined if it does not, or
   * does so twice (RFC 6749 §2.3).
   */
  async authenticated(request, audiences = []) {
    const { form, headers } = request;
    const { id, secret } = this.client;
    const ways = [];
    const [scheme, credentials] = (headers.authorization ?? '').split(' ');
    if (scheme.toLowerCase() === 'basic') {
      // RFC 6749 §2.3.1: both are form-encoded, then joined.
      const [user, ...rest] = Buffer.from(credentials, 'base64').toString().split(':');
      const decode = (part) => decodeURIComponent(part.replaceAll('+', ' '));
      if (decode(user) !== id || decode(rest.join(':')) !== secret) return undefined;
      if (form.has('client_id') && form.get('client_id') !== id) return undefined;
      ways.push('basic');
    }
    if (form.has('client_secret')) {
      if (form.get('client_id') !== id || form.get('client_secret') !== secret) return undefined;
      ways.push('post');
    }
    if (form.has('client_assertion') && this.options['client-key']) {
      if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') return undefined;
      const key = createLocalJWKSet({ keys: [JSON.parse(this.options['client-key'])] });
      try {
        const { payload } = await jwtVerify(form.get('client_assertion'), key, { issuer: id, subject: id, audience: audiences, requiredClaims: ['jti', 'exp'] });
        if (this.#assertions.has(payload.jti)) return undefined;
        this.#assertions.add(payload.jti);
        ways.push('private_key_jwt');
      } catch {
        return undefined;
      }
    }
    return ways.length === 1 ? ways[0] : undefined;
  }

  /** RFC 7636 §4.6; a code that was asked for without a challenge wants no verifier. */
  proven = ({ challenge }, form) => (challenge ? digest(form.get('code_verifier') ?? '').toString('base64url') === challenge : !form.get('code_verifier'));

  /** What a test may change while it runs. */
  control({ removed, expire, down }) {
    if (removed) this.#removed = new Set(removed);
    if (expire) for (const record of this.access.values()) record.expires = 0;
    if (down !== undefined) this.#down = down;
    return json(200, {});
  }

  async answer(request, routes) {
    const { method, path } = request;
    if (path === '/__seen') return json(200, { requests: this.requests, issued: this.issued });
    if (path === '/__control' && method === 'POST') return this.control(JSON.parse(request.body));
    if (this.#down) return html(this.#down, '<h1>Service Unavailable</h1>');
    for (const [key, handler] of Object.entries(routes)) {
      const [methods, pattern] = key.split(' ');
      const match = methods.split('|').includes(method) && new RegExp(`^${pattern}$`).exec(path);
      if (match) return handler(request, match.groups ?? {});
    }
    return json(404, { error: 'not_found', message: 'Not Found' });
  }
}

/** Listens on loopback, and answers by the routes that `build` makes: `'GET|POST /path/(?<name>…)': (request, groups) => answer`. */
export async function serve(build, options) {
  const server = http.createServer({ maxHeaderSize: 1 << 16 });
  server.listen(Number(options.port), '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  const keys = await Promise.all(['now', 'next'].map(async (kid) => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    return { ...(await exportJWK(privateKey)), kid: `${kid}-${random(6)}`, alg: 'RS256' };
  }));
  const fake = new Fake(origin, options, keys);
  const { routes, ...ready } = build(fake);

  server.on('request', async (incoming, response) => {
    const url = new URL(incoming.url, origin);
    const body = await text(incoming);
    const isForm = (incoming.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
    const request = {
      method: incoming.method, path: url.pathname, query: url.searchParams, headers: incoming.headers, body, form: new URLSearchParams(isForm ? body : ''),
    };
    let answer;
    try {
      answer = await fake.answer(request, routes);
    } catch (error) {
      console.error(error);
      answer = json(500, { error: 'server_error', error_description: error.message });
    }
    if (!url.pathname.startsWith('/__')) {
      fake.requests.push({
        method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), form: Object.fromEntries(request.form),
        headers: incoming.headers, body, status: answer.status, location: answer.headers.location, answer: answer.body,
      });
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  process.once('SIGTERM', () => { server.close(() => process.exit(0)); server.closeAllConnections(); });
  console.log(JSON.stringify({ ready: true, origin, ...ready }));
}
