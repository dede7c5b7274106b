import { Puppeteer } from 'puppeteer-core'
import { engine } from './engine'
import { findInPage } from './findInPage'

const isFirefox = engine === 'firefox'
if (isFirefox) Puppeteer.registerCustomQueryHandler('findInPage', { queryAll: findInPage })

/**
 * Selects what is called so for those who cannot see, in shadow roots, too. Firefox needs a second for the answer, in which nobody
 * else gets one, and none about shadow roots: the page itself is asked there.
 */
export const named = (name: string, role?: string) =>
  `${isFirefox ? 'findInPage/' : ''}::-p-aria([name="${name}"]${role ? `[role="${role}"]` : ''})`
