// Boots an app with its own LoopBack and sends one message through a model of it.
//
// The request arrives as JSON on standard input. The answer is one JSON line that starts with the
// request's marker, so that what the app itself prints cannot be taken for it. Plain ES5: LoopBack 2
// apps run on very old Node versions.
'use strict';

var Module = require('module');
var fs = require('fs');
var path = require('path');

var marker = null;
var stage = 'load';
var answered = false;
var versions = {};

function answer(value) {
  if (answered) return;
  answered = true;
  value.stage = stage;
  value.versions = versions;
  process.stdout.write('\n' + marker + JSON.stringify(value) + '\n', function() {
    process.exit(0);
  });
}

// LoopBack 3's boot throws bare strings, so an error need not be an Error.
function describe(error) {
  if (error === null || typeof error !== 'object') return {message: String(error)};
  return {
    message: error.message === undefined ? String(error) : String(error.message),
    code: typeof error.code === 'string' ? error.code : undefined,
    command: typeof error.command === 'string' ? error.command : undefined,
    responseCode: typeof error.responseCode === 'number' ? error.responseCode : undefined,
    response: typeof error.response === 'string' ? error.response : undefined,
  };
}

function failed(outcome, error) {
  var value = describe(error);
  value.ok = false;
  value.outcome = outcome;
  answer(value);
}

process.on('uncaughtException', function(error) {
  failed(stage === 'send' ? 'crash' : 'boot-error', error);
});

// Finds modules as a file of the app would.
function requirer(folder) {
  var owner = new Module(path.join(folder, 'loopmail-question.js'), null);
  owner.filename = owner.id;
  owner.paths = Module._nodeModulePaths(folder);
  return function(name) {
    return owner.require(name);
  };
}

function load(find, name) {
  try {
    return find(name);
  } catch (error) {
    if (error && error.code === 'MODULE_NOT_FOUND' && String(error.message).indexOf("'" + name + "'") >= 0) {
      stage = 'load';
      answer({ok: false, outcome: 'not-installed', message: name});
      return null;
    }
    throw error;
  }
}

// Common model files require('../../server/server'): give them this app instead of a second one
// that would run its boot scripts.
function standInForServer(server, app) {
  var file = path.join(server, 'server.js');
  if (!fs.existsSync(file)) return;
  var real = fs.realpathSync(file);
  var standIn = new Module(real, null);
  standIn.filename = real;
  standIn.exports = app;
  standIn.loaded = true;
  require.cache[real] = standIn;
}

function bootVersion2(boot, app, options, scripts, done) {
  var instructions = boot.compile(options);
  if (!scripts) instructions.files.boot = [];
  boot.execute(app, instructions, done);
}

function bootVersion3(boot, app, options, scripts, done) {
  if (!scripts) {
    options.plugins = ['application', 'datasource', 'model', 'mixin', 'middleware', 'component', 'swagger'];
  }
  boot(app, options, done);
}

function isMail(dataSource) {
  return !!(dataSource && dataSource.connector && dataSource.connector.transports);
}

function findModel(app, loopback, request) {
  var source = request.datasource ? app.dataSources[request.datasource] : null;
  if (request.datasource && !source) throw new Error('The app has no data source "' + request.datasource + '".');
  var found = request.model ? app.models[request.model] : null;
  if (request.model && !found) throw new Error('The app has no model "' + request.model + '".');
  if (found) return found;
  app.models().forEach(function(model) {
    if (!found && isMail(model.dataSource) && (!source || model.dataSource === source)) found = model;
  });
  if (found) return found;
  if (!source) throw new Error('No model of the app is bound to a mail data source.');
  found = (app.registry || loopback).createModel('LoopmailQuestion', {}, {base: 'Email'});
  found.attachTo(source);
  return found;
}

// A transport that only answers (stub, stream, JSON) or none at all gives no list of recipients.
function delivered(info, options) {
  if (info === options || !info || typeof info !== 'object') return false;
  return Array.isArray(info.accepted) || Array.isArray(info.pending) || typeof info.response === 'string';
}

function send(model, options) {
  stage = 'send';
  var calledBack = function(error, info) {
    if (error) return failed('failed', error);
    info = info || {};
    answer({
      ok: true,
      outcome: delivered(info, options) ? 'sent' : 'nothing-sent',
      response: typeof info.response === 'string' ? info.response : undefined,
      messageId: typeof info.messageId === 'string' ? info.messageId : undefined,
      accepted: info !== options && Array.isArray(info.accepted) ? info.accepted : [],
      rejected: info !== options && Array.isArray(info.rejected) ? info.rejected : [],
    });
  };
  try {
    model.send(options, calledBack);
  } catch (error) {
    failed('crash', error);
  }
}

function versionOf(find, name) {
  try {
    return find(name + '/package.json').version;
  } catch (error) {
    return null;
  }
}

function run(request) {
  var find = requirer(request.server);
  var loopback = load(find, 'loopback');
  if (!loopback) return;
  var boot = load(find, 'loopback-boot');
  if (!boot) return;
  stage = 'boot';
  versions = {loopback: versionOf(find, 'loopback'), boot: versionOf(find, 'loopback-boot'), node: process.version};
  var app = loopback();
  standInForServer(request.server, app);
  var options = {appRootDir: request.server, env: request.env, bootDirs: [], bootScripts: []};
  var start = typeof boot.Bootstrapper === 'function' ? bootVersion3 : bootVersion2;
  start(boot, app, options, request.bootScripts, function(error) {
    if (error) return failed('boot-error', error);
    var model;
    try {
      model = findModel(app, loopback, request);
    } catch (problem) {
      return answer({ok: false, outcome: 'no-model', message: problem.message});
    }
    // The app's own "started" listeners run before the message goes out.
    setImmediate(send, model, request.message);
  });
}

var text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', function(part) {
  text += part;
});
process.stdin.on('end', function() {
  var request = JSON.parse(text);
  text = '';
  marker = request.marker;
  try {
    run(request);
  } catch (error) {
    failed('boot-error', error);
  }
});
