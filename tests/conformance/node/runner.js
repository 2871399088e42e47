// Sends messages through real LoopBack apps made in memory, many at once.
//
//   node runner.js FOLDER        (FOLDER has node_modules with loopback)
//
// Each line of standard input is a case {id, datasource (its name), settings, message}; each line of
// standard output its answer. An exception nobody catches, which would kill a real app, becomes the
// answer of the case in whose asynchronous context it was thrown; if that is unknown, the answer is
// {retry: true} for all cases that were under way, and the driver asks them again one by one.
'use strict';

const {AsyncLocalStorage} = require('async_hooks');
const {createRequire} = require('module');
const net = require('net');
const path = require('path');
const readline = require('readline');

const folder = path.resolve(process.argv[2]);
const find = createRequire(path.join(folder, 'index.js'));
const loopback = find('loopback');
const mailer = createRequire(find.resolve('loopback'))('nodemailer/package.json');
const shared = dnsCacheOwner();
const context = new AsyncLocalStorage();
const underWay = new Map();
const out = process.stdout;
// Warnings of LoopBack go to the console; standard output belongs to the answers.
console.log = console.info = console.warn = console.error = () => {};

// A crash ends a real app at once, and its connections with it.
const connect = net.Socket.prototype.connect;
const sockets = new Map();
const dead = new Set();
net.Socket.prototype.connect = function(...args) {
  const id = context.getStore();
  if (id !== undefined) {
    if (dead.has(id)) return this.destroy();
    sockets.set(id, [...(sockets.get(id) || []), this]);
  }
  return connect.apply(this, args);
};

function bury(id) {
  dead.add(id);
  for (const socket of (sockets.get(id) || [])) socket.destroy();
}

function dnsCacheOwner() {
  try {
    return createRequire(find.resolve('loopback'))('nodemailer/lib/shared');
  } catch (error) {
    return {};
  }
}

function answer(id, value) {
  const run = underWay.get(id);
  if (!run) return;
  underWay.delete(id);
  if (value.outcome === 'crash') bury(id);
  sockets.delete(id);
  out.write(JSON.stringify(Object.assign({id}, value)) + '\n');
  for (const transport of (run.transports || [])) {
    try {
      if (transport && transport.close) transport.close();
    } catch (error) {
      // a transport that never worked need not close
    }
  }
}

function describe(error) {
  if (error === null || typeof error !== 'object') return {message: String(error)};
  const value = {message: String(error.message)};
  for (const key of ['code', 'command', 'responseCode', 'response']) {
    if (error[key] !== undefined) value[key] = error[key];
  }
  if (Array.isArray(error.rejected)) value.rejected = error.rejected.map(address);
  return value;
}

function address(value) {
  return typeof value === 'string' ? value : String(value && value.address);
}

function result(info, options) {
  if (info === options || !info || typeof info !== 'object') return {ok: true, outcome: 'nothing-sent'};
  const sent = Array.isArray(info.accepted);
  const value = {ok: true, outcome: sent ? 'sent' : 'nothing-sent'};
  if (typeof info.response === 'string') value.response = info.response;
  if (sent) value.accepted = info.accepted.map(address);
  if (sent && info.rejected) value.rejected = info.rejected.map(address);
  return value;
}

function fail(id, outcome, error) {
  answer(id, Object.assign({ok: false, outcome}, describe(error)));
}

// What a ${VAR} without a value leaves behind, which JSON cannot carry.
function withUndefined(value) {
  if (value === '{undefined}') return undefined;
  if (value === null || typeof value !== 'object') return value;
  for (const key of Object.keys(value)) value[key] = withUndefined(value[key]);
  return value;
}

function run(item) {
  const id = item.id;
  const state = {transports: []};
  underWay.set(id, state);
  if (shared.dnsCache) shared.dnsCache.clear();
  let Email;
  item.settings = withUndefined(item.settings);
  try {
    const app = loopback({localRegistry: true, loadBuiltinModels: true});
    const dataSource = app.dataSource(item.datasource, item.settings);
    Email = app.registry.getModel('Email');
    app.model(Email, {dataSource: item.datasource, public: false});
    state.transports = dataSource.connector.transports || [];
  } catch (error) {
    return fail(id, 'boot-error', error);
  }
  try {
    Email.send(item.message, (error, info) => {
      // A callback of an app may itself throw; ours must not be taken for the case's answer.
      if (error) fail(id, 'failed', error);
      else answer(id, result(info, item.message));
    });
  } catch (error) {
    fail(id, 'crash', error);
  }
}

process.on('uncaughtException', (error) => {
  const id = context.getStore();
  if (id !== undefined) return fail(id, 'crash', error); // nothing, if it was answered before
  if (underWay.size === 1) return fail([...underWay.keys()][0], 'crash', error);
  for (const other of [...underWay.keys()]) answer(other, {retry: true, reason: String(error)});
});

out.write(JSON.stringify({
  loopback: find('loopback/package.json').version,
  nodemailer: mailer.version,
  node: process.version,
}) + '\n');
readline.createInterface({input: process.stdin}).on('line', (line) => {
  const item = JSON.parse(line);
  context.run(item.id, run, item);
}).on('close', () => process.exit(0));
