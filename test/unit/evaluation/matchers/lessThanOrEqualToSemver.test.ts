import { comparesVersions } from '../alike'

comparesVersions('LESS_THAN_OR_EQUAL_TO_SEMVER', {
  rows: [
    ['1.2.3', true],
    ['1.2.3+b', true],
    ['1.10.0', false],
    ['1.2.3-rc', true],
    ['1.2.4', false],
    ['x', false],
  ],
  summary: '<=',
})
