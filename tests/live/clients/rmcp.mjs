// The official Rust client (clients/rmcp), with what it found behind the shape that the TypeScript SDKs have.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { rmcp } from '../lib/paths.mjs';

/** What is read without being listed: one from a template, and one that is not there. */
const RESOURCES = ['test://template/123/data', 'test://nothing'];

/**
 * Runs it once.
 *
 * @param {object} settings endpoint, token, mode, arguments, label: see clients/rmcp/src/main.rs
 * @param {() => Promise<void>} whenLeft runs after it left the endless tool; it is still connected then
 * @returns {Promise<object[]>} its findings in their order
 */
export async function run(settings, whenLeft) {
  const child = spawn(rmcp, [], { env: {}, stdio: 'pipe' });
  const ended = once(child, 'close');
  const findings = [], stderr = [];
  child.stderr.on('data', (text) => stderr.push(text));
  try {
    child.stdin.write(`${JSON.stringify({ ...settings, resources: RESOURCES })}\n`);
    for await (const line of readline.createInterface({ input: child.stdout })) {
      const finding = JSON.parse(line);
      if (finding.error && Object.keys(finding).length === 1) throw new Error(finding.error);
      findings.push(finding);
      if (!finding.left) continue;
      await whenLeft();
      child.stdin.end();
    }
    const [code] = await ended;
    if (code !== 0) throw new Error(`the Rust client ended with ${code}: ${Buffer.concat(stderr).toString().slice(-2000)}`);
    return findings;
  } finally {
    child.kill('SIGKILL');
  }
}

/** The findings as a client that already knows all answers. */
export function recorded(findings) {
  const list = (key) => findings.find((finding) => finding[key])[key];
  const one = async (kind, name) => {
    const { result, error } = findings.find((finding) => finding[kind] === name) ?? { error: `${kind} ${name} was not used` };
    if (error) throw new Error(error);
    return result;
  };
  return {
    listTools: async () => ({ tools: list('tools') }),
    callTool: ({ name }) => one('tool', name),
    listPrompts: async () => ({ prompts: list('prompts') }),
    getPrompt: ({ name }) => one('prompt', name),
    listResources: async () => ({ resources: list('resources') }),
    readResource: ({ uri }) => one('resource', uri),
    listResourceTemplates: async () => ({ resourceTemplates: list('templates') }),
    complete: async ({ ref }) => ({ completion: await one('completion', ref.name) }),
  };
}
