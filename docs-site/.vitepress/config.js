import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { slug } from 'github-slugger'
import { withMermaid } from 'vitepress-plugin-mermaid'

const site = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const root = resolve(site, '..')
const modules = ['agent-otp-core', 'agent-otp-spring-boot-starter', 'agent-otp-spring-boot-starter-test', 'agent-otp-server']

const index = readFileSync(resolve(root, 'docs/README.md'), 'utf8')

// Files that pages link to and that are no pages.
const files = new Set()

function isPage(path) {
  return path.endsWith('.md') && existsSync(resolve(root, path))
}

// The pages are those of the repository, where each README is the index of its folder.
function address(page) {
  return '/' + page.replace(/README\.md$/, 'index.md').replace(/\.md$/, '.html').replace(/(^|\/)index\.html$/, '$1')
}

function links(md) {
  md.core.ruler.push('repository-links', (state) => {
    for (const token of state.tokens.flatMap((block) => block.children ?? [])) {
      if (token.type !== 'link_open' || /^(\w+:|#)/.test(token.attrGet('href'))) {
        continue
      }
      const [path, anchor] = token.attrGet('href').split('#')
      const target = posix.join(posix.dirname(state.env.relativePath), decodeURI(path))
      if (isPage(target)) {
        token.attrSet('href', address(target) + (anchor ? '#' + anchor : ''))
      }
      else if (existsSync(resolve(root, target))) {
        files.add(target)
        token.attrSet('href', '/' + target)
        token.attrSet('target', '_self')
      }
    }
  })
}

// The pages are outside this folder, where the packages are that they become code with.
function packages() {
  return {
    name: 'packages',
    enforce: 'pre',
    resolveId(source, importer) {
      if (importer?.endsWith('.md') && !/^[./]/.test(source)) {
        return this.resolve(source, resolve(site, 'package.json'), { skipSelf: true })
      }
    }
  }
}

function javadoc() {
  return modules.map((module) => ({ text: module, link: `/javadoc/${module}/index.html`, target: '_self' }))
}

// The sidebar is the index of the documentation.
function sidebar() {
  const groups = [{ text: 'Documentation', items: [{ text: 'Index', link: '/docs/' }, { text: 'Read me', link: '/' }] }]
  for (const section of index.split(/^## /m).slice(1)) {
    const items = [...section.matchAll(/^\| \[([^\]]+)\]\(([^)]+)\)/gm)]
      .map(([, text, page]) => ({ text, link: address(posix.join('docs', page)) }))
    groups.push({ text: section.split('\n')[0], collapsed: false, items })
  }
  groups.push({
    text: 'Project',
    items: [{ text: 'Contributing', link: '/CONTRIBUTING' }, { text: 'Security', link: '/SECURITY' }]
  })
  groups.push({ text: 'Javadoc', items: javadoc() })
  return groups
}

export default withMermaid({
  title: 'Agent OTP for Java',
  description: 'One-time permissions for the calls of AI agents',
  lang: 'en',
  srcDir: root,
  srcExclude: ['agent-otp-*/**', 'docs-site/**', 'target/**'],
  outDir: resolve(root, 'target/site'),
  cacheDir: resolve(root, 'target/vitepress'),
  base: process.env.SITE_BASE ?? '/',
  rewrites: { 'README.md': 'index.md', 'docs/README.md': 'docs/index.md' },
  ignoreDeadLinks: [/^https?:\/\/localhost/, /^\/(LICENSE|javadoc\/|docs\/monitoring\/)/],
  markdown: { anchor: { slugify: slug }, config: (md) => md.use(links) },
  vite: { plugins: [packages()] },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Documentation', link: '/docs/' },
      { text: 'Properties', link: '/docs/properties' },
      { text: 'Errors', link: '/docs/errors' },
      { text: 'Javadoc', items: javadoc() }
    ],
    sidebar: sidebar()
  },
  buildEnd({ outDir }) {
    for (const file of files) {
      mkdirSync(dirname(resolve(outDir, file)), { recursive: true })
      copyFileSync(resolve(root, file), resolve(outDir, file))
    }
    for (const module of modules) {
      cpSync(resolve(root, module, 'target/reports/apidocs'), resolve(outDir, 'javadoc', module), { recursive: true })
    }
  }
})
