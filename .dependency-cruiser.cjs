// The rules of the house (docs/architecture.md): who may import whom. Run by `npm run check`.
const room = (name) => `^src/${name}/`;
const only = (from, allowed) => ({
  name: `${from}-imports-only-${allowed.length ? allowed.join('-') : 'itself'}`,
  severity: 'error',
  from: { path: room(from), pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: [from, ...allowed].map(room) },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'nothing-imports-cli',
      severity: 'error',
      from: { pathNot: '^(src/cli|test|bench|bin)/' },
      to: { path: room('cli') },
    },
    {
      name: 'only-cli-imports-gateway',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|gateway)/' },
      to: { path: room('gateway') },
    },
    {
      name: 'only-cli-imports-api',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|api)/' },
      to: { path: room('api') },
    },
    {
      name: 'no-test-in-production',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '(\\.test\\.ts$|^test/|^bench/)' },
    },
    {
      // A browser runs none of the gateway's code; it knows the shapes of the API alone.
      name: 'console-takes-types-of-the-api-alone',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(src|test|bench|catalog)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'console-takes-types-of-the-schemas-alone',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(src|test|bench|catalog)/', pathNot: '^src/api/schemas' },
    },
    { name: 'nothing-imports-console', severity: 'error', from: { path: '^src/' }, to: { path: '^console/' } },
    only('exchange', []),
    only('datadog', ['exchange']),
    only('change', ['exchange', 'datadog']),
    only('journal', ['exchange']),
    only('witness', ['exchange', 'journal']),
    only('vault', ['exchange']),
    only('identity', ['exchange']),
    only('policy', ['exchange', 'datadog']),
    only('config', ['exchange', 'datadog', 'policy', 'identity', 'vault', 'journal']),
    only('index', ['exchange', 'datadog', 'journal', 'change']),
    only('gateway', ['exchange', 'datadog', 'journal', 'identity', 'vault', 'policy', 'config']),
    only('watch', ['exchange', 'datadog', 'index', 'config', 'journal', 'identity', 'vault', 'witness']),
    only('api', [
      'watch',
      'exchange',
      'datadog',
      'journal',
      'identity',
      'vault',
      'policy',
      'config',
      'index',
      'export',
      'change',
      'witness',
    ]),
    only('export', ['exchange', 'datadog', 'index']),
    only('sandbox', ['exchange', 'datadog']),
    only('replay', ['exchange', 'datadog', 'change', 'sandbox']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
