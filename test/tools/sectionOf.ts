/** @returns what a changelog says of a version, below its heading; undefined where it has no such heading */
export function sectionOf(changelog: string, version: string): string | undefined {
  const [, after] = changelog.split(`\n## ${version}\n`)
  return after?.split(/^(?:## |---$)/m)[0]?.trim()
}
