import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { canKeep, wantsKeeping } from '../session/device.ts'
import { useKeeper } from '../session/keeper.ts'
import { Button } from '../ui/Button.tsx'
import { Tick } from '../ui/fields.tsx'
import { tell } from '../ui/toast.tsx'

/** Whether mail is kept on this device, and the way to be rid of it. */
export function OnThisDevice() {
  const t = useText()
  const keeper = useKeeper()
  const [kept, setKept] = useState(() => wantsKeeping() && canKeep())
  const choose = async (wish: 'on' | 'off') => {
    setKept(wish === 'on')
    await keeper.keep(wish)
    if (wish === 'off') tell(t('settings.forgotten'))
  }
  const possible = canKeep() && !keeper.memoryOnly
  return (
    <section className="page-section" aria-labelledby="settings-device">
      <header>
        <h3 id="settings-device">{t('settings.device')}</h3>
        <p className="quiet">{t(possible ? 'settings.deviceWhy' : keeper.memoryOnly ? 'settings.deviceForbidden' : 'settings.deviceImpossible')}</p>
      </header>
      {possible && (
        <div>
          <Tick isSelected={kept} onChange={(on) => void choose(on ? 'on' : 'off')}>
            {t('session.keep')}
          </Tick>
          <Button kind="line" isDisabled={!kept} onPress={() => void choose('off')}>
            {t('settings.forget')}
          </Button>
        </div>
      )}
    </section>
  )
}
