import { comparesSets } from '../alike'

comparesSets('CONTAINS_ANY_OF_SET', {
  rows: [
    [['b', 'z'], true],
    [['z'], false],
    [['ab'], false],
  ],
  doubles: true,
  empty: false,
  summary: 'contains any of',
})
