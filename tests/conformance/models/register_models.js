// Boots the models of LoopBack apps with the real loopback-boot and prints what app.models holds.
//
// usage: node register_models.js NODE_MODULES [--global]
// Each line of standard input is one request, {"id", "dir", "env"}, `dir` being the folder of
// model-config.json; each line of standard output answers one:
//   names:    every name of app.models, and the number of the class it leads to
//   classes:  modelName, bases (nearest first), dataSource (every name of it), connector, send
//   email:    LoopBack's registry's own "Email", whether the app has it or not
//   error:    why the start died, with code and the kind of error; then names is empty
//   attached: LoopBack 2: the same after loopback.autoAttach(), with the error that it threw
// A request {"id", "stems"} is answered by the names of models in files of these names.
// `send` is "mail" for the mail connector's, "throws" for the one of LoopBack's Email, else "none".
// Nothing listens; the apps hold no scripts. Each app gets a registry of its own, with --global
// LoopBack's one and only (then ask for one app in a process).
'use strict';

const path = require('path');
const readline = require('readline');
const util = require('util');

const modules = path.resolve(process.argv[2]);
const shared = process.argv.includes('--global');
const load = name => require(path.join(modules, name));
const version = name => load(name + '/package.json').version;
const loopback = load('loopback');
const boot = load('loopback-boot');
const lodash = require(require.resolve('lodash', {paths: [path.join(modules, 'loopback-boot')]}));
const mailer = load('loopback/lib/connectors/mail');
const major = Number(version('loopback').split('.')[0]);

const lines = [];

function standIn(name) {
  return {
    name,
    initialize(ds, done) {
      ds.connector = {name};
      done();
    },
  };
}

function sendOf(model) {
  if (model.send === undefined) return 'none';
  if (model.send === mailer.prototype.DataAccessObject.send) return 'mail';
  try {
    model.send({}, () => {});
  } catch (error) {
    if (/You must connect the Email Model/.test(error.message)) return 'throws';
  }
  return 'other';
}

function basesOf(model) {
  const found = [];
  for (let base = model.base; base && base.modelName; base = base.base) found.push(base.modelName);
  return found;
}

function describe(app, model) {
  const source = model.dataSource || null;
  const names = Object.keys(app.dataSources).filter(name => app.dataSources[name] === source);
  return {
    modelName: model.modelName,
    bases: basesOf(model),
    dataSource: source && names,
    connector: source && source.connector ? source.connector.name || source.connector.constructor.name : null,
    send: sendOf(model),
  };
}

function look(app) {
  const classes = [];
  const names = {};
  for (const name of Object.keys(app.models)) {
    const model = app.models[name];
    if (!classes.includes(model)) classes.push(model);
    names[name] = classes.indexOf(model);
  }
  const email = app.registry.findModel('Email');
  return {
    names,
    classes: classes.map(model => describe(app, model)),
    email: email ? describe(app, email) : null,
  };
}

function boot2(app, options) {
  const instructions = boot.compile(options);
  return new Promise((resolve, reject) => {
    boot.execute(app, instructions, error => (error ? reject(error) : resolve()));
  });
}

function boot3(app, options) {
  const plugins = ['application', 'datasource', 'model', 'mixin'];
  return new boot.Bootstrapper(Object.assign({plugins}, options)).run({app});
}

function errorOf(error) {
  const text = typeof error === 'string' ? error : String((error && error.message) || error);
  return {text, code: (error && error.code) || null, kind: (error && error.name) || typeof error};
}

// As loadModelDefinition in loopback-boot.
function nameOf(stem) {
  return lodash.upperFirst(lodash.camelCase(stem));
}

async function run(request) {
  if (request.stems) {
    return {id: request.id, names: Object.fromEntries(request.stems.map(stem => [stem, nameOf(stem)]))};
  }
  const own = {localRegistry: true, loadBuiltinModels: true};
  const app = loopback(shared ? undefined : own);
  app.connector('sql', standIn('sql'));
  const said = [];
  for (const name of ['log', 'info', 'warn', 'error']) {
    console[name] = (...args) => said.push(util.format(...args));
  }
  const answer = {id: request.id, names: {}, classes: [], email: null, error: null};
  try {
    await (major < 3 ? boot2 : boot3)(app, {appRootDir: request.dir, env: request.env});
  } catch (error) {
    answer.error = errorOf(error);
    return answer;
  }
  Object.assign(answer, look(app));
  if (major < 3) {
    let error = null;
    try {
      app.registry.autoAttach();
    } catch (thrown) {
      error = errorOf(thrown);
    }
    answer.attached = Object.assign(look(app), {error});
  }
  return answer;
}

function print(value) {
  process.stdout.write(JSON.stringify(value) + '\n');
}

async function main() {
  print({loopback: version('loopback'), boot: version('loopback-boot'),
    juggler: version('loopback-datasource-juggler'), node: process.versions.node});
  for (const line of lines) print(await run(JSON.parse(line)));
  process.exit(0);
}

const input = readline.createInterface({input: process.stdin});
input.on('line', line => lines.push(line));
input.on('close', main);
