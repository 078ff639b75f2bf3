// A fake identity provider (servers/upstreams.mjs) for one scenario.
import path from 'node:path';
import { live } from './paths.mjs';
import { readyLine, start } from './process.mjs';

/** Our client there, in the provider's own shape. Okta's and Auth0's secrets have characters that must be encoded wherever they are sent. */
export const CLIENTS = {
  google: { id: '123-abc.apps.googleusercontent.com', secret: 'GOCSPX-0123456789abcdefghijklmn' },
  github: { id: 'Ov23liABCDEFGHIJ0123', secret: '0123456789abcdef0123456789abcdef01234567' },
  okta: { id: '0oaABCDEFGHIJKLMN0x7', secret: 's3cret + %41/=:&ü of ours' },
  entra: { id: '6e74172b-be56-4843-9ff4-e66a39bb12e3', secret: 'a1B8Q~0123456789.abc-DEF_ghi~jkl' },
  auth0: { id: 'AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPp', secret: 'another + %41/=:&ü secret' },
};

/**
 * @param {object} t the provider ends with this test
 * @param {'google' | 'github' | 'okta' | 'entra' | 'auth0'} kind
 * @param {string} redirectUri of our client there
 * @param {Record<string, string | boolean>} [quirks] options of servers/upstreams.mjs
 */
export async function startUpstream(t, kind, redirectUri, quirks = {}) {
  const client = CLIENTS[kind];
  const options = Object.entries(quirks).flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, value]));
  const server = await start(kind, [
    process.execPath, path.join(live, 'servers/upstreams.mjs'), '--as', kind, '--client-id', client.id, '--redirect-uri', redirectUri, ...options,
  ], { ready: readyLine, env: { CLIENT_SECRET: client.secret } });
  t.after(server.stop);
  const { origin } = server.value;
  return {
    ...server.value, client,
    /** Every request so far, and every secret that was given out. */
    seen: async () => (await fetch(`${origin}/__seen`)).json(),
    control: (what) => fetch(`${origin}/__control`, { method: 'POST', body: JSON.stringify(what) }),
  };
}
