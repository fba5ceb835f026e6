import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How the provider treats the next who comes. */
export interface Treatment {
  subject: string
  email?: string
  verified?: boolean
  /** Asks who is there, and says so. */
  asks?: boolean
  /** Over what belongs into the ID token. */
  claims?: Record<string, unknown>
  /** Sends the browser back with this error instead of a code. */
  error?: string
}

/** An identity provider on this machine: discovery, authorization code with PKCE, signed ID tokens. It is another site than 127.0.0.1. */
export class Provider {
  next: Treatment = { subject: 'nobody' }

  private readonly key: KeyObject
  private readonly jwk: object
  private readonly codes = new Map<string, URLSearchParams>()
  private readonly folder = mkdtempSync(join(tmpdir(), 'postroom-provider-'))
  private server: Server | null = null
  private port = 0

  private constructor() {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    this.key = pair.privateKey
    this.jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: '1', use: 'sig', alg: 'RS256' }
  }

  static async start(): Promise<Provider> {
    const provider = new Provider()
    await provider.answer()
    return provider
  }

  get url(): string {
    return `http://localhost:${this.port}`
  }

  /** Is there, at the same address as before. */
  async answer(): Promise<void> {
    const server = createServer((request, response) => void this.handle(request, response).catch(() => response.destroy()))
    await new Promise<void>((done) => server.listen(this.port, 'localhost', done))
    this.port = (server.address() as AddressInfo).port
    this.server = server
  }

  /** Is not there. */
  async silence(): Promise<void> {
    const { server } = this
    this.server = null
    server?.closeAllConnections()
    await new Promise((done) => (server ? server.close(done) : done(null)))
  }

  async stop(): Promise<void> {
    await this.silence()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** What `postroom demo --openid` reads. */
  configuration(link: 'email' | 'self' | 'subject', id = 'corp', title = 'Example login'): string {
    const file = join(this.folder, `${id}.toml`)
    writeFileSync(file, ['[[openid]]', `name = "${id}"`, `title = "${title}"`, `issuer = "${this.url}"`, 'client_id = "postroom"', 'client_secret = "a secret"', 'domains = ["example.test"]', `link = "${link}"`, ''].join('\n'))
    return file
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = new URL(request.url ?? '/', this.url)
    switch (at.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, 200, {
          issuer: this.url, authorization_endpoint: `${this.url}/authorize`, token_endpoint: `${this.url}/token`, jwks_uri: `${this.url}/keys`,
          response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'],
          authorization_response_iss_parameter_supported: true,
        })
      case '/keys':
        return json(response, 200, { keys: [this.jwk] })
      case '/authorize':
        return this.authorize(at.searchParams, response)
      case '/token':
        return this.token(request, new URLSearchParams(await text(request)), response)
      default:
        return json(response, 404, {})
    }
  }

  /** Asks nobody anything, and sends the browser back. */
  private authorize(asked: URLSearchParams, response: ServerResponse): void {
    const back = new URL(asked.get('redirect_uri') ?? '')
    back.searchParams.set('state', asked.get('state') ?? '')
    back.searchParams.set('iss', this.url)
    if (this.next.error) {
      back.searchParams.set('error', this.next.error)
    } else {
      const code = randomUUID()
      this.codes.set(code, asked)
      back.searchParams.set('code', code)
    }
    response.writeHead(302, { Location: back.href }).end()
  }

  private token(request: IncomingMessage, form: URLSearchParams, response: ServerResponse): void {
    const asked = this.codes.get(form.get('code') ?? '')
    this.codes.delete(form.get('code') ?? '')
    const [id, secret] = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString().split(':')
    const known = id === 'postroom' && decodeURIComponent((secret ?? '').replaceAll('+', ' ')) === 'a secret'
    const proof = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url')
    if (!known || !asked || asked.get('code_challenge_method') !== 'S256' || asked.get('code_challenge') !== proof || asked.get('redirect_uri') !== form.get('redirect_uri')) {
      return json(response, 400, { error: 'invalid_grant' })
    }
    const now = Math.floor(Date.now() / 1000)
    const { subject, email, verified, asks, claims } = this.next
    const body = { iss: this.url, aud: 'postroom', sub: subject, nonce: asked.get('nonce'), iat: now, exp: now + 60, email, email_verified: verified ?? true, ...(asks && { auth_time: now }), ...claims }
    return json(response, 200, { access_token: randomUUID(), token_type: 'Bearer', expires_in: 60, id_token: this.sign(body) })
  }

  private sign(body: object): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = `${part({ alg: 'RS256', kid: '1', typ: 'JWT' })}.${part(body)}`
    return `${signed}.${sign('sha256', Buffer.from(signed), this.key).toString('base64url')}`
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

async function text(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
