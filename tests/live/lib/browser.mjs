// A headless "browser" for sign-in pages: keeps cookies, follows redirects, fills the one form that is for our user.
//
// It understands the development pages of oidc-provider (a login form, then a consent form) and pages that offer one
// form or one button per user.

const MAX_STEPS = 15;
/** What it types where a password is asked for, unless the user has another. Most of our servers take any. */
export const PASSWORD = 'any password will do';

/**
 * Opens `url` and clicks through until a page without a form is shown; returns that page's address.
 *
 * @param {{ email: string, login: string, password?: string, presses?: string }} user `presses`: what the button says that this one
 *   presses where it can
 * @param {Map} [cookies] those of an earlier visit
 */
export async function signIn(url, user, cookies = new Map()) {
  let request = { url: String(url) };
  for (let step = 0; step < MAX_STEPS; step++) {
    const response = await send(request, cookies);
    const location = response.headers.get('location');
    if (location) {
      request = { url: new URL(location, request.url).href };
      continue;
    }
    const html = await response.text();
    if (!response.ok) throw new Error(`sign-in page ${request.url} answered ${response.status}: ${html.slice(0, 500)}`);
    const form = chooseForm(html, user);
    if (!form) return request.url;
    request = submit(form, request.url, user);
  }
  throw new Error(`no end of the sign-in after ${MAX_STEPS} steps, at ${request.url}`);
}

async function send({ url, method = 'GET', body }, cookies) {
  const { origin } = new URL(url);
  const jar = cookies.get(origin) ?? new Map();
  cookies.set(origin, jar);
  // As a browser says that it wants a page. Better Auth answers scripts otherwise.
  const headers = { accept: 'text/html,*/*;q=0.8' };
  if (jar.size) headers.cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  if (method === 'POST') headers.origin = origin;
  const response = await fetch(url, { method, body, headers, redirect: 'manual' });
  for (const cookie of response.headers.getSetCookie()) {
    const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
    if (value) jar.set(name, value); else jar.delete(name);
  }
  return response;
}

function chooseForm(html, user) {
  const forms = [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, tag, content]) => ({ tag, content }));
  return forms.find((form) => form.content.includes(user.email)) ?? forms[0];
}

function submit({ tag, content }, page, user) {
  const fields = new URLSearchParams();
  for (const [, input] of content.matchAll(/<input\b([^>]*)>/gi)) {
    const name = attribute(input, 'name');
    if (name && attribute(input, 'type') !== 'submit') fields.set(name, attribute(input, 'value') ?? '');
  }
  for (const name of ['login', 'username']) if (fields.has(name)) fields.set(name, user.login);
  if (fields.has('password')) fields.set('password', user.password ?? PASSWORD);
  const buttons = [...content.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gis)].filter(([, tag]) => attribute(tag, 'type') !== 'button');
  const button = buttons.find(([, , words]) => words === user.presses) ?? buttons.find(([all]) => all.includes(user.email)) ?? buttons[0];
  // Older pages have inputs for buttons.
  const pressed = button?.[1] ?? [...content.matchAll(/<input\b([^>]*)>/gi)].map(([, input]) => input).find((input) => attribute(input, 'type') === 'submit');
  const name = pressed && attribute(pressed, 'name');
  if (name) fields.set(name, attribute(pressed, 'value') ?? '');

  const action = new URL(attribute(tag, 'action') ?? '', page);
  if (attribute(tag, 'method')?.toUpperCase() === 'POST') return { url: action.href, method: 'POST', body: fields };
  action.search = String(fields);
  return { url: action.href };
}

function attribute(tag, name) {
  const found = tag.match(new RegExp(`(?:^|\\s)${name}=(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i'));
  return found && (found[1] ?? found[2] ?? found[3]).replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}
