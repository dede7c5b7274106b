import { findsParts } from '../alike'

findsParts('ENDS_WITH', { matching: ['xab', 'ab'], others: ['abx', 'xAB', 'b'], summary: 'ends with' })
