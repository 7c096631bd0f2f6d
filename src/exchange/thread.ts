// How a thread of ours starts: with its own memory bounds, and nothing of this process that it has no need of.
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { type ResourceLimits, Worker } from 'node:worker_threads';

/**
 * Starts a thread from a module that lies beside the calling one: TypeScript in a checkout, JavaScript where both were compiled.
 * It sees neither arguments nor environment, keys may be in there, but compiled code where this process keeps some.
 *
 * @param caller `import.meta.url` of the calling module
 * @param name of the module, without ending
 * @param limits in MiB
 */
export function startThread(caller: string, name: string, workerData: unknown, limits: ResourceLimits): Worker {
  const ending = caller.endsWith('.ts') ? 'ts' : 'js';
  const cache = getCompileCacheDir();
  return new Worker(new URL(`./${name}.${ending}`, caller), {
    name,
    workerData,
    argv: [],
    // The directory in use has a name of Node's own, below the one that was asked for.
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) },
    stdin: false,
    resourceLimits: limits,
  });
}
