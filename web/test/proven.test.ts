import { expect, test } from 'vitest'
import { isProven } from '../src/mail/proven.ts'

const from = 'news@elsewhere.test'
const at = 'mail.example.test'

test.each([
  ['by DMARC', [`${at};\r\n\tspf=pass smtp.mailfrom=x@elsewhere.test;\r\n\tdmarc=pass header.from=elsewhere.test policy.dmarc=none`], true],
  ['by a signature', [`${at}; dkim=pass header.d=elsewhere.test`], true],
  ['by a signature of the domain above', [`${at}; dkim=fail header.d=other.test; dkim=pass header.d=test.example; dkim=pass header.d=elsewhere.test`], true],
  ['by a signature of another', [`${at}; dkim=pass header.d=other.test`], false],
  ['by a signature of a domain like it', [`${at}; dkim=pass header.d=where.test`], false],
  ['of another From', [`${at}; dmarc=pass header.from=other.test`], false],
  ['failed, though signed', [`${at}; dkim=pass header.d=elsewhere.test; dmarc=fail header.from=elsewhere.test`], false],
  ['of another server', ['mx.other.test; dmarc=pass header.from=elsewhere.test'], false],
  ['of another server, then of this one', ['mx.other.test; dmarc=fail', `${at}; dmarc=pass header.from=elsewhere.test`], true],
  ['the first one of this server counts', [`${at}; dmarc=none`, `${at}; dmarc=pass header.from=elsewhere.test`], false],
  ['in a comment', [`${at}; spf=none (; dmarc=pass header.from=elsewhere.test)`], false],
  ['in quotes', [`${at}; spf=fail reason="x; dmarc=pass header.from=elsewhere.test"`], false],
  ['passed is another word', [`${at}; dmarc=passed header.from=elsewhere.test`], false],
  ['nothing', [], false],
  ['none', [`${at}; none`], false],
] as const)('%s', (_, fields, want) => {
  expect(isProven(fields, at, from)).toBe(want)
})

test('a server that says nothing of itself proves nothing', () => {
  expect(isProven(['; dmarc=pass header.from=elsewhere.test'], '', from)).toBe(false)
})

test('long fields are read at once', () => {
  expect(isProven([`${at}; ${'('.repeat(20_000)}`], at, from)).toBe(false)
})

test('what a stranger nested is not taken apart', () => {
  const nested = `mx.other.test${' ('.repeat(200_000)}${')'.repeat(200_000)}; dmarc=pass`
  expect(isProven([nested, `${at}; dmarc=pass header.from=elsewhere.test`], at, from)).toBe(true)
})
