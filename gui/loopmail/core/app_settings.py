"""What `app.get(NAME)` answers while the data sources are being made: config.json and defaults.

Sources: setEnv, setHost, setPort, setApiRoot and applyAppConfig of loopback-boot 2.28
`lib/executor.js` and 3.3 `lib/plugins/application.js`; express 4 `defaultConfiguration`.
"""

from collections.abc import Mapping

from loopmail.core.js import Json, truthy

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
    """Return the settings that `${NAME}` falls back to, by name; types are kept."""
    config = config if isinstance(config, dict) else {}
    settings: dict[str, Json] = {"etag": "weak", "env": env or "development"}
    host = _host(config, environment)
    if host is not None:
        settings["host"] = host
    settings["port"] = _port(config, environment)
    api_root = config.get("restApiRoot")
    settings["restApiRoot"] = api_root if truthy(api_root) else "/api"
    for key, value in config.items():
        if settings.get(key) is None:
            settings[key] = value
    return settings


def _host(config: Mapping[str, Json], environment: Mapping[str, str]) -> Json:
    for name in HOST_VARIABLES:
        if environment.get(name):
            return environment[name]
    if truthy(config.get("host")):
        return config["host"]
    return environment.get("npm_package_config_host")


def _port(config: Mapping[str, Json], environment: Mapping[str, str]) -> Json:
    for name in PORT_VARIABLES:
        if name in environment:
            return environment[name]
    if config.get("port") is not None:
        return config["port"]
    return environment.get("npm_package_config_port", 3000)
