// A real OAuth server (servers/oidc.mjs) for one scenario.
import path from 'node:path';
import { live } from './paths.mjs';
import { readyLine, start } from './process.mjs';

/**
 * @param {import('node:test').TestContext} t the server ends with this test
 * @param {object} o
 * @param {'supabase' | 'rfc8707' | 'oidc'} o.mode
 * @param {'ES256' | 'RS256' | 'HS256'} [o.alg]
 * @param {'on' | 'refused' | 'off'} [o.registration] `refused`: still in the metadata, answered with Supabase's 403
 * @param {'jwt' | 'opaque'} [o.tokens] access tokens that name a resource; opaque ones can be introspected
 * @param {boolean} [o.expired] tokens of the code grant are expired when issued; refreshed ones are good
 * @param {number} [o.port] for a restart at the same address
 * @param {'on' | 'off'} [o.oauth] @param {'on' | 'down' | 'gone'} [o.keys] @param {boolean} [o.walled] what is wrong with it: servers/oidc.mjs
 * @param {string} [o.secret] with HS256
 * @param {{ id?: string, secret?: string, redirectUri: string }} [o.client] one that is known already, or an address to come back to
 * @param {object} [o.rest] a PostgREST (lib/postgrest.mjs) for /rest/v1; it is told to trust this issuer's keys, and no others
 */
export async function startIssuer(t, { mode, alg = 'ES256', registration = 'on', tokens = 'jwt', expired = false, port = 0, rest, oauth = 'on', keys = 'on', walled = false, secret, client }) {
  const server = await start('issuer', [
    process.execPath, path.join(live, 'servers/oidc.mjs'),
    '--mode', mode, '--alg', alg, '--registration', registration, '--port', String(port), '--oauth', oauth, '--keys', keys, '--tokens', tokens,
    ...(client?.id ? ['--client-id', client.id] : []), ...(client ? ['--redirect-uri', client.redirectUri] : []),
    ...(expired ? ['--expired'] : []), ...(walled ? ['--walled'] : []), ...(rest ? ['--rest', rest.url] : []),
  ], { ready: readyLine, env: { ...(secret && { JWT_SECRET: secret }), ...(client?.secret && { CLIENT_SECRET: client.secret }) } });
  t.after(server.stop);
  const { origin, issuer } = server.value;
  if (rest && keys === 'on' && !secret && !walled) await rest.trust(await (await fetch(`${issuer}/.well-known/jwks.json`)).json());
  const seen = async () => (await fetch(`${origin}/__seen`)).json();
  return { origin, issuer, port: Number(new URL(origin).port), client, seen, stop: server.stop };
}

/** A token of the user's own app, as Supabase gives for a password: no OAuth client, so no `client_id`. */
export async function sessionToken({ issuer }, user) {
  const response = await fetch(`${issuer}/token?grant_type=password`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: user.email, password: 'any' }),
  });
  return (await response.json()).access_token;
}
