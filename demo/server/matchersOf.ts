import { matcherWords } from '../page/matcherWords'
import { operators, type Operator, type Value } from '../page/operators'
import { EditError } from './EditError'
import { boolean, isRecord, list, number, text } from './formFields'

/**
 * The conditions of a rule as a definition has them, all of which must hold, and the label that says so.
 *
 * @param forms as a page sends them
 */
export function matchersOf(forms: unknown, trafficType: string) {
  const given = list('matchers', forms)
  if (given.length === 0) throw new EditError('a rule has no conditions')
  return {
    matcherGroup: group(given, trafficType),
    label: given.map((each) => words(each, trafficType)).join(' and '),
  }
}

export function group(forms: readonly unknown[], trafficType: string) {
  return {
    combiner: 'AND',
    matchers: forms.map((form) => {
      const { operator, attribute, negate, values } = checked(form)
      return matcher(operator.matcherType, trafficType, attribute, negate, operator.data(values))
    }),
  }
}

function words(form: unknown, trafficType: string) {
  const { operator, attribute, negate, values } = checked(form)
  return matcherWords(operator, { attribute, negate, values }, trafficType)
}

function checked(form: unknown) {
  const given = isRecord(form) ? form : {}
  const name = String(given['operator'])
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined
  if (!operator) throw new EditError('a condition has no operator')
  const attribute = given['attribute'] ? text('attribute', given['attribute']) : null
  if (operator.of === 'attribute' && !attribute) throw new EditError(`“${operator.name}” needs an attribute`)
  if (operator.of === 'key' && attribute) throw new EditError(`“${operator.name}” asks about the key, not an attribute`)
  return {
    operator,
    attribute,
    negate: given['negate'] === true,
    values: valuesOf(operator, list('values', given['values'])),
  }
}

function valuesOf({ name, takes }: Operator, values: unknown[]): Value[] {
  const [first, second] = values
  const of: Record<Operator['takes'], () => Value[]> = {
    list: () => values.map((value) => text(name, value)),
    text: () => [text(name, first)],
    segment: () => [text(name, first)],
    version: () => [text(name, first)],
    versions: () => [text(name, first), text(name, second)],
    number: () => [number(name, first)],
    date: () => [number(name, first)],
    range: () => [number(name, first), number(name, second)],
    dates: () => [number(name, first), number(name, second)],
    boolean: () => [boolean(name, first)],
  }
  const read = of[takes]()
  if (read.length === 0) throw new EditError(`“${name}” needs a value`)
  return read
}

export function matcher(
  matcherType: string,
  trafficType: string,
  attribute: string | null,
  negate: boolean,
  data: object,
) {
  return {
    keySelector: { trafficType, attribute },
    matcherType,
    negate,
    userDefinedSegmentMatcherData: null,
    whitelistMatcherData: null,
    unaryNumericMatcherData: null,
    betweenMatcherData: null,
    booleanMatcherData: null,
    dependencyMatcherData: null,
    stringMatcherData: null,
    ...data,
  }
}
