/** A part of a page that may be kept as it was drawn. */
import type { ComponentChildren, VNode } from 'preact'

/**
 * @param of what the part tells of; the part is kept no longer than that.
 * @param name which part of it.
 * @param from all that it is drawn from: the very same values give the same part.
 */
export type DrawPart = (
  of: object,
  name: string,
  from: readonly unknown[],
  draw: () => VNode,
) => ComponentChildren
