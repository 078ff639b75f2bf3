// Requests without any SDK, for what the SDKs do not show.
const META = 'io.modelcontextprotocol/';

/** Sends one HTTP request; the answer has begun, and `signal` in `init` leaves it. */
export const begin = (url, { token, headers = {}, ...init } = {}) => fetch(url, {
  redirect: 'manual', ...init,
  headers: { accept: 'application/json, text/event-stream', ...(token && { authorization: `Bearer ${token}` }), ...headers },
});

/** Sends one HTTP request and reads the whole answer; `json` is undefined where the body is not JSON. */
export async function http(url, init) {
  const response = await begin(url, init);
  const text = await response.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch { /* not JSON */ }
  return { status: response.status, headers: response.headers, text, json };
}

const post = (endpoint, body, { send = http, token, headers, signal }) => send(endpoint,
  { method: 'POST', token, signal, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

/**
 * A request of the stateless era (2026-07-28). `version` goes into the body, `headers` may contradict it. With `send: begin`, only the
 * beginning of the answer is waited for.
 */
export function modern(endpoint, token, method, { params = {}, version = '2026-07-28', headers = {}, ...how } = {}) {
  const _meta = { [`${META}protocolVersion`]: version, [`${META}clientCapabilities`]: {}, [`${META}clientInfo`]: { name: 'raw', version: '1' } };
  const name = params.name ? { 'mcp-name': params.name } : {};
  return post(endpoint, { jsonrpc: '2.0', id: 'r1', method, params: { ...params, _meta } },
    { ...how, token, headers: { 'mcp-protocol-version': version, 'mcp-method': method, ...name, ...headers } });
}

/** A request of the versions with a handshake. Without `id` it is a notification. */
export function legacy(endpoint, token, method, { params, version, id = 1, ...how } = {}) {
  return post(endpoint, { jsonrpc: '2.0', ...(id === null ? {} : { id }), method, params },
    { ...how, token, headers: version ? { 'mcp-protocol-version': version } : {} });
}

/** The members of a Bearer challenge. */
export function challenge(response) {
  const header = response.headers.get('www-authenticate') ?? '';
  const [scheme] = header.split(' ', 1);
  return { scheme, ...Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value])) };
}
