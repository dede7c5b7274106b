import type { Client } from '../client/types/client'
import type { SplitIO } from './types'

/** The manager of the official SDK. Its events and status are the main client's. */
export function createManager(flags: () => Client['flags'], members: SplitIO.IStatusInterface): SplitIO.IManager {
  return {
    ...members,
    names: () => flags().names(),
    splits: () => flags().all(),
    split: (name: string) => flags().get(name),
  } as SplitIO.IManager
}
