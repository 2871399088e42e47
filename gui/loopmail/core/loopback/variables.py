"""Resolving `${VAR}`: from the environment, the keyring and the app's own settings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from loopmail.core.js import INHERITED_FUNCTIONS, UNDEFINED, Json, Undefined, own_keys, truthy
from loopmail.core.jsontext.pointer import escape, format_pointer, leaves
from loopmail.core.loopback.layers import BootRefused, LayerNode
from loopmail.core.secret_names import placeholder

VariableSource = Literal["environment", "keyring", "config"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A variable's value and its source; the value is kept out of `repr`."""

    value: Json = field(repr=False)
    source: VariableSource


@dataclass(frozen=True, slots=True)
class Variables:
    """Looks `${NAME}` up: process environment, then keyring, then config.json (types kept).

    loopback-boot itself knows the first and the last (sources: see Interpolation); the keyring
    stands between them because `loopmail run` puts its values into the environment.
    """

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    keyring: Mapping[str, str] = field(default_factory=dict, repr=False)
    config: Mapping[str, Json] = field(default_factory=dict, repr=False)

    def lookup(self, name: str) -> Resolved | None:
        """Return the variable's value, or None; an empty environment variable counts as found."""
        if name in self.environment:
            return Resolved(self.environment[name], "environment")
        if name in self.keyring:
            return Resolved(self.keyring[name], "keyring")
        if name in self.config:  # a null there is found, too: only undefined is not
            return Resolved(self.config[name], "config")
        return None


# --- The settings of the app: app.get(NAME) -------------------------------------------
# While the data sources are being made: config.json and defaults.
# Sources: setEnv, setHost, setPort, setApiRoot and applyAppConfig of loopback-boot 2.28
# `lib/executor.js` and 3.3 `lib/plugins/application.js`; express 4 `defaultConfiguration`.

_HOST_VARIABLES = (
    *("npm_config_host", "OPENSHIFT_SLS_IP", "OPENSHIFT_NODEJS_IP", "HOST", "VCAP_APP_HOST"),
)
_PORT_VARIABLES = (
    *("npm_config_port", "OPENSHIFT_SLS_PORT", "OPENSHIFT_NODEJS_PORT", "PORT", "VCAP_APP_PORT"),
)


def app_settings(config: Json, env: str | None, environment: Mapping[str, str]) -> dict[str, Json]:
    """Return the settings that `${NAME}` falls back to, by name, with their types.

    config.json does not replace what the app has already set (`env`, `etag`, `host` …). UNDEFINED
    stands for a function, which JSON cannot show. Raise BootRefused where LoopBack asserts.
    """
    config = config if isinstance(config, dict) else {}
    settings: dict[str, Json] = dict.fromkeys((*INHERITED_FUNCTIONS, "view"), UNDEFINED)
    settings |= {"__proto__": {}, "etag": "weak", "env": env or "development"}
    if (host := _host(config, environment)) is not None:
        settings["host"] = host
    settings["port"] = _port(config, environment)
    settings["restApiRoot"] = _api_root(config)
    own = {"view", "__proto__"}
    for key, value in config.items():
        if key in INHERITED_FUNCTIONS or (settings.get(key) is None and key not in own):
            settings[key] = value
    return settings


def _host(config: Mapping[str, Json], environment: Mapping[str, str]) -> Json:
    host: Json = next(filter(None, map(environment.get, _HOST_VARIABLES)), config.get("host"))
    if not truthy(host):
        return environment.get("npm_package_config_host")
    if not isinstance(host, str):
        raise BootRefused("app.host must be a string")
    return host


def _port(config: Mapping[str, Json], environment: Mapping[str, str]) -> Json:
    found = (environment[name] for name in _PORT_VARIABLES if name in environment)
    port: Json = next(found, config.get("port"))
    if port is None:
        return environment.get("npm_package_config_port", 3000)
    if isinstance(port, bool) or not isinstance(port, (str, int, float)):
        raise BootRefused("app.port must be a string or number")
    return port


def _api_root(config: Mapping[str, Json]) -> str:
    root = config.get("restApiRoot")
    if not truthy(root):
        return "/api"
    if not isinstance(root, str):
        raise BootRefused("app.restApiRoot must be a string")
    if not root.startswith("/"):
        raise BootRefused('app.restApiRoot must start with "/"')
    return root


# --- Where an effective value comes from ----------------------------------------------


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an effective value stands: file, JSON Pointer in it, and the variable, if any."""

    file: str | None
    pointer: str
    variable: str | None = None
    source: VariableSource | None = None  # of the variable; None: it has no value


# --- Resolving `${VAR}` ---------------------------------------------------------------
# The whole text is replaced, when it ends with a placeholder.
# Sources: loopback-boot 2.28 `lib/executor.js` (getUpdatedConfigObject), 3.3 `lib/plugin-base.js`.


def by_variable(origins: Iterable[Origin]) -> dict[str, tuple[Origin, ...]]:
    """Return each variable with the places that use it, in the order in which they come."""
    found: dict[str, list[Origin]] = {}
    for origin in origins:
        if origin.variable is not None:
            found.setdefault(origin.variable, []).append(origin)
    return {name: tuple(places) for name, places in found.items()}


@dataclass(slots=True)
class Interpolation:
    """Resolves the placeholders of one data source and collects where each value comes from."""

    variables: Variables
    resolves: bool = True  # False: a loopback-boot that leaves `${VAR}` as it is
    origins: dict[str, Origin] = field(default_factory=dict)

    def resolve(
        self, node: LayerNode, pointer: str = "", *, literal: bool = False
    ) -> Json | Undefined:
        """Return the effective value of a node; UNDEFINED for an unresolved variable."""
        content = node.content
        if isinstance(content, list) and content:
            return [
                self.resolve(item, f"{pointer}/{index}", literal=literal)
                for index, item in enumerate(content)
            ]
        if isinstance(content, dict) and content:
            return self._members(content, pointer, literal or not self.resolves)
        if isinstance(content, str) and self.resolves and not literal:
            name = placeholder(content)
            if name is not None:
                return self._variable(name, node, pointer)
        self.origins[pointer] = Origin(node.file, node.pointer)
        return content.copy() if isinstance(content, dict | list) else content  # an empty one

    def _members(self, content: dict[str, LayerNode], pointer: str, literal: bool) -> Json:
        # With a member of this name it is no plain object for loopback-boot, which leaves it alone.
        literal = literal or "constructor" in content
        return {
            key: self.resolve(content[key], f"{pointer}/{escape(key)}", literal=literal)
            for key in own_keys(content)
            if literal or key != "__proto__"  # assigning it sets the prototype, not a member
        }

    def _variable(self, name: str, node: LayerNode, pointer: str) -> Json | Undefined:
        found = self.variables.lookup(name)
        if found is None:
            self.origins[pointer] = Origin(node.file, node.pointer, name)
            return UNDEFINED
        origin = Origin(node.file, node.pointer, name, found.source)
        for tokens, _value in leaves(found.value):  # config.json may make it an object
            self.origins[pointer + format_pointer(tokens)] = origin
        return found.value
