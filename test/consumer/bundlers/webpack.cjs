// node webpack.cjs PACKAGE FOLDER: bundles page.js by webpack 4 or 5, each as a project of its time has it.
const { resolve } = require('node:path')
const [name, folder] = process.argv.slice(2)

require(name)(
  {
    mode: 'production',
    target: 'web',
    context: __dirname,
    entry: './page.js',
    output: { path: resolve(folder), filename: 'page.js', publicPath: '/app/' },
    // It is the size that is warned of.
    performance: false,
    // webpack 4 reads no syntax of later years than its own.
    ...(name === 'webpack4' && { module: { rules: [{ test: /\.js$/, use: 'babel-loader' }] } }),
  },
  (error, stats) => {
    if (error || stats.hasErrors() || stats.hasWarnings()) {
      console.error(error ?? stats.toString({ all: false, errors: true, warnings: true }))
      process.exitCode = 1
    }
  },
)
