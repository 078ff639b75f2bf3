// Loaded into the process that `jco serve` starts for the component. That process outlives `jco serve` when only the
// latter is told to stop; it shares our standard input, so the end of that is its end.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) process.stdin.resume().once('end', () => process.exit(0));
