import { type Plugin, type UserConfig, defineConfig } from 'vite'

/** Everything comes from the chip that serves the page, and everything goes to it; no script or style in the markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** The policy stands in the page itself and not only in a header, so that it holds whoever serves the folder. */
function policyInPage(): Plugin {
  return {
    name: 'policy-in-page',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle['index.html']
      if (page?.type !== 'asset') return
      const html = String(page.source)
      const charset = '<meta charset="utf-8" />'
      if (!html.includes(charset)) throw new Error('the page does not begin with its charset')
      const policy = `${charset}<meta http-equiv="Content-Security-Policy" content="${POLICY}" />`
      page.source = html.replace(charset, policy).replaceAll(/>\s+</g, '><')
    },
  }
}

/** How the page is built; `hosting/src/page-build.ts` runs it without a build step by hand. */
export const pageConfig: UserConfig = {
  root: import.meta.dirname,
  base: '/',
  publicDir: false,
  plugins: [policyInPage()],
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
