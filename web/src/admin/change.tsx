import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { adminPath, type Api, useApi } from '../session/api.ts'
import { Button } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import { tell } from '../ui/toast.tsx'
import { outdated, reason } from './load.ts'
import { WayLine, wayKey } from './WayLine.tsx'
import type { AccessChange, Change, Simulation } from './wire.ts'
import { accessWords } from './words.ts'

/** Does a change. */
export function make<T = unknown>(api: Api, change: Change): Promise<T> {
  return api.send<T>(change.method, adminPath(...change.path), change.body, change.query, change.match)
}

/** Asks the server what a change would do to what people may do; nothing of it is kept. */
function attempt(api: Api, change: Change): Promise<Simulation> {
  return make<Simulation>(api, { ...change, path: ['simulate', ...change.path] })
}

interface Props {
  /** What is about to be done; null while something is still missing. */
  change: Change | null
  /** The words of the button that does it. */
  act: string
  danger?: boolean
  /** What is told when it is done. */
  told: string
  onDone: () => void
  onCancel?: () => void
  /** Somebody else was faster: shows what is there now. */
  onOutdated?: () => void
}

type Told = { of: string; simulation?: Simulation; fault?: string; outdated?: boolean }

/** The end of a form: what would change, and doing it. A refusal is told in the server's words. */
export function Doing({ change, act, danger, told, onDone, onCancel, onOutdated }: Props) {
  const t = useText()
  const api = useApi()
  const [busy, setBusy] = useState(false)
  const [answer, setAnswer] = useState<Told | null>(null)
  const key = JSON.stringify(change)
  // What was told of another change than this one is no longer true.
  const shown = answer?.of === key ? answer : null

  // While it works, its buttons stay: one that is switched off would lose the focus, and with it Escape.
  const run = async (work: () => Promise<Simulation | undefined>) => {
    if (busy) return undefined
    setBusy(true)
    try {
      const simulation = await work()
      setBusy(false)
      if (simulation) return setAnswer({ of: key, simulation })
      tell(told)
      onDone()
    } catch (error) {
      setBusy(false)
      setAnswer({ of: key, fault: reason(error, t), outdated: outdated(error) })
    }
  }
  return (
    <div className="doing">
      {shown?.fault && (
        <p className="admin-fault" role="alert">
          {shown.fault}
        </p>
      )}
      <div aria-live="polite">
        {shown?.outdated && onOutdated && (
          <Button kind="line" onPress={onOutdated}>
            <Icon name="refresh" />
            {t('admin.lookAgain')}
          </Button>
        )}
        {shown?.simulation && <Outcome simulation={shown.simulation} />}
      </div>
      <footer className="dialog-foot">
        {onCancel && <Button onPress={onCancel}>{t('ui.cancel')}</Button>}
        <Button kind="line" aria-busy={busy} isDisabled={!change} onPress={() => void run(() => attempt(api, change!))}>
          {t('admin.whatChanges')}
        </Button>
        <Button kind={danger ? 'danger' : 'main'} aria-busy={busy} isDisabled={!change} onPress={() => void run(async () => void (await make(api, change!)))}>
          {act}
        </Button>
      </footer>
    </div>
  )
}

/** Who would gain and lose what. */
function Outcome({ simulation }: { simulation: Simulation }) {
  const t = useText()
  const changes = simulation.changes ?? []
  if (simulation.changed === 0) return <p className="admin-note">{t('admin.nothingChanges')}</p>
  return (
    <section className="outcome" aria-label={t('admin.outcome')}>
      <h3>{t('admin.outcomeOf', { count: simulation.changed })}</h3>
      <ul>
        {changes.slice(0, 50).map((c) => (
          <ChangeRow key={`${c.person} ${c.target} ${c.collection ?? ''}`} change={c} />
        ))}
      </ul>
      {simulation.changed > Math.min(changes.length, 50) && <p className="quiet">{t('admin.outcomeMore', { count: simulation.changed - Math.min(changes.length, 50) })}</p>}
      {simulation.compared < simulation.touched && <p className="quiet">{t('admin.outcomePart')}</p>}
    </section>
  )
}

function ChangeRow({ change }: { change: AccessChange }) {
  const t = useText()
  const gains = accessWords(t, change.gains)
  const loses = accessWords(t, change.loses)
  const place = `${plain(change.target)}${change.collection && change.collection !== '/' ? `: ${plain(change.collection)}` : ''}`
  return (
    <li>
      <Icon name="person" />
      <div>
        <p>
          <bdi>{plain(change.person)}</bdi> <span className="quiet">{t('admin.at')}</span> <bdi>{place}</bdi>
        </p>
        {gains && (
          <p className="outcome-gain">
            <span aria-hidden="true">+</span> {t('admin.gains', { rights: gains })}
          </p>
        )}
        {loses && (
          <p className="outcome-loss">
            <span aria-hidden="true">−</span> {t('admin.loses', { rights: loses })}
          </p>
        )}
        {(change.ways ?? []).map((way) => (
          <p key={wayKey(way)} className="quiet way">
            <WayLine way={way} />
          </p>
        ))}
        {(change.ended_ways ?? []).map((way) => (
          <p key={wayKey(way)} className="quiet way">
            <WayLine way={way} ended />
          </p>
        ))}
      </div>
    </li>
  )
}
