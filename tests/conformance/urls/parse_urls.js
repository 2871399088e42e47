// Prints what Nodemailer's parseConnectionUrl makes of each URL: a line of JSON for each line read.
// usage: node parse_urls.js NODE_MODULES
'use strict';

const path = require('path');
const modules = path.resolve(process.argv[2]);
const find = name => require(path.join(modules, name));
let shared;
try {
  shared = find('nodemailer-shared'); // Nodemailer 2
} catch (error) {
  shared = find('nodemailer/lib/shared');
}

// JSON knows no Infinity.
const plain = (key, value) =>
  typeof value === 'number' && !isFinite(value) ? {number: String(value)} : value;

require('readline').createInterface({input: process.stdin}).on('line', line => {
  let answer;
  try {
    answer = {options: shared.parseConnectionUrl(JSON.parse(line))};
  } catch (error) {
    answer = {error: error.message};
  }
  process.stdout.write(JSON.stringify(answer, plain) + '\n');
});
