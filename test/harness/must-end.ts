// Loaded before each test file: a process that something keeps alive after its last test fails, instead of keeping the whole run waiting.
// `--test-timeout` does not cover it, and `--test-force-exit` loses results of tests that passed or failed (nodejs/node#64833).
import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';

const PATIENCE = 20_000;

// The runner and threads load this too, and have no tests of their own.
if (isMainThread && process.env.NODE_TEST_CONTEXT !== undefined) {
  after(() => {
    setTimeout(() => {
      const open = process.getActiveResourcesInfo().join(', ');
      console.error(`the tests ended ${PATIENCE / 1000} s ago, but this keeps the process alive: ${open}`);
      process.exit(1);
    }, PATIENCE).unref();
  });
}
