import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/**
 * A heading that takes the focus when something was done: the button that did it is gone by then, or has nothing to do any more.
 *
 * @param said what became of it; empty while nothing was done
 */
export function useFocusAfter(said: string): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (said) heading.current?.focus()
  }, [said])
  return heading
}
