// npx tsx test/tools/releaseNotes.ts ADDRESS: what CHANGELOG.md says of the version of package.json. The notes are shown at a release,
// where no file lies beside them: their links begin with ADDRESS, at which the files of this version are.
import { readFileSync } from 'node:fs'
import { readOptions } from './readOptions'
import { sectionOf } from './sectionOf'

const {
  _: [address],
} = readOptions(
  `usage: npx tsx test/tools/releaseNotes.ts ADDRESS
  ADDRESS   of the files of this version, such as https://example.com/blob/v1.2.3`,
  { _: [] },
  ({ _: addresses }) => {
    if (addresses.length !== 1) throw new Error('one ADDRESS is needed')
  },
)
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const notes = sectionOf(readFileSync('CHANGELOG.md', 'utf8'), version)
if (notes) console.log(notes.replaceAll(/\]\((?!\w+:|#)/g, `](${address}/`))
else {
  console.error(`CHANGELOG.md has no section "## ${version}"`)
  process.exitCode = 1
}
