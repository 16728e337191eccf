import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Authority, openAuthority, openFactory } from '#hosting/certificate.ts'
import { generateNodeKeys, nodeSigner } from '#protocol/node-keys.ts'
import { CLIENT_USAGE, COMMAND_USAGE, readCertificates, SERVER_USAGE, verifyChain } from './chain.ts'
import { Trust } from './trust.ts'

const DAY_S = 86_400
const nowS = Math.floor(Date.now() / 1000)
const daysFromNow = (days: number): Date => new Date((nowS + days * DAY_S) * 1000)
const CHIP = '00000000000000c1'

describe('chains of certificates', () => {
  let folder: string
  let ours: Authority
  let strangers: Authority
  let rootPem: string

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-chain-'))
    ours = await openAuthority(path.join(folder, 'ours'))
    strangers = await openAuthority(path.join(folder, 'strangers'))
    rootPem = await readFile(ours.caFile, 'utf8')
  })

  after(() => rm(folder, { recursive: true }))

  const chainOf = async (files: Promise<{ certificateFile: string }>): Promise<string> =>
    readFile((await files).certificateFile, 'utf8')
  const problem = (pems: string, usage: string, atS = nowS): string => {
    const verified = verifyChain(pems, { rootPem, atS, usage })
    return verified.ok ? 'good' : verified.error
  }

  test('a server and a client of ours, each for its own use alone', async () => {
    const server = await chainOf(ours.server('broker'))
    const client = await chainOf(ours.client(CHIP))
    assert.equal(problem(server, SERVER_USAGE), 'good')
    assert.equal(problem(client, CLIENT_USAGE), 'good')
    assert.equal(problem(client, SERVER_USAGE), 'wrong-use')
    assert.equal(problem(server, COMMAND_USAGE), 'wrong-use')
  })

  test('after a change of the issuing authority both lead to the root', async () => {
    const before = await chainOf(ours.client(CHIP, { file: 'before' }))
    await ours.newIssuing()
    const after = await chainOf(ours.client(CHIP, { file: 'after' }))
    assert.equal(problem(before, CLIENT_USAGE), 'good')
    assert.equal(problem(after, CLIENT_USAGE), 'good')
    const [leaf = ''] = after.split(/(?<=-----END CERTIFICATE-----\n)/)
    const [, otherIssuing = ''] = before.split(/(?<=-----END CERTIFICATE-----\n)/)
    assert.equal(problem(leaf, CLIENT_USAGE), 'not-from-root')
    assert.equal(problem(leaf + otherIssuing, CLIENT_USAGE), 'not-from-root')
  })

  test('strangers, with their own root at hand too', async () => {
    const client = await chainOf(strangers.client(CHIP))
    assert.equal(problem(client, CLIENT_USAGE), 'not-from-root')
    assert.equal(problem(client + (await readFile(strangers.caFile, 'utf8')), CLIENT_USAGE), 'not-from-root')
  })

  test('the factory is nobody here', async () => {
    const factory = await openFactory(path.join(folder, 'factory'))
    const { certificateFile } = await factory.idevid(CHIP, 'ES256')
    assert.equal(problem(await readFile(certificateFile, 'utf8'), CLIENT_USAGE), 'not-from-root')
  })

  test('dates count, of the certificate and of the root', async () => {
    const validity = { notBefore: daysFromNow(-2), notAfter: daysFromNow(-1) }
    const over = await chainOf(ours.client(CHIP, { file: 'over', validity }))
    assert.equal(problem(over, CLIENT_USAGE), 'not-in-time')
    assert.equal(problem(over, CLIENT_USAGE, nowS - 1.5 * DAY_S), 'not-in-time')
    const client = await chainOf(ours.client(CHIP))
    assert.equal(problem(client, CLIENT_USAGE, nowS - DAY_S), 'not-in-time')
    assert.equal(problem(client, CLIENT_USAGE, 0), 'not-in-time')
  })

  test('a client does not make clients', async () => {
    const { certificateFile, keyFile } = await ours.client('system')
    const system = await readFile(certificateFile, 'utf8')
    const forged = path.join(folder, 'forged.pem')
    await writeFile(path.join(folder, 'forged.key.pem'), generateNodeKeys('ES256').privateKeyPem)
    const { execFileSync } = await import('node:child_process')
    execFileSync('openssl', [
      'req',
      '-new',
      '-key',
      path.join(folder, 'forged.key.pem'),
      '-subj',
      `/CN=${CHIP}`,
      '-out',
      `${forged}.csr`,
    ])
    const extensions = path.join(folder, 'extensions')
    await writeFile(extensions, 'keyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n')
    execFileSync(
      'openssl',
      [
        'x509',
        '-req',
        '-in',
        `${forged}.csr`,
        '-CA',
        certificateFile,
        '-CAkey',
        keyFile,
        '-CAcreateserial',
        '-days',
        '1',
        '-extfile',
        extensions,
        '-out',
        forged,
      ],
      { stdio: 'pipe' },
    )
    assert.equal(problem((await readFile(forged, 'utf8')) + system, CLIENT_USAGE), 'not-from-root')
  })

  test('no certificate, half of one, and too many', async () => {
    const client = await chainOf(ours.client(CHIP))
    for (const pems of [
      '',
      'a certificate',
      client.slice(0, 200),
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      client.repeat(3),
    ]) {
      assert.equal(problem(pems, CLIENT_USAGE), 'malformed', pems.slice(0, 40))
    }
    assert.deepEqual(readCertificates('nothing'), [])
  })

  describe('command keys', () => {
    const makeKey = async (
      name: string,
      validity?: { readonly notBefore: Date; readonly notAfter: Date },
    ): Promise<{ pem: string; kid: string }> => {
      const { privateKeyPem } = generateNodeKeys('EdDSA')
      const keyFile = path.join(folder, `${name}.key.pem`)
      await writeFile(keyFile, privateKeyPem)
      const pem = await readFile(await ours.commandCertificate(keyFile, validity), 'utf8')
      return { pem, kid: nodeSigner(privateKeyPem, { withKid: true }).kid ?? '' }
    }
    const kidsOf = (trust: Trust): unknown[] => trust.verifiers().map(({ kid }) => kid)

    test('those of the root count, and a list takes the place of the one before', async () => {
      const first = await makeKey('first')
      const second = await makeKey('second')
      const trust = new Trust({ rootPem, wallS: () => nowS })
      assert.deepEqual(trust.replace([first.pem, second.pem + rootPem]), [])
      assert.deepEqual(kidsOf(trust), [first.kid, second.kid])
      assert.deepEqual(trust.replace([second.pem]), [])
      assert.deepEqual(kidsOf(trust), [second.kid])
    })

    test('a certificate for anything else, or from anyone else, makes no command key', async () => {
      const first = await makeKey('first')
      const client = await chainOf(ours.client(CHIP))
      const trust = new Trust({ rootPem, wallS: () => nowS })
      assert.deepEqual(trust.replace([client, rootPem, 'nothing', first.pem]), [
        'not-from-root',
        'wrong-use',
        'malformed',
      ])
      assert.deepEqual(kidsOf(trust), [first.kid])
      const foreign = new Trust({ rootPem: await readFile(strangers.caFile, 'utf8'), wallS: () => nowS })
      assert.deepEqual(foreign.replace([first.pem]), ['not-from-root'])
      assert.deepEqual(kidsOf(foreign), [])
    })

    test('an issuing authority cannot certify one, even for that very use', async () => {
      const { keyFile, certificateFile } = ours.issuing().at(-1) ?? { keyFile: '', certificateFile: '' }
      const { execFileSync } = await import('node:child_process')
      const at = (name: string): string => path.join(folder, name)
      await writeFile(at('rogue.key.pem'), generateNodeKeys('ES256').privateKeyPem)
      await writeFile(
        at('rogue.extensions'),
        `basicConstraints=CA:false\nkeyUsage=digitalSignature\nextendedKeyUsage=${COMMAND_USAGE}\n`,
      )
      execFileSync('openssl', [
        'req',
        '-new',
        '-key',
        at('rogue.key.pem'),
        '-subj',
        '/CN=Farthing Command',
        '-out',
        at('rogue.csr'),
      ])
      execFileSync(
        'openssl',
        [
          'x509',
          '-req',
          '-in',
          at('rogue.csr'),
          '-CA',
          certificateFile,
          '-CAkey',
          keyFile,
          '-CAcreateserial',
          '-days',
          '1',
          '-extfile',
          at('rogue.extensions'),
          '-out',
          at('rogue.pem'),
        ],
        { stdio: 'pipe' },
      )
      const rogue = (await readFile(at('rogue.pem'), 'utf8')) + (await readFile(certificateFile, 'utf8'))
      // openssl begins it now, which may be a second after the others.
      assert.equal(problem(rogue, COMMAND_USAGE, nowS + DAY_S / 2), 'good')
      const trust = new Trust({ rootPem, wallS: () => nowS + DAY_S / 2 })
      assert.deepEqual(trust.replace([rogue]), ['not-from-root'])
      assert.deepEqual(kidsOf(trust), [])
    })

    test('each counts in its own time, as the clock goes on, and never while there is no time', async () => {
      const now = await makeKey('now', { notBefore: daysFromNow(-1), notAfter: daysFromNow(1) })
      const later = await makeKey('later', { notBefore: daysFromNow(0.5), notAfter: daysFromNow(9) })
      let wallS: number | undefined = nowS
      const trust = new Trust({ rootPem, wallS: () => wallS })
      trust.replace([now.pem, later.pem])
      assert.deepEqual(kidsOf(trust), [now.kid])
      wallS = nowS + 0.7 * DAY_S
      assert.deepEqual(kidsOf(trust), [now.kid, later.kid])
      wallS = nowS + 2 * DAY_S
      assert.deepEqual(kidsOf(trust), [later.kid])
      wallS = undefined
      assert.deepEqual(kidsOf(trust), [])
    })
  })
})
