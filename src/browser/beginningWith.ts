/**
 * The range of keys that begin with these parts: an array sorts after every number and text, so that `[…, []]` ends it. Without parts it
 * has the keys that are lists, as all of pennon's are.
 */
export function beginningWith(...start: (string | number)[]): IDBKeyRange {
  return IDBKeyRange.bound(start, [...start, []])
}
