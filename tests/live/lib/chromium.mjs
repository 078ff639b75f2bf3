// Real headless Chromium for the scenarios that have to show the pages work in a browser.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { root, work } from './paths.mjs';

const CANDIDATES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser program, or undefined where there is none. */
export const executable = () => CANDIDATES.find((file) => file && fs.existsSync(file));

/**
 * Opens a browser for as long as `use` takes.
 *
 * @param {string} name pictures are .work/NAME-….png
 * @param {(o: { page: object, problems: string[], look: (what: string) => Promise<void> }) => Promise<any>} use `problems` grows with all
 *   that the console complains about; `look` takes a picture, in the light and in the dark, which RECORD=1 puts into docs/images
 */
export async function withChromium(name, use) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'live-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable(),
    headless: true,
    viewport: { width: 720, height: 760 },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    const page = context.pages()[0] ?? await context.newPage();
    const problems = [];
    page.on('console', (message) => { if (message.type() === 'error') problems.push(`${message.text()} ${message.location().url}`); });
    page.on('pageerror', (error) => problems.push(error.message));
    const look = async (what) => {
      for (const [colorScheme, suffix] of [['dark', '-dark'], ['light', '']]) {
        await page.emulateMedia({ colorScheme });
        const file = process.env.RECORD ? path.join(root, `docs/images/${what}${suffix}.png`) : path.join(work, `${name}-${what}${suffix}.png`);
        await page.screenshot({ path: file, fullPage: true });
      }
    };
    return await use({ page, problems, look });
  } finally {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
}

/**
 * A browser step for clients/sign-in.mjs that clicks what a person would click.
 * Saves a picture of each page as .work/NAME-1.png, -2.png …
 */
export const chromiumBrowser = (name) => (url, user) => withChromium(name, async ({ page, problems }) => {
  let picture = 0;
  const look = () => page.screenshot({ path: path.join(work, `${name}-${++picture}.png`), fullPage: true });
  await page.goto(String(url));
  await look();
  await page.getByRole('button', { name: user.email }).click();
  await page.waitForURL((at) => at.pathname === '/callback');
  await look();
  return { title: await page.title(), problems };
});
