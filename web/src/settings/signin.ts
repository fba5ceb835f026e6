import { type Api, adminPath } from '../session/api.ts'
import { type Ceremony, makePasskey, signWithPasskey } from '../session/webauthn.ts'

export interface Use {
  at: string
  remote?: string
  agent?: string
}

export interface Passkey {
  name: string
  created: string
  used?: Use
  synced: boolean
}

export interface SecondFactor {
  on: boolean
  since?: string
  recovery_codes: number
  /** An authenticator app shows codes; else there are passkeys and recovery codes. */
  app: boolean
}

export interface FactorKey {
  secret: string
  uri: string
  /** The QR code, a text of 0 and 1 for each line. */
  qr: string[]
}

export interface Device {
  name: string
  with: string
  created: string
  until: string
  used: Use
  /** This browser. */
  own: boolean
}

export interface AppPassword {
  name: string
  rights: string
  send: boolean
  abilities: string[]
  created: string
  until?: string
  used?: Use
  secret?: string
}

export interface ProviderAccount {
  provider: string
  subject: string
  email?: string
  created: string
  used?: Use
}

/** An identity provider; may_link says that one may link an account there. */
export interface Provider {
  id: string
  title: string
  may_link?: boolean
}

/** The ways to sign in that the server has. */
export interface Ways {
  passkeys?: { rp_id: string }
  providers: Provider[]
}

interface Codes {
  codes: string[]
}

/** What somebody signs in with, for themselves: through the admin API and /auth/. */
export class OwnSignIn {
  constructor(
    private readonly api: Api,
    private readonly address: string,
  ) {}

  private path(...steps: string[]): string {
    return adminPath('accounts', this.address, ...steps)
  }

  setPassword(password: string): Promise<unknown> {
    return this.api.send('PUT', this.path('password'), { password })
  }

  secondFactor(): Promise<SecondFactor> {
    return this.api.get(this.path('second-factor'))
  }

  beginFactor(): Promise<FactorKey> {
    return this.api.send('POST', this.path('second-factor'))
  }

  async confirmFactor(code: string): Promise<string[]> {
    return (await this.api.send<Codes>('POST', this.path('second-factor', 'confirm'), { code })).codes
  }

  async passkeysAsFactor(): Promise<string[]> {
    return (await this.api.send<Codes>('POST', this.path('second-factor', 'passkeys'))).codes
  }

  async newRecoveryCodes(code: string): Promise<string[]> {
    return (await this.api.send<Codes>('POST', this.path('second-factor', 'recovery-codes'), { code })).codes
  }

  removeFactor(code: string): Promise<unknown> {
    return this.api.send('POST', this.path('second-factor', 'remove'), { code })
  }

  passkeys(): Promise<Passkey[]> {
    return this.api.get(this.path('passkeys'))
  }

  /** Makes a passkey on this device. code is one of the second factor, where there is one. */
  async addPasskey(name: string, code: string): Promise<void> {
    const asked = await this.api.send<Ceremony>('POST', '/auth/passkey/add/begin')
    await this.api.send('POST', '/auth/passkey/add', { name, code, ...(await makePasskey(asked)) })
  }

  /** What a passkey of this device has confirmed: it stands for a code. */
  async confirm(): Promise<string> {
    const asked = await this.api.send<Ceremony>('POST', '/auth/passkey/confirm/begin')
    return (await this.api.send<{ code: string }>('POST', '/auth/passkey/confirm', await signWithPasskey(asked))).code
  }

  renamePasskey(name: string, to: string): Promise<unknown> {
    return this.api.send('PATCH', this.path('passkeys', name), { name: to })
  }

  removePasskey(name: string): Promise<unknown> {
    return this.api.send('DELETE', this.path('passkeys', name))
  }

  providers(): Promise<ProviderAccount[]> {
    return this.api.get(this.path('providers'))
  }

  ways(): Promise<Ways> {
    return this.api.get('/auth/methods')
  }

  /** Goes to a provider to prove an account there. The page that one comes back to links it. */
  async proveAt(provider: string): Promise<void> {
    const to = await this.api.send<{ continue: string }>('POST', `/auth/openid/${encodeURIComponent(provider)}/link`)
    location.assign(to.continue)
  }

  /** Links what was proved. code is one of the second factor, where there is one. */
  link(code: string): Promise<unknown> {
    return this.api.send('POST', '/auth/openid/link', { code })
  }

  removeProvider(provider: string): Promise<unknown> {
    return this.api.send('DELETE', this.path('providers', provider))
  }

  devices(): Promise<Device[]> {
    return this.api.get(this.path('sessions'))
  }

  endDevice(name: string): Promise<unknown> {
    return this.api.send('DELETE', this.path('sessions', name))
  }

  endOtherDevices(): Promise<unknown> {
    return this.api.send('DELETE', this.path('sessions'))
  }

  appPasswords(): Promise<AppPassword[]> {
    return this.api.get(this.path('app-passwords'))
  }

  addAppPassword(wish: { name: string; rights: string; send: boolean; abilities: string[]; until?: string }): Promise<AppPassword> {
    return this.api.send('POST', this.path('app-passwords'), wish)
  }

  removeAppPassword(name: string): Promise<unknown> {
    return this.api.send('DELETE', this.path('app-passwords', name))
  }
}

/** The browser and the system that a user agent names, as well as can be told; '' when it cannot. */
export function agentName(agent: string | undefined): string {
  const find = (names: readonly (readonly [RegExp, string])[]) => names.find(([pattern]) => pattern.test(agent ?? ''))?.[1] ?? ''
  const browser = find([[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrome\/|Chromium\//, 'Chrome'], [/Safari\//, 'Safari']])
  const system = find([[/iPhone|iPad/, 'iOS'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X|Macintosh/, 'macOS'], [/CrOS/, 'ChromeOS'], [/Linux|X11/, 'Linux']])
  return [browser, system].filter(Boolean).join(' · ')
}
