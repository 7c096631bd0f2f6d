// Finds the generated catalogue: the folder catalog/ beside the package's package.json, from src/ and from dist/ alike.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @throws Error when the package was installed without its catalogue, which is a defect of the package. */
export function readCatalogueFile<T>(name: 'operations.json' | 'models.json'): T {
  for (let folder = import.meta.dirname; ; ) {
    if (existsSync(join(folder, 'package.json'))) {
      return JSON.parse(readFileSync(join(folder, 'catalog', name), 'utf8')) as T;
    }
    const parent = join(folder, '..');
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}, so no catalog/${name}`);
    folder = parent;
  }
}
