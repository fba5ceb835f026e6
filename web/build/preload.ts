import type { Plugin } from 'vite'

/**
 * Names in index.html what the first page is made of besides the small entry
 * that asks the server for its data: the browser fetches it at the same time.
 */
export function preload(page: string): Plugin {
  return {
    name: 'postroom-preload',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const chunks = Object.values(bundle ?? {}).filter((file) => file.type === 'chunk')
        const found = new Map<string, (typeof chunks)[number]>()
        const add = (name: string) => {
          const chunk = chunks.find((c) => c.fileName === name)
          if (!chunk || found.has(name)) return
          found.set(name, chunk)
          chunk.imports.forEach(add)
        }
        const first = chunks.find((c) => c.facadeModuleId?.endsWith(page))
        if (!first) throw new Error(`there is no chunk of ${page}`)
        add(first.fileName)
        const styles = new Set([...found.values()].flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? [])]))
        const fresh = (name: string) => !html.includes(`/${name}"`)
        return [
          ...[...found.keys()].filter(fresh).map((name) => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/${name}` }, injectTo: 'head' as const })),
          ...[...styles].filter(fresh).map((name) => ({ tag: 'link', attrs: { rel: 'stylesheet', crossorigin: true, href: `/${name}` }, injectTo: 'head' as const })),
        ]
      },
    },
  }
}
