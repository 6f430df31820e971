/** A file sent by the tus protocol with its own client, as the page's script does. */
import { type DetailedError, Upload, type UploadOptions } from 'tus-js-client'

export interface Sent {
  /** Address of the upload. */
  url: string
  id: string
}

/**
 * Sends to the end and resolves with the upload; rejects with the client's error, which holds the answer.
 *
 * @param uploads address under which uploads of the piece are found.
 */
export function sendByTus(
  uploads: string,
  file: { name: string; bytes: Buffer },
  options: UploadOptions = {},
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const upload: Upload = new Upload(file.bytes, {
      endpoint: uploads,
      metadata: { filename: file.name },
      chunkSize: 100_000,
      retryDelays: null,
      uploadDataDuringCreation: true,
      storeFingerprintForResuming: false,
      ...options,
      onError: reject,
      onSuccess: () => resolve({ url: upload.url ?? '', id: upload.url?.split('/').at(-1) ?? '' }),
    })
    upload.start()
  })
}

/** What the server answered to a refused upload. */
export async function refusalOf(sending: Promise<unknown>): Promise<{ status: number; detail: string }> {
  const error = await sending.then(
    () => {
      throw new Error('The upload was not refused')
    },
    (refused: DetailedError) => refused,
  )
  const answer = error.originalResponse
  const body: unknown = JSON.parse(answer?.getBody() ?? '{}')
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : ''
  return { status: answer?.getStatus() ?? 0, detail: detail.replace(/[\u00a0\u202f]/g, ' ') }
}

export interface DepositAnswer {
  status: number
  body: {
    location?: string
    number?: number
    files?: Array<{ name: string; sha256: string; size: number }>
    alreadyReceived?: boolean
    code?: string
    detail?: string
    refused?: Array<{ upload: string; reason: string }>
  }
}

/** Asks for the version made of these uploads. */
export async function depositSent(
  uploads: string,
  sent: ReadonlyArray<Pick<Sent, 'id'>>,
  more: { garder?: string | string[]; headers?: Record<string, string> } = {},
): Promise<DepositAnswer> {
  const answer = await fetch(`${uploads}/depot`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...more.headers },
    body: JSON.stringify({
      uploads: sent.map(({ id }) => id),
      garder: more.garder,
    }),
  })
  return { status: answer.status, body: (await answer.json()) as DepositAnswer['body'] }
}
