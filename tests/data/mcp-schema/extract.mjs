// Writes the schemas that the conformance suite embeds: node extract.mjs node_modules/@modelcontextprotocol/conformance/dist/index.js
import { readFileSync, writeFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

const source = readFileSync(process.argv[2], 'utf8');

/** The index after the object literal that starts at `start`. */
function end(start) {
  let depth = 0;
  let quote = null;
  for (let at = start; at < source.length; at++) {
    const char = source[at];
    if (char === '\\') at++;
    else if (quote) quote = char === quote ? null : quote;
    else if ('`"\''.includes(char)) quote = char;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return at + 1;
  }
  throw new Error('an object without end');
}

const schemas = [...source.matchAll(/=(?=\{\$schema:`[^`]+`,(definitions|\$defs):\{Annotations:)/g)];
const revisions = ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28']; // in this order in the bundle
if (schemas.length !== revisions.length) throw new Error(`${schemas.length} schemas`);
schemas.forEach((found, index) => {
  const start = found.index + 1;
  const schema = runInNewContext(`(${source.slice(start, end(start))})`);
  writeFileSync(new URL(`${revisions[index]}.json`, import.meta.url), `${JSON.stringify(schema, null, 1)}\n`);
});
