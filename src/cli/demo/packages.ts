// The demo needs two packages that an installed Dogwatch does not bring; when one is absent it says what to do.
import { UsageError } from '../../exchange/error.ts';

const PACKAGES = ['oidc-provider', '@datadog/datadog-api-client'];

/**
 * Checks that the packages are there which only the demo needs.
 *
 * @param resolve as `import.meta.resolve`: throws when a package is not installed
 * @throws UsageError `demo_unavailable`
 */
export function requirePackages(resolve: (name: string) => string = import.meta.resolve): void {
  for (const name of PACKAGES) {
    try {
      resolve(name);
    } catch (cause) {
      throw new UsageError('demo_unavailable', `the demo needs the package ${name}, which is not installed here`, {
        remedy: `run \`npm install ${PACKAGES.join(' ')}\`, or run the demo in a checkout of Dogwatch`,
        cause,
      });
    }
  }
}
