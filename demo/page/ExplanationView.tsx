/** @jsxImportSource preact */
import type { Explanation, MatcherExplanation } from '../../src/late/explain/types'
import { Moment, minutes } from './Moment'
import { Treatment } from './Treatment'

/** The version of the definition that an impression was decided by, if the reader came from that impression. */
const decidedBy = Number(new URLSearchParams(location.search).get('version') ?? NaN)

/** Why a flag has its treatment for the user, in sentences. */
export function ExplanationView({ of: explanation, trackingOffSince }: ExplanationViewProps) {
  const { treatment, label, changeNumber, ruleIndex, ruleSummary, bucket, allocation, prerequisites, matchers } =
    explanation
  return (
    <div class="why">
      <p>
        <Treatment of={treatment} /> because of <strong>{label}</strong>
        {ruleIndex !== undefined && `: rule ${ruleIndex + 1} matched`}
        {ruleSummary && ruleSummary !== label && `, ${ruleSummary}`}
        {bucket !== undefined && `; the key falls into bucket ${bucket} of 100`}.
      </p>
      {allocation && allocation.percentage < 100 && (
        <p>
          Traffic allocation is {allocation.percentage} %: the key is {allocation.open ? 'among it' : 'outside of it'}
          {allocation.bucket !== undefined && `, in bucket ${allocation.bucket}`}.
        </p>
      )}
      {prerequisites.map(({ flag, treatments, treatment: given, met }) => (
        <p key={flag}>
          {flag} has to be {treatments.join(' or ')}, and is {given}: {met ? 'met' : 'not met'}.
        </p>
      ))}
      {matchers.length > 0 && (
        <ol>
          {matchers.map((matcher, index) => (
            <li key={index}>{sentence(matcher)}</li>
          ))}
        </ol>
      )}
      <p class="quiet">
        Version of <Moment at={changeNumber} to="minutes" />.
        {!Number.isNaN(decidedBy) &&
          decidedBy !== changeNumber &&
          ` The impression was decided by the version of ${minutes(new Date(decidedBy))}: the definition has changed since.`}
        {trackingOffSince !== undefined &&
          ` Tracking has been off since ${minutes(new Date(trackingOffSince))} at the latest: no impressions are sent.`}
      </p>
    </div>
  )
}

interface ExplanationViewProps {
  of: Explanation
  /** Since when the flag's impressions are not tracked, epoch ms; missing where they are. */
  trackingOffSince: number | undefined
}

function sentence({ rule, summary, attribute = 'the key', value, result }: MatcherExplanation) {
  return `Rule ${rule + 1}: ${summary}? ${result ? 'Yes' : 'No'}: ${attribute} is ${JSON.stringify(value) ?? 'missing'}.`
}
