// The demo needs two packages that an installed Dogwatch does not bring; when one is absent it says what to do.
import { UsageError } from '../../exchange/error.ts';

const PACKAGES = ['oidc-provider', '@datadog/datadog-api-client'] as const;
export type DemoPackage = (typeof PACKAGES)[number];

/**
 * Imports a package that only the demo needs.
 *
 * @throws UsageError `demo_unavailable` when it is not installed
 */
export async function demoPackage<T>(load: () => Promise<T>, name: DemoPackage): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') throw demoUnavailable(name);
    throw error;
  }
}

export function demoUnavailable(name: DemoPackage): UsageError {
  return new UsageError('demo_unavailable', `the demo needs the package ${name}, which is not installed here`, {
    remedy: `run \`npm install ${PACKAGES.join(' ')}\`, or run the demo in a checkout of Dogwatch`,
  });
}
