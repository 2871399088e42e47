// Boots the configuration of LoopBack apps with the real loopback-boot and prints what came out.
//
// usage: node load_settings.js NODE_MODULES
// Each line of standard input is one request, {"id", "dir", "env", "variables"}; each line of
// standard output answers one: {"id", "settings", "real", "models", "error", "warnings"}.
//   settings: what loopback-boot hands to app.dataSource(), as JSON.stringify prints it
//   real:     JSON.stringify of each data source's own settings
// Nothing listens; no boot script, model script, middleware or component is loaded.
'use strict';

const path = require('path');
const readline = require('readline');
const util = require('util');

const modules = path.resolve(process.argv[2]);
const load = name => require(path.join(modules, name));
const version = name => load(name + '/package.json').version;
const loopback = load('loopback');
const boot = load('loopback-boot');
const major = Number(version('loopback').split('.')[0]);
const CONNECTORS = ['mail', 'memory'];

const lines = [];
const ownEnvironment = Object.assign({}, process.env);

function catchConsole(warnings) {
  for (const name of ['log', 'info', 'warn', 'error']) {
    console[name] = (...args) => warnings.push(util.format(...args));
  }
}

function errorText(error) {
  return typeof error === 'string' ? error : String((error && error.message) || error);
}

// For a connector that is not installed: all else is done as with the real one.
function standIn(name) {
  return {
    name,
    initialize(ds, done) {
      ds.connector = {name};
      done();
    },
  };
}

// Replaces app.dataSource so that each configuration is seen before connectors change it.
function watch(app, answer) {
  const original = app.dataSource;
  app.dataSource = function(name, config) {
    answer.settings[name] = config === undefined ? null : JSON.parse(JSON.stringify(config));
    const connector = config && typeof config === 'object' ? config.connector : 'mail';
    // Without a connector LoopBack 3 looks for one of the data source's name: not our matter.
    if (!connector || typeof connector !== 'string') return undefined;
    if (!CONNECTORS.includes(connector)) app.connector(connector, standIn(connector));
    const ds = original.call(this, name, config);
    answer.real[name] = JSON.parse(JSON.stringify(ds.settings));
    return ds;
  };
}

function takeModels(instructions, answer) {
  for (const {name, config} of instructions) {
    if (!config) continue;
    answer.models[name] = config.dataSource === undefined ? null : config.dataSource;
  }
}

function boot2(app, options, answer) {
  const instructions = boot.compile(options);
  takeModels(instructions.models, answer);
  instructions.models = [];
  return new Promise((resolve, reject) => {
    boot.execute(app, instructions, error => (error ? reject(error) : resolve()));
  });
}

async function boot3(app, options, answer) {
  const bootstrapper = new boot.Bootstrapper(
    Object.assign({plugins: ['application', 'datasource', 'model', 'mixin']}, options)
  );
  const context = {app, phases: ['load', 'compile']};
  await bootstrapper.run(context);
  takeModels(context.instructions.models, answer);
  context.instructions.models = [];
  context.phases = ['starting', 'start'];
  await bootstrapper.run(context);
}

async function run(request) {
  const answer = {id: request.id, settings: {}, real: {}, models: {}, error: null, warnings: []};
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, {PATH: ownEnvironment.PATH}, request.variables || {});
  const app = loopback({localRegistry: true});
  watch(app, answer);
  catchConsole(answer.warnings);
  const options = {appRootDir: request.dir, env: request.env};
  try {
    await (major < 3 ? boot2 : boot3)(app, options, answer);
  } catch (error) {
    answer.error = errorText(error);
    answer.thrown = typeof error === 'string' ? 'string' : (error && error.name) || 'other';
  }
  return answer;
}

function print(value) {
  process.stdout.write(JSON.stringify(value) + '\n');
}

async function main() {
  print({loopback: version('loopback'), boot: version('loopback-boot'),
    nodemailer: version('nodemailer'), node: process.versions.node});
  for (const line of lines) print(await run(JSON.parse(line)));
  process.exit(0);
}

const input = readline.createInterface({input: process.stdin});
input.on('line', line => lines.push(line));
input.on('close', main);
