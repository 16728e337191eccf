import { createHash } from 'node:crypto'
import { type Plugin, type UserConfig, defineConfig } from 'vite'

/**
 * Puts the one stylesheet into the page itself, so that the first response already looks right, and a policy that
 * allows exactly this `<style>`, the page's own script, and questions to the chip that serves it. In the page and not
 * only in a header, so that it holds whoever serves the folder.
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
        const style = String(file.source).trim()
        html = html.replace(link, () => `<style>${style}</style>\n`)
        html = html.replace('<meta charset="utf-8" />', (charset) => charset + policyFor(style))
        delete bundle[name]
      }
      if (!html.includes('Content-Security-Policy')) throw new Error('the page has no policy')
      page.source = html.replaceAll(/>\s+</g, '><')
    },
  }
}

function policyFor(style: string): string {
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'sha256-${hash}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<meta http-equiv="Content-Security-Policy" content="${policy}" />`
}

/** How the page is built; `src/build.ts` runs it without a build step by hand. */
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
    sourcemap: false,
  },
}

export default defineConfig(pageConfig)
