import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import globals from 'globals'
import tseslint from 'typescript-eslint'

export default defineConfig(
  globalIgnores([
    'docs/site/{pages,.vitepress/dist,.vitepress/cache}',
    'dist',
    'dist.*',
    'coverage',
    'reports',
    '.stryker-tmp',
    '**/node_modules',
    'examples',
    'test/consumer/bundlers/types',
  ]),
  {
    extends: [eslint.configs.recommended],
    // A directive that switches off what nothing reports is a comment that is no longer true.
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    rules: {
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
      'no-warning-comments': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
    },
  },
  {
    files: ['**/*.{ts,tsx,mts}'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
      // Objects here are closures: no method knows of `this`.
      '@typescript-eslint/unbound-method': 'off',
      // The compiler knows every name.
      'no-undef': 'off',
      'no-unused-vars': 'off',
    },
  },
  {
    files: ['src/**'],
    rules: {
      'no-console': 'error',
      // What other scripts of a page replace, so that it does something else there: test/browser/crowdedPage.test.ts has them.
      'no-restricted-properties': [
        'error',
        { object: 'JSON', property: 'stringify', message: 'Lists may have a toJSON: stringify of shared/json.' },
        { object: 'Date', property: 'now', message: 'It may be no number: now of browser/now.' },
        { object: 'Date', property: 'parse', message: 'Datejs reads texts in its own way: +new Date(text).' },
        {
          object: 'Array',
          property: 'from',
          message: 'Prototype.js takes neither iterables nor a function: a spread.',
        },
        { object: 'Object', property: 'values', message: 'Prototype.js gives inherited members too: Object.keys.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'One place reads the clock: now of browser/now.',
        },
        {
          selector: 'BinaryExpression[operator="instanceof"][right.name="Promise"]',
          message: 'With zone.js what the browser gives is no instance of the Promise of the page: await it.',
        },
        {
          selector:
            'ForOfStatement[left.declarations.0.id.type="ArrayPattern"] > CallExpression.right[callee.property.name="entries"][arguments.length=0]',
          message: 'With Prototype.js the entries() of a list gives values: count by index.',
        },
      ],
    },
  },
  // These run in Node; the others are the doors to what is restricted.
  {
    files: ['src/{cli,server}/**', 'src/shared/json.ts', 'src/browser/now.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    // Test doubles are often async without awaiting and loosely typed where the input is hostile on purpose.
    files: ['test/**'],
    ignores: ['test/{fixtures,tools}/**'],
    rules: {
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  { files: ['**/*.{mjs,cjs}'], ignores: ['demo/page/**'], languageOptions: { globals: globals.node } },
  { files: ['demo/page/**'], languageOptions: { globals: globals.browser } },
  {
    // The page of a site that loads pennon by a script tag.
    files: ['test/consumer/shop/static.js'],
    languageOptions: { sourceType: 'script', globals: { ...globals.browser, pennon: 'readonly' } },
  },
  {
    // `npm run docs` checks its types, where its generators are installed.
    files: ['docs/site/**'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
  },
)
