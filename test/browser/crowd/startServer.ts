import { createDemoServer } from '../../../demo/server/createServer'
import { definitions } from './definitions'

/** The service of a crowded page. */
export const startServer = () =>
  createDemoServer({
    definitions,
    memberships: { 'user-1': { segments: ['staff'] } },
    // The origin of a sandboxed frame.
    allowedOrigins: ['null'],
  })
