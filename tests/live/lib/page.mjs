// A page of the documentation as a script: its console blocks, run as they are written, must print what they show.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { program, root } from './paths.mjs';

/** The fenced blocks of a page: `lang`, `text`, and the heading they stand under. */
export function blocks(file) {
  const found = [];
  let heading, open;
  for (const line of fs.readFileSync(path.join(root, file), 'utf8').split('\n')) {
    const fence = line.match(/^```(\w*)$/);
    if (open && fence) open = undefined;
    else if (fence) found.push(open = { heading, lang: fence[1], text: '' });
    else if (open) open.text += `${line}\n`;
    else heading = line.match(/^#+ (.*)$/)?.[1] ?? heading;
  }
  return found;
}

/** The commands of a console block, each with what it is shown to print. */
export function commands({ text: block }) {
  const found = [];
  let continued = false;
  for (const line of block.split('\n')) {
    if (line.startsWith('$ ')) found.push({ command: line.slice(2), prints: '' });
    else if (continued) found.at(-1).command += `\n${line}`;
    else found.at(-1).prints += `${line}\n`;
    continued = (continued || line.startsWith('$ ')) && line.endsWith('\\');
  }
  return found;
}

/** Whether text is what a page shows, where `…` is anything. */
export function shows(expected, replace) {
  const words = replace(expected.trim()).split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${words.join('.*')}$`);
}

/** A shell for which `cargo run` is the program, which is built already. `folder` is where it starts. */
export function shell(folder, script, env) {
  const { PATH, HOME } = process.env;
  const bin = path.join(folder, 'bin');
  fs.mkdirSync(bin, { recursive: true });
  // The program itself may call cargo for more than that.
  const cargo = `#!/bin/sh
if [ "$1" != run ]; then export PATH='${PATH}'; exec cargo "$@"; fi
shift
[ "$1" != -- ] || shift
exec '${program}' "$@"
`;
  fs.writeFileSync(path.join(bin, 'cargo'), cargo, { mode: 0o755 });
  return ['bash', ['--norc', '-eo', 'pipefail', '-c', script], { cwd: folder, env: { HOME, ...env, PATH: `${bin}:${PATH}` } }];
}

/** Runs a script in it to its end. */
export async function run(folder, script, env) {
  const child = spawn(...shell(folder, script, env));
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { out, err, code };
}
