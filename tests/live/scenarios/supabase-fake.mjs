// The suite `supabase-live` against a stand-in (servers/oidc.mjs --mode supabase): it shows that the scenarios work, not that Supabase Auth
// does. The stand-in has forms where a project has the consent API, so that part of the suite has a test of its own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startIssuer } from '../lib/issuer.mjs';
import { inRemoteMode } from '../lib/remote.mjs';
import { consentPage, supabase } from '../lib/supabase.mjs';
import { grace } from '../lib/users.mjs';

const scenarios = inRemoteMode({
  ...supabase,
  async open(t) {
    const { origin, issuer } = await startIssuer(t, { mode: 'supabase' });
    return { issuer, env: { SUPABASE_URL: origin }, browser: consentPage(issuer) };
  },
});
for (const { name, run } of scenarios) test(name, run);

/** A project's authorization endpoint and the API for consent pages, as documented. It knows nobody until they sign up. */
async function startConsentApi(t, { before }) {
  const calls = [];
  let known = false;
  const server = http.createServer(async (request, response) => {
    const { pathname, origin } = new URL(request.url, `http://${request.headers.host}`);
    const { apikey, authorization } = request.headers;
    const said = await text(request);
    const body = said ? JSON.parse(said) : undefined;
    const json = (status, value) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    calls.push([request.method, pathname, ...(apikey ? [apikey] : []), ...(authorization ? [authorization] : []), ...(body?.action ? [body.action] : [])]);
    const back = { redirect_url: `${origin}/callback?code=c` };
    if (pathname === '/oauth/authorize') return response.writeHead(302, { location: 'http://127.0.0.1:9/oauth/consent?authorization_id=a1' }).end();
    if (pathname === '/token') return known ? json(200, { access_token: 'hers' }) : json(400, { error_code: 'invalid_credentials' });
    if (pathname === '/signup') {
      known = true;
      return json(200, { access_token: 'hers' });
    }
    if (pathname === '/oauth/authorizations/a1') return json(200, before ? back : { authorization_id: 'a1', client: {}, scope: 'email' });
    if (pathname === '/oauth/authorizations/a1/consent') return json(200, back);
    return response.end('done');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  return { origin: `http://127.0.0.1:${server.address().port}`, calls };
}

for (const before of [false, true]) {
  test(`the consent page's part is played: who ${before ? 'agreed before is not asked again' : 'is asked agrees'}`, async (t) => {
    const { origin, calls } = await startConsentApi(t, { before });
    assert.equal(await consentPage(origin, 'key')(`${origin}/oauth/authorize?client_id=x`, grace), `${origin}/callback?code=c`);
    const asked = [['GET', '/oauth/authorizations/a1', 'key', 'Bearer hers']];
    const agreed = [['POST', '/oauth/authorizations/a1/consent', 'key', 'Bearer hers', 'approve']];
    assert.deepEqual(calls, [
      ['GET', '/oauth/authorize'], ['POST', '/token', 'key'], ['POST', '/signup', 'key'], ...asked, ...(before ? [] : agreed), ['GET', '/callback'],
    ]);
  });
}
