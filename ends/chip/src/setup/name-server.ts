import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** Phones ask in one datagram of at most this (RFC 1035 section 4.2.1). */
const MAX_QUESTION_BYTES = 512
const HEADER_BYTES = 12
const MAX_LABEL_BYTES = 63
const MAX_NAME_BYTES = 255
const TYPE_A = 1
const CLASS_IN = 1
const FLAG_RESPONSE = 0x80
const MASK_OPCODE = 0x78
const FLAG_RECURSION_DESIRED = 0x01
const FLAG_AUTHORITATIVE = 0x04
/** A pointer to the name in the question (RFC 1035 section 4.1.4). */
const POINTER_TO_QUESTION = 0xc000 + HEADER_BYTES
const IPV4_BYTES = 4
/** A phone that leaves the hotspot must not remember what was said in it. */
const TTL_S = 0

export interface NameServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * A name server that knows one answer: every name has the hotspot's address. So a phone that looks whether it is in the
 * internet meets the set-up page instead, and opens it. It says nothing to what is not a plain question.
 */
export async function startNameServer(
  listen: { readonly host: string; readonly port: number },
  address: string,
): Promise<NameServer> {
  const socket = createSocket('udp4')
  socket.on('message', (question, from) => {
    const answer = answerTo(question, address)
    if (answer !== undefined) socket.send(answer, from.port, from.address, () => {})
  })
  socket.bind(listen.port, listen.host)
  await once(socket, 'listening')
  socket.on('error', () => {})
  return {
    port: socket.address().port,
    close: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** The answer to one datagram (RFC 1035 section 4): an address to A, nothing to any other type; undefined: silence. */
export function answerTo(question: Buffer, address: string): Buffer | undefined {
  if (question.length < HEADER_BYTES || question.length > MAX_QUESTION_BYTES) return undefined
  const flags = question.readUInt8(2)
  const isQuestion = (flags & (FLAG_RESPONSE | MASK_OPCODE)) === 0
  if (!isQuestion || question.readUInt16BE(4) !== 1) return undefined
  const nameEnd = endOfName(question)
  if (nameEnd === undefined || question.length < nameEnd + 4) return undefined
  const asked = question.subarray(HEADER_BYTES, nameEnd + 4)
  const isAddress =
    question.readUInt16BE(nameEnd) === TYPE_A && question.readUInt16BE(nameEnd + 2) === CLASS_IN
  const header = Buffer.alloc(HEADER_BYTES)
  question.copy(header, 0, 0, 2)
  header.writeUInt8(FLAG_RESPONSE | FLAG_AUTHORITATIVE | (flags & FLAG_RECURSION_DESIRED), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(isAddress ? 1 : 0, 6)
  return Buffer.concat(isAddress ? [header, asked, addressRecord(address)] : [header, asked])
}

/** Behind the zero that ends the name; names in questions have no pointers. */
function endOfName(question: Buffer): number | undefined {
  let at = HEADER_BYTES
  while (at < question.length && at - HEADER_BYTES < MAX_NAME_BYTES) {
    const labelBytes = question.readUInt8(at)
    if (labelBytes === 0) return at + 1
    if (labelBytes > MAX_LABEL_BYTES) return undefined
    at += 1 + labelBytes
  }
  return undefined
}

function addressRecord(address: string): Buffer {
  const record = Buffer.alloc(12 + IPV4_BYTES)
  record.writeUInt16BE(POINTER_TO_QUESTION, 0)
  record.writeUInt16BE(TYPE_A, 2)
  record.writeUInt16BE(CLASS_IN, 4)
  record.writeUInt32BE(TTL_S, 6)
  record.writeUInt16BE(IPV4_BYTES, 10)
  for (const [index, part] of address.split('.').entries()) record.writeUInt8(Number(part), 12 + index)
  return record
}
