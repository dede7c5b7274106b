import { comparesVersions } from '../alike'

comparesVersions('GREATER_THAN_OR_EQUAL_TO_SEMVER', {
  rows: [
    ['1.2.3', true],
    ['1.2.3+b', true],
    ['1.10.0', true],
    ['1.2.3-rc', false],
    ['1.2.2', false],
    ['x', false],
  ],
  summary: '>=',
})
