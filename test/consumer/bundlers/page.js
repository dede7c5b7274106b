import { createClient } from 'pennon'
import { SplitFactory } from 'pennon/compat'
import { parseConfig } from 'pennon/config'
import { hashKey } from 'pennon/hash'
import { webhook } from 'pennon/integrations/webhook'
import { createTestClient } from 'pennon/testing'

// What a page of test/browser/site.ts needs, and one name of each entry.
Object.assign(globalThis, {
  pennon: { createClient },
  entries: [SplitFactory, parseConfig, hashKey, webhook, createTestClient].map((entry) => typeof entry).join(),
})
