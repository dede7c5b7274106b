import { findsParts } from '../alike'

findsParts('CONTAINS_STRING', {
  matching: ['xabx', 'ab', 'abx', 'xab'],
  others: ['a b', 'AB', 'ba'],
  summary: 'contains',
})
