// Prints, for each range in answers.json, the version of loopback that npm's own semver chooses:
//   npm install semver && node record.js > answers.new.json      (recorded with semver 7.8.6)
'use strict';

const fs = require('fs');
const path = require('path');
const semver = require(require.resolve('semver', {paths: [process.cwd()]}));
const resources = path.join(__dirname, '../../../resources/loopmail_resources');
const read = file => JSON.parse(fs.readFileSync(file, 'utf8'));
const published = read(path.join(resources, 'loopback_versions.json')).published.loopback;
const ranges = read(path.join(__dirname, 'answers.json')).map(([range]) => range);
const lines = ranges.map(range => JSON.stringify([range, semver.maxSatisfying(published, range)]));
process.stdout.write('[\n' + lines.join(',\n') + '\n]\n');
