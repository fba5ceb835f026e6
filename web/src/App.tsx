import { I18nProvider, RouterProvider } from 'react-aria-components'
import { useLingui } from '@lingui/react'
import { lazy, Suspense, useSyncExternalStore } from 'react'
import { directedLocale, useText, withTexts } from './i18n/text.ts'
import { Shell } from './mail/Shell.tsx'
import type { SessionKeeper } from './session/session.ts'
import { ApiContext } from './session/api.ts'
import { KeeperContext } from './session/keeper.ts'
import { StoreContext } from './store/hooks.ts'
import { Blank } from './ui/Blank.tsx'
import { Button } from './ui/Button.tsx'
import { Toasts } from './ui/toast.tsx'

const SignInPage = lazy(async () => ({ default: (await import('./session/SignIn.tsx')).SignInPage }))
const SignInAgain = lazy(async () => ({ default: (await import('./session/SignIn.tsx')).SignInAgain }))
const ConfirmDialog = lazy(() => withTexts(() => import('./session/ConfirmDialog.tsx')))

export function App({ keeper }: { keeper: SessionKeeper }) {
  const { i18n } = useLingui()
  return (
    <I18nProvider locale={directedLocale(i18n.locale)}>
      <RouterProvider navigate={(path) => location.assign(path)}>
        <Page keeper={keeper} />
        <Toasts />
      </RouterProvider>
    </I18nProvider>
  )
}

function Page({ keeper }: { keeper: SessionKeeper }) {
  const t = useText()
  const state = useSyncExternalStore(keeper.subscribe, () => keeper.state)
  switch (state.is) {
    case 'starting':
      return <Blank icon="refresh" title={t('ui.loading')} />
    case 'failed':
      return (
        <Blank icon="junk" title={t(state.error.kind === 'offline' ? 'ui.offline' : 'ui.fault')}>
          <Button kind="line" onPress={() => void keeper.start()}>
            {t('ui.again')}
          </Button>
        </Blank>
      )
    case 'signedOut':
      return (
        <Suspense fallback={null}>
          <SignInPage keeper={keeper} unheard={state.unheard} />
        </Suspense>
      )
    case 'signedIn':
      return (
        <StoreContext value={state.store}>
          <ApiContext value={keeper.api}>
            <KeeperContext value={keeper}>
              {/* Nothing of what one person sees and writes stays for another. */}
              <Shell key={state.person.address} person={state.person} offline={state.offline} onSignOut={() => void keeper.signOut()} />
              <Confirm keeper={keeper} address={state.person.address} />
              <Suspense fallback={null}>{state.expired && <SignInAgain keeper={keeper} address={state.person.address} />}</Suspense>
            </KeeperContext>
          </ApiContext>
        </StoreContext>
      )
  }
}

/** Asks who is there when the server wants to know. */
function Confirm({ keeper, address }: { keeper: SessionKeeper; address: string }) {
  const asked = useSyncExternalStore(keeper.confirming.subscribe, keeper.confirming.isAsked)
  return (
    <Suspense fallback={null}>
      {asked && <ConfirmDialog api={keeper.api} confirming={keeper.confirming} address={address} />}
    </Suspense>
  )
}
