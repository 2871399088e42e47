"""What `app.get(NAME)` answers while the data sources are being made: config.json and defaults.

Sources: setEnv, setHost, setPort, setApiRoot and applyAppConfig of loopback-boot 2.28
`lib/executor.js` and 3.3 `lib/plugins/application.js`; express 4 `defaultConfiguration`.
"""

from collections.abc import Mapping

from loopmail.core.boot_errors import BootRefused
from loopmail.core.js import INHERITED_FUNCTIONS, UNDEFINED, Json, truthy

HOST_VARIABLES = (
    "npm_config_host",
    "OPENSHIFT_SLS_IP",
    "OPENSHIFT_NODEJS_IP",
    "HOST",
    "VCAP_APP_HOST",
)
PORT_VARIABLES = (
    "npm_config_port",
    "OPENSHIFT_SLS_PORT",
    "OPENSHIFT_NODEJS_PORT",
    "PORT",
    "VCAP_APP_PORT",
)


def app_settings(config: Json, env: str | None, environment: Mapping[str, str]) -> dict[str, Json]:
    """Return the settings that `${NAME}` falls back to, by name, with their types.

    config.json does not replace what the app has already set (`env`, `etag`, `host` …). UNDEFINED
    stands for a function, which JSON cannot show. Raise BootRefused where LoopBack asserts.
    """
    config = config if isinstance(config, dict) else {}
    settings: dict[str, Json] = dict.fromkeys((*INHERITED_FUNCTIONS, "view"), UNDEFINED)
    settings |= {"__proto__": {}, "etag": "weak", "env": env or "development"}
    host = _host(config, environment)
    if host is not None:
        settings["host"] = host
    settings["port"] = _port(config, environment)
    settings["restApiRoot"] = _api_root(config)
    own = {"view", "__proto__"}
    for key, value in config.items():
        if key in INHERITED_FUNCTIONS or (settings.get(key) is None and key not in own):
            settings[key] = value
    return settings


def _host(config: Mapping[str, Json], environment: Mapping[str, str]) -> Json:
    for name in HOST_VARIABLES:
        if environment.get(name):
            return environment[name]
    host = config.get("host")
    if not truthy(host):
        return environment.get("npm_package_config_host")
    if not isinstance(host, str):
        raise BootRefused("app.host must be a string")
    return host


def _port(config: Mapping[str, Json], environment: Mapping[str, str]) -> Json:
    for name in PORT_VARIABLES:
        if name in environment:
            return environment[name]
    port = config.get("port")
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
