// Boots a whole app with the real loopback-boot, components and middleware too.
//
// usage: node start_app.js NODE_MODULES DIR ENV
// The app's own modules print what they are given; a start that fails prints {"error": TEXT}.
'use strict';

const path = require('path');

const load = name => require(path.join(path.resolve(process.argv[2]), name));
const app = load('loopback')({localRegistry: true, loadBuiltinModels: true});
console.warn = console.error = () => {};

function told(error) {
  if (error) console.log(JSON.stringify({error: String(error.message || error)}));
  process.exit(0);
}

try {
  load('loopback-boot')(app, {appRootDir: process.argv[3], env: process.argv[4]}, told);
} catch (error) {
  told(error);
}
