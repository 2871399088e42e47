"""Which connector LoopBack takes for a data source, and its words where it finds none.

Sources: dataSourcesFromConfig in loopback's `lib/application.js` (2.42, 3.28); DataSource.prototype
.setup, connectorModuleNames and _resolveConnector in `lib/datasource.js` of
loopback-datasource-juggler (2.59, 3.36).
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from os.path import exists
from pathlib import Path

from loopmail.core.app.packages import declared
from loopmail.core.js import INHERITED_FUNCTIONS, Json, truthy

MAIL = "mail"
# All lead to loopback/lib/connectors/mail.js: the first two from its own folder, the others by
# Node's `require`.
_MAIL_NAMES = frozenset(
    {MAIL, "./mail", "loopback/lib/connectors/mail", "loopback/lib/connectors/mail.js"}
)
# What loopback registers (lib/loopback.js) or has in lib/connectors; only `connector` leads there.
_LOOPBACKS = frozenset(
    {"memory", "Memory", "remote", "Remote", "kv-memory", "kvMemory", "KvMemory", "base-connector"}
)
# The juggler's own (lib/connectors); loopback-connector-remote and nodemailer, on which loopback
# depends (the latter is no connector, which nobody notices at the start).
_JUGGLERS = frozenset({"memory", "transient", "kv-memory", "remote", "nodemailer"})
# Their short names are never tried (connectorModuleNames).
_LONG_ONLY = frozenset(
    ["mongodb", "oracle", "mysql", "postgresql", "mssql", "rest", "soap", "db2", "cloudant"]
)
# `require` finds these everywhere (Node 20, module.builtinModules).
_NODES = frozenset(
    re.findall(
        r"\w+",
        "assert async_hooks buffer child_process cluster console constants crypto dgram domain "
        "diagnostics_channel dns events fs http http2 https inspector module net os path "
        "perf_hooks process punycode querystring readline repl stream string_decoder sys timers "
        "tls trace_events tty url util v8 vm wasi worker_threads zlib",
    )
)
_JUGGLER_FILE = Path("loopback-datasource-juggler", "lib", "datasource.js")


def is_mail_connector(connector: Json) -> bool:
    """Tell whether `connector` names LoopBack's mail connector; capitals count."""
    return isinstance(connector, str) and connector in _MAIL_NAMES


def is_mail(settings: Mapping[str, Json]) -> bool:
    """Tell whether LoopBack gives a data source with these settings its mail connector."""
    # With `initialize` the settings themselves pass for the connector.
    return is_mail_connector(settings.get("connector")) and not truthy(settings.get("initialize"))


def means_mail(connector: str, settings: Mapping[str, Json]) -> bool:
    """Tell whether a connector that is not LoopBack's mail connector was meant to be it."""
    name = connector.strip().lower()
    sends = "transports" in settings or "transport" in settings
    return name == MAIL or (sends and name in ("email", "smtp", "mailer", "nodemailer"))


COULD_NOT_CREATE = "Cannot create data source "


def could_not_create(datasource: str, cause: str) -> str:
    """Return LoopBack's words for a data source that stops the start (application.js)."""
    return f"{COULD_NOT_CREATE}{json.dumps(datasource, ensure_ascii=False)}: {cause}"


def could_not_initialize(
    datasource: str, settings: Mapping[str, Json], major: int, cause: str
) -> str:
    """Return LoopBack's words for a mail connector that throws while it is made.

    LoopBack 2 names the connector's function. LoopBack 3 names what it looked the connector up by:
    a module's path, else the data source, as application.js has put the function in its place.
    """
    connector = settings.get("connector")
    named = isinstance(connector, str) and connector.startswith("loopback/")
    three = connector if named else datasource
    shown = json.dumps("MailConnector" if major < 3 else three, ensure_ascii=False)
    return could_not_create(datasource, f"Cannot initialize connector {shown}: {cause}")


def not_installed(connector: str) -> str:
    """Return the juggler's words for a connector that it does not find."""
    names = [] if connector.startswith("/") else [f"./connectors/{connector}"]
    if names and not connector.startswith("loopback-connector-"):
        names.append(f"loopback-connector-{connector}")
    if connector not in _LONG_ONLY:
        names.append(connector)
    listed = "\n".join(names)
    return (
        f'\nWARNING: LoopBack connector "{connector}" is not installed as any of the following '
        f"modules:\n\n {listed}\n\nTo fix, run:\n\n    npm install {names[-1]} --save\n"
    )


class Connectors:
    """The connectors of an app: LoopBack's own, Node's modules, and what is installed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def missing(self, datasource: str, settings: Mapping[str, Json], major: int) -> str | None:
        """Return the name of the connector that stops the start as LoopBack finds none, or None.

        Where the app's packages are not installed here, a connector that another program would
        bring is given the benefit of the doubt.
        """
        if is_mail(settings) or truthy(settings.get("initialize")):
            return None
        key = next((key for key in ("connector", "adapter") if truthy(settings.get(key))), None)
        # Without one LoopBack 2 makes the data source all the same, LoopBack 3 takes its own name,
        # unless that is a URL: it is taken for the settings then.
        if key is None and (major < 3 or "://" in datasource):
            return None
        name = datasource if key is None else settings[key]
        own = _LOOPBACKS | INHERITED_FUNCTIONS | _MAIL_NAMES if key == "connector" else frozenset()
        if not isinstance(name, str) or name in own | _JUGGLERS | _NODES or name[:1] in ("", "."):
            return None
        sure = key is None or means_mail(name, settings) or self._packages_are_here
        return name if sure and not self._installed(name) else None

    @cached_property
    def _folders(self) -> tuple[Path, ...]:
        """The folders that `require` searches on the juggler's behalf (Node, modules.html)."""
        modules = self._root / "node_modules"
        starts = [self._root, modules / "loopback", modules / "loopback-datasource-juggler"]
        for start in starts[1:]:
            with suppress(OSError, RuntimeError):
                starts.append(start.resolve())  # pnpm links to a folder among its siblings
        folders = [folder for start in starts for folder in (start, *start.parents)]
        found = [one / "node_modules" for one in folders if one.name != "node_modules"]
        return tuple(dict.fromkeys(found))

    @cached_property
    def _packages_are_here(self) -> bool:
        return any(exists(folder / _JUGGLER_FILE) for folder in self._folders)

    @cached_property
    def _declared(self) -> frozenset[str]:
        return frozenset(declared(self._root))

    def _installed(self, connector: str) -> bool:
        for name in (connector, f"loopback-connector-{connector}"):
            # `a/lib/b` is a file of the package `a`, `@a/b/c` one of `@a/b`.
            package = name.split("/")[: 2 if name.startswith("@") else 1]
            if "/".join(package) in self._declared:
                return True
            files = (name, f"{name}.js", f"{name}.json")
            if any(exists(folder / file) for folder in self._folders for file in files):
                return True
        return False


# Of connectors that send messages in their own way, by their names: loopback-connector-sendgrid, …
_SENDERS = re.compile(r"mail|sendgrid|postmark|mandrill|sparkpost|twilio|\bses\b")


def sends_itself(connector: Json) -> bool:
    """Tell whether a connector's name is that of one that sends messages in its own way."""
    return isinstance(connector, str) and _SENDERS.search(connector.lower()) is not None
