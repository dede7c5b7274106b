import { comparesSets } from '../alike'

comparesSets('CONTAINS_ALL_OF_SET', {
  rows: [
    [['b', 'a'], true],
    [['a', 'b', 'c'], true],
    [['a'], false],
    [['a', 'c'], false],
  ],
  doubles: false,
  empty: true,
  summary: 'contains all of',
})
