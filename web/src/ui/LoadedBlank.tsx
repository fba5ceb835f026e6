import { useText } from '../i18n/text.ts'
import { Blank } from './Blank.tsx'
import { Button } from './Button.tsx'
import { refusalOf } from './refusal.ts'
import type { Loaded } from './useLoaded.ts'

/** What stands where something is still being read, or could not be. */
export function LoadedBlank({ of }: { of: Loaded<unknown> }) {
  const t = useText()
  if (of.fault === null) return <Blank icon="refresh" title={t('ui.loading')} />
  return (
    <Blank icon="junk" title={refusalOf(of.fault, t)}>
      <Button kind="line" onPress={() => void of.reload()}>
        {t('ui.again')}
      </Button>
    </Blank>
  )
}
