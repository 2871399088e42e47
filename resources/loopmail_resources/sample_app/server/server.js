'use strict';

const loopback = require('loopback');
const boot = require('loopback-boot');

const app = module.exports = loopback();

app.start = () => app.listen(() => {
  app.emit('started');
  console.log('Coffee shop at %s', app.get('url').replace(/\/$/, ''));
});

boot(app, __dirname, (err) => {
  if (err) throw err;
  if (require.main === module) app.start();
});
