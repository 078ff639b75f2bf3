// A fake identity provider on loopback, with one client of ours. Built from recorded shapes: each file of upstreams/ says of what.
//
//   CLIENT_SECRET=… node servers/upstreams.mjs --as google|github|okta|entra|auth0 --client-id ID --redirect-uri URI
//        [--port 0] [--silent LOGIN] [--denies] [--client-key PUBLIC_JWK] and the quirks of one provider, below
//
// --silent: LOGIN has a session and consented before, so that no page is shown. --denies: whoever signs in declines.
//
// Prints {"ready":true,"origin":…,…} when it listens. GET /__seen tells every request, its answer, and every secret that was given out;
// POST /__control {"removed":[LOGIN],"expire":true,"down":503} removes people, lets access tokens expire, and takes it down.
import { parseArgs } from 'node:util';
import { auth0 } from './upstreams/auth0.mjs';
import { serve } from './upstreams/core.mjs';
import { entra } from './upstreams/entra.mjs';
import { github } from './upstreams/github.mjs';
import { google } from './upstreams/google.mjs';
import { okta } from './upstreams/okta.mjs';

const KINDS = { google, github, okta, entra, auth0 };
const { values: options } = parseArgs({
  options: {
    as: { type: 'string' },
    'client-id': { type: 'string', default: 'our-client' },
    'redirect-uri': { type: 'string' },
    'client-key': { type: 'string' },
    port: { type: 'string', default: '0' },
    silent: { type: 'string' },
    denies: { type: 'boolean', default: false },
    // Google: the Workspace domain of its people.
    hd: { type: 'string' },
    // GitHub: a GitHub App, whose tokens expire; an account whose addresses are not told.
    expiring: { type: 'boolean', default: false },
    'no-emails': { type: 'boolean', default: false },
    // Okta: no access policy; the authorization server of the organization itself.
    'no-policy': { type: 'boolean', default: false },
    org: { type: 'boolean', default: false },
    // Entra: what stands in the issuer; the tenant its people are of, where that is none.
    tenant: { type: 'string', default: '72f988bf-86f1-41af-91ab-2d7cd011db47' },
    'user-tenant': { type: 'string' },
    v1: { type: 'boolean', default: false },
    // Auth0: an API, whether its tokens are encrypted, and whether `resource` names one; refresh tokens that stay the same.
    audience: { type: 'string' },
    encrypted: { type: 'boolean', default: false },
    compatible: { type: 'boolean', default: false },
    'keeps-refresh': { type: 'boolean', default: false },
  },
});
if (!KINDS[options.as]) throw new Error(`--as ${Object.keys(KINDS).join('|')}`);
await serve(KINDS[options.as], options);
