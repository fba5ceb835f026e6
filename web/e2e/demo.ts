import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, expect } from 'vitest'

export interface Account {
  address: string
  password: string
  role?: string
}

interface Ready {
  dir: string
  socket: string
  http_url: string
  listen: Record<string, string>
  accounts: Account[]
  shared: string[]
}

const binary = process.env['POSTROOM_BINARY'] ?? new URL('../../bin/postroom', import.meta.url).pathname
const given = process.env['POSTROOM_PORT_BASE']
/** Ports that others hold are passed by: the demo says so, and the next try takes others. Of those given, each worker has its own. */
const portBases = given
  ? [String(Number(given) + 100 * (Number(process.env['VITEST_POOL_ID'] ?? 1) - 1))]
  : Array.from({ length: 10 }, () => String(20000 + Math.floor(Math.random() * 11_000)))

/** The real server, with the organisation of the demo. */
export class Demo {
  private constructor(
    private readonly process: ChildProcess,
    private readonly dir: string,
    readonly ready: Ready,
  ) {}

  /** With further arguments for `postroom demo`. */
  static async start(more: readonly string[] = []): Promise<Demo> {
    let failed: unknown
    for (const portBase of portBases) {
      try {
        return await Demo.startOn(portBase, more)
      } catch (error) {
        failed = error
      }
    }
    throw failed
  }

  private static async startOn(portBase: string, more: readonly string[]): Promise<Demo> {
    const dir = mkdtempSync(join(tmpdir(), 'postroom-web-'))
    const child = spawn(binary, ['demo', '--dir', dir, '--port-base', portBase, '--json', ...more], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ready = await new Promise<Ready>((resolve, reject) => {
      let text = ''
      child.stdout.on('data', (data: Buffer) => {
        text += data.toString()
        const line = text.split('\n').find((l) => l.includes('"ready"'))
        if (line) resolve(JSON.parse(line) as Ready)
      })
      child.on('error', reject)
      child.on('exit', (code) => reject(new Error(`postroom demo ended with ${code}`)))
    })
    return new Demo(child, dir, ready)
  }

  account(name: string): Account {
    const found = this.ready.accounts.find((a) => a.address.startsWith(`${name}@`))
    if (!found) throw new Error(`the demo has no ${name}`)
    return found
  }

  /** Runs the command line against this server; what it prints. Without input it has none to read. */
  async run(args: string[], input?: string): Promise<string> {
    const child = spawn(binary, args, { env: { ...process.env, POSTROOM_SOCKET: this.ready.socket }, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
    let out = ''
    child.stdout?.on('data', (data: Buffer) => (out += data.toString()))
    child.stderr?.on('data', (data: Buffer) => (out += data.toString()))
    // A command that refuses before it reads has said why: that is told, not the pipe it left.
    child.stdin?.on('error', gone)
    child.stdin?.end(input)
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
    if (code !== 0) throw new Error(`postroom ${args.join(' ')}: ${code}: ${out}`)
    return out
  }

  /** What left the server, with a subject. */
  outbox(subject: string): string[] {
    const dir = join(this.ready.dir, 'outbox')
    if (!existsSync(dir)) return []
    return readdirSync(dir)
      .filter((name) => name.endsWith('.eml'))
      .map((name) => readFileSync(join(dir, name), 'utf8'))
      .filter((message) => message.includes(`Subject: ${subject}`))
  }

  /** Who sent what waits in the queue, be it for the time to undo. */
  async queued(): Promise<string[]> {
    return (JSON.parse(await this.run(['queue', 'list', '--json'])) as { sender: string }[]).map((message) => message.sender)
  }

  /** Waits until the server has done what it does behind: from one look to the next it has hardly used the processor, also where it gets little of it. Where that cannot be told, it is not waited for. */
  async rest(): Promise<void> {
    const stat = `/proc/${this.process.pid}/stat`
    if (!existsSync(stat)) return
    /** In hundredths of a second: proc(5), utime and stime. */
    const used = () => {
      const fields = readFileSync(stat, 'utf8').replace(/.*\) /, '').split(' ')
      return Number(fields[11]) + Number(fields[12])
    }
    let before = -Infinity
    await expect.poll(() => used() - before < 3 || ((before = used()), false), { interval: 2000, timeout: 600_000 }).toBe(true)
  }

  async stop(): Promise<void> {
    this.process.removeAllListeners('exit')
    const ended = new Promise((resolve) => this.process.on('exit', resolve))
    this.process.kill('SIGTERM')
    await ended
    rmSync(this.dir, { recursive: true, force: true })
  }
}

export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

export interface Tab {
  page: Page
  context: BrowserContext
  /** What the browser complained of: scripts that failed, and what the policy of the page forbade. */
  complaints: string[]
  /** Requests to anything but this server. */
  strays: string[]
}

export interface Look {
  width?: number
  height?: number
  dark?: boolean
  locale?: string
}

export async function openTab(browser: Browser, demo: Demo, look: Look = {}): Promise<Tab> {
  const context = await browser.newContext({
    baseURL: demo.ready.http_url,
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    colorScheme: look.dark ? 'dark' : 'light',
    locale: look.locale ?? 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const tab: Tab = { page, context, complaints: [], strays: [] }
  context.on('console', (message) => {
    // That one is not signed in yet is answered with a status, which the browser prints.
    if (message.text().startsWith('Failed to load resource')) return
    if (message.type() === 'error' || message.type() === 'warning') tab.complaints.push(message.text())
  })
  context.on('weberror', (error) => tab.complaints.push(String(error.error())))
  // Only what is about to leave comes by here; what a policy forbade does not.
  await context.route((url) => url.origin !== demo.ready.http_url && /^https?:$/.test(url.protocol), (route) => {
    tab.strays.push(route.request().url())
    return route.abort().catch(gone)
  })
  return tab
}

/** A page that was closed or left meanwhile needs no answer. */
export const gone = (): void => {}

/** Lets a tab go to another origin, too. */
export async function mayGoTo(tab: Tab, origin: string): Promise<void> {
  await tab.context.route((url) => url.origin === origin, (route) => route.continue().catch(gone))
}

export async function signIn(tab: Tab, account: Account): Promise<void> {
  const { page } = tab
  await page.goto('/')
  await page.getByLabel(/^(?:Address|Adresse)$/).fill(account.address)
  await page.getByLabel(/^(?:Password|Passwort)$/).fill(account.password)
  await page.getByRole('button', { name: /^(?:Sign in|Anmelden)$/ }).click()
  await page.locator('.shell').waitFor()
}

/** Closes tabs in which nothing went wrong. */
export async function closed(...tabs: Tab[]): Promise<void> {
  for (const tab of tabs) {
    expect(tab.complaints).toEqual([])
    expect(tab.strays).toEqual([])
    await tab.context.close()
  }
}

/** Waits until something is as expected; the server has until the next look for news. */
export const until = <T>(what: () => T) => expect.poll(what, { timeout: 30_000 })

/** Types a part of a name where a person is asked for, until what is found by all of it is shown: each key makes the offers anew. */
export async function typePerson(page: Page, typed: string, type: () => Promise<void>): Promise<void> {
  const found = page.waitForResponse((response) => {
    const asked = response.request().postData() ?? ''
    return asked.includes('Principal/query') && asked.includes(JSON.stringify(typed))
  })
  await type()
  await (await found).finished()
  await painted(page)
}

/** Types a part of a name and takes the offer. */
export async function choosePerson(within: Locator, typed: string, name: RegExp): Promise<void> {
  const page = within.page()
  await typePerson(page, typed, () => within.getByRole('combobox', { name: 'Person or group' }).pressSequentially(typed))
  await page.getByRole('option', { name }).click()
}

/** Until what the page has got by now is shown. */
export async function painted(page: Page): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
}

/** No time passes for what a page begins from now on: notices stay, and what waits for a pause goes on waiting. The answer lets time go on. */
export async function standStill(page: Page): Promise<() => Promise<void>> {
  const now = Date.now()
  await page.clock.install({ time: now })
  await page.clock.pauseAt(now + 60_000)
  return () => page.clock.resume()
}

/** A server and a browser for the tests of one file, which share them with no other; they end with the file. */
export async function stage(more: readonly string[] = []) {
  const [demo, browser] = await Promise.all([Demo.start(more), startBrowser()])
  afterAll(async () => {
    await browser.close()
    await demo.stop()
  })
  /** Somebody's tab, signed in. */
  const opened = async (name: string, look: Look = {}): Promise<Tab> => {
    const tab = await openTab(browser, demo, look)
    await signIn(tab, demo.account(name))
    return tab
  }
  return { demo, browser, opened }
}
