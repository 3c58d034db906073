import { describe, expect, it } from 'vitest'
import { isForbiddenAddress, judgeEndpoint } from './egress.ts'

describe('an endpoint', () => {
  it.each([
    'https://rest.iad-01.braze.com',
    'https://rest.fra-01.braze.eu/',
    'https://muster.internal:8443/base',
    'https://10.1.2.3',
    'https://[2001:db8::1]:8443',
    'http://127.0.0.1:4400',
    'http://127.9.9.9',
    'http://localhost:4400',
    'http://localhost.:4400',
    'http://[::1]:4400',
    'http://[::ffff:127.0.0.1]',
  ])('may be %s', (url) => expect(judgeEndpoint(url)).toEqual({ ok: true }))

  it.each([
    '',
    'rest.iad-01.braze.com',
    'http://rest.iad-01.braze.com',
    'http://10.1.2.3',
    'http://127.0.0.1.example.com',
    'http://2130706434.example',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    'gopher://127.0.0.1',
    'https://user:secret@rest.braze.com',
    'https://rest.braze.com@169.254.169.254',
    'https://rest braze.com',
    'https://rest.braze.com\\@169.254.169.254',
    'https://rest.braze.com\r\nx: y',
    'https://',
    'https://169.254.169.254',
    'https://169.254.169.254.',
    'https://169.254.0.1:80/latest/meta-data',
    'https://2852039166',
    'https://0xa9fea9fe',
    'https://0xa9.0xfe.0xa9.0xfe',
    'https://0251.0376.0251.0376',
    'https://169.16689662',
    'https://[::ffff:169.254.169.254]',
    'https://[::ffff:a9fe:a9fe]',
    'https://[::169.254.169.254]',
    'https://[64:ff9b::169.254.169.254]',
    'https://[2002:a9fe:a9fe::1]',
    'https://[fe80::1]',
    'https://[FE80::1]',
    'https://[febf::1]',
    'https://[fd00:ec2::254]',
    'https://[ff02::1]',
    'https://[::]',
    'https://[fe80::1%25eth0]',
    'https://0.0.0.0',
    'https://0',
    'https://100.100.100.200',
    'https://224.0.0.1',
    'https://255.255.255.255',
    'https://metadata.google.internal',
    'https://METADATA.google.internal.',
    'https://metadata',
    'https://instance-data',
  ])('may not be %j', (url) => expect(judgeEndpoint(url)).toMatchObject({ ok: false }))
})

describe('an address that a name resolves to', () => {
  it.each([
    '169.254.169.254',
    'fe80::1',
    '::',
    '0.0.0.0',
    'fd00:ec2::254',
    '::ffff:169.254.1.1',
    '239.1.1.1',
  ])('may not be %s', (address) => expect(isForbiddenAddress(address)).toBe(true))
  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '192.168.1.1',
    '52.1.2.3',
    '::1',
    '2606:4700::1111',
    'fd12:3456::1',
    'name',
  ])('may be %s', (address) => expect(isForbiddenAddress(address)).toBe(false))
})
