// A client made of single requests, for what the SDKs do not show.
import crypto from 'node:crypto';
import { signIn as formFiller } from './browser.mjs';
import { listenForCallback } from './callback.mjs';
import { http } from './raw.mjs';

/** Registers a client (RFC 7591) and returns what was answered. */
export async function register(origin, metadata) {
  const answer = await http(`${origin}/register`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ client_name: 'by hand', token_endpoint_auth_method: 'none', ...metadata }),
  });
  if (answer.status !== 201) throw new Error(`registration: ${answer.status} ${answer.text}`);
  return answer.json;
}

/**
 * Everything up to the answer of the authorization endpoint.
 *
 * @param {(url: string, user: object) => Promise<unknown>} [browser]
 * @param {object} [more] parameters of the authorization request
 * @param {string} [name] of the client
 * @returns the parameters that came back, and how to redeem a code
 */
export async function authorize(origin, user, { browser = formFiller, more = {}, name } = {}) {
  const callback = await listenForCallback();
  try {
    const { client_id: id } = await register(origin, { redirect_uris: [callback.url], ...(name && { client_name: name }) });
    const verifier = crypto.randomBytes(32).toString('base64url'), state = crypto.randomUUID();
    const query = new URLSearchParams({
      response_type: 'code', client_id: id, redirect_uri: callback.url, state,
      code_challenge: crypto.createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...more,
    });
    await browser(`${origin}/authorize?${query}`, user);
    const params = Object.fromEntries(await callback.arrived);
    const redeem = () => token(origin, { grant_type: 'authorization_code', code: params.code, redirect_uri: callback.url, code_verifier: verifier, client_id: id });
    const renew = (refresh) => token(origin, { grant_type: 'refresh_token', refresh_token: refresh, client_id: id });
    return { params, state, redeem, renew, client: id };
  } finally {
    callback.close();
  }
}

/** Posts a form to the token endpoint, or another. */
export const token = (origin, form, path = '/token') => http(`${origin}${path}`, { method: 'POST', body: new URLSearchParams(form) });
