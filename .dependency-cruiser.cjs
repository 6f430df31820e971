/** The one-way rule of docs/adr/0011: domain <- steps <- http, adapters plug in from outside. */
const only = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { pathNot: allowed },
})
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only(
      'domain-is-pure',
      '^server/domain/',
      ['^server/domain/'],
      'The domain imports itself only: no npm, no node:.',
    ),
    only(
      'schema-knows-the-domain-only',
      '^schema/',
      ['^schema/', '^server/domain/', 'node_modules/(zod|drizzle-orm)/'],
      'Tables, contracts and urls.',
    ),
    only(
      'steps-know-domain-schema-and-ports',
      '^server/steps/',
      [
        '^server/steps/',
        '^server/domain/',
        '^schema/',
        'node_modules/drizzle-orm/',
        '^node:',
        '^(crypto|stream|stream/promises)$',
      ],
      'A step declares the ports it needs; adapters implement them.',
    ),
    {
      name: 'the-four-steps-do-not-know-each-other',
      severity: 'error',
      comment: 'What two of them need lies below: ground, read/, access/.',
      from: { path: '^server/steps/(eligibility|collection|control|dossier)/' },
      to: { path: '^server/steps/(eligibility|collection|control|dossier)/', pathNot: '^server/steps/$1/' },
    },
    {
      name: 'access-knows-no-step',
      severity: 'error',
      from: { path: '^server/steps/access/' },
      to: { path: '^server/steps/(eligibility|collection|control|dossier)/' },
    },
    {
      name: 'read-knows-the-ground-only',
      severity: 'error',
      from: { path: '^server/steps/read/' },
      to: { path: '^server/steps/.+/', pathNot: '^server/steps/read/' },
    },
    {
      name: 'the-ground-knows-no-floor',
      severity: 'error',
      from: { path: '^server/steps/[^/]+$' },
      to: { path: '^server/steps/.+/' },
    },
    only(
      'adapters-know-domain-schema-and-ports',
      '^server/adapters/',
      [
        '^server/adapters/',
        '^server/domain/',
        '^schema/',
        '^server/steps/ports\\.ts$',
        'node_modules/',
        '^(?!server/|schema/|templates/|scripts/|test/)',
      ],
      'Adapters never call a step.',
    ),
    only(
      'templates-show-what-they-are-given',
      '^templates/',
      ['^templates/', '^server/domain/', '^schema/urls\\.ts$', 'node_modules/preact/'],
      'Views get values, they fetch nothing.',
    ),
    {
      name: 'http-translates',
      severity: 'error',
      comment: 'Routes call steps; only app.ts, context.ts and main.ts see adapters.',
      from: { path: '^server/http/' },
      to: { path: '^server/(adapters/|main\\.ts|app\\.ts)' },
    },
    {
      name: 'server-never-imports-tests-or-scripts',
      severity: 'error',
      from: { path: '^(server|schema|templates)/' },
      to: { path: '^(test|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
