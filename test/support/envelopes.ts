/** ZIPs and saved messages, byte by byte: names in any encoding, bytes that are not what is announced. */
import { Buffer } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { burn, type Entry } from '@kenjiuno/msgreader/lib/Burner.js'
import iconv from 'iconv-lite'

export interface ZipEntry {
  /** Its name as UTF-8 without its mark, or as these bytes. */
  name: string | Buffer
  bytes: Buffer
  encrypted?: boolean
  /** Its sum is not that of its bytes. */
  damaged?: boolean
  /** What it announces to inflate to. */
  announced?: number
}

/** As French Windows names files in a ZIP. */
export const inCp850 = (name: string): Buffer => iconv.encode(name, 'cp850')

/** Stored, not deflated. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name, bytes, encrypted = false, damaged = false, announced } of entries) {
    const raw = Buffer.from(name as string)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(encrypted ? 1 : 0, 2)
    fields.writeUInt32LE(damaged ? 1 : crc32(bytes), 10)
    fields.writeUInt32LE(bytes.length, 14)
    // A stored entry that is encrypted has twelve bytes more; one that would inflate is deflated.
    fields.writeUInt16LE(announced === undefined ? 0 : 8, 4)
    fields.writeUInt32LE(announced ?? bytes.length - (encrypted ? 12 : 0), 18)
    fields.writeUInt16LE(raw.length, 22)
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), fields, raw, bytes])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), fields, rest, raw]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

interface Message {
  from: string
  subject: string
  attachments: ReadonlyArray<{ name: string; bytes: Buffer }>
}

/** A message as most mail programs save it. */
export function emlOf({ from, subject, attachments }: Message): Buffer {
  const parts = attachments.map(({ name, bytes }) =>
    [
      '--limite',
      'Content-Type: application/octet-stream',
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      '',
      bytes.toString('base64').replace(/.{76}/g, '$&\r\n'),
    ].join('\r\n'),
  )
  return Buffer.from(
    [
      `From: La direction <${from}>`,
      'To: porteur@exemple.fr',
      `Subject: =?UTF-8?B?${Buffer.from(subject).toString('base64')}?=`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="limite"',
      '',
      '--limite\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBonjour, voici la pièce.',
      ...parts,
      '--limite--',
      '',
    ].join('\r\n'),
  )
}

const FOLDER = 1
const STREAM = 2
const ROOT = 5

/** The same as Outlook saves it (MS-OXMSG). */
export function msgOf({ from, subject, attachments }: Message): Buffer {
  const entries: Entry[] = [{ name: 'Root Entry', type: ROOT, children: [], length: 0 }]
  const add = (parent: number, entry: Entry): number => {
    entries.push(entry)
    entries[parent]?.children?.push(entries.length - 1)
    return entries.length - 1
  }
  const stream = (parent: number, name: string, bytes: Buffer) =>
    add(parent, { name, type: STREAM, binaryProvider: () => new Uint8Array(bytes), length: bytes.length })
  const text = (parent: number, tag: string, value: string) =>
    stream(parent, `__substg1.0_${tag}001F`, Buffer.from(value, 'utf16le'))
  stream(0, '__properties_version1.0', Buffer.alloc(32))
  text(0, '001A', 'IPM.Note')
  text(0, '0037', subject)
  text(0, '5D01', from)
  for (const [rank, { name, bytes }] of attachments.entries()) {
    const attachment = add(0, {
      name: `__attach_version1.0_#${String(rank).padStart(8, '0')}`,
      type: FOLDER,
      children: [],
      length: 0,
    })
    stream(attachment, '__properties_version1.0', Buffer.alloc(8))
    text(attachment, '3707', name)
    stream(attachment, '__substg1.0_37010102', bytes)
  }
  return Buffer.from(burn(entries))
}
