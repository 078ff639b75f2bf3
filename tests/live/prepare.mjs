// Starts the program once before the scenarios: the first start builds and compiles the component, which takes longer
// than any scenario may. Its arguments are the program's: each build is started once.
import fs from 'node:fs';
import { startLatch } from './lib/latch.mjs';
import { component } from './lib/paths.mjs';

const since = Date.now();
const ends = [];
await startLatch({ after: (stop) => ends.push(stop) }, {}, { deadline: 15 * 60_000, args: process.argv.slice(2) });
for (const stop of ends) await stop();
if (!fs.existsSync(component)) throw new Error(`${component} was not built`);
console.log(`program and component ready after ${((Date.now() - since) / 1000).toFixed(1)} s`);
