/** Fills in a model that a porteur brought: to be called outside the server's process (`reader-process/`). */
import { readFile } from 'node:fs/promises'
import { LoopPlugin, TemplateHandler, TextPlugin } from 'easy-template-x'
import type { PrintedValues } from '../../domain/kit/print.ts'
import { MOST_XML_DEPTH } from './model-tags.ts'

export interface FillOrder {
  /** Of the model, which was checked; or the model itself. */
  model: string | Uint8Array
  values: PrintedValues
}

/**
 * Null when it cannot be filled in, such as a list that begins in one cell of a table and ends in another; or
 * when it is not there any more.
 */
export async function fillModel({ model, values }: FillOrder): Promise<Uint8Array | null> {
  // Texts and lists alone: pictures, links and raw XML are never among the values.
  const handler = new TemplateHandler({
    plugins: [new LoopPlugin(), new TextPlugin()],
    maxXmlDepth: MOST_XML_DEPTH,
  })
  try {
    const bytes = typeof model === 'string' ? await readFile(model) : Buffer.from(model)
    return await handler.process(bytes, values)
  } catch (error) {
    if (error instanceof RangeError) throw error
    return null
  }
}
