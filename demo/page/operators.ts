export type Takes =
  | 'list'
  | 'text'
  | 'number'
  | 'range'
  | 'date'
  | 'dates'
  | 'boolean'
  | 'version'
  | 'versions'
  | 'segment'

export type Value = string | number | boolean

/** A matcher of a definition, of any kind. */
export type Matcher = Record<string, unknown>

export interface Operator {
  /** The operator as people read it. */
  name: string
  of: 'key' | 'attribute' | 'both'
  takes: Takes
  matcherType: string
  /** Members of the matcher. */
  data: (values: Value[]) => object
  /** The values of such a matcher; undefined when it is of another kind. */
  read: (matcher: Matcher) => Value[] | undefined
  words: (values: Value[]) => string
}

const list = (values: Value[]) => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
const day = (time: Value | undefined) => new Date(Number(time)).toISOString().replace(/:\d\d\.\d{3}Z$/, 'Z')

/** An object within a matcher. */
const part = (matcher: Matcher, name: string) => matcher[name] as Record<string, Value> | null | undefined

/** The values, if none of them is missing. */
const given = (...values: (Value | undefined)[]) =>
  values.every((value): value is Value => value !== undefined) ? values : undefined

const whitelist = (name: string, of: Operator['of'], matcherType: string, words = name): Operator => ({
  name,
  of,
  takes: 'list',
  matcherType,
  data: (values) => ({ whitelistMatcherData: { whitelist: values } }),
  read: (matcher) => part(matcher, 'whitelistMatcherData')?.['whitelist'] as Value[] | undefined,
  words: (values) => `${words} ${list(values)}`,
})

const unary = (name: string, matcherType: string, dataType: 'NUMBER' | 'DATETIME', words = name): Operator => ({
  name,
  of: 'attribute',
  takes: dataType === 'NUMBER' ? 'number' : 'date',
  matcherType,
  data: ([value]) => ({ unaryNumericMatcherData: { dataType, value } }),
  read: (matcher) => {
    const data = part(matcher, 'unaryNumericMatcherData')
    return data?.['dataType'] === dataType ? given(data['value']) : undefined
  },
  words: ([value]) => `${words} ${dataType === 'NUMBER' ? value : day(value)}`,
})

const between = (name: string, dataType: 'NUMBER' | 'DATETIME'): Operator => ({
  name,
  of: 'attribute',
  takes: dataType === 'NUMBER' ? 'range' : 'dates',
  matcherType: 'BETWEEN',
  data: ([start, end]) => ({ betweenMatcherData: { dataType, start, end } }),
  read: (matcher) => {
    const data = part(matcher, 'betweenMatcherData')
    return data?.['dataType'] === dataType ? given(data['start'], data['end']) : undefined
  },
  words: ([start, end]) =>
    dataType === 'NUMBER' ? `between ${start} and ${end}` : `between ${day(start)} and ${day(end)}`,
})

const version = (name: string, matcherType: string): Operator => ({
  name,
  of: 'attribute',
  takes: 'version',
  matcherType,
  data: ([value]) => ({ stringMatcherData: value }),
  read: ({ stringMatcherData: value }) => (typeof value === 'string' ? [value] : undefined),
  words: ([value]) => `${name} ${value}`,
})

const segment = (
  name: string,
  matcherType: string,
  member: 'userDefinedSegmentMatcherData' | 'userDefinedLargeSegmentMatcherData',
  field: 'segmentName' | 'largeSegmentName',
): Operator => ({
  name,
  of: 'key',
  takes: 'segment',
  matcherType,
  data: ([value]) => ({ [member]: { [field]: value } }),
  read: (matcher) => {
    const name = part(matcher, member)?.[field]
    return name ? [name] : undefined
  },
  words: ([value]) => `${name} ${value}`,
})

/**
 * What a rule can ask of the key or of an attribute, by the name that a form sends: how it is called, what it takes, how it is written
 * in a definition, and how it reads in a label. Server and page share this table.
 */
export const operators: Record<string, Operator> = {
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
    read: (matcher) => {
      const data = part(matcher, 'betweenStringMatcherData')
      return data ? given(data['start'], data['end']) : undefined
    },
    words: ([start, end]) => `is between semver ${start} and ${end}`,
  },
  versionIn: whitelist('is in the semver list', 'attribute', 'IN_LIST_SEMVER', 'in semver list'),
}
