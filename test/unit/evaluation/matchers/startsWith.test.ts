import { findsParts } from '../alike'

findsParts('STARTS_WITH', { matching: ['abc', 'ab'], others: ['xab', 'ABc', 'a'], summary: 'starts with' })
