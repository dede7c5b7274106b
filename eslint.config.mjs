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
    files: ['**/*.{ts,mts}'],
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
    rules: { 'no-console': 'error' },
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
  { files: ['**/*.mjs'], ignores: ['demo/page/**'], languageOptions: { globals: globals.node } },
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
