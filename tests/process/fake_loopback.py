"""A LoopBack as small as can be, put into an app's node_modules: `send` runs what the test says."""

import json
from pathlib import Path

_LOOPBACK = """
module.exports = function() {
  var model = {dataSource: {connector: {transports: []}}, send: %s};
  var models = function() { return [model]; };
  models.Email = model;
  return {models: models, dataSources: {mail: model.dataSource}};
};
"""
_BOOT = """
module.exports = function(app, options, done) { setImmediate(done); };
module.exports.Bootstrapper = function() {};
"""
SENDS = "function(o, done) { done(null, {accepted: o.to, rejected: [], response: '250 ok'}); }"
REFUSES = (
    "function(o, done) { var e = new Error('Invalid login: 535 no'); e.code = 'EAUTH';"
    " e.command = 'AUTH PLAIN'; e.responseCode = 535; done(e); }"
)
HANGS = "function() { setInterval(function() {}, 1000); }"


def install_fake(folder: Path, send: str, boot: str = _BOOT) -> None:
    """Give the app a loopback 3.99.0 whose every model's `send` is this JavaScript function."""
    for name, text in {"loopback": _LOOPBACK % send, "loopback-boot": boot}.items():
        package = folder / "node_modules" / name
        package.mkdir(parents=True)
        (package / "index.js").write_text(text)
        (package / "package.json").write_text(json.dumps({"name": name, "version": "3.99.0"}))
