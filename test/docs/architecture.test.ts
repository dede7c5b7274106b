import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const text = readFileSync('docs/architecture.md', 'utf8')
const quoted = [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name)

describe('docs/architecture.md', () => {
  it('names no file or folder that is not there', () => {
    const paths = quoted.filter((name) => /^(src|test|docs)\//.test(name))
    expect(paths.length).toBeGreaterThan(20)
    expect(paths.filter((path) => !existsSync(path))).toEqual([])
  })

  it('says what every file of dist is for', () => {
    const made = readdirSync('dist').filter((file) => /\.js$|^integrations$/.test(file))
    expect(made).toContain('late.js')
    expect(made.filter((file) => !quoted.includes(file) && !quoted.includes(`${file}/`))).toEqual([])
  })

  it('has every room', () => {
    const rooms = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(rooms.map(({ name }) => `src/${name}`).filter((room) => !quoted.includes(room))).toEqual([])
  })
})
