/** @jsxImportSource preact */
import { render } from 'preact'
import { config, pageAddress } from './environment'
import { Page } from './Page'

/** Three steps that show a new visitor what is to be seen here. */
function Start() {
  return (
    <Page>
      <section class="card prose" aria-labelledby="start-title">
        <h1 id="start-title">Start here</h1>
        <p>
          A feature flag is a question that an application asks while it runs: which of these variants does this user
          get? Here you see the questions, the answers, and why each answer is what it is. Everything runs on this
          machine.
        </p>
        <ol>
          <li>
            <h2>See a decision, and why</h2>
            <p>
              On <a href={pageAddress('/')}>Decide</a>, enter a key, the id of a user. Every flag shows its treatment
              (the variant) and its label (the reason). Press <strong>Why</strong> beside a flag for the whole
              explanation.
            </p>
          </li>
          <li>
            <h2>Change a flag, and watch it change everywhere</h2>
            <p>
              On <a href={pageAddress('/flags.html')}>Flags</a>, choose one, change its percentages or rules, or kill
              it. What will change is listed above <strong>Save</strong>. Pages that are open follow at once.
            </p>
          </li>
          <li>
            <h2>Follow the record</h2>
            <p>
              Each decision is recorded as an impression. On <a href={pageAddress('/impressions.html')}>Impressions</a>{' '}
              they arrive as they happen, with charts, filters and an export. <strong>{'{ }'}</strong> shows a row as it
              is stored, and leads back to its explanation.
            </p>
          </li>
        </ol>
        <p>
          An application of your own joins in when its SDK is pointed at <code>{config.apiUrl}</code>. On{' '}
          <a href={pageAddress('/faults.html')}>Faults</a> you can see what happens when the network, the disk or the
          server fails.
        </p>
      </section>
    </Page>
  )
}

render(<Start />, document.getElementById('app') as HTMLElement)
