// @ts-check

/**
 * What a rule can ask of the key or of an attribute: how it is called, what it takes, how it is written in a definition, and
 * how it reads in a label. Server and page share this table.
 *
 * @typedef {'list' | 'text' | 'number' | 'range' | 'date' | 'dates' | 'boolean' | 'version' | 'versions' | 'segment'} Takes
 * @typedef {object} Operator
 * @property {string} name as people read it
 * @property {'key' | 'attribute' | 'both'} of
 * @property {Takes} takes
 * @property {string} matcherType
 * @property {(values: any[]) => object} data members of the matcher
 * @property {(matcher: any) => any[] | undefined} read the values of such a matcher; undefined when it is of another kind
 * @property {(values: any[]) => string} words
 */

const list = (/** @type {any[]} */ values) => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
const day = (/** @type {number} */ time) => new Date(time).toISOString().replace(/:\d\d\.\d{3}Z$/, 'Z')

/**
 * @param {string} name
 * @param {Operator['of']} of
 * @param {string} matcherType
 * @returns {Operator}
 */
const whitelist = (name, of, matcherType, words = name) => ({
  name,
  of,
  takes: 'list',
  matcherType,
  data: (values) => ({ whitelistMatcherData: { whitelist: values } }),
  read: (matcher) => matcher.whitelistMatcherData?.whitelist,
  words: (values) => `${words} ${list(values)}`,
})

/**
 * @param {string} name
 * @param {string} matcherType
 * @param {'NUMBER' | 'DATETIME'} dataType
 * @returns {Operator}
 */
const unary = (name, matcherType, dataType, words = name) => ({
  name,
  of: 'attribute',
  takes: dataType === 'NUMBER' ? 'number' : 'date',
  matcherType,
  data: ([value]) => ({ unaryNumericMatcherData: { dataType, value } }),
  read: (matcher) =>
    matcher.unaryNumericMatcherData?.dataType === dataType ? [matcher.unaryNumericMatcherData.value] : undefined,
  words: ([value]) => `${words} ${dataType === 'NUMBER' ? value : day(value)}`,
})

/**
 * @param {string} name
 * @param {'NUMBER' | 'DATETIME'} dataType
 * @returns {Operator}
 */
const between = (name, dataType) => ({
  name,
  of: 'attribute',
  takes: dataType === 'NUMBER' ? 'range' : 'dates',
  matcherType: 'BETWEEN',
  data: ([start, end]) => ({ betweenMatcherData: { dataType, start, end } }),
  read: ({ betweenMatcherData: data }) => (data?.dataType === dataType ? [data.start, data.end] : undefined),
  words: ([start, end]) =>
    dataType === 'NUMBER' ? `between ${start} and ${end}` : `between ${day(start)} and ${day(end)}`,
})

/**
 * @param {string} name
 * @param {string} matcherType
 * @returns {Operator}
 */
const version = (name, matcherType) => ({
  name,
  of: 'attribute',
  takes: 'version',
  matcherType,
  data: ([value]) => ({ stringMatcherData: value }),
  read: ({ stringMatcherData: value }) => (typeof value === 'string' ? [value] : undefined),
  words: ([value]) => `${name} ${value}`,
})

/**
 * @param {string} name
 * @param {string} matcherType
 * @param {'userDefinedSegmentMatcherData' | 'userDefinedLargeSegmentMatcherData'} member
 * @param {'segmentName' | 'largeSegmentName'} field
 * @returns {Operator}
 */
const segment = (name, matcherType, member, field) => ({
  name,
  of: 'key',
  takes: 'segment',
  matcherType,
  data: ([value]) => ({ [member]: { [field]: value } }),
  read: (matcher) => (matcher[member]?.[field] ? [matcher[member][field]] : undefined),
  words: ([value]) => `${name} ${value}`,
})

/** By the name that a form sends. @type {Record<string, Operator>} */
export const operators = {
  segment: segment('in segment', 'IN_SEGMENT', 'userDefinedSegmentMatcherData', 'segmentName'),
  largeSegment: segment(
    'in large segment',
    'IN_LARGE_SEGMENT',
    'userDefinedLargeSegmentMatcherData',
    'largeSegmentName',
  ),
  ruleBasedSegment: segment(
    'in rule based segment',
    'IN_RULE_BASED_SEGMENT',
    'userDefinedSegmentMatcherData',
    'segmentName',
  ),
  list: whitelist('in list', 'both', 'WHITELIST'),
  startsWith: whitelist('starts with', 'both', 'STARTS_WITH', 'starts with one of'),
  endsWith: whitelist('ends with', 'both', 'ENDS_WITH', 'ends with one of'),
  contains: whitelist('contains', 'both', 'CONTAINS_STRING', 'contains one of'),
  matches: {
    name: 'matches the pattern',
    of: 'both',
    takes: 'text',
    matcherType: 'MATCHES_STRING',
    data: ([value]) => ({ stringMatcherData: value }),
    read: ({ stringMatcherData: value }) => (typeof value === 'string' ? [value] : undefined),
    words: ([value]) => `matches ${value}`,
  },
  equals: unary('=', 'EQUAL_TO', 'NUMBER'),
  atLeast: unary('>=', 'GREATER_THAN_OR_EQUAL_TO', 'NUMBER'),
  atMost: unary('<=', 'LESS_THAN_OR_EQUAL_TO', 'NUMBER'),
  between: between('is between', 'NUMBER'),
  on: unary('is on the day', 'EQUAL_TO', 'DATETIME', 'is on'),
  after: unary('is at or after', 'GREATER_THAN_OR_EQUAL_TO', 'DATETIME'),
  before: unary('is at or before', 'LESS_THAN_OR_EQUAL_TO', 'DATETIME'),
  betweenDates: between('is between the moments', 'DATETIME'),
  is: {
    name: 'is',
    of: 'attribute',
    takes: 'boolean',
    matcherType: 'EQUAL_TO_BOOLEAN',
    data: ([value]) => ({ booleanMatcherData: value }),
    read: ({ booleanMatcherData: value }) => (typeof value === 'boolean' ? [value] : undefined),
    words: ([value]) => `is ${value}`,
  },
  anyOf: whitelist('has any of', 'attribute', 'CONTAINS_ANY_OF_SET'),
  allOf: whitelist('has all of', 'attribute', 'CONTAINS_ALL_OF_SET'),
  exactly: whitelist('is equal to the set', 'attribute', 'EQUAL_TO_SET'),
  partOf: whitelist('is part of', 'attribute', 'PART_OF_SET'),
  version: version('is equal to semver', 'EQUAL_TO_SEMVER'),
  versionAtLeast: version('is greater than or equal to semver', 'GREATER_THAN_OR_EQUAL_TO_SEMVER'),
  versionAtMost: version('is less than or equal to semver', 'LESS_THAN_OR_EQUAL_TO_SEMVER'),
  versionBetween: {
    name: 'is between semver',
    of: 'attribute',
    takes: 'versions',
    matcherType: 'BETWEEN_SEMVER',
    data: ([start, end]) => ({ betweenStringMatcherData: { start, end } }),
    read: ({ betweenStringMatcherData: data }) => (data ? [data.start, data.end] : undefined),
    words: ([start, end]) => `is between semver ${start} and ${end}`,
  },
  versionIn: whitelist('is in the semver list', 'attribute', 'IN_LIST_SEMVER', 'in semver list'),
}
