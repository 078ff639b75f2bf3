// Reporter for `node --test`: one line per scenario, the cause below a failed one, and the counts alone on the last line.
import path from 'node:path';

export default async function* report(events) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    // A file whose code stops before any test is reported as a test that bears the file's name.
    const isFile = data.nesting === 0 && data.file && path.basename(data.name) === path.basename(data.file);
    if (isFile && type === 'test:pass') continue;

    const suite = data.file ? path.basename(data.file, '.mjs') : '';
    const seconds = (data.details.duration_ms / 1000).toFixed(1);
    if (type === 'test:fail') {
      count.failed++;
      yield `not ok  ${suite}: ${data.name} (${seconds} s)\n${indent(explain(data.details.error))}\n`;
    } else if (data.skip !== undefined) {
      count.skipped++;
      yield `skipped ${suite}: ${data.name} (${data.skip || 'no reason given'})\n`;
    } else {
      count.passed++;
      yield `ok      ${suite}: ${data.name} (${seconds} s)\n`;
    }
  }
  if (count.passed + count.failed + count.skipped === 0) count.failed = 1;
  yield `\n${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ''}\n`;
}

function explain(error) {
  const lines = [];
  for (let cause = error?.cause ?? error; cause; cause = cause.cause) lines.push(cause.stack ?? String(cause));
  return lines.join('\n');
}

const indent = (text) => text.replace(/^/gm, '        ');
