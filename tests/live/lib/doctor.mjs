// `latch doctor`, started as a user starts it.
import { execFile } from 'node:child_process';
import { program } from './paths.mjs';

const CHECK = /^ {2}(ok|warn|fail|skip) +(.{13}) (.*)$/;

/**
 * Runs it to its end.
 *
 * @param {Record<string, string>} env its variables, all of them
 * @returns {Promise<{code: number, all: string, checks: {label: string, name: string, text: string}[]}>} `all` is stdout and stderr;
 *   a check's text is all its lines, the fix too
 */
export async function doctor(env) {
  const { PATH, HOME } = process.env;
  const { code, out, err } = await new Promise((done) => {
    const options = { env: { PATH, HOME, ...env }, timeout: 60_000 };
    execFile(program, ['doctor'], options, (error, out, err) => done({ code: error ? error.code : 0, out, err }));
  });
  return { code, all: out + err, checks: checks(out) };
}

function checks(out) {
  const found = [];
  for (const line of out.split('\n')) {
    const [, label, name, text] = line.match(CHECK) ?? [];
    if (label) found.push({ label, name: name.trim(), text });
    else if (line.startsWith('    ')) found.at(-1).text += `\n${line.trim()}`;
  }
  return found;
}
