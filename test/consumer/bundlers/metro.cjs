// node metro.cjs FOLDER: bundles page.js by Metro.
const { join, resolve } = require('node:path')
const metro = require('metro')

async function main(folder) {
  const config = await metro.loadConfig({ cwd: __dirname, resetCache: true }, { projectRoot: __dirname })
  await metro.runBuild(config, { entry: join(__dirname, 'page.js'), out: resolve(folder, 'page.js'), dev: false })
}

main(process.argv[2]).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
