import { type Plugin, type UserConfig, defineConfig } from 'vite'

/**
 * Puts the one stylesheet into the page itself, so that the first response already looks right. The system
 * allows exactly this `<style>` by its hash; scripts stay files of their own.
 */
function styleInPage(): Plugin {
  return {
    name: 'style-in-page',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle['index.html']
      if (page?.type !== 'asset') return
      let html = String(page.source)
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type !== 'asset' || !name.endsWith('.css')) continue
        const link = new RegExp(`[ \\t]*<link rel="stylesheet"[^>]*${name.replaceAll('.', '\\.')}"[^>]*>\\n?`)
        if (!link.test(html)) throw new Error(`the page does not link ${name}`)
        const style = `<style>${String(file.source).trim()}</style>\n`
        html = html.replace(link, () => style)
        delete bundle[name]
      }
      page.source = html.replaceAll(/>\s+</g, '><')
    },
  }
}

/** How the page is built; `hosting/src/page-build.ts` runs it without a build step by hand. */
export const pageConfig: UserConfig = {
  root: import.meta.dirname,
  base: '/',
  publicDir: false,
  plugins: [styleInPage()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['es2022', 'safari16', 'chrome108', 'firefox115'],
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // What the first screen needs is one file: a slow line pays for every trip.
        codeSplitting: { groups: [{ name: 'page', test: /preload-helper|rolldown.runtime|src\/main/ }] },
      },
    },
    sourcemap: false,
  },
}

export default defineConfig(pageConfig)
