// Lints of the page, its tests and its benchmarks. Types are checked by svelte-check; what stands here are habits that the compiler lets pass.

import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'

const FEATURES = ['start', 'data', 'train', 'look', 'use', 'compare', 'lessons', 'keep', 'privacy', 'offline', 'single', 'about', 'bench']

/** What puts the features together, and so knows them all. */
const COMPOSITION = [
  'www/shell/{App,Header,Stage}.svelte',
  'www/shell/stages/*',
  'www/shell/{instance,settings,{form,lab,recovery,run}.svelte}.ts',
  'www/shell/text/{en,zh-hant}.ts',
]

const forbidden = (regex, message) => ({ 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] })

/** The walls: a feature knows the shell and itself, the shell knows no feature, the client knows neither. */
const walls = [
  ...FEATURES.map((feature) => ({
    files: [`www/features/${feature}/**`],
    rules: forbidden(
      `^(\\.\\./)+(features/)?(${FEATURES.filter((one) => one !== feature).join('|')})/`,
      'A feature may use the shell and itself; what two features need belongs in www/shell/.',
    ),
  })),
  {
    files: ['www/shell/**'],
    ignores: [...COMPOSITION, '**/*.test.ts'],
    rules: forbidden('/features/', 'The shell serves the features and knows none of them; eslint.config.js names what puts them together.'),
  },
  { files: ['pkg/src/**'], rules: forbidden('/www/', 'The client runs without the page.') },
]

export default ts.config(
  { ignores: ['target/', 'dist/', 'pkg/dist/', 'pkg/src/generated/', 'test-results/', 'node_modules/'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  ...svelte.configs.prettier,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': ['error', { allow: ['warn', 'error'] }],
      'no-debugger': 'error',
      // Its edition for components knows that properties are replaced from outside.
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { destructuring: 'all' }],
      // Sets, maps and addresses here live for a function; what is reactive says so.
      'svelte/prefer-svelte-reactivity': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  ...walls,
  {
    // A room that does one thing; longer ones fall into parts.
    files: ['www/**', 'pkg/src/**'],
    rules: { 'max-lines': ['error', 400] },
  },
  {
    files: ['tests/**', 'benches/**'],
    rules: { 'no-console': 'off' },
  },
)
