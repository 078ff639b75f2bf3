// What the scenarios have to know of Supabase Auth, the real one and the stand-in.
import { PASSWORD, signIn as formFiller } from './browser.mjs';
import { http } from './raw.mjs';
import { grace, linus } from './users.mjs';

export const supabase = {
  provider: 'supabase',
  users: [grace, linus],
  // `aud` is `authenticated` in all its tokens.
  bound: false,
  idToken: 'id_token',
};

/**
 * How a user signs in at a project: it sends them to the app's consent page, and what that page's script would do is done here. The app
 * need not exist. A server that shows forms instead gets them filled in.
 *
 * @param {string} auth the project's `/auth/v1`
 * @param {string} [apikey] its publishable key
 */
export const consentPage = (auth, apikey) => async (url, user) => {
  const sentTo = (await fetch(url, { redirect: 'manual' })).headers.get('location');
  const id = sentTo && new URL(sentTo, url).searchParams.get('authorization_id');
  if (!id) return formFiller(url, user);

  const call = async (method, path, body, token) => {
    const headers = { 'content-type': 'application/json', ...(apikey && { apikey }) };
    const answer = await http(`${auth}${path}`, { method, token, headers, body: body && JSON.stringify(body) });
    if (answer.status >= 400) throw new Error(`${method} ${path.split('?')[0]}: ${answer.status} ${answer.text}`);
    return answer.json;
  };
  const account = { email: user.email, password: user.password ?? PASSWORD };
  // The first time there is no such user yet.
  const { access_token: token } = await call('POST', '/token?grant_type=password', account).catch(() => call('POST', '/signup', account));
  if (!token) throw new Error(`${user.email} must confirm the address first: make the user beforehand, or switch confirmations off`);
  const asked = await call('GET', `/oauth/authorizations/${id}`, undefined, token);
  // Who agreed before is not asked again.
  const { redirect_url: back } = asked.redirect_url ? asked : await call('POST', `/oauth/authorizations/${id}/consent`, { action: 'approve' }, token);
  return formFiller(back, user);
};
