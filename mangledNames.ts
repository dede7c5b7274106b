/**
 * Names of properties that are shortened in the files of dist that hand each other objects. Each is one that nobody else sees: it is
 * in no public type, is neither sent nor stored, and the language and the browser have no such property. `npm run names` finds more,
 * and test/package/mangledNames.test.ts says when one of these becomes visible. The most used ones come first, and get one letter.
 */
export const MANGLED_NAMES: readonly string[] = `
  firstRequests definition onFault transact isStopped isOnline elapsed validateFlagName secondFile onChange
  largeSegments forgetMemberships isGranted hasTrafficType writeMemberships packing definitionNotFound
  isDeclined hashes hashing timeoutMs replaces ruleBasedSegment gateBucket isFleeting isUntried whenActivated keyValue
  isInRuleBasedSegment notes mistake noCache onOutcome renewNote onRefused isPolling
  validateProperties stored failures isUnique unstored refreshMemberships learn changeMemberships isOnce
  registrations databaseNames openHour onBlocked contactAt compiled onCorrupt build words underWay deliverNow
  excludedKeys mayStoreUser streamingUrl dedupe wasDelivered takeDefinitions takeMemberships
  openEventSource isHidden recorder namesInSets beaconExtra onStorageFault waitMs isBarred setStreamed
  storeMemberships isSettled connectInMs hasFailed readiness isChanged backoff noRuleMatched takeCounts accumulate
  keepLimits refreshAll onError stopRetrying refusal isDistrusted accepts storedAt isDataNeeded takeKeys
  markFailing isStored onUnreadable isSaved whenAnswered hasSucceeded onRestore evaluator resets
  bucketKey isWell writeSoon gather isSuspect mostBytes writeSome numberOf treatmentOf namedOutbox
  removeNotes refreshInMs isLocal adopted whenIdle lives losesPosts reachReady reachCache setSubject
  overridden isUsed onDeclined addKey learnNotes onRepeated writeAhead mayStillGo writeLater
  addChannel sentAt periodMs isWanted parameter onDestroy isProxied headerKey isCorrupt isKeyText failingSince
  addresses onGranted onDropped onWaiting leave onChannel putAtOnce recovered onHide
  isKnown changes numbers writer authUrl onFreeze inUse loadLate distrust snapshot textsKey
  patchKey observer takeKept lastSeen pauseFor repeated usableStore giveUp settle isTold isGood baseMs mostMs
  expectStream isMissing holdBack letGo isBehind stops shown fresh answers matcher isBlind judge isNoted entryOf execute listen
  doubts whenPut onOpen expire handTo isKept isIdle onIdle isNews strip spend isNew definitionsUrl
  membershipsUrl onStored traitsOf seenIn textOf arrived notedBy
  isApplied onApplied answered isAnswer
  matchingKeys noteStatus onReset pauseMs kinds receive onFailed onAway onBack
  showLatest writeDefinitions forgetDefinitions forgetAll
  withoutDefinition outcomeOf summariseMatcher servedBy formats withoutLabel summarise prerequisitesNotMet writeNote steps hash32
  notInSplit notReady runApart runAfter life rest cell tray tell sink isUp storeAll hold room door keep look soon cost sift halt tail what
`
  .trim()
  .split(/\s+/)

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LETTERS = CAPITALS.toLowerCase() + CAPITALS

/** A short name: a capital, or a capital and a letter. No name that is sent, stored or public looks like that. */
export const SHORT_NAME = /^[A-Z][A-Za-z]?$/

/** The short names by the long ones, the same for all files. */
export const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  MANGLED_NAMES.map((name, n) => {
    const rest = n - CAPITALS.length
    const short =
      rest < 0 ? CAPITALS.charAt(n) : CAPITALS.charAt(rest % CAPITALS.length) + LETTERS.charAt(rest / CAPITALS.length)
    return [name, short]
  }),
)
