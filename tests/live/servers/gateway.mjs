// What stands in front of PostgREST at a Supabase project's /rest/v1: a check of the header `apikey`, nothing more.
// Whom a request speaks for is decided behind it, from the Authorization header.
import http from 'node:http';

/** The project's publishable key, and the key that opens the OpenAPI document and must never be in an MCP endpoint. */
export const PUBLISHABLE_KEY = 'sb_publishable_live_test';
const SECRET_KEY = 'sb_secret_live_test';
const PREFIX = '/rest/v1';
export const NO_KEY = { message: 'No API key found in request', hint: 'No `apikey` request header or url param was found.' };
const BAD_KEY = { message: 'Invalid API key', hint: 'Double check your Supabase `anon` or `service_role` API key.' };
const CLOSED = { message: 'You cannot consume this service' };

/** A request handler that forwards to the PostgREST at `target`. */
export function gateway(target) {
  const { hostname, port } = new URL(target);
  return (request, response) => {
    const refuse = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
      request.resume();
    };
    const { apikey, host, ...headers } = request.headers;
    if (!apikey) return refuse(401, NO_KEY);
    if (![PUBLISHABLE_KEY, SECRET_KEY].includes(apikey)) return refuse(401, BAD_KEY);
    // Byte for byte: what is under test is the query string.
    const path = request.url.slice(PREFIX.length) || '/';
    if (/^\/?(\?|$)/.test(path) && apikey !== SECRET_KEY) return refuse(403, CLOSED);

    forward(request, response, { hostname, port, path, headers }, () => refuse(503, { message: 'name resolution failed' }));
  };
}

/** Passes a request on to another server; `unreachable` answers where that gives none. */
export function forward(request, response, { hostname, port, path = request.url, headers = request.headers }, unreachable) {
  const forwarded = http.request({ hostname, port, method: request.method, path, headers, maxHeaderSize: 1 << 20 }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  forwarded.on('error', () => {
    if (response.headersSent) response.destroy();
    else unreachable();
  });
  response.on('close', () => forwarded.destroy());
  request.pipe(forwarded);
}
